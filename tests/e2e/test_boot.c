/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit runs at boot, on whatever state its files are in: no port that was closed is open,
 * and what it says is true.
 */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "service.h"
#include "state.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOT_IN_FORCE "POLICY FILE NOT IN FORCE: "
#define BLOCKED4 "10.1.2.3"

static const char policy[] = "attach eth0\ndefault deny\nallow tcp 22\n";

/* What follows this at the start of a line of the unit; static storage, until the next call. */
static const char *unit_value(const char *mark)
{
	static char value[512];
	char path[PATH_MAX + 64], self[PATH_MAX], line[512];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(length > 0);
	self[length] = '\0';
	/* build/tests/e2e/test_boot */
	snprintf(path, sizeof(path), "%s/dist/portfw.service.in",
		 dirname(dirname(dirname(dirname(self)))));
	FILE *unit = fopen(path, "re");
	assert_non_null(unit);
	value[0] = '\0';
	while (fgets(line, sizeof(line), unit)) {
		if (strncmp(line, mark, strlen(mark)) == 0)
			snprintf(value, sizeof(value), "%.*s",
				 (int)strcspn(line + strlen(mark), "\n"), line + strlen(mark));
	}
	fclose(unit);
	assert_true(*value);
	return value;
}

static struct run *boot(struct testbed *bed, int status)
{
	return run_expect(portfw(bed, "%s", unit_value("ExecStart=@PORTFW@ ")), status, __FILE__,
			  __LINE__);
}

static void listen_everywhere(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
}

/* As after years of use: the file, its last good copy, and one that is kept for undo. */
static void install(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "rm -rf $PORTFW_POLICY* ${PORTFW_POLICY%%/*}/lockdown* "
		 "${PORTFW_POLICY%%/*}/blocks*");
	file_put("/run/wanted", policy);
	portfw_ok(bed, "apply /run/wanted");
	portfw_ok(bed, "allow tcp 24");
	portfw_ok(bed, "delete tcp 24");
}

static void break_policy(struct testbed *bed, const char *script)
{
	shell_ok(bed, &bed->guarded, "%s", script);
	reboot(bed);
}

static void check_verdict(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

static void check_isolated(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
}

/* The first line of status begins so. */
static void check_first_line(struct testbed *bed, const char *start)
{
	const struct run *run = portfw_ok(bed, "status");

	if (strncmp(run->out, start, strlen(start)) != 0)
		fail_msg("the first line is not \"%s...\":\n%s", start, run->out);
}

/* policy.stand_in of status is this; NULL: null. */
static void check_stand_in(struct testbed *bed, const char *name)
{
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const json_t *value = json_object_get(json_object_get(status, "policy"), "stand_in");

	assert_non_null(value);
	if (name)
		assert_string_equal(json_string_value(value), name);
	else
		assert_true(json_is_null(value));
	json_decref(status);
}

/* States of a policy file that cannot be used, and what is said of each. */
static const struct {
	const char *script, *says;
} broken[] = {
	{"echo 'allow tpc 22' >>$PORTFW_POLICY", "policy:4:7: error: "},
	{"yes '#' | head -c 17000000 >$PORTFW_POLICY", "larger than 16 MiB"},
	{"head -c 4096 /dev/zero >$PORTFW_POLICY", "error: a NUL byte"},
	{"rm $PORTFW_POLICY; mkdir $PORTFW_POLICY", "a directory"},
	{"rm $PORTFW_POLICY; mkfifo $PORTFW_POLICY", "a FIFO"},
	{"rm $PORTFW_POLICY; ln -s /run/nowhere/policy $PORTFW_POLICY",
	 "a symbolic link to a file that does not exist"},
	{"rm $PORTFW_POLICY; ln -s policy $PORTFW_POLICY", "Too many levels of symbolic links"},
	{"rm $PORTFW_POLICY; ln -s /proc/self/mem $PORTFW_POLICY", "Input/output error"},
	{"chown 1000 $PORTFW_POLICY", "`chown root /run/"},
	{"chmod 622 $PORTFW_POLICY", "`chmod go-w /run/"},
	{"chgrp 1000 $PORTFW_POLICY; chmod 660 $PORTFW_POLICY", "`chmod go-w /run/"},
};

static void a_policy_that_cannot_be_used_is_stood_in_for_by_the_last_good_copy(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		install(bed);
		break_policy(bed, broken[i].script);
		struct run *run = boot(bed, 1);
		assert_complains(run, broken[i].says);
		assert_complains(run, "policy.good in its place until the file is mended");
		assert_says(run, "restored policy.good: default deny, 1 rule, eth0");
		check_verdict(bed);
		check_first_line(bed, NOT_IN_FORCE);
		check_stand_in(bed, "policy.good");
	}
}

