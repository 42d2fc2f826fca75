/* SPDX-License-Identifier: GPL-2.0-only */
/* What `status` shows, as text and as JSON. */
#ifndef PORTFW_OUTPUT_STATUS_H
#define PORTFW_OUTPUT_STATUS_H

#include "kernel/attach.h"
#include "kernel/flows.h"
#include "lockdown.h"
#include "policy.h"
#include "policy/words.h"
#include <portfw/abi.h>
#include <stdbool.h>
#include <stdio.h>

#define STATUS_TOP 5 /* ports shown */
#define STATUS_PROTOCOLS 256
#define STATUS_DRIFT 96	 /* remarks kept */
#define STATUS_TIMED 10	 /* timed rules shown as text */
#define STATUS_BLOCKED 5 /* blocked addresses shown */
#define STATUS_FULL 80	 /* per cent of the flow table above which there is a warning */

/* A port and the packets of one verdict that were sent to it. */
struct busy_port {
	enum port_table table;
	__u16 port;
	__u64 packets;
};

/* A rule that ends by itself. */
struct timed_rule {
	char *line, *until; /* owned */
	__s64 seconds;	    /* left */
};

/* The flow table. */
struct flow_status {
	size_t live, tcp, udp, other; /* flows that are not over; of them of each protocol */
	size_t seeded;		      /* of the live ones: not seen when they were opened */
	__u32 max;		      /* flows that the table holds */
	__u64 memory;		      /* bytes */
	__s64 oldest;		      /* age of the oldest live flow in seconds, 0: none */
	struct flow_counters counters;
};

struct status_model {
	const char *version;
	const char *path; /* of the policy file */
	enum action default_action;
	size_t rules;
	struct timed_rule *timed; /* owned */
	size_t timed_count;
	size_t blocked; /* addresses and prefixes on the block list, and its first ones */
	/* "198.51.100.7", "198.51.100.0/24, 29m left" */
	char first_blocked[STATUS_BLOCKED][WORDS_PREFIX_SIZE + TIME_LEFT_SIZE + 2];
	struct lockdown_model lockdown;
	char stand_in[64];    /* the file that is enforced in place of the policy file, "": none */
	bool trial;	      /* one runs */
	__s64 trial_deadline; /* seconds since the Epoch */
	__s64 trial_seconds;  /* left */
	struct nic_status nics[MAX_NICS];
	size_t nic_count;
	struct counter totals[REASON_COUNT];   /* by enum reason */
	struct counter outgoing[REASON_COUNT]; /* dropped on their way out */
	struct flow_status flows;
	struct busy_port busiest[VERDICT_COUNT][STATUS_TOP]; /* most packets first, 0: none */
	/* Packets that are counted at no port. */
	__u64 protocols[STATUS_PROTOCOLS][VERDICT_COUNT];
	char *drift[STATUS_DRIFT]; /* how the kernel differs from the file; owned */
	size_t drift_count;
};

/* Adds a remark; dropped beyond STATUS_DRIFT of them. */
__attribute__((format(printf, 2, 3))) void status_add_drift(struct status_model *model,
							    const char *format, ...);
void status_free(struct status_model *model);
#define _cleanup_status_ __attribute__((cleanup(status_free)))

void status_text(const struct status_model *model, FILE *out);
void status_json(const struct status_model *model, FILE *out);

#endif
