/* SPDX-License-Identifier: GPL-2.0-only */
#include "fault.h"

#ifdef PORTFW_FAULTS
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name) name,
	FAULTS(X)
#undef X
};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static bool known(const char *name)
{
	for (size_t i = 0; i < NAME_COUNT; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* NAME, or NAME:stop. */
static bool is_named(const char *wanted, const char *name)
{
	size_t length = strlen(name);

	return strncmp(wanted, name, length) == 0 &&
	       (!wanted[length] || strcmp(wanted + length, ":stop") == 0);
}

static bool is_point(const char *wanted)
{
	for (size_t i = 0; i < NAME_COUNT; i++)
		if (is_named(wanted, names[i]))
			return true;
	return false;
}

void fault_point(const char *name)
{
	const char *wanted = getenv("PORTFW_FAULT");

	if (!known(name)) {
		fprintf(stderr, "portfw: the fault point %s is not in the table\n", name);
		abort();
	}
	if (wanted && strcmp(wanted, "trace") == 0)
		fprintf(stderr, "%s\n", name);
	if (wanted && is_named(wanted, name))
		raise(wanted[strlen(name)] ? SIGSTOP : SIGKILL);
}

int fault_list(void)
{
	const char *wanted = getenv("PORTFW_FAULT");

	if (!wanted)
		return 0;
	if (strcmp(wanted, "list") != 0 && strcmp(wanted, "trace") != 0 && !is_point(wanted)) {
		fprintf(stderr, "portfw: PORTFW_FAULT: there is no point %s\n", wanted);
		exit(2);
	}
	if (strcmp(wanted, "list") != 0)
		return 0;
	for (size_t i = 0; i < NAME_COUNT; i++)
		puts(names[i]);
	return 1;
}
#endif
