/* SPDX-License-Identifier: GPL-2.0-only */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define WORDS_MAX 64
#define NOBODY 65534

/* --- Starting ------------------------------------------------------------------------------ */

static void set_variable(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void set_environment(const struct testbed *bed)
{
	char ahead[24];

	snprintf(ahead, sizeof(ahead), "%ld", bed->clock);
	setenv("PORTFW", TESTBED_PORTFW, 1);
	setenv("PORTFW_POLICY", bed->policy, 1);
	setenv("PORTFW_PIN_DIR", bed->pin_dir, 1);
	setenv("PORTFW_RUN_DIR", bed->run_dir, 1);
	setenv("PORTFW_STATE_DIR", "/run/state", 1);
	setenv("PORTFW_PRIVATE_BPFFS", "1", 1);
	setenv("LC_ALL", "C", 1);
	set_variable("SSH_CONNECTION", bed->session);
	set_variable("PORTFW_FAULT", bed->fault);
	set_variable("PORTFW_TEST_CLOCK", bed->clock ? ahead : NULL);
	set_variable("LD_PRELOAD", bed->clock ? TESTBED_CLOCK : NULL);
}

/* From now on these commands of bpf(2) fail with ENOMEM. */
static int deny_memory(uint64_t commands)
{
	enum { COMMANDS = 64, LOADS = 3 };
	struct sock_filter filter[LOADS + 2 * COMMANDS + 1] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
	};
	const struct sock_filter fail =
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (ENOMEM & SECCOMP_RET_DATA));
	struct sock_fprog program = {.len = LOADS + 1, .filter = filter};

	for (unsigned n = 0; n < COMMANDS - 1; n++) {
		if (!(commands >> n & 1))
			continue;
		filter[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, n, 0, 1);
		filter[program.len++] = fail;
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return commands ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) : 0;
}

__attribute__((noreturn)) static void execute(const struct testbed *bed, const struct host *host,
					      const struct run *run, uid_t uid, char **argv)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_environment(bed);
	if (setns(host->net, CLONE_NEWNET) || dup2(null, 0) < 0 || dup2(run->out_fd, 1) < 0 ||
	    dup2(run->err_fd, 2) < 0)
		_exit(126);
	if (uid && (setgroups(0, NULL) || setgid(uid) || setuid(uid)))
		_exit(126);
	if (deny_memory(bed->no_memory))
		_exit(126);
	execvp(argv[0], argv);
	dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Takes over `command`, which is for people. */
static struct run *start(struct testbed *bed, const struct host *host, uid_t uid, char **argv,
			 char *command)
{
	struct run *run = calloc(1, sizeof(*run));

	run->command = command;
	run->out_fd = memfd_create("stdout", MFD_CLOEXEC);
	run->err_fd = memfd_create("stderr", MFD_CLOEXEC);
	run->next = bed->runs;
	bed->runs = run;
	run->pid = fork();
	if (run->pid == 0)
		execute(bed, host, run, uid, argv);
	assert_true(run->pid > 0);
	return run;
}

/* Splits words in place; argv[0] is left out. */
static void split(char *text, char *argv[WORDS_MAX])
{
	size_t count = 1;

	for (;;) {
		text += strspn(text, " ");
		if (!*text || count == WORDS_MAX - 1)
			break;
		bool quoted = *text == '"';
		argv[count++] = text += quoted;
		text += strcspn(text, quoted ? "\"" : " ");
		if (!*text)
			break;
		*text++ = '\0';
	}
	argv[count] = NULL;
}

__attribute__((format(printf, 3, 0))) static struct run *
start_portfw(struct testbed *bed, uid_t uid, const char *words, va_list arguments)
{
	const char *usual = bed->fault ? TESTBED_FAULTY : TESTBED_PORTFW;
	char program[64], *text = NULL, *command = NULL, *argv[WORDS_MAX] = {program};

	snprintf(program, sizeof(program), "%s", bed->program ? bed->program : usual);
	assert_true(vasprintf(&text, words, arguments) >= 0);
	assert_true(asprintf(&command, "%s%s%sportfw %s", bed->fault ? "PORTFW_FAULT=" : "",
			     bed->fault ? bed->fault : "", bed->fault ? " " : "", text) >= 0);
	split(text, argv);
	struct run *run = start(bed, &bed->guarded, uid, argv, command);
	free(text);
	return run;
}

struct run *portfw_start(struct testbed *bed, const char *words, ...)
{
	va_list arguments;

	va_start(arguments, words);
	struct run *run = start_portfw(bed, 0, words, arguments);
	va_end(arguments);
	return run;
}

struct run *portfw(struct testbed *bed, const char *words, ...)
{
	va_list arguments;

