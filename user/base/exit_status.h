/* SPDX-License-Identifier: GPL-2.0-only */
/* How a command ends. What returns one has told why, or has noted it for whoever speaks. */
#ifndef PORTFW_BASE_EXIT_STATUS_H
#define PORTFW_BASE_EXIT_STATUS_H

enum exit_status {
	STATUS_DONE,	/* or already so */
	STATUS_FAILED,	/* nothing was changed */
	STATUS_USAGE,	/* wrong usage or input; nothing was changed */
	STATUS_REFUSED, /* it would cut off the operator; nothing was changed */
	STATUS_NO,	/* the answer is no */
	/* Of incident commands: done in the kernel, but not saved, so that a reboot takes it back.
	 */
	STATUS_UNSAVED,
};

#endif
