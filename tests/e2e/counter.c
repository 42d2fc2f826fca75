/* SPDX-License-Identifier: GPL-2.0-only */
#include "counter.h"
#include "command.h"

#include <string.h>

static long long read_counter(struct testbed *bed, const char *reason, const char *unit)
{
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *reasons = json_object_get(json_object_get(status, "counters"), "reasons");
	json_t *value = json_object_get(json_object_get(reasons, reason), unit);

	assert_true(json_is_integer(value));
	long long count = json_integer_value(value);
	json_decref(status);
	return count;
}

long long packets_of(struct testbed *bed, const char *reason)
{
	return read_counter(bed, reason, "packets");
}

long long bytes_of(struct testbed *bed, const char *reason)
{
	return read_counter(bed, reason, "bytes");
}

static bool has_text(const json_t *object, const char *key, const char *text)
{
	return strcmp(json_string_value(json_object_get(object, key)), text) == 0;
}

long long port_packets(struct testbed *bed, unsigned port, enum verdict verdict)
{
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const char *wanted = verdict == VERDICT_PASS ? "pass" : "drop";
	long long count = 0;
	json_t *line;
	size_t i;

	json_array_foreach(json_object_get(status, "ports"), i, line)
	{
		if (has_text(line, "proto", "udp") && has_text(line, "verdict", wanted) &&
		    json_integer_value(json_object_get(line, "port")) == port)
			count = json_integer_value(json_object_get(line, "packets"));
	}
	json_decref(status);
	return count;
}
