/* SPDX-License-Identifier: GPL-2.0-only */
/* Where pins live, and that nothing stays behind. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void where_no_bpffs_is_mounted_attach_mounts_one_and_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(bed, &bed->guarded, "while umount /sys/fs/bpf 2>/dev/null; do :; done");
	snprintf(bed->pin_dir, sizeof(bed->pin_dir), "/sys/fs/bpf/portfw");
	struct run *run = portfw_ok(bed, "attach eth0");
	assert_complains(run, "mounted a bpffs on /sys/fs/bpf");
	assert_prints(shell_ok(bed, &bed->guarded, "stat -f -c %%T /sys/fs/bpf"), "bpf_fs\n");
	assert_int_equal(pin_count(bed, "xdp-"), 1);
	assert_complains_not(portfw_ok(bed, "allow tcp 22"), "mounted");
	portfw_ok(bed, "detach --all");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void a_bpffs_that_is_mounted_is_used_without_a_word(void **state)
{
	struct testbed *bed = testbed(state);

	assert_complains_not(portfw_ok(bed, "attach eth0"), "mounted");
}

static void a_pin_directory_elsewhere_gets_a_bpffs_of_its_own_that_goes_with_it(void **state)
{
	struct testbed *bed = testbed(state);

	snprintf(bed->pin_dir, sizeof(bed->pin_dir), "/run/pins/of/portfw");
	struct run *run = portfw_ok(bed, "attach eth0");
	assert_complains(run, "mounted a bpffs on /run/pins/of/portfw");
	assert_says(portfw_ok(bed, "status"), "eth0: attached");
	portfw_ok(bed, "detach --all");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
	shell_ok(bed, &bed->guarded, "! grep /run/pins /proc/self/mounts");
	assert_int_equal(nic_program(bed, "eth0"), 0);
}

static void what_a_mount_would_hide_is_left_alone(void **state)
{
	static const char *const places[] = {"mkdir -p /run/pins && : >/run/pins/mine",
					     ": >/run/pins", "mkfifo /run/pins",
					     "ln -s /run/nowhere /run/pins"};
	struct testbed *bed = testbed(state);

	snprintf(bed->pin_dir, sizeof(bed->pin_dir), "/run/pins");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		shell_ok(bed, &bed->guarded, "rm -rf /run/pins; %s", places[i]);
		assert_complains(portfw_fails(bed, 1, "attach eth0"), "/run/pins");
		shell_ok(bed, &bed->guarded, "! grep /run/pins /proc/self/mounts");
		assert_int_equal(nic_program(bed, "eth0"), 0);
	}
}

static void a_directory_of_any_name_is_unmounted_again(void **state)
{
	static const char *const names[] = {"/run/own pins", "/run/a\\040b", "/run/tab\there"};
	struct testbed *bed = testbed(state);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(bed->pin_dir, sizeof(bed->pin_dir), "%s", names[i]);
		portfw_ok(bed, "attach eth0");
		portfw_ok(bed, "detach --all");
		assert_int_equal(access(bed->pin_dir, F_OK), -1);
		shell_ok(bed, &bed->guarded, "! grep ' /run/[oat]' /proc/self/mountinfo");
	}
}

static void restore_at_boot_wants_a_place_that_outlives_its_mount_namespace(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy, "attach eth0\n");
	/* The testbed's mounts are its own, and this machine's first process has others. */
	assert_complains(shell(bed, &bed->guarded,
			       "unset PORTFW_PRIVATE_BPFFS; $PORTFW restore --boot && exit 9"),
			 "PORTFW_PRIVATE_BPFFS=1");
	assert_false(nic_program(bed, "eth0"));
	/* A first process that has the same. */
	shell_ok(bed, &bed->guarded,
		 "unset PORTFW_PRIVATE_BPFFS; unshare --pid --fork --mount-proc "
		 "--propagation unchanged sh -c '$PORTFW restore --boot'");
	assert_true(nic_program(bed, "eth0"));
}

