/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of a capture, through the programs' own code. */
#include "unit.h"

#include "policy/scope.h"
#include "random.h"
#include "replay/replay.h"
#include "verdict/flow_table.h"
#include <arpa/inet.h>

/* --- Packets -------------------------------------------------------------------------------- */

#define HOST "192.0.2.1"
#define CLIENT "203.0.113.7"
#define OTHER "198.51.100.9"
#define HOST6 "2001:db8::1"
#define CLIENT6 "2001:db8:1::7"

static const __u8 host_mac[6] = {2, 0, 0, 0, 0, 1}, router_mac[6] = {2, 0, 0, 0, 0, 2};

enum {
	FLAG_FIN = 1,
	FLAG_SYN = 2,
	FLAG_RST = 4,
	FLAG_ACK = 16,
};

/* A packet of a test. */
struct shape {
	const char *from, *to;
	__u8 proto; /* TCP, UDP, ICMPv6, ... */
	__u16 sport, dport;
	__u8 flags; /* TCP */
	__u8 type;  /* ICMP */
};

#define ETHERNET_SIZE 14

struct bytes {
	__u8 data[256];
	__u32 length;
};

static void put16(__u8 *at, unsigned value)
{
	at[0] = (__u8)(value >> 8);
	at[1] = (__u8)value;
}

/* The packet from its IP header on. */
static struct bytes packet_of(const struct shape *shape)
{
	bool six = strchr(shape->from, ':');
	struct bytes bytes = {.length = six ? 60 : 40};
	__u8 *ip = bytes.data, *transport = ip + (six ? 40 : 20);

	if (six) {
		ip[0] = 0x60;
		put16(ip + 4, 20);
		ip[6] = shape->proto;
		assert_int_equal(inet_pton(AF_INET6, shape->from, ip + 8), 1);
		assert_int_equal(inet_pton(AF_INET6, shape->to, ip + 24), 1);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, 40);
		ip[9] = shape->proto;
		assert_int_equal(inet_pton(AF_INET, shape->from, ip + 12), 1);
		assert_int_equal(inet_pton(AF_INET, shape->to, ip + 16), 1);
	}
	put16(transport, shape->sport);
	put16(transport + 2, shape->dport);
	if (shape->proto == IPPROTO_UDP)
		put16(transport + 4, 20);
	transport[12] = 0x50;
	transport[13] = shape->flags;
	if (shape->proto == IPPROTO_ICMP || shape->proto == IPPROTO_ICMPV6)
		put16(transport, shape->type * 256U);
	return bytes;
}

/* The same behind a header of so many bytes that ends with the EtherType. */
static struct bytes behind_header(const struct shape *shape, __u32 header)
{
	struct bytes packet = packet_of(shape), bytes = {.length = header + packet.length};

	put16(bytes.data + header - 2, strchr(shape->from, ':') ? 0x86dd : 0x0800);
	memcpy(bytes.data + header, packet.data, packet.length);
	return bytes;
}

static struct bytes frame_with(const struct shape *shape, const __u8 *from_mac)
{
	struct bytes frame = behind_header(shape, ETHERNET_SIZE);

	memcpy(frame.data, from_mac == host_mac ? router_mac : host_mac, 6);
	memcpy(frame.data + 6, from_mac, 6);
	return frame;
}

/* --- Replays -------------------------------------------------------------------------------- */

#define NIC "eth0"

struct scene {
	struct replay replay;
	double now; /* seconds since TEST_NOW */
};

/* Policies as text, the second may be NULL; local addresses and the block list, a line each. */
static struct scene *scene_of(const char *first, const char *second, const char *blocks,
			      __u32 flows_max)
{
	const char *texts[] = {first, second};
	struct scene *scene = calloc(1, sizeof(*scene));
	struct block_list local = BLOCK_LIST_INIT, blocked = BLOCK_LIST_INIT;
	struct engine_setup setups[REPLAY_POLICIES];
	struct policy policies[REPLAY_POLICIES];
	struct diagnostics diagnostics = {0};
	size_t count = second ? 2 : 1;
	struct error error = {""};
	const char *addresses = HOST "\n" HOST6 "\n";

	assert_non_null(scene);
	assert_int_equal(
		block_list_parse_addresses(addresses, strlen(addresses), 0, &local, &diagnostics),
		0);
	assert_int_equal(block_list_parse(blocks, strlen(blocks), &blocked, &diagnostics), 0);
	for (size_t i = 0; i < count; i++) {
		policies[i] = policy_of(texts[i]);
		setups[i] = (struct engine_setup){&policies[i], &blocked, NIC, flows_max};
	}
	if (replay_make(setups, count, &local, &scene->replay, &error))
		fail_msg("%s", error.text);
	for (size_t i = 0; i < count; i++)
		policy_free(&policies[i]);
	block_list_free(&local);
	block_list_free(&blocked);
	return scene;
}

