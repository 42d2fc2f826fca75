/* SPDX-License-Identifier: GPL-2.0-only */
/* The guard against locking oneself out. */
#include "command.h"
#include "probe.h"
#include "state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENT "10.77.0.2"

/* --- Sessions ------------------------------------------------------------------------------ */

static unsigned port_of(int fd)
{
	struct sockaddr_in6 own = {.sin6_family = 0};
	socklen_t size = sizeof(own);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);
	return ntohs(own.sin6_port); /* in the same place as that of IPv4 */
}

/* SSH_CONNECTION says from now on that commands run in a session like this. */
static void name_session(struct testbed *bed, const char *client, unsigned client_port,
			 const char *server, unsigned server_port)
{
	static char value[160];

	snprintf(value, sizeof(value), "%s %u %s %u", client, client_port, server, server_port);
	bed->session = value;
}

/* A session to port 22, which is the operator's. */
static struct session log_in(struct testbed *bed)
{
	struct session session = session_open(bed, AF_INET, 22);

	name_session(bed, CLIENT, port_of(session.client), "10.77.0.1", 22);
	return session;
}

static struct session start(struct testbed *bed, const char *policy)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 80);
	file_put(bed->policy, policy);
	portfw_ok(bed, "restore --boot");
	return log_in(bed);
}

static void assert_alive(struct session *session)
{
	assert_true(session_carries(session, true));
}

/* The refusal names the session. */
static void assert_refusal(const struct run *run, unsigned client_port)
{
	char ends[96];

	snprintf(ends, sizeof(ends), CLIENT " port %u to 10.77.0.1 port 22, on eth0", client_port);
	assert_complains(run, "refused, it would cut off your ssh session");
	assert_complains(run, ends);
	assert_complains(run, "--force");
	assert_prints(run, "");
}

/* A process of another name, which holds a connection to this port of the guarded host: this
 * program, under that name. */
static pid_t hold(struct testbed *bed, const char *name, unsigned port)
{
	char path[64], number[16];

	snprintf(path, sizeof(path), "/run/%s", name);
	snprintf(number, sizeof(number), "%u", port);
	shell_ok(bed, &bed->guarded, "cp /proc/%d/exe %s", (int)getpid(), path);
	pid_t pid = testbed_fork(bed);
	if (pid == 0) {
		host_enter(bed, &bed->guarded);
		execl(path, name, "hold", number, NULL);
		_exit(127);
	}
	return pid;
}

/* What that program does: it says so when it has the connection. */
static int hold_connection(const char *number)
{
	struct sockaddr_in any = {.sin_family = AF_INET,
				  .sin_port = htons((uint16_t)strtoul(number, NULL, 10))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = -1;

	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(listener, 1) == 0)
		fd = accept(listener, NULL, NULL);
	if (fd < 0 || send(fd, "x", 1, 0) != 1)
		return 1;
	for (;;)
		pause();
}

/* A connection from one host to the other, where somebody listens. */
static int connect_to(struct testbed *bed, const struct host *from, unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int code;

	host_enter(bed, from);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	inet_pton(AF_INET, from == &bed->peer ? "10.77.0.1" : "10.77.0.2", &to.sin_addr);
	wait_until((code = connect(fd, (struct sockaddr *)&to, sizeof(to))) == 0 ||
		   errno != ECONNREFUSED);
	assert_int_equal(code, 0);
	return fd;
}

/* The same to hold(), from the peer. */
static int connect_to_holder(struct testbed *bed, unsigned port)
{
	int fd = connect_to(bed, &bed->peer, port);
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	return fd;
}

/* --- What is refused ----------------------------------------------------------------------- */

static void every_command_that_would_cut_the_operators_session_is_refused(void **state)
{
	static const char *const commands[] = {
		"default deny",
		"deny tcp 22",
		"deny ssh",
		"deny any all",
		"deny tcp 22 on eth0",
		"deny tcp 1-100 from 10.77.0.0/24 for 1h",
		"deny tcp 22 from 10.77.0.2 comment why",
		"--runtime deny tcp 22",
		"--json deny tcp 22",
		"-q deny tcp 22",
		"apply /run/new",
		"undo",
		"block 10.77.0.2",
		"block 192.0.2.1 10.77.0.0/24 for 1h",
		"--runtime block 0.0.0.0/0",
	};
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");
	unsigned port = port_of(session.client);

	file_put("/run/new", "default deny\nallow tcp 22 from 10.77.9.0/24\n");
	/* The newest kept policy is the one that denies. */
	portfw_ok(bed, "--force deny tcp 22");
	portfw_ok(bed, "delete tcp 22");
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_refusal(portfw_fails(bed, 3, "%s", commands[i]), port);
		assert_alive(&session);
	}
	assert_unchanged(bed, before);
	portfw_ok(bed, "reset");
	assert_alive(&session);
	session_close(&session);
}

