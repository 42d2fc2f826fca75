/* SPDX-License-Identifier: GPL-2.0-only */
/* explain: what the loaded program says, and which rule stands behind it. */
#include "command.h"
#include "counter.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSES = 0, DROPS = 4 };

struct question {
	const char *words, *reason;
	const char *decided_by; /* NULL: nothing beside the reason */
	int status;
};

static void ask(struct testbed *bed, const struct question *question)
{
	json_t *answer =
		json_of(portfw_fails(bed, question->status, "explain %s --json", question->words));
	const char *verdict = json_string_value(json_object_get(answer, "verdict"));
	const char *reason = json_string_value(json_object_get(answer, "reason"));
	const char *decider = json_string_value(json_object_get(answer, "decided_by"));
	const json_t *rule = json_object_get(answer, "rule");

	assert_non_null(verdict);
	assert_non_null(reason);
	print_message("explain %s: %s, %s\n", question->words, reason, decider ?: "-");
	assert_string_equal(verdict, question->status == PASSES ? "pass" : "drop");
	assert_string_equal(reason, question->reason);
	assert_int_equal(!decider, !question->decided_by);
	if (decider)
		assert_string_equal(decider, question->decided_by);
	assert_int_equal(json_is_object(rule), !strcmp(reason, "allow") || !strcmp(reason, "deny"));
	assert_string_equal(json_string_value(json_object_get(answer, "interface")), "eth0");
	json_decref(answer);
}

static void start(struct testbed *bed)
{
	file_put(bed->policy, "default deny\n"
			      "allow tcp 22 from 10.0.0.0/8 comment \"bastion\"\n"
			      "deny tcp 22 from 10.9.0.0/16\n"
			      "allow udp 53,5000-5010\n"
			      "allow sctp 9 on eth0\n"
			      "deny icmp\n"
			      "allow proto 47\n");
	portfw_ok(bed, "attach eth0");
}

static void it_names_what_decides(void **state)
{
	static const struct question questions[] = {
		{"tcp 22 from 10.1.2.3", "allow",
		 "allow tcp 22 from 10.0.0.0/8 comment \"bastion\"", PASSES},
		{"tcp 22 from 10.9.2.3", "deny", "deny tcp 22 from 10.9.0.0/16", DROPS},
		{"tcp 22 from 192.0.2.1", "default-deny", "default deny", DROPS},
		{"tcp 22 from 2001:db8::1", "default-deny", "default deny", DROPS},
		{"22/tcp from 10.1.2.3:4000", "allow",
		 "allow tcp 22 from 10.0.0.0/8 comment \"bastion\"", PASSES},
		{"udp 5005 from [2001:db8::1]:99", "allow", "allow udp 53,5000-5010", PASSES},
		{"sctp 9 from 192.0.2.1", "allow", "allow sctp 9 on eth0", PASSES},
		{"icmp from 192.0.2.1", "deny", "deny icmp", DROPS},
		{"icmp6 from 2001:db8::1", "icmp", NULL, PASSES},
		{"proto 47 from 192.0.2.1", "allow", "allow proto 47", PASSES},
		{"proto esp from 192.0.2.1", "default-deny", "default deny", DROPS},
		{"udp 68 from 192.0.2.1:67", "dhcp", NULL, PASSES},
		{"tcp 22 from 198.51.100.7", "blocked", "block 198.51.100.0/24", DROPS},
	};
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 198.51.100.0/24");
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		ask(bed, &questions[i]);
}

static void it_asks_as_a_reply_would(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_reaches_peer(bed, AF_INET, 4000); /* from some port: the flow says which */
	json_t *flows = json_of(portfw_ok(bed, "flows --json")), *flow;
	char words[200] = "";
	size_t i;
	json_array_foreach(json_object_get(flows, "flows"), i,
			   flow) if (json_integer_value(json_object_get(flow, "remote_port")) ==
				     4000)
		snprintf(words, sizeof(words), "udp %d from 10.77.0.2:4000 to 10.77.0.1",
			 (int)json_integer_value(json_object_get(flow, "local_port")));
	json_decref(flows);
	assert_string_not_equal(words, "");
	ask(bed, &(struct question){words, "reply", NULL, PASSES});
}

static void a_rule_that_ends_has_its_time_left(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow tcp 80 for 1h");
	json_t *answer = json_of(portfw_ok(bed, "explain tcp 80 from 192.0.2.1 --json"));
	json_int_t left = json_integer_value(json_object_get(answer, "seconds_left"));
	assert_in_range(left, 3500, 3600);
	json_decref(answer);
	assert_says(portfw_ok(bed, "explain tcp 80 from 192.0.2.1"), "left");
}

static void it_counts_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_fails(bed, DROPS, "explain tcp 23 from 192.0.2.1");
	portfw_ok(bed, "explain udp 53 from 192.0.2.1");
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	assert_int_equal(packets_of(bed, "allow"), 0);
}

static void it_takes_raw_bytes(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(
		bed, &bed->guarded,
		"test \"$(echo ffffffffffff 020000000001 0806 0001 | $PORTFW explain --hex - )\" = "
		"\"passes on eth0: non-ip (not IPv4 or IPv6: ARP, LACP, LLDP, PTP, ...)\"");
	/* IPv4 with a header of four words, which is too short. */
	assert_says(portfw_fails(bed, DROPS,
				 "explain --hex 020000000002020000000001080044000014000000004006"
				 "0000c0000201c0000202"),
		    "malformed");
	portfw_fails(bed, 2, "explain --hex 0");
	portfw_fails(bed, 2, "explain --hex xy");
	portfw_fails(bed, 2, "explain --hex \"\"");
	portfw_fails(bed, 2, "explain --hex 00 tcp 22 from 10.0.0.1");
}

static void wrong_questions_are_usage_errors(void **state)
{
	static const char *const wrong[] = {
		"explain",
		"explain tcp 22",
		"explain tcp 22 from",
		"explain tcp 22 from nowhere",
		"explain tcp 22-23 from 10.0.0.1",
		"explain any 22 from 10.0.0.1",
		"explain 22 from 10.0.0.1",
		"explain tcp 22 from 10.0.0.1:70000",
		"explain tcp 22 from 10.0.0.1 flags WINK",
		"explain tcp 22 from 10.0.0.1 to ::1",
		"explain tcp 22 from 10.0.0.1 because",
		"explain tcp 22 from 10.0.0.1 on",
	};
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		portfw_fails(bed, 2, "%s", wrong[i]);
	assert_complains(portfw_fails(bed, 1, "explain tcp 22 from 10.0.0.1 on eth9"),
			 "eth9 is not attached");
	portfw_ok(bed, "detach eth0");
	portfw_fails(bed, 1, "explain tcp 22 from 10.0.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(it_names_what_decides),
		TESTBED_TEST(it_asks_as_a_reply_would),
		TESTBED_TEST(a_rule_that_ends_has_its_time_left),
		TESTBED_TEST(it_counts_nothing),
		TESTBED_TEST(it_takes_raw_bytes),
		TESTBED_TEST(wrong_questions_are_usage_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
