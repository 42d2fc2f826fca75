/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps replies passing while a policy changes. */
#ifndef PORTFW_CHANGE_ENFORCE_FLOWS_H
#define PORTFW_CHANGE_ENFORCE_FLOWS_H

#include "done.h"

/* Before a change takes effect: watches what leaves through the NICs that come, then enters the
 * connections that exist where the change could cut their replies. In that order nothing is missed
 * between the two. */
int enforce_flows(struct making *making, struct error *error);

/* Attaches the egress program again where somebody has removed it, and notes anew through which
 * interfaces strangers come. */
void enforce_mend_egress(struct making *making);

#endif
