/* SPDX-License-Identifier: GPL-2.0-only */
/* Wrong words on the command line: refused with the word and a hint, and nothing changes. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* Words that are refused, and what the message must hold. */
struct wrong {
	const char *words;
	const char *says[2];
};

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
}

static void check_refused(struct testbed *bed, const struct wrong *wrong)
{
	struct run *run = portfw_fails(bed, 2, "%s", wrong->words);

	assert_prints(run, "");
	assert_complains(run, "portfw: ");
	for (size_t i = 0; i < 2 && wrong->says[i]; i++)
		assert_complains(run, wrong->says[i]);
	/* One line, for people. */
	if (strchr(run->err, '\n') != run->err + strlen(run->err) - 1)
		run_says(run, true, "one line", true, __FILE__, __LINE__);
}

static void check_all_refused(struct testbed *bed, const struct wrong *list, size_t count)
{
	start(bed);
	char *before = testbed_record(bed);
	for (size_t i = 0; i < count; i++)
		check_refused(bed, &list[i]);
	assert_unchanged(bed, before);
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

#define CHECK_ALL_REFUSED(state, list) \
	check_all_refused(testbed(state), list, sizeof(list) / sizeof((list)[0]))

static void wrong_ports_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"allow tcp 70000", {"70000", "0-65535"}},
		{"allow tcp 65536", {"65536", "0-65535"}},
		{"allow tcp 99999999999999999999", {"99999999999999999999", "0-65535"}},
		{"allow tcp 0x16", {"0x16", "decimal"}},
		{"allow tcp 022", {"022", "leading zeros"}},
		{"allow tcp 22abc", {"22abc", "0-65535"}},
		{"allow tcp +22", {"+22"}},
		{"allow tcp 22.5", {"22.5"}},
		{"allow tcp \"\"", {"empty", "22"}},
		{"allow tcp \" 22\"", {"\" 22\""}},
		{"allow tcp 90-80", {"90-80", "80-90"}},
		{"allow tcp 80-", {"80-", "80-90"}},
		{"allow tcp 80-90-100", {"90-100"}},
		{"allow tcp 80,,90", {"80,,90", "empty"}},
		{"allow tcp ,80", {",80"}},
		{"allow tcp 80,", {"80,"}},
		{"allow tcp 1,all", {"all"}},
		{"allow tcp -1", {"-1", "65535"}},
		{"deny tcp -1", {"-1"}},
		{"delete tcp -1", {"-1"}},
		{"deny tcp 70000", {"70000"}},
		{"delete tcp 70000", {"70000"}},
		{"allow -- tcp -1", {"-1"}},
		{"allow tcp nosuchservice", {"nosuchservice", "/etc/services"}},
		{"allow udp 1-70000", {"70000"}},
		{"allow 70000/tcp", {"70000"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void wrong_targets_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"allow 22", {"tcp 22", "22/tcp"}},
		{"deny 22", {"tcp 22", "22/tcp"}},
		{"delete 8000-8100", {"tcp 8000-8100", "8000-8100/tcp"}},
		{"allow icmp 5", {"icmp", "5"}},
		{"allow icmp6 echo-request", {"icmp6", "echo-request"}},
		{"allow tcp", {"tcp 22"}},
		{"allow", {"TARGET"}},
		{"allow nosuchservice", {"nosuchservice", "service"}},
		{"allow TCP 22", {"TCP", "tcp"}},
		{"allow tcp,foo 22", {"foo"}},
		{"allow 22/", {"22/"}},
		{"allow /tcp", {"/tcp"}},
		{"allow 22/xyz", {"xyz"}},
		{"allow 22/tcp/udp", {"tcp/udp"}},
		{"allow proto", {"proto esp"}},
		{"allow proto 256", {"256", "0-255"}},
		{"allow proto -1", {"-1"}},
		{"allow proto nosuchproto", {"nosuchproto"}},
		{"allow proto tcp", {"tcp all"}},
		{"allow all", {"all"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void wrong_sources_and_times_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"allow tcp 22 from", {"from"}},
		{"allow tcp 22 from 10.0.0.1/8", {"10.0.0.1/8", "10.0.0.0/8"}},
		{"allow tcp 22 from fd00::1/64", {"fd00::1/64", "fd00::/64"}},
		{"allow tcp 22 from 10.0.0.0/33", {"33", "0-32"}},
		{"allow tcp 22 from fd00::/129", {"129", "0-128"}},
		{"allow tcp 22 from 10.0.0.0/08", {"08", "leading zeros"}},
		{"allow tcp 22 from 10.0.0/24", {"10.0.0/24"}},
		{"allow tcp 22 from 010.0.0.1", {"010.0.0.1"}},
		{"allow tcp 22 from ::ffff:10.0.0.1", {"::ffff:10.0.0.1", "10.0.0.1"}},
		{"allow tcp 22 from example.com", {"example.com"}},
		{"allow tcp 22 from fe80::1%eth0", {"fe80::1%eth0"}},
		{"allow tcp 22 from 10.0.0.1,,10.0.0.2", {"10.0.0.1,,10.0.0.2"}},
		{"allow tcp 22 from 10.0.0.1, 10.0.0.2", {"10.0.0.1,"}},
		{"allow tcp 22 from 10.0.0.1 from 10.0.0.2", {"from", "twice"}},
		{"deny tcp 22 from nosuch", {"nosuch"}},
		{"delete tcp 22 from 10.0.0.1/8", {"10.0.0.0/8"}},
		{"allow tcp 22 for", {"for"}},
		{"allow tcp 22 for 30", {"30", "30m"}},
		{"allow tcp 22 for 0s", {"0s"}},
		{"allow tcp 22 for -1s", {"-1s"}},
		{"allow tcp 22 for 1.5h", {"1.5h"}},
		{"allow tcp 22 for 1w", {"1w"}},
		{"allow tcp 22 for 3651d", {"3651d"}},
		{"allow tcp 22 for 99999999999999999999s", {"99999999999999999999s"}},
		{"allow tcp 22 for 1h for 2h", {"for", "twice"}},
		{"allow tcp 22 until 2090-01-31T15:00:00Z", {"until"}},
		{"delete tcp 22 for 1h", {"duration"}},
		{"default deny for 1h", {"for"}},
		{"allow tcp 22 --all-sources", {"--all-sources"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void trailing_words_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"allow tcp 22 80", {"80"}},
		{"allow tcp 22 please", {"please"}},
		{"allow tcp 22 on", {"on"}},
		{"allow tcp 22 on eth0 on eth1", {"on", "twice"}},
		{"allow tcp 22 on a/b", {"a/b"}},
		{"allow tcp 22 on waytoolongforanic", {"waytoolongforanic"}},
		{"allow tcp 22 comment", {"comment"}},
		{"allow tcp 22 comment a b", {"b"}},
		{"delete tcp 22 comment a", {"comment"}},
		{"default", {"allow or deny"}},
		{"default drop", {"drop", "allow or deny"}},
		{"default deny now", {"now"}},
		{"status eth0", {"eth0"}},
		{"list all", {"all"}},
		{"restore it", {"it"}},
		{"reset it", {"it"}},
		{"version 2", {"2"}},
		{"check a b", {"b"}},
		{"attach", {"NIC"}},
		{"detach", {"NIC"}},
		{"detach eth0 --all", {"eth0"}},
		{"attach a/b", {"a/b"}},
		{"attach eth0 --mode fast", {"fast", "native"}},
		{"apply", {"FILE"}},
		{"undo it", {"it"}},
		{"confirm 60s", {"60s"}},
		{"rollback it", {"it"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void unknown_commands_and_options_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"", {"help"}},
		{"frobnicate", {"frobnicate", "help"}},
		{"alow tcp 22", {"alow", "portfw allow"}},
		{"statsu", {"statsu", "portfw status"}},
		{"help frobnicate", {"frobnicate"}},
		{"--frobnicate allow tcp 22", {"--frobnicate"}},
		{"allow tcp 22 --frob", {"--frob"}},
		{"allow tcp 22 -x", {"-x"}},
		{"allow tcp 22 --js", {"--js"}},
		{"allow tcp 22 --json=yes", {"--json"}},
		{"allow tcp 22 --policy", {"--policy"}},
		{"allow tcp 22 --mode native", {"--mode"}},
		{"status --all", {"--all"}},
		{"list --kill", {"--kill"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void global_options_that_would_mislead_are_refused(void **state)
{
	static const struct wrong list[] = {
		{"detach eth0 --confirm 5m", {"--confirm", "by itself"}},
		{"block 10.9.9.9 --confirm 5m", {"--confirm", "by itself"}},
		{"unblock 10.9.9.9 --confirm 5m", {"--confirm", "by itself"}},
		{"lockdown keep 10.9.9.9 --confirm 5m", {"--confirm", "by itself"}},
		{"lockdown keep 10.9.9.9 --runtime", {"--runtime", "saves"}},
		{"unlock --runtime", {"--runtime", "saves"}},
		{"undo --runtime", {"--runtime", "saves"}},
		{"restore --runtime", {"--runtime", "saves"}},
		{"confirm --runtime", {"--runtime", "saves"}},
		{"snapshot /run/file --dry-run", {"--dry-run", "write"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void global_options_that_mean_nothing_are_accepted(void **state)
{
	static const char *const commands[] = {
		"status",	"list",	   "flows", "audit",	"port 22",
		"check /run/p", "version", "help",  "snapshot", "explain tcp 22 from 10.77.0.2",
	};
	static const char *const options[] = {"-n",	   "-q",	   "--force",
					      "--runtime", "--confirm 5m", "--policy /run/p"};
	static const char *const deciding[] = {"confirm --force", "rollback --force",
					       "unlock --force", "unblock 10.9.9.9 --force"};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/p", "default deny\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		for (size_t k = 0; k < sizeof(options) / sizeof(*options); k++) {
			struct run *run = portfw(bed, "%s %s", commands[i], options[k]);

			if (run->status == 2)
				run_expect(run, 0, __FILE__, __LINE__);
		}
	for (size_t i = 0; i < sizeof(deciding) / sizeof(*deciding); i++) {
		struct run *run = portfw(bed, "%s", deciding[i]);

		if (run->status == 2)
			run_expect(run, 0, __FILE__, __LINE__);
	}
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

static void words_of_later_versions_are_known_and_refused(void **state)
{
	static const struct wrong list[] = {
		{"monitor", {"monitor", "not support"}},
		{"scan", {"scan", "not support"}},
		{"stats", {"stats", "not support"}},
	};

	CHECK_ALL_REFUSED(state, list);
}

static void text_from_the_command_line_is_escaped(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *run = portfw_fails(bed, 2, "allow tcp \"2\033[2J\"");

	assert_complains_not(run, "\033");
	run = portfw_fails(bed, 2, "\"\033]0;title\007\"");
	assert_complains_not(run, "\033");
	run = portfw_fails(bed, 2, "allow tcp 22 comment \"two\nlines\"");
	assert_complains(run, "comment");
}

static void allowing_port_zero_is_done_with_a_warning(void **state)
{
	struct testbed *bed = testbed(state);

	assert_complains(portfw_ok(bed, "allow tcp 0"), "warning: port 0 is reserved");
	assert_silent(portfw_ok(bed, "allow tcp 65535"));
	assert_prints(portfw_ok(bed, "list"), "default allow\nallow tcp 0,65535\n");
}

static void deleting_what_is_not_there_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	assert_says(portfw_ok(bed, "delete tcp 99"), "nothing to delete");
	portfw_ok(bed, "allow tcp 99");
	assert_says(portfw_ok(bed, "delete tcp 99"), "deleted tcp 99");
	assert_says(portfw_ok(bed, "delete tcp 99"), "nothing to delete");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(wrong_ports_are_refused),
		TESTBED_TEST(wrong_targets_are_refused),
		TESTBED_TEST(wrong_sources_and_times_are_refused),
		TESTBED_TEST(trailing_words_are_refused),
		TESTBED_TEST(unknown_commands_and_options_are_refused),
		TESTBED_TEST(global_options_that_would_mislead_are_refused),
		TESTBED_TEST(global_options_that_mean_nothing_are_accepted),
		TESTBED_TEST(words_of_later_versions_are_known_and_refused),
		TESTBED_TEST(text_from_the_command_line_is_escaped),
		TESTBED_TEST(allowing_port_zero_is_done_with_a_warning),
		TESTBED_TEST(deleting_what_is_not_there_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
