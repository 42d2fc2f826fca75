/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules with many ports and many sources: their canonical text does not multiply them. */
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

static void parse(const char *text, struct policy *policy)
{
	struct diagnostics diagnostics = {.count = 0};

	policy_init(policy);
	if (text_parse(text, strlen(text), policy, NULL, &diagnostics))
		fail_msg("line %u: %s", diagnostics.list[0].line, diagnostics.list[0].text);
}

/* The canonical text, which reads back as the same policy and prints the same again; to be freed.
 */
static char *check(const char *text)
{
	struct policy policy, again;
	char *printed, *second;

	parse(text, &policy);
	printed = text_print(&policy, NULL);
	assert_non_null(printed);
	parse(printed, &again);
	assert_true(policy_equal(&policy, &again));
	second = text_print(&again, NULL);
	assert_string_equal(printed, second);
	for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= TEXT_LINE_MAX);
	free(second);
	policy_free(&again);
	policy_free(&policy);
	return printed;
}

static void check_text(const char *text, const char *expected)
{
	char *printed = check(text);

	assert_string_equal(printed, expected);
	free(printed);
}

#define TEN "1,3,5,7,9,11,13,15,17,19"
#define TWENTY TEN ",21,23,25,27,29,31,33,35,37,39"

static void what_fits_a_line_has_one_source_a_line(void **state)
{
	(void)state;
	check_text("default allow\nallow tcp " TWENTY " from 10.0.0.1,10.0.0.2\n",
		   "default allow\nallow tcp " TWENTY " from 10.0.0.1\nallow tcp " TWENTY
		   " from 10.0.0.2\n");
}

static void what_needs_several_lines_shares_them_among_its_sources(void **state)
{
	(void)state;
	check_text("default allow\nallow tcp " TWENTY ",99 from 10.0.0.2,10.0.0.1,::1/128\n",
		   "default allow\nallow tcp " TWENTY " from 10.0.0.1,10.0.0.2,::1\n"
		   "allow tcp 99 from 10.0.0.1,10.0.0.2,::1\n");
}

static void only_what_is_alike_in_all_else_shares_a_line(void **state)
{
	(void)state;
	check_text("default allow\n"
		   "allow tcp " TWENTY ",99 from 10.0.0.1\n"
		   "deny tcp " TWENTY ",99 from 10.0.0.2\n"
		   "allow tcp " TWENTY ",98 from 10.0.0.3\n"
		   "allow tcp " TWENTY ",99 from 10.0.0.4 on eth0\n"
		   "allow tcp " TWENTY ",99 from 10.0.0.5 comment \"x\"\n"
		   "allow udp " TWENTY ",99 from 10.0.0.6\n"
		   "allow tcp " TWENTY ",99\n"
		   "allow tcp " TWENTY ",99 from 10.0.0.8\n",
		   "default allow\n"
		   "allow tcp " TWENTY "\nallow tcp 99\n"
		   "allow tcp " TWENTY " from 10.0.0.1,10.0.0.8\n"
		   "allow tcp 99 from 10.0.0.1,10.0.0.8\n"
		   "deny tcp " TWENTY " from 10.0.0.2\ndeny tcp 99 from 10.0.0.2\n"
		   "allow tcp " TWENTY " from 10.0.0.3\nallow tcp 98 from 10.0.0.3\n"
		   "allow tcp " TWENTY
		   " from 10.0.0.4 on eth0\nallow tcp 99 from 10.0.0.4 on eth0\n"
		   "allow tcp " TWENTY " from 10.0.0.5 comment \"x\"\n"
		   "allow tcp 99 from 10.0.0.5 comment \"x\"\n"
		   "allow udp " TWENTY " from 10.0.0.6\nallow udp 99 from 10.0.0.6\n");
}

/* Lines of up to 4 KiB: about as many bytes of ports as of sources. */
static size_t add_line(char *text, size_t length)
{
	static const char *const tails[] = {"", " on eth0", " until 2090-01-31T15:00:00Z",
					    " comment \"a \\\"long\\\" one until 2030\""};
	size_t start = length, sources = pick(1900), ports = pick(1900);
	unsigned port = pick(100);

	length += (size_t)sprintf(text + length, "%s %s %u", pick(2) ? "allow" : "deny",
				  pick(3) ? "tcp" : "udp", port);
	while (length - start < ports && port < 60000) {
		port += 2 + pick(200);
		length += (size_t)sprintf(text + length, ",%u", port);
	}
	length += (size_t)sprintf(text + length, " from 10.%u.0.0/16", pick(256));
	for (size_t from = length; length - from < sources;)
		length +=
			(size_t)sprintf(text + length, pick(4) ? ",10.%u.%u.%u" : ",fd%02x::%x:%x",
					pick(256), pick(256), pick(256));
	return length + (size_t)sprintf(text + length, "%s\n", tails[pick(4)]);
}

static void the_text_reads_back_and_stays_within_a_multiple_of_what_was_written(void **state)
{
	enum { LINES = 12, MOST = 20 };
	char *text = malloc(LINES * 5000 + 100), *printed;

	(void)state;
	assert_non_null(text);
	for (unsigned round = 0; round < 30; round++) {
		size_t length = (size_t)sprintf(text, "default deny\n");

		for (unsigned i = 0; i < 1 + round % LINES; i++)
			length = add_line(text, length);
		printed = check(text);
		if (strlen(printed) > MOST * length)
			fail_msg("%zu bytes became %zu", length, strlen(printed));
		free(printed);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_a_line_has_one_source_a_line),
		cmocka_unit_test(what_needs_several_lines_shares_them_among_its_sources),
		cmocka_unit_test(only_what_is_alike_in_all_else_shares_a_line),
		cmocka_unit_test(
			the_text_reads_back_and_stays_within_a_multiple_of_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
