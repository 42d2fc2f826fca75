/* SPDX-License-Identifier: GPL-2.0-only */
/* The block list: its text, and the list as a set. */
#include "unit.h"

#include "policy/blocks.h"

static struct block_list list_of(const char *text)
{
	struct diagnostics diagnostics = {0};
	struct block_list list = BLOCK_LIST_INIT;

	if (block_list_parse(text, strlen(text), &list, &diagnostics) != 0) {
		print_error("does not parse:\n%s\n", text);
		print_diagnostics(&diagnostics);
		fail();
	}
	return list;
}

static char *printed(const struct block_list *list)
{
	size_t length;
	char *text = block_list_print(list, &length);

	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	return text;
}

static void expect_list(const struct block_list *list, const char *text)
{
	_cleanup_text_ char *have = printed(list);

	assert_string_equal(have, text);
}

static struct prefix prefix_of(const char *word)
{
	struct error error = {""};
	struct prefix prefix;

	if (words_read_prefix(word, &prefix, &error))
		fail_msg("%s: %s", word, error.text);
	return prefix;
}

/* --- Text ---------------------------------------------------------------------------------- */

static const struct {
	const char *text, *canonical;
} right_texts[] = {
	{"", ""},
	{"\n\n", ""},
	{"# nothing\n", ""},
	{"block 198.51.100.7\n", "block 198.51.100.7\n"},
	{"block 198.51.100.7", "block 198.51.100.7\n"},
	{"  block\t198.51.100.7  # bot\n", "block 198.51.100.7\n"},
	{"block 198.51.100.7/32\n", "block 198.51.100.7\n"},
	{"block 0.0.0.0/0\nblock ::/0\n", "block 0.0.0.0/0\nblock ::/0\n"},
	{"block 255.255.255.255\n", "block 255.255.255.255\n"},
	{"block 2001:DB8:0:0:0:0:0:1\n", "block 2001:db8::1\n"},
	{"block 2001:db8::/32 until 2030-01-31T15:00:00Z\n",
	 "block 2001:db8::/32 until 2030-01-31T15:00:00Z\n"},
	{"block 10.0.0.2   until  2030-01-31T15:00:00Z # x\n",
	 "block 10.0.0.2 until 2030-01-31T15:00:00Z\n"},
	{"block \"10.0.0.2\"\n", "block 10.0.0.2\n"},
	/* Sorted: IPv4 first, by address, the shorter first. */
	{"block 2001:db8::1\nblock 10.0.0.1\nblock 10.0.0.0/24\nblock 10.0.0.0/8\n",
	 "block 10.0.0.0/8\nblock 10.0.0.0/24\nblock 10.0.0.1\nblock 2001:db8::1\n"},
	/* A prefix does not hide what it holds; of equal ones the last counts. */
	{"block 10.0.0.1 until 2030-01-31T15:00:00Z\nblock 10.0.0.1\n", "block 10.0.0.1\n"},
	{"block 10.0.0.1\nblock 9.0.0.0/8\nblock 10.0.0.1 until 2030-01-31T15:00:00Z\n",
	 "block 9.0.0.0/8\nblock 10.0.0.1 until 2030-01-31T15:00:00Z\n"},
};

static void right_texts_become_canonical_and_stay_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(right_texts); i++) {
		_cleanup_block_list_ struct block_list list = list_of(right_texts[i].text);
		_cleanup_text_ char *text = printed(&list);
		_cleanup_block_list_ struct block_list again = list_of(text);

		assert_true(again.canonical || strstr(text, "::/0"));
		expect_list(&list, right_texts[i].canonical);
		expect_list(&again, right_texts[i].canonical);
		assert_true(block_list_equal(&list, &again));
	}
}

