/* SPDX-License-Identifier: GPL-2.0-only */
/* The block list. */
#include "command.h"
#include "counter.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two addresses of a family; the second is outside the prefix of the first. */
static const struct family {
	const char *address, *other, *prefix, *inside;
} both[] = {
	{"10.1.2.3", "10.1.9.9", "10.1.2.0/24", "10.1.2.4"},
	{"fd01:102::3", "fd01:109::9", "fd01:102::/32", "fd01:102:4::4"},
};

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, UDP, 53);
	for (size_t i = 0; i < 2; i++) {
		testbed_add_address(bed, both[i].address);
		testbed_add_address(bed, both[i].other);
		testbed_add_address(bed, both[i].inside);
	}
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
}

static void check_blocked(struct testbed *bed, const char *address, bool blocked)
{
	enum answer expected = blocked ? FILTERED : OPEN;

	assert_answers_from(bed, address, {TCP, 22, expected}, {UDP, 53, expected});
}

/* The number of blocks in `list --json`; of the only one, its seconds left, -1: for ever. */
static size_t block_count(struct testbed *bed, double *left)
{
	json_t *list = json_of(portfw_ok(bed, "list --json"));
	json_t *blocks = json_object_get(list, "blocks");
	size_t count = json_array_size(blocks);
	const json_t *block = json_array_get(blocks, 0);

	if (left) {
		assert_int_equal(count, 1);
		assert_true(json_is_string(json_object_get(block, "address")));
		json_t *value = json_object_get(block, "seconds_left");
		assert_non_null(value);
		assert_int_equal(json_is_null(value),
				 json_is_null(json_object_get(block, "until")));
		*left = json_is_null(value) ? -1 : json_number_value(value);
	}
	json_decref(list);
	return count;
}

static void packets_of_a_blocked_address_drop_whatever_the_rules_say(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < 2; i++) {
		long long before = packets_of(bed, "blocked");
		portfw_ok(bed, "allow udp 53 from %s", both[i].address);
		assert_says(portfw_ok(bed, "block %s", both[i].address), both[i].address);
		check_blocked(bed, both[i].address, true);
		assert_true(packets_of(bed, "blocked") >= before + 2);
		check_blocked(bed, both[i].other, false);
		check_blocked(bed, both[i].inside, false);
		portfw_ok(bed, "unblock %s", both[i].address);
		check_blocked(bed, both[i].address, false);
	}
	assert_answers(bed, {TCP, 22, OPEN});
}

static void a_blocked_prefix_holds_all_its_addresses(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < 2; i++) {
		portfw_ok(bed, "block %s", both[i].prefix);
		check_blocked(bed, both[i].address, true);
		check_blocked(bed, both[i].inside, true);
		check_blocked(bed, both[i].other, false);
	}
	portfw_ok(bed, "block %s", both[0].address);
	portfw_ok(bed, "unblock %s %s", both[0].prefix, both[1].prefix);
	check_blocked(bed, both[0].address, true);
	check_blocked(bed, both[0].inside, false);
	check_blocked(bed, both[1].address, false);
}

static void a_prefix_in_a_prefix_can_end_before_it_or_after_it(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 10.0.0.0/8 for 6s");
	portfw_ok(bed, "block 10.1.2.0/24 for 1s");
	wait_until(block_count(bed, NULL) == 1);
	check_blocked(bed, "10.1.2.3", true); /* by the wider one */
	portfw_ok(bed, "block 10.1.2.0/24");
	bed->source = "10.1.9.9";
	wait_until(knock(bed, TCP, 22, OPEN));
	check_blocked(bed, "10.1.2.3", true);
}

static void blocking_cuts_open_sessions(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	bed->source = "fd01:102::3";
	struct session session = session_open(bed, AF_INET6, 22);
	bed->source = NULL;
	portfw_ok(bed, "block fd01:102::3");
	assert_false(session_carries(&session, false));
	portfw_ok(bed, "unblock fd01:102::3");
	assert_true(session_carries(&session, true));
	session_close(&session);
}

static void later_fragments_of_a_blocked_address_drop_too(void **state)
{
	enum { FRAGMENTS = 6 }; /* of 8000 bytes at an MTU of 1500 */
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET;
		bed->source = both[i].address;
		long long passed = packets_of(bed, "fragment");
		send_datagrams(bed, &bed->peer, family, 53, 8000, 1);
		wait_until(packets_of(bed, "fragment") == passed + FRAGMENTS - 1);
		portfw_ok(bed, "block %s", both[i].address);
		long long blocked = packets_of(bed, "blocked");
		send_datagrams(bed, &bed->peer, family, 53, 8000, 1);
		wait_until(packets_of(bed, "blocked") >= blocked + FRAGMENTS);
		assert_int_equal(packets_of(bed, "blocked"), blocked + FRAGMENTS);
		assert_int_equal(packets_of(bed, "fragment"), passed + FRAGMENTS - 1);
	}
}

