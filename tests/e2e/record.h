/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures of what goes over a NIC, both ways. */
#ifndef E2E_RECORD_H
#define E2E_RECORD_H

#include "testbed.h"

struct recorder {
	pid_t child;
	int stop; /* closed to end it */
};

/* Begins to write what goes over the NIC of a host into a pcap file; every packet is in it once the
 * recorder has stopped. */
struct recorder record_start(struct testbed *bed, const struct host *host, const char *nic,
			     const char *path);
/* Waits for the packets that were already sent; the test fails if one was lost. */
void record_stop(struct testbed *bed, struct recorder *recorder);

/* Switches off what makes one packet of many (TSO, GSO, GRO) on a NIC. */
void nic_split_packets(struct testbed *bed, const struct host *host, const char *nic);

#endif
