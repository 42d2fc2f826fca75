/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files that are wrong, and file systems that do not take one. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
}

static void check_verdict(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

/* check, diff and apply of the file exit so, with a message that names it and holds the text; as
 * the policy file itself it stops every change. Nothing changes. */
static void check_rejected(struct testbed *bed, const char *path, int status, const char *text)
{
	static const char *const commands[] = {"check", "diff", "apply"};
	char *before = testbed_record(bed);

	for (size_t i = 0; i < 3; i++) {
		struct run *run = portfw_fails(bed, status, "%s %s", commands[i], path);
		assert_prints(run, "");
		assert_complains(run, path);
		assert_complains(run, text);
	}
	struct run *run = portfw_fails(bed, status, "--policy %s allow tcp 23", path);
	assert_complains(run, path);
	assert_complains(run, text);
	portfw_fails(bed, status, "--policy %s restore", path);
	assert_unchanged(bed, before);
	check_verdict(bed);
}

static void all_errors_are_reported_with_their_places(void **state)
{
	static const char text[] = "allow tcp 70000\n"
				   "allow tcp 22\n"
				   "  deny tcp 22abc\n"
				   "default drop\n"
				   "allow 22\n"
				   "frobnicate\n"
				   "allow tcp 90-80\n"
				   "# a comment\n"
				   "\n"
				   "allow icmp 5\n"
				   "allow tcp nosuchservice\n"
				   "allow tcp 22 trailing\n"
				   "allow tcp 80 from 10.0.0.1/8\n"
				   "allow tcp 80 for 1h\n"
				   "allow tcp 80 until 2030-02-30T15:00:00Z\n"
				   "attach\n";
	static const char *const places[] = {"1:11",  "3:12",  "4:9",	"5:7",	 "6:1",
					     "7:11",  "10:12", "11:11", "12:14", "13:19",
					     "14:14", "15:20", "16:7"};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/wrong", text);
	struct run *run = portfw_fails(bed, 2, "check /run/wrong");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char wanted[64];
		snprintf(wanted, sizeof(wanted), "/run/wrong:%s: error: ", places[i]);
		assert_complains(run, wanted);
	}
	check_rejected(bed, "/run/wrong", 2, "13 errors");
}

static void a_binary_file_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "head -c 100000 $PORTFW >/run/wrong");
	check_rejected(bed, "/run/wrong", 2, "/run/wrong:1:1: error: ");
}

static void a_nul_byte_is_rejected_at_its_place(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "printf 'default deny\\nallow tcp 2\\0002\\n' >/run/wrong");
	check_rejected(bed, "/run/wrong", 2, "/run/wrong:2:12: error: a NUL byte");
}

static void a_file_of_more_than_16_mib_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "yes '#' | head -c 16777217 >/run/wrong");
	check_rejected(bed, "/run/wrong", 2, "larger than 16 MiB");
	assert_complains(shell(bed, &bed->guarded, "$PORTFW apply - </run/wrong"),
			 "larger than 16 MiB");
	shell_ok(bed, &bed->guarded, "truncate -s -1 /run/wrong; $PORTFW check /run/wrong");
}

static void an_over_long_line_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "(printf '#'; head -c 4096 /dev/zero | tr '\\0' x; echo)"
		 " >/run/wrong");
	check_rejected(bed, "/run/wrong", 2, "/run/wrong:1:4097: error: ");
}

static void a_directory_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	mkdir("/run/wrong", 0755);
	check_rejected(bed, "/run/wrong", 2, "a directory");
}

static void a_fifo_is_rejected_without_waiting(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_int_equal(mkfifo("/run/wrong", 0644), 0);
	check_rejected(bed, "/run/wrong", 2, "a FIFO");
}

static void a_file_that_everybody_can_write_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/wrong", "default allow\n");
	chmod("/run/wrong", 0666);
	check_rejected(bed, "/run/wrong", 2, "chmod o-w");
}

static void a_file_that_does_not_exist_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_complains(portfw_fails(bed, 2, "apply /run/nosuch"), "/run/nosuch: No such file");
	assert_complains(portfw_fails(bed, 2, "check /run/nosuch"), "/run/nosuch: No such file");
	check_verdict(bed);
}

static void a_file_that_cannot_be_read_is_rejected(void **state)
{
	struct testbed *bed = testbed(state);

	file_put("/run/secret", "default deny\n");
	chmod("/run/secret", 0600);
	struct run *run =
		run_expect(portfw_as_nobody(bed, "check /run/secret"), 2, __FILE__, __LINE__);
	assert_complains(run, "/run/secret: Permission denied");
	run = run_expect(portfw_as_nobody(bed, "diff /run/secret"), 2, __FILE__, __LINE__);
	assert_complains(run, "/run/secret: Permission denied");
}

