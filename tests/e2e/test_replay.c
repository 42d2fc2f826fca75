/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures, judged after the fact. */
#include "command.h"
#include "counter.h"
#include "probe.h"
#include "record.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPTURE "/run/capture.pcap"

static void need(struct testbed *bed, const char *program)
{
	char reason[64];

	snprintf(reason, sizeof(reason), "needs %s", program);
	if (shell(bed, &bed->guarded, "command -v %s", program)->status)
		skip_because(reason);
}

/* --- Traffic -------------------------------------------------------------------------------- */

static void start_web_server(struct testbed *bed)
{
	file_put("/run/nginx.conf",
		 "daemon off; master_process off; pid /run/nginx.pid; error_log /run/nginx.log;\n"
		 "events {}\n"
		 "http { access_log off; client_body_temp_path /run/nginx.body;\n"
		 "  proxy_temp_path /run/nginx.proxy; fastcgi_temp_path /run/nginx.fastcgi;\n"
		 "  uwsgi_temp_path /run/nginx.uwsgi; scgi_temp_path /run/nginx.scgi;\n"
		 "  server { listen 80; listen [::]:80; root /run/www; } }\n");
	shell_ok(bed, &bed->peer,
		 "mkdir /run/www\n"
		 "echo '<img src=1><img src=2>' >/run/www/index.html\n"
		 "for i in 1 2 3 4 5 6; do head -c ${i}00000 /dev/zero >/run/www/$i; done");
	if (testbed_fork(bed) == 0) {
		host_enter(bed, &bed->peer);
		execlp("nginx", "nginx", "-c", "/run/nginx.conf", NULL);
		_exit(127);
	}
	shell_ok(bed, &bed->peer,
		 "for i in $(seq 100); do curl -s -o /dev/null 10.77.0.2 && exit; sleep 0.1; done\n"
		 "cat /run/nginx.log; exit 1");
}

/* The page, then what is on it, in parallel and over both families. */
static void browse(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "for host in 10.77.0.2 '[fd77:0::2]'; do\n"
		 "  curl -gsSf http://$host/ >/dev/null\n"
		 "  curl -gsSf -Z -o /dev/null -o /dev/null -o /dev/null -o /dev/null \\\n"
		 "    http://$host/1 http://$host/2 http://$host/3 http://$host/4 &\n"
		 "  curl -gsSf -o /dev/null -o /dev/null http://$host/5 http://$host/6\n"
		 "  wait\n"
		 "done\n"
		 "ping -n -q -c 2 -i 0.2 10.77.0.2 >/dev/null\n"
		 "ping -n -q -c 2 -i 0.2 fd77:0::2 >/dev/null");
}

/* A datagram from a port that a rule denies, and its answer. */
static void ask(struct testbed *bed)
{
	host_enter(bed, &bed->peer);
	int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	host_enter(bed, &bed->guarded);
	int client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(123)};
	socklen_t size = sizeof(here);
	char byte = '?';

	there.sin_addr.s_addr = inet_addr("10.77.0.2");
	assert_int_equal(bind(server, (struct sockaddr *)&there, sizeof(there)), 0);
	assert_int_equal(bind(client, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&there, sizeof(there)), 0);
	assert_int_equal(send(client, &byte, 1, 0), 1);
	assert_int_equal(recvfrom(server, &byte, 1, 0, (struct sockaddr *)&here, &size), 1);
	assert_int_equal(sendto(server, &byte, 1, 0, (struct sockaddr *)&here, size), 1);
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	close(client);
	close(server);
}

