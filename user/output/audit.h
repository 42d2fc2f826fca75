/* SPDX-License-Identifier: GPL-2.0-only */
/* What `audit` shows, as text and as JSON. */
#ifndef PORTFW_OUTPUT_AUDIT_H
#define PORTFW_OUTPUT_AUDIT_H

#include "policy/audit.h"
#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

/* How it is known that a port is served. */
enum audit_found {
	FOUND_SOCKET,
	FOUND_PROXY, /* a socket of a program that serves for a container */
	FOUND_NFTABLES,
	FOUND_IPTABLES,
	FOUND_COUNT,
};

#define AUDIT_NOTES 8

struct audit_row {
	struct listener listener;
	enum audit_found found;
	char service[32];      /* "tcp", "udp", "sctp"; of a raw socket: "ospf", "89" */
	char address[48];      /* "0.0.0.0", "::" */
	char device[IFNAMSIZ]; /* that it is bound to; "": none */
	bool dual;	       /* :: for IPv4, too */
	char process[80];      /* "sshd"; "dnat to 172.17.0.2:80"; "": unknown */
	pid_t pid;	       /* 0: unknown; of the first of several */
	size_t holders;	       /* processes */
	size_t sockets;	       /* that are alike but for this: as many */
	uid_t uid;
	char user[33];		  /* "": the number has no name */
	char unit[128];		  /* "" where none */
	char *notes[AUDIT_NOTES]; /* owned */
	size_t note_count;
};

enum policy_origin {
	POLICY_RUNNING, /* what the kernel enforces */
	POLICY_SAVED,	/* the file's: the kernel's cannot be read */
	POLICY_UNKNOWN, /* neither */
};

struct audit_model {
	enum policy_origin origin;
	const struct audit_setting *setting;
	__s64 since; /* packets are counted since then, seconds since the Epoch; 0: they are not */
	struct audit_row *rows; /* owned */
	size_t row_count;
	struct rule_uses uses; /* owned */
	__u64 *stale_passed;   /* packets that stale rules let through, by use; owned */
	char unguarded[MAX_NICS][IFNAMSIZ]; /* NICs that nothing guards */
	size_t unguarded_count;
	char *notes[AUDIT_NOTES]; /* on the whole; owned */
	size_t note_count;
};

/* Adds a note; dropped beyond AUDIT_NOTES of them. */
__attribute__((format(printf, 3, 4))) void audit_add_note(char *notes[AUDIT_NOTES], size_t *count,
							  const char *format, ...);
void audit_model_free(struct audit_model *model);

/* How many rows or rules have the verdict. */
size_t audit_count(const struct audit_model *model, enum audit_verdict verdict);

void audit_text(const struct audit_model *model, FILE *out);
void audit_json(const struct audit_model *model, FILE *out);

/* One row, as in "listeners". */
json_t *audit_row_json(const struct audit_model *model, const struct audit_row *row);

/* What the policy says of a listener. */
enum audit_policy {
	AUDIT_POLICY_NOTHING, /* it is unknown, or nobody but this host can reach it */
	AUDIT_POLICY_NONE,    /* no NIC is guarded */
	AUDIT_POLICY_PASSES,  /* passes without a rule */
	AUDIT_POLICY_ALLOW,
	AUDIT_POLICY_DENY,
	AUDIT_POLICY_DEFAULT_ALLOW,
	AUDIT_POLICY_DEFAULT_DENY,
	AUDIT_POLICY_COUNT,
};
enum audit_policy audit_policy(const struct audit_model *model, const struct listener *listener);
/* "allow", "default deny", "none", "-"; and "allow", "default-deny", "none", null. */
const char *audit_policy_text(enum audit_policy policy);
json_t *audit_policy_json(enum audit_policy policy);

/* "*", "0.0.0.0", "[::]%eth0". */
#define AUDIT_ADDRESS_SIZE 72
void audit_print_address(const struct audit_row *row, char text[AUDIT_ADDRESS_SIZE]);

#endif
