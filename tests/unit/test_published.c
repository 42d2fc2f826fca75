/* SPDX-License-Identifier: GPL-2.0-only */
/* Block lists as they are published. */
#include "policy/blocks.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

typedef unsigned __int128 number;

static void check(const char *text, bool csv, const char *canonical)
{
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
	struct diagnostics diagnostics = {.count = 0};
	size_t length;

	if (block_list_parse_published(text, strlen(text), csv, NULL, &list, &diagnostics))
		fail_msg("%s: %u: %s", text, diagnostics.list[0].line, diagnostics.list[0].text);
	char *printed = block_list_print(&list, &length);
	assert_string_equal(printed, canonical);
	free(printed);
}

static void lists_are_read_as_they_are_published(void **state)
{
	(void)state;
	/* Spamhaus DROP */
	check("; Spamhaus DROP List 2026/11/27\n; Last-Modified: ...\n"
	      "192.0.2.0/24 ; SBL123456\n198.51.100.0/24;SBL2\n",
	      false, "block 192.0.2.0/24\nblock 198.51.100.0/24\n");
	/* netsets with comments behind # */
	check("#\n# firehol_level1\n#\n192.0.2.1\n192.0.2.1 # again\n", false, "block 192.0.2.1\n");
	/* written elsewhere */
	check("\xef\xbb\xbf// list\r\n\t192.0.2.1 \r\n\r\n2001:DB8::1\r\n", false,
	      "block 192.0.2.1\nblock 2001:db8::1\n");
	check("192.0.2.0-192.0.2.255\n2001:db8:: - 2001:db8::1\n192.0.2.7-192.0.2.7", false,
	      "block 192.0.2.0/24\nblock 192.0.2.7\nblock 2001:db8::/127\n");
	check("", false, "");
	check("\n\r\n  \n;\n", false, "");
	/* several columns */
	check("# \"first_seen\",\"ip\"\n\"192.0.2.1\",\"2026-11-27\",\"x;y\"\r\n192.0.2.2;5\n"
	      "192.0.2.3\t80\n 192.0.2.4 , a b\n192.0.2.5\n",
	      true,
	      "block 192.0.2.1\nblock 192.0.2.2\nblock 192.0.2.3\nblock 192.0.2.4\n"
	      "block 192.0.2.5\n");
}

static void what_is_no_address_is_an_error_with_its_place_or_left_out(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
	} wrong[] = {
		{"192.0.2.1\n192.0.2.1/24\n", 2, 1},
		{"  evil.example ; x\n", 1, 3},
		{"192.0.2.1 80\n", 1, 1},
		{"192.0.2.1,80\n", 1, 1},
		{"192.0.2.9-192.0.2.1\n", 1, 1},
		{"192.0.2.9-2001:db8::1\n", 1, 1},
		{"192.0.2.0/24-192.0.3.0/24\n", 1, 1},
		{"192.0.2.1-\n", 1, 1},
		{"-192.0.2.1\n", 1, 1},
		{"192.0.2.1-192.0.2.2-192.0.2.3\n", 1, 1},
		{"1:2:3:4:5:6:7:8:9\n", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct diagnostics diagnostics = {.count = 0};
		struct block_list list = BLOCK_LIST_INIT;
		size_t skipped = 0, length = strlen(wrong[i].text);

		assert_int_equal(block_list_parse_published(wrong[i].text, length, false, NULL,
							    &list, &diagnostics),
				 -EINVAL);
		assert_int_equal(diagnostics.errors, 1);
		assert_int_equal(diagnostics.list[0].line, wrong[i].line);
		assert_int_equal(diagnostics.list[0].column, wrong[i].column);
		diagnostics = (struct diagnostics){.count = 0};
		assert_int_equal(block_list_parse_published(wrong[i].text, length, false, &skipped,
							    &list, &diagnostics),
				 0);
		assert_int_equal(skipped, 1);
		assert_int_equal(diagnostics.errors, 0);
		block_list_free(&list);
	}
}

