/* SPDX-License-Identifier: GPL-2.0-only */
/* Who could change a file: owners, modes, directories, and the links on the way. */
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/file.h"
#include "state/file_trust.h"
#include "unit.h"

#define STRANGER 65534

static char directory[] = "/tmp/portfw-trust-XXXXXX";

/* A path in the directory of the test; static storage, valid for four calls. */
static const char *in_directory(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static const char *make_file(const char *name)
{
	const char *path = in_directory(name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs("default deny\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
	return path;
}

static void expect_trusted(const char *path)
{
	_cleanup_text_ char *text = NULL;
	struct error error = {""};
	size_t length;

	if (trust_file(path, &error)) {
		print_error("%s: %s\n", path, error.text);
		fail();
	}
	assert_int_equal(trust_place(path, NULL), 0);
	assert_int_equal(file_read_own(path, &text, &length, NULL), 0);
	assert_string_equal(text, "default deny\n");
}

/* Refused, with the command that mends it; whoever wants it all the same can read it. */
static void expect_refused(const char *path, const char *mended_by_command)
{
	_cleanup_text_ char *text = NULL;
	struct error error = {""};
	size_t length;

	assert_int_equal(trust_file(path, &error), -EPERM);
	if (!strstr(error.text, mended_by_command)) {
		print_error("\"%s\" does not have \"%s\"\n", error.text, mended_by_command);
		fail();
	}
	assert_int_equal(file_read_own(path, &text, &length, NULL), -EPERM);
	assert_int_equal(file_read_any(path, &text, &length, NULL), 0);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("[  REASON  ] only root can give files away\n");
	skip();
}

/* `chown root PATH` and the like. */
static const char *mended_by(const char *words, const char *path)
{
	static char text[PATH_MAX + 32];

	snprintf(text, sizeof(text), "`%s %s`", words, path);
	return text;
}

static void a_file_of_ones_own_is_trusted(void **state)
{
	(void)state;
	expect_trusted(make_file("policy"));
	assert_int_equal(chmod(in_directory("policy"), 0644), 0);
	expect_trusted(in_directory("policy"));
}

static void what_is_not_there_is_trusted_where_its_place_is(void **state)
{
	(void)state;
	assert_int_equal(trust_file(in_directory("none"), NULL), 0);
	assert_int_equal(trust_file(in_directory("none/such/file"), NULL), 0);
	assert_int_equal(chmod(directory, 0777), 0);
	assert_int_equal(trust_file(in_directory("none"), NULL), -EPERM);
}

static void what_others_can_write_is_refused(void **state)
{
	const char *path = make_file("policy");

	(void)state;
	assert_int_equal(chmod(path, 0602), 0);
	expect_refused(path, mended_by("chmod go-w", path));
	assert_int_equal(chmod(path, 0600), 0);
	expect_trusted(path);
}

static void only_the_group_of_root_may_write(void **state)
{
	const char *path = make_file("policy");

	(void)state;
	need_root();
	assert_int_equal(chmod(path, 0660), 0);
	expect_trusted(path);
	assert_int_equal(chown(path, 0, STRANGER), 0);
	expect_refused(path, mended_by("chmod go-w", path));
	assert_int_equal(chmod(path, 0640), 0);
	expect_trusted(path);
}

static void a_file_of_somebody_else_is_refused(void **state)
{
	const char *path = make_file("policy");

	(void)state;
	need_root();
	assert_int_equal(chown(path, STRANGER, 0), 0);
	expect_refused(path, mended_by("chown root", path));
	assert_int_equal(trust_place(path, NULL), 0);
}

static void files_of_root_and_of_the_effective_user_are_trusted(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(chown(make_file("policy"), 0, 0), 0);
	assert_int_equal(chmod(in_directory("policy"), 0644), 0);
	assert_int_equal(chown(directory, STRANGER, STRANGER), 0);
	assert_int_equal(seteuid(STRANGER), 0);
	expect_trusted(in_directory("policy"));
	assert_int_equal(seteuid(0), 0);
	expect_refused(in_directory("policy"), mended_by("chown root", directory));
}

static void the_directory_counts(void **state)
{
	const char *path = make_file("policy");

	(void)state;
	assert_int_equal(chmod(directory, 0757), 0);
	expect_refused(path, mended_by("chmod go-w", directory));
	assert_int_equal(trust_directory(path, NULL), -EPERM);
	assert_int_equal(chmod(directory, 01777), 0);
	expect_trusted(path);
	assert_int_equal(trust_directory(path, NULL), 0);
	assert_int_equal(chown(path, STRANGER, STRANGER), 0);
	expect_refused(path, mended_by("chown root", path));
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(directory, 0755), 0);
	expect_trusted(path);
}

static void links_are_followed_where_each_step_is_trusted(void **state)
{
	char resolved[PATH_MAX];

	(void)state;
	make_file("policy");
	assert_int_equal(symlink("policy", in_directory("one")), 0);
	assert_int_equal(symlink(in_directory("one"), in_directory("two")), 0);
	expect_trusted(in_directory("two"));
	assert_int_equal(trust_resolve(in_directory("two"), resolved, NULL), 0);
	assert_string_equal(resolved, in_directory("policy"));
}

static void a_link_to_a_file_of_somebody_else_is_refused(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(chown(make_file("policy"), STRANGER, 0), 0);
	assert_int_equal(symlink("policy", in_directory("link")), 0);
	expect_refused(in_directory("link"), mended_by("chown root", in_directory("policy")));
	assert_int_equal(trust_place(in_directory("link"), NULL), 0);
}

static void a_link_of_somebody_else_is_refused(void **state)
{
	(void)state;
	need_root();
	make_file("policy");
	assert_int_equal(symlink("policy", in_directory("link")), 0);
	assert_int_equal(lchown(in_directory("link"), STRANGER, STRANGER), 0);
	expect_refused(in_directory("link"), mended_by("chown -h root", in_directory("link")));
	assert_int_equal(trust_place(in_directory("link"), NULL), -EPERM);
	assert_int_equal(trust_directory(in_directory("link"), NULL), 0);
}

static void a_link_through_a_directory_that_others_can_write_is_refused(void **state)
{
	(void)state;
	make_file("policy");
	assert_int_equal(mkdir(in_directory("open"), 0700), 0);
	assert_int_equal(chmod(in_directory("open"), 0777), 0);
	assert_int_equal(symlink("../policy", in_directory("open/link")), 0);
	assert_int_equal(symlink("open/link", in_directory("link")), 0);
	expect_refused(in_directory("link"), mended_by("chmod go-w", in_directory("open")));
}

static void directories_may_be_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_directory("real"), 0755), 0);
	make_file("real/policy");
	assert_int_equal(symlink("real", in_directory("etc")), 0);
	expect_trusted(in_directory("etc/policy"));
	assert_int_equal(chmod(directory, 0777), 0);
	expect_refused(in_directory("etc/policy"), mended_by("chmod go-w", directory));
}

