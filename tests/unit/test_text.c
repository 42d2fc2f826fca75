/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy as text: what parses to what, and where an error is. */
#include "unit.h"

static void expect_canonical(const char *text, const char *expected)
{
	_cleanup_text_ char *first = canonical(text);
	_cleanup_text_ char *second = canonical(first);

	assert_string_equal(first, expected);
	assert_string_equal(second, expected);
}

/* All remarks on a text that does not parse, one a line. */
static void expect_remarks(const char *text, size_t length, int expected_err, const char *expected)
{
	struct diagnostics diagnostics = {0};
	struct policy policy;
	char remarks[8192] = "";
	int err = text_parse(text, length, &policy, NULL, &diagnostics);

	for (unsigned i = 0; i < diagnostics.count; i++) {
		const struct diagnostic *diagnostic = &diagnostics.list[i];
		size_t used = strlen(remarks);

		snprintf(remarks + used, sizeof(remarks) - used, "%u:%u: %s%s\n", diagnostic->line,
			 diagnostic->column, diagnostic->warning ? "warning: " : "",
			 diagnostic->text);
	}
	if (err == 0)
		policy_free(&policy);
	assert_string_equal(remarks, expected);
	assert_int_equal(err, expected_err);
}

/* `count` times the line, to be freed. */
static char *repeat(const char *line, size_t count)
{
	size_t length = strlen(line);
	char *text = calloc(count + 1, length);

	assert_non_null(text);
	for (size_t i = 0; i < count * length; i++)
		text[i] = line[i % length];
	return text;
}

static void an_empty_text_is_the_empty_policy(void **state)
{
	(void)state;
	expect_canonical("", "default allow\n");
	expect_canonical("\n\n  \t\n# only a comment", "default allow\n");
}

static void canonical_text_is_sorted_and_grouped(void **state)
{
	(void)state;
	expect_canonical("deny proto 47\n"
			 "allow icmp6\n"
			 "deny icmp\n"
			 "allow sctp 9\n"
			 "allow udp 60000-61000 on eth1\n"
			 "allow udp 53 on eth0\n"
			 "deny tcp 8080\n"
			 "allow tcp 443 # web\n"
			 "allow tcp 22 comment \"bastion\"\n"
			 "allow\ttcp  80\n"
			 "allow udp 53\n"
			 "default deny\n"
			 "attach eth1\n"
			 "attach eth0 native\n"
			 "attach eth2 generic\n"
			 "deny proto 2",
			 "attach eth0 native\n"
			 "attach eth1\n"
			 "attach eth2 generic\n"
			 "default deny\n"
			 "allow tcp 80,443\n"
			 "allow tcp 22 comment \"bastion\"\n"
			 "deny tcp 8080\n"
			 "allow udp 53\n"
			 "allow udp 53 on eth0\n"
			 "allow udp 60000-61000 on eth1\n"
			 "allow sctp 9\n"
			 "deny icmp\n"
			 "allow icmp6\n"
			 "deny proto 2\n"
			 "deny proto 47\n");
}

static void rules_of_a_protocol_are_sorted_by_source_nic_and_time(void **state)
{
	(void)state;
	expect_canonical("allow udp 1 from 10.0.0.0/8\n"
			 "deny tcp 4 from 2001:db8::1 until 2031-01-01T00:00:00Z\n"
			 "allow tcp 5 from 2001:db8::1 until 2030-01-01T00:00:00Z\n"
			 "allow tcp 6 from 2001:db8::1\n"
			 "deny tcp 6 from 2001:db8::1 until 2030-01-01T00:00:00Z comment x\n"
			 "allow tcp 1 from ::/0,0.0.0.0/0\n"
			 "allow tcp 1 from 10.0.0.0/16 on eth0\n"
			 "allow tcp 1 from 10.0.0.0/16,10.0.0.0/8,9.0.0.1/32,10.0.0.0/24\n"
			 "deny tcp 1\n"
			 "allow tcp 1 on eth0\n",
			 "default allow\n"
			 "deny tcp 1\n"
			 "allow tcp 1 on eth0\n"
			 "allow tcp 1 from 0.0.0.0/0\n"
			 "allow tcp 1 from 9.0.0.1\n"
			 "allow tcp 1 from 10.0.0.0/8\n"
			 "allow tcp 1 from 10.0.0.0/16\n"
			 "allow tcp 1 from 10.0.0.0/16 on eth0\n"
			 "allow tcp 1 from 10.0.0.0/24\n"
			 "allow tcp 1 from ::/0\n"
			 "allow tcp 6 from 2001:db8::1\n"
			 "allow tcp 5 from 2001:db8::1 until 2030-01-01T00:00:00Z\n"
			 "deny tcp 6 from 2001:db8::1 until 2030-01-01T00:00:00Z comment \"x\"\n"
			 "deny tcp 4 from 2001:db8::1 until 2031-01-01T00:00:00Z\n"
			 "allow udp 1 from 10.0.0.0/8\n");
}

