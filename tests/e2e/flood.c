/* SPDX-License-Identifier: GPL-2.0-only */
#include "flood.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define PAYLOAD 8 /* bytes of a datagram */

/* A frame of a flood: one of the IP headers, one of the others. */
struct packet {
	struct ether_header ethernet;
	union {
		struct {
			struct iphdr header;
			unsigned char rest[32];
		} four;
		struct {
			struct ip6_hdr header;
			unsigned char rest[32];
		} six;
	};
} __attribute__((packed));

static uint64_t random_state = 0x9e3779b97f4a7c15;

/* The same numbers in each run. */
static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d >> 16;
}

/* --- Building ------------------------------------------------------------------------------ */

static uint32_t add_up(const void *data, size_t length, uint32_t sum)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Returns its length. */
static size_t put_transport(enum flood kind, unsigned char *at)
{
	uint16_t source = htons((uint16_t)(random_number() % 65535 + 1));
	uint16_t destination = htons((uint16_t)(random_number() % 65535 + 1));

	if (kind == FLOOD_UDP) {
		struct udphdr header = {.source = source, .dest = destination};
		header.len = htons(sizeof(header) + PAYLOAD);
		memset(at, 0, sizeof(header) + PAYLOAD);
		memcpy(at, &header, sizeof(header));
		return sizeof(header) + PAYLOAD;
	}
	struct tcphdr header = {.source = source, .dest = destination};
	header.doff = sizeof(header) / 4;
	header.window = htons(1024);
	header.seq = (uint32_t)random_number();
	header.syn = kind != FLOOD_ACK;
	header.ack = kind != FLOOD_SYN;
	header.ack_seq = header.ack ? (uint32_t)random_number() : 0;
	memcpy(at, &header, sizeof(header));
	return sizeof(header);
}

/* `sum`: of the addresses. */
static void put_checksum(enum flood kind, unsigned char *at, size_t length, uint32_t sum)
{
	bool udp = kind == FLOOD_UDP;
	size_t place = udp ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check);

	sum += (udp ? IPPROTO_UDP : IPPROTO_TCP) + (uint32_t)length;
	uint16_t value = checksum(add_up(at, length, sum));
	memcpy(at + place, &value, sizeof(value));
}

/* Not one that the host would not answer, or of the testbed. */
static uint32_t random_source(void)
{
	return htonl((uint32_t)(random_number() % 96 + 12) << 24 |
		     (uint32_t)(random_number() & 0xffffff));
}

static size_t put_four(enum flood kind, const void *destination, struct packet *packet)
{
	unsigned char *rest = packet->four.rest;
	size_t length = put_transport(kind, rest);
	struct iphdr header = {.version = 4, .ihl = 5, .ttl = 64, .saddr = random_source()};

	memcpy(&header.daddr, destination, sizeof(header.daddr));
	header.protocol = kind == FLOOD_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	header.tot_len = htons((uint16_t)(sizeof(header) + length));
	header.check = checksum(add_up(&header, sizeof(header), 0));
	put_checksum(kind, rest, length, add_up(&header.saddr, 8, 0));
	packet->four.header = header;
	packet->ethernet.ether_type = htons(ETHERTYPE_IP);
	return sizeof(packet->ethernet) + sizeof(header) + length;
}

static size_t put_six(enum flood kind, const void *destination, struct packet *packet)
{
	unsigned char *rest = packet->six.rest;
	size_t length = put_transport(kind, rest);
	struct ip6_hdr header = {.ip6_flow = htonl(6u << 28), .ip6_hlim = 64};
	uint64_t low = random_number();

	memcpy(&header.ip6_dst, destination, sizeof(header.ip6_dst));
	memcpy(&header.ip6_src.s6_addr[8], &low, sizeof(low));
	header.ip6_src.s6_addr32[0] = htonl(0x20010db8);
	header.ip6_src.s6_addr32[1] = (uint32_t)random_number();
	header.ip6_nxt = kind == FLOOD_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	header.ip6_plen = htons((uint16_t)length);
	put_checksum(kind, rest, length, add_up(&header.ip6_src, 32, 0));
	packet->six.header = header;
	packet->ethernet.ether_type = htons(ETHERTYPE_IPV6);
	return sizeof(packet->ethernet) + sizeof(header) + length;
}

