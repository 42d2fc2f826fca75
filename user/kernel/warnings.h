/* SPDX-License-Identifier: GPL-2.0-only */
/* What libbpf has to say. It never prints: the first warning, nearest to the cause, is kept. */
#ifndef PORTFW_KERNEL_WARNINGS_H
#define PORTFW_KERNEL_WARNINGS_H

/* From now on what libbpf says is kept. Forgets what it said so far. For main(), and before what
 * may fail. */
void warnings_keep(void);

/* The first warning since then, "": none. */
const char *warnings_first(void);

#endif
