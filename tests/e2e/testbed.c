/* SPDX-License-Identifier: GPL-2.0-only */
#include "testbed.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

/* The exit status of a namespace that could not be made, as in some containers. */
#define NOT_ISOLATED 123

static const char *missing; /* why there is no testbed */

void skip_because(const char *reason)
{
	print_message("[  REASON  ] %s\n", reason);
	skip();
	abort();
}

struct testbed *testbed(void **state)
{
	if (!*state)
		skip_because(missing);
	return *state;
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* --- A process tree of its own ------------------------------------------------------------- */

#define ISOLATED "PORTFW_TEST_ISOLATED"
#define SESSION "SSH_CONNECTION"

/* Waits for the program; whatever else ends meanwhile is reaped. */
static int await(pid_t program)
{
	int status = 0;
	pid_t ended;

	do
		ended = wait(&status);
	while (ended != program && (ended > 0 || errno == EINTR));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The first process of the namespace. Returns in the second, which is the program itself. */
static void become_init(void)
{
	pid_t program;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		_exit(NOT_ISOLATED);
	setenv(ISOLATED, "1", 1);
	program = fork();
	if (program)
		_exit(program < 0 ? NOT_ISOLATED : await(program));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/*
 * Tests are often started over ssh, and commands look for the session that they run in among their
 * ancestors. So a test program has a PID namespace of its own, in which there are none but itself;
 * and for its own environment in /proc to be without the variable it begins anew.
 */
__attribute__((constructor)) static void isolate(int argc, char **argv)
{
	int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC), status = NOT_ISOLATED;

	(void)argc;
	if (getenv(SESSION)) {
		unsetenv(SESSION);
		execv("/proc/self/exe", argv);
	}
	if (geteuid() == 0 && !getenv(ISOLATED) && own >= 0 && unshare(CLONE_NEWPID) == 0) {
		pid_t init = fork();
		if (init == 0) {
			become_init();
			return;
		}
		if (init > 0)
			status = await(init);
		if (status != NOT_ISOLATED || setns(own, CLONE_NEWPID))
			_exit(status);
	}
	if (own >= 0)
		close(own);
}

/* --- Files --------------------------------------------------------------------------------- */

/* A file of the build: the one that the environment names, or the one of the build that these
 * tests are part of. */
static int open_built(const char *variable, const char *name)
{
	const char *named = getenv(variable);
	char path[PATH_MAX + 32] = "", self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (named) {
		snprintf(path, sizeof(path), "%s", named);
	} else if (length > 0) {
		self[length] = '\0';
		/* build/tests/e2e/test_x: three levels below build */
		snprintf(path, sizeof(path), "%s/%s", dirname(dirname(dirname(self))), name);
	}
	return open(path, O_PATH | O_CLOEXEC);
}

static int bind_file(int file, const char *where)
{
	char path[64];
	int fd = open(where, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	int err = fd < 0 ? -errno : 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (!err && mount(path, where, NULL, MS_BIND, NULL))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* Files of the build that tests run or load; only the first must be there. */
static const struct {
	const char *variable, *built, *where;
} programs[] = {
	{"PORTFW", "portfw", TESTBED_PORTFW},
	{"PORTFW_FAULTY", "fault/portfw", TESTBED_FAULTY},
	{"PORTFW_NEWER", "newer/fault/portfw", TESTBED_NEWER},
	{"PORTFW_VARIANT", "variant/portfw", TESTBED_VARIANT},
	{"PORTFW_CLOCK", "tests/e2e/clock.so", TESTBED_CLOCK},
};
#define PROGRAM_COUNT (sizeof(programs) / sizeof(programs[0]))

/* An empty file system for the test, with the programs and a bpffs in it. */
static int make_files(void)
{
	int files[PROGRAM_COUNT], err;

	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		files[i] = open_built(programs[i].variable, programs[i].built);
	if (files[0] < 0) {
		print_error("the program to test: %s\n", strerror(errno));
		return -errno;
	}
	err = mount("testbed", "/run", "tmpfs", 0, "mode=755") || mkdir("/run/bin", 0755) ||
	      mkdir(TESTBED_BPFFS, 0755) || mount("testbed", TESTBED_BPFFS, "bpf", 0, "mode=755");
	err = err ? -errno : 0;
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		if (!err && files[i] >= 0)
			err = bind_file(files[i], programs[i].where);
		if (files[i] >= 0)
			close(files[i]);
	}
	return err;
}

void testbed_use_instance(struct testbed *bed, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/%s", name);
	mkdir(path, 0755);
	snprintf(bed->policy, sizeof(bed->policy), "/run/%s/policy", name);
	snprintf(bed->run_dir, sizeof(bed->run_dir), "/run/%s/run", name);
	snprintf(bed->pin_dir, sizeof(bed->pin_dir), TESTBED_BPFFS "/%s", name);
}

/* --- Networks ------------------------------------------------------------------------------ */

void host_enter(const struct testbed *bed, const struct host *host)
{
	(void)bed;
	assert_int_equal(setns(host->net, CLONE_NEWNET), 0);
}

void host_leave(const struct testbed *bed)
{
	assert_int_equal(setns(bed->own_net, CLONE_NEWNET), 0);
}

static int make_network(int *net)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	*net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return *net < 0 ? -errno : 0;
}

static void configure(struct testbed *bed, const struct host *host, unsigned link, const char *nic)
{
	int number = host == &bed->guarded ? 1 : 2;

	shell_ok(bed, host,
		 "ip link set lo up\n"
		 "ip addr add 10.77.%u.%d/24 dev %s\n"
		 "ip addr add fd77:%u::%d/64 dev %s nodad\n"
		 "ip link set %s up\n",
		 link, number, nic, link, number, nic, nic);
}

void testbed_add_veth(struct testbed *bed, unsigned link, const char *nic)
{
	shell_ok(bed, &bed->guarded, "ip link add %s type veth peer name %s netns /proc/%d/fd/%d",
		 nic, nic, (int)getpid(), bed->peer.net);
	configure(bed, &bed->guarded, link, nic);
	configure(bed, &bed->peer, link, nic);
}

const struct host *testbed_add_guest(struct testbed *bed)
{
	size_t number = bed->guest_count;
	struct host *guest = &bed->guests[number];

	assert_true(number < sizeof(bed->guests) / sizeof(bed->guests[0]));
	*guest = (struct host){"guest", -1};
	int code = make_network(&guest->net);
	host_leave(bed);
	assert_int_equal(code, 0);
	bed->guest_count++;
	shell_ok(bed, &bed->guarded,
		 "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
		 "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n"
		 "ip link add in%zu type veth peer name eth0 netns /proc/%d/fd/%d\n"
		 "ip addr add 10.88.%zu.1/24 dev in%zu\n"
		 "ip addr add fd88:%zu::1/64 dev in%zu nodad\n"
		 "ip link set in%zu up\n",
		 number, (int)getpid(), guest->net, number, number, number, number, number);
	shell_ok(bed, guest,
		 "ip link set lo up; ip link set eth0 up\n"
		 "ip addr add 10.88.%zu.2/24 dev eth0\n"
		 "ip addr add fd88:%zu::2/64 dev eth0 nodad\n"
		 "ip route add default via 10.88.%zu.1\n"
		 "ip route add default via fd88:%zu::1\n",
		 number, number, number, number);
	return guest;
}

void testbed_add_address(struct testbed *bed, const char *address)
{
	bool six = strchr(address, ':');

	shell_ok(bed, &bed->peer, "ip addr add %s/%d dev eth0%s", address, six ? 128 : 32,
		 six ? " nodad" : "");
	shell_ok(bed, &bed->guarded, "ip route replace %s via %s", address,
		 six ? "fd77:0::2" : "10.77.0.2");
}

static int open_tun(const struct testbed *bed, const struct host *host, const char *nic)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic);
	host_enter(bed, host);
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int code = fd < 0 ? -1 : ioctl(fd, TUNSETIFF, &request);
	host_leave(bed);
	if (code)
		skip_because("needs /dev/net/tun");
	return fd;
}