static void a_blocked_neighbour_still_finds_the_host(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 10.77.0.2 fd77::2");
	shell_ok(bed, &bed->peer, "ip -4 neigh flush all; ip -6 neigh flush all");
	assert_answers(bed, {TCP, 22, FILTERED});
	shell_ok(bed, &bed->peer, "ip neigh show 10.77.0.1 | grep lladdr");
	shell_ok(bed, &bed->peer, "ip neigh show fd77::1 | grep lladdr");
}

static void a_timed_block_ends_by_itself(void **state)
{
	struct testbed *bed = testbed(state);
	double left;

	start(bed);
	portfw_ok(bed, "block 10.1.2.3 for 30m");
	assert_int_equal(block_count(bed, &left), 1);
	assert_true(left > 1700 && left <= 1801);
	portfw_ok(bed, "unblock 10.1.2.3");
	portfw_ok(bed, "block 10.1.2.3 fd01:102::/32 for 2s");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", FILTERED}, {"fd01:102::3", FILTERED});
	assert_nothing_runs(bed);
	for (size_t i = 0; i < 2; i++) {
		bed->source = both[i].address;
		wait_until(knock(bed, TCP, 22, OPEN));
	}
	/* It is pruned by the next change of the list. */
	assert_says(shell_ok(bed, &bed->guarded, "cat ${PORTFW_POLICY%%/*}/blocks"), "10.1.2.3");
	portfw_ok(bed, "block 192.0.2.1");
	assert_prints(shell_ok(bed, &bed->guarded, "cat ${PORTFW_POLICY%%/*}/blocks"),
		      "block 192.0.2.1\n");
}

static void a_shorter_time_cuts_no_longer_block_short(void **state)
{
	struct testbed *bed = testbed(state);
	double left;

	start(bed);
	portfw_ok(bed, "block 10.1.2.3 for 1s");
	portfw_ok(bed, "block 10.1.2.3 for 1h");
	assert_says(portfw_ok(bed, "block 10.1.2.3 for 1s"), "; that is longer, and stays");
	assert_int_equal(block_count(bed, &left), 1);
	assert_true(left > 3000);
	assert_says(portfw_ok(bed, "block 10.1.2.3"), "blocked 10.1.2.3");
	block_count(bed, &left);
	assert_true(left < 0);
	/* As a feed does it. */
	shell_ok(bed, &bed->guarded, "echo 10.1.2.3 | $PORTFW block - for 1s");
	assert_prints(shell_ok(bed, &bed->guarded, "cat ${PORTFW_POLICY%%/*}/blocks"),
		      "block 10.1.2.3\n");
	sleep(2);
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	/* Where there is only the file. */
	portfw_ok(bed, "detach --all --runtime");
	assert_says(portfw_ok(bed, "block 10.1.2.3 for 1s"), "stays");
	portfw_ok(bed, "restore");
	sleep(2);
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
}

static void what_stays_blocked_inside_is_named(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 192.0.2.0/24 192.0.2.9 192.0.2.128/25 198.51.100.1");
	assert_says(portfw_ok(bed, "unblock 192.0.2.0/24"),
		    "; 192.0.2.9, 192.0.2.128/25 inside stay blocked\n");
	assert_says(portfw_ok(bed, "unblock 198.51.100.0/24"),
		    "nothing to unblock; 198.51.100.1 inside stays blocked\n");
	assert_says_not(portfw_ok(bed, "unblock 192.0.2.0/24 192.0.2.9 192.0.2.128/25"), "inside");
	shell_ok(bed, &bed->guarded, "seq -f 10.9.0.%%g 0 29 | $PORTFW block -");
	assert_says(portfw_ok(bed, "unblock 10.9.0.0/16"), "10.9.0.9 and 20 more inside stay");
}

