/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs in the kernel, run on given frames by BPF_PROG_TEST_RUN. Their maps are this
 * process's own: nothing is pinned, nothing is attached. One variant for each link type and NIC
 * index, loaded when first asked for, all on the same maps.
 */
#ifndef PORTFW_TESTS_PACKET_PROGRAM_H
#define PORTFW_TESTS_PACKET_PROGRAM_H

#include "answer.h"
#include "setting.h"

#include <stddef.h>

#define PROGRAM_NICS 2
#define PROGRAM_FRAME_MIN 14	/* bytes: a test run takes no less */
#define PROGRAM_LINEAR_MIN 3000 /* bytes: fewer are never split into fragments */

/* Makes the maps. NULL: done, or done before; otherwise the reason why it cannot be. */
const char *program_open(void);
void program_close(void);
/* Whether the kernel has xdp.frags, so that frames longer than a page can be run. */
bool program_has_fragments(void);
/* Whether a frame of so many bytes can be run. */
bool program_takes(size_t length);

/* jiffies64 now. */
__u64 program_now(void);

/* Writes a policy into a slot. The program reads slot 0 unless program_control() says otherwise.
 * Negative errno. */
int program_install(unsigned slot, const struct compiled *tables);
/* Sets the control word. */
void program_control(__u64 word);
/* Makes these the whole block list. Negative errno. */
int program_block(const struct block_item *items, size_t count);
/* Switches lockdown as the setting says. */
void program_lockdown(const struct setting *setting);
/* Makes the program look at the block list or, as when it is empty, not. */
void program_use_blocks(bool used);

/* Makes these the whole flow table. Negative errno. */
int program_flows(const struct flow_entry *entries, size_t count);
/* How many entries the flow table has; the one with this key is copied to *flow. false: there is
 * none. */
size_t program_flow_count(void);
bool program_flow(const struct flow_key *key, struct flow *flow);
/* In place of the flow table, one with room for so many entries, empty. Descriptors of programs
 * given out before are no longer good. Negative errno. */
int program_make_flow_table(__u32 entries);
/* What is in control->outside: ifindexes, 0 ends the list. */
void program_outside(const __u32 *ifindexes, size_t count);

/* The file descriptor of a variant, also of the program for packets that leave; negative errno. */
int program_fd(enum link_type link, unsigned nic);
int program_egress_fd(enum link_type link, unsigned nic);

struct program_run {
	int code;	      /* XDP_PASS, ... */
	struct answer answer; /* from the counters */
	/* "": exactly one reason rose, by one packet and the frame's bytes; at most one port's
	 * counter rose, by one packet of the verdict. Otherwise what is wrong. */
	char fault[128];
};
/*
 * Runs one frame. `expected` says which port's counters to look at; with `every_port` those of all
 * ports are. Negative errno.
 */
int program_judge(enum link_type link, unsigned nic, const unsigned char *frame, size_t length,
		  struct answer expected, bool every_port, struct program_run *run);

/* What the program for packets that leave did. */
struct program_departure {
	__u32 code;	      /* what it returned */
	__u64 learnt, failed; /* by how much the counters of flows rose */
	struct counter outgoing[REASON_COUNT];
};
/* Lets one frame leave, from a socket that is not connected. `ingress`: ifindex of the interface
 * through which it came in, 0: it is this host's own; older kernels take no other. */
int program_depart(enum link_type link, unsigned nic, const unsigned char *frame, size_t length,
		   __u32 ingress, struct program_departure *departure);

#endif
