/* SPDX-License-Identifier: GPL-2.0-only */
/* What audit and port say of real services, and what closing the unused ones leaves open. */
#include "command.h"
#include "probe.h"
#include "service.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Services ------------------------------------------------------------------------------ */

/* Starts a program on the guarded host that stays until the test ends. */
static void start(struct testbed *bed, const char *command)
{
	if (testbed_fork(bed))
		return;
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (setns(bed->guarded.net, CLONE_NEWNET) || !freopen("/run/services", "a", stdout) ||
	    !freopen("/run/services", "a", stderr))
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

static void need(struct testbed *bed, const char *tool)
{
	static char reason[64];

	if (shell(bed, &bed->guarded, "PATH=$PATH:/usr/sbin:/sbin command -v %s", tool)->status ==
	    0)
		return;
	snprintf(reason, sizeof(reason), "needs %s", tool);
	skip_because(reason);
}

static bool listens(struct testbed *bed, const char *proto, unsigned port)
{
	return *shell_ok(bed, &bed->guarded, "ss -Hln%c sport = :%u", *proto, port)->out;
}

/* A server in Python that answers whatever comes. */
static void start_python(struct testbed *bed, const char *type, const char *address, unsigned port)
{
	char *command;

	assert_true(asprintf(&command,
			     "exec /usr/bin/python3 -c 'import socket\n"
			     "s=socket.socket(socket.AF_INET,socket.SOCK_%s)\n"
			     "s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)\n"
			     "s.bind((\"%s\",%u))\n"
			     "s.type==socket.SOCK_STREAM and s.listen(64)\n"
			     "while True:\n"
			     "  s.accept() if s.type==socket.SOCK_STREAM else "
			     "s.sendto(b\"x\",s.recvfrom(9)[1])'",
			     type, address, port) > 0);
	start(bed, command);
	free(command);
	wait_until(listens(bed, strcmp(type, "STREAM") == 0 ? "tcp" : "udp", port));
}

static void start_nginx(struct testbed *bed)
{
	file_put("/run/nginx.conf",
		 "daemon off; master_process off; pid /run/nginx.pid; error_log /dev/null;\n"
		 "events { worker_connections 64; }\n"
		 "http { access_log off; client_body_temp_path /run/n1; proxy_temp_path /run/n2;\n"
		 "fastcgi_temp_path /run/n3; uwsgi_temp_path /run/n4; scgi_temp_path /run/n5;\n"
		 "server { listen 80; return 204; } }\n");
	start(bed, "exec nginx -c /run/nginx.conf");
	wait_until(listens(bed, "tcp", 80));
}

static void start_sshd(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f /run/key");
	start(bed, "exec $(command -v sshd) -D -f /dev/null -h /run/key -o PidFile=none");
	wait_until(listens(bed, "tcp", 22));
}

static void start_dnsmasq(struct testbed *bed)
{
	start(bed, "exec dnsmasq -k --conf-file=/dev/null --user=root --pid-file --no-resolv "
		   "--no-hosts --log-facility=/dev/null --listen-address=10.77.0.1 "
		   "--bind-interfaces");
	wait_until(listens(bed, "udp", 53));
}

/* TCP port 8080 is one of a "container": an address that is not the host's name to the outside. */
static void publish(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "ip addr add 10.99.0.2/32 dev lo\n"
		 "nft -f - <<-END\n"
		 "table ip nat {\n"
		 "chain pre {\n"
		 "type nat hook prerouting priority -100;\n"
		 "tcp dport 8080 dnat to 10.99.0.2:81\n"
		 "}\n"
		 "}\n"
		 "END\n");
	start_python(bed, "STREAM", "10.99.0.2", 81);
}

/* nginx on tcp 80, sshd on tcp 22, dnsmasq on 53, udp 5000, tcp 6379 on loopback, 8080. */
static void start_six_services(struct testbed *bed)
{
	static const char *const tools[] = {"nginx", "sshd", "ssh-keygen",	"dnsmasq",
					    "ss",    "nft",  "/usr/bin/python3"};

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		need(bed, tools[i]);
	start_nginx(bed);
	start_sshd(bed);
	start_dnsmasq(bed);
	start_python(bed, "DGRAM", "0.0.0.0", 5000);
	start_python(bed, "STREAM", "127.0.0.1", 6379);
	publish(bed);
}

