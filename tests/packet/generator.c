/* SPDX-License-Identifier: GPL-2.0-only */
#include "generator.h"

#include <arpa/inet.h>
#include <string.h>

#define one_in generator_one_in

void generator_seed(struct generator *generator, __u64 seed)
{
	generator->state = seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
	if (!generator->state)
		generator->state = 1;
}

unsigned generator_below(struct generator *generator, unsigned below)
{
	__u64 x = generator->state; /* xorshift64* */

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	generator->state = x;
	return (unsigned)((x * 0x2545f4914f6cdd1du) >> 33) % below;
}

bool generator_one_in(struct generator *generator, unsigned n)
{
	return generator_below(generator, n) == 0;
}

unsigned generator_known_port(struct generator *generator)
{
	static const __u16 ports[] = {0,   1,	3,   4,	   22,	 53,   66,    67,    68,
				      69,  80,	545, 546,  547,	 548,  7999,  8000,  8100,
				      443, 255, 256, 1023, 1024, 8101, 65533, 65534, 65535};

	return PICK(generator, ports);
}

unsigned generator_port(struct generator *generator)
{
	return one_in(generator, 12) ? generator_below(generator, PORT_COUNT)
				     : generator_known_port(generator);
}

/* --- Frames ---------------------------------------------------------------------------------- */

/* The layers so far. */
struct stack {
	struct layer layers[LAYERS_MAX];
	unsigned count;
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN]; /* addresses */
	const struct model_flow *answered; /* between whose ends the frame goes, NULL: none */
};

static struct layer *push(struct stack *stack, enum layer_kind kind)
{
	struct layer *layer =
		&stack->layers[stack->count < LAYERS_MAX - 1 ? stack->count++ : LAYERS_MAX - 2];

	*layer = (struct layer){.kind = kind};
	return layer;
}

static void push_link(struct generator *generator, struct stack *stack)
{
	static const __u16 others[] = {0x0806, 0x88cc, 0x8863, 0x0026, 0x88f7, 0x8847, 0};
	static const __u16 tag_types[] = {0x8100, 0x8100, 0x88a8, 0x88a8, 0x9100};
	static const __u8 tags[] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 3};
	struct layer *layer = push(stack, LAYER_ETHERNET);

	for (unsigned i = PICK(generator, tags); i; i--) {
		layer = push(stack, LAYER_VLAN);
		layer->type = PICK(generator, tag_types);
	}
	if (one_in(generator, 20)) {
		layer->next = PICK(generator, others);
		return;
	}
	if (one_in(generator, 10)) {
		layer = push(stack, LAYER_PPPOE);
		layer->compressed = one_in(generator, 3);
		if (one_in(generator, 10))
			layer->next = 0xc021;
	}
}

static void random_fragment(struct generator *generator, struct layer *layer)
{
	static const __u16 offsets[] = {0, 0, 0, 1, 2, 181, 8191};

	layer->offset = PICK(generator, offsets);
	layer->more = one_in(generator, 2);
}

static void push_ipv4(struct generator *generator, struct stack *stack)
{
	static const __u8 options[] = {0, 0, 0, 0, 4, 8, 20, 36, 40};
	struct layer *layer = push(stack, LAYER_IPV4);

	layer->from = stack->from;
	layer->to = stack->to;
	layer->options = PICK(generator, options);
	if (one_in(generator, 4))
		random_fragment(generator, layer);
	if (one_in(generator, 40))
		layer->header = (int)generator_below(generator, 16) ?: WRITE_ZERO;
	if (one_in(generator, 60))
		layer->length = (int)generator_below(generator, 128) ?: WRITE_ZERO;
	if (one_in(generator, 8) && layer->options == 0)
		push(stack, LAYER_AH)->options = 4 * generator_below(generator, 6);
}

