/* SPDX-License-Identifier: GPL-2.0-only */
/* The short path for lines of a block list that are of the usual form. */
#include "blocks_parts.h"
#include "scope.h"
#include "words.h"
#include <string.h>

static const char verb[] = "block ", until_word[] = " until ";
#define VERB_LENGTH (sizeof(verb) - 1)
#define UNTIL_LENGTH (sizeof(until_word) - 1)
#define TIME_LENGTH (sizeof("2030-01-31T15:00:00Z") - 1)

/* What is left to read of a line. */
struct rest {
	const char *text;
	size_t length;
	bool strange; /* what was read is right, but not in canonical form */
};

static bool take(struct rest *rest, const char *literal, size_t length)
{
	if (rest->length < length || memcmp(rest->text, literal, length) != 0)
		return false;
	rest->text += length;
	rest->length -= length;
	return true;
}

static bool take_byte(struct rest *rest, char byte)
{
	if (!rest->length || *rest->text != byte)
		return false;
	rest->text++;
	rest->length--;
	return true;
}

static bool take_number(struct rest *rest, unsigned max, unsigned *number)
{
	size_t digits = 0;
	unsigned value = 0;

	while (digits < rest->length && digits < 3 && rest->text[digits] >= '0' &&
	       rest->text[digits] <= '9')
		value = 10 * value + (unsigned)(rest->text[digits++] - '0');
	if (digits == 0 || value > max || (digits > 1 && rest->text[0] == '0'))
		return false;
	rest->text += digits;
	rest->length -= digits;
	*number = value;
	return true;
}

static bool take_address4(struct rest *rest, struct prefix *prefix)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned octet;

		if ((i && !take_byte(rest, '.')) || !take_number(rest, 255, &octet))
			return false;
		prefix->address[i] = (__u8)octet;
	}
	prefix->family = 4;
	prefix->length = 32;
	return true;
}

#define UPPER_CASE 32

/* Hexadecimal digits by character, each plus one; 0: it is none. */
static const __u8 hex_values[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11 + UPPER_CASE,
	['B'] = 12 + UPPER_CASE,
	['C'] = 13 + UPPER_CASE,
	['D'] = 14 + UPPER_CASE,
	['E'] = 15 + UPPER_CASE,
	['F'] = 16 + UPPER_CASE,
};

static bool take_group(struct rest *rest, unsigned *group)
{
	size_t digits = 0;
	unsigned value = 0;
	unsigned digit, seen = 0;

	while (digits < rest->length && digits < 4 &&
	       (digit = hex_values[(unsigned char)rest->text[digits]])) {
		value = value << 4 | ((digit & ~UPPER_CASE) - 1);
		seen |= digit;
		digits++;
	}
	rest->strange |= seen & UPPER_CASE || (digits > 1 && rest->text[0] == '0');
	rest->text += digits;
	rest->length -= digits;
	*group = value;
	return digits > 0;
}

/* Groups up to the end of the address; *gap receives the index of the one behind "::", else 8. */
static bool take_groups(struct rest *rest, unsigned groups[8], unsigned *count, unsigned *gap)
{
	*count = 0;
	*gap = 8;
	if (take_byte(rest, ':')) {
		if (!take_byte(rest, ':'))
			return false;
		*gap = 0;
	}
	while (*count < 8) {
		if (!take_group(rest, &groups[*count]))
			return *count == *gap; /* nothing behind "::" */
		if (++*count == 8 || !take_byte(rest, ':'))
			break;
		if (!take_byte(rest, ':'))
			continue;
		if (*gap != 8)
			return false;
		*gap = *count;
	}
	return *gap == 8 ? *count == 8 : *count < 8;
}

/* Without an IPv4 address at its end. */
static bool take_address6(struct rest *rest, struct prefix *prefix)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned groups[8], whole[8] = {0}, count, gap, start, run;

	if (!take_groups(rest, groups, &count, &gap))
		return false;
	for (unsigned i = 0; i < count; i++) {
		unsigned place = i < gap ? i : i + 8 - count;

		whole[place] = groups[i];
		prefix->address[2 * place] = (__u8)(groups[i] >> 8);
		prefix->address[2 * place + 1] = (__u8)groups[i];
	}
	run = longest_run(whole, &start);
	/* Those that begin with zeros may be written in yet another way. */
	rest->strange |= start != gap || (run && run != 8 - count) || !(whole[0] | whole[1]);
	prefix->family = 6;
	prefix->length = 128;
	return memcmp(prefix->address, mapped, sizeof(mapped)) != 0;
}

static bool take_prefix(struct rest *rest, struct prefix *prefix)
{
	const struct rest before = *rest;
	unsigned length;

	*prefix = (struct prefix){0};
	if (!take_address4(rest, prefix)) {
		*rest = before;
		*prefix = (struct prefix){0};
		if (!take_address6(rest, prefix))
			return false;
	}
	if (!take_byte(rest, '/'))
		return true;
	if (!take_number(rest, prefix->length, &length))
		return false;
	rest->strange |= length == prefix->length;
	prefix->length = (__u8)length;
	return prefix_is_valid(prefix);
}

static bool take_until(struct rest *rest, struct block_line_reader *reader, __s64 *until)
{
	if (!take(rest, until_word, UNTIL_LENGTH) || rest->length != TIME_LENGTH)
		return false;
	if (memcmp(rest->text, reader->known, TIME_LENGTH) != 0) {
		memcpy(reader->known, rest->text, TIME_LENGTH);
		reader->known[TIME_LENGTH] = '\0';
		if (words_read_time(reader->known, &reader->known_time, NULL)) {
			reader->known[0] = '\0';
			return false;
		}
	}
	*until = reader->known_time;
	rest->length = 0;
	return true;
}

bool block_line_read(const char *text, size_t length, struct block_line_reader *reader,
		     struct block_entry *entry)
{
	struct rest rest = {text, length, false};

	entry->until = reader->until;
	if (!reader->bare && !take(&rest, verb, VERB_LENGTH))
		return false;
	if (!take_prefix(&rest, &entry->prefix))
		return false;
	reader->strange |= rest.strange;
	return rest.length == 0 || (!reader->bare && take_until(&rest, reader, &entry->until));
}
