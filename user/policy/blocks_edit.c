/* SPDX-License-Identifier: GPL-2.0-only */
/* Few changes to a long list, made in its text. */
#include "blocks.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The index of the first entry that does not come before the prefix. */
static size_t lower_bound(const struct block_list *list, const struct prefix *prefix)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_compare(&list->entries[middle].prefix, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t line_start(const struct block_list *list, size_t index, size_t length)
{
	return index < list->count ? list->entries[index].order : length;
}

int block_text_edit(const struct block_list *list, const struct block_list *given, bool remove,
		    char **text, size_t *length)
{
	char *edited = realloc(*text, *length + given->count * BLOCK_LINE_SIZE + 1);
	size_t end = *length;

	if (!edited)
		return -ENOMEM;
	*text = edited;
	/* From the end: the places of lines before stay right. */
	for (size_t i = given->count; i-- > 0;) {
		const struct block_entry *entry = &given->entries[i];
		size_t index = lower_bound(list, &entry->prefix);
		size_t at = line_start(list, index, *length), behind = at, added = 0;
		char line[BLOCK_LINE_SIZE] = "";

		if (index < list->count &&
		    prefix_compare(&list->entries[index].prefix, &entry->prefix) == 0)
			behind = line_start(list, index + 1, *length);
		if (!remove) {
			block_entry_print(entry, line);
			added = strlen(line);
			line[added++] = '\n';
		}
		/* What was added behind this place has moved the end, not the place. */
		memmove(edited + at + added, edited + behind, end - behind);
		memcpy(edited + at, line, added);
		end = end - (behind - at) + added;
	}
	edited[end] = '\0';
	*length = end;
	return 0;
}