static void push_ipv6(struct generator *generator, struct stack *stack)
{
	static const __u8 lengths[] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 7, 8, 9};
	static const enum layer_kind kinds[] = {LAYER_ROUTING,	LAYER_DESTINATION,
						LAYER_MOBILITY, LAYER_FRAGMENT,
						LAYER_AH,	LAYER_DESTINATION};
	static const char *const options[] = {NULL,
					      NULL,
					      NULL,
					      "c204",
					      "0000c204",
					      "0500c204",
					      "00000000c204",
					      "0000000000c2",
					      "0100c204",
					      "00000000000000c204",
					      "0000000000000000c204",
					      "0102000000000000c204"};
	struct layer *layer = push(stack, LAYER_IPV6);

	layer->from = stack->from;
	layer->to = stack->to;
	if (one_in(generator, 60))
		layer->length = (int)generator_below(generator, 128) ?: WRITE_ZERO;
	if (one_in(generator, 6)) {
		if (one_in(generator, 2))
			layer->length = WRITE_ZERO;
		layer = push(stack, LAYER_HOP_BY_HOP);
		layer->options = 8 * generator_below(generator, 3);
		layer->option = PICK(generator, options);
	}
	for (unsigned i = PICK(generator, lengths); i; i--) {
		layer = push(stack, PICK(generator, kinds));
		if (layer->kind == LAYER_FRAGMENT && one_in(generator, 2))
			random_fragment(generator, layer);
		else if (layer->kind == LAYER_AH)
			layer->options = 4 * generator_below(generator, 6);
		else if (layer->kind != LAYER_FRAGMENT)
			layer->options = 8 * generator_below(generator, 3);
		if (one_in(generator, 40))
			layer->header = (int)generator_below(generator, 20) ?: WRITE_ZERO;
		if (one_in(generator, 60))
			push(stack, LAYER_HOP_BY_HOP);
	}
}

static void random_signals(struct generator *generator, struct layer *layer)
{
	static const int flags[] = {0x02, 0x10, 0x12, 0x11, 0x04, 0x14, 0x18, WRITE_ZERO,
				    0x03, 0x06, 0xca, 0xda, 0x29, 0xff, 0xef};
	static const __u8 chunks[] = {0, 0, 1, 1, 2, 3, 6, 7, 14};

	if (layer->kind == LAYER_TCP)
		layer->flags = PICK(generator, flags);
	if (layer->kind == LAYER_SCTP)
		layer->type = PICK(generator, chunks);
}

static void push_ported(struct generator *generator, struct stack *stack, enum layer_kind kind)
{
	static const struct {
		__u16 source, destination;
	} dhcp[] = {{67, 68}, {547, 546}, {68, 67}, {67, 546}};
	static const __u8 sizes[] = {1, 3, 4, 7, 8, 12, 13, 14, 16, 19, 20, 21};
	struct layer *layer = push(stack, kind);
	unsigned pair = generator_below(generator, sizeof(dhcp) / sizeof(*dhcp));

	layer->source = (__u16)generator_port(generator);
	layer->destination = (__u16)generator_port(generator);
	if (kind == LAYER_UDP && one_in(generator, 4)) {
		layer->source = dhcp[pair].source;
		layer->destination = dhcp[pair].destination;
	}
	if (stack->answered) {
		layer->source = (__u16)stack->answered->remote_port;
		layer->destination = (__u16)stack->answered->local_port;
	}
	random_signals(generator, layer);
	if (kind == LAYER_TCP && one_in(generator, 3))
		layer->options = 4 * generator_below(generator, 11);
	if (kind == LAYER_TCP && one_in(generator, 30))
		layer->header = (int)generator_below(generator, 16) ?: WRITE_ZERO;
	if (kind == LAYER_UDP && one_in(generator, 20))
		layer->length = (int)generator_below(generator, 40) ?: WRITE_ZERO;
	if (one_in(generator, 12))
		layer->size = PICK(generator, sizes);
}

static enum layer_kind kind_of_protocol(unsigned proto)
{
	static const struct {
		unsigned proto;
		enum layer_kind kind;
	} kinds[] = {{6, LAYER_TCP},  {17, LAYER_UDP},	 {132, LAYER_SCTP},
		     {1, LAYER_ICMP}, {58, LAYER_ICMP6}, {2, LAYER_IGMP}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].proto == proto)
			return kinds[i].kind;
	return LAYER_PAYLOAD;
}

