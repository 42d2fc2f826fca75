/* SPDX-License-Identifier: GPL-2.0-only */
#include "tool.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIME_MAX_MS 2000
#define OUTPUT_MAX (256u << 20)

/* A program that runs. `streams`: its standard output and standard error. */
struct tool {
	pid_t pid;
	struct pollfd streams[2];
	char *text[2];
	size_t length[2], capacity[2];
};

static bool find(const char *name, char path[PATH_MAX])
{
	static const char *const directories[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin"};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(path, PATH_MAX, "%s/%s", directories[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int start(const char *path, const char *const *argv, struct tool *tool)
{
	static char locale[] = "LC_ALL=C", directories[] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
	char *environment[] = {locale, directories, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults, mask;
	int ends[2][2], code;

	if (pipe2(ends[0], O_CLOEXEC))
		return -errno;
	if (pipe2(ends[1], O_CLOEXEC)) {
		code = -errno;
		close(ends[0][0]);
		close(ends[0][1]);
		return code;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[0][1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1][1], STDERR_FILENO);
	signals_of_child(&defaults, &mask);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, &mask);
	code = posix_spawn(&tool->pid, path, &actions, &attributes, (char *const *)argv,
			   environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; i < 2; i++) {
		close(ends[i][1]);
		tool->streams[i] = (struct pollfd){.fd = ends[i][0], .events = POLLIN};
	}
	return -code;
}

/* Takes what has come on a stream; closes it at its end. */
static int take(struct tool *tool, int i)
{
	size_t room = tool->capacity[i] - tool->length[i];
	ssize_t got;

	if (room < 4096) {
		size_t capacity = tool->capacity[i] ? 2 * tool->capacity[i] : 65536;
		char *grown = capacity > OUTPUT_MAX ? NULL : realloc(tool->text[i], capacity);
		if (!grown)
			return -ENOMEM;
		tool->text[i] = grown;
		tool->capacity[i] = capacity;
		room = capacity - tool->length[i];
	}
	got = read(tool->streams[i].fd, tool->text[i] + tool->length[i], room - 1);
	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	tool->length[i] += (size_t)got;
	tool->text[i][tool->length[i]] = '\0';
	if (got == 0) {
		close(tool->streams[i].fd);
		tool->streams[i].fd = -1;
	}
	return 0;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_all(struct tool *tool)
{
	long end = now_ms() + TIME_MAX_MS;

	while (tool->streams[0].fd >= 0 || tool->streams[1].fd >= 0) {
		long left = end - now_ms();
		int ready = left > 0 ? poll(tool->streams, 2, (int)left) : 0;

		if (ready == 0)
			return -ETIMEDOUT;
		if (ready < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < 2; i++) {
			int code = ready > 0 && tool->streams[i].revents ? take(tool, i) : 0;
			if (code)
				return code;
		}
	}
	return 0;
}

/* Waits for the program, which is killed if it was too slow. */
static int end(struct tool *tool, const char *name, int code, struct error *error)
{
	const char *why = tool->text[1] ? tool->text[1] : "";
	int status;

	if (code)
		kill(tool->pid, SIGKILL);
	while (waitpid(tool->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (code == -ETIMEDOUT)
		return error_set(error, code, "%s did not end within %d s", name,
				 TIME_MAX_MS / 1000);
	if (code)
		return error_set(error, code, "%s: %s", name, strerror(-code));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(error, -EPROTO, "%s failed: %.*s", name,
			 *why ? (int)strcspn(why, "\n") : 7, *why ? why : "no word");
}

int tool_run(const char *const *argv, char **output, struct error *error)
{
	struct tool tool = {.streams = {{.fd = -1}, {.fd = -1}}};
	char path[PATH_MAX];
	int code;

	if (!find(argv[0], path))
		return -ENOENT;
	code = start(path, argv, &tool);
	if (code)
		error_set(error, code, "cannot run %s: %s", path, strerror(-code));
	else
		code = end(&tool, argv[0], read_all(&tool), error);
	for (int i = 0; i < 2; i++)
		if (tool.streams[i].fd >= 0)
			close(tool.streams[i].fd);
	free(tool.text[1]);
	if (code) {
		free(tool.text[0]);
		return code;
	}
	*output = tool.text[0];
	return 0;
}
