/* SPDX-License-Identifier: GPL-2.0-only */
/* The exit status is that of what was done, whatever becomes of what is said; and signals do not
 * leave a change half done. */
#include "command.h"
#include "nic.h"
#include "state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Nobody listens ------------------------------------------------------------------------- */

/* Each command that changes something, in an order in which each does. */
static const char changing[] = "attach eth0\nallow tcp 22\ndeny udp 161\ndelete udp 161\n"
			       "default deny\nblock 10.9.9.9\nunblock 10.9.9.9\n"
			       "apply /run/other\nundo\n--confirm 1h allow tcp 23\nconfirm\n"
			       "--confirm 1h allow tcp 24\nrollback\nlockdown keep 10.77.0.2\n"
			       "unlock\nrestore\nreset\ndetach --all\n";
static const char reading[] =
	"status\nlist\nflows\naudit\nport 22\nhelp\nversion\ncheck /run/other\n"
	"snapshot\nexplain tcp 22 from 10.77.0.2\nallow tcp 99 -n\n";

/* What of the commands does not end so, with these redirections. */
static struct run *ends_with(struct testbed *bed, const char *commands, int status,
			     const char *redirections)
{
	file_put("/run/commands", commands);
	file_put("/run/other", "default deny\nallow tcp 22\n");
	return shell_ok(bed, &bed->guarded,
			"while read -r words; do\n"
			"s=0; $PORTFW $words %s || s=$?\n"
			"[ $s -eq %d ] || echo \"$words: $s\" >>/run/wrong\n"
			"done </run/commands\n"
			"cat /run/wrong 2>/dev/null || :",
			redirections, status);
}

static void a_change_that_cannot_be_told_ends_with_0(void **state)
{
	struct testbed *bed = testbed(state);

	assert_prints(ends_with(bed, changing, 0, ">/dev/full 2>>/run/said"), "");
	char *said = file_get("/run/said");
	assert_non_null(strstr(said, "portfw: allow: done, but not said: standard output: "
				     "No space left on device\n"));
	free(said);
	assert_prints(ends_with(bed, changing, 0, ">&- 2>/run/said"), "");
	assert_prints(ends_with(bed, changing, 0, ">/dev/full 2>/dev/full"), "");
	assert_prints(ends_with(bed, changing, 0, "<&- >&- 2>&-"), "");
	assert_prints(ends_with(bed, changing, 0, "--json >/dev/full 2>/dev/null"), "");
}

static void a_pipe_that_nobody_reads_does_not_kill_a_change(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(bed, &bed->guarded, "mkfifo /run/pipe");
	assert_prints(ends_with(bed, changing, 0, "3<>/run/pipe 4>/run/pipe 3<&- >&4 2>>/run/said"),
		      "");
	char *said = file_get("/run/said");
	assert_non_null(strstr(said, "Broken pipe"));
	free(said);
	assert_prints(ends_with(bed, changing, 0, "3<>/run/pipe 4>/run/pipe 3<&- >&4 2>&4"), "");
}

static void what_could_not_be_shown_ends_with_1(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	assert_prints(ends_with(bed, reading, 1, ">/dev/full 2>>/run/said"), "");
	assert_prints(ends_with(bed, reading, 1, ">&- 2>>/run/said"), "");
	char *said = file_get("/run/said");
	assert_non_null(strstr(said, "portfw: list: standard output: No space left on device\n"));
	assert_non_null(strstr(said, "portfw: list: standard output: Bad file descriptor\n"));
	free(said);
}

static void no_file_takes_the_place_of_a_closed_stream(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	shell_ok(bed, &bed->guarded,
		 "$PORTFW allow tcp 22 <&- >&- 2>&-; $PORTFW block 10.9.9.9 "
		 "<&- >&- 2>&-; $PORTFW lockdown keep 10.9.9.9 >&- 2>&-; "
		 "$PORTFW unlock >&- 2>&-");
	assert_file(bed, "attach eth0\ndefault allow\nallow tcp 22\n");
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault allow\nallow tcp 22\n");
	char *before = testbed_record(bed);
	assert_complains(shell(bed, &bed->guarded,
			       "s=0; $PORTFW apply - <&- || s=$?; [ $s = 1 ] || echo $s"),
			 "Bad file descriptor");
	assert_unchanged(bed, before);
}

/* --- Signals -------------------------------------------------------------------------------- */

/* A command that may not write to files, what it says, and its status. */
static struct run *limited(struct testbed *bed, const char *words)
{
	return shell_ok(bed, &bed->guarded,
			"{ (ulimit -f 0; exec $PORTFW %s) || echo $?; } 2>&1 | cat", words);
}

