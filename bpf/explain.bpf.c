// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same parse and decide as in the driver path, run by a command on a frame of its own
 * (BPF_PROG_TEST_RUN): the answer is the reason, and nothing is counted or written.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "decide.h"
#include "maps.h"
#include "parse.h"

const volatile bool frames_have_fragments = false;

SEC("xdp")
int portfw_explain(struct xdp_md *context)
{
	const struct explain_request *begin = (const void *)(long)context->data;
	struct explain_request request;
	struct frame frame;
	enum reason reason;
	struct match match;
	struct pkt pkt;
	__u32 slot;

	if ((const void *)(begin + 1) > (const void *)(long)context->data_end)
		return EXPLAIN_FAILED;
	request = *begin;
	if (bpf_xdp_adjust_head(context, sizeof(request)))
		return EXPLAIN_FAILED;
	frame = frame_of(context);
	reason = parse(&frame, request.link == LINK_RAW_IP ? LINK_RAW_IP : LINK_ETHERNET, &pkt);
	if (reason)
		return reason;
	slot = request.slot == EXPLAIN_IN_FORCE ? slot_in_force() : request.slot;
	return decide(slot & (SLOT_COUNT - 1), request.nic & (MAX_NICS - 1), &pkt, &match);
}

char _license[] SEC("license") = "Dual BSD/GPL";
