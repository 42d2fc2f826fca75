/* SPDX-License-Identifier: GPL-2.0-only */
/* The guarded host's own connections under default deny, made by the programs that people use. */
#include "command.h"
#include "counter.h"
#include "probe.h"
#include "service.h"

#include <stdio.h>
#include <stdlib.h>

/* The peer, as an address and in a URL. */
static const struct family {
	const char *peer, *in_url, *guarded;
} both[] = {
	{"10.77.0.2", "10.77.0.2", "10.77.0.1"},
	{"fd77:0::2", "[fd77:0::2]", "fd77:0::1"},
};

static void attach_default_deny(struct testbed *bed)
{
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "default deny");
}

/* Answers came in as replies, and nothing was lost. */
static void check_replies_passed(struct testbed *bed)
{
	assert_true(packets_of(bed, "reply") > 0);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	assert_int_equal(packets_of(bed, "deny"), 0);
	assert_int_equal(packets_of(bed, "malformed"), 0);
}

static void curl_gets_a_page_of_a_web_server(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("curl nginx");
	web_start(bed, 0);
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		struct run *run =
			shell_ok(bed, &bed->guarded,
				 "curl -sSg -m 20 --noproxy '*' http://%s/hello", both[i].in_url);
		assert_prints(run, "hello\n");
	}
	check_replies_passed(bed);
}

static void what_the_guarded_host_reaches_does_not_reach_it(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("curl nginx");
	web_start(bed, 0);
	attach_default_deny(bed);
	listen_on(bed, TCP, 80);
	listen_on(bed, UDP, 80);
	listen_on(bed, TCP, 22);
	for (size_t i = 0; i < 2; i++)
		shell_ok(bed, &bed->guarded, "curl -sSg -m 20 --noproxy '*' http://%s/hello",
			 both[i].in_url);
	assert_answers(bed, {TCP, 80, FILTERED}, {UDP, 80, FILTERED}, {TCP, 22, OPEN});
}

static void a_large_download_loses_nothing(void **state)
{
	struct testbed *bed = testbed(state);
	unsigned mib = is_long_run() ? 1024 : 256;
	char expected[32];

	need_programs("curl nginx");
	web_start(bed, mib);
	attach_default_deny(bed);
	snprintf(expected, sizeof(expected), "200 %llu\n", (unsigned long long)mib << 20);
	for (size_t i = 0; i < 2; i++) {
		struct run *run =
			shell_ok(bed, &bed->guarded,
				 "curl -sSg -m 50 --noproxy '*' -o /dev/null "
				 "-w '%%{http_code} %%{size_download}\\n' http://%s/large",
				 both[i].in_url);
		assert_prints(run, expected);
	}
	check_replies_passed(bed);
}

static void dig_resolves_over_udp_and_tcp(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("dig dnsmasq");
	pid_t server = service_start(
		bed, &bed->peer, "dnsmasq",
		"exec dnsmasq -k --user=root --conf-file=/dev/null --no-hosts --no-resolv "
		"--pid-file= --log-facility=- --address=/www.example.test/198.51.100.7 "
		"--address=/www.example.test/2001:db8::7");
	service_listens(bed, &bed->peer, server, "dnsmasq", UDP, 53);
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		for (size_t tcp = 0; tcp < 2; tcp++) {
			struct run *run = shell_ok(
				bed, &bed->guarded,
				"for type in A AAAA; do dig +%s +short +time=10 +tries=2 @%s "
				"www.example.test $type; done",
				tcp ? "tcp" : "notcp", both[i].peer);
			assert_prints(run, "198.51.100.7\n2001:db8::7\n");
		}
	}
	check_replies_passed(bed);
}

/* The server gives out the machine's time as it is, the client (-Q) only prints the difference, and
 * neither may set a clock. */