static void the_unit_trying_again_changes_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	break_policy(bed, broken[0].script);
	boot(bed, 1);
	char *before = testbed_record(bed);
	assert_complains(boot(bed, 1), "what is in force stays until the file is mended");
	assert_unchanged(bed, before);
	check_first_line(bed, NOT_IN_FORCE);
	check_verdict(bed);
}

static void a_mended_file_is_in_force_with_restore(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	break_policy(bed, broken[0].script);
	boot(bed, 1);
	file_put(bed->policy, "attach eth0\ndefault deny\nallow tcp 23\n");
	check_first_line(bed, NOT_IN_FORCE);
	portfw_ok(bed, "restore");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
	check_first_line(bed, "eth0: attached");
	check_stand_in(bed, NULL);
	/* The same policy again is also one that is in force. */
	break_policy(bed, "chown 1000 $PORTFW_POLICY");
	boot(bed, 1);
	shell_ok(bed, &bed->guarded, "chown root $PORTFW_POLICY");
	boot(bed, 0);
	check_stand_in(bed, NULL);
}

static void apply_and_reset_put_a_policy_in_force_again(void **state)
{
	static const char *const commands[] = {"apply /run/wanted", "reset"};
	struct testbed *bed = testbed(state);

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		install(bed);
		break_policy(bed, broken[0].script);
		boot(bed, 1);
		check_stand_in(bed, "policy.good");
		portfw_ok(bed, "%s", commands[i]);
		check_stand_in(bed, NULL);
	}
}

static void without_a_good_copy_the_newest_kept_policy_that_parses_stands_in(void **state)
{
	static const char *const scripts[] = {"rm $PORTFW_POLICY.good",
					      "echo nonsense >$PORTFW_POLICY.good",
					      "rm $PORTFW_POLICY.good; mkdir $PORTFW_POLICY.good",
					      "chown 1000 $PORTFW_POLICY.good"};
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	listen_on(bed, TCP, 24);
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		install(bed);
		portfw_ok(bed, "deny tcp 24");
		portfw_ok(bed, "deny udp 24");
		/* The newest of them is broken, too. */
		shell_ok(bed, &bed->guarded,
			 "echo junk >$(ls -v $PORTFW_POLICY.undo-* | tail -1)\n%s", scripts[i]);
		break_policy(bed, "echo junk >$PORTFW_POLICY");
		assert_complains(boot(bed, 1), "enforcing /run/");
		check_verdict(bed);
		check_first_line(bed, NOT_IN_FORCE);
		assert_says(portfw_ok(bed, "status"), "policy.undo-");
	}
}

static void what_others_could_change_is_enforced_only_where_nothing_else_can_be(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	break_policy(bed, "rm $PORTFW_POLICY.*; chown 1000 $PORTFW_POLICY");
	assert_complains(boot(bed, 1), "policy: it belongs to user 1000");
	check_verdict(bed);
	check_first_line(bed, NOT_IN_FORCE);
	install(bed);
	break_policy(bed, "chmod 777 ${PORTFW_POLICY%/*}");
	assert_complains(boot(bed, 1), "`chmod go-w /run");
	check_verdict(bed);
	shell_ok(bed, &bed->guarded, "chmod 755 ${PORTFW_POLICY%%/*}");
}

static void where_nothing_is_kept_nothing_is_attached_and_that_is_said(void **state)
{
	struct testbed *bed = testbed(state);

	install(bed);
	break_policy(bed, "rm $PORTFW_POLICY.*; echo junk >>$PORTFW_POLICY");
	struct run *run = boot(bed, 1);
	assert_complains(run, "policy:4:1: error: ");
	assert_complains(run, "nothing is attached");
	assert_prints(run, "");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	check_first_line(bed, "no NIC is attached: portfw enforces nothing");
}

static void a_policy_file_that_was_removed_is_no_error(void **state)
{
	struct testbed *bed = testbed(state);

	install(bed);
	break_policy(bed, "rm $PORTFW_POLICY");
	assert_says(boot(bed, 0), "does not exist, nothing to restore");
	assert_int_equal(nic_program(bed, "eth0"), 0);
}

