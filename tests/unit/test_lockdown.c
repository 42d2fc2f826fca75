/* SPDX-License-Identifier: GPL-2.0-only */
/* The lockdown file's text: what holds of it, however damaged it is. */
#include "policy/lockdown.h"
#include "unit.h"

/* A text that is a lockdown; what could not be read is in *diagnostics. */
static struct lockdown read_damaged(const char *text, size_t length,
				    struct diagnostics *diagnostics)
{
	struct lockdown lockdown;

	*diagnostics = (struct diagnostics){.count = 0};
	assert_true(lockdown_parse_tolerant(text, length, &lockdown, diagnostics));
	return lockdown;
}

static bool is_kept(const struct lockdown *lockdown, const char *word)
{
	struct prefix prefix;

	assert_int_equal(words_read_prefix(word, &prefix, NULL), 0);
	return lockdown_keeps(lockdown, &prefix);
}

static void what_is_printed_is_read_again(void **state)
{
	struct lockdown lockdown, again;
	struct diagnostics diagnostics;
	const char text[] = "keep 10.0.0.5\nkeep 2001:db8::/32\nuntil 2030-01-31T15:00:00Z\n"
			    "attach all\n";
	_cleanup_text_ char *printed = NULL;

	(void)state;
	assert_int_equal(lockdown_parse(text, &lockdown, NULL), 0);
	printed = lockdown_print(&lockdown);
	assert_non_null(strstr(printed, text));
	again = read_damaged(printed, strlen(printed), &diagnostics);
	assert_int_equal(diagnostics.errors, 0);
	assert_int_equal(again.keep_count, 2);
	assert_true(is_kept(&again, "10.0.0.5") && is_kept(&again, "2001:db8:1::/48"));
	assert_int_equal(again.until, 1896102000);
	assert_true(again.attach_all);
}

static void one_that_keeps_nobody_is_a_lockdown(void **state)
{
	const struct lockdown nobody = {.keep_count = 0};
	_cleanup_text_ char *printed = lockdown_print(&nobody);
	struct diagnostics diagnostics;
	struct lockdown lockdown;

	(void)state;
	lockdown = read_damaged(printed, strlen(printed), &diagnostics);
	assert_int_equal(diagnostics.errors, 0);
	assert_int_equal(lockdown.keep_count, 0);
	assert_int_equal(lockdown.until, 0);
}

static void an_empty_or_blank_text_is_none(void **state)
{
	static const char *const texts[] = {"", "\n", " \t\n\r\n  "};
	struct diagnostics diagnostics = {.count = 0};
	struct lockdown lockdown = {.until = 7};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(lockdown_parse_tolerant(texts[i], strlen(texts[i]), &lockdown,
						     &diagnostics));
	assert_int_equal(lockdown.until, 7);
	assert_int_equal(diagnostics.errors, 0);
}

