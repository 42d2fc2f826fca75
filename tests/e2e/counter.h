/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of `portfw status`. */
#ifndef E2E_COUNTER_H
#define E2E_COUNTER_H

#include "testbed.h"

#include <portfw/abi.h>

/* Packets and bytes with this reason so far. */
long long packets_of(struct testbed *bed, const char *reason);
long long bytes_of(struct testbed *bed, const char *reason);
/* Packets to a UDP port with this verdict, as long as the port is among the busiest. */
long long port_packets(struct testbed *bed, unsigned port, enum verdict verdict);

#endif
