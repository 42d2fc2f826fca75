/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that leave: a flow that is there, a frame, whether it drops, and the flow that must be
 * there then. */
#ifndef PORTFW_TESTS_PACKET_LEARN_CASES_H
#define PORTFW_TESTS_PACKET_LEARN_CASES_H

#include "builder.h"
#include "judging.h"

/* A flow in the table; times in seconds. */
struct stored {
	struct known_flow ends; /* beats_deny is below */
	enum flow_state state;
	enum flow_origin origin;
	bool beats_deny;
	int left;   /* until it is over; negative: it is since so long */
	int silent; /* since it was refreshed */
	int age;    /* since it was created */
};

struct learn_case {
	const char *name;
	const char *policy; /* NULL: default deny */
	enum link_type link;
	unsigned nic;
	__u32 ingress;	      /* ifindex where it came in; 0: the host's own */
	__u32 outside[2];     /* ifindexes where outsiders' packets come in */
	bool connected;	      /* sent from a connected socket */
	bool native_only;     /* no test run has such a socket */
	bool block_over;      /* what is blocked is so no longer */
	enum reason dropped;  /* why it does not leave; REASON_NONE: it does */
	bool no_effect;	      /* the table stays as it is */
	const char *blocked;  /* an address or prefix */
	const char *keep[4];  /* lockdown is on and keeps these; "none" keeps nothing */
	struct stored before; /* the only flow there is; without ends: none */
	struct layer layers[LAYERS_MAX];
	struct stored after; /* what is there then, unless it has no effect */
};

/* The host at 192.0.2.1, port 40000, and its peer at 192.0.2.2, port 443. */
#define ENDS_4 .local = "192.0.2.1", .remote = "192.0.2.2"
#define ENDS_6 .local = "2001:db8::1", .remote = "2001:db8::2"
#define PORTS .local_port = 40000, .remote_port = 443
#define OUT .source = 40000, .destination = 443
#define BETWEEN_4(number, ...) .ends = {.protocol = number, ENDS_4, __VA_ARGS__}
#define BETWEEN_6(number, ...) .ends = {.protocol = number, ENDS_6, __VA_ARGS__}

extern const struct learn_case learn_cases[];
extern const size_t learn_case_count;
extern const struct learn_case leave_cases[];
extern const size_t leave_case_count;

#endif
