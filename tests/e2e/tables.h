/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in the pinned maps, read without the program under test. */
#ifndef E2E_TABLES_H
#define E2E_TABLES_H

#include "testbed.h"

#include <portfw/abi.h>

/* The earliest end of a timed rule in the slot in force, in jiffies; 0: there is none. */
uint64_t tables_deadline(struct testbed *bed);

/* What becomes of a datagram from the peer over IPv4 to a UDP port of the guarded host, on which a
 * program of portfw is attached. */
enum verdict tables_verdict(struct testbed *bed, unsigned port);
/* Packets that dropped because their source is blocked, so far. */
uint64_t tables_blocked(struct testbed *bed);

/* Entries of the flow table, those that are over included. */
size_t tables_flows(struct testbed *bed);
/* Takes all of them out, as if others had needed the room. */
void tables_forget_flows(struct testbed *bed);

#endif
