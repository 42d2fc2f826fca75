/* SPDX-License-Identifier: GPL-2.0-only */
#include "clock.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "object.h"

/* The values of CONFIG_HZ that kernels are built with. */
static const unsigned rates[] = {24, 48, 64, 100, 128, 250, 256, 300, 1000, 1024, 1200};

/* jiffies64 begins so that its lower 32 bits wrap 300 s after boot (INITIAL_JIFFIES). */
#define WRAP_SECONDS 300.0
/* Closer to that moment the clock and jiffies say nothing about each other. */
#define TOO_CLOSE_SECONDS 60.0
#define SAMPLE_NANOSECONDS 200000000

static unsigned nearest_rate(double estimate)
{
	unsigned best = rates[0];

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
		if (fabs(estimate - rates[i]) < fabs(estimate - best))
			best = rates[i];
	return best;
}

/* HZ from where jiffies stand: both clocks run since boot. In the minutes around the wrap, from two
 * readings. */
static int find_rate(struct instance *instance, struct error *error)
{
	const struct timespec pause = {.tv_nsec = SAMPLE_NANOSECONDS};
	struct control *control = instance->control;
	double first_seconds;
	__u64 first = 0, second = 0;
	int code = clock_now(instance, &first, error);

	if (code)
		return code;
	first_seconds = (double)control->now_ns / 1e9;
	if (fabs(first_seconds - WRAP_SECONDS) > TOO_CLOSE_SECONDS) {
		double ticks = (double)(__s64)(first - (1ull << 32));

		control->hz = nearest_rate(ticks / (first_seconds - WRAP_SECONDS));
		return 0;
	}
	nanosleep(&pause, NULL);
	code = clock_now(instance, &second, error);
	if (code)
		return code;
	control->hz = nearest_rate((double)(second - first) /
				   ((double)control->now_ns / 1e9 - first_seconds));
	return 0;
}

int clock_pin(struct instance *instance, struct error *error)
{
	char path[PATH_MAX];
	int code, fd = object_load_clock(instance, error);

	if (fd < 0)
		return fd;
	code = pin_make(fd, pin_path(path, instance->pin_dir, PIN_CLOCK, 0), error);
	if (code) {
		close(fd);
		return code;
	}
	if (instance->clock_fd >= 0)
		close(instance->clock_fd);
	instance->clock_fd = fd;
	return 0;
}

int clock_start(struct instance *instance, struct error *error)
{
	int code = clock_pin(instance, error);

	if (code == 0)
		code = find_rate(instance, error);
	if (code == 0)
		instance->control->booted = instance->control->now;
	return code;
}

/* Nanoseconds by which CLOCK_MONOTONIC is ahead of the kernel's own in this time namespace:
 * "monotonic SECONDS NANOSECONDS" (time_namespaces(7)). */
static __s64 namespace_offset(void)
{
	static const char name[] = "monotonic ";
	FILE *file = fopen("/proc/self/timens_offsets", "re");
	char line[128], *rest;
	__s64 offset = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		offset = strtoll(line + strlen(name), &rest, 10) * 1000000000;
		offset += strtoll(rest, NULL, 10);
	}
	if (file)
		fclose(file);
	return offset;
}

/* Without the program: jiffies and CLOCK_MONOTONIC stop together, so that any earlier reading of
 * both tells. */
static int estimate(const struct instance *instance, __u64 *jiffies, struct error *error)
{
	const struct control *control = instance->control;
	struct timespec now;
	__s64 passed;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (__s64)now.tv_sec * 1000000000 + now.tv_nsec - namespace_offset() -
		 (__s64)control->now_ns;
	if (!control->now || !control->hz || passed < 0)
		return map_damaged(instance->pin_dir, "the pinned clock is missing", error);
	*jiffies = control->now + (__u64)((double)passed * control->hz / 1e9);
	return 0;
}

int clock_now(struct instance *instance, __u64 *jiffies, struct error *error)
{
	static const char frame[64]; /* a test run wants one */
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	char path[PATH_MAX];
	int code;

	if (instance->clock_fd < 0)
		instance->clock_fd = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_CLOCK, 0));
	if (instance->clock_fd < 0)
		return estimate(instance, jiffies, error);
	code = bpf_prog_test_run_opts(instance->clock_fd, &options);
	if (code)
		return error_set(error, code, "cannot read the kernel's clock: %s",
				 strerror(-code));
	*jiffies = __atomic_load_n(&instance->control->now, __ATOMIC_ACQUIRE);
	return 0;
}
