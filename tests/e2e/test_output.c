/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit statuses, JSON, and the options that every command takes. */
#include "command.h"
#include "counter.h"
#include "nic.h"
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <portfw/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const commands[] = {
	"attach",  "detach", "allow",	"deny",	    "delete", "default", "status",  "list",
	"apply",   "check",  "diff",	"restore",  "reset",  "help",	 "version", "block",
	"unblock", "undo",   "confirm", "rollback", "flows",  "audit",	 "port",
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* --- JSON ---------------------------------------------------------------------------------- */

/* The object has these keys and no other; `keys` ends with NULL. */
static void assert_keys(const json_t *object, const char *const *keys)
{
	size_t count = 0;

	assert_true(json_is_object(object));
	for (; keys[count]; count++)
		if (!json_object_get(object, keys[count]))
			fail_msg("no key \"%s\"", keys[count]);
	assert_int_equal(json_object_size(object), count);
}
#define ASSERT_KEYS(object, ...) assert_keys(object, (const char *const[]){__VA_ARGS__, NULL})

static void assert_counter(const json_t *counter)
{
	ASSERT_KEYS(counter, "packets", "bytes");
	assert_true(json_is_integer(json_object_get(counter, "packets")));
	assert_true(json_is_integer(json_object_get(counter, "bytes")));
}

static void status_json_has_the_documented_keys(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 80");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	ASSERT_KEYS(status, "schema", "version", "policy", "interfaces", "flows", "counters",
		    "ports", "protocols", "drift");

	json_t *policy = json_object_get(status, "policy");
	ASSERT_KEYS(policy, "default", "in_sync", "rules", "blocked", "timed", "trial", "lockdown",
		    "stand_in");
	assert_string_equal(json_string_value(json_object_get(policy, "default")), "allow");
	assert_true(json_is_true(json_object_get(policy, "in_sync")));
	assert_int_equal(json_integer_value(json_object_get(policy, "rules")), 1);
	assert_true(json_is_null(json_object_get(policy, "trial")));
	assert_true(json_is_null(json_object_get(policy, "lockdown")));

	json_t *nics = json_object_get(status, "interfaces");
	assert_int_equal(json_array_size(nics), 1);
	json_t *nic = json_array_get(nics, 0);
	ASSERT_KEYS(nic, "name", "ifindex", "mode", "prog_id", "state", "egress");
	assert_string_equal(json_string_value(json_object_get(nic, "name")), "eth0");
	assert_string_equal(json_string_value(json_object_get(nic, "mode")), "native");
	assert_int_equal(json_integer_value(json_object_get(nic, "prog_id")),
			 nic_program(bed, "eth0"));
	json_decref(status);
}

static void status_shows_times_and_blocks(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22 from 10.0.0.0/8 for 1h");
	portfw_ok(bed, "deny tcp 80");
	portfw_ok(bed, "block 192.0.2.1 2001:db8::/32");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *policy = json_object_get(status, "policy");
	assert_int_equal(json_integer_value(json_object_get(policy, "rules")), 2);
	assert_int_equal(json_integer_value(json_object_get(policy, "blocked")), 2);
	json_t *timed = json_object_get(policy, "timed");
	assert_int_equal(json_array_size(timed), 1);
	json_t *rule = json_array_get(timed, 0);
	ASSERT_KEYS(rule, "rule", "until", "seconds_left");
	assert_in_range(json_integer_value(json_object_get(rule, "seconds_left")), 3500, 3601);
	json_decref(status);
	struct run *text = portfw_ok(bed, "status");
	assert_says(text, "allow tcp 22 from 10.0.0.0/8");
	assert_says(text, "left");
	assert_says(text, "blocked: 2 addresses (192.0.2.1");
	text = portfw_ok(bed, "list");
	assert_says(text, "Z # ");
	assert_says(text, " left\n");
}

static void status_json_counts_every_reason(void **state)
{
	struct testbed *bed = testbed(state);
#define X(name, spelling, verdict, meaning) spelling,
	static const char *const reasons[] = {REASONS(X) NULL};
#undef X

	portfw_ok(bed, "attach eth0");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *counters = json_object_get(status, "counters");
	ASSERT_KEYS(counters, "pass", "drop", "reasons", "outgoing");
	assert_counter(json_object_get(counters, "pass"));
	assert_counter(json_object_get(counters, "drop"));
	assert_keys(json_object_get(counters, "reasons"), reasons);
	for (size_t i = 0; reasons[i]; i++)
		assert_counter(json_object_get(json_object_get(counters, "reasons"), reasons[i]));
	json_decref(status);
}