static void deleting_the_rule_that_lets_the_operator_in_is_refused(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session =
		start(bed, "attach eth0\ndefault deny\nallow tcp 22 from 10.0.0.0/8\n");
	unsigned port = port_of(session.client);
	char *before = testbed_record(bed);

	assert_refusal(portfw_fails(bed, 3, "delete tcp 22 from 10.0.0.0/8"), port);
	assert_refusal(portfw_fails(bed, 3, "delete tcp 1-100 --all-sources"), port);
	assert_unchanged(bed, before);
	/* Another rule lets it in. */
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "delete tcp 22 from 10.0.0.0/8");
	assert_alive(&session);
	session_close(&session);
}

static void attaching_a_nic_that_would_cut_the_operators_session_is_refused(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "default deny\n");
	portfw_ok(bed, "allow tcp 80");
	struct session session = log_in(bed);
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 3, "attach eth0");
	assert_refusal(run, port_of(session.client));
	assert_complains(run, "default deny decides");
	file_put("/run/new", "attach eth0\ndefault deny\n");
	assert_complains(portfw_fails(bed, 3, "apply /run/new"), "your ssh session");
	unlink("/run/new");
	assert_unchanged(bed, before);
	assert_alive(&session);
	portfw_ok(bed, "allow tcp 22 from " CLIENT);
	portfw_ok(bed, "attach eth0");
	assert_alive(&session);
	session_close(&session);
}

static void restore_by_hand_asks_and_at_boot_it_does_not(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	file_put(bed->policy, "attach eth0\ndefault allow\ndeny tcp 22\n");
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 3, "restore");
	assert_refusal(run, port_of(session.client));
	assert_complains(run, "deny tcp 22 decides");
	assert_unchanged(bed, before);
	assert_alive(&session);
	portfw_ok(bed, "restore --boot");
	assert_false(session_carries(&session, false));
	session_close(&session);
}

static void restore_asks_for_the_block_list_too(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	shell_ok(bed, &bed->guarded, "echo 'block 10.77.0.0/24' >${PORTFW_POLICY%%/*}/blocks");
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 3, "restore");
	assert_refusal(run, port_of(session.client));
	assert_complains(run, "block 10.77.0.0/24 decides");
	assert_complains(run, "`portfw unblock 10.77.0.0/24`");
	/* A trial does not end blocks. */
	portfw_fails(bed, 3, "restore --confirm 60s");
	assert_unchanged(bed, before);
	portfw_ok(bed, "detach --all --runtime");
	portfw_fails(bed, 3, "attach eth0");
	assert_alive(&session);
	session_close(&session);
}

static void sessions_over_ipv6_are_guarded_too(void **state)
{
	struct testbed *bed = testbed(state);

	struct session four = start(bed, "attach eth0\ndefault allow\n");
	struct session six = session_open(bed, AF_INET6, 22);
	name_session(bed, "fd77::2", port_of(six.client), "fd77::1", 22);
	assert_complains(portfw_fails(bed, 3, "deny tcp 22 from fd77::/16"),
			 "`portfw allow tcp 22 from fd77::2`");
	portfw_fails(bed, 3, "block fd77::2");
	struct run *run = portfw_ok(bed, "deny tcp 22 from 10.0.0.0/8");
	assert_complains(run, CLIENT);
	assert_alive(&six);
	session_close(&six);
	session_close(&four);
}

static void force_and_a_trial_override_it(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	portfw_ok(bed, "--confirm 60s deny tcp 22");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "rollback");
	assert_alive(&session);
	portfw_ok(bed, "--force deny tcp 22");
	assert_false(session_carries(&session, false));
	/* It is cut by now: there is nothing left to guard. */
	portfw_ok(bed, "deny tcp 1-100");
	session_close(&session);
}