/* The peer opens a TCP connection, or has an answer to a datagram. */
static void use_port(struct testbed *bed, const char *type, unsigned port)
{
	bool stream = strcmp(type, "STREAM") == 0;

	shell_ok(bed, &bed->peer,
		 "/usr/bin/python3 -c 'import socket\n"
		 "s=socket.socket(socket.AF_INET,socket.SOCK_%s); s.settimeout(20)\n"
		 "s.connect((\"10.77.0.1\",%u))\n%s'",
		 type, port,
		 stream ? ""
			: "s.send(b\"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\1x\\0\\0\\1\\0\\1\")\n"
			  "s.recv(512)");
}

/* --- Answers ------------------------------------------------------------------------------- */

static json_t *audit_json(struct testbed *bed, int status)
{
	return json_of(portfw_fails(bed, status, "audit --json"));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The first listener of a port. */
static json_t *find(const json_t *audit, const char *proto, unsigned port)
{
	json_t *listener;
	size_t i;

	json_array_foreach(json_object_get(audit, "listeners"), i, listener)
	{
		if (strcmp(text_of(listener, "proto"), proto) == 0 &&
		    json_integer_value(json_object_get(listener, "port")) == port)
			return listener;
	}
	fail_msg("nobody listens on %s %u", proto, port);
	return NULL;
}

static void check_listener(const json_t *audit, const char *proto, unsigned port,
			   const char *process, const char *verdict)
{
	const json_t *listener = find(audit, proto, port);

	if (strncmp(text_of(listener, "process"), process, strlen(process)) != 0 ||
	    strcmp(text_of(listener, "verdict"), verdict) != 0)
		fail_msg("%s %u: %s, %s; expected %s, %s", proto, port,
			 text_of(listener, "process"), text_of(listener, "verdict"), process,
			 verdict);
}

static void each_kind_of_listener_has_its_process_and_verdict(void **state)
{
	struct testbed *bed = testbed(state);

	start_six_services(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22,80,443");
	portfw_ok(bed, "deny udp 5000");
	use_port(bed, "STREAM", 22);
	json_t *audit = audit_json(bed, 4);
	check_listener(audit, "tcp", 22, "sshd", "OPEN");
	check_listener(audit, "tcp", 80, "nginx", "IDLE");
	check_listener(audit, "udp", 53, "dnsmasq", "EXPOSED");
	check_listener(audit, "tcp", 53, "dnsmasq", "EXPOSED");
	check_listener(audit, "udp", 5000, "python3", "CLOSED");
	check_listener(audit, "tcp", 6379, "python3", "LOCAL");
	check_listener(audit, "tcp", 8080, "dnat to 10.99.0.2:81", "EXPOSED");
	assert_string_equal(text_of(find(audit, "tcp", 8080), "found"), "nftables");
	assert_string_equal(text_of(find(audit, "tcp", 22), "found"), "socket");

	json_t *stale = json_object_get(audit, "stale");
	assert_int_equal(json_array_size(stale), 1);
	assert_string_equal(text_of(json_array_get(stale, 0), "line"), "allow tcp 443");
	json_decref(audit);

	struct run *text = portfw_fails(bed, 4, "audit");
	assert_says(text, "EXPOSED");
	assert_says(text, "udp 53: dns: ");
	assert_says(text, "2 OPEN, ");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "tcp 0.0.0.0 22 4711" for each socket that audit found, sorted. */
static char *list_sockets(const json_t *audit)
{
	char *lines[64], *text = NULL;
	json_t *listener;
	size_t i, count = 0, length;
	FILE *out = open_memstream(&text, &length);

	json_array_foreach(json_object_get(audit, "listeners"), i, listener)
	{
		if (strcmp(text_of(listener, "found"), "socket") != 0)
			continue;
		assert_true(count < 64);
		assert_true(asprintf(&lines[count++], "%s %s %d %d\n", text_of(listener, "proto"),
				     text_of(listener, "address"),
				     (int)json_integer_value(json_object_get(listener, "port")),
				     (int)json_integer_value(json_object_get(listener, "pid"))) >
			    0);
	}
	qsort(lines, count, sizeof(lines[0]), compare_lines);
	for (i = 0; i < count; i++) {
		fputs(lines[i], out);
		free(lines[i]);
	}
	fclose(out);
	return text;
}

static void audit_lists_the_sockets_and_processes_that_ss_does(void **state)
{
	struct testbed *bed = testbed(state);

	start_six_services(bed);
	json_t *audit = audit_json(bed, 4);
	char *listed = list_sockets(audit);
	struct run *ss =
		shell_ok(bed, &bed->guarded,
			 "ss -Hltunp | awk '{n = split($5, part, \":\"); port = part[n]\n"
			 "address = substr($5, 1, length($5) - length(port) - 1)\n"
			 "gsub(/[][]/, \"\", address); if (address == \"*\") address = \"::\"\n"
			 "match($0, /pid=[0-9]+/); pid = substr($0, RSTART + 4, RLENGTH - 4)\n"
			 "print $1, address, port, pid}' | sort");
	assert_prints(ss, listed);
	assert_true(strlen(listed) > 0);
	free(listed);
	json_decref(audit);
}

/* --- Closing ------------------------------------------------------------------------------- */

/* The TCP ports that are open from outside, of all. */
static const char *scan(struct testbed *bed)
{
	return shell_ok(bed, &bed->peer,
			"nmap -n -Pn -p- -T5 --min-rate 20000 --max-retries 1 -oG - 10.77.0.1 |\n"
			"grep -Eo '[0-9]+/(open|closed)' | tr '\\n' ' '")
		->out;
}

static void closing_the_unused_leaves_exactly_the_used_ports_open(void **state)
{
	enum { ATTEMPTS = 4 };
	struct testbed *bed = testbed(state);
	const char *found = "", *expected = "22/open 8080/open ";

	need(bed, "nmap");
	start_six_services(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 443");
	use_port(bed, "STREAM", 22);
	use_port(bed, "STREAM", 8080);
	use_port(bed, "DGRAM", 53);
	struct run *run = portfw_ok(bed, "audit --close-unused --yes");
	assert_says(run, "+ default deny\n");
	assert_says(run, "+ allow tcp 22,8080\n");
	assert_says(run, "- allow tcp 443\n");
	assert_says(run, "closes tcp 80 (nginx)");
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault deny\nallow tcp 22,8080\n"
					      "allow udp 53\n");
	/* So fast a scan can lose packets, and answers with them. */
	for (int i = 0; i < ATTEMPTS && strcmp(found, expected) != 0; i++)
		found = scan(bed);
	assert_string_equal(found, expected);
	use_port(bed, "DGRAM", 53);
	assert_false(knock(bed, UDP, 5000, OPEN));
	portfw_ok(bed, "audit");
}

static void without_yes_or_a_terminal_the_policy_is_only_proposed(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 4, "audit --close-unused");
	assert_says(run, "+ default deny\n");
	assert_complains(run, "--close-unused --yes");
	json_t *changes = json_of(portfw_fails(bed, 4, "audit --close-unused --json"));
	assert_int_equal(json_array_size(json_object_get(changes, "changes")), 2);
	json_decref(changes);
	assert_says(portfw_ok(bed, "audit --close-unused --yes --dry-run"), "+ default deny\n");
	assert_unchanged(bed, before);
}

static void closing_the_unused_can_be_on_trial(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "audit --close-unused --yes --confirm 1h");
	assert_says(portfw_ok(bed, "list --runtime"), "default deny\n");
	assert_says(portfw_ok(bed, "list"), "default allow\n");
	portfw_ok(bed, "rollback");
	assert_says(portfw_ok(bed, "list --runtime"), "default allow\n");
}

static void who_is_connected_keeps_the_port_open(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	struct session session = session_open(bed, AF_INET, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "audit --close-unused --yes");
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault deny\nallow tcp 80\n");
	assert_true(session_carries(&session, true));
	struct run *port = portfw_ok(bed, "port tcp 80");
	assert_says(port, "connected  10.77.0.2:");
	assert_says(port, " to 10.77.0.1:80");
	session_close(&session);
}

/* --- Statuses, users, keys ----------------------------------------------------------------- */

static void the_exit_status_says_whether_something_is_exposed_or_stale(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "audit");
	listen_on(bed, TCP, 80);
	assert_says(portfw_fails(bed, 4, "audit"), "no NIC is attached");
	portfw_ok(bed, "attach eth0");
	portfw_fails(bed, 4, "audit");
	portfw_ok(bed, "default deny");
	assert_says(portfw_ok(bed, "audit"), "CLOSED");
	portfw_ok(bed, "allow tcp 80");
	assert_says(portfw_ok(bed, "audit"), "IDLE");
	assert_says_not(portfw_ok(bed, "audit --idle 1h"), "IDLE");
	portfw_ok(bed, "allow udp 500");
	assert_says(portfw_fails(bed, 4, "audit"), "STALE");
	assert_complains(portfw_fails(bed, 2, "audit --yes"), "only with --close-unused");
	portfw_fails(bed, 2, "audit --idle never");
}

