/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a frame, with any part of it in place: the native build of parse and decide against
 * the model. The first four bytes choose the policy, the link type, the NIC and the split.
 *
 * clang -fsanitize=fuzzer,address,undefined, with what the Makefile calls PURE.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/packet/judging.c"
#include "tests/packet/model.c"
#include "tests/packet/model_frame.c"
#include "tests/packet/native.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 4 /* bytes in front of the frame */
#define NETWORK_4              \
	{                      \
		4, 16,         \
		{              \
			192, 0 \
		}              \
	}
#define ADDRESS_4                    \
	{                            \
		4, 32,               \
		{                    \
			192, 0, 2, 1 \
		}                    \
	}
#define NETWORK_6                              \
	{                                      \
		6, 32,                         \
		{                              \
			0x20, 0x01, 0x0d, 0xb8 \
		}                              \
	}

/* Each policy as text and for the model, and which block list goes with it. */
static const struct {
	const char *text;
	bool default_allow;
	struct model_rule rules[8];
	struct model_prefix blocked[2];
} policies[] = {
	{"default allow\n", true, {}, {NETWORK_4, NETWORK_6}},
	{"default deny\nallow tcp 0-32767\ndeny icmp\nallow udp 68 on eth1\n"
	 "deny tcp 22 from 192.0.0.0/16\nallow tcp 22 from 192.0.2.1 on eth0\n"
	 "deny udp 53 from 2001:db8::/32 until 2035-01-01T00:00:00Z\n",
	 false,
	 {{ACTION_ALLOW, 6, 0, 32767, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_DENY, 1, 0, 0, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 17, 68, 68, {}, 1, 0},
	  {ACTION_DENY, 6, 22, 22, NETWORK_4, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 6, 22, 22, ADDRESS_4, 0, 0},
	  {ACTION_DENY, 17, 53, 53, NETWORK_6, MODEL_EVERY_NIC, 2051222400}},
	 {}},
	{"default allow\ndeny udp all\ndeny udp 68\ndeny icmp6 on eth0\ndeny proto 47\n",
	 true,
	 {{ACTION_DENY, 17, 0, 65535, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_DENY, 17, 68, 68, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_DENY, 58, 0, 0, {}, 0, 0},
	  {ACTION_DENY, 47, 0, 0, {}, MODEL_EVERY_NIC, 0}},
	 {ADDRESS_4}},
	{"default deny\nallow sctp 1024-65535\ndeny udp 500-600\nallow proto 50\nallow proto 51\n"
	 "allow tcp all from 2001:db8::/32\nallow tcp all until 2020-01-01T00:00:00Z\n",
	 false,
	 {{ACTION_ALLOW, 132, 1024, 65535, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_DENY, 17, 500, 600, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 50, 0, 0, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 51, 0, 0, {}, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 6, 0, 65535, NETWORK_6, MODEL_EVERY_NIC, 0},
	  {ACTION_ALLOW, 6, 0, 65535, {}, MODEL_EVERY_NIC, 1577836800}},
	 {}},
};
#define POLICY_COUNT (sizeof(policies) / sizeof(*policies))

static struct slot slots[POLICY_COUNT];
static struct setting settings[POLICY_COUNT];
static struct model_policy *models[POLICY_COUNT];

static void compile(size_t i)
{
	struct setting *setting = &settings[i];

	setting->now = NATIVE_NOW;
	setting->tables.slot = &slots[i];
	models[i] = model_policy_new();
	if (!models[i] || !compile_text(policies[i].text, NATIVE_NOW, &setting->tables))
		abort();
	model_clear(models[i], policies[i].default_allow, JUDGED_AT);
	for (size_t r = 0; policies[i].rules[r].action; r++)
		if (!model_rule(models[i], &policies[i].rules[r]))
			abort();
	for (size_t b = 0; b < 2 && policies[i].blocked[b].family; b++) {
		const struct model_prefix *from = &policies[i].blocked[b];
		struct block_item *item = &setting->blocked[setting->blocked_count++];

		model_block(models[i], from, 0);
		item->prefix.family = (__u8)from->family;
		item->prefix.length = (__u8)from->length;
		memcpy(item->prefix.address, from->address, sizeof(from->address));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = size - HEAD, linear;
	enum link_type link;
	struct answer native, model;
	unsigned char *frame;
	unsigned nic;
	size_t policy;

	if (!models[0])
		for (size_t i = 0; i < POLICY_COUNT; i++)
			compile(i);
	if (size < HEAD)
		return 0;
	policy = data[0] % POLICY_COUNT;
	link = data[1] & 1 ? LINK_RAW_IP : LINK_ETHERNET;
	nic = data[1] >> 1 & 1;
	linear = (data[2] << 8 | data[3]) % (length + 1);
	if (data[1] & 4)
		linear = length;
	frame = malloc(length ? length : 1); /* exactly, so that reading past it is seen */
	if (!frame)
		return 0;
	memcpy(frame, data + HEAD, length);
	native = native_judge(&settings[policy], link, nic, frame, length, linear);
	model = model_judge(models[policy], link, nic, frame, length);
	if (!answer_equal(native, model)) {
		fprintf(stderr, "native: reason %d protocol %d port %d\n", (int)native.reason,
			native.proto, native.port);
		fprintf(stderr, "model: reason %d protocol %d port %d\n", (int)model.reason,
			model.proto, model.port);
		abort();
	}
	free(frame);
	return 0;
}