static void what_the_unit_may_do_is_enough(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("setpriv");
	listen_everywhere(bed);
	testbed_add_address(bed, BLOCKED4);
	install(bed);
	portfw_ok(bed, "block " BLOCKED4);
	reboot(bed);
	assert_silent(shell_ok(bed, &bed->guarded,
			       "keeps=\" $(echo %s | sed s/CAP_//g | tr A-Z a-z) \"; drops=\n"
			       "for name in $(setpriv --list-caps | tr -d ,); do\n"
			       "  case $keeps in *\" $name \"*) ;; *) drops=$drops,-$name ;; esac\n"
			       "done\n"
			       "setpriv --no-new-privs --bounding-set ${drops#,}"
			       " $PORTFW restore --boot",
			       unit_value("CapabilityBoundingSet=")));
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
	assert_answers_from(bed, BLOCKED4, {TCP, 22, FILTERED});
}

/* --- Lockdown ------------------------------------------------------------------------------ */

static void lockdown_holds_whatever_its_file_has_become(void **state)
{
	static const char *const scripts[] = {
		"echo junk >$L",
		"head -c 100 /dev/urandom >$L",
		"truncate -s 20000000 $L",
		"rm $L; mkdir $L",
		"rm $L; mkfifo $L",
		"rm $L; ln -s /run/nowhere $L",
		"rm $L; ln -s lockdown $L",
		"chown 1000 $L",
		"chmod 666 $L",
	};
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		install(bed);
		portfw_ok(bed, "--force lockdown --evidence /run/evidence-%zu", i);
		shell_ok(bed, &bed->guarded, "L=${PORTFW_POLICY%%/*}/lockdown\n%s", scripts[i]);
		reboot(bed);
		boot(bed, 1);
		check_isolated(bed);
		check_first_line(bed, "LOCKDOWN: ");
		portfw_ok(bed, "unlock");
		check_verdict(bed);
	}
}

static void an_empty_lockdown_file_is_no_lockdown(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	break_policy(bed, ": >${PORTFW_POLICY%/*}/lockdown");
	boot(bed, 0);
	check_verdict(bed);
}

static void lockdown_holds_whatever_the_policy_has_become(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		install(bed);
		portfw_ok(bed, "--force lockdown --evidence /run/evidence-%zu", i);
		break_policy(bed, broken[i].script);
		boot(bed, 1);
		check_isolated(bed);
		check_first_line(bed, NOT_IN_FORCE);
	}
}

static void under_lockdown_every_nic_is_cut_where_no_policy_is_left(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	portfw_ok(bed, "--force lockdown --evidence /run/evidence");
	testbed_add_veth(bed, 1, "eth1");
	break_policy(bed, "rm $PORTFW_POLICY.*; echo junk >$PORTFW_POLICY\n"
			  "ip link set eth1 down");
	struct run *run = boot(bed, 1);
	assert_complains(run, "only lockdown holds");
	shell_ok(bed, &bed->guarded, "ip link set eth1 up");
	check_isolated(bed);
	bed->link = 1;
	check_isolated(bed);
	bed->link = 0;
	check_first_line(bed, NOT_IN_FORCE);
	check_stand_in(bed, "lockdown");
}

static void under_lockdown_every_nic_is_cut_where_the_policy_was_removed(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	portfw_ok(bed, "--force lockdown --evidence /run/evidence");
	break_policy(bed, "rm $PORTFW_POLICY*");
	assert_says(boot(bed, 0), "restored lockdown: ");
	check_isolated(bed);
}

static void a_lockdown_beside_a_link_that_leads_nowhere_holds(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	shell_ok(bed, &bed->guarded,
		 "mkdir /run/srv; mv $PORTFW_POLICY /run/srv/policy\n"
		 "ln -s /run/srv/policy $PORTFW_POLICY");
	portfw_ok(bed, "--force lockdown --evidence /run/evidence");
	break_policy(bed, "rm /run/srv/policy");
	boot(bed, 1);
	check_isolated(bed);
	check_stand_in(bed, "policy.good");
}

static void a_held_lock_delays_no_lockdown(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	pid_t holder = hold_lock(bed);
	shell_ok(bed, &bed->guarded, "echo '# by hand' >${PORTFW_POLICY%%/*}/lockdown");
	assert_complains(boot(bed, 1), "lock");
	check_isolated(bed);
	testbed_kill(bed, holder);
	boot(bed, 0);
	check_isolated(bed);
}

/* --- The block list ------------------------------------------------------------------------ */

