/* SPDX-License-Identifier: GPL-2.0-only */
/* What would change: `diff`, and -n of every command that changes something. */
#include "command.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char policy[] = "attach eth0\n"
			     "default deny\n"
			     "allow tcp 22,80\n"
			     "allow tcp 5432 from 10.0.5.7\n"
			     "deny udp 53\n";

static void start(struct testbed *bed)
{
	file_put("/run/old", policy);
	portfw_ok(bed, "apply /run/old");
	assert_file(bed, policy);
}

static void diff_reads_like_a_plan(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/new", "default allow\n"
			     "allow tcp 22,443\n"
			     "deny tcp 80\n"
			     "deny tcp 5432 from 10.0.5.7\n"
			     "allow tcp 8080 from fd00::/8 comment \"proxy\"\n");
	assert_prints(portfw_fails(bed, 4, "diff /run/new"),
		      "- default deny\n"
		      "+ default allow\n"
		      "~ allow tcp 80 -> deny tcp 80\n"
		      "+ allow tcp 443\n"
		      "~ allow tcp 5432 from 10.0.5.7 -> deny tcp 5432 from 10.0.5.7\n"
		      "+ allow tcp 8080 from fd00::/8 comment \"proxy\"\n"
		      "- deny udp 53\n");
	assert_file(bed, policy);
}

static void diff_json_says_add_remove_and_change(void **state)
{
	static const char *const wanted[][3] = {
		{"change", "allow tcp 80", "deny tcp 80"},
		{"add", "allow tcp 443", NULL},
		{"remove", "deny udp 53", NULL},
	};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/new", "default deny\nallow tcp 22,443\ndeny tcp 80\n"
			     "allow tcp 5432 from 10.0.5.7\n");
	json_t *json = json_of(portfw_fails(bed, 4, "diff --json /run/new"));
	json_t *changes = json_object_get(json, "changes");
	assert_true(json_is_true(json_object_get(json, "changed")));
	assert_int_equal(json_array_size(changes), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *change = json_array_get(changes, i);
		const char *becomes = json_string_value(json_object_get(change, "becomes"));
		assert_string_equal(json_string_value(json_object_get(change, "op")), wanted[i][0]);
		assert_string_equal(json_string_value(json_object_get(change, "line")),
				    wanted[i][1]);
		assert_int_equal(!becomes, !wanted[i][2]);
		if (becomes)
			assert_string_equal(becomes, wanted[i][2]);
	}
	json_decref(json);
}

/* -n prints what `diff` says of the policy before and after, in text and JSON. */
static void check_plan(struct testbed *bed, const char *words)
{
	const char *text = portfw_ok(bed, "-n %s", words)->out;
	const char *json = portfw_ok(bed, "-n --json %s", words)->out;

	assert_file(bed, policy);
	assert_prints(portfw_ok(bed, "list --runtime"), policy);
	portfw_ok(bed, "%s", words);
	shell_ok(bed, &bed->guarded, "cp $PORTFW_POLICY /run/new");
	portfw_ok(bed, "apply /run/old");
	assert_prints(portfw_fails(bed, 4, "diff /run/new"), text);
	assert_prints(portfw_fails(bed, 4, "diff --json /run/new"), json);
}

static void a_dry_run_prints_exactly_the_difference(void **state)
{
	static const char *const commands[] = {
		"allow tcp 443",
		"deny tcp 22",
		"allow tcp 1-100 comment \"many\"",
		"deny tcp 5432 --all-sources",
		"deny tcp 5432 from 10.0.0.0/8,fd00::/8",
		"delete tcp 1-1000",
		"delete tcp 5432 from 10.0.5.7",
		"default allow",
		"apply /run/other",
		"reset",
		"undo",
	};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/other", "default allow\nallow udp 53,123 on eth0\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		portfw_ok(bed, "allow tcp 9999");
		portfw_ok(bed, "apply /run/old");
		check_plan(bed, commands[i]);
	}
}

static void a_dry_run_of_what_is_so_already_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_prints(portfw_ok(bed, "-n allow tcp 22"), "nothing would change\n");
	assert_prints(portfw_ok(bed, "-n apply /run/old"), "nothing would change\n");
	assert_prints(portfw_ok(bed, "-n restore"), "nothing would change\n");
}

static void a_dry_run_of_a_time_names_it(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	struct run *run = portfw_ok(bed, "-n allow tcp 443 for 1h");
	assert_says(run, "+ allow tcp 443 until 20");
	run = portfw_ok(bed, "-n deny tcp 22 for 1h"); /* it overlays the permanent rule */
	assert_says(run, "+ deny tcp 22 until 20");
	assert_says_not(run, "- ");
	assert_file(bed, policy);
}

static void a_dry_run_of_a_decision_tells_what_it_would_bring(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--confirm 1h allow tcp 443");
	char *before = testbed_record(bed);
	assert_prints(portfw_ok(bed, "-n confirm"), "+ allow tcp 443\n");
	assert_prints(portfw_ok(bed, "-n rollback"), "- allow tcp 443\n");
	assert_unchanged(bed, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(diff_reads_like_a_plan),
		TESTBED_TEST(diff_json_says_add_remove_and_change),
		TESTBED_TEST(a_dry_run_prints_exactly_the_difference),
		TESTBED_TEST(a_dry_run_of_what_is_so_already_says_so),
		TESTBED_TEST(a_dry_run_of_a_time_names_it),
		TESTBED_TEST(a_dry_run_of_a_decision_tells_what_it_would_bring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
