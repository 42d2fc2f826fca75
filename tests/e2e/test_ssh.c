/* SPDX-License-Identifier: GPL-2.0-only */
/* Logins over ssh, to the guarded host and from it, under default deny. */
#include "command.h"
#include "counter.h"
#include "service.h"

#include <stdio.h>
#include <sys/socket.h>

static const struct family {
	const char *guarded, *peer;
} both[] = {
	{"10.77.0.1", "10.77.0.2"},
	{"fd77:0::1", "fd77:0::2"},
};

/* Keys for both ends; sshd lets root in only where its password is not locked. */
static void make_keys(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "mkdir -p /run/sshd /run/keys\n"
		 "ssh-keygen -q -t ed25519 -N '' -f /run/keys/server\n"
		 "ssh-keygen -q -t ed25519 -N '' -f /run/keys/user\n"
		 "(umask 077; sed 's/^root:[^:]*/root:*/' /etc/shadow >/run/keys/shadow)\n"
		 "mount --bind /run/keys/shadow /etc/shadow\n"
		 "printf '%%s\\n' 'HostKey /run/keys/server' 'PidFile none' 'StrictModes no' "
		 "'AuthorizedKeysFile /run/keys/user.pub' 'PermitRootLogin prohibit-password' "
		 "'PasswordAuthentication no' 'UsePAM no' 'PermitUserRC no' "
		 ">/run/keys/configuration\n");
}

static void sshd_start(struct testbed *bed, const struct host *host)
{
	pid_t server =
		service_start(bed, host, host->name,
			      "exec \"$(command -v sshd)\" -D -e -f /run/keys/configuration");

	service_listens(bed, host, server, host->name, SOCK_STREAM, 22);
}

static void start(struct testbed *bed)
{
	need_programs("sshd ssh ssh-keygen");
	make_keys(bed);
	sshd_start(bed, &bed->guarded);
	sshd_start(bed, &bed->peer);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "default deny");
}

#define SSH                                                                              \
	"ssh -F /dev/null -i /run/keys/user -o IdentitiesOnly=yes -o BatchMode=yes -o "  \
	"StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o " \
	"GlobalKnownHostsFile=/dev/null -o ConnectTimeout=20 "

/* Logs in by key from one host to the other, and moves data both ways. */
static void check_login(struct testbed *bed, const struct host *from, const char *source,
			const char *target)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s %s 22\n", source, target);
	assert_prints(shell_ok(bed, from,
			       "timeout 25 " SSH
			       "root@%s 'echo $SSH_CONNECTION' | cut -d' ' -f1,3,4",
			       target),
		      expected);
	assert_prints(shell_ok(bed, from,
			       "head -c 3000000 /dev/zero | timeout 25 " SSH "root@%s cat | wc -c",
			       target),
		      "3000000\n");
}

static void others_log_in_to_the_allowed_port(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	check_login(bed, &bed->peer, "10.77.0.2", "10.77.0.1");
	check_login(bed, &bed->peer, "fd77::2", "fd77::1");
	assert_true(packets_of(bed, "allow") > 0);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void the_guarded_host_logs_in_elsewhere(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	check_login(bed, &bed->guarded, "10.77.0.1", "10.77.0.2");
	check_login(bed, &bed->guarded, "fd77::1", "fd77::2");
	assert_true(packets_of(bed, "reply") > 0);
	assert_int_equal(packets_of(bed, "allow"), 0);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void without_the_rule_others_cannot_log_in_but_the_guarded_host_still_can(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "delete tcp 22");
	for (size_t i = 0; i < 2; i++) {
		shell_ok(bed, &bed->peer, "! timeout 2 " SSH "root@%s true", both[i].guarded);
		shell_ok(bed, &bed->guarded, "timeout 25 " SSH "root@%s true", both[i].peer);
	}
	assert_true(packets_of(bed, "default-deny") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(others_log_in_to_the_allowed_port),
		TESTBED_TEST(the_guarded_host_logs_in_elsewhere),
		TESTBED_TEST(without_the_rule_others_cannot_log_in_but_the_guarded_host_still_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
