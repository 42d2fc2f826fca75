/* SPDX-License-Identifier: GPL-2.0-only */
/* What `flows` and `status` say of the flow table, as text and as JSON. */
#include "command.h"
#include "counter.h"
#include "probe.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <portfw/abi.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- The table ----------------------------------------------------------------------------- */

/* The flow table of a running instance. */
struct table {
	int map;
	__u64 now; /* jiffies */
	__u32 hz;
};

static int open_map(const struct testbed *bed, const char *pin)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", bed->pin_dir, pin);
	int map = bpf_obj_get(path);
	if (map < 0)
		fail_msg("cannot open %s", path);
	return map;
}

static struct table open_table(struct testbed *bed)
{
	struct control control;
	__u32 zero = 0;
	int map = open_map(bed, PIN_CONTROL);

	portfw_ok(bed, "status"); /* reads the kernel's clock */
	assert_int_equal(bpf_map_lookup_elem(map, &zero, &control), 0);
	close(map);
	return (struct table){open_map(bed, PIN_FLOWS), control.now, control.hz};
}

/* A flow and its ends as text. */
struct sample {
	int protocol;
	const char *local, *remote;
	unsigned local_port, remote_port;
	enum flow_state state;
	enum flow_origin origin;
	bool beats_deny;
	int age, idle, limit; /* seconds */
};

static struct address6 address_of_text(const char *text)
{
	__u64 words[2];
	__u32 word;

	if (inet_pton(AF_INET, text, &word) == 1)
		return (struct address6){0, BLOCK_KEY4_LOW | be32toh(word)};
	assert_int_equal(inet_pton(AF_INET6, text, words), 1);
	return (struct address6){be64toh(words[0]), be64toh(words[1])};
}

static void put_flow(const struct table *table, const struct sample *sample)
{
	const struct flow_key key = {
		.local = address_of_text(sample->local),
		.remote = address_of_text(sample->remote),
		.local_port = (__u16)sample->local_port,
		.remote_port = (__u16)sample->remote_port,
		.protocol = (__u8)sample->protocol,
	};
	const struct flow flow = {
		.until = table->now + (__u64)((__s64)sample->limit * table->hz),
		.refreshed = table->now - (__u64)sample->idle * table->hz,
		.created = table->now - (__u64)sample->age * table->hz,
		.state = (__u8)sample->state,
		.origin = (__u8)sample->origin,
		.beats_deny = sample->beats_deny,
	};

	assert_int_equal(bpf_map_update_elem(table->map, &key, &flow, BPF_NOEXIST), 0);
}

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* In another order than that of the output; times in the middle of their units. */
static const struct sample samples[] = {
	{47, "10.77.0.1", "10.77.0.2", 0, 0, FLOW_OPEN, FLOW_SEEN, true, 90, 90, 90},
	{IPPROTO_UDP, "10.77.0.1", "198.51.100.53", 5353, 53, FLOW_OPEN, FLOW_SEEN, false,
	 5 * HOUR / 2, 90, 90},
	{IPPROTO_TCP, "fd77::1", "2001:db8::7", 50000, 443, FLOW_CLOSING, FLOW_SEEDED, false,
	 3 * DAY + HOUR, 90, 90},
	{IPPROTO_TCP, "10.77.0.1", "198.51.100.7", 40001, 443, FLOW_OPEN, FLOW_SEEN, true,
	 5 * HOUR / 2, 150, 4 * DAY + HOUR},
	{IPPROTO_TCP, "10.77.0.1", "198.51.100.7", 40000, 443, FLOW_OPENING, FLOW_SEEN, true, 90,
	 90, 90},
	{IPPROTO_ICMP, "10.77.0.1", "198.51.100.7", 77, 0, FLOW_OPEN, FLOW_SEEN, true, 90, 90, 90},
	{IPPROTO_TCP, "10.77.0.1", "198.51.100.8", 40002, 443, FLOW_OPEN, FLOW_SEEN, true, 90, 90,
	 -90}, /* over */
};
enum { SAMPLES = sizeof(samples) / sizeof(samples[0]), LIVE = SAMPLES - 1 };

static void put_samples(struct testbed *bed)
{
	struct table table = open_table(bed);

	for (size_t i = 0; i < SAMPLES; i++)
		put_flow(&table, &samples[i]);
	close(table.map);
}

/* --- The command --------------------------------------------------------------------------- */

static void flows_lists_live_flows_in_order(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	put_samples(bed);
	struct run *run = portfw_ok(bed, "flows");
	assert_prints(run, "6 live flows, of at most 262144\n"
			   "PROTO LOCAL           REMOTE            STATE   AGE IDLE LIMIT FROM\n"
			   "icmp  10.77.0.1:77    198.51.100.7      open    1m  1m   1m    seen\n"
			   "tcp   10.77.0.1:40000 198.51.100.7:443  opening 1m  1m   1m    seen\n"
			   "tcp   10.77.0.1:40001 198.51.100.7:443  open    2h  2m   4d    seen\n"
			   "tcp   [fd77::1]:50000 [2001:db8::7]:443 closing 3d  1m   1m    seeded\n"
			   "udp   10.77.0.1:5353  198.51.100.53:53  open    2h  1m   1m    seen\n"
			   "gre   10.77.0.1       10.77.0.2         open    1m  1m   1m    seen\n");
	assert_silent(run);
	assert_prints(portfw_ok(bed, "-q flows"), run->out);
}