static void root_is_never_told_to_run_it_as_root(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("setpriv");
	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	/* A process of another user, which only CAP_SYS_PTRACE lets one look into. */
	struct run *run = shell(bed, &bed->guarded,
				"setpriv --reuid 65534 --clear-groups sleep 60 & sleep 0.2\n"
				"setpriv --bounding-set=-sys_ptrace,-dac_read_search,-dac_override "
				"$PORTFW audit; kill $!");
	assert_complains(run, "may not be looked into");
	assert_complains(run, "missing CAP_SYS_PTRACE");
	assert_complains_not(run, "as root");
	run = shell(bed, &bed->guarded,
		    "setpriv --bounding-set=-net_admin $PORTFW status || [ $? -eq 1 ]");
	assert_complains(run, "missing CAP_NET_ADMIN");
	assert_complains_not(run, "as root");
}

static void a_plain_user_sees_what_there_is_and_reads_what_is_missing(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 80");
	shell_ok(bed, &bed->guarded, "chmod 644 $PORTFW_POLICY");
	struct run *run = run_expect(portfw_as_nobody(bed, "audit"), 0, __FILE__, __LINE__);
	assert_says(run, "tcp 80");
	assert_says(run, "CLOSED");
	assert_complains(run, "running policy cannot be read");
	assert_complains(run, "may not be looked into");
	run = run_expect(portfw_as_nobody(bed, "port tcp 80"), 0, __FILE__, __LINE__);
	assert_says(run, "deny tcp 80");

	shell_ok(bed, &bed->guarded, "chmod 600 $PORTFW_POLICY");
	run = run_expect(portfw_as_nobody(bed, "audit"), 1, __FILE__, __LINE__);
	assert_says(run, "tcp 80");
	assert_says_not(run, "CLOSED");
	assert_complains(run, "Permission denied");
	run = run_expect(portfw_as_nobody(bed, "audit --close-unused"), 1, __FILE__, __LINE__);
	assert_prints(run, "");
	assert_complains(run, "running policy");
}