static void scan(struct testbed *bed)
{
	static const char *const kinds[] = {"-sS -p1-600",    "-sA -p20-60", "-sU -p50-60,123",
					    "-sS -f -p22-30", "-sX -p22,80", "-6 -sS -p1-100"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		shell_ok(bed, &bed->peer,
			 "nmap -n -Pn -T4 --max-retries 1 --max-rate 2000 %s %s >/dev/null",
			 kinds[i], strstr(kinds[i], "-6") ? "fd77:0::1" : "10.77.0.1");
}

/* SYNs from addresses that change, and datagrams. Slowly enough for the NIC to take them all. */
static void flood(struct testbed *bed)
{
	enum { PACKETS = 3000, AT_ONCE = 32 };
	struct sockaddr_in to = {.sin_family = AF_INET};

	to.sin_addr.s_addr = inet_addr("10.77.0.1");
	host_enter(bed, &bed->peer);
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	host_leave(bed);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < PACKETS; i++) {
		struct {
			struct iphdr ip;
			struct tcphdr tcp;
		} packet = {
			.ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP},
			.tcp = {.doff = 5, .syn = 1},
		};
		packet.ip.tot_len = htons(sizeof(packet));
		packet.ip.saddr = htonl(0x0a630000 + i * 7919 % 60000);
		packet.ip.daddr = to.sin_addr.s_addr;
		packet.tcp.source = htons((uint16_t)(1024 + i));
		packet.tcp.dest = htons(i % 3 ? 22 : 23);
		assert_int_equal(
			sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)),
			sizeof(packet));
		if (i % AT_ONCE == 0) {
			send_datagrams(bed, &bed->peer, i % 64 ? AF_INET : AF_INET6, 1900, 64,
				       AT_ONCE / 2);
			pause_briefly();
		}
	}
	close(fd);
}

/* --- Comparing ------------------------------------------------------------------------------ */

static json_t *live_counters(struct testbed *bed)
{
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *reasons = json_object_get(json_object_get(status, "counters"), "reasons");

	json_incref(reasons);
	json_decref(status);
	return reasons;
}

/* Counters that have stopped changing. */
static json_t *quiet_counters(struct testbed *bed)
{
	enum { QUIET_MS = 300 };
	json_t *before = live_counters(bed), *after;
	int64_t since = now_ms(), deadline = since + 30000;

	while (now_ms() < since + QUIET_MS) {
		assert_true(now_ms() < deadline);
		pause_briefly();
		after = live_counters(bed);
		if (!json_equal(before, after))
			since = now_ms();
		json_decref(before);
		before = after;
	}
	return before;
}

/* What `replay` says of the capture: the counters of its last policy; the whole in *all. */
static json_t *replayed_counters(struct testbed *bed, json_t **all)
{
	*all = json_of(portfw_ok(bed, "replay " CAPTURE " --json"));
	json_t *policy = json_array_get(json_object_get(*all, "policies"), 0);

	return json_object_get(json_object_get(policy, "counters"), "reasons");
}

static long long number(const json_t *reasons, const char *reason, const char *unit)
{
	const json_t *value = json_object_get(json_object_get(reasons, reason), unit);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void assert_equal_counters(const json_t *before, const json_t *after, const json_t *replayed)
{
	static const char *const units[] = {"packets", "bytes"};
	bool equal = true;
	void *at;

	for (at = json_object_iter((json_t *)after); at;
	     at = json_object_iter_next((json_t *)after, at)) {
		const char *reason = json_object_iter_key(at);
		for (size_t i = 0; i < 2; i++) {
			long long live =
				number(after, reason, units[i]) - number(before, reason, units[i]);
			long long told = number(replayed, reason, units[i]);
			equal = equal && live == told;
			if (live || told)
				print_message("%s: %lld %s live, %lld replayed\n", reason, live,
					      units[i], told);
		}
	}
	assert_true(equal);
}

static void enforce(struct testbed *bed)
{
	nic_split_packets(bed, &bed->guarded, "eth0");
	nic_split_packets(bed, &bed->peer, "eth0");
	listen_on(bed, TCP, 22);
	testbed_add_address(bed, "10.1.2.3");
	file_put(bed->policy, "default deny\nallow tcp 22\nallow tcp 80 from 10.0.0.0/8 on eth0\n"
			      "deny udp 123\ndeny tcp 40-50\nallow udp 55-58\n");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "block 10.1.2.3");
}

/* A line of the output for people. */
static void assert_counts(const struct run *run, const char *what, unsigned packets)
{
	char line[64];

	snprintf(line, sizeof(line), "%-15s %15u packets", what, packets);
	assert_says(run, line);
}

/* --- Tests ---------------------------------------------------------------------------------- */

