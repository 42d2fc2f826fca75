/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a frame, with any part of it in place: the native build of parse and decide against
 * the model. The first four bytes choose the policy, the link type, the NIC and the split.
 *
 * clang -fsanitize=fuzzer,address,undefined, with user/error.c and user/policy/.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/text.h"

#include "../packet/model.c"
#include "../packet/native.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 4 /* bytes in front of the frame */

/* Each policy as text and for the model. */
static const struct {
	const char *text;
	bool default_allow;
	struct {
		int nic;
		unsigned proto, low, high;
		enum action action;
	} rules[8];
} policies[] = {
	{"default allow\n", true, {}},
	{"default deny\nallow tcp 0-32767\ndeny icmp\nallow udp 68 on eth1\n",
	 false,
	 {{MODEL_EVERY_NIC, 6, 0, 32767, ACTION_ALLOW},
	  {MODEL_EVERY_NIC, 1, 0, 0, ACTION_DENY},
	  {1, 17, 68, 68, ACTION_ALLOW}}},
	{"default allow\ndeny udp all\ndeny udp 68\ndeny icmp6 on eth0\ndeny proto 47\n",
	 true,
	 {{MODEL_EVERY_NIC, 17, 0, 65535, ACTION_DENY},
	  {MODEL_EVERY_NIC, 17, 68, 68, ACTION_DENY},
	  {0, 58, 0, 0, ACTION_DENY},
	  {MODEL_EVERY_NIC, 47, 0, 0, ACTION_DENY}}},
	{"default deny\nallow sctp 1024-65535\ndeny udp 500-600\nallow proto 50\nallow proto 51\n",
	 false,
	 {{MODEL_EVERY_NIC, 132, 1024, 65535, ACTION_ALLOW},
	  {MODEL_EVERY_NIC, 17, 500, 600, ACTION_DENY},
	  {MODEL_EVERY_NIC, 50, 0, 0, ACTION_ALLOW},
	  {MODEL_EVERY_NIC, 51, 0, 0, ACTION_ALLOW}}},
};
#define POLICY_COUNT (sizeof(policies) / sizeof(*policies))

static struct slot slots[POLICY_COUNT];
static struct model_policy *models[POLICY_COUNT];

static void compile(size_t i)
{
	static const char nics[MAX_NICS][IFNAMSIZ] = {"eth0", "eth1"};
	struct policy policy _cleanup_policy_ = {};
	struct diagnostics diagnostics = {};

	policy_init(&policy);
	models[i] = model_policy_new();
	if (!models[i] ||
	    text_parse(policies[i].text, strlen(policies[i].text), &policy, &diagnostics) ||
	    policy_compile(&policy, nics, &slots[i], NULL))
		abort();
	model_clear(models[i], policies[i].default_allow);
	for (size_t r = 0; policies[i].rules[r].action; r++)
		model_rule(models[i], policies[i].rules[r].nic, policies[i].rules[r].proto,
			   policies[i].rules[r].low, policies[i].rules[r].high,
			   policies[i].rules[r].action);
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
	native = native_judge(&slots[policy], link, nic, frame, length, linear);
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
