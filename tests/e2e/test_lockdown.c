/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown, unlock, and the evidence that is secured. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT4 "10.1.2.3"
#define KEPT6 "fd01:102::3"

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, UDP, 53);
	testbed_add_address(bed, KEPT4);
	testbed_add_address(bed, KEPT6);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
}

static bool pings(struct testbed *bed, const struct host *host, const char *address)
{
	return shell(bed, host, "ping -c1 -W1 %s", address)->status == 0;
}

/* The value of policy.lockdown in `status --json`, to be released; NULL: null. */
static json_t *lockdown_of(struct testbed *bed)
{
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *value = json_object_get(json_object_get(status, "policy"), "lockdown");

	assert_non_null(value);
	value = json_is_null(value) ? NULL : json_incref(value);
	json_decref(status);
	return value;
}

static void check_isolated(struct testbed *bed, bool isolated)
{
	enum answer others = isolated ? FILTERED : OPEN;

	assert_answers_from(bed, KEPT4, {TCP, 22, OPEN}, {UDP, 53, OPEN});
	assert_answers_from(bed, KEPT6, {TCP, 22, OPEN}, {UDP, 53, OPEN});
	assert_answers(bed, {TCP, 22, others}, {UDP, 53, others});
}

static void only_kept_sources_reach_the_host_and_are_reached(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_says(portfw_ok(bed, "lockdown keep %s,%s", KEPT4, KEPT6), "locked down: only to");
	check_isolated(bed, true);
	assert_true(pings(bed, &bed->guarded, KEPT4));
	assert_true(pings(bed, &bed->guarded, KEPT6));
	assert_false(pings(bed, &bed->guarded, "10.77.0.2"));
	assert_false(pings(bed, &bed->guarded, "fd77:0::2"));
	assert_true(pings(bed, &bed->guarded, "127.0.0.1"));
	portfw_ok(bed, "unlock");
	check_isolated(bed, false);
	assert_true(pings(bed, &bed->guarded, "10.77.0.2"));
}

static void neighbours_are_still_found(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "lockdown keep %s %s", KEPT4, KEPT6);
	shell_ok(bed, &bed->guarded, "ip neigh flush all");
	shell_ok(bed, &bed->peer, "ip neigh flush all");
	check_isolated(bed, true);
}

static void open_sessions_are_silent_from_the_next_packet_on_and_kept_ones_go_on(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	struct session other = session_open(bed, AF_INET, 22);
	bed->source = KEPT6;
	struct session kept = session_open(bed, AF_INET6, 22);
	bed->source = NULL;
	portfw_ok(bed, "lockdown keep %s for 3s", KEPT6);
	assert_false(session_carries(&other, false));
	assert_true(session_carries(&kept, true));
	wait_until(!lockdown_of(bed)); /* no process ends it */
	assert_true(session_carries(&kept, true));
	assert_true(session_carries(&other, true));
	check_isolated(bed, false);
	session_close(&kept);
	session_close(&other);
}

/* A server of the peer, and a client of the guarded host that is connected to it. */
static void connect_out(struct testbed *bed, int *listener, int *client, int *server)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(4444)};

	assert_int_equal(inet_pton(AF_INET, "10.77.0.2", &where.sin_addr), 1);
	host_enter(bed, &bed->peer);
	*listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*listener, (struct sockaddr *)&where, sizeof(where)), 0);
	assert_int_equal(listen(*listener, 8), 0);
	host_leave(bed);
	host_enter(bed, &bed->guarded);
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*client, (struct sockaddr *)&where, sizeof(where)), 0);
	host_leave(bed);
	*server = accept(*listener, NULL, NULL);
	assert_true(*server >= 0);
}

static bool arrives(int from, int to, int milliseconds)
{
	struct pollfd wanted = {.fd = to, .events = POLLIN};
	char byte = 'x';

	assert_int_equal(send(from, &byte, 1, MSG_NOSIGNAL), 1);
	return poll(&wanted, 1, milliseconds) == 1 && recv(to, &byte, 1, 0) == 1;
}