/* Records while nothing is sent that is not the test's: false, for once something was, at the very
 * moment at which the counters were read. */
static bool record_traffic(struct testbed *bed, json_t **before, json_t **after)
{
	struct recorder recorder;
	bool quiet;

	json_decref(quiet_counters(bed));
	recorder = record_start(bed, &bed->peer, "eth0", CAPTURE);
	*before = live_counters(bed);
	quiet = strcmp(shell_ok(bed, &bed->guarded, "wc -c <" CAPTURE)->out, "24\n") == 0;
	browse(bed);
	ask(bed);
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 45, FILTERED});
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	scan(bed);
	flood(bed);
	*after = quiet_counters(bed);
	record_stop(bed, &recorder);
	json_t *last = live_counters(bed);
	quiet = quiet && json_equal(*after, last);
	json_decref(last);
	return quiet;
}

static void a_replay_of_browsing_a_scan_and_a_flood_equals_the_live_counters(void **state)
{
	enum { ATTEMPTS = 4 };
	struct testbed *bed = testbed(state);
	json_t *before, *after, *all;

	need(bed, "nginx");
	need(bed, "curl");
	need(bed, "nmap");
	start_web_server(bed);
	enforce(bed);
	for (int i = 0; !record_traffic(bed, &before, &after); i++) {
		assert_true(i < ATTEMPTS);
		json_decref(before);
		json_decref(after);
	}
	json_t *replayed = replayed_counters(bed, &all);
	assert_equal_counters(before, after, replayed);
	assert_true(number(replayed, "reply", "packets") > 100);
	assert_true(number(replayed, "default-deny", "packets") > 1000);
	assert_true(number(replayed, "allow", "packets") > 1000);
	assert_true(number(replayed, "deny", "packets") > 0);
	assert_true(number(replayed, "malformed", "packets") > 0);
	assert_true(number(replayed, "blocked", "packets") > 0);
	json_decref(before);
	json_decref(after);
	json_decref(all);
}

/* A few packets to allowed and denied ports. */
static void record_knocks(struct testbed *bed)
{
	struct recorder recorder = record_start(bed, &bed->peer, "eth0", CAPTURE);

	send_datagrams(bed, &bed->peer, AF_INET, 22, 10, 3);
	send_datagrams(bed, &bed->peer, AF_INET, 55, 10, 5);
	send_datagrams(bed, &bed->peer, AF_INET6, 123, 10, 2);
	pause_briefly();
	record_stop(bed, &recorder);
}

static void diff_shows_the_packets_whose_verdict_a_candidate_changes(void **state)
{
	struct testbed *bed = testbed(state);

	enforce(bed);
	record_knocks(bed);
	file_put("/run/candidate", "default deny\nallow udp 123\n");
	struct run *run = portfw_fails(bed, 4, "replay " CAPTURE " --policy /run/candidate --diff");
	assert_says(run, ":55: pass allow -> drop default-deny");
	assert_says(run, "]:123: drop deny -> pass allow");
	assert_says_not(run, ":22: ");
	assert_says(run, "5 packets that passed would drop, 2 that dropped would pass");
	assert_says(run, "old: the policy in force");
	assert_says(run, "new: /run/candidate");

	run = portfw_ok(bed, "replay " CAPTURE " --policy /run/candidate");
	assert_says(run, "judged by /run/candidate");
	assert_counts(run, "  allow", 2);

	file_put("/run/candidate", "default deny\nallow udp 55\ndeny udp 123\n");
	run = portfw_ok(bed, "replay " CAPTURE " --policy /run/candidate --diff");
	assert_says(run, "0 packets that passed would drop, 0 that dropped would pass");
}

