/* SPDX-License-Identifier: GPL-2.0-only */
#include "warnings.h"
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

static char first[256];

__attribute__((format(printf, 2, 0))) static int keep(enum libbpf_print_level level,
						      const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*first) {
		vsnprintf(first, sizeof(first), format, arguments);
		first[strcspn(first, "\n")] = '\0';
	}
	return 0;
}

void warnings_keep(void)
{
	libbpf_set_print(keep);
	*first = '\0';
}

const char *warnings_first(void)
{
	return first;
}