static void what_the_host_opened_is_cut_both_ways_and_comes_back(void **state)
{
	struct testbed *bed = testbed(state);
	int listener, client, server;

	start(bed);
	connect_out(bed, &listener, &client, &server);
	assert_true(arrives(client, server, 10000));
	portfw_ok(bed, "lockdown keep %s for 4s", KEPT4);
	assert_false(arrives(client, server, 400));
	assert_false(arrives(server, client, 400));
	assert_int_not_equal(
		shell(bed, &bed->guarded, "timeout 1 nc -z -w1 10.77.0.2 4444")->status, 0);
	wait_until(!lockdown_of(bed));
	/* TCP sends again what was lost. */
	assert_true(arrives(client, server, 20000));
	assert_true(arrives(server, client, 20000));
	close(client);
	close(server);
	close(listener);
}

static void the_operators_own_session_is_kept(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	bed->session = KEPT4 " 50000 10.77.0.1 22";
	portfw_ok(bed, "lockdown");
	json_t *lockdown = lockdown_of(bed);
	assert_non_null(lockdown);
	const json_t *keep = json_object_get(lockdown, "keep");
	assert_int_equal(json_array_size(keep), 1);
	assert_string_equal(json_string_value(json_array_get(keep, 0)), KEPT4);
	assert_true(json_is_null(json_object_get(lockdown, "until")));
	json_decref(lockdown);
}

static void what_would_cut_off_the_operator_is_refused(void **state)
{
	struct testbed *bed = testbed(state);
	char *before;

	start(bed);
	before = testbed_record(bed);
	assert_complains(portfw_fails(bed, 3, "lockdown"), "keep SRC");
	bed->session = KEPT4 " 50000 10.77.0.1 22";
	assert_complains(portfw_fails(bed, 3, "lockdown keep 10.77.0.2"), "keep " KEPT4);
	assert_unchanged(bed, before);
	portfw_ok(bed, "lockdown keep 10.77.0.2 --force");
	assert_answers_from(bed, KEPT4, {TCP, 22, FILTERED});
	bed->session = NULL;
	portfw_ok(bed, "lockdown --force");
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void where_nothing_is_attached_every_nic_that_is_up_is(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	shell_ok(bed, &bed->guarded, "ip link add down0 type veth peer name down1");
	struct run *run = portfw_ok(bed, "lockdown keep 10.0.0.0/8");
	assert_says(run, "attached eth0");
	assert_says(run, "attached eth1");
	assert_true(nic_program(bed, "eth0"));
	assert_true(nic_program(bed, "eth1"));
	assert_false(nic_program(bed, "down0"));
	portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "restore"); /* as after a reboot */
	assert_true(nic_program(bed, "eth1"));
	json_t *lockdown = lockdown_of(bed);
	assert_non_null(lockdown);
	json_decref(lockdown);
}

static void a_nic_that_is_open_is_named_and_the_others_are_cut(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *run;

	testbed_add_veth(bed, 1, "eth1");
	start(bed);
	run = portfw_fails(bed, 1, "lockdown keep %s", KEPT4);
	assert_complains(run, "eth1 is up but not attached");
	assert_says_not(run, "locked down");
	assert_answers_from(bed, KEPT4, {TCP, 22, OPEN});
	assert_answers(bed, {TCP, 22, FILTERED});
	/* A guest's end of a veth pair leads nowhere. */
	shell_ok(bed, &bed->guarded, "ip addr flush dev eth1; ip link set eth1 up");
	assert_complains(portfw_ok(bed, "lockdown keep %s", KEPT4), "eth1 is up but not attached");
}

static void a_nic_that_the_policy_names_is_attached_and_cut(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	start(bed);
	portfw_ok(bed, "attach eth1");
	portfw_ok(bed, "detach eth1 --runtime");
	assert_says(portfw_ok(bed, "lockdown keep %s", KEPT4), "attached eth1");
	bed->link = 1;
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void it_outlives_every_change_of_the_policy(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "lockdown keep %s %s", KEPT4, KEPT6);
	file_put("/run/new", "default allow\ndeny tcp 23\n");
	portfw_ok(bed, "apply /run/new");
	portfw_ok(bed, "deny udp 53");
	portfw_ok(bed, "undo");
	portfw_ok(bed, "reset");
	portfw_ok(bed, "restore");
	check_isolated(bed, true);
	portfw_ok(bed, "detach eth0 --runtime");
	portfw_ok(bed, "restore");
	check_isolated(bed, true);
	portfw_ok(bed, "deny udp 53");
	portfw_ok(bed, "unlock");
	assert_answers(bed, {TCP, 22, OPEN}, {UDP, 53, FILTERED});
}