static void what_is_blocked_already_is_not_cut(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	portfw_ok(bed, "--force block 10.77.0.0/16");
	portfw_ok(bed, "--force block 10.77.0.0/24 for 1s");
	portfw_ok(bed, "--force block 10.77.0.2 for 1s");
	assert_silent(portfw_ok(bed, "deny tcp 22"));
	portfw_ok(bed, "delete tcp 22");
	wait_until(json_array_size(json_object_get(json_of(portfw_ok(bed, "list --runtime --json")),
						   "blocks")) == 1);
	/* The entries that are over hide the one that is not. */
	assert_silent(portfw_ok(bed, "deny tcp 22"));
	portfw_ok(bed, "delete tcp 22");
	portfw_ok(bed, "unblock 10.77.0.0/16");
	portfw_fails(bed, 3, "deny tcp 22");
	session_close(&session);
}

static void a_dry_run_warns_and_goes_on(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");
	char *before = testbed_record(bed);
	struct run *run = portfw_ok(bed, "-n deny tcp 22");

	assert_complains(run, "warning: this would be refused, it would cut off your ssh session");
	assert_prints(run, "+ deny tcp 22\n");
	run = portfw_ok(bed, "-n block " CLIENT);
	assert_complains(run, "this would be refused");
	assert_prints(run, "+ block " CLIENT "\n");
	assert_silent(portfw_ok(bed, "-n deny tcp 23"));
	/* Without the privileges to know. */
	file_put("/run/public", "default allow\n");
	assert_silent(run_expect(portfw_as_nobody(bed, "-n --policy /run/public deny tcp 22"), 0,
				 __FILE__, __LINE__));
	unlink("/run/public");
	assert_unchanged(bed, before);
	session_close(&session);
}

static void without_a_nic_nothing_is_asked(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	struct session session = log_in(bed);
	assert_complains_not(portfw_ok(bed, "deny tcp 22"), "session");
	portfw_ok(bed, "block " CLIENT);
	assert_alive(&session);
	session_close(&session);
}

/* --- What is suggested --------------------------------------------------------------------- */

/* What stands between backticks on the standard error. */
static const char *suggestion_of(const struct run *run)
{
	static char text[160];
	const char *begin = strchr(run->err, '`');
	size_t length = begin ? strcspn(begin + 1, "`") : 0;

	if (!length)
		fail_msg("no suggestion: %s", run->err);
	snprintf(text, sizeof(text), "%.*s", (int)length, begin + 1);
	return text;
}

static void the_suggested_command_keeps_the_session(void **state)
{
	static const char *const commands[] = {
		"default deny",
		"deny tcp 22",
		"deny tcp 22 on eth0",
		"deny tcp 22 for 1h",
		"deny any all from 10.0.0.0/8",
		"deny tcp 22 from 10.77.0.2",
		"--runtime deny ssh",
	};
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *suggestion = suggestion_of(portfw_fails(bed, 3, "%s", commands[i]));
		assert_true(strncmp(suggestion, "portfw ", 7) == 0);
		portfw_ok(bed, "%s", suggestion + 7);
		portfw_ok(bed, "%s", commands[i]);
		assert_alive(&session);
		portfw_ok(bed, "reset");
	}
	/* Where no rule helps, none is suggested. */
	struct run *run = portfw_fails(bed, 3, "deny tcp 22 --all-sources on eth0");
	assert_complains_not(run, "`");
	assert_complains(run, "use --confirm 2m to try it, or --force");
	session_close(&session);
}

static void the_rule_suggested_for_a_file_keeps_the_session(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	file_put("/run/new", "default deny\ndeny tcp 22 from " CLIENT "\n");
	struct run *run = portfw_fails(bed, 3, "apply /run/new");
	assert_complains(run, "to keep it, add `allow tcp 22 from " CLIENT "` to /run/new");
	shell_ok(bed, &bed->guarded, "echo '%s' >>/run/new", suggestion_of(run));
	portfw_ok(bed, "apply /run/new");
	assert_alive(&session);
	portfw_ok(bed, "reset");

	file_put(bed->policy, "attach eth0\ndefault deny\n");
	run = portfw_fails(bed, 3, "restore");
	assert_complains(run, bed->policy);
	shell_ok(bed, &bed->guarded, "echo '%s' >>$PORTFW_POLICY", suggestion_of(run));
	portfw_ok(bed, "restore");
	assert_alive(&session);

	portfw_ok(bed, "--force delete tcp 22 from " CLIENT);
	portfw_ok(bed, "allow tcp 22");
	run = portfw_fails(bed, 3, "undo");
	assert_complains(run, ".undo-");
	assert_complains(run, "`allow tcp 22 from " CLIENT "`");
	assert_alive(&session);
	session_close(&session);
}