static void a_limit_of_file_size_is_an_error(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	char *before = testbed_record(bed);
	assert_prints(limited(bed, "deny tcp 22"),
		      "portfw: deny: /run/portfw/policy: cannot write the new version: "
		      "File too large\n1\n");
	assert_unchanged(bed, before);
	/* However these end, they are not killed, which 128 and more would say. */
	assert_says_not(limited(bed, "block 10.9.9.9"), "153");
	assert_says_not(limited(bed, "lockdown keep 10.77.0.2"), "153");
	assert_says_not(limited(bed, "unlock"), "153");
}

/* Stops the command at a point, sends it these signals, lets it go on. */
static struct run *signalled(struct testbed *bed, const char *words, const char *point)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGALRM, SIGUSR1};
	int status;

	bed->fault = point;
	struct run *run = portfw_start(bed, "%s", words);
	bed->fault = NULL;
	assert_int_equal(waitpid(run->pid, &status, WUNTRACED), run->pid);
	if (!WIFSTOPPED(status))
		fail_msg("%s does not come to %s", words, point);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		kill(run->pid, numbers[i]);
	kill(run->pid, SIGCONT);
	return run_finish(run);
}

static void signals_leave_no_change_half_done(void **state)
{
	static const struct {
		const char *words, *point;
	} cases[] = {
		{"allow tcp 23", "file-prepared:stop"},
		{"allow tcp 24", "file-renamed:stop"},
		{"allow tcp 25", "switched:stop"},
		{"--confirm 1h allow tcp 26", "pending-written:stop"},
		{"confirm", "confirmed:stop"},
		{"--confirm 1h allow tcp 27", "switched:stop"},
		{"rollback", "rolled-back:stop"},
		{"block 10.9.9.9", "block-added:stop"},
		{"unblock 10.9.9.9", "block-removed:stop"},
		{"lockdown keep 10.77.0.2", "lockdown-switched:stop"},
		{"unlock", "lockdown-removed:stop"},
		{"undo", "file-renamed:stop"},
		{"detach eth0", "nic-unlinked:stop"},
		{"attach eth0", "nic-linked:stop"},
		{"reset", "switched:stop"},
	};
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run *run = signalled(bed, cases[i].words, cases[i].point);
		run_expect(run, 0, __FILE__, __LINE__);
		if (strstr(cases[i].words, "confirm 1h") || strstr(cases[i].words, "detach"))
			continue;
		assert_says(portfw_ok(bed, "status"), "in sync with");
	}
}

static void a_command_that_has_not_begun_to_change_anything_can_be_stopped(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	char *before = testbed_record(bed);
	run_expect(signalled(bed, "allow tcp 23", "start:stop"), 128 + SIGHUP, __FILE__, __LINE__);
	run_expect(signalled(bed, "allow tcp 23", "locked:stop"), 128 + SIGHUP, __FILE__, __LINE__);
	assert_unchanged(bed, before);
}

/* nft is run by `audit`; here it is a script that tells of its signals. */
static void programs_that_are_run_have_the_usual_signals(void **state)
{
	struct testbed *bed = testbed(state);

	if (access("/usr/sbin/nft", X_OK))
		skip_because("there is no nft");
	file_put("/run/nft", "#!/bin/sh\ngrep -E '^Sig(Blk|Ign)' /proc/self/status >/run/sig\n");
	shell_ok(bed, &bed->guarded, "chmod +x /run/nft; mount --bind /run/nft /usr/sbin/nft");
	portfw(bed, "audit");
	shell_ok(bed, &bed->guarded, "umount /usr/sbin/nft");
	char *text = file_get("/run/sig");
	const char *blocks = strstr(text, "SigBlk:"), *ignores = strstr(text, "SigIgn:");
	assert_non_null(blocks);
	assert_non_null(ignores);
	unsigned long long blocked = strtoull(blocks + 7, NULL, 16);
	unsigned long long ignored = strtoull(ignores + 7, NULL, 16);
	assert_int_equal(blocked, 0);
	assert_int_equal(ignored >> (SIGPIPE - 1) & 1, 0);
	assert_int_equal(ignored >> (SIGXFSZ - 1) & 1, 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_change_that_cannot_be_told_ends_with_0),
		TESTBED_TEST(a_pipe_that_nobody_reads_does_not_kill_a_change),
		TESTBED_TEST(what_could_not_be_shown_ends_with_1),
		TESTBED_TEST(no_file_takes_the_place_of_a_closed_stream),
		TESTBED_TEST(a_limit_of_file_size_is_an_error),
		TESTBED_TEST(signals_leave_no_change_half_done),
		TESTBED_TEST(a_command_that_has_not_begun_to_change_anything_can_be_stopped),
		TESTBED_TEST(programs_that_are_run_have_the_usual_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