static void it_works_on_a_broken_policy_file_and_while_a_trial_runs(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "allow everything\n");
	portfw_ok(bed, "lockdown keep 10.0.0.9");
	assert_answers(bed, {TCP, 22, FILTERED});
	char *text = file_get(bed->policy);
	assert_string_equal(text, "allow everything\n");
	free(text);
	portfw_ok(bed, "unlock");
	file_put(bed->policy, "default allow\n");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp 53 --confirm 60s");
	portfw_ok(bed, "lockdown keep 10.0.0.9");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "unlock");
	portfw_ok(bed, "confirm");
	assert_answers(bed, {TCP, 22, OPEN});
}

static void it_beats_rules_and_a_second_one_replaces_the_first(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow tcp 22 from 10.77.0.2");
	portfw_ok(bed, "lockdown keep %s", KEPT4);
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "lockdown keep 10.77.0.0/24 fd77::/16");
	assert_answers(bed, {TCP, 22, OPEN});
	assert_answers_from(bed, KEPT4, {TCP, 22, FILTERED});
	portfw_ok(bed, "block 10.77.0.2");
	assert_answers_from(bed, "10.77.0.2", {TCP, 22, FILTERED});
}

static void status_says_so_in_its_first_line(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "lockdown keep %s for 1h", KEPT4);
	struct run *run = portfw_ok(bed, "status");
	assert_ptr_equal(strstr(run->out, "LOCKDOWN: only to and from " KEPT4 ", until "),
			 run->out);
	assert_says(run, "in sync");
}

static void evidence_is_secured(void **state)
{
	static const char *const keys[] = {"time",   "sockets",	       "processes",
					   "policy", "blocks",	       "counters",
					   "flows",  "flows_left_out", "missing"};
	struct testbed *bed = testbed(state);
	struct stat file;

	start(bed);
	struct session session = session_open(bed, AF_INET, 22);
	portfw_ok(bed, "lockdown keep %s --evidence /run/evidence", KEPT4);
	assert_int_equal(stat("/run/evidence", &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	json_t *evidence = json_load_file("/run/evidence", 0, NULL);
	assert_non_null(evidence);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!json_object_get(evidence, keys[i]))
			fail_msg("no %s in the evidence", keys[i]);
	const json_t *sockets = json_object_get(evidence, "sockets"), *socket;
	bool found = false;
	size_t i;
	json_array_foreach(sockets, i, socket)
	{
		const char *remote = json_string_value(json_object_get(socket, "remote"));
		found |= json_integer_value(json_object_get(socket, "local_port")) == 22 &&
			 strcmp(remote, "10.77.0.2") == 0 &&
			 json_array_size(json_object_get(socket, "pids"));
	}
	assert_true(found);
	json_decref(evidence);
	session_close(&session);
}

static void without_a_place_for_evidence_it_goes_on_and_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	struct run *run = portfw_ok(bed, "lockdown keep %s --evidence /proc/none/file", KEPT4);
	assert_complains(run, "no evidence was written");
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void evidence_is_a_new_file_in_a_place_that_lasts(void **state)
{
	static const char *const obstacles[] = {"echo mine >/run/there", "mkfifo /run/there",
						"ln -s /run/elsewhere /run/there"};
	struct testbed *bed = testbed(state);
	struct run *run;

	start(bed);
	for (unsigned i = 0; i < 3; i++)
		assert_says(portfw_ok(bed, "lockdown keep %s", KEPT4), "/run/state/evidence-");
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%a /run/state; ls /run/state | wc -l"),
		      "700\n3\n");
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(*obstacles); i++) {
		shell_ok(bed, &bed->guarded, "rm -f /run/there; %s", obstacles[i]);
		run = portfw_ok(bed, "lockdown keep %s --evidence /run/there", KEPT4);
		assert_complains(run, "never overwritten");
		assert_says(run, "locked down");
	}
	assert_int_equal(access("/run/elsewhere", F_OK), -1);
	/* Where the state directory cannot be had, the run directory serves. */
	shell_ok(bed, &bed->guarded, "rm -r /run/state; : >/run/state");
	assert_says(portfw_ok(bed, "lockdown keep %s", KEPT4), "/run/portfw/");
}