static struct scene *scene_with(const char *policy)
{
	return scene_of(policy, NULL, "", FLOWS_DEFAULT);
}

static void scene_free(struct scene **scene)
{
	replay_free(&(*scene)->replay);
	free(*scene);
}
#define _cleanup_scene_ __attribute__((cleanup(scene_free)))

static struct replay_verdict judge_bytes(struct scene *scene, enum capture_link link,
					 const __u8 *bytes, __u32 count, __u32 length)
{
	__u8 *exact = malloc(count ? count : 1); /* so that reading past it is seen */
	struct captured captured = {
		.time = (__u64)((TEST_NOW + scene->now) * 1e9),
		.bytes = exact,
		.count = count,
		.length = length,
		.link = link,
	};
	struct replay_verdict verdict;
	struct packet packet;

	assert_non_null(exact);
	memcpy(exact, bytes, count);
	packet_read(&captured, &packet);
	assert_int_equal(replay_packet(&scene->replay, &packet, &verdict), 0);
	free(exact);
	return verdict;
}

static struct replay_verdict judge_shape(struct scene *scene, const struct shape *shape)
{
	struct bytes frame = frame_with(shape, router_mac);

	return judge_bytes(scene, CAPTURE_ETHERNET, frame.data, frame.length, frame.length);
}

/* The packet arrives, and the first policy says so of it. */
#define assert_arrives(scene, reason, ...)                                      \
	do {                                                                    \
		struct replay_verdict verdict_ =                                \
			judge_shape(scene, &(const struct shape){__VA_ARGS__}); \
		assert_true(verdict_.judged && !verdict_.leaves);               \
		assert_int_equal(verdict_.reasons[0], reason);                  \
	} while (0)

#define assert_leaves(scene, reason, ...)                                       \
	do {                                                                    \
		struct replay_verdict verdict_ =                                \
			judge_shape(scene, &(const struct shape){__VA_ARGS__}); \
		assert_true(verdict_.judged &&verdict_.leaves);                 \
		assert_int_equal(verdict_.reasons[0], reason);                  \
	} while (0)

/* Initialisers of a shape. */
#define ENDS(source, target) .from = (source), .to = (target)
#define TCP(source_port, port, tcp_flags) \
	.proto = IPPROTO_TCP, .sport = (source_port), .dport = (port), .flags = (tcp_flags)
#define UDP(source_port, port) .proto = IPPROTO_UDP, .sport = (source_port), .dport = (port)
#define ICMP(icmp_type) .proto = IPPROTO_ICMP, .type = (icmp_type)
#define ICMP6(icmp_type) .proto = IPPROTO_ICMPV6, .type = (icmp_type)
#define TCP_TO_HOST(port, tcp_flags) ENDS(CLIENT, HOST), TCP(443, port, tcp_flags)
#define TCP_FROM_HOST(port, tcp_flags) ENDS(HOST, CLIENT), TCP(port, 443, tcp_flags)
#define UDP_TO_HOST(source_port, port) ENDS(CLIENT, HOST), UDP(source_port, port)
#define UDP_FROM_HOST(source_port, port) ENDS(HOST, CLIENT), UDP(source_port, port)

/* --- Flows and times ------------------------------------------------------------------------ */