static void without_a_nic_status_json_has_the_same_keys(void **state)
{
	struct testbed *bed = testbed(state);

	json_t *status = json_of(portfw_ok(bed, "status --json"));
	ASSERT_KEYS(status, "schema", "version", "policy", "interfaces", "flows", "counters",
		    "ports", "protocols", "drift");
	assert_int_equal(json_array_size(json_object_get(status, "interfaces")), 0);
	json_decref(status);
}

static void counters_count_real_packets(void **state)
{
	enum { COUNT = 25, BYTES = 100, ETHERNET = 14, IPV4 = 20, IPV6 = 40, UDP_HEADER = 8 };
	struct testbed *bed = testbed(state);

	listen_on(bed, UDP, 53);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp 54");
	portfw_ok(bed, "allow udp 53");
	assert_answers(bed, {UDP, 53, OPEN}, {UDP, 54, FILTERED});
	long long denied = packets_of(bed, "deny"), denied_bytes = bytes_of(bed, "deny");
	long long allowed = packets_of(bed, "allow"), allowed_bytes = bytes_of(bed, "allow");
	send_datagrams(bed, &bed->peer, AF_INET, 54, BYTES, COUNT);
	send_datagrams(bed, &bed->peer, AF_INET6, 53, BYTES, COUNT);
	wait_until(packets_of(bed, "deny") - denied >= COUNT);
	wait_until(packets_of(bed, "allow") - allowed >= COUNT);
	assert_int_equal(packets_of(bed, "deny") - denied, COUNT);
	assert_int_equal(packets_of(bed, "allow") - allowed, COUNT);
	assert_int_equal(bytes_of(bed, "deny") - denied_bytes,
			 COUNT * (ETHERNET + IPV4 + UDP_HEADER + BYTES));
	assert_int_equal(bytes_of(bed, "allow") - allowed_bytes,
			 COUNT * (ETHERNET + IPV6 + UDP_HEADER + BYTES));
}

/* The peer sends packets of a protocol to the guarded host. */
static void send_raw(struct testbed *bed, int protocol, unsigned count)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	inet_pton(AF_INET, "10.77.0.1", &to.sin_addr);
	host_enter(bed, &bed->peer);
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(sendto(fd, "12345678", 8, 0, (struct sockaddr *)&to, sizeof(to)),
				 8);
	close(fd);
	host_leave(bed);
}

static void most_dropped_counts_every_protocol(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	send_datagrams(bed, &bed->peer, AF_INET, 54, 10, 40);
	send_raw(bed, IPPROTO_SCTP, 50);
	send_raw(bed, 253, 30);
	send_raw(bed, IPPROTO_ICMP, 20);
	wait_until(packets_of(bed, "default-deny") >= 120);
	assert_says(portfw_ok(bed, "status"),
		    "most dropped: sctp (50), udp 54 (40), proto 253 (30)");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const json_t *protocols = json_object_get(status, "protocols"), *entry;
	unsigned found = 0;
	for (size_t i = 0; (entry = json_array_get(protocols, i)); i++) {
		ASSERT_KEYS(entry, "proto", "verdict", "packets");
		if (strcmp(json_string_value(json_object_get(entry, "proto")), "253") != 0)
			continue;
		found++;
		assert_string_equal(json_string_value(json_object_get(entry, "verdict")), "drop");
		assert_int_equal(json_integer_value(json_object_get(entry, "packets")), 30);
	}
	assert_int_equal(found, 1);
	json_decref(status);
}

static void counters_survive_a_change_of_policy(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp 54");
	assert_answers(bed, {UDP, 54, FILTERED});
	long long denied = packets_of(bed, "deny");
	assert_true(denied >= 2);
	portfw_ok(bed, "allow udp 54");
	portfw_ok(bed, "default deny");
	assert_int_equal(packets_of(bed, "deny"), denied);
}

static void list_json_has_the_documented_keys(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy,
		 "attach eth0\ndefault deny\nallow tcp 22,80-90 on eth0 comment \"a\"\n");
	json_t *list = json_of(portfw_ok(bed, "list --json"));
	ASSERT_KEYS(list, "schema", "default", "attach", "rules", "blocks");
	assert_string_equal(json_string_value(json_object_get(list, "default")), "deny");
	json_t *rule = json_array_get(json_object_get(list, "rules"), 0);
	ASSERT_KEYS(rule, "action", "proto", "ports", "from", "on", "until", "seconds_left",
		    "comment");
	assert_string_equal(json_string_value(json_object_get(rule, "action")), "allow");
	assert_string_equal(json_string_value(json_object_get(rule, "proto")), "tcp");
	assert_string_equal(json_string_value(json_object_get(rule, "ports")), "22,80-90");
	assert_string_equal(json_string_value(json_object_get(rule, "on")), "eth0");
	assert_string_equal(json_string_value(json_object_get(rule, "comment")), "a");
	assert_true(json_is_null(json_object_get(rule, "from")));
	assert_true(json_is_null(json_object_get(rule, "until")));
	assert_true(json_is_null(json_object_get(rule, "seconds_left")));
	json_decref(list);
}