static void push_icmp(struct generator *generator, struct stack *stack, enum layer_kind kind)
{
	static const __u8 types[] = {0,	  1,   2,   3,	 4,   5,   8,	10,  11,  12,  13, 128,
				     129, 130, 133, 134, 135, 136, 137, 138, 142, 143, 144};
	struct layer *layer = push(stack, kind);

	layer->type = PICK(generator, types);
	layer->id = (__u16)generator_port(generator);
	if (!stack->answered || one_in(generator, 8))
		layer->size = generator_below(generator, 9);
	if (!stack->answered)
		return;
	layer->id = (__u16)stack->answered->local_port;
	if (!one_in(generator, 4))
		layer->type = kind == LAYER_ICMP ? 0 : 129; /* echo reply */
}

static void push_transport(struct generator *generator, struct stack *stack)
{
	static const enum layer_kind kinds[] = {LAYER_TCP,   LAYER_TCP,	 LAYER_UDP,
						LAYER_UDP,   LAYER_SCTP, LAYER_ICMP,
						LAYER_ICMP6, LAYER_IGMP, LAYER_PAYLOAD};
	static const __u8 protos[] = {41, 43, 44, 47, 50, 51, 59, 60, 136, 253, 255};
	static const __u8 sizes[] = {0, 0, 1, 4, 8, 24};
	enum layer_kind kind = PICK(generator, kinds);

	if (stack->answered)
		kind = kind_of_protocol(stack->answered->proto);
	if (kind == LAYER_TCP || kind == LAYER_UDP || kind == LAYER_SCTP) {
		push_ported(generator, stack, kind);
	} else if (kind == LAYER_PAYLOAD) {
		stack->layers[stack->count - 1].next =
			stack->answered ? (int)stack->answered->proto : PICK(generator, protos);
	} else {
		push_icmp(generator, stack, kind);
	}
	push(stack, LAYER_PAYLOAD)->size = PICK(generator, sizes);
	if (one_in(generator, 4000)) /* around 64 KiB, where lengths of zero have a meaning */
		push(stack, LAYER_PAYLOAD)->size = 65400 + generator_below(generator, 200);
	if (one_in(generator, 4))
		push(stack, LAYER_PADDING)->size = generator_below(generator, 64);
}

/* A lie, a bit that tipped over, or an end that is missing. */
static void damage(struct generator *generator, struct built_frame *frame)
{
	static const __u8 values[] = {0, 1, 4, 5, 6, 7, 8, 0x0f, 0x21, 0x40, 0x45, 0x60, 0xff};
	unsigned reach = frame->length < 120 ? (unsigned)frame->length : 120;
	unsigned char *at;

	if (!reach)
		return;
	at = frame->bytes + generator_below(generator, reach);
	switch (generator_below(generator, 4)) {
	case 0:
		*at ^= (unsigned char)(1 << generator_below(generator, 8));
		break;
	case 1:
		*at = PICK(generator, values);
		break;
	case 2:
		*at = (unsigned char)(*at + (one_in(generator, 2) ? 1 : -1));
		break;
	default:
		frame->length -= generator_below(generator, one_in(generator, 2) ? reach + 1 : 2);
	}
}

/* Adds one, or subtracts it, with a carry into as many of the `size` bytes as it takes. */
static void step(unsigned char *address, unsigned size, int by)
{
	for (unsigned i = size; i--;) {
		address[i] = (unsigned char)(address[i] + by);
		if (address[i] != (by > 0 ? 0 : 255))
			return;
	}
}

/* An address in a prefix, or right before or behind it. */
static void address_near(struct generator *generator, const struct model_prefix *prefix,
			 unsigned char address[16])
{
	unsigned size = prefix->family == 4 ? 4 : 16, place = generator_below(generator, 6);

	memcpy(address, prefix->address, 16);
	for (unsigned bit = prefix->length; bit < size * 8; bit++) {
		bool set = place >= 4 ? one_in(generator, 2) : place >= 2;

		address[bit / 8] |= (unsigned char)(set << (7 - bit % 8));
	}
	if (place == 0)
		step(address, size, -1); /* before the first */
	if (place == 2)
		step(address, size, 1); /* behind the last */
}