static void replies_pass_as_long_as_their_flow_lasts_by_the_clock_of_the_capture(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");

	(void)state;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4000, FLAG_SYN | FLAG_ACK));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_SYN));
	scene->now = FLOW_OPENING_SECONDS - 1;
	assert_arrives(scene, REASON_REPLY, TCP_TO_HOST(4000, FLAG_SYN | FLAG_ACK));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4001, FLAG_SYN | FLAG_ACK));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4000, FLAG_SYN));
	scene->now = FLOW_OPENING_SECONDS;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4000, FLAG_SYN | FLAG_ACK));

	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_SYN));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_ACK));
	scene->now += FLOW_OPEN_SECONDS - 1;
	assert_arrives(scene, REASON_REPLY, TCP_TO_HOST(4000, FLAG_ACK));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_FIN | FLAG_ACK));
	scene->now += FLOW_CLOSING_SECONDS;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4000, FLAG_ACK));

	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(5000, 53));
	scene->now += FLOW_DATAGRAM_SECONDS - 1;
	assert_arrives(scene, REASON_REPLY, UDP_TO_HOST(53, 5000));
	scene->now += 1;
	assert_arrives(scene, REASON_DEFAULT_DENY, UDP_TO_HOST(53, 5000));
}

static void
a_server_does_not_reopen_a_denied_port_by_its_answers_but_a_client_gets_its_own(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\ndeny udp 53,123\n");

	(void)state;
	assert_arrives(scene, REASON_DENY, UDP_TO_HOST(5000, 53));
	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(53, 5000));
	assert_arrives(scene, REASON_DENY, UDP_TO_HOST(5000, 53));
	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(123, 123));
	assert_arrives(scene, REASON_REPLY, UDP_TO_HOST(123, 123));
}

static void rules_end_by_the_clock_of_the_capture(void **state)
{
	_cleanup_scene_ struct scene *scene =
		scene_with("default deny\nallow tcp 22 until 2026-01-01T00:00:10Z\n");

	(void)state;
	assert_arrives(scene, REASON_ALLOW, TCP_TO_HOST(22, FLAG_SYN));
	scene->now = 9.9;
	assert_arrives(scene, REASON_ALLOW, TCP_TO_HOST(22, FLAG_SYN));
	scene->now = 10;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(22, FLAG_SYN));
}

static void the_clock_stands_still_while_the_time_of_the_capture_goes_back(void **state)
{
	_cleanup_scene_ struct scene *scene =
		scene_with("default deny\nallow tcp 22 until 2026-01-01T00:00:10Z\n");

	(void)state;
	scene->now = 12;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(22, FLAG_SYN));
	scene->now = 2;
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(22, FLAG_SYN));
	assert_int_equal(scene->replay.backwards, 10000000000);
	assert_int_equal(scene->replay.last_time - scene->replay.first_time, 10000000000);
}

static void segments_of_connections_from_before_the_capture_are_counted_as_such(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");

	(void)state;
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_ACK));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4000, FLAG_ACK));
	assert_int_equal(scene->replay.tallies[0].unknown_beginning, 1);
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4001, FLAG_ACK));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4001, FLAG_RST));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4001, FLAG_ACK));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4002, FLAG_SYN | FLAG_ACK));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(4002, FLAG_ACK));
	assert_int_equal(scene->replay.tallies[0].unknown_beginning, 1);
}

static void a_full_flow_table_forgets_the_flow_used_longest_ago(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_of("default deny\n", NULL, "", 2);

	(void)state;
	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(5001, 53));
	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(5002, 53));
	assert_arrives(scene, REASON_REPLY, UDP_TO_HOST(53, 5001));
	assert_leaves(scene, REASON_NONE, UDP_FROM_HOST(5003, 53));
	assert_arrives(scene, REASON_REPLY, UDP_TO_HOST(53, 5001));
	assert_arrives(scene, REASON_DEFAULT_DENY, UDP_TO_HOST(53, 5002));
	assert_arrives(scene, REASON_REPLY, UDP_TO_HOST(53, 5003));
}

static void the_flow_table_has_what_was_entered_last(void **state)
{
	enum { CAPACITY = 3000, STEPS = 30000, KEYS = 5000 };
	struct flow_table *table = flow_table_new(CAPACITY);
	unsigned used[KEYS] = {0}; /* the step of the last use; 0: never */

	(void)state;
	assert_non_null(table);
	for (unsigned step = 1; step <= STEPS; step++) {
		unsigned number = pick(KEYS), newer = 0;
		struct flow_key key = {.local_port = (__u16)number, .remote.low = number};
		struct flow *flow = flow_table_find(table, &key);

		for (unsigned i = 0; i < KEYS; i++)
			newer += used[i] > used[number];
		assert_int_equal(flow != NULL, used[number] && newer < CAPACITY);
		if (!flow)
			flow_table_enter(table, &key)->until = number;
		else
			assert_int_equal(flow->until, number);
		used[number] = step;
	}
	flow_table_free(table);
}

