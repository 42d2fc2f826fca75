/* SPDX-License-Identifier: GPL-2.0-only */
/* What `replay` shows, as text and as JSON: of a whole replay, so above output/. */
#ifndef PORTFW_CMD_REPLAY_REPORT_H
#define PORTFW_CMD_REPLAY_REPORT_H

#include "replay/replay.h"
#include <stdio.h>

struct replay_model {
	const char *file;
	const struct replay *replay;
	const char *policies[REPLAY_POLICIES]; /* which they are */
	const char *nic;  /* on which the packets arrive; "": on none that has a name */
	bool nic_matters; /* a rule is for one NIC */
};

/* A packet whose verdict changes, on one line. */
void replay_change_text(const struct packet *packet, const struct replay_verdict *verdict,
			FILE *out);
void replay_change_json(const struct packet *packet, const struct replay_verdict *verdict,
			FILE *out);

/* The totals. `line`: JSON on one line, behind others. */
void replay_text(const struct replay_model *model, FILE *out);
void replay_json(const struct replay_model *model, bool line, FILE *out);

#endif
