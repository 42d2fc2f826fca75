/* SPDX-License-Identifier: GPL-2.0-only */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "probe.h"

#define PATIENCE_MS 20000

bool is_long_run(void)
{
	const char *asked = getenv("PORTFW_TEST_LONG");

	return asked && *asked && strcmp(asked, "0") != 0;
}

/* --- Programs ------------------------------------------------------------------------------ */

static bool is_program(const char *name)
{
	char path[256];
	const char *rest = getenv("PATH");

	for (; rest && *rest; rest += strcspn(rest, ":"), rest += *rest == ':') {
		snprintf(path, sizeof(path), "%.*s/%s", (int)strcspn(rest, ":"), rest, name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* Those of the administrator are not in everybody's path. */
static void widen_path(void)
{
	const char *path = getenv("PATH");
	char *wider = NULL;

	if (path && strstr(path, ":/usr/sbin:/sbin"))
		return;
	assert_true(asprintf(&wider, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin") > 0);
	setenv("PATH", wider, 1);
	free(wider);
}

void need_programs(const char *names)
{
	static char reason[64];
	char name[32];

	widen_path();
	for (; *names; names += strcspn(names, " "), names += *names == ' ') {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(names, " "), names);
		if (is_program(name))
			continue;
		snprintf(reason, sizeof(reason), "needs %s", name);
		skip_because(reason);
	}
}

/* --- Starting ------------------------------------------------------------------------------ */

/* Of the first process in a service's PID namespace. */
static volatile pid_t script_pid;

static void pass_on(int signal)
{
	if (script_pid > 0)
		kill(script_pid, signal);
}

/* No mistake in a time server's configuration may reach the machine's clock. */
static int give_up_clock(void)
{
	if (prctl(PR_CAPBSET_READ, CAP_SYS_TIME) == 0)
		return 0;
	return prctl(PR_CAPBSET_DROP, CAP_SYS_TIME);
}

__attribute__((noreturn)) static void run_script(char *script)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-ec"}, script, NULL};

	if (give_up_clock())
		_exit(126);
	setenv("LC_ALL", "C", 1);
	execvp(argv[0], argv);
	_exit(127);
}

/* The first process of the namespace: stays root and unchanged, so that it dies with the test
 * whatever its children become; and with it they die. */
__attribute__((noreturn)) static void be_first(const struct host *host, const char *log,
					       char *script)
{
	int null = open("/dev/null", O_RDONLY);
	int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644), status = 0;
	const struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};

	if (setns(host->net, CLONE_NEWNET) || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	script_pid = fork();
	if (script_pid == 0)
		run_script(script);
	for (;;) {
		pid_t ended = wait(&status);
		if (ended == script_pid || (ended < 0 && errno == ECHILD))
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
}

/* fork(), but the child is the first process of a new PID namespace. It has no parent there that
 * it could look at: that the test was alive when it asked to die with it, it knows from a byte that
 * got through. */
static pid_t fork_first(void)
{
	const struct clone_args arguments = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
	int ends[2];
	char byte = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		if (send(ends[1], &byte, 1, MSG_NOSIGNAL) != 1)
			_exit(1);
	}
	close(ends[1]);
	if (pid) {
		assert_int_equal(recv(ends[0], &byte, 1, 0), 1);
		close(ends[0]);
	}
	return pid;
}

pid_t service_start(struct testbed *bed, const struct host *host, const char *name,
		    const char *script, ...)
{
	char *text = NULL, log[64];
	va_list arguments;

	va_start(arguments, script);
	assert_true(vasprintf(&text, script, arguments) >= 0);
	va_end(arguments);
	snprintf(log, sizeof(log), "/run/%s.log", name);
	assert_true(bed->child_count < sizeof(bed->children) / sizeof(bed->children[0]));
	pid_t pid = fork_first();
	if (pid == 0)
		be_first(host, log, text);
	bed->children[bed->child_count++] = pid;
	free(text);
	return pid;
}

void service_signal(pid_t service, int signal)
{
	assert_int_equal(kill(service, signal), 0);
}

void service_stop(struct testbed *bed, pid_t service)
{
	testbed_kill(bed, service);
}

/* --- Waiting ------------------------------------------------------------------------------- */

static char *log_of(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/%s.log", name);
	return access(path, R_OK) == 0 ? file_get(path) : strdup("");
}

unsigned service_said(const char *name, const char *text)
{
	char *log = log_of(name);
	unsigned times = 0;

	for (const char *at = log; (at = strstr(at, text)); at += strlen(text))
		times++;
	free(log);
	return times;
}

static bool has_ended(pid_t service)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)service, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid == service;
}