/* --- Blocks --------------------------------------------------------------------------------- */

static void blocked_addresses_drop_both_ways_while_their_block_lasts(void **state)
{
	_cleanup_scene_ struct scene *scene =
		scene_of("default allow\n", NULL,
			 "block 203.0.113.0/24 until 2026-01-01T00:00:05Z\nblock 203.0.113.7 until "
			 "2026-01-01T00:00:03Z\nblock 2001:db8:1::/48\n",
			 16);

	(void)state;
	assert_arrives(scene, REASON_BLOCKED, TCP_TO_HOST(22, FLAG_SYN));
	assert_leaves(scene, REASON_BLOCKED, TCP_FROM_HOST(4000, FLAG_SYN));
	assert_arrives(scene, REASON_BLOCKED, ENDS(CLIENT6, HOST6), UDP(1, 2));
	assert_arrives(scene, REASON_ICMP, ENDS(CLIENT6, HOST6), ICMP6(135));
	assert_arrives(scene, REASON_DEFAULT_ALLOW, ENDS(OTHER, HOST), UDP(1, 2));
	scene->now = 4;
	assert_arrives(scene, REASON_BLOCKED, TCP_TO_HOST(22, FLAG_SYN));
	scene->now = 5;
	assert_arrives(scene, REASON_DEFAULT_ALLOW, TCP_TO_HOST(22, FLAG_SYN));
	assert_leaves(scene, REASON_NONE, TCP_FROM_HOST(4000, FLAG_SYN));
	assert_int_equal(scene->replay.tallies[0].outgoing[REASON_BLOCKED].packets, 1);
	assert_int_equal(scene->replay.tallies[0].outgoing[REASON_NONE].packets, 1);
}

/* Whether an entry of the list holds the address, one by one. */
static bool is_held(const struct block_list *list, const struct prefix *address, __s64 now)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct block_entry *entry = &list->entries[i];
		unsigned bits = entry->prefix.length;
		bool same = entry->prefix.family == address->family;
		for (unsigned bit = 0; same && bit < bits; bit++)
			same = !((entry->prefix.address[bit / 8] ^ address->address[bit / 8]) >>
					 (7 - bit % 8) &
				 1);
		if (same && (!entry->until || now < entry->until))
			return true;
	}
	return false;
}

static struct prefix random_prefix(unsigned length4, unsigned length6)
{
	struct prefix prefix = {.family = pick(2) ? 4 : 6};

	prefix.length = (__u8)(prefix.family == 4 ? length4 : length6);
	/* Few different bits, so that prefixes often hold each other. */
	for (unsigned bit = 0; bit < prefix.length; bit++)
		if (bit % 8 > 5 && pick(2))
			prefix.address[bit / 8] |= (__u8)(0x80 >> bit % 8);
	return prefix;
}

static void the_index_finds_what_a_search_one_by_one_does(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		_cleanup_block_list_ struct block_list list = BLOCK_LIST_INIT;
		_cleanup_prefix_index_ struct prefix_index index = {0};

		for (unsigned i = pick(60); i > 0; i--) {
			struct prefix prefix = random_prefix(pick(33), pick(129));
			assert_int_equal(block_list_append(&list, &prefix, pick(4)), 0);
		}
		block_list_normalise(&list);
		assert_int_equal(prefix_index_make(&list, &index), 0);
		for (unsigned i = 0; i < 200; i++) {
			struct prefix address = random_prefix(32, 128);
			struct address6 number = prefix_first(&address);
			unsigned now = pick(4);
			assert_int_equal(
				prefix_index_holds(&index, address.family, &number, now * 1000ULL),
				is_held(&list, &address, now));
		}
	}
}

/* --- Which way ------------------------------------------------------------------------------ */

