/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the sentence that says what is now true. */
#ifndef PORTFW_CHANGE_REPORT_H
#define PORTFW_CHANGE_REPORT_H

#include "change.h"

#define REPORT_WHERE_MAX 1200

/* Where a change is enforced, as it follows what was done: ", eth0, eth1", or that nothing enforces
 * it yet. `nic`: the one that a rule names, "": all. */
void report_where(const struct change *change, const char *nic, char where[REPORT_WHERE_MAX]);

/* "; on trial for 60s: ..." of a change that is a trial, else "". */
#define REPORT_TRIAL_MAX 128
void report_trial(const struct change *change, char *text, size_t size);

/* "default deny, 3 rules" of the policy that holds now. */
#define REPORT_POLICY_MAX 64
void report_policy(const struct change *change, char text[REPORT_POLICY_MAX]);

/* The same and where it is enforced: "default deny, 3 rules, eth0". */
#define REPORT_RESULT_MAX (REPORT_POLICY_MAX + REPORT_WHERE_MAX)
void report_result(const struct change *change, char text[REPORT_RESULT_MAX]);

/* "default deny, 3 rules, eth0": what deciding a trial leaves in force. */
#define REPORT_DECISION_MAX 1200
void report_decision(const struct change *change, const struct policy *policy,
		     char text[REPORT_DECISION_MAX]);

/* "native", or "generic; not native: ..." with the reason, of a NIC that was just attached. */
void report_mode(const struct new_nic *nic, char text[640]);

#endif