static void a_time_that_is_past_still_reads(void **state)
{
	(void)state;
	expect_canonical("allow tcp 1 until 2001-01-01T00:00:00Z\n",
			 "default allow\nallow tcp 1 until 2001-01-01T00:00:00Z\n");
}

static void a_canonical_line_holds_at_most_20_intervals(void **state)
{
	(void)state;
	expect_canonical(
		"allow tcp 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,43-45\n",
		"default allow\n"
		"allow tcp 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39\n"
		"allow tcp 41,43-45\n");
}

static void dhcp_ports_named_alone_stay_alone(void **state)
{
	(void)state;
	expect_canonical("deny udp 67,68,69\n", "default allow\ndeny udp 67,68,69\n");
	expect_canonical("deny udp 67-69\n", "default allow\ndeny udp 67-69\n");
	expect_canonical("allow udp 545,546,547\n", "default allow\nallow udp 545,546,547\n");
	expect_canonical("deny tcp 67,68,69\n", "default allow\ndeny tcp 67-69\n");
	expect_canonical("deny udp 67,69,70\n", "default allow\ndeny udp 67,69-70\n");
	expect_canonical("deny udp all\ndeny udp 68\n",
			 "default allow\ndeny udp 0-67,68,69-65535\n");
	expect_canonical("deny udp 68\ndeny udp all\n", "default allow\ndeny udp all\n");
}

static void quotes_hold_blanks_hashes_and_escapes(void **state)
{
	(void)state;
	expect_canonical("allow tcp 22 comment \"a # b \\\"c\\\" \\\\\" # rest\n",
			 "default allow\nallow tcp 22 comment \"a # b \\\"c\\\" \\\\\"\n");
	expect_canonical("allow tcp 22 comment a#b\n",
			 "default allow\nallow tcp 22 comment \"a#b\"\n");
	expect_canonical("allow tcp 22 comment \"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x92\"\n",
			 "default allow\nallow tcp 22 comment \"\xc3\xa4 \xe2\x82\xac "
			 "\xf0\x9f\x94\x92\"\n");
	expect_canonical("attach \"#1\"\nallow tcp 1 on \"a\\\"b\"\n",
			 "attach \"#1\"\ndefault allow\nallow tcp 1 on \"a\\\"b\"\n");
}

static void every_error_is_reported_with_its_place(void **state)
{
	static const char text[] = "allow tcp 70000\n"
				   "allow tcp 22\n"
				   "  block 192.0.2.1\n"
				   "allow\n"
				   "default\n"
				   "default maybe\n"
				   "attach\n"
				   "attach eth0 skb\n"
				   "attach eth0 native now\n"
				   "allow tcp 22 on # nothing\n"
				   "deny tcp 22 from 10.0.0.0/8,10.0.0.1/8\n"
				   "deny tcp 22 for 30m\n"
				   "deny tcp 22 until tomorrow\n"
				   "deny tcp 22 now\n"
				   "Allow tcp 22";

	(void)state;
	expect_remarks(
		text, sizeof(text) - 1, -EINVAL,
		"1:11: port \"70000\" is out of range: 0-65535\n"
		"3:3: unknown word \"block\": a line begins with attach, default, allow or deny\n"
		"4:6: a target is missing: write it as in tcp 22, 22/tcp, ssh or icmp\n"
		"5:8: \"default\" needs allow or deny\n"
		"6:9: \"maybe\" is not a default: allow or deny\n"
		"7:7: \"attach\" needs the name of a NIC\n"
		"8:13: \"skb\" is not a mode: auto, native or generic\n"
		"9:20: unexpected word \"now\" after the mode\n"
		"10:16: \"on\" needs the name of a NIC\n"
		"11:18: 10.0.0.1/8 has host bits set: write 10.0.0.0/8\n"
		"12:13: \"for\" is for the command line: in a file write a time, as in \"until "
		"2030-01-31T15:00:00Z\"\n"
		"13:19: \"tomorrow\" is not a time in UTC: write it as in 2030-01-31T15:00:00Z\n"
		"14:13: unexpected word \"now\": after the target come \"from SRC\", \"on NIC\", "
		"\"until TIME\" and \"comment TEXT\"\n"
		"15:1: unknown word \"Allow\": a line begins with attach, default, allow or "
		"deny\n");
}

