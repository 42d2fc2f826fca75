/* SPDX-License-Identifier: GPL-2.0-only */
#include "native.h"

#include "../../bpf/decide.h"

struct answer native_judge(const struct slot *slot, enum link_type link, unsigned nic,
			   const unsigned char *bytes, size_t length, size_t linear)
{
	frame_context context = {
		.bytes = bytes,
		.linear = (__u32)linear,
		.length = (__u32)length,
	};
	struct frame frame = frame_of(&context);
	struct answer answer = {};
	struct pkt pkt;

	answer.reason = parse(&frame, link, &pkt);
	if (!answer.reason)
		answer.reason = decide(slot, nic, &pkt);
	if (pkt.port_table < PORT_TABLE_SCTP) {
		answer.proto = pkt.port_table == PORT_TABLE_TCP ? PROTO_TCP : PROTO_UDP;
		answer.port = pkt.destination_port;
	}
	return answer;
}