/* Carries what one device sends to the other, both ways, for ever. */
__attribute__((noreturn)) static void pump(int left, int right)
{
	struct pollfd ends[] = {{.fd = left, .events = POLLIN}, {.fd = right, .events = POLLIN}};
	char packet[65536];

	for (;;) {
		poll(ends, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t length = 0;
			if (ends[i].revents & POLLIN)
				length = read(ends[i].fd, packet, sizeof(packet));
			if (length > 0 && write(ends[1 - i].fd, packet, (size_t)length) < 0 &&
			    errno == EBADFD)
				_exit(1);
		}
	}
}

void testbed_add_tun(struct testbed *bed, unsigned link, const char *nic)
{
	int left = open_tun(bed, &bed->guarded, nic);
	int right = open_tun(bed, &bed->peer, nic);

	if (testbed_fork(bed) == 0)
		pump(left, right);
	close(left);
	close(right);
	configure(bed, &bed->guarded, link, nic);
	configure(bed, &bed->peer, link, nic);
}

/* --- Children ------------------------------------------------------------------------------ */

pid_t testbed_fork(struct testbed *bed)
{
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		return 0;
	}
	assert_true(bed->child_count < sizeof(bed->children) / sizeof(bed->children[0]));
	bed->children[bed->child_count++] = pid;
	return pid;
}