static void where_nothing_is_enforced_the_policy_file_judges_and_the_output_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	enforce(bed);
	record_knocks(bed);
	assert_says(portfw_ok(bed, "replay " CAPTURE), "judged by the policy in force\n");
	portfw_ok(bed, "detach --all");
	struct run *run = portfw_ok(bed, "replay " CAPTURE);
	assert_says(run, "policy (no NIC is attached)");
	assert_counts(run, "  allow", 5);
	shell_ok(bed, &bed->guarded, "chmod -R a+rX /run");
	file_put("/run/candidate", "default deny\n");
	shell_ok(bed, &bed->guarded, "chmod a+r /run/candidate " CAPTURE);
	run = portfw_as_nobody(bed, "replay " CAPTURE " --policy /run/candidate");
	run_expect(run, 0, __FILE__, __LINE__);
	assert_says(run, "  default-deny");
	portfw_ok(bed, "reset");
	unlink(bed->policy);
	assert_says(portfw_ok(bed, "replay " CAPTURE), "which does not exist: default allow");
}

static void a_capture_that_ends_in_a_packet_is_judged_up_to_there(void **state)
{
	struct testbed *bed = testbed(state);

	enforce(bed);
	record_knocks(bed);
	shell_ok(bed, &bed->guarded, "head -c 200 " CAPTURE " >/run/short.pcap");
	struct run *run = portfw_fails(bed, 1, "replay /run/short.pcap");
	assert_says(run, "/run/short.pcap: 2 packets");
	assert_complains(run, "portfw: replay: /run/short.pcap: truncated dump file");
	shell_ok(bed, &bed->guarded, "$PORTFW replay - <" CAPTURE " | grep -q '<stdin>: '");

	run = portfw_fails(bed, 1, "replay /run/candidates");
	assert_complains(run, "portfw: replay: /run/candidates: No such file or directory");
	file_put("/run/text", "not a capture, but a text of some length\n");
	run = portfw_fails(bed, 1, "replay /run/text");
	assert_complains(run, "portfw: replay: /run/text: not a capture");
	assert_says_not(run, "passed");
}

static void words_that_make_no_sense_are_refused_before_anything_is_read(void **state)
{
	struct testbed *bed = testbed(state);

	assert_complains(portfw_fails(bed, 2, "replay"), "usage: ");
	assert_complains(portfw_fails(bed, 2, "replay a b"), "b: unexpected word");
	assert_complains(portfw_fails(bed, 2, "replay a --diff"), "--policy FILE is missing");
	assert_complains(portfw_fails(bed, 2, "replay - --policy -"), "cannot be both");
	assert_complains(portfw_fails(bed, 2, "replay a --local b"), "not an IPv4 or IPv6 address");
	assert_complains(portfw_fails(bed, 2, "replay a --local 10.0.0.1/8"), "write 10.0.0.0/8");
	assert_complains(portfw_fails(bed, 2, "replay a --on no/nic"), "no/nic");
	file_put("/run/candidate", "default maybe\n");
	assert_complains(portfw_fails(bed, 2, "replay a --policy /run/candidate"),
			 "/run/candidate:1:9: error: ");
}

static void local_addresses_may_stand_on_both_sides_of_the_file(void **state)
{
	struct testbed *bed = testbed(state);
	static const char *const ways[] = {
		"--local 10.77.0.2 fd77::2 " CAPTURE,
		CAPTURE " --local 10.77.0.2,fd77::2",
		"--local 10.77.0.2 " CAPTURE " --local fd77::2",
		"--local 10.77.0.2/32 " CAPTURE " fd77::/64",
	};

	enforce(bed);
	record_knocks(bed);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* The peer's side: what it sent left. */
		struct run *run = portfw_ok(bed, "replay %s", ways[i]);
		assert_counts(run, "dropped", 0);
	}
	assert_says(portfw_ok(bed, "replay " CAPTURE " --local 192.0.2.1"),
		    "--local ADDR says which addresses are those of the host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_replay_of_browsing_a_scan_and_a_flood_equals_the_live_counters),
		TESTBED_TEST(diff_shows_the_packets_whose_verdict_a_candidate_changes),
		TESTBED_TEST(
			where_nothing_is_enforced_the_policy_file_judges_and_the_output_says_so),
		TESTBED_TEST(a_capture_that_ends_in_a_packet_is_judged_up_to_there),
		TESTBED_TEST(words_that_make_no_sense_are_refused_before_anything_is_read),
		TESTBED_TEST(local_addresses_may_stand_on_both_sides_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
