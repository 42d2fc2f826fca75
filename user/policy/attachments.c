/* SPDX-License-Identifier: GPL-2.0-only */
#include "attachments.h"
#include <errno.h>
#include <string.h>

/* Where the NIC is, or where it would be put. */
static size_t place_of(const struct attachments *attached, const char *nic)
{
	size_t place = 0;

	while (place < attached->count && strcmp(attached->list[place].nic, nic) < 0)
		place++;
	return place;
}

static bool is_at(const struct attachments *attached, size_t place, const char *nic)
{
	return place < attached->count && strcmp(attached->list[place].nic, nic) == 0;
}

const struct attachment *attachments_find(const struct attachments *attached, const char *nic)
{
	size_t place = place_of(attached, nic);

	return is_at(attached, place, nic) ? &attached->list[place] : NULL;
}

int attachments_add(struct attachments *attached, const char *nic, enum attach_mode mode)
{
	size_t place = place_of(attached, nic);
	struct attachment *attachment = &attached->list[place];

	if (is_at(attached, place, nic)) {
		attachment->mode = mode;
		return 0;
	}
	if (strlen(nic) >= IFNAMSIZ)
		return -EINVAL;
	if (attached->count == MAX_NICS)
		return -ENOSPC;
	memmove(attachment + 1, attachment, (attached->count - place) * sizeof(*attachment));
	*attachment = (struct attachment){.mode = mode};
	memcpy(attachment->nic, nic, strlen(nic));
	attached->count++;
	return 0;
}

int attachments_join(struct attachments *attached, const struct attachments *others,
		     struct error *error)
{
	int err = 0;

	for (size_t i = 0; i < others->count && !err; i++)
		if (!attachments_find(attached, others->list[i].nic))
			err = attachments_add(attached, others->list[i].nic, others->list[i].mode);
	if (err != -ENOSPC)
		return err;
	return error_set(error, -EINVAL,
			 "together with the NICs that stay attached these are more than %d",
			 MAX_NICS);
}

bool attachments_remove(struct attachments *attached, const char *nic)
{
	size_t place = place_of(attached, nic);
	struct attachment *attachment = &attached->list[place];

	if (!is_at(attached, place, nic))
		return false;
	attached->count--;
	memmove(attachment, attachment + 1, (attached->count - place) * sizeof(*attachment));
	return true;
}

bool attachments_equal(const struct attachments *a, const struct attachments *b)
{
	bool equal = a->count == b->count;

	for (size_t i = 0; equal && i < a->count; i++)
		equal = strcmp(a->list[i].nic, b->list[i].nic) == 0 &&
			a->list[i].mode == b->list[i].mode;
	return equal;
}
