/* SPDX-License-Identifier: GPL-2.0-only */
#include "egress.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/netlink.h"
#include "host/network.h"
#include "link.h"
#include "object.h"

/* Of linux/bpf.h from Linux 6.6 on. */
#define ATTACH_TYPE_TCX_EGRESS ((enum bpf_attach_type)47)
#define LINK_TYPE_TCX 11

/* --- tcx ----------------------------------------------------------------------------------- */

static int attach_tcx(struct instance *instance, unsigned index, int program, struct error *error)
{
	struct nic *nic = &instance->control->nics[index];
	char pin[PATH_MAX];
	int code, fd = bpf_link_create(program, (int)nic->ifindex, ATTACH_TYPE_TCX_EGRESS, NULL);

	if (fd < 0)
		return fd;
	pin_path(pin, instance->pin_dir, PIN_EGRESS_LINK, index);
	unlink(pin); /* of a link that is no more */
	code = link_pin(fd, pin, error);
	if (!code)
		nic->egress = EGRESS_TCX;
	return code;
}

static void detach_tcx(const char *pin_dir, unsigned index)
{
	char path[PATH_MAX];

	link_unpin(pin_path(path, pin_dir, PIN_EGRESS_LINK, index));
}

/* The link loses its interface when that vanishes or somebody detaches it. */
static bool tcx_works(const struct instance *instance, unsigned index)
{
	struct bpf_link_info info;
	char path[PATH_MAX];

	/* The interface is where an XDP link has it, too. */
	return link_query(pin_path(path, instance->pin_dir, PIN_EGRESS_LINK, index), &info) &&
	       info.type == LINK_TYPE_TCX &&
	       info.xdp.ifindex == instance->control->nics[index].ifindex;
}

/* --- clsact -------------------------------------------------------------------------------- */

static struct bpf_tc_hook egress_hook(const struct nic *nic)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = (int)nic->ifindex,
		.attach_point = BPF_TC_EGRESS,
	};
}

static int count_filter(const struct nlmsghdr *message, void *context)
{
	*(unsigned *)context += message->nlmsg_type == RTM_NEWTFILTER;
	return 0;
}

static void forget_filters(void *context)
{
	*(unsigned *)context = 0;
}

/* Whether the clsact qdisc has filters, in either direction. */
static bool has_filters(unsigned ifindex)
{
	static const __u32 parents[] = {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
					TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	unsigned filters = 0;

	for (size_t i = 0; i < 2 && !filters; i++) {
		char buffer[256];
		struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
		struct tcmsg *message = mnl_nlmsg_put_extra_header(request, sizeof(*message));

		request->nlmsg_type = RTM_GETTFILTER;
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		message->tcm_family = AF_UNSPEC;
		message->tcm_ifindex = (int)ifindex;
		message->tcm_parent = parents[i];
		if (netlink_ask(NETLINK_ROUTE, request, count_filter, forget_filters, &filters))
			return true; /* when in doubt it stays */
	}
	return filters;
}

static void remove_qdisc(const struct nic *nic)
{
	struct bpf_tc_hook hook = egress_hook(nic);

	if (!nic->egress_made_qdisc || has_filters(nic->ifindex))
		return;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS; /* both: the qdisc itself */
	bpf_tc_hook_destroy(&hook);
}

static int attach_clsact(struct nic *nic, int program)
{
	struct bpf_tc_hook hook = egress_hook(nic);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program);
	int code = bpf_tc_hook_create(&hook);

	if (code && code != -EEXIST)
		return code;
	nic->egress_made_qdisc = code == 0;
	code = bpf_tc_attach(&hook, &options);
	if (code) {
		remove_qdisc(nic);
		nic->egress_made_qdisc = 0;
		return code;
	}
	nic->egress_handle = options.handle;
	nic->egress_priority = options.priority;
	nic->egress_program = options.prog_id;
	nic->egress = EGRESS_CLSACT;
	return 0;
}

/* The filter as it is now. False: there is none, or another has its place. */
static bool clsact_works(const struct nic *nic)
{
	struct bpf_tc_hook hook = egress_hook(nic);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = nic->egress_handle,
		    .priority = nic->egress_priority);

	return !bpf_tc_query(&hook, &options) && options.prog_id == nic->egress_program;
}