void testbed_kill(struct testbed *bed, pid_t pid)
{
	for (size_t i = 0; i < bed->child_count; i++) {
		if (bed->children[i] != pid)
			continue;
		bed->children[i] = bed->children[--bed->child_count];
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return;
	}
}

/* --- The whole ----------------------------------------------------------------------------- */

static int unshare_all(struct testbed *bed)
{
	int err;

	bed->own_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	bed->own_mount = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (bed->own_net < 0 || bed->own_mount < 0)
		return -errno;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	err = make_network(&bed->guarded.net);
	if (!err)
		err = make_network(&bed->peer.net);
	if (setns(bed->own_net, CLONE_NEWNET))
		return -errno;
	return err ? err : make_files();
}

/*
 * Whether who enters the mount namespace that he is in sees the same root again. In a chroot he
 * does not: he is outside of it then, where the tests are of no use. (The root of a container, to
 * which one gets by pivot_root, is that of its namespace.) A child tries.
 */
static bool root_is_that_of_the_namespace(void)
{
	struct stat before, after;
	int status = 0, own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	pid_t child = fork();

	if (child == 0)
		_exit(stat("/", &before) == 0 && setns(own, CLONE_NEWNS) == 0 &&
		      stat("/", &after) == 0 &&
		      (before.st_dev != after.st_dev || before.st_ino != after.st_ino));
	if (child > 0)
		waitpid(child, &status, 0);
	if (own >= 0)
		close(own);
	return status == 0;
}

int testbed_setup(void **state)
{
	static char reason[256];
	struct testbed *bed;
	int err;

	*state = NULL;
	if (geteuid() != 0) {
		missing = "needs root";
		return 0;
	}
	if (!root_is_that_of_the_namespace()) {
		missing = "this is a chroot, which tests would leave; pivot_root will do";
		return 0;
	}
	bed = calloc(1, sizeof(*bed));
	*bed = (struct testbed){.guarded = {"guarded", -1}, .peer = {"peer", -1}, .datagram = 32};
	err = unshare_all(bed);
	*state = bed;
	if (err) {
		testbed_teardown(state);
		snprintf(reason, sizeof(reason), "cannot make namespaces: %s", strerror(-err));
		missing = reason;
		if (err == -EPERM) /* a root that may not, as in some containers */
			return 0;
		print_error("%s\n", reason);
		return -1;
	}
	testbed_use_instance(bed, "portfw");
	testbed_add_veth(bed, 0, "eth0");
	return 0;
}

int testbed_teardown(void **state)
{
	struct testbed *bed = *state;

	if (!bed)
		return 0;
	while (bed->child_count)
		testbed_kill(bed, bed->children[0]);
	for (size_t i = 0; i < bed->listener_count; i++)
		close(bed->listeners[i].fd);
	runs_free(bed);
	if (setns(bed->own_net, CLONE_NEWNET) || setns(bed->own_mount, CLONE_NEWNS))
		abort();
	close(bed->own_net);
	close(bed->own_mount);
	close(bed->guarded.net);
	close(bed->peer.net);
	for (size_t i = 0; i < bed->guest_count; i++)
		close(bed->guests[i].net);
	free(bed);
	*state = NULL;
	return 0;
}