static void the_way_goes_by_the_addresses(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");

	(void)state;
	assert_leaves(scene, REASON_NONE, ENDS(HOST, CLIENT), UDP(1, 2));
	assert_leaves(scene, REASON_NONE, ENDS(HOST6, CLIENT6), UDP(1, 2));
	assert_leaves(scene, REASON_NONE, ENDS(HOST, HOST), UDP(1, 2));
	assert_arrives(scene, REASON_DEFAULT_DENY, ENDS(CLIENT6, HOST6), UDP(1, 3));
	assert_arrives(scene, REASON_DEFAULT_DENY, ENDS(CLIENT, "224.0.0.251"), UDP(1, 2));
	assert_arrives(scene, REASON_DEFAULT_DENY, ENDS(CLIENT6, "ff02::fb"), UDP(1, 2));
	assert_int_equal(scene->replay.foreign, 0);
	assert_arrives(scene, REASON_DEFAULT_DENY, ENDS(CLIENT, OTHER), UDP(1, 2));
	assert_int_equal(scene->replay.foreign, 1);
}

/* What has no address of the host, by the sender of frames that have. */
static bool leaves_by_mac(struct scene *scene, const struct shape *shape, const __u8 *mac)
{
	struct bytes frame = frame_with(shape, mac);

	return judge_bytes(scene, CAPTURE_ETHERNET, frame.data, frame.length, frame.length).leaves;
}

static void where_addresses_say_nothing_the_link_layer_does(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default allow\n");
	const struct shape detection = {ENDS("::", "ff02::1:ff00:1"), ICMP6(135)};
	const struct shape local = {ENDS("fe80::1", "ff02::16"), ICMP6(143)};
	const struct shape own = {ENDS(HOST, CLIENT), UDP(1, 2)};
	struct bytes lldp = {.data = {1, 0x80, 0xc2, 0, 0, 0xe, 2, 0, 0, 0, 0, 1, 0x88, 0xcc},
			     .length = 60};

	(void)state;
	assert_false(leaves_by_mac(scene, &detection, host_mac));
	assert_true(leaves_by_mac(scene, &own, host_mac));
	assert_true(leaves_by_mac(scene, &detection, host_mac));
	assert_true(leaves_by_mac(scene, &local, host_mac));
	assert_false(leaves_by_mac(scene, &detection, router_mac));
	assert_true(judge_bytes(scene, CAPTURE_ETHERNET, lldp.data, 60, 60).leaves);
	lldp.data[11] = 2;
	assert_false(judge_bytes(scene, CAPTURE_ETHERNET, lldp.data, 60, 60).leaves);
}

