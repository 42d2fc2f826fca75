/* SPDX-License-Identifier: GPL-2.0-only */
#include "egress.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
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

#define PROGRAM_NAME "portfw_egress"

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

/* Asks for the filters of the clsact qdisc that packets meet which come in (0) or leave (1). */
static struct nlmsghdr *filters_request(char *buffer, unsigned ifindex, unsigned direction)
{
	static const __u32 parents[] = {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
					TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct tcmsg *message = mnl_nlmsg_put_extra_header(request, sizeof(*message));

	request->nlmsg_type = RTM_GETTFILTER;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->tcm_family = AF_UNSPEC;
	message->tcm_ifindex = (int)ifindex;
	message->tcm_parent = parents[direction];
	return request;
}

/* Whether the clsact qdisc has filters, in either direction. */
static bool has_filters(unsigned ifindex)
{
	unsigned filters = 0;

	for (unsigned i = 0; i < 2 && !filters; i++) {
		char buffer[256];

		if (netlink_ask(NETLINK_ROUTE, filters_request(buffer, ifindex, i), count_filter,
				forget_filters, &filters))
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

/* Our filter as a dump of filters tells of it. */
static int take_filter(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *filter = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute, *inner;
	const char *name = "";
	struct nic *nic = context;
	__u32 id = 0;

	if (message->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	mnl_attr_for_each(attribute, message, sizeof(*filter))
	{
		if (mnl_attr_get_type(attribute) != TCA_OPTIONS)
			continue;
		mnl_attr_for_each_nested(inner, attribute)
		{
			if (mnl_attr_get_type(inner) == TCA_BPF_NAME)
				name = mnl_attr_get_str(inner);
			else if (mnl_attr_get_type(inner) == TCA_BPF_ID)
				id = mnl_attr_get_u32(inner);
		}
	}
	if (!filter->tcm_handle || !id || strncmp(name, PROGRAM_NAME, strlen(PROGRAM_NAME)) != 0)
		return 0;
	nic->egress = EGRESS_CLSACT;
	nic->egress_handle = filter->tcm_handle;
	nic->egress_priority = TC_H_MAJ(filter->tcm_info) >> 16;
	nic->egress_program = id;
	return 0;
}

static void forget_filter(void *context)
{
	((struct nic *)context)->egress = EGRESS_NONE;
}

bool egress_find(struct nic *nic)
{
	struct nic found = *nic;
	char buffer[256];
	struct nlmsghdr *request = filters_request(buffer, nic->ifindex, 1);

	found.egress = EGRESS_NONE;
	if (netlink_ask(NETLINK_ROUTE, request, take_filter, forget_filter, &found) ||
	    found.egress == EGRESS_NONE)
		return false;
	*nic = found;
	return true;
}

int egress_replace(struct nic *nic, int program)
{
	struct bpf_tc_hook hook = egress_hook(nic);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .flags = BPF_TC_F_REPLACE,
		    .handle = nic->egress_handle, .priority = nic->egress_priority);
	int code;

	/* A command that was killed may have replaced it and not noted that. */
	if (!clsact_works(nic) && !egress_find(nic))
		return -ENOLINK;
	options.handle = nic->egress_handle;
	options.priority = nic->egress_priority;
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
