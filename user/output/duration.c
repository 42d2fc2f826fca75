/* SPDX-License-Identifier: GPL-2.0-only */
#include "duration.h"
#include <stddef.h>
#include <stdio.h>

__s64 duration_print(__s64 seconds, char text[DURATION_SIZE])
{
	static const struct {
		__s64 seconds;
		char letter;
	} units[] = {{24LL * 60 * 60, 'd'}, {60 * 60, 'h'}, {60, 'm'}, {1, 's'}};
	size_t unit = 0;

	while (units[unit].seconds > seconds && units[unit].seconds > 1)
		unit++;
	snprintf(text, DURATION_SIZE, "%lld%c", seconds / units[unit].seconds, units[unit].letter);
	return seconds % units[unit].seconds;
}