static void what_is_not_text_is_an_error(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *remark;
	} cases[] = {
#define TEXT(literal) literal, sizeof(literal) - 1
		{TEXT("allow tcp 22\r\n"),
		 "1:13: a carriage return: lines end with a newline alone\n"},
		{TEXT("allow\0tcp 22\n"), "1:6: a NUL byte: this is not a text\n"},
		{TEXT("# bell \a\n"), "1:8: a control character (U+0007)\n"},
		{TEXT("\x7f"), "1:1: a control character (U+007F)\n"},
		{TEXT("# \xc2\x85\n"), "1:3: a control character (U+0085)\n"},
		{TEXT("# \xc3(\n"), "1:3: not valid UTF-8\n"},
		{TEXT("# \xc0\xaf\n"), "1:3: not valid UTF-8\n"},
		{TEXT("# \xed\xa0\x80\n"), "1:3: not valid UTF-8\n"},
		{TEXT("# \xf4\x90\x80\x80\n"), "1:3: not valid UTF-8\n"},
		{TEXT("# \xe2\x82"), "1:3: not valid UTF-8\n"},
		{TEXT("allow tcp 22 comment \"a\tb\"\n"),
		 "1:22: the comment has a control character (U+0009) at its byte 2\n"},
		{TEXT("allow tcp 22 comment \"a\n"), "1:22: the quote is not closed\n"},
		{TEXT("allow tcp 22 comment \"a\\n\"\n"),
		 "1:24: only \\\" and \\\\ may follow a backslash in quotes\n"},
		{TEXT("allow tcp 22 comment \"a\"b\n"),
		 "1:25: a blank must follow the closing quote\n"},
		{TEXT("allow tcp 22 comment a\"b\n"),
		 "1:23: a quote inside a word: quote the whole word\n"},
#undef TEXT
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_remarks(cases[i].text, cases[i].length, -EINVAL, cases[i].remark);
}

static void reading_stops_after_20_errors(void **state)
{
	_cleanup_text_ char *text = repeat("x\n", DIAGNOSTICS_MAX + 1);
	struct diagnostics diagnostics = {0};
	struct policy policy;

	(void)state;
	assert_int_equal(text_parse(text, strlen(text) - 2, &policy, NULL, &diagnostics), -EINVAL);
	assert_int_equal(diagnostics.errors, DIAGNOSTICS_MAX);
	assert_false(diagnostics.truncated);

	diagnostics = (struct diagnostics){0};
	assert_int_equal(text_parse(text, strlen(text), &policy, NULL, &diagnostics), -EINVAL);
	assert_int_equal(diagnostics.errors, DIAGNOSTICS_MAX);
	assert_int_equal(diagnostics.count, DIAGNOSTICS_MAX);
	assert_true(diagnostics.truncated);
}

static void a_line_holds_4096_bytes(void **state)
{
	char text[TEXT_LINE_MAX + 2];

	(void)state;
	memset(text, ' ', sizeof(text));
	text[TEXT_LINE_MAX] = '\n';
	expect_remarks(text, TEXT_LINE_MAX + 1, 0, "");
	text[TEXT_LINE_MAX] = ' ';
	text[TEXT_LINE_MAX + 1] = '\n';
	expect_remarks(text, TEXT_LINE_MAX + 2, -EINVAL,
		       "1:4097: the line is too long: 4097 bytes, at most 4096\n");
}