static const struct {
	const char *text;
	unsigned line, column;
	const char *message;
} wrong_texts[] = {
	{"198.51.100.7\n", 1, 1, "unknown word \"198.51.100.7\": a line begins with block"},
	{"block\n", 1, 6, "\"block\" needs an address or prefix"},
	{"\nblock 10.0.0.256\n", 2, 7, NULL},
	{"block 10.0.0.1/33\n", 1, 7, NULL},
	{"block 10.0.0.1/\n", 1, 7, NULL},
	{"block 10.0.0.1/24\n", 1, 7, "10.0.0.1/24 has host bits set: write 10.0.0.0/24"},
	{"block 010.0.0.1\n", 1, 7, NULL},
	{"block 10.0.0.1/08\n", 1, 7, NULL},
	{"block 10.0.0\n", 1, 7, NULL},
	{"block ::ffff:10.0.0.1\n", 1, 7, NULL},
	{"block fe80::1%eth0\n", 1, 7, NULL},
	{"block example.org\n", 1, 7, NULL},
	{"block any\n", 1, 7, NULL},
	{"block 10.0.0.1 10.0.0.2\n", 1, 16,
	 "unexpected word \"10.0.0.2\": after the address comes \"until TIME\""},
	{"block 10.0.0.1 for 30m\n", 1, 16, NULL},
	{"block 10.0.0.1 until\n", 1, 21, "\"until\" needs a time"},
	{"block 10.0.0.1 until 2030-13-31T15:00:00Z\n", 1, 22, NULL},
	{"block 10.0.0.1 until 2030-01-31T15:00:00Z x\n", 1, 43,
	 "unexpected word \"x\" after the time"},
	{"block 10.0.0.1\r\n", 1, 15, NULL},
	{"block 10.0.0.1 \x01\n", 1, 16, NULL},
	{"unblock 10.0.0.1\n", 1, 1, "unknown word \"unblock\": a line begins with block"},
};

static void wrong_texts_are_errors_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong_texts); i++) {
		const char *text = wrong_texts[i].text;
		struct diagnostics diagnostics = {0};
		struct block_list list = BLOCK_LIST_INIT;

		if (block_list_parse(text, strlen(text), &list, &diagnostics) != -EINVAL)
			fail_msg("parses: %s", text);
		assert_int_equal(diagnostics.errors, 1);
		if (diagnostics.list[0].line != wrong_texts[i].line ||
		    diagnostics.list[0].column != wrong_texts[i].column) {
			print_error("%s", text);
			print_diagnostics(&diagnostics);
			fail();
		}
		if (wrong_texts[i].message)
			assert_string_equal(diagnostics.list[0].text, wrong_texts[i].message);
		assert_int_equal(list.count, 0);
	}
}

static void a_nul_byte_is_an_error(void **state)
{
	static const char text[] = "block 10.0.0.1\0\n";
	struct diagnostics diagnostics = {0};
	struct block_list list = BLOCK_LIST_INIT;

	(void)state;
	assert_int_equal(block_list_parse(text, sizeof(text) - 1, &list, &diagnostics), -EINVAL);
	assert_int_equal(diagnostics.list[0].column, 15);
}

static void all_errors_are_reported_up_to_20(void **state)
{
	static const char text[] = "wrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\n"
				   "wrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\n"
				   "wrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\nwrong\n";
	struct diagnostics diagnostics = {0};
	struct block_list list = BLOCK_LIST_INIT;

	(void)state;
	assert_int_equal(block_list_parse(text, strlen(text), &list, &diagnostics), -EINVAL);
	assert_int_equal(diagnostics.errors, DIAGNOSTICS_MAX);
	assert_true(diagnostics.truncated);
	assert_int_equal(diagnostics.list[DIAGNOSTICS_MAX - 1].line, DIAGNOSTICS_MAX);
}

static void bare_addresses_get_the_time_that_is_given(void **state)
{
	static const char text[] = "# from the log\n\n198.51.100.7\n 2001:db8::/32 # net\n";
	struct diagnostics diagnostics = {0};
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;

	(void)state;
	assert_int_equal(
		block_list_parse_addresses(text, strlen(text), TEST_NOW, &list, &diagnostics), 0);
	expect_list(&list, "block 198.51.100.7 until 2026-01-01T00:00:00Z\n"
			   "block 2001:db8::/32 until 2026-01-01T00:00:00Z\n");
}

static void bare_lines_have_one_address(void **state)
{
	static const char text[] = "198.51.100.7\n10.0.0.1 10.0.0.2\nblock 10.0.0.3\n"
				   "10.0.0.4 until 2030-01-31T15:00:00Z\n";
	struct diagnostics diagnostics = {0};
	struct block_list list = BLOCK_LIST_INIT;

	(void)state;
	assert_int_equal(block_list_parse_addresses(text, strlen(text), 0, &list, &diagnostics),
			 -EINVAL);
	assert_int_equal(diagnostics.errors, 3);
	assert_int_equal(diagnostics.list[0].line, 2);
	assert_int_equal(diagnostics.list[0].column, 10);
	assert_string_equal(diagnostics.list[0].text,
			    "unexpected word \"10.0.0.2\": one address a line");
	assert_int_equal(diagnostics.list[1].line, 3);
	assert_int_equal(diagnostics.list[1].column, 1);
	assert_int_equal(diagnostics.list[2].column, 10);
}

