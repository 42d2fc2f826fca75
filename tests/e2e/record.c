/* SPDX-License-Identifier: GPL-2.0-only */
#include "record.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 262144
#define BUFFER_BYTES (64 << 20)
#define ALL_PACKETS htons(ETH_P_ALL)

static int open_tap(struct testbed *bed, const struct host *host, const char *nic)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = ALL_PACKETS};
	int size = BUFFER_BYTES, on = 1;

	host_enter(bed, host);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	address.sll_ifindex = (int)if_nametoindex(nic);
	host_leave(bed);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static struct timespec time_of(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct timespec time = {0};

	if (control && control->cmsg_type == SCM_TIMESTAMPNS)
		memcpy(&time, CMSG_DATA(control), sizeof(time));
	return time;
}

/* Writes all packets that have arrived. */
static void drain(int tap, FILE *file)
{
	static unsigned char packet[PACKET_MAX];
	char control[128];
	struct iovec part = {packet, sizeof(packet)};

	for (;;) {
		struct msghdr message = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t length = recvmsg(tap, &message, 0);
		if (length < 0)
			return;
		struct timespec time = time_of(&message);
		const uint32_t header[] = {(uint32_t)time.tv_sec, (uint32_t)time.tv_nsec,
					   (uint32_t)length, (uint32_t)length};
		fwrite(header, sizeof(header), 1, file);
		fwrite(packet, (size_t)length, 1, file);
	}
}

/* The exit status says whether all packets are in the file. */
__attribute__((noreturn)) static void record(int tap, int stop, const char *path)
{
	/* Nanoseconds, version 2.4, Ethernet. */
	const uint32_t header[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, PACKET_MAX, 1};
	struct pollfd ends[] = {{.fd = tap, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
	struct tpacket_stats lost = {0};
	socklen_t size = sizeof(lost);
	FILE *file = fopen(path, "we");

	if (!file)
		_exit(1);
	fwrite(header, sizeof(header), 1, file);
	fflush(file);
	while (!ends[1].revents) {
		poll(ends, 2, -1);
		drain(tap, file);
		fflush(file);
	}
	getsockopt(tap, SOL_PACKET, PACKET_STATISTICS, &lost, &size);
	_exit(lost.tp_drops || ferror(file) || fclose(file));
}

struct recorder record_start(struct testbed *bed, const struct host *host, const char *nic,
			     const char *path)
{
	int tap = open_tap(bed, host, nic), ends[2];
	struct recorder recorder;
	struct stat status;

	unlink(path);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	recorder.child = testbed_fork(bed);
	if (recorder.child == 0) {
		close(ends[1]);
		record(tap, ends[0], path);
	}
	close(tap);
	close(ends[0]);
	recorder.stop = ends[1];
	wait_until(stat(path, &status) == 0 && status.st_size > 0);
	return recorder;
}

void record_stop(struct testbed *bed, struct recorder *recorder)
{
	int status = 1;

	close(recorder->stop);
	assert_int_equal(waitpid(recorder->child, &status, 0), recorder->child);
	for (size_t i = 0; i < bed->child_count; i++) {
		if (bed->children[i] == recorder->child)
			bed->children[i] = bed->children[--bed->child_count];
	}
	assert_int_equal(status, 0);
}

void nic_split_packets(struct testbed *bed, const struct host *host, const char *nic)
{
	static const uint32_t commands[] = {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};

	host_enter(bed, host);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct ethtool_value off = {.cmd = commands[i]};
		struct ifreq request = {.ifr_data = (char *)&off};
		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic);
		assert_int_equal(ioctl(fd, SIOCETHTOOL, &request), 0);
	}
	close(fd);
}
