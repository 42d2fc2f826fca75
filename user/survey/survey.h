/* SPDX-License-Identifier: GPL-2.0-only */
/* What listens on this host, who is connected, what the policy says of it: for `audit` and `port`.
 */
#ifndef PORTFW_SURVEY_SURVEY_H
#define PORTFW_SURVEY_SURVEY_H

#include "host/network.h"
#include "host/processes.h"
#include "host/published.h"
#include "host/sockets.h"
#include "output/audit.h"
#include "state/live.h"
#include "state/load.h"

struct survey {
	struct paths paths;
	const struct notes *notes; /* what could not be read */
	struct live live;
	struct loaded file; /* read where the running policy does not do */
	struct network network;
	struct socket_list listening, connected;
	struct process_list processes;
	struct published_list published;
	unsigned ephemeral_low, ephemeral_high; /* ports that the kernel gives to who asks */
	struct audit_setting setting;
	struct audit_model model;
};

/* Reads and joins it all; notes what could not be read. `idle`: seconds without a packet that make
 * a port IDLE, 0: any. -errno: not even the sockets could be read. *survey must be released in any
 * case. */
int survey_take(const struct paths *paths, __s64 idle, struct survey *survey,
		const struct notes *notes, struct error *error);
void survey_free(struct survey *survey);
#define _cleanup_survey_ __attribute__((cleanup(survey_free)))

/* Makes the rows of the model: survey_rows.c. -ENOMEM. */
int survey_rows(struct survey *survey);
/* Adds what is to be known of them besides: survey_notes.c. */
void survey_notes(struct survey *survey);
/* Adds what is to be known of the rules. */
void survey_note_rules(struct survey *survey);

/* Whether somebody outside is at the other end of a connected socket. */
bool survey_is_outside(const struct survey *survey, const struct socket_info *socket);
/* The process that holds the socket, the first of *count; NULL: unknown. */
const struct process *survey_holder(const struct survey *survey, __u64 inode, size_t *count);
/* "root", "": the number has no name. */
void survey_user_name(uid_t uid, char name[33]);
/* Packets to the port so far, over all CPUs; false: they are not counted. */
bool survey_packets(const struct survey *survey, __u8 proto, unsigned low, unsigned high,
		    __u64 *passed, __u64 *dropped);
static inline bool survey_is_ephemeral(const struct survey *survey, unsigned port)
{
	return port >= survey->ephemeral_low && port <= survey->ephemeral_high;
}

#endif