static void overlapping_lines_are_a_warning(void **state)
{
	struct testbed *bed = testbed(state);

	file_put("/run/wanted", "allow tcp 1-100\ndeny tcp 50\n");
	struct run *run = portfw_ok(bed, "check /run/wanted");
	assert_complains(run, "/run/wanted:2:1: warning: ");
	assert_says(run, "ok");
	portfw_ok(bed, "apply /run/wanted");
	assert_prints(portfw_ok(bed, "list"),
		      "default allow\nallow tcp 1-49,51-100\ndeny tcp 50\n");
}

/* --- File systems -------------------------------------------------------------------------- */

/* Puts the policy file into a file system of 64 KiB of its own. */
static void start_in_small_file_system(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "mkdir /run/small; mount -t tmpfs -o size=64k,mode=755 small /run/small");
	snprintf(bed->policy, sizeof(bed->policy), "/run/small/policy");
	start(bed);
}

/* A change fails, and the old policy goes on in file and kernel. */
static void check_change_fails(struct testbed *bed, const char *text)
{
	static const char *const changes[] = {"allow tcp 23", "default allow", "reset",
					      "delete tcp 22"};
	char *before = testbed_record(bed);

	for (size_t i = 0; i < 4; i++) {
		struct run *run = portfw_fails(bed, 1, "%s", changes[i]);
		assert_complains(run, text);
		assert_prints(run, "");
	}
	portfw_fails(bed, 1, "detach eth0");
	assert_unchanged(bed, before);
	check_verdict(bed);
}

static void a_full_disk_leaves_file_and_verdict_as_they_were(void **state)
{
	struct testbed *bed = testbed(state);

	start_in_small_file_system(bed);
	shell_ok(bed, &bed->guarded, "cat /dev/zero >/run/small/filler 2>/dev/null || :");
	check_change_fails(bed, "No space left on device");
	shell_ok(bed, &bed->guarded, "rm /run/small/filler");
	portfw_ok(bed, "allow tcp 23");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, OPEN});
}

static void a_full_disk_keeps_a_nic_from_being_attached(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	start_in_small_file_system(bed);
	shell_ok(bed, &bed->guarded, "cat /dev/zero >/run/small/filler 2>/dev/null || :");
	assert_complains(portfw_fails(bed, 1, "attach eth1"), "No space left on device");
	assert_int_equal(nic_program(bed, "eth1"), 0);
	check_verdict(bed);
	portfw_ok(bed, "--runtime attach eth1");
	assert_true(nic_program(bed, "eth1"));
}

static void a_read_only_file_system_leaves_file_and_verdict_as_they_were(void **state)
{
	struct testbed *bed = testbed(state);

	start_in_small_file_system(bed);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro /run/small");
	check_change_fails(bed, "Read-only file system");
	portfw_ok(bed, "--runtime allow tcp 23");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, OPEN});
}

static void the_file_keeps_its_mode_and_a_symbolic_link_stays_one(void **state)
{
	struct testbed *bed = testbed(state);

	file_put("/run/real", "default deny\n");
	chmod("/run/real", 0640);
	assert_int_equal(symlink("/run/real", bed->policy), 0);
	portfw_ok(bed, "allow tcp 22");
	assert_prints(shell_ok(bed, &bed->guarded,
			       "stat -c %%a /run/real; readlink $PORTFW_POLICY; cat /run/real"),
		      "640\n/run/real\ndefault deny\nallow tcp 22\n");
}

/* --- What takes the place of a file that cannot be used ------------------------------------- */

/* States of the policy file, and what stands aside of it afterwards, as `stat` names it. */
static const struct {
	const char *script, *aside;
} unusable[] = {
	{"echo nonsense >>$PORTFW_POLICY", "regular file"},
	{"yes '#' | head -c 17000000 >$PORTFW_POLICY", "regular file"},
	{"rm $PORTFW_POLICY; mkdir $PORTFW_POLICY; touch $PORTFW_POLICY/inside", "directory"},
	{"rm $PORTFW_POLICY; mkfifo $PORTFW_POLICY", "fifo"},
	{"rm $PORTFW_POLICY; ln -s /run/nowhere $PORTFW_POLICY", "symbolic link"},
	{"rm $PORTFW_POLICY; ln -s policy $PORTFW_POLICY", "symbolic link"},
	{"ln -s policy $PORTFW_POLICY.link; chown -h 1000 $PORTFW_POLICY.link\n"
	 "mv $PORTFW_POLICY $PORTFW_POLICY.moved; mv $PORTFW_POLICY.link $PORTFW_POLICY",
	 "symbolic link"},
	{"chown 1000 $PORTFW_POLICY", "regular file"},
	{"chmod 666 $PORTFW_POLICY", "regular file"},
};
#define UNUSABLE_COUNT (sizeof(unusable) / sizeof(unusable[0]))