static void list_json_shows_times_sources_and_blocks(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "allow tcp 22 from 10.0.0.0/8 for 1h");
	portfw_ok(bed, "block 192.0.2.1");
	portfw_ok(bed, "block 2001:db8::/32 for 1h");
	json_t *list = json_of(portfw_ok(bed, "list --json"));
	json_t *rule = json_array_get(json_object_get(list, "rules"), 0);
	assert_string_equal(json_string_value(json_object_get(rule, "from")), "10.0.0.0/8");
	assert_int_equal(json_string_length(json_object_get(rule, "until")), 20);
	assert_in_range(json_integer_value(json_object_get(rule, "seconds_left")), 3500, 3601);
	json_t *blocks = json_object_get(list, "blocks");
	assert_int_equal(json_array_size(blocks), 2);
	for (size_t i = 0; i < 2; i++)
		ASSERT_KEYS(json_array_get(blocks, i), "address", "until", "seconds_left");
	json_t *block = json_array_get(blocks, 0);
	assert_string_equal(json_string_value(json_object_get(block, "address")), "192.0.2.1");
	assert_true(json_is_null(json_object_get(block, "until")));
	block = json_array_get(blocks, 1);
	assert_string_equal(json_string_value(json_object_get(block, "address")), "2001:db8::/32");
	assert_in_range(json_integer_value(json_object_get(block, "seconds_left")), 3500, 3601);
	json_decref(list);
}

static void every_command_that_prints_data_prints_json(void **state)
{
	struct testbed *bed = testbed(state);

	file_put("/run/wrong", "allow 22\n");
	file_put("/run/other", "default deny\n");
	portfw_ok(bed, "attach eth0");
	json_t *json = json_of(portfw_fails(bed, 2, "check --json /run/wrong"));
	assert_true(json_is_false(json_object_get(json, "ok")));
	json_t *remark = json_array_get(json_object_get(json, "diagnostics"), 0);
	ASSERT_KEYS(remark, "severity", "line", "column", "text");
	json_decref(json);
	json = json_of(portfw_fails(bed, 4, "diff --json /run/other"));
	ASSERT_KEYS(json, "schema", "changed", "changes");
	assert_int_equal(json_array_size(json_object_get(json, "changes")), 2);
	json_decref(json);
	json = json_of(portfw_ok(bed, "version --json"));
	ASSERT_KEYS(json, "schema", "version", "abi");
	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	json_decref(json);
	json_decref(json_of(portfw_ok(bed, "allow tcp 22 --json")));
	json_decref(json_of(portfw_ok(bed, "-j -n apply /run/other")));
}

/* What a command said on standard error, which is one JSON object, to be released. */
static json_t *errors_of(const struct run *run)
{
	json_error_t error;
	json_t *json = json_loads(run->err, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("not JSON: line %d: %s: %s", error.line, error.text, run->err);
	ASSERT_KEYS(json, "schema", "command", "status", "errors", "warnings", "notes", "places");
	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), run->status);
	return json;
}

/* With --json it fails with the status, and has that to say. */
static void check_error(struct testbed *bed, const char *words, int status, const char *command,
			const char *text)
{
	json_t *json = errors_of(portfw_fails(bed, status, "%s", words));
	const json_t *list = json_object_get(json, "errors");
	const char *name = json_string_value(json_object_get(json, "command"));

	assert_int_equal(json_array_size(list), 1);
	if (!strstr(json_string_value(json_array_get(list, 0)), text))
		fail_msg("%s: %s", words, json_string_value(json_array_get(list, 0)));
	assert_string_equal(name ? name : "null", command);
	json_decref(json);
}