static void arp_leaves_if_its_sender_is_the_host(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");
	struct bytes arp = {.data = {[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4},
			    .length = 42};
	struct replay_verdict verdict;

	(void)state;
	arp.data[6] = 2;
	inet_pton(AF_INET, HOST, arp.data + 28);
	verdict = judge_bytes(scene, CAPTURE_ETHERNET, arp.data, 42, 42);
	assert_true(verdict.leaves);
	inet_pton(AF_INET, CLIENT, arp.data + 28);
	verdict = judge_bytes(scene, CAPTURE_ETHERNET, arp.data, 42, 42);
	assert_false(verdict.leaves);
	assert_int_equal(verdict.reasons[0], REASON_NON_IP);
}

static void frames_of_the_loopback_interface_are_not_judged(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");
	const struct shape shape = {ENDS("127.0.0.1", "127.0.0.1"), UDP(1, 2)};
	struct bytes frame = behind_header(&shape, ETHERNET_SIZE);
	struct bytes cooked = behind_header(&shape, 16);

	(void)state;
	assert_false(judge_bytes(scene, CAPTURE_ETHERNET, frame.data, 54, 54).judged);
	put16(cooked.data + 2, 772);
	assert_false(judge_bytes(scene, CAPTURE_COOKED, cooked.data, 56, 56).judged);
	assert_int_equal(scene->replay.loopback, 2);
}

/* --- Link types ----------------------------------------------------------------------------- */

/* A packet in a capture of each link type. */
static struct bytes link_bytes(const struct shape *shape, enum capture_link link, bool outgoing)
{
	struct bytes bytes = packet_of(shape), packet = bytes;
	bool six = strchr(shape->from, ':');

	switch (link) {
	case CAPTURE_ETHERNET:
		return frame_with(shape, router_mac);
	case CAPTURE_COOKED:
		bytes = behind_header(shape, 16);
		put16(bytes.data, outgoing ? 4 : 0);
		put16(bytes.data + 2, 1);
		break;
	case CAPTURE_COOKED2:
		bytes = behind_header(shape, 20);
		put16(bytes.data, six ? 0x86dd : 0x0800);
		put16(bytes.data + 8, 1);
		bytes.data[10] = outgoing ? 4 : 0;
		put16(bytes.data + 18, 0);
		break;
	case CAPTURE_LOOPBACK:
		memcpy(bytes.data + 4, packet.data, packet.length);
		memset(bytes.data, 0, 4);
		bytes.data[0] = six ? 10 : 2;
		bytes.length += 4;
		break;
	case CAPTURE_RAW_IP:
		break;
	}
	return bytes;
}

#define LINK_COUNT (CAPTURE_LOOPBACK + 1)

static void every_link_type_is_judged_alike(void **state)
{
	const struct shape shapes[] = {{TCP_TO_HOST(22, FLAG_SYN)},
				       {TCP_TO_HOST(23, FLAG_SYN)},
				       {ENDS(CLIENT6, HOST6), TCP(443, 22, FLAG_SYN)},
				       {ENDS(CLIENT6, HOST6), UDP(1, 53)}};
	const enum reason reasons[] = {REASON_ALLOW, REASON_DEFAULT_DENY, REASON_ALLOW,
				       REASON_DENY};

	(void)state;
	for (enum capture_link link = 0; link < LINK_COUNT; link++) {
		_cleanup_scene_ struct scene *scene =
			scene_with("default deny\nallow tcp 22\ndeny udp 53\n");
		for (size_t i = 0; i < COUNT_OF(shapes); i++) {
			struct bytes bytes = link_bytes(&shapes[i], link, false);
			struct replay_verdict verdict =
				judge_bytes(scene, link, bytes.data, bytes.length, bytes.length);
			assert_true(verdict.judged && !verdict.leaves);
			assert_int_equal(verdict.reasons[0], reasons[i]);
		}
	}
}

static void cooked_captures_say_themselves_what_leaves(void **state)
{
	const struct shape shape = {ENDS(CLIENT, OTHER), UDP(1, 2)};
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");

	(void)state;
	for (enum capture_link link = CAPTURE_COOKED; link <= CAPTURE_COOKED2; link++) {
		struct bytes bytes = link_bytes(&shape, link, true);
		assert_true(
			judge_bytes(scene, link, bytes.data, bytes.length, bytes.length).leaves);
		bytes = link_bytes(&shape, link, false);
		assert_false(
			judge_bytes(scene, link, bytes.data, bytes.length, bytes.length).leaves);
	}
	assert_int_equal(scene->replay.foreign, 0);
}

static void a_cooked_frame_counts_as_long_as_on_ethernet(void **state)
{
	const struct shape shape = {TCP_TO_HOST(22, FLAG_SYN)};
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");

	(void)state;
	for (enum capture_link link = CAPTURE_ETHERNET; link <= CAPTURE_COOKED2; link++) {
		struct bytes bytes = link_bytes(&shape, link, false);
		judge_bytes(scene, link, bytes.data, bytes.length, bytes.length);
		assert_int_equal(scene->replay.tallies[0].reasons[REASON_DEFAULT_DENY].bytes,
				 54 * (link + 1));
	}
}

static void other_protocols_of_cooked_and_loopback_captures_are_not_ip(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\n");
	const __u8 bytes[60] = {[14] = 8, [15] = 6};

	(void)state;
	assert_int_equal(judge_bytes(scene, CAPTURE_COOKED, bytes, 60, 60).reasons[0],
			 REASON_NON_IP);
	assert_int_equal(judge_bytes(scene, CAPTURE_COOKED2, bytes, 60, 60).reasons[0],
			 REASON_NON_IP);
	assert_int_equal(judge_bytes(scene, CAPTURE_LOOPBACK, bytes, 60, 60).reasons[0],
			 REASON_NON_IP);
}

/* --- Cut captures --------------------------------------------------------------------------- */

static void what_the_capture_cut_is_judged_if_what_counts_is_there(void **state)
{
	const struct shape shape = {TCP_TO_HOST(22, FLAG_SYN)};

	(void)state;
	for (enum capture_link link = 0; link < LINK_COUNT; link++) {
		struct bytes bytes = link_bytes(&shape, link, false);
		__u32 header = bytes.length - 40, enough = header + 20 + 14;
		for (__u32 count = 0; count <= bytes.length; count++) {
			_cleanup_scene_ struct scene *scene = scene_with("default deny\n");
			/* A packet of 1500 bytes was cut. */
			put16(bytes.data + header + 2, 1500);
			struct replay_verdict verdict =
				judge_bytes(scene, link, bytes.data, count, header + 1500);
			assert_int_equal(verdict.judged, count >= enough);
			assert_int_equal(scene->replay.cut, count < enough);
			if (verdict.judged)
				assert_int_equal(verdict.reasons[0], REASON_DEFAULT_DENY);
		}
	}
}

static void what_was_short_on_the_wire_is_malformed_not_cut(void **state)
{
	const struct shape shape = {TCP_TO_HOST(22, FLAG_SYN)};
	_cleanup_scene_ struct scene *scene = scene_with("default allow\n");
	struct bytes frame = frame_with(&shape, router_mac);

	(void)state;
	for (__u32 length = 0; length < frame.length; length++)
		assert_int_equal(
			judge_bytes(scene, CAPTURE_ETHERNET, frame.data, length, length).reasons[0],
			REASON_MALFORMED);
	assert_int_equal(scene->replay.cut, 0);
}

static void an_icmp_error_is_judged_without_the_packet_it_is_about(void **state)
{
	const struct shape shape = {ENDS(CLIENT, HOST), ICMP(3)};
	_cleanup_scene_ struct scene *scene = scene_with("default deny\ndeny icmp\n");
	struct bytes frame = frame_with(&shape, router_mac);

	(void)state;
	struct replay_verdict verdict =
		judge_bytes(scene, CAPTURE_ETHERNET, frame.data, 42, frame.length);
	assert_true(verdict.judged);
	assert_int_equal(verdict.reasons[0], REASON_ICMP);
}

/* --- Policies and totals -------------------------------------------------------------------- */

static void rules_on_a_nic_hold_on_that_which_the_packets_went_through(void **state)
{
	_cleanup_scene_ struct scene *scene =
		scene_with("default deny\nallow tcp 22 on eth0\nallow tcp 23 on eth1\n");

	(void)state;
	assert_arrives(scene, REASON_ALLOW, TCP_TO_HOST(22, FLAG_SYN));
	assert_arrives(scene, REASON_DEFAULT_DENY, TCP_TO_HOST(23, FLAG_SYN));
}

static void two_policies_judge_with_flows_of_their_own(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_of(
		"default deny\nallow udp 53\n", "default deny\ndeny tcp 22\nallow udp 7\n", "", 16);
	struct replay_verdict verdict;

	(void)state;
	verdict = judge_shape(scene, &(const struct shape){UDP_TO_HOST(9, 53)});
	assert_int_equal(verdict.reasons[0], REASON_ALLOW);
	assert_int_equal(verdict.reasons[1], REASON_DEFAULT_DENY);
	verdict = judge_shape(scene, &(const struct shape){UDP_TO_HOST(9, 7)});
	assert_int_equal(verdict.reasons[1], REASON_ALLOW);
	verdict = judge_shape(scene, &(const struct shape){TCP_TO_HOST(22, FLAG_SYN)});
	assert_int_equal(verdict.reasons[0], REASON_DEFAULT_DENY);
	assert_int_equal(verdict.reasons[1], REASON_DENY);
	/* The second learns from what leaves port 53; to the first it is open anyway. */
	judge_shape(scene, &(const struct shape){UDP_FROM_HOST(53, 99)});
	verdict = judge_shape(scene, &(const struct shape){UDP_TO_HOST(99, 53)});
	assert_int_equal(verdict.reasons[0], REASON_ALLOW);
	assert_int_equal(verdict.reasons[1], REASON_REPLY);
	assert_int_equal(scene->replay.now_dropped, 1);
	assert_int_equal(scene->replay.now_passed, 1);
}

static void the_top_lists_have_most_packets_first(void **state)
{
	_cleanup_scene_ struct scene *scene = scene_with("default deny\nallow tcp 22\n");
	struct tally_port ports[TALLY_TOP];
	struct tally_source sources[TALLY_TOP];
	char from[INET_ADDRSTRLEN];

	(void)state;
	for (unsigned i = 1; i <= 20; i++) {
		for (unsigned j = 0; j < i; j++) {
			snprintf(from, sizeof(from), "198.51.100.%u", i);
			assert_arrives(scene, REASON_DEFAULT_DENY, ENDS(from, HOST),
				       UDP(1, (__u16)(1000 + i)));
			assert_arrives(scene, REASON_ALLOW, ENDS(from, HOST), TCP(1, 22, 0));
		}
	}
	tally_top_ports(&scene->replay.tallies[0], ports);
	tally_top_sources(&scene->replay.tallies[0], sources);
	for (unsigned i = 0; i < TALLY_TOP; i++) {
		assert_int_equal(ports[i].table, PORT_TABLE_UDP);
		assert_int_equal(ports[i].port, 1020 - i);
		assert_int_equal(ports[i].packets, 20 - i);
		assert_int_equal((__u32)sources[i].address.low, 0xc6336400 + 20 - i);
		assert_int_equal(sources[i].packets, 20 - i);
	}
}

static void with_too_many_sources_those_seen_most_are_still_found(void **state)
{
	enum { SOURCES = 1500000, EVERY = 100 };
	struct pkt often = {.family = 4, .source_low = 7, .port_table = PORT_TABLE_COUNT};
	struct pkt once = {.family = 4, .port_table = PORT_TABLE_COUNT};
	struct tally_source top[TALLY_TOP];
	struct tally tally;

	(void)state;
	assert_int_equal(tally_make(&tally), 0);
	for (unsigned i = 0; i < SOURCES; i++) {
		once.source_low = 1000 + i;
		assert_int_equal(tally_arrival(&tally, &once, REASON_DENY, 60), 0);
		if (i % EVERY == 0)
			assert_int_equal(tally_arrival(&tally, &often, REASON_DENY, 60), 0);
	}
	tally_top_sources(&tally, top);
	assert_true(tally.estimated);
	assert_int_equal((__u32)top[0].address.low, 7);
	assert_int_equal(top[0].packets, SOURCES / EVERY);
	assert_int_equal(tally.reasons[REASON_DENY].packets, SOURCES + SOURCES / EVERY);
	tally_free(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			replies_pass_as_long_as_their_flow_lasts_by_the_clock_of_the_capture),
		cmocka_unit_test(
			a_server_does_not_reopen_a_denied_port_by_its_answers_but_a_client_gets_its_own),
		cmocka_unit_test(rules_end_by_the_clock_of_the_capture),
		cmocka_unit_test(the_clock_stands_still_while_the_time_of_the_capture_goes_back),
		cmocka_unit_test(
			segments_of_connections_from_before_the_capture_are_counted_as_such),
		cmocka_unit_test(a_full_flow_table_forgets_the_flow_used_longest_ago),
		cmocka_unit_test(the_flow_table_has_what_was_entered_last),
		cmocka_unit_test(blocked_addresses_drop_both_ways_while_their_block_lasts),
		cmocka_unit_test(the_index_finds_what_a_search_one_by_one_does),
		cmocka_unit_test(the_way_goes_by_the_addresses),
		cmocka_unit_test(where_addresses_say_nothing_the_link_layer_does),
		cmocka_unit_test(arp_leaves_if_its_sender_is_the_host),
		cmocka_unit_test(frames_of_the_loopback_interface_are_not_judged),
		cmocka_unit_test(every_link_type_is_judged_alike),
		cmocka_unit_test(cooked_captures_say_themselves_what_leaves),
		cmocka_unit_test(a_cooked_frame_counts_as_long_as_on_ethernet),
		cmocka_unit_test(other_protocols_of_cooked_and_loopback_captures_are_not_ip),
		cmocka_unit_test(what_the_capture_cut_is_judged_if_what_counts_is_there),
		cmocka_unit_test(what_was_short_on_the_wire_is_malformed_not_cut),
		cmocka_unit_test(an_icmp_error_is_judged_without_the_packet_it_is_about),
		cmocka_unit_test(rules_on_a_nic_hold_on_that_which_the_packets_went_through),
		cmocka_unit_test(two_policies_judge_with_flows_of_their_own),
		cmocka_unit_test(the_top_lists_have_most_packets_first),
		cmocka_unit_test(with_too_many_sources_those_seen_most_are_still_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
