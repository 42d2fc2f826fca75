/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the guard share; private to guard*.c. */
#ifndef PORTFW_CHANGE_GUARD_PARTS_H
#define PORTFW_CHANGE_GUARD_PARTS_H

#include "host/network.h"
#include "host/processes.h"
#include "plan.h"
#include "verdict/judge.h"

/* A NIC that is or becomes attached. */
struct guard_nic {
	unsigned index, ifindex;
	char name[IFNAMSIZ];
	bool comes;
};

/* A TCP session that somebody else opened to this host. */
struct guard_session {
	struct endpoint remote, local; /* as on the wire: before DNAT */
	__u64 inode;		       /* of its socket, 0: unknown */
	bool known;		       /* by SSH_CONNECTION: it is the operator's */
	bool operators;		       /* it may be the operator's */
	__u32 cut;		       /* bit n: cut if it comes in through nics[n] */
	unsigned tunnel;	       /* ifindex of the tunnel that it comes through, 0: none */
};

struct guard_sessions {
	struct guard_session *list;
	size_t count;
	/* SSH_CONNECTION names a session that is open: no other is the operator's. */
	bool certain;
};

struct guard {
	/* NULL: of the block list, or one that cannot be refused. */
	const struct request *request;
	const struct have *have;
	const struct plan *plan;
	const struct live *live;     /* what is in force */
	const struct policy *policy; /* what will be */
	bool dry_run;
	const struct notes *notes;
	struct guard_nic nics[MAX_NICS];
	size_t nic_count;
	struct instance *instance;	 /* that runs; NULL: none */
	const struct block_list *blocks; /* that come; NULL: none */
	bool only_warns;

	struct block_list file_blocks;	/* owned */
	char names[MAX_NICS][IFNAMSIZ]; /* of the NICs, by index */
	struct judge old, new;
	bool old_made;
	struct network network;
	struct guard_sessions sessions;
	struct process_list holders; /* of the sessions that the change cuts */
};

/* --- guard_sessions.c ------------------------------------------------------------------------ */

/* The sessions, those from addresses that `list` holds alone if it is not NULL. A kernel that does
 * not list sockets has the one of SSH_CONNECTION, with a warning. */
int guard_sessions_read(const struct block_list *list, struct guard_sessions *sessions,
			const struct notes *notes, struct error *error);
/* Finds who holds the sessions that are cut or come through a tunnel, and which of them may be the
 * operator's. */
int guard_find_holders(struct guard *guard, struct error *error);
/* "sshd (pid 812)"; false: nobody is known to hold it. */
#define GUARD_HOLDER_SIZE 96
bool guard_holder(const struct guard *guard, const struct guard_session *session,
		  char text[GUARD_HOLDER_SIZE]);

/* --- guard_path.c ---------------------------------------------------------------------------- */

/* Leaves in session->cut the NICs that it comes in through; sets session->tunnel. Reads the network
 * once. */
int guard_find_path(struct guard *guard, struct guard_session *session, struct error *error);

/* --- guard_advice.c -------------------------------------------------------------------------- */

/* The packet by which a session is judged. */
struct judge_packet guard_packet(const struct guard_session *session);

/* What the operator can do instead: "keep it with `portfw allow tcp 22 from 203.0.113.7`, or use
 * --confirm 2m to try it, or --force"; to be freed. NULL: no memory. */
char *guard_advice(struct guard *guard, const struct guard_session *session,
		   const struct guard_nic *nic, enum reason reason);

/* --- guard_report.c -------------------------------------------------------------------------- */

/* Notes why the change is refused. With --dry-run, that it would be, and returns STATUS_DONE. */
enum exit_status guard_refuse(struct guard *guard, const struct guard_session *session);
/* Notes the sessions that it cuts but those that it is refused for. */
void guard_report_cut(const struct guard *guard);
/* Notes which sessions that may be the operator's come through a tunnel. */
void guard_report_tunnels(const struct guard *guard);

#endif