int egress_replace(struct nic *nic, int program)
{
	struct bpf_tc_hook hook = egress_hook(nic);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .flags = BPF_TC_F_REPLACE,
		    .handle = nic->egress_handle, .priority = nic->egress_priority);
	int code;

	if (!clsact_works(nic))
		return -ENOLINK;
	code = bpf_tc_attach(&hook, &options);
	if (code == 0)
		nic->egress_program = options.prog_id;
	return code;
}

static void detach_clsact(const struct nic *nic)
{
	struct bpf_tc_hook hook = egress_hook(nic);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = nic->egress_handle,
		    .priority = nic->egress_priority);

	if (clsact_works(nic))
		bpf_tc_detach(&hook, &options);
	remove_qdisc(nic);
}

/* --- Both ---------------------------------------------------------------------------------- */

static void forget(struct nic *nic)
{
	nic->egress = EGRESS_NONE;
	nic->egress_handle = nic->egress_priority = nic->egress_program = 0;
	nic->egress_made_qdisc = 0;
}

bool egress_works(const struct instance *instance, unsigned index)
{
	const struct nic *nic = &instance->control->nics[index];

	switch (nic->egress) {
	case EGRESS_TCX:
		return tcx_works(instance, index);
	case EGRESS_CLSACT:
		return clsact_works(nic);
	default:
		return false;
	}
}

int egress_attach(struct instance *instance, unsigned index, struct error *error)
{
	struct nic *nic = &instance->control->nics[index];
	int code, program;

	if (egress_works(instance, index))
		return 0;
	egress_detach(instance, index);
	program = object_load_egress(instance, index, nic->link_type, error);
	if (program < 0)
		return program;
	code = attach_tcx(instance, index, program, error);
	if (code)
		code = attach_clsact(nic, program);
	close(program);
	if (!code)
		return 0;
	forget(nic);
	return error_set(error, code,
			 "%s: packets that leave cannot be watched (tcx "
			 "from Linux 6.6 on, or the clsact qdisc): %s",
			 nic->name, strerror(-code));
}

void egress_detach(struct instance *instance, unsigned index)
{
	struct nic *nic = &instance->control->nics[index];

	detach_tcx(instance->pin_dir, index);
	if (nic->egress == EGRESS_CLSACT)
		detach_clsact(nic);
	forget(nic);
}

void egress_detach_pinned(const char *pin_dir)
{
	struct control *control = NULL;
	int fd = map_open(pin_dir, &map_layouts[MAP_CONTROL], NULL, NULL);

	if (fd >= 0)
		control = map_memory(fd, map_size(sizeof(*control), 1), PROT_READ);
	for (unsigned i = 0; i < MAX_NICS; i++) {
		detach_tcx(pin_dir, i);
		if (control && control->nics[i].egress == EGRESS_CLSACT)
			detach_clsact(&control->nics[i]);
	}
	if (control)
		munmap(control, map_size(sizeof(*control), 1));
	if (fd >= 0)
		close(fd);
}

/* --- Outside ------------------------------------------------------------------------------- */

static bool is_outside(const struct instance *instance, const struct network *network,
		       unsigned ifindex)
{
	for (unsigned i = 0; i < MAX_NICS; i++) {
		unsigned attached = instance->control->nics[i].ifindex;

		if (attached && network_carries(network, attached, ifindex))
			return true;
	}
	return false;
}

int egress_note_outside(struct instance *instance, struct error *error)
{
	_cleanup_network_ struct network network = {};
	__u32 *outside = instance->control->outside;
	size_t count = 0;
	int code = network_read(&network, error);

	if (code)
		return code;
	for (size_t i = 0; i < network.interface_count; i++) {
		unsigned ifindex = network.interfaces[i].ifindex;

		if (!is_outside(instance, &network, ifindex))
			continue;
		if (count == OUTSIDE_MAX) {
			outside[0] = OUTSIDE_ALL;
			return 0;
		}
		outside[count++] = ifindex;
	}
	if (count < OUTSIDE_MAX)
		outside[count] = 0;
	return 0;
}