static void flows_over_ipv4_fit_into_80_columns(void **state)
{
	static const struct sample longest = {
		IPPROTO_TCP, "223.255.255.251", "223.255.255.252", 65534,
		65535,	     FLOW_OPENING,	FLOW_SEEDED,	   false,
		999 * DAY,   59 * MINUTE,	99 * DAY};
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	struct table table = open_table(bed);
	put_flow(&table, &longest);
	close(table.map);
	struct run *run = portfw_ok(bed, "flows");
	for (const char *line = run->out; *line; line = strchr(line, '\n') + 1)
		assert_in_range(strcspn(line, "\n"), 1, 80);
}

/* The flow of the sample in the JSON. */
static const json_t *find_flow(const json_t *flows, const char *proto, const char *key, int value)
{
	const json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
	{
		const char *name = json_string_value(json_object_get(flow, "proto"));
		const json_t *number = json_object_get(flow, key);
		if (strcmp(name, proto) == 0 && (!number || json_integer_value(number) == value))
			return flow;
	}
	fail_msg("no flow of %s with %s %d", proto, key, value);
	return NULL;
}

static void assert_text(const json_t *object, const char *key, const char *text)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		fail_msg("no text \"%s\"", key);
	assert_string_equal(json_string_value(value), text);
}

static json_int_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("no number \"%s\"", key);
	return json_integer_value(value);
}

static void flows_json_has_the_documented_keys(void **state)
{
	enum { COMMON = 9, SLACK = 15 };
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	put_samples(bed);
	json_t *json = json_of(portfw_ok(bed, "flows --json"));
	assert_int_equal(json_object_size(json), 4);
	assert_int_equal(number_of(json, "live"), LIVE);
	assert_int_equal(number_of(json, "max"), 262144);
	const json_t *flows = json_object_get(json, "flows");
	assert_int_equal(json_array_size(flows), LIVE);

	const json_t *flow = find_flow(flows, "tcp", "local_port", 40001);
	assert_int_equal(json_object_size(flow), COMMON + 2);
	assert_text(flow, "local", "10.77.0.1");
	assert_text(flow, "remote", "198.51.100.7");
	assert_int_equal(number_of(flow, "remote_port"), 443);
	assert_text(flow, "state", "open");
	assert_text(flow, "origin", "seen");
	assert_true(json_is_true(json_object_get(flow, "beats_deny")));
	assert_in_range(number_of(flow, "age_seconds"), 9000, 9000 + SLACK);
	assert_in_range(number_of(flow, "idle_seconds"), 150, 150 + SLACK);
	assert_in_range(number_of(flow, "limit_seconds"), 4 * DAY + HOUR - SLACK, 4 * DAY + HOUR);

	flow = find_flow(flows, "tcp", "local_port", 50000);
	assert_text(flow, "remote", "2001:db8::7");
	assert_text(flow, "state", "closing");
	assert_text(flow, "origin", "seeded");
	assert_true(json_is_false(json_object_get(flow, "beats_deny")));
	flow = find_flow(flows, "icmp", "id", 77);
	assert_int_equal(json_object_size(flow), COMMON + 1);
	flow = find_flow(flows, "gre", "id", 0);
	assert_int_equal(json_object_size(flow), COMMON);
	json_decref(json);
}

static void without_flows_the_list_is_empty(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows 100");
	assert_prints(portfw_ok(bed, "flows"), "0 live flows, of at most 100\n");
	json_t *json = json_of(portfw_ok(bed, "flows -j"));
	assert_int_equal(json_array_size(json_object_get(json, "flows")), 0);
	assert_int_equal(number_of(json, "live"), 0);
	assert_int_equal(number_of(json, "max"), 100);
	json_decref(json);
}

static void without_a_nic_flows_fails(void **state)
{
	struct testbed *bed = testbed(state);

	assert_complains(portfw_fails(bed, 1, "flows"), "no NIC is attached");
	assert_complains(portfw_fails(bed, 2, "flows tcp"), "unexpected word");
}

static void flows_tells_seen_from_seeded(void **state)
{
	struct testbed *bed = testbed(state);
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(53)};

	inet_pton(AF_INET, "10.77.0.2", &peer.sin_addr);
	host_enter(bed, &bed->guarded);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_int_equal(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	portfw_ok(bed, "attach eth0");
	send_datagrams(bed, &bed->guarded, AF_INET, 54, 32, 1);
	json_t *list = json_of(portfw_ok(bed, "flows --json"));
	const json_t *flows = json_object_get(list, "flows");
	assert_int_equal(json_array_size(flows), 2);
	assert_text(find_flow(flows, "udp", "remote_port", 53), "origin", "seeded");
	assert_text(find_flow(flows, "udp", "remote_port", 54), "origin", "seen");
	json_decref(list);
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	flows = json_object_get(status, "flows");
	assert_int_equal(number_of(flows, "seeded"), 1);
	assert_int_equal(number_of(flows, "learnt"), 1);
	json_decref(status);
	close(fd);
}

