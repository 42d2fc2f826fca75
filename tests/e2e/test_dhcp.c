/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses by DHCP under default deny: dnsmasq on the peer, real clients on the guarded host. */
#include "command.h"
#include "counter.h"
#include "service.h"

#include <signal.h>
#include <sys/socket.h>

/* A server that has nothing to wait for before it answers. */
static void dhcp_server_start(struct testbed *bed)
{
	pid_t server = service_start(
		bed, &bed->peer, "dnsmasq",
		"exec dnsmasq -k --user=root --conf-file=/dev/null --port=0 --pid-file= "
		"--log-facility=- --log-dhcp --dhcp-leasefile=/run/leases --dhcp-authoritative "
		"--no-ping --interface=eth0 --dhcp-range=10.77.0.100,10.77.0.199,2m "
		"--dhcp-range=fd77::100,fd77::1ff,64,2m");

	service_listens(bed, &bed->peer, server, "dnsmasq", SOCK_DGRAM, 67);
	service_listens(bed, &bed->peer, server, "dnsmasq", SOCK_DGRAM, 547);
}

static void attach_default_deny(struct testbed *bed)
{
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
}

/* --- IPv4 ---------------------------------------------------------------------------------- */

/* What udhcpc calls with what it got: tells it, and gives the address to the interface. */
static void make_script(struct testbed *bed)
{
	shell_ok(
		bed, &bed->guarded,
		"ip -4 addr flush dev eth0\n"
		"cat >/run/script <<'END'\n"
		"#!/bin/sh\n"
		"case $1 in bound|renew) ip addr replace \"$ip/$mask\" dev \"$interface\" ;; esac\n"
		"echo \"event: $1 $ip\"\n"
		"END\n"
		"chmod 755 /run/script\n");
}

#define UDHCPC "busybox udhcpc -f -i eth0 -s /run/script "

static void need_udhcpc(struct testbed *bed)
{
	need_programs("dnsmasq busybox ping");
	if (shell(bed, &bed->guarded, "busybox --list | grep -qx udhcpc")->status)
		skip_because("needs a busybox with udhcpc");
}

static void check_address_works(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "ip -4 addr show dev eth0 | grep 'inet 10.77.0.1[0-9][0-9]/24'");
	shell_ok(bed, &bed->guarded, "ping -c1 -W8 10.77.0.2");
}

static void an_ipv4_lease_is_obtained_and_renewed(void **state)
{
	struct testbed *bed = testbed(state);

	need_udhcpc(bed);
	dhcp_server_start(bed);
	make_script(bed);
	attach_default_deny(bed);
	pid_t client = service_start(bed, &bed->guarded, "udhcpc", "exec " UDHCPC);
	service_says(client, "udhcpc", "event: bound 10.77.0.1", 1);
	check_address_works(bed);
	assert_true(packets_of(bed, "dhcp") >= 2); /* offer and acknowledgement */
	for (unsigned n = 1; n <= 2; n++) {
		service_signal(client, SIGUSR1); /* renew: asks the server alone, by its address */
		service_says(client, "udhcpc", "event: renew 10.77.0.1", n);
		assert_true(service_said("dnsmasq", "DHCPACK") >= 1 + n);
	}
	check_address_works(bed);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static bool obtains_lease(struct testbed *bed)
{
	bool obtained =
		shell(bed, &bed->guarded, "timeout 30 " UDHCPC "-n -q -t 3 -T 1")->status == 0;

	shell_ok(bed, &bed->guarded, "ip -4 addr flush dev eth0");
	return obtained;
}

static void only_a_rule_for_exactly_its_port_stops_an_ipv4_lease(void **state)
{
	struct testbed *bed = testbed(state);

	need_udhcpc(bed);
	dhcp_server_start(bed);
	make_script(bed);
	attach_default_deny(bed);
	portfw_ok(bed, "deny udp all");
	assert_true(obtains_lease(bed));
	assert_int_equal(packets_of(bed, "deny"), 0);
	portfw_ok(bed, "deny udp 68");
	assert_false(obtains_lease(bed));
	assert_true(packets_of(bed, "deny") > 0);
	portfw_ok(bed, "delete udp 68");
	portfw_ok(bed, "deny udp 67-69");
	assert_true(obtains_lease(bed));
}

/* --- IPv6 ---------------------------------------------------------------------------------- */

/* dhclient under another name: a distribution may confine the one in its place to files of its
 * own. It changes nothing by itself; that it has a lease is seen in its file of leases. */
static void prepare_dhclient(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "cp \"$(command -v dhclient)\" /run/client\n"
		 "until ip -6 addr show dev eth0 scope link | grep -v tentative | grep -q inet6; "
		 "do\n"
		 "sleep 0.1; done\n");
}

#define DHCLIENT                                                                              \
	"timeout 50 /run/client -6 -d -v -cf /dev/null -lf /run/leases6 -pf /run/client.pid " \
	"-sf /bin/true "

static pid_t dhclient_start(struct testbed *bed)
{
	return service_start(bed, &bed->guarded, "dhclient", "exec " DHCLIENT "eth0");
}

/* The server gives times of a minute and more. So the lease that the client has written down is
 * made older, past the moment to renew it and before the one to ask others. */
static void grow_lease_older(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "starts=$(sed -n 's/^ *starts \\([0-9]*\\);/\\1/p' /run/leases6 | tail -n1)\n"
		 "sed -i \"s/starts [0-9]*;/starts $((starts - 62));/\" /run/leases6\n");
}

static void an_ipv6_lease_is_obtained_and_renewed(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("dnsmasq dhclient");
	dhcp_server_start(bed);
	prepare_dhclient(bed);
	attach_default_deny(bed);
	pid_t client = dhclient_start(bed);
	service_says(client, "dhclient", "Bound to lease", 1);
	assert_true(packets_of(bed, "dhcp") >= 2); /* advertisement and reply */
	service_stop(bed, client);
	shell_ok(bed, &bed->guarded, "grep 'iaaddr fd77::1' /run/leases6");
	assert_int_equal(service_said("dnsmasq", "DHCPRENEW"), 0);
	grow_lease_older(bed);
	client = dhclient_start(bed);
	service_says(client, "dhclient", "Bound to lease", 2); /* confirmed, then renewed */
	assert_true(service_said("dhclient", "Renewing lease") > 0);
	assert_true(service_said("dnsmasq", "DHCPRENEW") > 0);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void only_a_rule_for_exactly_its_port_stops_an_ipv6_lease(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("dnsmasq dhclient");
	dhcp_server_start(bed);
	prepare_dhclient(bed);
	attach_default_deny(bed);
	portfw_ok(bed, "deny udp 546");
	pid_t client = dhclient_start(bed);
	service_says(client, "dhclient", "Solicit on eth0", 2);
	assert_true(service_said("dnsmasq", "DHCPADVERTISE") > 0);
	assert_true(packets_of(bed, "deny") > 0);
	assert_int_equal(service_said("dhclient", "Advertise message"), 0);
	service_stop(bed, client);
	portfw_ok(bed, "delete udp 546");
	portfw_ok(bed, "deny udp all");
	client = dhclient_start(bed);
	service_says(client, "dhclient", "Bound to lease", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(an_ipv4_lease_is_obtained_and_renewed),
		TESTBED_TEST(only_a_rule_for_exactly_its_port_stops_an_ipv4_lease),
		TESTBED_TEST(an_ipv6_lease_is_obtained_and_renewed),
		TESTBED_TEST(only_a_rule_for_exactly_its_port_stops_an_ipv6_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
