/* SPDX-License-Identifier: GPL-2.0-only */
#include "grace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An update of an array of maps returns only after a grace period (maybe_wait_bpf_programs() in
 * kernel/bpf/syscall.c). */
static int wait_by_map(struct error *error)
{
	const __u32 zero = 0;
	int code, outer, inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace_inner", 4, 4, 1, NULL);

	if (inner < 0)
		return error_set(error, inner, "cannot create a map: %s", strerror(-inner));
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = (__u32)inner);
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "grace_outer", 4, 4, 1, &options);
	code = outer < 0 ? outer : bpf_map_update_elem(outer, &zero, &inner, BPF_ANY);
	if (outer >= 0)
		close(outer);
	close(inner);
	if (code)
		return error_set(error, code, "cannot wait for the kernel: %s", strerror(-code));
	return 0;
}

int grace_wait(struct error *error)
{
	/* With one CPU membarrier returns at once, grace period or not; with nohz_full it fails. */
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1 &&
	    !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return 0;
	return wait_by_map(error);
}