static void check_blocked(struct testbed *bed, bool blocked)
{
	enum answer answer = blocked ? FILTERED : OPEN;

	assert_answers_from(bed, BLOCKED4, {TCP, 22, answer});
	check_verdict(bed);
}

static void the_entries_of_a_bad_block_list_that_parse_hold(void **state)
{
	static const struct {
		const char *script;
		bool blocked;
	} states[] = {
		{"echo 'block 10.9.9' >>$B", true},
		{"sed -i '1i <<<<<<< HEAD' $B", true},
		{"chown 1000 $B", true},
		{"chmod 666 $B", true},
		{"head -c 100 /dev/urandom >>$B", true},
		{"truncate -s 20000000 $B", false},
		{"rm $B; mkdir $B", false},
		{"rm $B; mkfifo $B", false},
		{"rm $B; ln -s /run/nowhere $B", false},
		{"rm $B; ln -s blocks $B", false},
	};
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	testbed_add_address(bed, BLOCKED4);
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		install(bed);
		portfw_ok(bed, "block %s", BLOCKED4);
		shell_ok(bed, &bed->guarded, "B=${PORTFW_POLICY%%/*}/blocks\n%s", states[i].script);
		reboot(bed);
		assert_complains(boot(bed, 1), "/blocks");
		check_blocked(bed, states[i].blocked);
		/* Once more, by hand, where an instance runs. */
		assert_complains(portfw_fails(bed, 1, "restore"), "/blocks");
		check_blocked(bed, states[i].blocked);
	}
}

/* --- What is already in force -------------------------------------------------------------- */

static void a_policy_in_force_stays_where_the_file_cannot_be_used(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	testbed_add_address(bed, BLOCKED4);
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		install(bed);
		shell_ok(bed, &bed->guarded,
			 "%s\necho 'block " BLOCKED4 "' >${PORTFW_POLICY%%/*}/blocks",
			 broken[i].script);
		unsigned program = nic_program(bed, "eth0");
		struct run *run = portfw_fails(bed, strstr(broken[i].says, "Input/output") ? 1 : 2,
					       "restore");
		assert_complains(run, broken[i].says);
		assert_complains(run, "what is in force stays");
		assert_int_equal(nic_program(bed, "eth0"), program);
		/* But what belongs to incidents is restored. */
		check_blocked(bed, true);
		boot(bed, 1);
		check_blocked(bed, true);
		assert_int_equal(nic_program(bed, "eth0"), program);
	}
}

static void a_nic_that_comes_late_is_attached_by_the_stand_in(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *run;

	listen_everywhere(bed);
	file_put("/run/wanted", "attach eth0\nattach eth1\ndefault deny\nallow tcp 22\n");
	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "apply /run/wanted");
	shell_ok(bed, &bed->guarded, "ip link del eth1");
	break_policy(bed, "echo junk >>$PORTFW_POLICY");
	run = boot(bed, 1);
	assert_complains(run, "eth1: no such NIC");
	assert_says(run, "default deny, 1 rule, eth0\n");
	testbed_add_veth(bed, 1, "eth1");
	assert_says(boot(bed, 1), "default deny, 1 rule, eth0, eth1\n");
	bed->link = 1;
	check_verdict(bed);
}

static void a_nic_that_is_not_there_is_no_reason_to_write_anything(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	file_put(bed->policy, "attach eth0\nattach eth7\ndefault deny\nallow tcp 22\n");
	boot(bed, 1);
	char *before = testbed_record(bed);
	struct run *run = boot(bed, 1);
	assert_complains(run, "eth7: no such NIC");
	assert_says(run, "already as ");
	assert_unchanged(bed, before);
	check_verdict(bed);
}

/* --- Where boot has to do without ---------------------------------------------------------- */

static void without_a_run_directory_boot_goes_on(void **state)
{
	static const char *const scripts[] = {
		"rm -rf $PORTFW_RUN_DIR; touch $PORTFW_RUN_DIR",
		"rm -rf $PORTFW_RUN_DIR; mkdir $PORTFW_RUN_DIR; mkdir $PORTFW_RUN_DIR/lock",
	};
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		install(bed);
		reboot(bed);
		shell_ok(bed, &bed->guarded, "%s", scripts[i]);
		assert_complains(boot(bed, 0), "going on without the lock");
		check_verdict(bed);
		shell_ok(bed, &bed->guarded, "rm -rf $PORTFW_RUN_DIR");
	}
}

