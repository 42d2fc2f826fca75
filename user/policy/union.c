/* SPDX-License-Identifier: GPL-2.0-only */
#include "union.h"
#include <errno.h>

int union_attachments(const struct policy *policy, const struct policy *old, struct policy *result,
		      struct error *error)
{
	struct policy copy;

	policy_init(&copy);
	int code = policy_copy(policy, &copy);
	for (size_t i = 0; i < old->attachment_count && code == 0; i++) {
		const struct attachment *attachment = &old->attachments[i];
		if (!policy_attachment(&copy, attachment->nic))
			code = policy_attach(&copy, attachment->nic, attachment->mode);
	}
	if (code) {
		policy_free(&copy);
		return code != -ENOSPC
			       ? code
			       : error_set(error, -EINVAL,
					   "together with the NICs that stay attached these "
					   "are more than %d",
					   MAX_NICS);
	}
	*result = copy;
	return 0;
}