static void lists_of_300000_load_unless_their_file_could_not_be_read(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "awk 'BEGIN { for (i = 0; i < 300000; i++)"
		 " printf \"2001:db8:%%x:%%x:1:2:3:4\\n\", i / 65536, i %% 65536 }' >/run/list");
	shell_ok(bed, &bed->guarded, "$PORTFW block - </run/list");
	assert_says(portfw_ok(bed, "status"), "blocked: 300000 addresses");
	assert_says(portfw_ok(bed, "block 10.9.9.9"), "blocked 10.9.9.9");
	shell_ok(bed, &bed->guarded, "$PORTFW unblock - </run/list");
	struct run *run = shell(bed, &bed->guarded, "$PORTFW block - for 12h </run/list");
	run_expect(run, 2, __FILE__, __LINE__);
	assert_complains(run, "MiB");
	assert_prints(shell_ok(bed, &bed->guarded, "cat ${PORTFW_POLICY%%/*}/blocks"),
		      "block 10.9.9.9\n");
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void standard_input_blocks_many_at_once(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "seq 0 9999 | awk '{printf \"10.1.%%d.%%d\\n\", $1 / 250, $1 %% 250}'"
		 " >/run/many; printf 'fd01:102::3\\nfd01:109::/32\\n' >>/run/many\n"
		 "$PORTFW block - </run/many");
	assert_int_equal(block_count(bed, NULL), 10002);
	check_blocked(bed, "10.1.2.3", true);
	check_blocked(bed, "fd01:102::3", true);
	check_blocked(bed, "fd01:109::9", true);
	check_blocked(bed, "fd01:102:4::4", false);
	shell_ok(bed, &bed->guarded, "$PORTFW unblock - </run/many");
	assert_int_equal(block_count(bed, NULL), 0);
	check_blocked(bed, "10.1.2.3", false);
	check_blocked(bed, "fd01:109::9", false);
}

static void one_wrong_line_on_standard_input_blocks_nothing(void **state)
{
	static const char *const wrong[] = {"10.1.2.3/24",   "example.com",	  "10.1.2.256",
					    "block 1.2.3.4", "10.1.2.3 10.1.2.4", "fd01:::3"};
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 192.0.2.1");
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct run *run = shell(bed, &bed->guarded,
					"printf '10.1.2.3\\n# a comment\\n%s\\nfd01:102::3\\n' |"
					" $PORTFW block -",
					wrong[i]);
		run_expect(run, 2, __FILE__, __LINE__);
		assert_complains(run, ":3:");
	}
	assert_unchanged(bed, before);
	check_blocked(bed, "10.1.2.3", false);
	check_blocked(bed, "fd01:102::3", false);
}

static void apply_undo_reset_and_trials_leave_blocks_alone(void **state)
{
	static const char *const changes[] = {"apply /run/other",
					      "undo",
					      "reset",
					      "default allow",
					      "--confirm 1h allow tcp 22",
					      "block 192.0.2.1",
					      "unblock 192.0.2.1",
					      "rollback"};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/other", "default allow\nallow tcp 22\n");
	portfw_ok(bed, "block 10.1.2.3 fd01:102::/32");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		portfw_ok(bed, "%s", changes[i]);
		assert_answers_each(bed, UDP, 53, {"10.1.2.3", FILTERED}, {"fd01:102::3", FILTERED},
				    {"10.1.9.9", OPEN});
	}
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void blocks_survive_a_reboot_with_their_times(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 10.1.2.0/24 fd01:102::3");
	portfw_ok(bed, "block 10.1.9.9 for 3s");
	portfw_ok(bed, "block fd01:109::9 for 1s");
	bed->source = "fd01:109::9";
	wait_until(knock(bed, TCP, 22, OPEN));
	bed->source = NULL;
	reboot(bed);
	assert_says(portfw_ok(bed, "status"), "drift");
	portfw_ok(bed, "restore");
	assert_answers_each(bed, TCP, 22, {"10.1.9.9", FILTERED}, {"fd01:109::9", OPEN});
	check_blocked(bed, "10.1.2.4", true);
	check_blocked(bed, "fd01:102::3", true);
	assert_says(portfw_ok(bed, "status"), "in sync");
	bed->source = "10.1.9.9";
	wait_until(knock(bed, TCP, 22, OPEN));
}

static void blocks_made_without_a_nic_hold_once_one_is_attached(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "detach --all");
	assert_says(portfw_ok(bed, "block 10.1.2.3"), "nothing enforces it yet");
	portfw_ok(bed, "attach eth0");
	check_blocked(bed, "10.1.2.3", true);
}

static void an_edited_list_is_drift_until_restore(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "block 10.1.2.3");
	assert_says(portfw_ok(bed, "status"), "in sync");
	shell_ok(bed, &bed->guarded, "echo 'block fd01:102::3' >${PORTFW_POLICY%%/*}/blocks");
	assert_says(portfw_ok(bed, "status"), "drift");
	portfw_ok(bed, "restore");
	check_blocked(bed, "10.1.2.3", false);
	check_blocked(bed, "fd01:102::3", true);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

