/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of the way from one policy to another. */
#include "policy/diff.h"
#include "unit.h"

static void expect_diff(const char *old_text, const char *new_text, const char *expected)
{
	_cleanup_policy_ struct policy old = policy_of(old_text);
	_cleanup_policy_ struct policy new = policy_of(new_text);
	struct attachments old_attached = attachments_of(old_text);
	struct attachments new_attached = attachments_of(new_text);
	_cleanup_diff_ struct diff diff = {0};
	char text[4096] = "";

	assert_int_equal(diff_files(&(struct diff_side){&old, &old_attached},
				    &(struct diff_side){&new, &new_attached}, &diff),
			 0);
	for (size_t i = 0; i < diff.count; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%c %s%s%s\n", diff.lines[i].sign,
			 diff.lines[i].text, diff.lines[i].becomes ? " -> " : "",
			 diff.lines[i].becomes ? diff.lines[i].becomes : "");
		assert_int_equal(diff.lines[i].sign == '~', diff.lines[i].becomes != NULL);
	}
	if (strcmp(text, expected) != 0)
		print_error("from:\n%sto:\n%s", old_text, new_text);
	assert_string_equal(text, expected);
}

static void equal_policies_do_not_differ(void **state)
{
	(void)state;
	expect_diff("", "default allow\n", "");
	expect_diff("allow tcp 1-2\n", "allow tcp 1\nallow tcp 2\n", "");
	expect_diff("deny udp 67,68,69\n", "deny udp 67\ndeny udp 69\ndeny udp 68\n", "");
}

static void only_the_ports_that_differ_are_named(void **state)
{
	(void)state;
	expect_diff("allow tcp 20-30\n", "allow tcp 20-29\n", "- allow tcp 30\n");
	expect_diff("allow tcp 20-30\n", "allow tcp 10-40\n", "+ allow tcp 10-19,31-40\n");
	expect_diff("allow tcp 20-30\n", "allow tcp 20-24,26-30\ndeny tcp 25\n",
		    "~ allow tcp 25 -> deny tcp 25\n");
	expect_diff("deny tcp all\n", "deny tcp all\nallow tcp 22\n",
		    "~ deny tcp 22 -> allow tcp 22\n");
	expect_diff("allow tcp 1-10,20-30\n", "allow tcp 5-25\n",
		    "- allow tcp 1-4,26-30\n+ allow tcp 11-19\n");
}

static void a_new_comment_replaces_the_rule(void **state)
{
	(void)state;
	expect_diff("allow tcp 22 comment a\n", "allow tcp 22 comment b\n",
		    "~ allow tcp 22 comment \"a\" -> allow tcp 22 comment \"b\"\n");
	expect_diff("allow tcp 22\n", "allow tcp 22 comment b\n",
		    "~ allow tcp 22 -> allow tcp 22 comment \"b\"\n");
}

static void changes_come_in_canonical_order(void **state)
{
	(void)state;
	expect_diff("attach eth0\nattach eth1\nallow tcp 1\nallow udp 1\nallow icmp\n",
		    "attach eth1 generic\nattach eth2\ndefault deny\nallow tcp 2\n"
		    "allow udp 1 on eth0\ndeny icmp\ndeny proto 47\n",
		    "- attach eth0\n"
		    "- attach eth1\n"
		    "+ attach eth1 generic\n"
		    "+ attach eth2\n"
		    "- default allow\n"
		    "+ default deny\n"
		    "- allow tcp 1\n"
		    "+ allow tcp 2\n"
		    "- allow udp 1\n"
		    "+ allow udp 1 on eth0\n"
		    "~ allow icmp -> deny icmp\n"
		    "+ deny proto 47\n");
}