static void random_source(struct generator *generator, const struct model_policy *policy,
			  int family, char text[INET6_ADDRSTRLEN])
{
	unsigned prefixes = (unsigned)(policy->rule_count + policy->block_count);
	const struct model_prefix *prefix = NULL;
	unsigned char address[16];

	for (unsigned tries = 0; prefixes && tries < 4 && !prefix; tries++) {
		unsigned i = generator_below(generator, prefixes);

		prefix = i < policy->rule_count ? &policy->rules[i].from
						: &policy->blocks[i - policy->rule_count].from;
		if (prefix->family != family)
			prefix = NULL;
	}
	if (prefix && !one_in(generator, 8))
		address_near(generator, prefix, address);
	else
		generator_address(generator, family, address);
	inet_ntop(family == 4 ? AF_INET : AF_INET6, address, text, INET6_ADDRSTRLEN);
}

/* IPv4 addresses in the form of IPv6: ::ffff:192.0.2.1. */
static void map_to_ipv6(unsigned char address[16])
{
	memcpy(address + 12, address, 4);
	memset(address, 0, 10);
	memset(address + 10, 0xff, 2);
}

/* Changes one thing that tells the flow from others. */
static void change_one_field(struct generator *generator, const struct model_policy *policy,
			     struct model_flow *flow)
{
	static const unsigned protos[] = {6, 17, 132, 50, 47};
	unsigned bit = generator_below(generator, flow->family == 4 ? 32 : 128);
	int by = one_in(generator, 2) ? 1 : -1;

	switch (generator_below(generator, 6)) {
	case 0:
		flow->proto = PICK(generator, protos);
		break;
	case 1:
		flow->local[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
		break;
	case 2:
		flow->remote[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
		break;
	case 3:
		flow->local_port = (__u16)(flow->local_port + (unsigned)by);
		break;
	case 4:
		flow->remote_port = (__u16)(flow->remote_port + (unsigned)by);
		break;
	default:
		/* Whether a blocked IPv4 address is blocked in this form too is no question here.
		 */
		if (flow->family == 6 || policy->block_count)
			return;
		flow->family = 6;
		map_to_ipv6(flow->local);
		map_to_ipv6(flow->remote);
	}
}

/* Gives the frame the ends of some flow, or nearly. false: there is no flow. */
static bool answer_some_flow(struct generator *generator, const struct model_policy *policy,
			     struct model_flow *answered, struct stack *stack)
{
	int family;

	if (!policy->flow_count)
		return false;
	*answered = policy->flows[generator_below(generator, (unsigned)policy->flow_count)];
	if (one_in(generator, 2))
		change_one_field(generator, policy, answered);
	family = answered->family == 4 ? AF_INET : AF_INET6;
	inet_ntop(family, answered->remote, stack->from, sizeof(stack->from));
	inet_ntop(family, answered->local, stack->to, sizeof(stack->to));
	stack->answered = answered;
	return true;
}

static void go_anywhere(struct generator *generator, const struct model_policy *policy, int family,
			struct stack *stack)
{
	unsigned char to[16];

	random_source(generator, policy, family, stack->from);
	generator_address(generator, family, to);
	inet_ntop(family == 4 ? AF_INET : AF_INET6, to, stack->to, sizeof(stack->to));
}

void generate_frame(struct generator *generator, const struct model_policy *policy,
		    enum link_type link, struct built_frame *frame)
{
	struct model_flow answered = {.family = one_in(generator, 2) ? 4 : 6};
	struct stack stack = {};
	int family;

	if (one_in(generator, 2) || !answer_some_flow(generator, policy, &answered, &stack))
		go_anywhere(generator, policy, answered.family, &stack);
	family = answered.family;
	if (link == LINK_ETHERNET)
		push_link(generator, &stack);
	if (family == 4)
		push_ipv4(generator, &stack);
	else
		push_ipv6(generator, &stack);
	push_transport(generator, &stack);
	build_frame(stack.layers, frame);
	if (one_in(generator, 3))
		for (unsigned i = generator_below(generator, 3) + 1; i; i--)
			damage(generator, frame);
}
