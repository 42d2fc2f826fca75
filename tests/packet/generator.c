/* SPDX-License-Identifier: GPL-2.0-only */
#include "generator.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(*(array))))
#define PICK(generator, array) ((array)[generator_below((generator), COUNT(array))])

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

static bool one_in(struct generator *generator, unsigned n)
{
	return generator_below(generator, n) == 0;
}

/* Frames and rules draw from the same few ports, so that they meet. */
static unsigned random_port(struct generator *generator)
{
	static const __u16 ports[] = {0,   1,	3,   4,	   22,	 53,   66,    67,    68,
				      69,  80,	545, 546,  547,	 548,  7999,  8000,  8100,
				      443, 255, 256, 1023, 1024, 8101, 65533, 65534, 65535};

	return one_in(generator, 12) ? generator_below(generator, PORT_COUNT)
				     : PICK(generator, ports);
}

/* --- Policies -----------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static void add_text(struct random_policy *policy,
							   const char *format, ...)
{
	size_t length = strlen(policy->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(policy->text + length, sizeof(policy->text) - length, format, arguments);
	va_end(arguments);
}

static void add_port_rule(struct generator *generator, struct random_policy *policy, int nic,
			  enum action action)
{
	static const struct {
		const char *name;
		unsigned protos[3];
	} targets[] = {{"tcp", {6}},  {"udp", {17}},	     {"sctp", {132}},
		       {"udp", {17}}, {"any", {6, 17, 132}}, {"tcp,udp", {6, 17}}};
	unsigned target = generator_below(generator, COUNT(targets));
	unsigned low = random_port(generator), high = low;
	unsigned shape = generator_below(generator, 8);

	if (shape < 3)
		high = random_port(generator);
	if (shape == 3)
		low = 0, high = 65535;
	if (low > high) {
		unsigned swapped = low;

		low = high;
		high = swapped;
	}
	for (unsigned i = 0; i < 3 && targets[target].protos[i]; i++)
		model_rule(policy->model, nic, targets[target].protos[i], low, high, action);
	if (low == high)
		add_text(policy, "%s %u", targets[target].name, low);
	else if (shape == 3)
		add_text(policy, "%s all", targets[target].name);
	else
		add_text(policy, "%s %u-%u", targets[target].name, low, high);
}

static void add_protocol_rule(struct generator *generator, struct random_policy *policy, int nic,
			      enum action action)
{
	static const __u8 protos[] = {1, 2, 58, 1, 2, 58, 41, 43, 47, 50, 51, 60, 136, 255};
	unsigned proto = PICK(generator, protos);

	model_rule(policy->model, nic, proto, 0, 0, action);
	if (proto == 1 || proto == 58)
		add_text(policy, "%s", proto == 1 ? "icmp" : "icmp6");
	else
		add_text(policy, "proto %u", proto);
}

void generate_policy(struct generator *generator, struct random_policy *policy)
{
	static const int nics[] = {MODEL_EVERY_NIC, MODEL_EVERY_NIC, 0, 1};
	bool allow = one_in(generator, 2);
	unsigned rules = generator_below(generator, 16);

	policy->text[0] = '\0';
	model_clear(policy->model, allow);
	add_text(policy, "default %s\n", allow ? "allow" : "deny");
	while (rules--) {
		enum action action = one_in(generator, 2) ? ACTION_ALLOW : ACTION_DENY;
		int nic = PICK(generator, nics);

		add_text(policy, action == ACTION_ALLOW ? "allow " : "deny ");
		if (one_in(generator, 4))
			add_protocol_rule(generator, policy, nic, action);
		else
			add_port_rule(generator, policy, nic, action);
		if (nic != MODEL_EVERY_NIC)
			add_text(policy, " on eth%d", nic);
		add_text(policy, "\n");
	}
}

/* --- Frames -------------------------------------------------------------------------------------
 */

/* The layers so far. */
struct stack {
	struct layer layers[LAYERS_MAX];
	unsigned count;
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

static void push_ported(struct generator *generator, struct stack *stack, enum layer_kind kind)
{
	static const struct {
		__u16 source, destination;
	} dhcp[] = {{67, 68}, {547, 546}, {68, 67}, {67, 546}};
	static const __u8 sizes[] = {1, 3, 4, 7, 8, 12, 13, 14, 16, 19, 20, 21};
	struct layer *layer = push(stack, kind);
	unsigned pair = generator_below(generator, COUNT(dhcp));

	layer->source = (__u16)random_port(generator);
	layer->destination = (__u16)random_port(generator);
	if (kind == LAYER_UDP && one_in(generator, 4)) {
		layer->source = dhcp[pair].source;
		layer->destination = dhcp[pair].destination;
	}
	if (kind == LAYER_TCP && one_in(generator, 3))
		layer->options = 4 * generator_below(generator, 11);
	if (kind == LAYER_TCP && one_in(generator, 30))
		layer->header = (int)generator_below(generator, 16) ?: WRITE_ZERO;
	if (kind == LAYER_UDP && one_in(generator, 20))
		layer->length = (int)generator_below(generator, 40) ?: WRITE_ZERO;
	if (one_in(generator, 12))
		layer->size = PICK(generator, sizes);
}

static void push_transport(struct generator *generator, struct stack *stack)
{
	static const enum layer_kind kinds[] = {LAYER_TCP,   LAYER_TCP,	 LAYER_UDP,
						LAYER_UDP,   LAYER_SCTP, LAYER_ICMP,
						LAYER_ICMP6, LAYER_IGMP, LAYER_PAYLOAD};
	static const __u8 types[] = {0,	  1,   2,   3,	 4,   5,   8,	10,  11,  12,  13, 128,
				     129, 130, 133, 134, 135, 136, 137, 138, 142, 143, 144};
	static const __u8 protos[] = {41, 43, 44, 47, 50, 51, 59, 60, 136, 253, 255};
	static const __u8 sizes[] = {0, 0, 1, 4, 8, 24};
	enum layer_kind kind = PICK(generator, kinds);
	struct layer *layer;

	if (kind == LAYER_TCP || kind == LAYER_UDP || kind == LAYER_SCTP) {
		push_ported(generator, stack, kind);
	} else if (kind == LAYER_PAYLOAD) {
		stack->layers[stack->count - 1].next = PICK(generator, protos);
	} else {
		layer = push(stack, kind);
		layer->type = PICK(generator, types);
		layer->size = generator_below(generator, 9);
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

void generate_frame(struct generator *generator, enum link_type link, struct built_frame *frame)
{
	struct stack stack = {};

	if (link == LINK_ETHERNET)
		push_link(generator, &stack);
	if (one_in(generator, 2))
		push_ipv4(generator, &stack);
	else
		push_ipv6(generator, &stack);
	push_transport(generator, &stack);
	build_frame(stack.layers, frame);
	if (one_in(generator, 3))
		for (unsigned i = generator_below(generator, 3) + 1; i; i--)
			damage(generator, frame);
}