/* The printer of the list is its own; it must agree with the one for single words. */
static void addresses_print_as_words_do(void **state)
{
	static const unsigned masks[] = {0x0000, 0xffff, 0x00ff, 0x000f, 0x0fff, 0x0001};
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct block_entry entry = {.prefix = {.family = i % 4 ? 6 : 4}};
		char line[BLOCK_LINE_SIZE], expected[BLOCK_LINE_SIZE], word[WORDS_PREFIX_SIZE];

		entry.prefix.length = entry.prefix.family == 4 ? 32 : 128;
		for (unsigned group = 0; group < entry.prefix.length / 16; group++) {
			unsigned value;

			seed = seed * 1103515245 + 12345;
			value = seed >> 16 & masks[(seed >> 8) % COUNT_OF(masks)];
			entry.prefix.address[2 * group] = (__u8)(value >> 8);
			entry.prefix.address[2 * group + 1] = (__u8)value;
		}
		words_print_prefix(&entry.prefix, word);
		snprintf(expected, sizeof(expected), "block %s", word);
		block_entry_print(&entry, line);
		assert_string_equal(line, expected);
	}
}

/* --- The set ------------------------------------------------------------------------------- */

static void merge_replaces_and_adds(void **state)
{
	_cleanup_block_list_ struct block_list list =
		list_of("block 10.0.0.1\nblock 10.0.0.2\nblock 10.0.0.4\n");
	_cleanup_block_list_ struct block_list added =
		list_of("block 10.0.0.2 until 2030-01-31T15:00:00Z\nblock 10.0.0.3\n"
			"block 10.0.0.0/24\n");

	(void)state;
	assert_int_equal(block_list_merge(&list, &added), 0);
	expect_list(&list, "block 10.0.0.0/24\nblock 10.0.0.1\n"
			   "block 10.0.0.2 until 2030-01-31T15:00:00Z\n"
			   "block 10.0.0.3\nblock 10.0.0.4\n");
}

static void subtract_takes_exactly_what_is_named(void **state)
{
	_cleanup_block_list_ struct block_list list =
		list_of("block 10.0.0.0/8\nblock 10.0.0.1\nblock 10.0.0.2\n");
	_cleanup_block_list_ struct block_list removed =
		list_of("block 10.0.0.2 until 2030-01-31T15:00:00Z\nblock 10.0.0.0/24\n");

	(void)state;
	block_list_subtract(&list, &removed);
	expect_list(&list, "block 10.0.0.0/8\nblock 10.0.0.1\n");
}

static void find_wants_the_very_prefix_and_holder_a_wider_one(void **state)
{
	_cleanup_block_list_ struct block_list list =
		list_of("block 10.0.0.0/8\nblock 10.1.0.0/16\nblock 2001:db8::/32\n");
	struct prefix inside = prefix_of("10.1.2.3"), middle = prefix_of("10.1.0.0/16"),
		      outside = prefix_of("11.0.0.1"), inside6 = prefix_of("2001:db8::7");

	(void)state;
	assert_null(block_list_find(&list, &inside));
	assert_non_null(block_list_find(&list, &middle));
	assert_int_equal(block_list_holder(&list, &inside)->prefix.length, 16);
	assert_int_equal(block_list_holder(&list, &middle)->prefix.length, 8);
	assert_null(block_list_holder(&list, &outside));
	assert_int_equal(block_list_holder(&list, &inside6)->prefix.length, 32);
}

static void diff_names_each_change_once(void **state)
{
	_cleanup_block_list_ struct block_list old =
		list_of("block 10.0.0.1\nblock 10.0.0.2\nblock 10.0.0.3\n");
	_cleanup_block_list_ struct block_list new =
		list_of("block 10.0.0.2\nblock 10.0.0.3 until 2030-01-31T15:00:00Z\n"
			"block 10.0.0.4\n");
	_cleanup_diff_ struct diff diff = {NULL, 0};

	(void)state;
	assert_int_equal(block_list_diff(&old, &new, &diff), 0);
	assert_int_equal(diff.count, 3);
	assert_int_equal(diff.lines[0].sign, '-');
	assert_string_equal(diff.lines[0].text, "block 10.0.0.1");
	assert_int_equal(diff.lines[1].sign, '~');
	assert_string_equal(diff.lines[1].text, "block 10.0.0.3");
	assert_string_equal(diff.lines[1].becomes, "block 10.0.0.3 until 2030-01-31T15:00:00Z");
	assert_int_equal(diff.lines[2].sign, '+');
	assert_string_equal(diff.lines[2].text, "block 10.0.0.4");
}

