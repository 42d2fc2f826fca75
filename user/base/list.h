/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists that grow by one, as while the kernel answers. */
#ifndef PORTFW_BASE_LIST_H
#define PORTFW_BASE_LIST_H

#include <stddef.h>
#include <stdlib.h>

#define LIST_FIRST 64 /* a power of two */

/* Makes room for one more element behind the `count` that a list has, if it only ever grew by this
 * function and by one. NULL: no memory; the list is as it was. */
static inline void *list_extend(void *list, size_t count, size_t element_size)
{
	if (count == 0)
		return list ? list : reallocarray(NULL, LIST_FIRST, element_size);
	if (count < LIST_FIRST || (count & (count - 1)))
		return list;
	return reallocarray(list, 2 * count, element_size);
}

#endif