static void the_rule_that_cuts_is_named(void **state)
{
	static const char *const named[][2] = {
		{"deny tcp 20-30", "on eth0): deny tcp 20-30 decides"},
		{"deny tcp 22,80 from 10.0.0.0/8", "): deny tcp 22,80 from 10.0.0.0/8 decides"},
		{"deny tcp 22 on eth0 comment why",
		 "): deny tcp 22 on eth0 comment \"why\" decides"},
		{"default deny", "): default deny decides"},
		{"block 10.77.0.0/16 10.77.0.2", "): block 10.77.0.2 decides; leave 10.77.0.2 out"},
		{"block 10.77.0.0/16", "): block 10.77.0.0/16 decides"},
	};
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		assert_complains(portfw_fails(bed, 3, "%s", named[i][0]), named[i][1]);
	session_close(&session);
}

/* --- Who the operator is ------------------------------------------------------------------- */

static void the_variable_of_an_ancestor_counts(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");
	const char *connection = bed->session;

	bed->session = NULL;
	portfw_ok(bed, "deny tcp 22 for 1s --confirm 60s");
	portfw_ok(bed, "rollback");
	struct run *run = shell(bed, &bed->guarded,
				"SSH_CONNECTION='%s' sh -c 'env -u SSH_CONNECTION setsid -w "
				"$PORTFW deny tcp 22; exit $?'",
				connection);
	run_expect(run, 3, __FILE__, __LINE__);
	assert_refusal(run, port_of(session.client));
	assert_alive(&session);
	session_close(&session);
}

static void a_session_that_is_not_open_counts_and_so_do_those_of_sshd(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	hold(bed, "sshd", 2200);
	int client = connect_to_holder(bed, 2200);
	/* As under tmux, when one has come back from elsewhere. */
	name_session(bed, "10.77.0.9", 50000, "10.77.0.1", 22);
	assert_complains(portfw_fails(bed, 3, "deny tcp 22"),
			 "your ssh session (10.77.0.9 port 50000");
	assert_complains(portfw_fails(bed, 3, "deny tcp 2200"), "ssh session that may be yours");
	portfw_ok(bed, "deny tcp 80");
	/* An open one is the only one. */
	name_session(bed, CLIENT, port_of(session.client), "10.77.0.1", 22);
	struct run *run = portfw_ok(bed, "deny tcp 2200");
	assert_complains(run, "this cuts a session of sshd (pid ");
	close(client);
	session_close(&session);
}

static void check_holder(struct testbed *bed, const char *name, unsigned port, bool operators)
{
	hold(bed, name, port);
	int client = connect_to_holder(bed, port);
	struct run *run = portfw_fails(bed, operators ? 3 : 0, "deny tcp %u", port);

	if (operators)
		assert_complains(run, "cut off an ssh session that may be yours (" CLIENT " port ");
	else
		assert_complains(run, "this cuts a session of ");
	assert_complains(run, operators ? "`portfw allow tcp " : name);
	close(client);
}

static void without_the_variable_every_session_of_sshd_counts(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");

	bed->session = NULL;
	check_holder(bed, "sshd", 2201, true);
	check_holder(bed, "sshd-session", 2202, true);
	check_holder(bed, "sshd-auth", 2203, true);
	check_holder(bed, "xsshd", 2204, false);
	check_holder(bed, "sshd-keys", 2205, false);
	session_close(&session);
}

/* --- Other sessions ------------------------------------------------------------------------ */

