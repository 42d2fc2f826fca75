/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for whole files and lists. */
#ifndef PORTFW_POLICY_BUFFER_H
#define PORTFW_POLICY_BUFFER_H

#include <stdlib.h>
#include <sys/mman.h>

#define BUFFER_HUGE (2ul * 1024 * 1024)

/* malloc(3), but large buffers are in huge pages where the system offers them: most of the time
 * that a buffer costs which is used once goes into page faults. */
static inline void *buffer_allocate(size_t size)
{
	void *buffer;

	if (size < BUFFER_HUGE)
		return malloc(size);
	buffer = aligned_alloc(BUFFER_HUGE, (size + BUFFER_HUGE - 1) & ~(BUFFER_HUGE - 1));
	if (buffer)
		madvise(buffer, size, MADV_HUGEPAGE);
	return buffer;
}

#endif
