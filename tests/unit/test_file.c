/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files on disk: what is refused, and that a write is whole or not at all. */
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/file.h"
#include "unit.h"

static char directory[] = "/tmp/portfw-unit-XXXXXX";

/* A path in the directory of the test; static storage, valid for four calls. */
static const char *in_directory(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void expect_content(const char *path, const char *expected)
{
	_cleanup_text_ char *text = NULL;
	struct error error = {0};
	size_t length = 0;

	if (file_read(path, &text, &length, &error) != 0) {
		print_error("%s: %s\n", path, error.text);
		fail();
	}
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void expect_refusal(const char *path, int code, const char *message)
{
	char *text = NULL;
	struct error error = {0};
	size_t length = 0;
	int err = file_read(path, &text, &length, &error);

	assert_string_equal(error.text, message);
	assert_int_equal(err, code);
	assert_null(text);
}

static unsigned count_entries(void)
{
	DIR *stream = opendir(directory);
	unsigned count = 0;

	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count - 2; /* . and .. */
}

static int replace(const char *path, const char *text, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	int err = file_prepare(path, text, strlen(text), &update, error);

	return err ? err : file_commit(&update, error);
}

static void a_file_is_read_whole(void **state)
{
	(void)state;
	write_file(in_directory("policy"), "allow tcp 22\n", 0600);
	expect_content(in_directory("policy"), "allow tcp 22\n");
	write_file(in_directory("policy"), "", 0644);
	expect_content(in_directory("policy"), "");
}

static void what_is_no_regular_file_is_named_and_refused(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	expect_refusal(directory, -EINVAL, "not a regular file but a directory");
	assert_int_equal(mkfifo(in_directory("fifo"), 0600), 0);
	expect_refusal(in_directory("fifo"), -EINVAL, "not a regular file but a FIFO");
	expect_refusal("/dev/null", -EINVAL, "not a regular file but a character device");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	expect_refusal(in_directory("socket"), -EINVAL, "not a regular file but a socket");
	expect_refusal(in_directory("none"), -ENOENT, "No such file or directory");
}

static void a_file_that_everybody_can_write_is_refused(void **state)
{
	(void)state;
	write_file(in_directory("policy"), "default deny\n", 0666);
	expect_refusal(in_directory("policy"), -EACCES,
		       "everybody can write to it: fix that with chmod o-w");
}

static void an_unreadable_file_is_refused(void **state)
{
	uid_t user = geteuid();

	(void)state;
	write_file(in_directory("policy"), "default deny\n", 0);
	assert_int_equal(chmod(directory, 0755), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	expect_refusal(in_directory("policy"), -EACCES, "Permission denied");
	if (user == 0)
		assert_int_equal(seteuid(0), 0);
}

static void a_file_holds_16_mib(void **state)
{
	_cleanup_text_ char *text = NULL;
	struct error error = {0};
	size_t length;

	(void)state;
	write_file(in_directory("policy"), "", 0600);
	assert_int_equal(truncate(in_directory("policy"), TEXT_FILE_MAX), 0);
	assert_int_equal(file_read(in_directory("policy"), &text, &length, &error), 0);
	assert_int_equal(length, TEXT_FILE_MAX);
	assert_int_equal(truncate(in_directory("policy"), TEXT_FILE_MAX + 1), 0);
	expect_refusal(in_directory("policy"), -EFBIG, "larger than 16 MiB");
}

/* Makes a file standard input while the function runs. */
static void with_standard_input(const char *path, void (*run)(void))
{
	int saved = dup(STDIN_FILENO), fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	run();
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

static void expect_input(void)
{
	expect_content("-", "allow tcp 22\n");
}

static void expect_input_too_large(void)
{
	expect_refusal("-", -EFBIG, "larger than 16 MiB");
}

static void standard_input_is_read_up_to_the_limit(void **state)
{
	(void)state;
	write_file(in_directory("policy"), "allow tcp 22\n", 0600);
	with_standard_input(in_directory("policy"), expect_input);
	assert_int_equal(truncate(in_directory("policy"), TEXT_FILE_MAX + 1), 0);
	with_standard_input(in_directory("policy"), expect_input_too_large);
}

static void a_new_file_is_private_and_its_directories_are_made(void **state)
{
	struct error error = {0};
	struct stat status;

	(void)state;
	assert_int_equal(replace(in_directory("a/b/policy"), "default deny\n", &error), 0);
	expect_content(in_directory("a/b/policy"), "default deny\n");
	assert_int_equal(stat(in_directory("a/b/policy"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(in_directory("a/b"), &status), 0);
	assert_true(S_ISDIR(status.st_mode));
}

static void a_replaced_file_keeps_its_mode_and_its_links(void **state)
{
	struct error error = {0};
	struct stat status;

	(void)state;
	write_file(in_directory("policy"), "default allow\n", 0640);
	assert_int_equal(symlink("policy", in_directory("link")), 0);
	assert_int_equal(replace(in_directory("link"), "default deny\n", &error), 0);
	expect_content(in_directory("policy"), "default deny\n");
	assert_int_equal(lstat(in_directory("link"), &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(in_directory("policy"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(count_entries(), 2);
}

static void a_long_text_is_written_whole(void **state)
{
	_cleanup_text_ char *text = malloc(3000001);
	struct error error = {0};

	(void)state;
	memset(text, '#', 3000000);
	text[3000000] = '\0';
	assert_int_equal(replace(in_directory("policy"), text, &error), 0);
	expect_content(in_directory("policy"), text);
}

static void until_commit_the_old_file_stands(void **state)
{
	struct file_update update = FILE_UPDATE_INIT;
	struct error error = {0};

	(void)state;
	write_file(in_directory("policy"), "default allow\n", 0600);
	assert_int_equal(file_prepare(in_directory("policy"), "x", 1, &update, &error), 0);
	expect_content(in_directory("policy"), "default allow\n");
	assert_int_equal(count_entries(), 2);
	file_abandon(&update);
	file_abandon(&update);
	expect_content(in_directory("policy"), "default allow\n");
	assert_int_equal(count_entries(), 1);
}

static void a_failed_write_leaves_the_old_file_and_nothing_else(void **state)
{
	struct file_update update = FILE_UPDATE_INIT;
	struct error error = {0};
	struct rlimit limit, small;
	char text[8192];
	int err;

	(void)state;
	memset(text, '#', sizeof(text));
	write_file(in_directory("policy"), "default allow\n", 0600);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){4096, limit.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = file_prepare(in_directory("policy"), text, sizeof(text), &update, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(err, -EFBIG);
	assert_string_equal(error.text, "cannot write the new version: File too large");
	expect_content(in_directory("policy"), "default allow\n");
	assert_int_equal(count_entries(), 1);
}

static void what_cannot_be_a_policy_file_is_not_replaced(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(mkdir(in_directory("sub"), 0700), 0);
	assert_int_equal(replace(in_directory("sub"), "x", &error), -EINVAL);
	assert_string_equal(error.text, "not a regular file but a directory");
	assert_int_equal(replace("/dev/null", "x", &error), -EINVAL);
	assert_string_equal(error.text, "not a regular file but a character device");
	assert_int_equal(symlink("nowhere", in_directory("dangling")), 0);
	assert_int_equal(replace(in_directory("dangling"), "x", &error), -ENOENT);
	write_file(in_directory("file"), "", 0600);
	assert_int_equal(replace(in_directory("file/policy"), "x", &error), -ENOTDIR);
	assert_int_equal(count_entries(), 3);
}

static void what_a_dead_process_left_is_removed(void **state)
{
	struct error error = {0};
	char name[64];
	pid_t dead = fork();

	(void)state;
	if (dead == 0)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	snprintf(name, sizeof(name), ".portfw-new-%d-abcdef", (int)dead);
	write_file(in_directory(name), "half", 0600);
	snprintf(name, sizeof(name), ".portfw-new-%d-abcdef", (int)getppid());
	write_file(in_directory(name), "in use", 0600);
	write_file(in_directory(".portfw-new-notes"), "not ours", 0600);
	assert_int_equal(replace(in_directory("policy"), "x", &error), 0);
	assert_int_equal(count_entries(), 3);
	expect_content(in_directory(name), "in use");
}

static void a_commit_that_cannot_rename_says_so(void **state)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	struct error error = {0};

	(void)state;
	assert_int_equal(file_prepare(in_directory("policy"), "x", 1, &update, &error), 0);
	assert_int_equal(mkdir(in_directory("policy"), 0700), 0);
	assert_int_equal(file_commit(&update, &error), -EISDIR);
	assert_string_equal(error.text, "cannot put the new version in place: Is a directory");
	file_abandon(&update);
	assert_int_equal(count_entries(), 1);
}

static void backups_are_dated_and_never_overwrite(void **state)
{
	char first[PATH_MAX], second[PATH_MAX];
	struct error error = {0};
	struct stat status;

	(void)state;
	write_file(in_directory("policy"), "default deny\n", 0640);
	assert_int_equal(file_backup(in_directory("policy"), first, &error), 0);
	write_file(in_directory("policy"), "default allow\n", 0640);
	assert_int_equal(file_backup(in_directory("policy"), second, &error), 0);
	assert_string_not_equal(first, second);
	expect_content(first, "default deny\n");
	expect_content(second, "default allow\n");
	assert_int_equal(stat(first, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(strlen(first), strlen(in_directory("policy.YYYY-MM-DDTHH:MM:SSZ")));
	assert_int_equal(file_backup(in_directory("none"), first, &error), -ENOENT);
	assert_int_equal(count_entries(), 3);
}

/* --- What takes the place of anything -------------------------------------------------------- */

/* Replaces the path by "new"; the type and mode of what stands aside then (0: nothing does). */
static mode_t replace_anew(const char *path, char aside[PATH_MAX])
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	struct error error = {0};
	struct stat status;

	assert_int_equal(file_prepare_anew(path, "new", 3, &update, &error), 0);
	assert_int_equal(file_backup(update.path, aside, &error), 0);
	assert_int_equal(file_commit_over(&update, aside, &error), 0);
	expect_content(path, "new");
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode) && (status.st_mode & 07777) == 0600);
	assert_int_equal(count_entries(), 2);
	assert_int_equal(lstat(aside, &status), 0);
	return status.st_mode;
}

static void a_directory_moves_aside_with_what_is_in_it(void **state)
{
	char aside[PATH_MAX], inside[PATH_MAX + 8];

	(void)state;
	assert_int_equal(mkdir(in_directory("policy"), 0750), 0);
	write_file(in_directory("policy/inside"), "text", 0600);
	assert_int_equal(replace_anew(in_directory("policy"), aside), S_IFDIR | 0750);
	snprintf(inside, sizeof(inside), "%s/inside", aside);
	expect_content(inside, "text");
}

static void a_fifo_moves_aside(void **state)
{
	char aside[PATH_MAX];

	(void)state;
	assert_int_equal(mkfifo(in_directory("policy"), 0600), 0);
	assert_int_equal(replace_anew(in_directory("policy"), aside), S_IFIFO | 0600);
}

static void a_link_that_leads_nowhere_moves_aside(void **state)
{
	char aside[PATH_MAX], target[PATH_MAX] = "";

	(void)state;
	assert_int_equal(symlink("nowhere", in_directory("policy")), 0);
	replace_anew(in_directory("policy"), aside);
	assert_int_equal(readlink(aside, target, sizeof(target) - 1), strlen("nowhere"));
	assert_string_equal(target, "nowhere");
}

static void a_file_that_is_too_large_moves_aside(void **state)
{
	char aside[PATH_MAX];
	struct stat status;

	(void)state;
	write_file(in_directory("policy"), "", 0644);
	assert_int_equal(truncate(in_directory("policy"), TEXT_FILE_MAX + 1), 0);
	replace_anew(in_directory("policy"), aside);
	assert_int_equal(stat(aside, &status), 0);
	assert_int_equal(status.st_size, TEXT_FILE_MAX + 1);
}

static void a_link_that_leads_nowhere_is_no_missing_file(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", in_directory("policy")), 0);
	expect_refusal(in_directory("policy"), -EINVAL,
		       "a symbolic link to a file that does not exist");
}

static int make_directory(void **state)
{
	(void)state;
	memset(directory + strlen(directory) - strlen("XXXXXX"), 'X', strlen("XXXXXX"));
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char *const roots[] = {directory, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	(void)state;
	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info != FTS_D) /* directories on the way back */
			remove(entry->fts_accpath);
	return tree ? fts_close(tree) : -1;
}

#define test_in_directory(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_in_directory(a_file_is_read_whole),
		test_in_directory(what_is_no_regular_file_is_named_and_refused),
		test_in_directory(a_file_that_everybody_can_write_is_refused),
		test_in_directory(an_unreadable_file_is_refused),
		test_in_directory(a_file_holds_16_mib),
		test_in_directory(standard_input_is_read_up_to_the_limit),
		test_in_directory(a_new_file_is_private_and_its_directories_are_made),
		test_in_directory(a_replaced_file_keeps_its_mode_and_its_links),
		test_in_directory(a_long_text_is_written_whole),
		test_in_directory(until_commit_the_old_file_stands),
		test_in_directory(a_failed_write_leaves_the_old_file_and_nothing_else),
		test_in_directory(what_cannot_be_a_policy_file_is_not_replaced),
		test_in_directory(what_a_dead_process_left_is_removed),
		test_in_directory(a_commit_that_cannot_rename_says_so),
		test_in_directory(backups_are_dated_and_never_overwrite),
		test_in_directory(a_directory_moves_aside_with_what_is_in_it),
		test_in_directory(a_fifo_moves_aside),
		test_in_directory(a_link_that_leads_nowhere_moves_aside),
		test_in_directory(a_file_that_is_too_large_moves_aside),
		test_in_directory(a_link_that_leads_nowhere_is_no_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
