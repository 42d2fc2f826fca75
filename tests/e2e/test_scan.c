/* SPDX-License-Identifier: GPL-2.0-only */
/* What a port scanner sees. */
#include "command.h"
#include "probe.h"

#include <stdio.h>
#include <string.h>

/* The guarded host listens on these. */
static const unsigned listening[] = {21, 22, 80, 443, 8000, 8100, 31337, 65535};

static void listen_on_all(struct testbed *bed)
{
	for (size_t i = 0; i < sizeof(listening) / sizeof(listening[0]); i++)
		listen_on(bed, TCP, listening[i]);
}

/* How fast nmap goes. Where nearly all ports keep silent, it waits for each of them unless a rate
 * is forced. Where nearly all answer, a forced rate loses answers on a machine that is busy. */
#define SILENT_PORTS "-T5 --min-rate 20000 --max-retries 1"
#define ANSWERING_PORTS "-T5 --max-retries 3"

/* The ports that answer, of all 65,535, as "22/open 80/closed ", but for a state in which nearly
 * all ports are. Nothing where the scan does not end in the time that a command has. */
static const char *scan(struct testbed *bed, const char *pace)
{
	return shell_ok(bed, &bed->peer,
			"timeout 55 nmap -n -Pn -p- %s -oG - 10.77.0.1 |\n"
			"grep -Eo '[0-9]+/(open|closed)' | tr '\\n' ' '",
			pace)
		->out;
}

/* Whether each of these answers is among the others. */
static bool is_subset(const char *answers, const char *of)
{
	for (; *answers; answers += strcspn(answers, " ") + 1) {
		char word[32], list[128];
		snprintf(word, sizeof(word), " %.*s ", (int)strcspn(answers, " "), answers);
		snprintf(list, sizeof(list), " %s", of);
		if (!strstr(list, word))
			return false;
	}
	return true;
}

/* A busy machine makes a scan lose packets, and answers with them, or take too long; it never
 * invents any. */
static void check_scan(struct testbed *bed, const char *pace, const char *expected)
{
	enum { ATTEMPTS = 3 };
	const char *found = "";

	for (int i = 0; i < ATTEMPTS && strcmp(found, expected) != 0; i++) {
		found = scan(bed, pace);
		if (!is_subset(found, expected))
			break;
	}
	assert_string_equal(found, expected);
}

static void need_nmap(struct testbed *bed)
{
	if (shell(bed, &bed->peer, "command -v nmap")->status)
		skip_because("needs nmap");
}

static void a_scan_under_default_deny_finds_exactly_the_allowed_listening_ports(void **state)
{
	struct testbed *bed = testbed(state);

	need_nmap(bed);
	listen_on_all(bed); /* not on port 25 */
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22,25,443,65535");
	check_scan(bed, SILENT_PORTS, "22/open 25/closed 443/open 65535/open ");
}

static void a_scan_under_default_allow_finds_all_listening_ports_but_the_denied(void **state)
{
	struct testbed *bed = testbed(state);

	need_nmap(bed);
	listen_on_all(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 21,8000-8100,31337");
	check_scan(bed, ANSWERING_PORTS, "22/open 80/open 443/open 65535/open ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_scan_under_default_deny_finds_exactly_the_allowed_listening_ports),
		TESTBED_TEST(a_scan_under_default_allow_finds_all_listening_ports_but_the_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
