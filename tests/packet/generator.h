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
bool generator_one_in(struct generator *generator, unsigned n);
/* Frames and rules draw from the same few ports, so that they meet; the second rarely from all. */
unsigned generator_known_port(struct generator *generator);
unsigned generator_port(struct generator *generator);
#define PICK(generator, array) \
	((array)[generator_below((generator), (unsigned)(sizeof(array) / sizeof(*(array))))])

/* An address in network byte order of family 4 or 6, from a few that are neighbours of each other,
 * or any. */
void generator_address(struct generator *generator, int family, unsigned char address[16]);

/* A random policy, block list and flows, in the model; the policy also as text. It is judged at
 * JUDGED_AT. */
struct random_policy {
	char text[1 << 20];
	size_t length;
	struct model_policy *model; /* the caller's */
	bool large; /* no ranges and no other ports: there is a limit for distinct behaviours */
	/* Times at and next to JUDGED_AT: not for the kernel, where time goes on. */
	bool near_times;
};
void generate_policy(struct generator *generator, struct random_policy *policy);
/* One with thousands of prefixes, or of combinations of ports and prefixes. */
void generate_large_policy(struct generator *generator, struct random_policy *policy);

/* A random frame that mostly makes sense, then mostly a little damaged. Sources hit, border and
 * miss the prefixes of the policy; many frames answer one of its flows, or all but one field of it
 * does. */
void generate_frame(struct generator *generator, const struct model_policy *policy,
		    enum link_type link, struct built_frame *frame);

#endif