/* Fails the test when it is late or the service is no more. */
static void check_patience(pid_t service, const char *name, const char *what, int64_t deadline)
{
	bool ended = has_ended(service);

	if (!ended && now_ms() < deadline) {
		pause_briefly();
		return;
	}
	char *log = log_of(name);
	fflush(stdout);
	fprintf(stderr, "%s %s; its output:\n%s---\n", name, ended ? "ended" : "is late", log);
	free(log);
	fail_msg("%s: expected: %s", name, what);
}

void service_says(pid_t service, const char *name, const char *text, unsigned times)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (service_said(name, text) < times)
		check_patience(service, name, text, deadline);
}

/* Whether a line of such a table is of a socket in this state on this port:
 * "  0: 00000000:0016 00000000:0000 0A ...", local and remote end, then the state. */
static bool line_has(const char *line, unsigned state, unsigned port)
{
	const char *number = strchr(line, ':');
	const char *local = number ? strchr(number + 1, ':') : NULL;
	const char *remote = local ? strchr(local + 1, ':') : NULL;
	char *end;

	if (!remote || strtoul(local + 1, NULL, 16) != port)
		return false;
	strtoul(remote + 1, &end, 16);
	return strtoul(end, NULL, 16) == state;
}

/* The same of a whole table of the kernel's, such as tcp6. */
static bool table_has(const char *table, unsigned state, unsigned port)
{
	char path[64], line[512];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", table);
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = line_has(line, state, port);
	if (file)
		fclose(file);
	return found;
}

static bool is_listening(const struct testbed *bed, const struct host *host, int type,
			 unsigned port)
{
	enum { LISTENS = 10, UNCONNECTED = 7 }; /* linux/tcp_states.h */

	host_enter(bed, host);
	bool found = type == TCP
			     ? table_has("tcp", LISTENS, port) || table_has("tcp6", LISTENS, port)
			     : table_has("udp", UNCONNECTED, port) ||
				       table_has("udp6", UNCONNECTED, port);
	host_leave(bed);
	return found;
}

void service_listens(struct testbed *bed, const struct host *host, pid_t service, const char *name,
		     int type, unsigned port)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (!is_listening(bed, host, type, port))
		check_patience(service, name, "to listen", deadline);
}

/* --- Servers ------------------------------------------------------------------------------- */

void web_start(struct testbed *bed, unsigned mib)
{
	/* Without its own directories nginx would take over those of the machine. */
	pid_t web = service_start(
		bed, &bed->peer, "nginx",
		"mkdir -p /run/web/root /run/web/temporary\n"
		"echo hello >/run/web/root/hello\n"
		"truncate -s %uM /run/web/root/large\n"
		"cat >/run/web/configuration <<END\n"
		"daemon off; user root; pid /run/web/pid; error_log stderr; worker_processes 1;\n"
		"events {}\n"
		"http {\n"
		"access_log off; sendfile off; root /run/web/root;\n"
		"client_body_temp_path /run/web/temporary; proxy_temp_path /run/web/temporary;\n"
		"fastcgi_temp_path /run/web/temporary; uwsgi_temp_path /run/web/temporary;\n"
		"scgi_temp_path /run/web/temporary;\n"
		"server { listen 80; listen [::]:80; }\n"
		"}\n"
		"END\n"
		"exec nginx -p /run/web -c /run/web/configuration\n",
		mib);

	service_listens(bed, &bed->peer, web, "nginx", TCP, 80);
}

void iperf_start(struct testbed *bed, const struct host *host)
{
	pid_t server = service_start(bed, host, "iperf3", "exec iperf3 -s");

	service_listens(bed, host, server, "iperf3", TCP, 5201);
}