static void assert_has_keys(const json_t *object, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!json_object_get(object, keys[i]))
			fail_msg("no key \"%s\"", keys[i]);
}

static void json_has_the_documented_keys(void **state)
{
	static const char *const top[] = {"policy",    "default",   "since", "interfaces",
					  "unguarded", "listeners", "stale", "notes"};
	static const char *const row[] = {"proto", "address",	"port",	   "process", "pid",
					  "unit",  "verdict",	"rule",	   "user",    "uid",
					  "found", "reachable", "packets", "notes",   "interface"};
	static const char *const port[] = {"port", "class", "ephemeral", "since", "protocols"};
	static const char *const entry[] = {"proto",  "service", "listeners", "connections",
					    "policy", "passed",	 "dropped",   "notes"};
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 80 from 10.0.0.0/8 comment web");
	portfw_ok(bed, "default deny");
	json_t *audit = audit_json(bed, 0);
	assert_has_keys(audit, top, sizeof(top) / sizeof(top[0]));
	json_t *listener = find(audit, "tcp", 80);
	assert_has_keys(listener, row, sizeof(row) / sizeof(row[0]));
	assert_string_equal(text_of(json_object_get(listener, "rule"), "comment"), "web");
	json_decref(audit);

	json_t *answer = json_of(portfw_ok(bed, "port 80 --json"));
	assert_has_keys(answer, port, sizeof(port) / sizeof(port[0]));
	json_t *protocols = json_object_get(answer, "protocols");
	assert_int_equal(json_array_size(protocols), 2);
	assert_has_keys(json_array_get(protocols, 0), entry, sizeof(entry) / sizeof(entry[0]));
	json_decref(answer);
}