	va_start(arguments, words);
	struct run *run = start_portfw(bed, 0, words, arguments);
	va_end(arguments);
	return run_finish(run);
}

struct run *portfw_as_nobody(struct testbed *bed, const char *words, ...)
{
	va_list arguments;

	va_start(arguments, words);
	struct run *run = start_portfw(bed, NOBODY, words, arguments);
	va_end(arguments);
	return run_finish(run);
}

struct run *shell(struct testbed *bed, const struct host *host, const char *script, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, script);
	assert_true(vasprintf(&text, script, arguments) >= 0);
	va_end(arguments);
	char *argv[] = {(char[]){"sh"}, (char[]){"-ec"}, text, NULL};
	return run_finish(start(bed, host, 0, argv, text));
}

/* --- Ending -------------------------------------------------------------------------------- */

static char *read_all(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	for (off_t at = 0; at < size;) {
		ssize_t count = pread(fd, text + at, (size_t)(size - at), at);
		if (count <= 0)
			break;
		at += count;
	}
	return text;
}

struct run *run_finish(struct run *run)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, run->pid, 0), .events = POLLIN};
	bool late = poll(&end, 1, PATIENCE_MS) == 0;
	int status = 0;

	if (late)
		kill(run->pid, SIGKILL);
	close(end.fd);
	waitpid(run->pid, &status, 0);
	run->status = late		    ? -1
		      : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					    : WEXITSTATUS(status);
	run->out = read_all(run->out_fd);
	run->err = read_all(run->err_fd);
	close(run->out_fd);
	close(run->err_fd);
	return run;
}

void runs_free(struct testbed *bed)
{
	while (bed->runs) {
		struct run *run = bed->runs;
		bed->runs = run->next;
		free(run->command);
		free(run->out);
		free(run->err);
		free(run);
	}
}

/* --- Expectations -------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void run_fail(const struct run *run, const char *file,
							   int line, const char *format, ...)
{
	va_list arguments;

	/* cmocka's print_error() cuts what is longer than 1024 bytes. */
	fflush(stdout);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n--- command: %s\n--- status: %d\n--- stdout:\n%s--- stderr:\n%s---\n",
		run->command, run->status, run->out, run->err);
	_fail(file, line);
}

struct run *run_expect(struct run *run, int status, const char *file, int line)
{
	if (run->status != status)
		run_fail(run, file, line, "exit status %d expected", status);
	return run;
}

void run_says(const struct run *run, bool standard_error, const char *text, bool wanted,
	      const char *file, int line)
{
	bool found = strstr(standard_error ? run->err : run->out, text);

	if (found != wanted)
		run_fail(run, file, line, "%s on %s: '%s'", wanted ? "not found" : "not expected",
			 standard_error ? "stderr" : "stdout", text);
}

void run_prints(const struct run *run, bool standard_error, const char *text, const char *file,
		int line)
{
	if (strcmp(standard_error ? run->err : run->out, text) != 0)
		run_fail(run, file, line, "expected on %s:\n%s",
			 standard_error ? "stderr" : "stdout", text);
}

json_t *run_json(const struct run *run, const char *file, int line)
{
	json_error_t error;
	json_t *json = json_loads(run->out, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		run_fail(run, file, line, "not JSON: line %d: %s", error.line, error.text);
	return json;
}

/* --- Files --------------------------------------------------------------------------------- */

void file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t length = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

char *file_get(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	char *text = read_all(fd);
	close(fd);
	return text;
}

char *testbed_record(struct testbed *bed)
{
	struct run *run =
		shell_ok(bed, &bed->guarded,
			 "find /run -path /run/bin -prune -o ! -name 'policy-[0-9]' -printf "
			 "'%%p %%m %%U %%s\\n' | sort\n"
			 "find /run -xdev -type f -size -100k ! -path '/run/bin/*' | sort |\n"
			 "while read f; do echo \"== $f\"; cat \"$f\"; done\n"
			 "echo == kernel; $PORTFW list --runtime 2>&1 || :\n"
			 "ip -details link show | grep xdp || :\n");

	return strdup(run->out);
}

void record_check(struct testbed *bed, char *before, const char *file, int line)
{
	char *after = testbed_record(bed);
	size_t at = 0, begin = 0;

	while (before[at] && before[at] == after[at]) {
		at++;
		if (before[at - 1] == '\n')
			begin = at;
	}
	bool equal = before[at] == after[at];
	if (!equal)
		print_error("changed: '%.*s' was '%.*s'\n", (int)strcspn(after + begin, "\n"),
			    after + begin, (int)strcspn(before + begin, "\n"), before + begin);
	free(before);
	free(after);
	if (!equal)
		_fail(file, line);
}