static void a_nul_byte_and_long_lines_are_errors(void **state)
{
	struct diagnostics diagnostics = {.count = 0};
	struct block_list list = BLOCK_LIST_INIT;
	char text[300] = "192.0.2.1";

	(void)state;
	assert_int_equal(block_list_parse_published(text, 20, false, NULL, &list, &diagnostics),
			 -EINVAL);
	memset(text, '1', sizeof(text));
	assert_int_equal(
		block_list_parse_published(text, sizeof(text), false, NULL, &list, &diagnostics),
		-EINVAL);
}

/* --- Ranges ---------------------------------------------------------------------------------- */

static number random_number(unsigned bits)
{
	number value = 0;

	for (unsigned i = 0; i < bits; i += 8)
		value = value << 8 | pick(256);
	/* Ends of blocks, too. */
	if (pick(3) == 0)
		value &= ~(((number)1 << pick(bits)) - 1);
	if (pick(3) == 0)
		value |= ((number)1 << pick(bits)) - 1;
	return value;
}

static void print_address(unsigned family, number value, char text[64])
{
	if (family == 4)
		snprintf(text, 64, "%u.%u.%u.%u", (unsigned)(value >> 24) & 255,
			 (unsigned)(value >> 16) & 255, (unsigned)(value >> 8) & 255,
			 (unsigned)value & 255);
	else
		snprintf(text, 64, "%x:%x:%x:%x:%x:%x:%x:%x", (unsigned)(value >> 112) & 0xffff,
			 (unsigned)(value >> 96) & 0xffff, (unsigned)(value >> 80) & 0xffff,
			 (unsigned)(value >> 64) & 0xffff, (unsigned)(value >> 48) & 0xffff,
			 (unsigned)(value >> 32) & 0xffff, (unsigned)(value >> 16) & 0xffff,
			 (unsigned)value & 0xffff);
}

static number end_of(const struct address6 *address)
{
	return (number)address->high << 64 | address->low;
}

/* Prefixes without gaps and overlaps from the first to the last address, none of which could be
 * joined with its neighbour. */
static void check_range(unsigned family, number first, number last)
{
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
	struct diagnostics diagnostics = {.count = 0};
	char text[160], left[64], right[64];
	number at = first;

	print_address(family, first, left);
	print_address(family, last, right);
	snprintf(text, sizeof(text), "%s-%s", left, right);
	if (block_list_parse_published(text, strlen(text), false, NULL, &list, &diagnostics))
		fail_msg("%s: %s", text, diagnostics.list[0].text);
	for (size_t i = 0; i < list.count; i++) {
		const struct prefix *prefix = &list.entries[i].prefix;
		const struct address6 start = prefix_first(prefix), end = prefix_last(prefix);

		if (prefix->family != family || end_of(&start) != at)
			fail_msg("%s: a gap before prefix %zu", text, i);
		at = end_of(&end) + 1;
	}
	if (at != last + 1)
		fail_msg("%s: ends elsewhere", text);
	if (list.count > 2 * prefix_length_max(family))
		fail_msg("%s: %zu prefixes", text, list.count);
}

static void a_range_becomes_prefixes_that_are_all_of_it(void **state)
{
	const number all4 = 0xffffffff, all6 = ~(number)0;

	(void)state;
	check_range(4, 0, all4);
	check_range(4, 1, all4);
	check_range(4, 0, all4 - 1);
	check_range(6, (number)1 << 127, all6);
	check_range(6, ((number)1 << 127) + 1, all6 - 1);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned family = i % 2 ? 4 : 6;
		number one = random_number(family == 4 ? 32 : 128),
		       other = random_number(family == 4 ? 32 : 128);

		/* Those of IPv4 that are written as IPv6 are of the other family. */
		if (family == 6 && ((one | other) >> 96) == 0)
			continue;
		if (family == 6)
			one |= (number)1 << 100, other |= (number)1 << 100;
		check_range(family, one < other ? one : other, one < other ? other : one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_as_they_are_published),
		cmocka_unit_test(what_is_no_address_is_an_error_with_its_place_or_left_out),
		cmocka_unit_test(a_nul_byte_and_long_lines_are_errors),
		cmocka_unit_test(a_range_becomes_prefixes_that_are_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
