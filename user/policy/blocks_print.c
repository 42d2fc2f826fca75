/* SPDX-License-Identifier: GPL-2.0-only */
/* The canonical text of a block list. Addresses are written here: a list has up to BLOCKS_MAX. */
#include "blocks.h"
#include "blocks_parts.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

static char *put_text(char *out, const char *text)
{
	size_t length = strlen(text);

	memcpy(out, text, length);
	return out + length;
}

static char *put_number(char *out, unsigned number)
{
	char digits[3];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		*out++ = digits[--count];
	return out;
}

static char *put_group(char *out, unsigned group)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned shift = 16; shift > 0; shift -= 4)
		if (shift == 4 || group >> (shift - 4))
			*out++ = digits[group >> (shift - 4) & 0xf];
	return out;
}

static char *put_address6(char *out, const __u8 address[16])
{
	unsigned groups[8], start, run;

	for (unsigned i = 0; i < 8; i++)
		groups[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
	run = longest_run(groups, &start);
	for (unsigned i = 0; i < 8; i++) {
		if (i == start) {
			*out++ = ':';
			i += run - 1;
			if (i == 7)
				*out++ = ':';
			continue;
		}
		if (i)
			*out++ = ':';
		out = put_group(out, groups[i]);
	}
	return out;
}

static char *put_prefix(char *out, const struct prefix *prefix)
{
	static const __u8 zero[8];
	char text[WORDS_PREFIX_SIZE];

	/* Some of these are written with an IPv4 address at their end. */
	if (prefix->family == 6 && memcmp(prefix->address, zero, sizeof(zero)) == 0) {
		words_print_prefix(prefix, text);
		return put_text(out, text);
	}
	if (prefix->family == 6) {
		out = put_address6(out, prefix->address);
	} else {
		for (unsigned i = 0; i < 4; i++) {
			if (i)
				*out++ = '.';
			out = put_number(out, prefix->address[i]);
		}
	}
	if (prefix->length != prefix_length_max(prefix->family)) {
		*out++ = '/';
		out = put_number(out, prefix->length);
	}
	return out;
}

static char *put_entry(char *out, const struct block_entry *entry)
{
	char time[WORDS_TIME_SIZE];

	out = put_text(out, "block ");
	out = put_prefix(out, &entry->prefix);
	if (!entry->until)
		return out;
	words_print_time(entry->until, time);
	out = put_text(out, " until ");
	return put_text(out, time);
}

void block_entry_print(const struct block_entry *entry, char text[BLOCK_LINE_SIZE])
{
	*put_entry(text, entry) = '\0';
}

char *block_list_print(const struct block_list *list, size_t *length)
{
	char *text = malloc(list->count * BLOCK_LINE_SIZE + 1), *out = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		out = put_entry(out, &list->entries[i]);
		*out++ = '\n';
	}
	*out = '\0';
	*length = (size_t)(out - text);
	return text;
}
