/* SPDX-License-Identifier: GPL-2.0-only */
#include "swap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "clock.h"
#include "egress.h"
#include "explain.h"
#include "link.h"
#include "maps.h"
#include "object.h"

bool swap_is_current(const struct instance *instance, unsigned index)
{
	return instance->control->nics[index].build == object_build();
}

/* Puts a program into a pinned link. -ENOLINK: there is none, or it has lost its NIC. */
static int update_link(const char *pin, int program)
{
	int code, link = bpf_obj_get(pin);

	if (link < 0)
		return link == -ENOENT ? -ENOLINK : link;
	code = bpf_link_update(link, program, NULL);
	close(link);
	return code;
}

int swap_arriving(struct instance *instance, const char *pin_dir, unsigned index,
		  struct error *error)
{
	const struct nic *nic = &instance->control->nics[index];
	char pin[PATH_MAX];
	int code, program = object_load_nic(instance, index, nic->link_type, error);

	if (program < 0)
		return program;
	fault_point("program-swap");
	code = update_link(pin_path(pin, pin_dir, PIN_XDP_LINK, index), program);
	fault_point("program-swapped");
	close(program);
	return code ? error_set(error, code, "%s: cannot replace the program: %s", nic->name,
				strerror(-code))
		    : 0;
}

int swap_leaving(struct instance *instance, const char *pin_dir, unsigned index,
		 struct error *error)
{
	struct nic *nic = &instance->control->nics[index];
	char pin[PATH_MAX];
	int code = -ENOLINK, program = -1;

	if (nic->egress != EGRESS_NONE)
		program = object_load_egress(instance, index, nic->link_type, error);
	if (program < 0 && nic->egress != EGRESS_NONE)
		return program;
	if (nic->egress == EGRESS_TCX)
		code = update_link(pin_path(pin, pin_dir, PIN_EGRESS_LINK, index), program);
	else if (nic->egress == EGRESS_CLSACT)
		code = egress_replace(nic, program);
	if (program >= 0)
		close(program);
	/* One that is missing is what status reports and restore mends. */
	if (code == 0 || code == -ENOLINK)
		nic->build = object_build();
	fault_point("program-swapped");
	return code ? error_set(error, code,
				"%s: cannot replace the program for packets that leave: %s",
				nic->name, strerror(-code))
		    : 0;
}

bool swap_is_tools_current(const struct instance *instance)
{
	return instance->control->build == object_build();
}

int swap_tools(struct instance *instance, struct error *error)
{
	char path[PATH_MAX];
	int code;

	unlink(pin_path(path, instance->pin_dir, PIN_CLOCK, 0));
	code = clock_pin(instance, error);
	if (code)
		return code;
	unlink(pin_path(path, instance->pin_dir, PIN_EXPLAIN, 0));
	code = explain_start(instance, error);
	if (code == 0)
		instance->control->build = object_build();
	return code;
}