static void forty_links_are_followed_and_no_more(void **state)
{
	char resolved[PATH_MAX], name[32], target[32] = "policy";

	(void)state;
	make_file("policy");
	for (unsigned i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "link-%u", i);
		assert_int_equal(symlink(target, in_directory(name)), 0);
		memcpy(target, name, sizeof(target));
	}
	expect_trusted(in_directory("link-40"));
	assert_int_equal(trust_file(in_directory("link-41"), NULL), -ELOOP);
	assert_int_equal(symlink("loop", in_directory("loop")), 0);
	assert_int_equal(trust_resolve(in_directory("loop"), resolved, NULL), -ELOOP);
}

static void a_link_that_leads_nowhere_says_where(void **state)
{
	char resolved[PATH_MAX];

	(void)state;
	assert_int_equal(symlink("gone/policy", in_directory("link")), 0);
	assert_int_equal(trust_resolve(in_directory("link"), resolved, NULL), 0);
	assert_string_equal(resolved, in_directory("gone/policy"));
}

static int make_directory(void **state)
{
	char template[] = "/tmp/portfw-trust-XXXXXX";

	(void)state;
	memcpy(directory, template, sizeof(directory));
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char *paths[] = {directory, NULL};
	FTS *tree;
	const FTSENT *entry;

	(void)state;
	if (geteuid() == STRANGER && seteuid(0))
		return -1;
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT, NULL);
	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info != FTS_D)
			remove(entry->fts_accpath);
	if (tree)
		fts_close(tree);
	return 0;
}

#define test_in_directory(function) \
	cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_in_directory(a_file_of_ones_own_is_trusted),
		test_in_directory(what_is_not_there_is_trusted_where_its_place_is),
		test_in_directory(what_others_can_write_is_refused),
		test_in_directory(only_the_group_of_root_may_write),
		test_in_directory(a_file_of_somebody_else_is_refused),
		test_in_directory(files_of_root_and_of_the_effective_user_are_trusted),
		test_in_directory(the_directory_counts),
		test_in_directory(links_are_followed_where_each_step_is_trusted),
		test_in_directory(a_link_to_a_file_of_somebody_else_is_refused),
		test_in_directory(a_link_of_somebody_else_is_refused),
		test_in_directory(a_link_through_a_directory_that_others_can_write_is_refused),
		test_in_directory(directories_may_be_links),
		test_in_directory(forty_links_are_followed_and_no_more),
		test_in_directory(a_link_that_leads_nowhere_says_where),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