static void other_sessions_that_are_cut_are_listed_with_their_processes(void **state)
{
	enum { SESSIONS = 13, SHOWN = 10 };
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n"), others[SESSIONS];
	char line[160];

	for (size_t i = 0; i < SESSIONS; i++)
		others[i] = session_open(bed, AF_INET, 80);
	struct run *run = portfw_ok(bed, "deny tcp 80 from 10.0.0.0/8");
	snprintf(line, sizeof(line), "warning: this cuts a session of test_guard (pid %d): " CLIENT,
		 (int)getpid());
	assert_complains(run, line);
	assert_complains(run, "to 10.77.0.1 port 80\n");
	assert_complains(run, "warning: this cuts 3 more sessions\n");
	size_t shown = 0;
	for (const char *at = run->err; (at = strstr(at, "this cuts a session")); at++)
		shown++;
	assert_int_equal(shown, SHOWN);
	for (size_t i = 0; i < SESSIONS; i++)
		session_close(&others[i]);
	assert_alive(&session);
	session_close(&session);
}

static void what_cuts_nobody_says_nothing(void **state)
{
	static const char *const commands[] = {"deny tcp 23", "allow tcp 80", "deny udp all",
					       "block 192.0.2.1", "deny tcp 80 from 10.77.9.0/24"};
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\n");
	struct session other = session_open(bed, AF_INET, 80);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		assert_silent(portfw_ok(bed, "%s", commands[i]));
	assert_alive(&session);
	assert_alive(&other);
	session_close(&other);
	session_close(&session);
}

static void connections_that_the_host_opened_are_none(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\nallow tcp 22\n");
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(4433)};

	host_enter(bed, &bed->peer);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(listener, 1), 0);
	int client = connect_to(bed, &bed->guarded, 4433);
	assert_complains_not(portfw_ok(bed, "default deny"), "this cuts");
	assert_int_equal(send(client, "x", 1, 0), 1);
	close(client);
	close(listener);
	session_close(&session);
}

static void rollback_warns_of_what_it_cuts(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault deny\nallow tcp 22\n");

	portfw_ok(bed, "--confirm 1h allow tcp 80");
	struct session other = session_open(bed, AF_INET, 80);
	assert_complains(portfw_ok(bed, "rollback"), "this cuts a session of test_guard");
	assert_false(session_carries(&other, false));
	assert_alive(&session);
	session_close(&other);
	session_close(&session);
}

/* --- The way that a session takes ---------------------------------------------------------- */

static void only_the_nic_that_it_comes_through_matters(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	struct session session = start(bed, "attach eth1\ndefault allow\n");
	assert_silent(portfw_ok(bed, "deny tcp 22"));
	portfw_ok(bed, "default deny");
	portfw_fails(bed, 3, "attach eth0");
	portfw_ok(bed, "allow tcp 22 on eth0");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 22 on eth1");
	assert_complains(portfw_fails(bed, 3, "delete tcp 22 on eth0"), ", on eth0): deny tcp 22");
	assert_alive(&session);
	/* A session to itself. */
	name_session(bed, "10.77.0.1", 50000, "10.77.0.1", 22);
	portfw_ok(bed, "deny tcp 22 on eth0");
	session_close(&session);
}

static void a_nic_below_a_bridge_is_on_the_way(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(
		bed, &bed->guarded,
		"ip link add br0 type bridge; ip addr flush dev eth0; ip link set eth0 master br0\n"
		"ip link set br0 up; ip addr add 10.77.0.1/24 dev br0");
	listen_on(bed, TCP, 22);
	struct session session = log_in(bed);
	portfw_ok(bed, "attach eth0");
	assert_refusal(portfw_fails(bed, 3, "deny tcp 22"), port_of(session.client));
	assert_alive(&session);
	session_close(&session);
}

static void what_carries_a_tunnel_cannot_be_verified(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_tun(bed, 1, "tun0");
	listen_on(bed, TCP, 22);
	portfw_ok(bed, "attach eth0");
	bed->link = 1;
	struct session session = session_open(bed, AF_INET, 22);
	name_session(bed, "10.77.1.2", port_of(session.client), "10.77.1.1", 22);
	struct run *run = portfw_ok(bed, "deny tcp 22");
	assert_complains(run, "cannot verify: your session (10.77.1.2 port ");
	assert_complains(run, "comes through the tunnel tun0, and what carries it is judged on "
			      "eth0");
	assert_alive(&session);
	assert_silent(portfw_ok(bed, "allow tcp 23"));
	/* What is in it is judged if the tunnel is attached. */
	portfw_ok(bed, "delete tcp 22");
	portfw_ok(bed, "attach tun0");
	assert_complains(portfw_fails(bed, 3, "deny tcp 22"), ", on tun0)");
	session_close(&session);
}