/* Lines that cannot be read, each alone between two that can. */
static void lines_that_cannot_be_read_are_told_and_the_others_hold(void **state)
{
	static const struct {
		const char *line;
		unsigned column;
	} bad[] = {
		{"keep 10.0.0.0.1", 1},	       {"keep", 1},
		{"keep 10.0.0.5 10.0.0.6", 1}, {"kepp 10.0.0.5", 1},
		{"until tomorrow", 1},	       {"attach eth0", 1},
		{"keep \001\002", 6},	       {"keep \"10.0.0.5", 6},
		{"<<<<<<< HEAD", 1},	       {"keep 10.0.0.5/8", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct diagnostics diagnostics;
		struct lockdown lockdown;
		char text[256];

		snprintf(text, sizeof(text), "keep 10.1.0.0/16\n%s\nuntil 2030-01-31T15:00:00Z\n",
			 bad[i].line);
		lockdown = read_damaged(text, strlen(text), &diagnostics);
		assert_int_equal(diagnostics.errors, 1);
		assert_int_equal(diagnostics.list[0].line, 2);
		assert_int_equal(diagnostics.list[0].column, bad[i].column);
		assert_true(*diagnostics.list[0].text);
		assert_int_equal(lockdown.keep_count, 1);
		assert_true(is_kept(&lockdown, "10.1.0.0/16"));
		assert_int_equal(lockdown.until, 1896102000);
		assert_int_equal(lockdown_parse(text, &lockdown, NULL), -EINVAL);
	}
}

static void an_end_that_cannot_be_read_is_none(void **state)
{
	const char text[] = "keep 10.0.0.5\nuntil 2030-01-31T15:0";
	struct diagnostics diagnostics;
	struct lockdown lockdown;

	(void)state;
	lockdown = read_damaged(text, strlen(text), &diagnostics);
	assert_int_equal(lockdown.until, 0);
	assert_true(is_kept(&lockdown, "10.0.0.5"));
	assert_int_equal(diagnostics.errors, 1);
	assert_int_equal(diagnostics.list[0].line, 2);
}

static void bytes_that_are_no_text_are_a_lockdown(void **state)
{
	struct diagnostics diagnostics;
	struct lockdown lockdown;
	char zeros[4096] = "", line[8192];

	(void)state;
	lockdown = read_damaged(zeros, sizeof(zeros), &diagnostics);
	assert_int_equal(lockdown.keep_count, 0);
	assert_int_equal(diagnostics.errors, 1);
	memset(line, 'x', sizeof(line));
	lockdown = read_damaged(line, sizeof(line), &diagnostics);
	assert_int_equal(lockdown.until, 0);
	assert_int_equal(diagnostics.errors, 1);
}

static void what_follows_many_errors_still_holds(void **state)
{
	_cleanup_text_ char *text = malloc(8 * 100 + 64);
	struct diagnostics diagnostics;
	struct lockdown lockdown;
	size_t length = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < 100; i++)
		length += (size_t)sprintf(text + length, "what?\n");
	length += (size_t)sprintf(text + length, "keep 10.0.0.5\n");
	lockdown = read_damaged(text, length, &diagnostics);
	assert_true(diagnostics.truncated);
	assert_int_equal(diagnostics.errors, DIAGNOSTICS_MAX);
	assert_true(is_kept(&lockdown, "10.0.0.5"));
}

static void sources_past_the_limit_are_told(void **state)
{
	_cleanup_text_ char *text = malloc((KEEP_MAX + 1) * 24);
	struct diagnostics diagnostics;
	struct lockdown lockdown;
	size_t length = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i <= KEEP_MAX; i++)
		length += (size_t)sprintf(text + length, "keep 10.0.%u.1\n", i);
	lockdown = read_damaged(text, length, &diagnostics);
	assert_int_equal(lockdown.keep_count, KEEP_MAX);
	assert_true(is_kept(&lockdown, "10.0.0.1"));
	assert_int_equal(diagnostics.errors, 1);
	assert_int_equal(diagnostics.list[0].line, KEEP_MAX + 1);
}

static void blanks_comments_and_carriage_returns_do_not_matter(void **state)
{
	const char text[] = "# by hand\r\n\tkeep  10.0.0.5  # bastion\r\n\r\nattach all";
	struct diagnostics diagnostics;
	struct lockdown lockdown;

	(void)state;
	lockdown = read_damaged(text, strlen(text), &diagnostics);
	assert_int_equal(diagnostics.errors, 0);
	assert_true(is_kept(&lockdown, "10.0.0.5"));
	assert_true(lockdown.attach_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(one_that_keeps_nobody_is_a_lockdown),
		cmocka_unit_test(an_empty_or_blank_text_is_none),
		cmocka_unit_test(lines_that_cannot_be_read_are_told_and_the_others_hold),
		cmocka_unit_test(an_end_that_cannot_be_read_is_none),
		cmocka_unit_test(bytes_that_are_no_text_are_a_lockdown),
		cmocka_unit_test(what_follows_many_errors_still_holds),
		cmocka_unit_test(sources_past_the_limit_are_told),
		cmocka_unit_test(blanks_comments_and_carriage_returns_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
