/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports whose usual services should not be open to strangers. */
#ifndef PORTFW_POLICY_HAZARDS_H
#define PORTFW_POLICY_HAZARDS_H

#include <linux/types.h>

/* "telnet: passwords and sessions in clear text"; NULL: nothing is known against the port. `proto`:
 * 6 TCP, 17 UDP. */
const char *hazard_of(__u8 proto, __u16 port);

#endif
