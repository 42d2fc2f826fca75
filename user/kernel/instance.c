/* SPDX-License-Identifier: GPL-2.0-only */
#include "instance.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "explain.h"
#include "inherit.h"
#include "link.h"
#include "maps.h"
#include "namespace.h"
#include "recover.h"

int instance_map(struct instance *instance, bool writable, struct error *error)
{
	int protection = PROT_READ | (writable ? PROT_WRITE : 0);

	instance->control = map_memory(instance->fds[MAP_CONTROL],
				       map_size(sizeof(struct control), 1), protection);
	instance->slots = map_memory(instance->fds[MAP_SLOTS],
				     map_size(sizeof(struct slot), SLOT_COUNT), protection);
	if (!instance->control || !instance->slots)
		return error_set(error, -errno, "cannot map the pinned maps: %s", strerror(errno));
	return 0;
}

int instance_set_pin_dir(struct instance *instance, const char *pin_dir, struct error *error)
{
	size_t length = strlen(pin_dir);

	while (length > 1 && pin_dir[length - 1] == '/')
		length--;
	if (length >= sizeof(instance->pin_dir) - 64)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", pin_dir);
	memcpy(instance->pin_dir, pin_dir, length);
	instance->pin_dir[length] = '\0';
	return 0;
}

/* A map whose pin is missing or of something else, from the programs that are attached. `code`: why
 * it could not be opened. */
static int recover(struct instance *instance, enum map_id id, int code, struct error *error)
{
	const char *pin_dir = instance->pin_dir;
	int fd;

	fd = recover_map(pin_dir, &map_layouts[id]);
	if (fd < 0)
		return code == -ENOENT ? map_damaged(pin_dir, "pinned maps are missing", error)
				       : code;
	instance->recovered |= 1U << id;
	return fd;
}

static int open_maps(struct instance *instance, bool writable, struct error *error)
{
	for (unsigned id = 0; id < MAP_COUNT; id++) {
		int fd = map_open(instance->pin_dir, &map_layouts[id], NULL, error);

		if (fd == -ENOENT || fd == -EPROTO)
			fd = recover(instance, id, fd, error);
		if (fd < 0)
			return fd;
		instance->fds[id] = fd;
	}
	return instance_map(instance, writable, error);
}

static bool is_pinned(const struct instance *instance, const char *pin)
{
	char path[PATH_MAX];

	return access(pin_path(path, instance->pin_dir, pin, 0), F_OK) == 0;
}

int instance_mend(struct instance *instance, struct error *error)
{
	char path[PATH_MAX];
	int code = 0;

	for (unsigned id = 0; id < MAP_COUNT && code == 0; id++) {
		if (!(instance->recovered >> id & 1))
			continue;
		unlink(pin_path(path, instance->pin_dir, map_layouts[id].pin, 0));
		code = pin_make(instance->fds[id], path, error);
	}
	if (code)
		return code;
	instance->recovered = 0;
	if (!is_pinned(instance, PIN_CLOCK))
		code = clock_pin(instance, error);
	if (code == 0 && !is_pinned(instance, PIN_EXPLAIN))
		code = explain_start(instance, error);
	return code;
}

/* What cannot be opened may be of another version: -ESTALE. */
static int say_version(const char *pin_dir, struct error *error)
{
	__u32 version;

	if (inherit_version(pin_dir, &version) || version == ABI_VERSION)
		return -EPROTO;
	if (version < ABI_VERSION)
		return error_set(error, -ESTALE,
				 "what is attached from %s is of an older portfw (ABI version %u, "
				 "this one has %d): run `portfw restore`",
				 pin_dir, version, ABI_VERSION);
	return error_set(error, -ESTALE,
			 "what is attached from %s is of a newer portfw (ABI version %u, this one "
			 "has %d), which is needed to change it; only `portfw lockdown` and "
			 "`portfw block` replace it",
			 pin_dir, version, ABI_VERSION);
}

int instance_open(const char *pin_dir, bool writable, struct instance *instance,
		  struct error *error)
{
	struct instance made = INSTANCE_INIT;
	int code = instance_set_pin_dir(&made, pin_dir, error);

	if (!code)
		code = open_maps(&made, writable, error);
	/* A command that was killed while it made the maps has attached nothing. */
	if (!code && !made.control->abi_version)
		code = -ENOENT;
	if (!code && made.control->abi_version != ABI_VERSION)
		code = -EPROTO;
	if (code == -EPROTO)
		code = say_version(made.pin_dir, error);
	if (!code)
		code = namespace_check(made.control, made.pin_dir, error);
	/* What a command that was killed left of an instance enforces nothing. */
	if ((code == -EPROTO || code == -ESTALE) && !link_any(made.pin_dir))
		code = -ENOENT;
	if (code) {
		instance_close(&made);
		return code;
	}
	made.open = true;
	*instance = made;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void instance_close(struct instance *instance)
{
	if (instance->counters)
		munmap((void *)instance->counters,
		       map_size(sizeof(struct cpu_counters), instance->control->cpu_count));
	if (instance->slots)
		munmap(instance->slots, map_size(sizeof(struct slot), SLOT_COUNT));
	if (instance->control)
		munmap(instance->control, map_size(sizeof(struct control), 1));
	instance->counters = NULL;
	instance->slots = NULL;
	instance->control = NULL;
	for (unsigned id = 0; id < MAP_COUNT; id++)
		close_fd(&instance->fds[id]);
	close_fd(&instance->clock_fd);
	instance->open = false;
}

static void add_counters(const struct counter *counters, struct counter totals[REASON_COUNT])
{
	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		totals[reason].packets += counters[reason].packets;
		totals[reason].bytes += counters[reason].bytes;
	}
}

int instance_totals(struct instance *instance, struct counter totals[REASON_COUNT],
		    struct error *error)
{
	__u32 cpus = instance->control->cpu_count;

	if (!instance->counters)
		instance->counters =
			map_memory(instance->fds[MAP_COUNTERS],
				   map_size(sizeof(struct cpu_counters), cpus), PROT_READ);
	if (!instance->counters)
		return error_set(error, -errno, "cannot map the counters: %s", strerror(errno));
	memset(totals, 0, REASON_COUNT * sizeof(*totals));
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		add_counters(instance->counters[cpu].reasons, totals);
	return 0;
}

void instance_outgoing(const struct instance *instance, struct counter totals[REASON_COUNT])
{
	memset(totals, 0, REASON_COUNT * sizeof(*totals));
	for (unsigned cpu = 0; cpu < instance->control->cpu_count; cpu++)
		add_counters(instance->counters[cpu].outgoing, totals);
}

__u64 instance_port_packets(const struct instance *instance, enum port_table table, __u16 port,
			    enum verdict verdict)
{
	__u64 sum = 0;

	for (unsigned cpu = 0; cpu < instance->control->cpu_count; cpu++)
		sum += instance->counters[cpu].ports[table][port][verdict];
	return sum;
}

__u64 instance_protocol_packets(const struct instance *instance, __u8 protocol,
				enum verdict verdict)
{
	__u64 sum = 0;

	for (unsigned cpu = 0; cpu < instance->control->cpu_count; cpu++)
		sum += instance->counters[cpu].protocols[protocol][verdict];
	return sum;
}