/* --- Status -------------------------------------------------------------------------------- */

static void status_counts_live_flows(void **state)
{
	static const struct {
		const char *key;
		int number;
	} counts[] = {
		{"live", LIVE},	 {"tcp", 3},	{"udp", 1},	 {"other", 2},	{"seeded", 1},
		{"max", 262144}, {"learnt", 0}, {"replaced", 0}, {"failed", 0}, {"fill_percent", 0},
	};
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	put_samples(bed);
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const json_t *flows = json_object_get(status, "flows");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (number_of(flows, counts[i].key) != counts[i].number)
			fail_msg("%s is %lld, not %d", counts[i].key,
				 (long long)number_of(flows, counts[i].key), counts[i].number);
	assert_in_range(number_of(flows, "oldest_seconds"), 3 * DAY + HOUR, 3 * DAY + 2 * HOUR);
	assert_in_range(number_of(flows, "memory_bytes"), 16 << 20, 64 << 20);
	assert_int_equal(json_object_size(flows), 12);
	json_decref(status);
	struct run *text = portfw_ok(bed, "status");
	assert_says(text, "\nflows: 6 of 262144 (0 %), oldest 3d, ");
	assert_says_not(text, "warning");
}

/* Live flows until the table has so many, made on one CPU: the free entries are kept by CPU. */
static void fill(struct testbed *bed, unsigned from, unsigned to)
{
	struct table table = open_table(bed);
	struct sample sample = samples[1];
	cpu_set_t before, first;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&first);
	for (int cpu = 0; !CPU_COUNT(&first); cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &first);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);
	for (unsigned i = from; i < to; i++) {
		sample.local_port = 1000 + i;
		put_flow(&table, &sample);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	close(table.map);
}

static void status_warns_when_the_table_is_nearly_full(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows 1000");
	fill(bed, 0, 800);
	struct run *text = portfw_ok(bed, "status");
	assert_says(text, "flows: 800 of 1000 (80 %), ");
	assert_says_not(text, "warning");
	fill(bed, 800, 850);
	text = portfw_ok(bed, "status");
	assert_says(text, "flows: 850 of 1000 (85 %), ");
	assert_says(text, "warning: the flow table is nearly full");
	assert_says(text, "`portfw restore --max-flows 2000`");
}

static void status_counts_flows_that_gave_way_to_newer_ones(void **state)
{
	enum { DATAGRAMS = 300, ENTRIES = 64 };
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows %d", ENTRIES);
	for (unsigned i = 0; i < DATAGRAMS; i++)
		send_datagrams(bed, &bed->guarded, AF_INET, 1000 + i, 32, 1);
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const json_t *flows = json_object_get(status, "flows");
	json_int_t present = number_of(flows, "live");
	assert_in_range(present, 1, ENTRIES);
	assert_int_equal(number_of(flows, "learnt"), DATAGRAMS);
	assert_int_equal(number_of(flows, "replaced"), DATAGRAMS - present);
	assert_int_equal(number_of(flows, "failed"), 0);
	json_decref(status);
}

static void status_counts_what_was_dropped_on_its_way_out(void **state)
{
	enum { COUNT = 5, BYTES = 100, HEADERS = 14 + 20 + 8 };
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	assert_says_not(portfw_ok(bed, "status"), "dropped (out)");
	portfw_ok(bed, "block 10.77.0.2");
	send_datagrams(bed, &bed->guarded, AF_INET, 53, BYTES, COUNT);
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *counters = json_object_get(status, "counters");
	json_t *outgoing = json_object_get(json_object_get(counters, "outgoing"), "reasons");
	assert_int_equal(json_object_size(outgoing), 2);
	assert_int_equal(number_of(json_object_get(outgoing, "blocked"), "packets"), COUNT);
	assert_int_equal(number_of(json_object_get(outgoing, "blocked"), "bytes"),
			 COUNT * (BYTES + HEADERS));
	assert_int_equal(number_of(json_object_get(outgoing, "lockdown"), "packets"), 0);
	json_decref(status);
	struct run *text = portfw_ok(bed, "status");
	assert_says(text, "dropped (out)                 5 packets                710 bytes\n"
			  "  blocked                     5 packets                710 bytes\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(flows_lists_live_flows_in_order),
		TESTBED_TEST(flows_over_ipv4_fit_into_80_columns),
		TESTBED_TEST(flows_json_has_the_documented_keys),
		TESTBED_TEST(without_flows_the_list_is_empty),
		TESTBED_TEST(without_a_nic_flows_fails),
		TESTBED_TEST(flows_tells_seen_from_seeded),
		TESTBED_TEST(status_counts_live_flows),
		TESTBED_TEST(status_warns_when_the_table_is_nearly_full),
		TESTBED_TEST(status_counts_flows_that_gave_way_to_newer_ones),
		TESTBED_TEST(status_counts_what_was_dropped_on_its_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
