/* SPDX-License-Identifier: GPL-2.0-only */
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress.h"
#include "link.h"
#include "maps.h"
#include "object.h"

/* Link types whose frames the parser understands. */
static const struct {
	unsigned short hardware; /* ARPHRD_* */
	enum link_type type;
} link_types[] = {
	{ARPHRD_ETHER, LINK_ETHERNET},
	{ARPHRD_NONE, LINK_RAW_IP}, /* tun, WireGuard */
	{ARPHRD_PPP, LINK_RAW_IP},
	{ARPHRD_RAWIP, LINK_RAW_IP},
};

static int find_link_type(const char *nic, enum link_type *type, struct error *error)
{
	struct ifreq request = {};
	int code = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		code = -errno;
	if (fd >= 0)
		close(fd);
	if (code)
		return error_set(error, code, "%s: %s", nic, strerror(-code));
	for (size_t i = 0; i < sizeof(link_types) / sizeof(*link_types); i++) {
		if (link_types[i].hardware == request.ifr_hwaddr.sa_family) {
			*type = link_types[i].type;
			return 0;
		}
	}
	if (request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
		return error_set(error, -EOPNOTSUPP, "%s is the loopback interface", nic);
	return error_set(error, -EOPNOTSUPP, "%s: frames of link type %u are not understood", nic,
			 request.ifr_hwaddr.sa_family);
}

static int find_ifindex(const char *nic, unsigned *ifindex, struct error *error)
{
	*ifindex = if_nametoindex(nic);
	return *ifindex ? 0 : error_set(error, -ENODEV, "%s: no such NIC", nic);
}

static int say_foreign_program(const char *nic, __u32 id, struct error *error)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0) {
		if (bpf_obj_get_info_by_fd(fd, &info, &length))
			*info.name = '\0';
		close(fd);
	}
	return error_set(error, -EBUSY,
			 "%s: another XDP program is there: id %u, name '%s'; it was left alone",
			 nic, id, *info.name ? info.name : "?");
}

/* The XDP programs on a NIC: 0, or the id of one of them. */
static int query_program(unsigned ifindex, __u32 *id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int code = bpf_xdp_query((int)ifindex, 0, &query);

	if (code)
		return code;
	*id = query.drv_prog_id	  ? query.drv_prog_id
	      : query.skb_prog_id ? query.skb_prog_id
	      : query.hw_prog_id  ? query.hw_prog_id
				  : query.prog_id;
	return 0;
}

int attach_check(const char *nic, struct error *error)
{
	enum link_type type;
	unsigned ifindex;
	__u32 id;
	int code = find_ifindex(nic, &ifindex, error);

	if (!code)
		code = find_link_type(nic, &type, error);
	if (code)
		return code;
	code = query_program(ifindex, &id);
	if (code)
		return error_set(error, code, "%s: cannot ask for its XDP program: %s", nic,
				 strerror(-code));
	return id ? say_foreign_program(nic, id, error) : 0;
}

/* What the pinned link of an index says. False: there is none. */
static bool query_link(const struct instance *instance, unsigned index, __u32 *ifindex,
		       __u32 *prog_id)
{
	struct bpf_link_info info;
	char path[PATH_MAX];
	bool found = link_query(pin_path(path, instance->pin_dir, PIN_XDP_LINK, index), &info);

	*ifindex = info.xdp.ifindex;
	*prog_id = info.prog_id;
	return found && info.type == BPF_LINK_TYPE_XDP;
}

/* Fills *status for an index that is in use. False: it is not: a command that was killed between
 * reserving the index and linking left the entry. */
static bool describe(const struct instance *instance, unsigned index, struct nic_status *status)
{
	const struct nic *nic = &instance->control->nics[index];
	__u32 ifindex = 0, prog_id = 0, here = 0;
	bool linked = query_link(instance, index, &ifindex, &prog_id);

	if (!linked && nic->mode == ATTACH_AUTO)
		return false;
	*status = (struct nic_status){
		.index = index,
		.ifindex = nic->ifindex,
		.mode = nic->mode,
		.link_type = nic->link_type,
		.unsettled = nic->reserver,
		.egress = nic->egress,
		.egress_missing = !egress_works(instance, index),
	};
	memcpy(status->name, nic->name, sizeof(status->name));
	status->name[sizeof(status->name) - 1] = '\0';
	/* The link knows the NIC by its index only; the same program on the NIC of that index here
	 * says that it is the same one. */
	if (linked && ifindex && !query_program(ifindex, &here) && here == prog_id) {
		status->prog_id = prog_id;
		if_indextoname(ifindex, status->name);
	} else {
		char name[IFNAMSIZ];

		status->gone = (linked && ifindex) || !if_indextoname(nic->ifindex, name);
		status->detached = !status->gone;
	}
	return true;
}

int attach_list(const struct instance *instance, struct nic_status nics[MAX_NICS], size_t *count,
		struct error *error)
{
	(void)error;
	*count = 0;
	for (unsigned i = 0; i < MAX_NICS; i++)
		if (instance->control->nics[i].ifindex && describe(instance, i, &nics[*count]))
			++*count;
	return 0;
}

