/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing down what was decided. */
#ifndef PORTFW_BPF_ACCOUNT_H
#define PORTFW_BPF_ACCOUNT_H

#include "maps.h"
#include "parse.h"

/* XDP programs of one CPU do not interrupt each other, so plain additions do not lose counts. */
static __always_inline void account(const struct frame *frame, const struct pkt *pkt,
				    enum reason reason, enum verdict verdict)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_counters *mine = bpf_map_lookup_elem(&counters, &cpu);

	if (!mine || reason >= REASON_COUNT)
		return;
	mine->reasons[reason].packets++;
	mine->reasons[reason].bytes += frame->length ? frame->length : frame->end - frame->data;
	if (pkt->port_table < PORT_TABLE_SCTP) {
		__u32 port = MASK_FOR_VERIFIER(pkt->destination_port, PORT_COUNT - 1);

		mine->ports[pkt->port_table][port][verdict]++;
	} else if (reason != REASON_NON_IP && reason != REASON_MALFORMED) {
		mine->protocols[pkt->protocol][verdict]++;
	}
}

#endif