static void make_unusable(struct testbed *bed, size_t state)
{
	shell_ok(bed, &bed->guarded, "rm -rf $PORTFW_POLICY*");
	file_put("/run/wanted", "attach eth0\ndefault deny\nallow tcp 22\n");
	portfw_ok(bed, "apply /run/wanted");
	shell_ok(bed, &bed->guarded, "%s", unusable[state].script);
}

static void check_replaced(struct testbed *bed, const char *text, size_t state)
{
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%F,%%a,%%u $PORTFW_POLICY"),
		      "regular file,600,0\n");
	assert_prints(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY"), text);
	assert_says(shell_ok(bed, &bed->guarded, "stat -c %%F $PORTFW_POLICY.20*"),
		    unusable[state].aside);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void apply_replaces_whatever_the_policy_file_is(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	for (size_t i = 0; i < UNUSABLE_COUNT; i++) {
		make_unusable(bed, i);
		portfw_fails(bed, 2, "allow tcp 24");
		file_put("/run/wanted", "default deny\nallow tcp 23\n");
		assert_complains(portfw_ok(bed, "apply /run/wanted"), "it is kept as /run/");
		check_replaced(bed, "attach eth0\ndefault deny\nallow tcp 23\n", i);
		assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
	}
}

static void reset_replaces_whatever_the_policy_file_is(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 23);
	for (size_t i = 0; i < UNUSABLE_COUNT; i++) {
		make_unusable(bed, i);
		assert_complains(portfw_ok(bed, "reset"), "it is kept as /run/");
		check_replaced(bed, "attach eth0\ndefault allow\n", i);
		assert_answers(bed, {TCP, 23, OPEN});
	}
}

static void what_replaces_it_can_be_a_trial(void **state)
{
	struct testbed *bed = testbed(state);

	make_unusable(bed, 2);
	portfw_ok(bed, "--confirm 1m reset");
	assert_prints(shell_ok(bed, &bed->guarded, "ls $PORTFW_POLICY"), "inside\n");
	portfw_ok(bed, "confirm");
	check_replaced(bed, "attach eth0\ndefault allow\n", 2);
}

static void detach_leaves_a_file_that_cannot_be_used_alone(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 23);
	for (size_t i = 0; i < UNUSABLE_COUNT; i++) {
		make_unusable(bed, i);
		shell_ok(bed, &bed->guarded, "ls -lR $PORTFW_POLICY* >/run/before");
		struct run *run = portfw_ok(bed, "detach %s", i % 2 ? "eth0" : "--all");
		assert_complains(run, "it is left as it is");
		assert_says(run, "detached eth0");
		assert_int_equal(nic_program(bed, "eth0"), 0);
		shell_ok(bed, &bed->guarded, "ls -lR $PORTFW_POLICY* | diff /run/before -");
		assert_answers(bed, {TCP, 23, OPEN});
	}
}

/* --- Who may write ------------------------------------------------------------------------- */

static void a_policy_that_others_could_change_stops_every_change(void **state)
{
	static const struct {
		const char *script, *command;
	} states[] = {
		{"chown 1000 $PORTFW_POLICY", "`chown root /run/"},
		{"chmod g+w $PORTFW_POLICY; chgrp 1000 $PORTFW_POLICY", "`chmod go-w /run/"},
		{"chown 1000 ${PORTFW_POLICY%/*}", "`chown root /run"},
		{"chmod 777 ${PORTFW_POLICY%/*}", "`chmod go-w /run/own`"},
		{"mv $PORTFW_POLICY /run/open/policy; ln -s /run/open/policy $PORTFW_POLICY",
		 "`chmod go-w /run/open`"},
	};
	struct testbed *bed = testbed(state);

	testbed_use_instance(bed, "own");
	start(bed);
	shell_ok(bed, &bed->guarded,
		 "mkdir -m 777 /run/open; chmod 777 /run/open\n"
		 "cp -p $PORTFW_POLICY /run/saved");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		shell_ok(bed, &bed->guarded, "%s", states[i].script);
		char *before = testbed_record(bed);
		assert_complains(portfw_fails(bed, 2, "allow tcp 23"), states[i].command);
		assert_complains(portfw_fails(bed, 2, "list"), states[i].command);
		assert_says(portfw_ok(bed, "status"), states[i].command);
		assert_unchanged(bed, before);
		check_verdict(bed);
		shell_ok(bed, &bed->guarded,
			 "chown root ${PORTFW_POLICY%%/*}; chmod 755 ${PORTFW_POLICY%%/*}\n"
			 "rm $PORTFW_POLICY; cp -p /run/saved $PORTFW_POLICY");
		portfw_ok(bed, "list");
	}
}

