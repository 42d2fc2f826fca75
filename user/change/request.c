/* SPDX-License-Identifier: GPL-2.0-only */
#include "request.h"
#include <string.h>

bool request_detaches(const struct request *request, const char *nic)
{
	for (size_t i = 0; i < request->detach_count; i++)
		if (strcmp(request->detach[i], nic) == 0)
			return true;
	return request->detach_all;
}
