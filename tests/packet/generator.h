/* SPDX-License-Identifier: GPL-2.0-only */
/* Random policies and frames, biased towards boundaries, from a seed. */
#ifndef PORTFW_TESTS_PACKET_GENERATOR_H
#define PORTFW_TESTS_PACKET_GENERATOR_H

#include "builder.h"
#include "model.h"

struct generator {
	__u64 state;
};
void generator_seed(struct generator *generator, __u64 seed);
/* 0 to below - 1. */
unsigned generator_below(struct generator *generator, unsigned below);

/* A random policy, both as text and in the model. */
struct random_policy {
	char text[2048];
	struct model_policy *model; /* the caller's */
};
void generate_policy(struct generator *generator, struct random_policy *policy);

/* A random frame that mostly makes sense, then mostly a little damaged. */
void generate_frame(struct generator *generator, enum link_type link, struct built_frame *frame);

#endif