static void chronyd_asks_a_time_server(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("chronyd setpriv");
	pid_t server = service_start(
		bed, &bed->peer, "chronyd",
		"mkdir -p /run/time\n"
		"printf '%%s\\n' 'local stratum 8' 'allow all' 'cmdport 0' 'bindcmdaddress /' "
		"'pidfile /run/time/pid' 'user root' >/run/time/configuration\n"
		"exec chronyd -x -d -f /run/time/configuration");
	service_listens(bed, &bed->peer, server, "chronyd", UDP, 123);
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		struct run *run = shell_ok(
			bed, &bed->guarded,
			"exec setpriv --bounding-set=-sys_time chronyd -Q -x -t 30 'user root' "
			"'pidfile /run/time/client' 'server %s iburst maxsamples 1' 2>&1",
			both[i].peer);
		assert_says(run, "System clock wrong by");
	}
	check_replies_passed(bed);
}

static void check_iperf(struct testbed *bed, const char *options)
{
	int seconds = is_long_run() ? 10 : 2;

	for (size_t i = 0; i < 2; i++) {
		struct run *run =
			shell_ok(bed, &bed->guarded, "timeout %d iperf3 -J -c %s -t %d %s",
				 seconds + 20, both[i].peer, seconds, options);
		json_t *result = json_of(run);
		json_t *sum = json_object_get(json_object_get(result, "end"), "sum_received");

		if (!sum) /* of datagrams */
			sum = json_object_get(json_object_get(result, "end"), "sum");
		assert_true(json_number_value(json_object_get(sum, "bytes")) > 1 << 20);
		json_decref(result);
	}
	check_replies_passed(bed);
}

static void iperf3_sends_and_receives_over_tcp(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("iperf3");
	iperf_start(bed, &bed->peer);
	attach_default_deny(bed);
	check_iperf(bed, "");
	check_iperf(bed, "-R");
}

static void iperf3_sends_and_receives_over_udp(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("iperf3");
	iperf_start(bed, &bed->peer);
	attach_default_deny(bed);
	check_iperf(bed, "-u -b 20M");
	check_iperf(bed, "-u -b 20M -R");
}

static void ping_works_both_ways(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("ping");
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		shell_ok(bed, &bed->guarded, "ping -c3 -i0.2 -W8 %s", both[i].peer);
		shell_ok(bed, &bed->peer, "ping -c3 -i0.2 -W8 %s", both[i].guarded);
	}
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void own_pings_are_answered_where_a_rule_denies_those_of_others(void **state)
{
	struct testbed *bed = testbed(state);
	static const char *const rules[] = {"icmp", "icmp6"};

	need_programs("ping");
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		portfw_ok(bed, "deny %s", rules[i]);
		long long replies = packets_of(bed, "reply"), denied = packets_of(bed, "deny");
		shell_ok(bed, &bed->guarded, "ping -c3 -i0.2 -W8 %s", both[i].peer);
		assert_int_equal(packets_of(bed, "reply"), replies + 3);
		assert_int_equal(packets_of(bed, "deny"), denied);
		shell_ok(bed, &bed->peer, "! ping -c2 -i0.2 -W1 %s", both[i].guarded);
		assert_int_equal(packets_of(bed, "deny"), denied + 2);
		shell_ok(bed, &bed->guarded, "ping -c3 -i0.2 -W8 %s", both[i].peer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(curl_gets_a_page_of_a_web_server),
		TESTBED_TEST(what_the_guarded_host_reaches_does_not_reach_it),
		TESTBED_TEST(a_large_download_loses_nothing),
		TESTBED_TEST(dig_resolves_over_udp_and_tcp),
		TESTBED_TEST(chronyd_asks_a_time_server),
		TESTBED_TEST(iperf3_sends_and_receives_over_tcp),
		TESTBED_TEST(iperf3_sends_and_receives_over_udp),
		TESTBED_TEST(ping_works_both_ways),
		TESTBED_TEST(own_pings_are_answered_where_a_rule_denies_those_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
