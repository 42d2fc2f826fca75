/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict once more, written from its description alone and as naively as possible: a second
 * opinion for the tests. It shares no code with the program and knows neither tables nor text: for
 * each packet it goes through the rules as they were given.
 */
#ifndef PORTFW_TESTS_PACKET_MODEL_H
#define PORTFW_TESTS_PACKET_MODEL_H

#include "answer.h"

#include <stddef.h>

#define MODEL_NICS 2
#define MODEL_EVERY_NIC (-1)

/* Addresses that begin with the first `length` bits of `address`, which is in network byte order.
 * family 0: all of both families; else 4 or 6. */
struct model_prefix {
	int family;
	unsigned length;
	unsigned char address[16];
};

/* One rule as it was given. Protocols without ports have the interval 0 to 0. */
struct model_rule {
	enum action action; /* ACTION_ALLOW or ACTION_DENY */
	unsigned proto, low, high;
	struct model_prefix from;
	int nic;	 /* or MODEL_EVERY_NIC */
	long long until; /* 0: for ever */
};

struct model_block {
	struct model_prefix from; /* of one family */
	long long until;
};

/* What this host opened. Of an echo the identifier is the local port; protocols without ports have
 * 0. */
struct model_flow {
	int family; /* 4 or 6 */
	unsigned proto;
	unsigned char local[16], remote[16]; /* network byte order */
	unsigned local_port, remote_port;
	bool beats_deny;
	long long until; /* from then on it is over */
};

/* The rules in the order in which they were given, the block list, the flows, and the time. */
struct model_policy {
	bool default_allow;
	long long now;
	struct model_rule *rules;
	size_t rule_count, rule_capacity;
	struct model_block blocks[16];
	size_t block_count;
	struct model_flow flows[16];
	size_t flow_count;
	bool lockdown;
	struct model_prefix keep[4];
	size_t keep_count;
};

/* A new policy without rules, to be released with model_policy_free(). NULL: no memory. */
struct model_policy *model_policy_new(void);
void model_policy_free(struct model_policy *policy);
/* Neither rules nor blocks nor flows again. */
void model_clear(struct model_policy *policy, bool default_allow, long long now);
/* Gives one rule more. false: no memory. */
bool model_rule(struct model_policy *policy, const struct model_rule *rule);
/* Opens one flow more, unless there are too many or one between the same ends. */
void model_flow(struct model_policy *policy, const struct model_flow *flow);
/* Blocks one prefix more. */
void model_block(struct model_policy *policy, const struct model_prefix *from, long long until);

struct answer model_judge(const struct model_policy *policy, enum link_type link, unsigned nic,
			  const unsigned char *frame, size_t length);

#endif