static void on_a_read_only_file_system_boot_goes_on(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	use_small_file_system(bed);
	install(bed);
	break_policy(bed, "rm $PORTFW_POLICY.good; mount -o remount,ro /run/small");
	assert_silent(boot(bed, 0));
	check_verdict(bed);
	shell_ok(bed, &bed->guarded,
		 "mount -o remount,rw /run/small; echo junk >>$PORTFW_POLICY\n"
		 "mount -o remount,ro /run/small");
	reboot(bed);
	boot(bed, 1);
	check_first_line(bed, NOT_IN_FORCE);
	check_verdict(bed);
}

/* --- The copy ------------------------------------------------------------------------------ */

static void check_good(struct testbed *bed, const char *text)
{
	assert_prints(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY.good"), text);
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%a $PORTFW_POLICY.good"), "600\n");
}

static void each_change_and_each_restore_keep_a_copy(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	check_good(bed, "attach eth0\ndefault allow\n");
	portfw_ok(bed, "deny tcp 23");
	check_good(bed, "attach eth0\ndefault allow\ndeny tcp 23\n");
	file_put(bed->policy, "# by hand\nattach eth0\ndeny tcp 24\n");
	portfw_ok(bed, "restore");
	check_good(bed, "# by hand\nattach eth0\ndeny tcp 24\n");
	portfw_ok(bed, "--confirm 1m deny tcp 25");
	check_good(bed, "# by hand\nattach eth0\ndeny tcp 24\n");
	portfw_ok(bed, "confirm");
	check_good(bed, "attach eth0\ndefault allow\ndeny tcp 24-25\n");
	portfw_ok(bed, "undo");
	check_good(bed, "attach eth0\ndefault allow\ndeny tcp 24\n");
	/* It is not one of those that undo brings back. */
	assert_prints(shell_ok(bed, &bed->guarded, "$PORTFW undo >/dev/null; cat $PORTFW_POLICY"),
		      "attach eth0\ndefault allow\n");
}

static void a_copy_that_cannot_be_kept_is_a_warning(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	install(bed);
	shell_ok(bed, &bed->guarded, "rm $PORTFW_POLICY.good; mkdir $PORTFW_POLICY.good");
	assert_complains(portfw_ok(bed, "allow tcp 23"), "warning: no copy of the policy is kept");
	assert_answers(bed, {TCP, 23, OPEN});
	assert_file(bed, "attach eth0\ndefault deny\nallow tcp 22-23\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_policy_that_cannot_be_used_is_stood_in_for_by_the_last_good_copy),
		TESTBED_TEST(the_unit_trying_again_changes_nothing),
		TESTBED_TEST(a_mended_file_is_in_force_with_restore),
		TESTBED_TEST(apply_and_reset_put_a_policy_in_force_again),
		TESTBED_TEST(without_a_good_copy_the_newest_kept_policy_that_parses_stands_in),
		TESTBED_TEST(what_others_could_change_is_enforced_only_where_nothing_else_can_be),
		TESTBED_TEST(where_nothing_is_kept_nothing_is_attached_and_that_is_said),
		TESTBED_TEST(a_policy_file_that_was_removed_is_no_error),
		TESTBED_TEST(what_the_unit_may_do_is_enough),
		TESTBED_TEST(lockdown_holds_whatever_its_file_has_become),
		TESTBED_TEST(an_empty_lockdown_file_is_no_lockdown),
		TESTBED_TEST(lockdown_holds_whatever_the_policy_has_become),
		TESTBED_TEST(under_lockdown_every_nic_is_cut_where_no_policy_is_left),
		TESTBED_TEST(under_lockdown_every_nic_is_cut_where_the_policy_was_removed),
		TESTBED_TEST(a_lockdown_beside_a_link_that_leads_nowhere_holds),
		TESTBED_TEST(a_held_lock_delays_no_lockdown),
		TESTBED_TEST(the_entries_of_a_bad_block_list_that_parse_hold),
		TESTBED_TEST(a_policy_in_force_stays_where_the_file_cannot_be_used),
		TESTBED_TEST(a_nic_that_comes_late_is_attached_by_the_stand_in),
		TESTBED_TEST(a_nic_that_is_not_there_is_no_reason_to_write_anything),
		TESTBED_TEST(without_a_run_directory_boot_goes_on),
		TESTBED_TEST(on_a_read_only_file_system_boot_goes_on),
		TESTBED_TEST(each_change_and_each_restore_keep_a_copy),
		TESTBED_TEST(a_copy_that_cannot_be_kept_is_a_warning),
	};

	/* The bpffs of a testbed is its own. */
	setenv("PORTFW_PRIVATE_BPFFS", "1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
