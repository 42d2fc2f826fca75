/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running firewall: the maps and links pinned in one directory of a bpffs. An instance exists
 * as long as at least one NIC is attached.
 *
 * Writers hold the instance lock (state/lock.h); readers need none: they see one whole policy
 * because the control word is switched by one store and a slot is not written while it is active.
 */
#ifndef PORTFW_KERNEL_INSTANCE_H
#define PORTFW_KERNEL_INSTANCE_H

#include "maps.h"

#include "base/error.h"
#include <limits.h>
#include <net/if.h>
#include <portfw/abi.h>
#include <stdbool.h>
#include <stddef.h>

struct instance {
	char pin_dir[PATH_MAX];
	bool open;
	bool mounted; /* instance_create() had to mount a bpffs */
	char mount_point[PATH_MAX];
	int fds[MAP_COUNT];
	__u32 recovered; /* bit n: the pin of map n is missing, it was found otherwise */
	int clock_fd;	 /* the clock program; opened on demand */
	/* The maps, mapped into this process; writable only by instance_create() and
	 * instance_open(writable). */
	struct control *control;
	struct slot *slots;		     /* SLOT_COUNT of them */
	const struct cpu_counters *counters; /* control->cpu_count of them; mapped on demand */
};
#define INSTANCE_INIT                                               \
	{                                                           \
		.fds = {[0 ... MAP_COUNT - 1] = -1}, .clock_fd = -1 \
	}

/* Opens the pinned maps; one whose pin is missing is found through the programs that are attached.
 * -ENOENT: no instance, which sets no message; -EPERM: privileges; -EXDEV: it guards another
 * network namespace; -ESTALE: pins of another version, -EPROTO: damaged ones; the message says what
 * to do. */
int instance_open(const char *pin_dir, bool writable, struct instance *instance,
		  struct error *error);
void instance_close(struct instance *instance);
#define _cleanup_instance_ __attribute__((cleanup(instance_close)))
/* Pins again what instance_open() had to find otherwise, and the programs that no NIC has. For the
 * holder of the lock. */
int instance_mend(struct instance *instance, struct error *error);
/* The parts, for lifecycle.c: notes the directory; maps control and slots into the process. */
int instance_set_pin_dir(struct instance *instance, const char *pin_dir, struct error *error);
int instance_map(struct instance *instance, bool writable, struct error *error);

/* Sums of a reason over all CPUs; `totals` is indexed by enum reason. */
int instance_totals(struct instance *instance, struct counter totals[REASON_COUNT],
		    struct error *error);
/* The same of packets that the egress programs dropped. instance_totals() must have succeeded
 * before. */
void instance_outgoing(const struct instance *instance, struct counter totals[REASON_COUNT]);
/* Packets of one verdict to a port, over all CPUs. `table`: PORT_TABLE_TCP or PORT_TABLE_UDP.
 * instance_totals() must have succeeded before. */
__u64 instance_port_packets(const struct instance *instance, enum port_table table, __u16 port,
			    enum verdict verdict);
/* Packets of the protocol with that verdict that are counted at no port; likewise. */
__u64 instance_protocol_packets(const struct instance *instance, __u8 protocol,
				enum verdict verdict);

#endif
