/* SPDX-License-Identifier: GPL-2.0-only */
#include "tables.h"
#include "bpf/tables.h"
#include <errno.h>
#include <stdlib.h>

int verdict_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		    const struct deadline_table *known, const struct moment *now,
		    struct compiled *compiled, struct error *error)
{
	const struct moment clocks = {.wall = now->wall, .jiffies = 1, .hz = 1};
	_cleanup_deadlines_ struct deadline_table made = {0};

	*compiled = (struct compiled){.slot = malloc(sizeof(*compiled->slot))};
	if (!compiled->slot || deadlines_make(policy, known, now->jiffies ? now : &clocks, &made))
		return error_set(error, -ENOMEM, "out of memory");
	return policy_compile(policy, nics, &(struct deadlines){made.list, made.count}, compiled,
			      error);
}

void verdict_free(struct compiled *compiled)
{
	struct slot *slot = compiled->slot;

	compiled_free(compiled);
	free(slot);
	compiled->slot = NULL;
}

void verdict_tables(const struct compiled *compiled, __u64 now, struct tables *tables)
{
	*tables = (struct tables){
		.slot = compiled->slot,
		.sources4 = compiled->sources4,
		.sources6 = compiled->sources6,
		.cells = compiled->cells,
		.control = NULL, /* what holds under lockdown is not asked here */
		.now = now,
	};
}