static void a_policy_is_not_written_where_others_could_replace_it(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_use_instance(bed, "own");
	shell_ok(bed, &bed->guarded, "chmod 777 ${PORTFW_POLICY%%/*}");
	assert_complains(portfw_fails(bed, 2, "attach eth0"), "`chmod go-w /run/own`");
	assert_complains(portfw_fails(bed, 1, "reset"), "`chmod go-w /run/own`");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	shell_ok(bed, &bed->guarded, "test ! -e $PORTFW_POLICY");
}

static void a_file_that_is_named_may_belong_to_anybody(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/wanted", "default deny\nallow tcp 23\n");
	shell_ok(bed, &bed->guarded, "chown 1000:1000 /run/wanted; chmod 664 /run/wanted");
	portfw_ok(bed, "check /run/wanted");
	portfw_ok(bed, "apply /run/wanted");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
	portfw_ok(bed, "--policy /run/wanted allow tcp 24");
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%u,%%a /run/wanted"), "1000,664\n");
}

static void what_belongs_to_incidents_stands_beside_the_own_policy(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	testbed_add_address(bed, "10.1.2.3");
	mkdir("/run/other", 0755);
	file_put("/run/other/policy", "attach eth0\ndefault deny\nallow tcp 22\n");
	portfw_ok(bed, "block 10.1.2.3");
	portfw_ok(bed, "--policy /run/other/policy restore");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	portfw_ok(bed, "--force lockdown");
	portfw_ok(bed, "--policy /run/other/policy restore");
	portfw_ok(bed, "apply /run/other/policy");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "--policy /run/other/policy restore");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "--policy /run/other/policy unlock");
	assert_answers(bed, {TCP, 22, OPEN});
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	assert_prints(shell_ok(bed, &bed->guarded, "ls /run/other"), "policy\n");
}

static void what_could_not_be_read_back_is_not_written(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 9");
	/* 100,000 lines with a long comment, of some 2 MB. */
	shell_ok(bed, &bed->guarded,
		 "awk 'BEGIN { for (i = 0; i < 500; i++) { printf \"allow tcp \";"
		 " for (p = 1; p < 40; p += 2) printf \"%%s%%d\", (p == 1 ? \"\" : \",\"), p;"
		 " printf \" from \"; for (s = 0; s < 190; s++) printf \"%%s10.%%d.%%d.%%d\","
		 " (s ? \",\" : \"\"), i / 256, i %% 256, s; printf \" comment \\\"\";"
		 " for (c = 0; c < 120; c++) printf \"x\"; print \"\\\"\" } }' >/run/large");
	char *before = testbed_record(bed);
	assert_complains(portfw_fails(bed, 2, "apply /run/large"), "MiB as text");
	assert_complains(portfw_fails(bed, 2, "--confirm 1m apply /run/large"), "MiB as text");
	assert_unchanged(bed, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(all_errors_are_reported_with_their_places),
		TESTBED_TEST(a_binary_file_is_rejected),
		TESTBED_TEST(a_nul_byte_is_rejected_at_its_place),
		TESTBED_TEST(a_file_of_more_than_16_mib_is_rejected),
		TESTBED_TEST(an_over_long_line_is_rejected),
		TESTBED_TEST(a_directory_is_rejected),
		TESTBED_TEST(a_fifo_is_rejected_without_waiting),
		TESTBED_TEST(a_file_that_everybody_can_write_is_rejected),
		TESTBED_TEST(a_file_that_does_not_exist_is_rejected),
		TESTBED_TEST(a_file_that_cannot_be_read_is_rejected),
		TESTBED_TEST(overlapping_lines_are_a_warning),
		TESTBED_TEST(a_full_disk_leaves_file_and_verdict_as_they_were),
		TESTBED_TEST(a_full_disk_keeps_a_nic_from_being_attached),
		TESTBED_TEST(a_read_only_file_system_leaves_file_and_verdict_as_they_were),
		TESTBED_TEST(the_file_keeps_its_mode_and_a_symbolic_link_stays_one),
		TESTBED_TEST(apply_replaces_whatever_the_policy_file_is),
		TESTBED_TEST(reset_replaces_whatever_the_policy_file_is),
		TESTBED_TEST(what_replaces_it_can_be_a_trial),
		TESTBED_TEST(detach_leaves_a_file_that_cannot_be_used_alone),
		TESTBED_TEST(a_policy_that_others_could_change_stops_every_change),
		TESTBED_TEST(a_policy_is_not_written_where_others_could_replace_it),
		TESTBED_TEST(a_file_that_is_named_may_belong_to_anybody),
		TESTBED_TEST(what_belongs_to_incidents_stands_beside_the_own_policy),
		TESTBED_TEST(what_could_not_be_read_back_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