static void errors_are_one_json_object_with_json(void **state)
{
	struct testbed *bed = testbed(state);

	check_error(bed, "--json allow 22", 2, "allow", "\"22\" has no protocol");
	check_error(bed, "frobnicate --json", 2, "null", "frobnicate: no such command");
	check_error(bed, "-j", 2, "null", "usage: portfw");
	check_error(bed, "allow tcp 22 --frob --json", 2, "allow", "--frob: no such option");
	check_error(bed, "status --all -j", 2, "status", "--all");
	check_error(bed, "-j allow tcp \"2\n2\"", 2, "allow", "2");
	check_error(bed, "--json confirm", 1, "confirm", "no trial runs");
	portfw_ok(bed, "attach eth0");
	bed->session = "10.77.0.2 51234 10.77.0.1 22";
	check_error(bed, "--json lockdown keep 10.9.9.9", 3, "lockdown", "refused");
	bed->session = NULL;
	struct run *run = shell_ok(bed, &bed->guarded,
				   "s=0; $PORTFW list --json >/dev/full || s=$?; [ $s -eq 1 ]");
	assert_complains(run, "standard output: No space left on device\"");
	assert_silent(portfw_ok(bed, "allow tcp 22 --json"));
	assert_silent(portfw_ok(bed, "status --json"));
}

static void places_and_warnings_are_in_that_object(void **state)
{
	struct testbed *bed = testbed(state);

	file_put("/run/wrong", "allow tcp 22\nallow 22\n  deny tcp\n");
	json_t *json = errors_of(portfw_fails(bed, 2, "--json apply /run/wrong"));
	const json_t *places = json_object_get(json, "places");
	assert_int_equal(json_array_size(places), 2);
	const json_t *place = json_array_get(places, 0);
	ASSERT_KEYS(place, "file", "line", "column", "severity", "text");
	assert_string_equal(json_string_value(json_object_get(place, "file")), "/run/wrong");
	assert_int_equal(json_integer_value(json_object_get(place, "line")), 2);
	assert_int_equal(json_integer_value(json_object_get(place, "column")), 7);
	assert_string_equal(json_string_value(json_object_get(place, "severity")), "error");
	json_decref(json);

	file_put("/run/warned", "allow tcp 22\nallow tcp 22\n");
	struct run *run = portfw_ok(bed, "--json apply /run/warned");
	json_decref(json_of(run));
	json = errors_of(run);
	assert_int_equal(json_array_size(json_object_get(json, "errors")), 0);
	assert_int_equal(json_array_size(json_object_get(json, "places")), 1);
	json_decref(json);
}

/* --- Exit statuses and options ------------------------------------------------------------- */

static void diff_exits_4_when_policies_differ_and_0_when_not(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "allow tcp 22");
	file_put("/run/other", "allow tcp 22-23\n");
	assert_prints(portfw_fails(bed, 4, "diff /run/other"), "+ allow tcp 23\n");
	file_put("/run/other", "allow 22/tcp # the same\n");
	portfw_ok(bed, "diff /run/other");
}

static void help_and_version_exit_0(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *list = portfw_ok(bed, "help");

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char usage[64];
		snprintf(usage, sizeof(usage), "usage: portfw %s", commands[i]);
		assert_says(list, commands[i]);
		struct run *help = portfw_ok(bed, "help %s", commands[i]);
		assert_says(help, usage);
		assert_silent(help);
		assert_prints(portfw_ok(bed, "%s --help", commands[i]), help->out);
	}
	assert_prints(portfw_ok(bed, "--help"), list->out);
	assert_says(portfw_ok(bed, "version"), "portfw 0.");
	assert_prints(portfw_ok(bed, "--version"), portfw_ok(bed, "version")->out);
}

static void help_needs_no_privileges(void **state)
{
	struct testbed *bed = testbed(state);

	run_expect(portfw_as_nobody(bed, "help"), 0, __FILE__, __LINE__);
	run_expect(portfw_as_nobody(bed, "version"), 0, __FILE__, __LINE__);
}

static void a_plain_user_gets_one_line_with_the_missing_capabilities(void **state)
{
	static const char *const words[] = {"attach eth0",
					    "allow tcp 22",
					    "default deny",
					    "status",
					    "flows",
					    "detach --all",
					    "restore",
					    "reset",
					    "undo",
					    "confirm",
					    "rollback",
					    "block 192.0.2.1",
					    "unblock 192.0.2.1",
					    "deny tcp 22 --confirm 1h"};
	struct testbed *bed = testbed(state);
	char *before = testbed_record(bed);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct run *run =
			run_expect(portfw_as_nobody(bed, "%s", words[i]), 1, __FILE__, __LINE__);
		assert_prints(run, "");
		assert_complains(run, "missing CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON");
		assert_ptr_equal(strchr(run->err, '\n'), run->err + strlen(run->err) - 1);
	}
	assert_unchanged(bed, before);
}

