/* SPDX-License-Identifier: GPL-2.0-only */
#include "limits.h"
#include "policy/compile.h"
#include "policy/deadlines.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int limits_check(const struct policy *policy, const struct attachments *attached,
		 struct error *error)
{
	static const struct moment any = {.jiffies = 1, .hz = 1};
	_cleanup_deadlines_ struct deadline_table made = {0};
	_cleanup_compiled_ struct compiled compiled = {.slot = malloc(sizeof(*compiled.slot))};
	struct slot *slot = compiled.slot;
	char names[MAX_NICS][IFNAMSIZ] = {""};
	int code = slot ? deadlines_make(policy, &made, &any, &made) : -ENOMEM;

	for (size_t i = 0; i < attached->count; i++)
		memcpy(names[i], attached->list[i].nic, IFNAMSIZ);
	if (code == 0)
		code = policy_compile(policy, (const char(*)[IFNAMSIZ])names,
				      &(struct deadlines){made.list, made.count}, &compiled, error);
	free(slot);
	return code == -ENOSPC ? -EINVAL : code;
}