int attach_reserve(struct instance *instance, const char *nic, struct error *error)
{
	struct nic *nics = instance->control->nics;
	struct nic_status status;
	enum link_type type;
	unsigned ifindex;
	int unused = -1, code = find_ifindex(nic, &ifindex, error);

	if (!code)
		code = find_link_type(nic, &type, error);
	if (code)
		return code;
	for (int i = MAX_NICS - 1; i >= 0; i--) {
		if (nics[i].ifindex && nics[i].mode == ATTACH_AUTO &&
		    nics[i].reserver == (__u32)getpid())
			continue;
		if (!nics[i].ifindex || !describe(instance, (unsigned)i, &status))
			unused = i;
		else if (nics[i].ifindex == ifindex && !status.gone)
			return i;
	}
	if (unused < 0)
		return error_set(error, -ENOSPC, "%u NICs are attached, the limit", MAX_NICS);
	nics[unused] = (struct nic){.link_type = type, .reserver = (__u32)getpid()};
	snprintf(nics[unused].name, sizeof(nics[unused].name), "%s", nic);
	nics[unused].ifindex = ifindex;
	return unused;
}

/* Why a NIC could not be attached in a mode, for people. */
static const char *explain(int code)
{
	switch (code) {
	case -EOPNOTSUPP:
		return "the driver does not support it";
	case -EINVAL:
	case -ERANGE:
	case -E2BIG:
		return "the driver refuses it with these settings (MTU, queues or offloads)";
	case -EBUSY:
	case -EEXIST:
		return "another XDP program is there";
	default:
		return strerror(-code);
	}
}

/* Loads the program for a NIC with this index and link type on the maps of the instance, attaches
 * it in `mode` (ATTACH_NATIVE or ATTACH_GENERIC) and pins the link at `pin`. On error nothing stays
 * attached. */
static int attach_program(const struct instance *instance, unsigned index, enum link_type type,
			  unsigned ifindex, enum attach_mode mode, const char *pin,
			  struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd, program = object_load_nic(instance, index, type, error);

	if (program < 0)
		return program;
	fd = bpf_link_create(program, (int)ifindex, BPF_XDP, &options);
	close(program);
	if (fd < 0)
		return error_set(error, fd, "%s", strerror(-fd));
	return link_pin(fd, pin, error);
}

int attach_link(struct instance *instance, unsigned index, enum attach_mode mode,
		enum attach_mode *got, struct error *fallback, struct error *error)
{
	struct nic *nic = &instance->control->nics[index];
	enum attach_mode try = mode == ATTACH_AUTO ? ATTACH_NATIVE : mode;
	struct error why = {};
	char pin[PATH_MAX];
	int code;

	pin_path(pin, instance->pin_dir, PIN_XDP_LINK, index);
	unlink(pin); /* of a link that is no more */
	code = attach_program(instance, index, nic->link_type, nic->ifindex, try, pin, &why);
	if (code && mode == ATTACH_AUTO && code != -EBUSY && code != -EEXIST) {
		if (fallback)
			error_set(fallback, code, "%s: not native: %s", nic->name, explain(code));
		try = ATTACH_GENERIC;
		code = attach_program(instance, index, nic->link_type, nic->ifindex, try, pin,
				      &why);
	}
	if (code) {
		error_set(error, code, "%s: cannot attach (%s): %s", nic->name,
			  try == ATTACH_NATIVE ? "native" : "generic",
			  *why.text && strcmp(why.text, strerror(-code)) ? why.text
									 : explain(code));
		egress_detach(instance, index);
		*nic = (struct nic){};
		return code;
	}
	nic->mode = try;
	nic->build = object_build();
	*got = try;
	return 0;
}

void attach_settle(struct instance *instance, unsigned index, bool settled)
{
	instance->control->nics[index].reserver = settled ? 0 : (__u32)getpid();
}

void attach_sweep(struct instance *instance)
{
	struct nic_status status;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		struct nic *nic = &instance->control->nics[i];

		if (!nic->ifindex || describe(instance, i, &status))
			continue;
		egress_detach(instance, i);
		*nic = (struct nic){};
	}
}

int attach_unlink(struct instance *instance, unsigned index, struct error *error)
{
	char path[PATH_MAX];
	int code = link_unpin(pin_path(path, instance->pin_dir, PIN_XDP_LINK, index));

	egress_detach(instance, index);
	if (code)
		return error_set(error, code, "cannot remove %s: %s", path, strerror(-code));
	instance->control->nics[index] = (struct nic){};
	return 0;
}

int attach_describe_link(unsigned ifindex, struct nic *nic)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct nic made = {.ifindex = ifindex};
	enum link_type type = LINK_ETHERNET;
	int code;

	if (!if_indextoname(ifindex, made.name))
		return -errno;
	code = find_link_type(made.name, &type, NULL);
	if (!code)
		code = bpf_xdp_query((int)ifindex, 0, &query);
	if (code)
		return code;
	made.link_type = type;
	made.mode = query.attach_mode == XDP_ATTACHED_SKB ? ATTACH_GENERIC : ATTACH_NATIVE;
	*nic = made;
	return 0;
}

void attach_names(const struct instance *instance, char names[MAX_NICS][IFNAMSIZ])
{
	struct nic_status status;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		memset(names[i], 0, IFNAMSIZ);
		if (!instance->control->nics[i].ifindex)
			continue;
		/* An entry that is only reserved has no link yet. */
		if (describe(instance, i, &status))
			memcpy(names[i], status.name, IFNAMSIZ);
		else
			memcpy(names[i], instance->control->nics[i].name, IFNAMSIZ);
	}
}