/* --- What is refused ----------------------------------------------------------------------- */

static void check_operator_kept(struct testbed *bed, const char *address)
{
	struct run *run = portfw_fails(bed, 3, "block %s", address);

	assert_complains(run, "session");
	assert_complains(run, "--force");
}

static void the_address_of_the_operators_session_is_refused(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	char *before = testbed_record(bed);
	bed->session = "10.1.2.3 50000 10.77.0.1 22";
	check_operator_kept(bed, "10.1.2.3");
	check_operator_kept(bed, "192.0.2.1 10.1.2.0/24");
	check_operator_kept(bed, "0.0.0.0/0 for 1s");
	bed->session = "fd01:102::3 50000 fd77::1 22";
	check_operator_kept(bed, "fd01:102::3");
	check_operator_kept(bed, "::/0");
	/* sudo drops the variable; an ancestor still has it. */
	struct run *run = shell(bed, &bed->guarded,
				"SSH_CONNECTION='10.1.2.3 50000 10.77.0.1 22' sh -c '"
				"env -u SSH_CONNECTION $PORTFW block 10.1.2.3; exit $?'");
	run_expect(run, 3, __FILE__, __LINE__);
	assert_unchanged(bed, before);
	check_blocked(bed, "10.1.2.3", false);
	bed->session = "10.1.9.9 50000 10.77.0.1 22";
	portfw_ok(bed, "block 10.1.2.3");
	bed->session = "10.1.2.3 50000 10.77.0.1 22";
	portfw_ok(bed, "unblock 10.1.2.3");
	portfw_ok(bed, "--force block 10.1.2.3");
	check_blocked(bed, "10.1.2.3", true);
}

static void wrong_words_are_refused_and_repeats_say_so(void **state)
{
	static const char *const wrong[][2] = {
		{"block", "ADDR"},
		{"unblock", "ADDR"},
		{"block example.com", "example.com"},
		{"block 10.1.2.3/24", "10.1.2.0/24"},
		{"block 10.1.2.3 for", "for"},
		{"block 10.1.2.3 for 1w", "1w"},
		{"block 10.1.2.3 for 1s more", "more"},
		{"block 10.1.2.3 -", "-"},
		{"block ::ffff:10.1.2.3", "10.1.2.3"},
		{"unblock 10.1.2.3 for 1s", "duration"},
		{"block 10.1.2.3 --confirm 60s", "--confirm"},
	};
	struct testbed *bed = testbed(state);

	start(bed);
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_complains(portfw_fails(bed, 2, "%s", wrong[i][0]), wrong[i][1]);
	assert_says(portfw_ok(bed, "unblock 10.1.2.3"), "nothing to unblock");
	assert_prints(portfw_ok(bed, "-n block 10.1.2.3"), "+ block 10.1.2.3\n");
	assert_unchanged(bed, before);
	portfw_ok(bed, "block 10.1.2.3");
	assert_says(portfw_ok(bed, "block 10.1.2.3"), "already blocked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(packets_of_a_blocked_address_drop_whatever_the_rules_say),
		TESTBED_TEST(a_blocked_prefix_holds_all_its_addresses),
		TESTBED_TEST(a_prefix_in_a_prefix_can_end_before_it_or_after_it),
		TESTBED_TEST(blocking_cuts_open_sessions),
		TESTBED_TEST(later_fragments_of_a_blocked_address_drop_too),
		TESTBED_TEST(a_blocked_neighbour_still_finds_the_host),
		TESTBED_TEST(a_timed_block_ends_by_itself),
		TESTBED_TEST(a_shorter_time_cuts_no_longer_block_short),
		TESTBED_TEST(what_stays_blocked_inside_is_named),
		TESTBED_TEST(lists_of_300000_load_unless_their_file_could_not_be_read),
		TESTBED_TEST(standard_input_blocks_many_at_once),
		TESTBED_TEST(one_wrong_line_on_standard_input_blocks_nothing),
		TESTBED_TEST(apply_undo_reset_and_trials_leave_blocks_alone),
		TESTBED_TEST(blocks_survive_a_reboot_with_their_times),
		TESTBED_TEST(blocks_made_without_a_nic_hold_once_one_is_attached),
		TESTBED_TEST(an_edited_list_is_drift_until_restore),
		TESTBED_TEST(the_address_of_the_operators_session_is_refused),
		TESTBED_TEST(wrong_words_are_refused_and_repeats_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
