/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is to say of a change besides the line that says what is now true. */
#ifndef PORTFW_CHANGE_REMARKS_H
#define PORTFW_CHANGE_REMARKS_H

#include "done.h"

/* Notes it, once the change is made or worked out. */
void remarks_note(const struct making *making);

/* Notes that the comments of the policy file were lost. */
void remarks_note_comments(const char *path, const struct notes *notes);

#endif