/* Changes to a long list are made in its text: that must be what printing gives. */
static void expect_edit(const char *text, const char *given_text, bool remove)
{
	_cleanup_block_list_ struct block_list list = list_of(text), given = list_of(given_text);
	_cleanup_text_ char *edited = strdup(text), *expected = NULL;
	size_t length = strlen(text);

	assert_true(list.canonical);
	assert_int_equal(block_text_edit(&list, &given, remove, &edited, &length), 0);
	if (remove)
		block_list_subtract(&list, &given);
	else
		assert_int_equal(block_list_merge(&list, &given), 0);
	expected = printed(&list);
	assert_string_equal(edited, expected);
	assert_int_equal(length, strlen(expected));
}

static void editing_the_text_gives_what_printing_does(void **state)
{
	static const char *const texts[] = {
		"",
		"block 10.0.0.5\n",
		"block 10.0.0.1\nblock 10.0.0.5 until 2030-01-31T15:00:00Z\nblock 10.0.0.9\n",
		"block 10.0.0.0/24\nblock 2001:db8::/32\nblock 2001:db8::1\n",
	};
	static const char *const given[] = {
		"",
		"block 10.0.0.5\n",
		"block 10.0.0.0\nblock 10.0.0.1\nblock 10.0.0.2\nblock 10.0.0.3\n",
		"block 10.0.0.5 until 2031-01-31T15:00:00Z\nblock 10.0.0.6\nblock 10.0.0.9\n",
		"block 0.0.0.0/0\nblock ffff::\n",
		"block 10.0.0.0/24\nblock 2001:db8::/32\nblock 2001:db8::1\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		for (size_t j = 0; j < COUNT_OF(given); j++) {
			expect_edit(texts[i], given[j], false);
			expect_edit(texts[i], given[j], true);
		}
	}
}

static void only_canonical_text_counts_as_canonical(void **state)
{
	static const char *const strange[] = {
		"block 10.0.0.1",
		"block 10.0.0.1\n\n",
		"# x\nblock 10.0.0.1\n",
		"block  10.0.0.1\n",
		"block 10.0.0.1/32\n",
		"block 10.0.0.2\nblock 10.0.0.1\n",
		"block 10.0.0.1\nblock 10.0.0.1\n",
		"block 2001:DB8::1\n",
		"block 2001:0db8::1\n",
		"block 2001:db8:0:0:1::1\n",
		"block 2001:db8:0:1:0:0:0:1\n",
		"block 1:2:3:4:5:6:7::\n",
		"block 2001:db8::1/128\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strange); i++) {
		_cleanup_block_list_ struct block_list list = list_of(strange[i]);

		if (list.canonical)
			fail_msg("canonical: %s", strange[i]);
	}
}

/* Lines of the usual form are not read as words are; both must agree on what is an address. */
static void addresses_are_read_as_words_are(void **state)
{
	static const char alphabet[] = "0123456789abcdefABCDEF:::::..../";
	unsigned seed = 7, right = 0;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		struct diagnostics diagnostics = {0};
		_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
		char word[24] = "", known[WORDS_PREFIX_SIZE];
		struct prefix prefix;
		int code, expected;

		if (i % 3 == 0)
			snprintf(word, sizeof(word), "%s", i % 2 ? "1:2:3:4:5:" : "1.2.3");
		for (size_t end = strlen(word), left = 1 + i % 11; left--;) {
			seed = seed * 1103515245 + 12345;
			word[end++] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		expected = words_read_prefix(word, &prefix, NULL);
		code = block_list_parse_addresses(word, strlen(word), 0, &list, &diagnostics);
		if (code != expected)
			fail_msg("%s: %d, as a word %d", word, code, expected);
		if (code)
			continue;
		right++;
		words_print_prefix(&prefix, known);
		if (memcmp(&list.entries[0].prefix, &prefix, sizeof(prefix)) != 0)
			fail_msg("%s is not %s", word, known);
	}
	assert_true(right > 1000);
}