/* --- Sending ------------------------------------------------------------------------------- */

/* A socket that takes frames of this kind from the NIC and sends frames through it. */
static int open_nic(const struct testbed *bed, const struct host *host, const char *nic,
		    uint16_t protocol, unsigned char address[ETH_ALEN])
{
	struct ifreq request = {0};
	struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};

	host_enter(bed, host);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(protocol));
	link.sll_ifindex = (int)if_nametoindex(nic);
	host_leave(bed);
	assert_true(fd >= 0 && link.sll_ifindex > 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic);
	assert_int_equal(ioctl(fd, SIOCGIFHWADDR, &request), 0);
	memcpy(address, request.ifr_hwaddr.sa_data, ETH_ALEN);
	assert_int_equal(bind(fd, (struct sockaddr *)&link, sizeof(link)), 0);
	return fd;
}

static void send_batch(int fd, struct mmsghdr *messages, unsigned count)
{
	unsigned sent = 0;

	while (sent < count) {
		int now = sendmmsg(fd, messages + sent, count - sent, 0);
		if (now < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			fail_msg("cannot send: %s", strerror(errno));
		sent += now > 0 ? (unsigned)now : 0;
	}
}

void flood(struct testbed *bed, enum flood kind, const char *destination, unsigned count)
{
	bool six = strchr(destination, ':');
	struct mmsghdr messages[BATCH] = {0};
	struct packet packets[BATCH];
	struct iovec parts[BATCH];
	struct ether_header ethernet = {0};
	unsigned char to[16];

	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, destination, to), 1);
	close(open_nic(bed, &bed->guarded, "eth0", 0, ethernet.ether_dhost));
	int fd = open_nic(bed, &bed->peer, "eth0", 0, ethernet.ether_shost);
	for (unsigned i = 0; i < BATCH; i++) {
		packets[i].ethernet = ethernet;
		parts[i].iov_base = &packets[i];
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (count) {
		unsigned batch = count < BATCH ? count : BATCH;
		for (unsigned i = 0; i < batch; i++)
			parts[i].iov_len = six ? put_six(kind, to, &packets[i])
					       : put_four(kind, to, &packets[i]);
		send_batch(fd, messages, batch);
		count -= batch;
	}
	close(fd);
}

/* --- Hearing ------------------------------------------------------------------------------- */

struct capture capture_start(struct testbed *bed, const char *nic)
{
	unsigned char address[ETH_ALEN];

	return (struct capture){open_nic(bed, &bed->peer, nic, ETH_P_ALL, address)};
}

static bool is_from_guarded(const unsigned char *frame, size_t length)
{
	struct packet packet;
	unsigned char four[4], six[16];

	if (length < sizeof(packet.ethernet) + sizeof(packet.six.header))
		return false;
	memcpy(&packet, frame, length < sizeof(packet) ? length : sizeof(packet));
	inet_pton(AF_INET, "10.77.0.1", four);
	inet_pton(AF_INET6, "fd77:0::1", six);
	if (packet.ethernet.ether_type == htons(ETHERTYPE_IP))
		return memcmp(&packet.four.header.saddr, four, sizeof(four)) == 0;
	return packet.ethernet.ether_type == htons(ETHERTYPE_IPV6) &&
	       packet.six.header.ip6_nxt != IPPROTO_ICMPV6 &&
	       memcmp(&packet.six.header.ip6_src, six, sizeof(six)) == 0;
}

unsigned capture_count(struct capture *capture)
{
	unsigned char frame[2048];
	unsigned count = 0;
	ssize_t length;

	while ((length = recv(capture->fd, frame, sizeof(frame), MSG_DONTWAIT)) >= 0)
		count += is_from_guarded(frame, (size_t)length);
	return count;
}

void capture_stop(struct capture *capture)
{
	close(capture->fd);
}