/* Without the time since which packets are counted: it is the difference of two clocks, and may be
 * a second more or less. */
static const char *before_since(struct run *run)
{
	char *since = strstr(run->out, " since ");

	if (since)
		*since = '\0';
	return run->out;
}

static void port_tells_of_one_port_however_it_is_named(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22 from 10.0.0.0/8");
	portfw_ok(bed, "default deny");
	assert_says(portfw_ok(bed, "port tcp 22"), "open from  10.0.0.0/8\n");
	assert_string_equal(before_since(portfw_ok(bed, "port 22/tcp")),
			    before_since(portfw_ok(bed, "port ssh")));
	assert_says(portfw_ok(bed, "port 22"), "udp 22");
	assert_says(portfw_ok(bed, "port 443"), "system port");
	assert_says(portfw_ok(bed, "port udp 51820"), "dynamic port");
	assert_says(portfw_ok(bed, "port tcp 23"), "telnet: ");
	portfw_fails(bed, 2, "port tcp 22,23");
	portfw_fails(bed, 2, "port icmp");
	portfw_fails(bed, 2, "port 65536");
	portfw_fails(bed, 2, "port");
}

static void control_bytes_in_the_name_of_a_program_are_escaped(void **state)
{
	struct testbed *bed = testbed(state);

	need(bed, "/usr/bin/python3");
	shell_ok(bed, &bed->guarded, "cp -L /usr/bin/python3 \"$(printf '/run/\\033[31mx')\"");
	start(bed, "exec /run/*31mx -c 'import socket, time\n"
		   "s = socket.socket(); s.bind((\"\", 80)); s.listen(); time.sleep(999)'");
	wait_until(listens(bed, "tcp", 80));
	struct run *run = portfw_fails(bed, 4, "audit");
	assert_says_not(run, "\033");
	assert_says(run, "\\x1b[31mx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(each_kind_of_listener_has_its_process_and_verdict),
		TESTBED_TEST(audit_lists_the_sockets_and_processes_that_ss_does),
		TESTBED_TEST(closing_the_unused_leaves_exactly_the_used_ports_open),
		TESTBED_TEST(without_yes_or_a_terminal_the_policy_is_only_proposed),
		TESTBED_TEST(closing_the_unused_can_be_on_trial),
		TESTBED_TEST(who_is_connected_keeps_the_port_open),
		TESTBED_TEST(the_exit_status_says_whether_something_is_exposed_or_stale),
		TESTBED_TEST(root_is_never_told_to_run_it_as_root),
		TESTBED_TEST(a_plain_user_sees_what_there_is_and_reads_what_is_missing),
		TESTBED_TEST(json_has_the_documented_keys),
		TESTBED_TEST(port_tells_of_one_port_however_it_is_named),
		TESTBED_TEST(control_bytes_in_the_name_of_a_program_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
