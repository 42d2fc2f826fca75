/* SPDX-License-Identifier: GPL-2.0-only */
#include "generator.h"
#include "judging.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(*(array))))
#define SOURCES_MAX 3

/* What a line says beside its target. */
struct line {
	enum action action;
	int nic;
	long long until;
	struct model_prefix from[SOURCES_MAX];
	unsigned from_count; /* at least one, which may be any source */
};

__attribute__((format(printf, 2, 3))) static void add_text(struct random_policy *policy,
							   const char *format, ...)
{
	size_t left = sizeof(policy->text) - policy->length;
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(policy->text + policy->length, left, format, arguments);
	va_end(arguments);
	if (added > 0)
		policy->length += (size_t)added < left ? (size_t)added : left - 1;
}

/* --- Sources --------------------------------------------------------------------------------- */

void generator_address(struct generator *generator, int family, unsigned char address[16])
{
	static const char *const addresses4[] = {
		"192.0.2.1", "10.1.2.3",  "10.1.2.255",	     "10.1.3.0",
		"10.2.0.0",  "128.0.0.0", "127.255.255.255", "0.0.0.0",
		"192.0.2.1", "10.1.2.3",  "255.255.255.255", "172.16.255.254"};
	static const char *const addresses6[] = {"2001:db8::1",
						 "2001:db8::1",
						 "2001:db8:0:1::",
						 "2001:db8::ffff:ffff:ffff:ffff",
						 "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
						 "fe80::1",
						 "8000::",
						 "::",
						 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
	bool any = generator_one_in(generator, 6);

	memset(address, 0, 16);
	for (unsigned i = 0; any && i < (family == 4 ? 4u : 16u); i++)
		address[i] = (unsigned char)generator_below(generator, 256);
	if (!any && family == 4)
		inet_pton(AF_INET, PICK(generator, addresses4), address);
	if (!any && family == 6)
		inet_pton(AF_INET6, PICK(generator, addresses6), address);
}

/* Shortens an address to its first `length` bits. */
static void cut(struct model_prefix *prefix, unsigned length)
{
	prefix->length = length;
	for (unsigned bit = length; bit < 128; bit++)
		prefix->address[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

static struct model_prefix random_prefix(struct generator *generator)
{
	static const __u8 lengths4[] = {0, 8, 16, 24, 32, 32, 1, 31};
	static const __u8 lengths6[] = {0, 1, 16, 32, 48, 56, 63, 64, 65, 96, 127, 128, 128};
	struct model_prefix prefix = {.family = generator_one_in(generator, 2) ? 4 : 6};
	unsigned length;

	generator_address(generator, prefix.family, prefix.address);
	if (prefix.family == 4)
		length = PICK(generator, lengths4);
	else
		length = PICK(generator, lengths6);
	if (generator_one_in(generator, 4))
		length = generator_below(generator, prefix.family == 4 ? 33 : 129);
	cut(&prefix, length);
	return prefix;
}

static void add_prefix(struct random_policy *policy, const struct model_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(prefix->family == 4 ? AF_INET : AF_INET6, prefix->address, text, sizeof(text));
	add_text(policy, "%s", text);
	if (prefix->length < (prefix->family == 4 ? 32 : 128))
		add_text(policy, "/%u", prefix->length);
}

/* --- Lines ----------------------------------------------------------------------------------- */

static void add_rules(struct random_policy *policy, const struct line *line, unsigned proto,
		      unsigned low, unsigned high)
{
	struct model_rule rule = {.action = line->action,
				  .proto = proto,
				  .low = low,
				  .high = high,
				  .nic = line->nic,
				  .until = line->until};

	for (unsigned i = 0; i < line->from_count; i++) {
		rule.from = line->from[i];
		model_rule(policy->model, &rule);
	}
}

static void random_ports(struct generator *generator, bool ranges, unsigned *low, unsigned *high)
{
	unsigned shape = generator_below(generator, 8);

	*low = *high = ranges ? generator_port(generator) : generator_known_port(generator);
	if (shape < 3 && ranges)
		*high = generator_port(generator);
	if (shape == 3)
		*low = 0, *high = 65535;
	if (*low > *high) {
		unsigned swapped = *low;

		*low = *high;
		*high = swapped;
	}
}

static void add_ports(struct generator *generator, struct random_policy *policy,
		      const struct line *line)
{
	static const struct {
		const char *name;
		unsigned protos[3];
	} targets[] = {{"tcp", {6}},  {"udp", {17}},	     {"sctp", {132}},
		       {"udp", {17}}, {"any", {6, 17, 132}}, {"tcp,udp", {6, 17}}};
	unsigned target = generator_below(generator, COUNT(targets)), low, high;

	random_ports(generator, !policy->large, &low, &high);
	for (unsigned i = 0; i < 3 && targets[target].protos[i]; i++)
		add_rules(policy, line, targets[target].protos[i], low, high);
	if (low == high)
		add_text(policy, "%s %u", targets[target].name, low);
	else if (low == 0 && high == 65535)
		add_text(policy, "%s all", targets[target].name);
	else
		add_text(policy, "%s %u-%u", targets[target].name, low, high);
}

static void add_protocol(struct generator *generator, struct random_policy *policy,
			 const struct line *line)
{
	static const __u8 protos[] = {1, 2, 58, 1, 2, 58, 41, 43, 47, 50, 51, 60, 136, 255};
	unsigned proto = PICK(generator, protos);

	add_rules(policy, line, proto, 0, 0);
	if (proto == 1 || proto == 58)
		add_text(policy, "%s", proto == 1 ? "icmp" : "icmp6");
	else
		add_text(policy, "proto %u", proto);
}

static long long random_time(struct generator *generator, const struct random_policy *policy)
{
	static const int hours[] = {-48, -2, -1, 1, 2, 3, 1000};

	if (policy->near_times && generator_one_in(generator, 3))
		return JUDGED_AT - 1 + generator_below(generator, 3);
	return JUDGED_AT + PICK(generator, hours) * 3600LL;
}

static void add_time(struct random_policy *policy, long long until)
{
	time_t seconds = (time_t)until;
	char text[32];
	struct tm parts;

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	add_text(policy, " until %s", text);
}

static struct line random_line(struct generator *generator, const struct random_policy *policy)
{
	static const int nics[] = {MODEL_EVERY_NIC, MODEL_EVERY_NIC, 0, 1};
	struct line line = {
		.action = generator_one_in(generator, 2) ? ACTION_ALLOW : ACTION_DENY,
		.nic = PICK(generator, nics),
		.from_count = 1, /* any source */
	};

	if (!generator_one_in(generator, 3)) {
		line.from_count = generator_below(generator, SOURCES_MAX) + 1;
		for (unsigned i = 0; i < line.from_count; i++)
			line.from[i] = random_prefix(generator);
	}
	if (generator_one_in(generator, 4))
		line.until = random_time(generator, policy);
	return line;
}

static void add_line(struct generator *generator, struct random_policy *policy,
		     const struct line *line)
{
	add_text(policy, line->action == ACTION_ALLOW ? "allow " : "deny ");
	if (generator_one_in(generator, 4))
		add_protocol(generator, policy, line);
	else
		add_ports(generator, policy, line);
	for (unsigned i = 0; i < line->from_count && line->from[i].family; i++) {
		add_text(policy, i ? "," : " from ");
		add_prefix(policy, &line->from[i]);
	}
	if (line->nic != MODEL_EVERY_NIC)
		add_text(policy, " on eth%d", line->nic);
	if (line->until)
		add_time(policy, line->until);
	add_text(policy, "\n");
}

/* --- Policies -------------------------------------------------------------------------------- */

static void begin(struct generator *generator, struct random_policy *policy, bool large)
{
	bool allow = generator_one_in(generator, 2);

	policy->large = large;
	policy->length = 0;
	model_clear(policy->model, allow, JUDGED_AT);
	add_text(policy, "default %s\n", allow ? "allow" : "deny");
}

static bool has_block(const struct model_policy *model, const struct model_prefix *prefix)
{
	for (size_t i = 0; i < model->block_count; i++)
		if (!memcmp(&model->blocks[i].from, prefix, sizeof(*prefix)))
			return true;
	return false;
}

static void add_blocks(struct generator *generator, struct random_policy *policy)
{
	for (unsigned blocks = generator_below(generator, 6); blocks; blocks--) {
		struct model_prefix prefix = random_prefix(generator);
		bool timed = generator_one_in(generator, 2);

		/* Few that leave nothing else to see; none twice: the second would be a change. */
		if ((prefix.length < 8 && !generator_one_in(generator, 6)) ||
		    has_block(policy->model, &prefix))
			continue;
		model_block(policy->model, &prefix, timed ? random_time(generator, policy) : 0);
	}
}

static struct model_flow random_flow(struct generator *generator,
				     const struct random_policy *policy)
{
	static const unsigned protos[] = {6, 6, 6, 17, 17, 132, 1, 1, 58, 50, 47, 41, 2};
	struct model_flow flow = {
		.family = generator_one_in(generator, 2) ? 4 : 6,
		.proto = PICK(generator, protos),
		.beats_deny = generator_one_in(generator, 2),
		.until = JUDGED_AT + 3600,
	};
	bool echoes;

	if (flow.proto == 1 && flow.family == 6 && !generator_one_in(generator, 8))
		flow.proto = 58;
	echoes = flow.proto == (flow.family == 4 ? 1 : 58);
	generator_address(generator, flow.family, flow.local);
	generator_address(generator, flow.family, flow.remote);
	if (echoes || flow.proto == 6 || flow.proto == 17 || flow.proto == 132)
		flow.local_port = generator_port(generator);
	if (flow.local_port && !echoes)
		flow.remote_port = generator_port(generator);
	if (generator_one_in(generator, 6))
		flow.until = random_time(generator, policy);
	return flow;
}

static void add_flows(struct generator *generator, struct random_policy *policy)
{
	for (unsigned flows = generator_below(generator, 8); flows; flows--) {
		struct model_flow flow = random_flow(generator, policy);

		model_flow(policy->model, &flow);
	}
}

static void add_lockdown(struct generator *generator, struct model_policy *model)
{
	const size_t most = sizeof(model->keep) / sizeof(*model->keep);

	model->lockdown = true;
	model->keep_count = generator_below(generator, (unsigned)most + 1);
	for (size_t i = 0; i < model->keep_count; i++)
		model->keep[i] = random_prefix(generator);
}

void generate_policy(struct generator *generator, struct random_policy *policy)
{
	begin(generator, policy, false);
	for (unsigned lines = generator_below(generator, 16); lines; lines--) {
		struct line line = random_line(generator, policy);

		add_line(generator, policy, &line);
	}
	if (generator_one_in(generator, 4))
		add_blocks(generator, policy);
	add_flows(generator, policy);
	if (generator_one_in(generator, 12))
		add_lockdown(generator, policy->model);
}

/* Where the prefixes of a large policy lie. bits 0: anywhere, in both families; else behind the
 * first bits of an IPv6 address, but for a few of a shorter length, which begin there and end with
 * the highest address. */
struct region {
	const char *address;
	unsigned bits;
	unsigned shorter; /* 0: none */
};

static struct model_prefix one_of_many(struct generator *generator, const struct region *region)
{
	struct model_prefix prefix = {.family = 6};
	unsigned most = 128, least = region->bits + 1;

	if (!region->bits && generator_one_in(generator, 2)) {
		prefix.family = 4;
		most = 32;
	}
	if (region->bits)
		inet_pton(AF_INET6, region->address, prefix.address);
	for (unsigned bit = region->bits; bit < most; bit++)
		if (generator_one_in(generator, 2))
			prefix.address[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
	if (!region->bits)
		least = prefix.family == 4 ? 12 : 20;
	else if (region->shorter && generator_one_in(generator, 50))
		least = most = region->shorter;
	cut(&prefix, least + generator_below(generator, most - least + 1));
	return prefix;
}

void generate_large_policy(struct generator *generator, struct random_policy *policy)
{
	static const struct region regions[] = {
		{NULL, 0, 0},	       {NULL, 0, 0},	   {NULL, 0, 0},
		{"2001:db8::", 33, 0}, {"8000::", 51, 1},  {"8000::", 52, 1},
		{"8000::", 53, 1},     {"8000::1", 64, 0}, {"fff0::", 20, 12},
	};
	const struct region region = PICK(generator, regions);
	unsigned lines = 600 + generator_below(generator, 3000);

	begin(generator, policy, true);
	while (lines--) {
		struct line line = random_line(generator, policy);
		bool any = !line.from[0].family && lines % 64 == 0;

		for (unsigned i = 0; i < line.from_count && !any; i++)
			if (region.bits || !generator_one_in(generator, 100))
				line.from[i] = one_of_many(generator, &region);
		add_line(generator, policy, &line);
	}
	add_blocks(generator, policy);
	add_flows(generator, policy);
}