/* A list of `count` addresses as text, to be freed. */
static char *many(unsigned count)
{
	struct block_list list = BLOCK_LIST_INIT;
	char *text;

	for (unsigned i = 0; i < count; i++) {
		struct prefix prefix = {.family = 4, .length = 32};

		prefix.address[0] = 10;
		prefix.address[1] = (__u8)(i >> 16);
		prefix.address[2] = (__u8)(i >> 8);
		prefix.address[3] = (__u8)i;
		assert_int_equal(block_list_append(&list, &prefix, 0), 0);
	}
	text = printed(&list);
	block_list_free(&list);
	return text;
}

static void a_full_list_parses_and_one_more_does_not(void **state)
{
	_cleanup_text_ char *full = many(BLOCKS_MAX), *over = many(BLOCKS_MAX + 1);
	_cleanup_block_list_ struct block_list list = list_of(full);
	struct block_list refused = BLOCK_LIST_INIT;
	struct diagnostics diagnostics = {0};

	(void)state;
	assert_int_equal(list.count, BLOCKS_MAX);
	assert_int_equal(block_list_parse(over, strlen(over), &refused, &diagnostics), -EINVAL);
	assert_string_equal(diagnostics.list[0].text,
			    "400001 addresses: at most 400000 can be blocked");
}

/* --- What can be read of a damaged one ------------------------------------------------------ */

static void lines_with_errors_are_left_out_and_told(void **state)
{
	static const char text[] = "<<<<<<< HEAD\n"
				   "block 198.51.100.7\n"
				   "block 198.51.100\n"
				   "block 2001:db8::/32 until tomorrow\n"
				   "block 2001:db8:1::/48\n"
				   "\001\002\n"
				   "block 203.0.113.0/24 until 2030-01-31T15:00:00Z";
	struct diagnostics diagnostics = {0};
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;

	(void)state;
	assert_int_equal(block_list_parse_tolerant(text, strlen(text), &list, &diagnostics), 0);
	expect_list(&list, "block 198.51.100.7\nblock 203.0.113.0/24 until 2030-01-31T15:00:00Z\n"
			   "block 2001:db8:1::/48\n");
	assert_int_equal(diagnostics.errors, 4);
	assert_int_equal(diagnostics.list[1].line, 3);
	assert_false(list.canonical);
}

static void what_follows_many_errors_is_read_too(void **state)
{
	_cleanup_text_ char *text = malloc(100 * 8 + 64);
	struct diagnostics diagnostics = {0};
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
	size_t length = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		length += (size_t)sprintf(text + length, "what?\n");
	length += (size_t)sprintf(text + length, "block 198.51.100.7\n");
	assert_int_equal(block_list_parse_tolerant(text, length, &list, &diagnostics), 0);
	expect_list(&list, "block 198.51.100.7\n");
	assert_true(diagnostics.truncated);
}

static void of_too_many_addresses_as_many_as_fit_are_read(void **state)
{
	_cleanup_text_ char *over = many(BLOCKS_MAX + 1);
	_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
	struct diagnostics diagnostics = {0};

	(void)state;
	assert_int_equal(block_list_parse_tolerant(over, strlen(over), &list, &diagnostics), 0);
	assert_int_equal(list.count, BLOCKS_MAX);
	assert_int_equal(diagnostics.errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_texts_become_canonical_and_stay_so),
		cmocka_unit_test(wrong_texts_are_errors_with_their_place),
		cmocka_unit_test(a_nul_byte_is_an_error),
		cmocka_unit_test(all_errors_are_reported_up_to_20),
		cmocka_unit_test(bare_addresses_get_the_time_that_is_given),
		cmocka_unit_test(bare_lines_have_one_address),
		cmocka_unit_test(addresses_print_as_words_do),
		cmocka_unit_test(merge_replaces_and_adds),
		cmocka_unit_test(subtract_takes_exactly_what_is_named),
		cmocka_unit_test(find_wants_the_very_prefix_and_holder_a_wider_one),
		cmocka_unit_test(diff_names_each_change_once),
		cmocka_unit_test(editing_the_text_gives_what_printing_does),
		cmocka_unit_test(only_canonical_text_counts_as_canonical),
		cmocka_unit_test(addresses_are_read_as_words_are),
		cmocka_unit_test(a_full_list_parses_and_one_more_does_not),
		cmocka_unit_test(lines_with_errors_are_left_out_and_told),
		cmocka_unit_test(what_follows_many_errors_is_read_too),
		cmocka_unit_test(of_too_many_addresses_as_many_as_fit_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