static void a_dhcp_port_that_is_no_longer_alone_shows_its_range(void **state)
{
	(void)state;
	expect_diff("deny udp 67-69\n", "deny udp 67,68,69\n", "+ deny udp 68\n");
	expect_diff("deny udp 67,68,69\n", "deny udp 67-69\n", "+ deny udp 67-69\n");
	expect_diff("deny udp 60-67\n", "deny udp 60-68\n", "+ deny udp 60-68\n");
	expect_diff("deny udp 60-68\n", "deny udp 60-67\n", "- deny udp 68\n");
}

static void a_dhcp_port_that_joins_another_state_is_not_named_alone(void **state)
{
	(void)state;
	expect_diff("allow udp 68\n", "deny udp 60-70\n", "- allow udp 68\n+ deny udp 60-70\n");
	expect_diff("deny udp 60-70\n", "allow udp 60-70\n",
		    "~ deny udp 60-70 -> allow udp 60-70\n");
	expect_diff("deny udp 60-70\n", "deny udp 60-67,69-70\nallow udp 68\n",
		    "~ deny udp 68 -> allow udp 68\n");
}

static void each_layer_and_source_is_compared_with_its_own(void **state)
{
	(void)state;
	expect_diff("allow tcp 22\n", "allow tcp 22\ndeny tcp 22 until 2030-01-01T00:00:00Z\n",
		    "+ deny tcp 22 until 2030-01-01T00:00:00Z\n");
	expect_diff("allow tcp 22\ndeny tcp 22 until 2030-01-01T00:00:00Z\n",
		    "deny tcp 22 until 2030-01-01T00:00:00Z\n", "- allow tcp 22\n");
	expect_diff("allow tcp 20-22\ndeny tcp 21-23 until 2030-01-01T00:00:00Z\n",
		    "allow tcp 20-21\ndeny tcp 22\n"
		    "deny tcp 21-22 until 2030-01-01T00:00:00Z\n"
		    "deny tcp 23-24 until 2031-01-01T00:00:00Z\n",
		    "~ allow tcp 22 -> deny tcp 22\n"
		    "~ deny tcp 23 until 2030-01-01T00:00:00Z -> deny tcp 23 until "
		    "2031-01-01T00:00:00Z\n"
		    "+ deny tcp 24 until 2031-01-01T00:00:00Z\n");
	expect_diff("allow tcp 22\nallow tcp 22 from 10.0.0.0/8\n",
		    "allow tcp 22\ndeny tcp 22-23 from 10.0.0.0/8\nallow tcp 22 from 10.0.0.0/16\n",
		    "~ allow tcp 22 from 10.0.0.0/8 -> deny tcp 22 from 10.0.0.0/8\n"
		    "+ deny tcp 23 from 10.0.0.0/8\n"
		    "+ allow tcp 22 from 10.0.0.0/16\n");
	expect_diff("allow tcp 1,3,5\nallow tcp 7 comment a\n", "deny tcp 1,3,5,7\n",
		    "~ allow tcp 1,3,5 -> deny tcp 1,3,5\n"
		    "~ allow tcp 7 comment \"a\" -> deny tcp 7\n");
}

static void attachments_are_compared_on_demand(void **state)
{
	_cleanup_policy_ struct policy old = policy_of("attach eth0\n");
	_cleanup_policy_ struct policy new = policy_of("");
	_cleanup_diff_ struct diff diff = {0};

	(void)state;
	assert_int_equal(diff_policies(&old, &new, &diff), 0);
	assert_int_equal(diff.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_policies_do_not_differ),
		cmocka_unit_test(only_the_ports_that_differ_are_named),
		cmocka_unit_test(a_new_comment_replaces_the_rule),
		cmocka_unit_test(changes_come_in_canonical_order),
		cmocka_unit_test(a_dhcp_port_that_is_no_longer_alone_shows_its_range),
		cmocka_unit_test(a_dhcp_port_that_joins_another_state_is_not_named_alone),
		cmocka_unit_test(each_layer_and_source_is_compared_with_its_own),
		cmocka_unit_test(attachments_are_compared_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