static void a_line_full_of_words_fits(void **state)
{
	char text[TEXT_LINE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ' ' : 'a';
	expect_remarks(text, sizeof(text), -EINVAL,
		       "1:1: unknown word \"a\": a line begins with attach, default, allow or "
		       "deny\n");
}

static void lines_that_overlap_or_repeat_warn(void **state)
{
	static const char text[] = "default deny\n"
				   "allow tcp 1-100\n"
				   "deny tcp 50\n"
				   "allow any 53\n"
				   "allow udp 53\n"
				   "allow tcp 99-200 on eth0\n"
				   "default deny\n"
				   "attach eth0\n"
				   "attach eth0 native\n"
				   "allow tcp 0\n"
				   "deny icmp\n"
				   "allow icmp\n"
				   "allow proto 47 on a\n"
				   "allow proto 47 on a comment b\n"
				   "allow tcp 1-9 from 10.0.0.0/8 on a\n"
				   "deny tcp 9 from 10.0.0.0/8 on a\n"
				   "allow udp 7 until 2030-01-01T00:00:00Z\n"
				   "deny udp 7\n"
				   "allow udp 7-8 until 2030-01-01T00:00:00Z\n"
				   "allow udp 8 until 2031-01-01T00:00:00Z\n";

	(void)state;
	expect_remarks(text, sizeof(text) - 1, 0,
		       "3:1: warning: overrides line 2 for tcp 50\n"
		       "4:1: warning: repeats line 2 for tcp 53\n"
		       "5:1: warning: repeats line 4 for udp 53\n"
		       "7:1: warning: overrides the default of line 1\n"
		       "9:1: warning: overrides an earlier attach line of eth0\n"
		       "10:1: warning: port 0 is reserved\n"
		       "12:1: warning: overrides line 11 for icmp\n"
		       "14:1: warning: overrides line 13 for proto 47 on a\n"
		       "16:1: warning: overrides line 15 for tcp 9 from 10.0.0.0/8 on a\n"
		       "18:1: warning: overrides line 17 for udp 7\n"
		       "20:1: warning: overrides line 19 for udp 8\n");
}

static void a_line_never_warns_of_itself(void **state)
{
	static const char text[] = "allow tcp 80,80\nallow any 53\nallow udp 1-9,5,2-7\n";

	(void)state;
	expect_remarks(text, sizeof(text) - 1, 0, "");
}

static void warnings_beyond_the_limit_are_counted(void **state)
{
	_cleanup_text_ char *text = repeat("allow tcp 22\n", 30);
	struct diagnostics diagnostics = {0};
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	assert_int_equal(text_parse(text, strlen(text), &policy, NULL, &diagnostics), 0);
	assert_int_equal(diagnostics.warnings, 29);
	assert_int_equal(diagnostics.count, DIAGNOSTICS_MAX);
	assert_int_equal(diagnostics.errors, 0);
}

static void at_most_32_nics_attach(void **state)
{
	char text[33 * sizeof("attach eth32\n")] = "";
	size_t length = 0;

	(void)state;
	for (int i = 0; i <= MAX_NICS; i++) {
		if (i == MAX_NICS)
			expect_remarks(text, length, 0, "");
		length +=
			(size_t)snprintf(text + length, sizeof(text) - length, "attach eth%d\n", i);
	}
	expect_remarks(text, length, -EINVAL, "33:8: more than 32 NICs\n");
}

static void a_failed_parse_leaves_the_policy_alone(void **state)
{
	struct policy policy, before;
	struct diagnostics diagnostics = {0};

	(void)state;
	memset(&policy, 0x5a, sizeof(policy));
	before = policy;
	assert_int_equal(text_parse("allow tcp 1\nx\n", 14, &policy, NULL, &diagnostics), -EINVAL);
	assert_memory_equal(&policy, &before, sizeof(policy));
}

static void rule_lines_come_in_parts(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("allow tcp 22,80-90 from 10.0.0.0/8 on eth0 "
			  "until 2030-01-31T15:00:00Z comment x\n"
			  "deny proto 47\n"
			  "deny udp all\n");
	struct text_rules rules;

	(void)state;
	assert_int_equal(text_rules(&policy, &rules), 0);
	assert_int_equal(rules.count, 3);
	assert_int_equal(rules.list[0].action, ACTION_ALLOW);
	assert_string_equal(rules.list[0].proto, "tcp");
	assert_string_equal(rules.list[0].ports, "22,80-90");
	assert_string_equal(rules.list[0].nic, "eth0");
	assert_string_equal(rules.list[0].comment, "x");
	assert_string_equal(rules.list[0].from, "10.0.0.0/8");
	assert_string_equal(rules.list[0].until, "2030-01-31T15:00:00Z");
	assert_string_equal(rules.list[0].line, "allow tcp 22,80-90 from 10.0.0.0/8 on eth0 until "
						"2030-01-31T15:00:00Z comment \"x\"");
	assert_string_equal(rules.list[1].proto, "udp");
	assert_string_equal(rules.list[1].ports, "all");
	assert_null(rules.list[1].nic);
	assert_null(rules.list[1].comment);
	assert_null(rules.list[1].from);
	assert_null(rules.list[1].until);
	assert_string_equal(rules.list[2].proto, "47");
	assert_null(rules.list[2].ports);
	assert_string_equal(rules.list[2].line, "deny proto 47");
	text_rules_free(&rules);
	assert_int_equal(rules.count, 0);
}

static void attachments_can_be_left_out(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of("attach eth0\nallow tcp 22\n");
	_cleanup_text_ char *text = text_print(&policy, NULL);

	(void)state;
	assert_string_equal(text, "default allow\nallow tcp 22\n");
}

static void a_rule_stands_in_the_line_of_its_neighbours(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of(
		"allow tcp 22,80,8000-8080\ndeny tcp 443\nallow udp 53 on eth0 comment dns\n");
	static const char *const lines[] = {
		"allow tcp 22,80,8000-8080",
		"allow tcp 22,80,8000-8080",
		"deny tcp 443",
		"allow tcp 22,80,8000-8080",
		"allow udp 53 on eth0 comment \"dns\"",
	};
	struct text_rules parts = {NULL, 0};

	(void)state;
	assert_int_equal(policy.rule_count, COUNT_OF(lines));
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		_cleanup_text_ char *line = policy_line_of(&policy, &policy.rules[i]);

		assert_string_equal(line, lines[i]);
	}
	assert_int_equal(text_rule_of(&policy, &policy.rules[4], &parts), 0);
	assert_int_equal(parts.count, 1);
	assert_string_equal(parts.list[0].line, lines[4]);
	assert_string_equal(parts.list[0].ports, "53");
	assert_string_equal(parts.list[0].nic, "eth0");
	text_rules_free(&parts);
}