static void a_session_is_judged_by_its_packets_before_dnat(void **state)
{
	struct testbed *bed = testbed(state);

	if (shell(bed, &bed->guarded,
		  "nft 'add table ip guard; add chain ip guard in { type nat hook prerouting "
		  "priority -100; }; add rule ip guard in tcp dport 2222 redirect to :22'")
		    ->status)
		skip_because("needs nft and NAT in the kernel");
	listen_on(bed, TCP, 22);
	portfw_ok(bed, "attach eth0");
	struct session session = session_open(bed, AF_INET, 2222);
	name_session(bed, CLIENT, port_of(session.client), "10.77.0.1", 22);
	struct run *run = portfw_fails(bed, 3, "deny tcp 2222");
	assert_complains(run, "to 10.77.0.1 port 2222, on eth0): deny tcp 2222 decides");
	assert_complains(run, "`portfw allow tcp 2222 from " CLIENT "`");
	portfw_ok(bed, "deny tcp 22");
	assert_alive(&session);
	session_close(&session);
}

/* --- Default deny -------------------------------------------------------------------------- */

static void default_deny_is_refused_where_replies_could_not_pass(void **state)
{
	struct testbed *bed = testbed(state);
	struct session session = start(bed, "attach eth0\ndefault allow\nallow tcp 22\n");

	shell_ok(bed, &bed->guarded,
		 "rm -f $PORTFW_PIN_DIR/egress-*; tc qdisc del dev eth0 clsact 2>/dev/null || :");
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 1, "default deny");
	assert_complains(run, "eth0");
	assert_complains(run, "--force");
	portfw_fails(bed, 1, "--confirm 60s default deny");
	portfw_ok(bed, "-n default deny");
	assert_unchanged(bed, before);
	portfw_ok(bed, "deny tcp 80");
	portfw_ok(bed, "--force default deny");
	assert_alive(&session);
	session_close(&session);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(every_command_that_would_cut_the_operators_session_is_refused),
		TESTBED_TEST(deleting_the_rule_that_lets_the_operator_in_is_refused),
		TESTBED_TEST(attaching_a_nic_that_would_cut_the_operators_session_is_refused),
		TESTBED_TEST(restore_by_hand_asks_and_at_boot_it_does_not),
		TESTBED_TEST(restore_asks_for_the_block_list_too),
		TESTBED_TEST(sessions_over_ipv6_are_guarded_too),
		TESTBED_TEST(force_and_a_trial_override_it),
		TESTBED_TEST(what_is_blocked_already_is_not_cut),
		TESTBED_TEST(a_dry_run_warns_and_goes_on),
		TESTBED_TEST(without_a_nic_nothing_is_asked),
		TESTBED_TEST(the_suggested_command_keeps_the_session),
		TESTBED_TEST(the_rule_suggested_for_a_file_keeps_the_session),
		TESTBED_TEST(the_rule_that_cuts_is_named),
		TESTBED_TEST(the_variable_of_an_ancestor_counts),
		TESTBED_TEST(a_session_that_is_not_open_counts_and_so_do_those_of_sshd),
		TESTBED_TEST(without_the_variable_every_session_of_sshd_counts),
		TESTBED_TEST(other_sessions_that_are_cut_are_listed_with_their_processes),
		TESTBED_TEST(what_cuts_nobody_says_nothing),
		TESTBED_TEST(connections_that_the_host_opened_are_none),
		TESTBED_TEST(rollback_warns_of_what_it_cuts),
		TESTBED_TEST(only_the_nic_that_it_comes_through_matters),
		TESTBED_TEST(a_nic_below_a_bridge_is_on_the_way),
		TESTBED_TEST(what_carries_a_tunnel_cannot_be_verified),
		TESTBED_TEST(a_session_is_judged_by_its_packets_before_dnat),
		TESTBED_TEST(default_deny_is_refused_where_replies_could_not_pass),
	};

	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold_connection(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