static void a_snapshot_is_the_same_record_at_any_time(void **state)
{
	struct testbed *bed = testbed(state);

	json_t *snapshot = json_of(portfw_ok(bed, "snapshot"));
	assert_true(json_is_array(json_object_get(snapshot, "sockets")));
	json_decref(snapshot);
	start(bed);
	portfw_ok(bed, "snapshot /run/snapshot");
	snapshot = json_load_file("/run/snapshot", 0, NULL);
	assert_non_null(snapshot);
	assert_non_null(
		strstr(json_string_value(json_object_get(snapshot, "policy")), "allow tcp 22\n"));
	json_decref(snapshot);
	portfw_fails(bed, 1, "snapshot /nowhere/file");
	assert_complains(portfw_fails(bed, 1, "snapshot /run/snapshot"), "never overwritten");
}

static void cut_connections_can_be_destroyed(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	struct session session = session_open(bed, AF_INET, 22);
	assert_says(portfw_ok(bed, "lockdown keep %s --kill", KEPT4), "destroyed 1 TCP");
	assert_int_equal(recv(session.server, &(char){0}, 1, MSG_DONTWAIT), -1);
	session_close(&session);
}

static void the_cut_comes_before_all_that_can_wait(void **state)
{
	static const char *const later[] = {"locked", "lockdown-write", "no evidence was written"};
	struct testbed *bed = testbed(state);
	const char *cut, *said;
	const struct run *run;

	portfw_ok(bed, "attach eth0");
	bed->fault = "trace";
	run = portfw_ok(bed, "lockdown keep %s --evidence /nowhere/evidence", KEPT4);
	bed->fault = NULL;
	cut = strstr(run->err, "lockdown-switched");
	assert_non_null(cut);
	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		said = strstr(run->err, later[i]);
		assert_non_null(said);
		assert_true(cut < said);
	}
}

static void wrong_words_change_nothing(void **state)
{
	static const char *const wrong[] = {
		"lockdown keep",
		"lockdown keep nowhere",
		"lockdown for",
		"lockdown for 0s",
		"lockdown keep 10.0.0.1/8",
		"lockdown everything",
		"lockdown keep ::1 for 1h x",
		"lockdown keep 10.0.0.1 for",
		"unlock now",
	};
	struct testbed *bed = testbed(state);
	char many[2048] = "lockdown keep 10.9.1.1";
	size_t length = strlen(many);

	start(bed);
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		portfw_fails(bed, 2, "%s", wrong[i]);
	for (unsigned i = 0; i < 65; i++)
		length += (size_t)snprintf(many + length, sizeof(many) - length, ",10.9.0.%u", i);
	portfw_fails(bed, 2, "%s", many);
	portfw_fails(bed, 0, "lockdown keep 10.0.0.1 --dry-run");
	assert_unchanged(bed, before);
	assert_says(portfw_ok(bed, "unlock"), "not on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(only_kept_sources_reach_the_host_and_are_reached),
		TESTBED_TEST(neighbours_are_still_found),
		TESTBED_TEST(open_sessions_are_silent_from_the_next_packet_on_and_kept_ones_go_on),
		TESTBED_TEST(what_the_host_opened_is_cut_both_ways_and_comes_back),
		TESTBED_TEST(the_operators_own_session_is_kept),
		TESTBED_TEST(what_would_cut_off_the_operator_is_refused),
		TESTBED_TEST(where_nothing_is_attached_every_nic_that_is_up_is),
		TESTBED_TEST(a_nic_that_is_open_is_named_and_the_others_are_cut),
		TESTBED_TEST(a_nic_that_the_policy_names_is_attached_and_cut),
		TESTBED_TEST(it_outlives_every_change_of_the_policy),
		TESTBED_TEST(it_works_on_a_broken_policy_file_and_while_a_trial_runs),
		TESTBED_TEST(it_beats_rules_and_a_second_one_replaces_the_first),
		TESTBED_TEST(status_says_so_in_its_first_line),
		TESTBED_TEST(evidence_is_secured),
		TESTBED_TEST(without_a_place_for_evidence_it_goes_on_and_says_so),
		TESTBED_TEST(evidence_is_a_new_file_in_a_place_that_lasts),
		TESTBED_TEST(a_snapshot_is_the_same_record_at_any_time),
		TESTBED_TEST(cut_connections_can_be_destroyed),
		TESTBED_TEST(the_cut_comes_before_all_that_can_wait),
		TESTBED_TEST(wrong_words_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