static void dry_run_touches_nothing(void **state)
{
	static const char *const words[] = {"attach eth0",
					    "allow tcp 80",
					    "deny tcp 22",
					    "delete tcp 22",
					    "default deny",
					    "apply /run/other",
					    "reset",
					    "restore",
					    "detach eth0",
					    "detach --all",
					    "block 192.0.2.1",
					    "unblock 192.0.2.9",
					    "undo",
					    "deny tcp 22 from 10.0.0.0/8 for 1h",
					    "attach --mode generic eth0"};
	struct testbed *bed = testbed(state);

	file_put("/run/other", "default deny\nallow tcp 1-1000\n");
	portfw_ok(bed, "allow tcp 23");
	portfw_ok(bed, "block 192.0.2.9");
	for (int attached = 0; attached < 2; attached++) {
		char *before = testbed_record(bed);
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (!attached || i + 1 < sizeof(words) / sizeof(words[0]))
				portfw_ok(bed, "-n %s", words[i]);
		assert_unchanged(bed, before);
		portfw_ok(bed, "attach eth0");
		portfw_ok(bed, "allow tcp 22");
	}
	assert_prints(portfw_ok(bed, "-n allow tcp 80"), "+ allow tcp 80\n");
}

static void quiet_commands_print_their_data_alone(void **state)
{
	static const char *const words[] = {"attach eth0",
					    "attach eth0",
					    "allow tcp 22",
					    "allow tcp 22",
					    "delete tcp 22",
					    "restore",
					    "default allow",
					    "apply /run/other",
					    "check /run/other",
					    "diff /run/other",
					    "reset",
					    "undo",
					    "block 192.0.2.1",
					    "unblock 192.0.2.1",
					    "deny tcp 22 for 1h",
					    "deny tcp 22 --confirm 1h",
					    "rollback",
					    "deny tcp 23 --confirm 1h",
					    "confirm",
					    "detach eth0",
					    "detach --all"};
	struct testbed *bed = testbed(state);

	file_put("/run/other", "default allow\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct run *run = portfw_ok(bed, "-q %s", words[i]);
		assert_prints(run, "");
		assert_silent(run);
	}
	assert_prints(portfw_ok(bed, "-q list"), portfw_ok(bed, "list")->out);
	assert_prints(portfw_ok(bed, "-q status"), portfw_ok(bed, "status")->out);
}

static void output_that_cannot_be_written_is_a_failure(void **state)
{
	static const char *const words[] = {"list",    "status",	  "status --json", "help",
					    "version", "allow tcp 22 -n", "help allow"};
	struct testbed *bed = testbed(state);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct run *run =
			run_expect(shell(bed, &bed->guarded, "$PORTFW %s >/dev/full", words[i]), 1,
				   __FILE__, __LINE__);
		assert_complains(run, "No space left on device");
	}
}

static void without_a_nic_a_change_is_saved_and_said_to_be_without_effect(void **state)
{
	struct testbed *bed = testbed(state);

	assert_says(portfw_ok(bed, "allow tcp 22"), "nothing enforces it yet");
	assert_prints(portfw_ok(bed, "list"), "default allow\nallow tcp 22\n");
	assert_says(portfw_ok(bed, "status"), "no NIC is attached");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void default_deny_warns_that_ssh_is_closed(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	assert_complains(portfw_ok(bed, "default deny"), "warning: tcp 22 is not allowed");
	assert_silent(portfw_ok(bed, "default deny"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(status_json_has_the_documented_keys),
		TESTBED_TEST(status_shows_times_and_blocks),
		TESTBED_TEST(status_json_counts_every_reason),
		TESTBED_TEST(without_a_nic_status_json_has_the_same_keys),
		TESTBED_TEST(counters_count_real_packets),
		TESTBED_TEST(most_dropped_counts_every_protocol),
		TESTBED_TEST(counters_survive_a_change_of_policy),
		TESTBED_TEST(list_json_has_the_documented_keys),
		TESTBED_TEST(list_json_shows_times_sources_and_blocks),
		TESTBED_TEST(every_command_that_prints_data_prints_json),
		TESTBED_TEST(errors_are_one_json_object_with_json),
		TESTBED_TEST(places_and_warnings_are_in_that_object),
		TESTBED_TEST(diff_exits_4_when_policies_differ_and_0_when_not),
		TESTBED_TEST(help_and_version_exit_0),
		TESTBED_TEST(help_needs_no_privileges),
		TESTBED_TEST(a_plain_user_gets_one_line_with_the_missing_capabilities),
		TESTBED_TEST(dry_run_touches_nothing),
		TESTBED_TEST(quiet_commands_print_their_data_alone),
		TESTBED_TEST(output_that_cannot_be_written_is_a_failure),
		TESTBED_TEST(without_a_nic_a_change_is_saved_and_said_to_be_without_effect),
		TESTBED_TEST(default_deny_warns_that_ssh_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