static void two_instances_never_meet(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 22");
	testbed_use_instance(bed, "other");
	assert_says(portfw_ok(bed, "status"), "no NIC is attached");
	portfw_ok(bed, "attach eth1");
	portfw_ok(bed, "deny tcp 80");
	assert_complains(portfw_fails(bed, 1, "attach eth0"), "portfw_xdp");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, OPEN});
	bed->link = 1;
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, FILTERED});
	portfw_ok(bed, "detach --all");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, OPEN});
	bed->link = 0;
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, OPEN});
}

/* --- Nothing stays behind ------------------------------------------------------------------ */

/* What a child made, told through shared memory. */
struct made {
	unsigned program;
	ino_t networks[2], mounts;
	bool ready;
};

/* Attaches in a testbed of its own and waits to be killed. */
__attribute__((noreturn)) static void attach_and_wait(volatile struct made *made)
{
	void *state;

	if (testbed_setup(&state) || !state)
		_exit(1);
	struct testbed *bed = state;
	struct stat status;

	if (access("/dev/net/tun", R_OK | W_OK) == 0) {
		testbed_add_tun(bed, 1, "tun0");
		portfw_ok(bed, "attach tun0");
	}
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	made->program = nic_program(bed, "eth0");
	fstat(bed->guarded.net, &status);
	made->networks[0] = status.st_ino;
	fstat(bed->peer.net, &status);
	made->networks[1] = status.st_ino;
	stat("/proc/self/ns/mnt", &status);
	made->mounts = status.st_ino;
	made->ready = true;
	for (;;)
		pause();
}

/* Whether a process is in the namespace or holds it open, or it is mounted somewhere. */
static bool namespace_in_use(struct testbed *bed, ino_t inode)
{
	return shell(bed, &bed->guarded,
		     "ls -l /proc/[0-9]*/ns /proc/[0-9]*/fd 2>/dev/null |\n"
		     "cat - /proc/self/mountinfo | grep -q ':\\[%lu\\]'",
		     (unsigned long)inode)
		       ->status == 0;
}

static void a_test_that_is_killed_leaves_nothing_behind(void **state)
{
	struct testbed *bed = testbed(state);
	struct made *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *mounts = shell_ok(bed, &bed->guarded, "cat /proc/self/mounts")->out;
	pid_t child = testbed_fork(bed);

	if (child == 0)
		attach_and_wait(made);
	wait_until(made->ready || waitpid(child, NULL, WNOHANG) != 0);
	assert_true(made->ready);
	assert_true(program_exists(made->program));
	assert_true(namespace_in_use(bed, made->networks[0]));
	assert_true(namespace_in_use(bed, made->mounts));
	testbed_kill(bed, child);
	wait_until(!program_exists(made->program));
	wait_until(!namespace_in_use(bed, made->networks[0]));
	wait_until(!namespace_in_use(bed, made->networks[1]));
	wait_until(!namespace_in_use(bed, made->mounts));
	assert_string_equal(shell_ok(bed, &bed->guarded, "cat /proc/self/mounts")->out, mounts);
	munmap(made, sizeof(*made));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(where_no_bpffs_is_mounted_attach_mounts_one_and_says_so),
		TESTBED_TEST(a_bpffs_that_is_mounted_is_used_without_a_word),
		TESTBED_TEST(a_pin_directory_elsewhere_gets_a_bpffs_of_its_own_that_goes_with_it),
		TESTBED_TEST(what_a_mount_would_hide_is_left_alone),
		TESTBED_TEST(a_directory_of_any_name_is_unmounted_again),
		TESTBED_TEST(restore_at_boot_wants_a_place_that_outlives_its_mount_namespace),
		TESTBED_TEST(two_instances_never_meet),
		TESTBED_TEST(a_test_that_is_killed_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