static void a_rule_of_another_policy_has_no_line(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of("allow tcp 22\n");
	_cleanup_policy_ struct policy other = policy_of("allow tcp 22\n");
	struct text_rules parts = {NULL, 0};

	(void)state;
	assert_null(policy_line_of(&policy, &other.rules[0]));
	assert_int_equal(text_rule_of(&policy, &other.rules[0], &parts), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_the_empty_policy),
		cmocka_unit_test(canonical_text_is_sorted_and_grouped),
		cmocka_unit_test(rules_of_a_protocol_are_sorted_by_source_nic_and_time),
		cmocka_unit_test(a_time_that_is_past_still_reads),
		cmocka_unit_test(a_canonical_line_holds_at_most_20_intervals),
		cmocka_unit_test(dhcp_ports_named_alone_stay_alone),
		cmocka_unit_test(quotes_hold_blanks_hashes_and_escapes),
		cmocka_unit_test(every_error_is_reported_with_its_place),
		cmocka_unit_test(what_is_not_text_is_an_error),
		cmocka_unit_test(reading_stops_after_20_errors),
		cmocka_unit_test(a_line_holds_4096_bytes),
		cmocka_unit_test(a_line_full_of_words_fits),
		cmocka_unit_test(lines_that_overlap_or_repeat_warn),
		cmocka_unit_test(a_line_never_warns_of_itself),
		cmocka_unit_test(warnings_beyond_the_limit_are_counted),
		cmocka_unit_test(at_most_32_nics_attach),
		cmocka_unit_test(a_failed_parse_leaves_the_policy_alone),
		cmocka_unit_test(rule_lines_come_in_parts),
		cmocka_unit_test(attachments_can_be_left_out),
		cmocka_unit_test(a_rule_stands_in_the_line_of_its_neighbours),
		cmocka_unit_test(a_rule_of_another_policy_has_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
