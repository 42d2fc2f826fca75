/* SPDX-License-Identifier: GPL-2.0-only */
/* What is attached to the guarded host's NICs, asked from the kernel. */
#ifndef E2E_NIC_H
#define E2E_NIC_H

#include "testbed.h"

/* The id of the XDP program on the NIC, 0: none. */
unsigned nic_program(struct testbed *bed, const char *nic);
/* Whether the program is attached in native or else in generic mode. */
bool nic_is_native(struct testbed *bed, const char *nic);
bool nic_is_generic(struct testbed *bed, const char *nic);

/* Attaches a program that passes everything, as others would. Returns its id. */
unsigned nic_attach_foreign(struct testbed *bed, const char *nic, const char *name);

/* The number of pins of portfw whose names begin so. */
unsigned pin_count(const struct testbed *bed, const char *prefix);

/* Whether a BPF program with this id exists. */
bool program_exists(unsigned id);

#endif
