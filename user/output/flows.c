/* SPDX-License-Identifier: GPL-2.0-only */
#include "flows.h"
#include "duration.h"
#include "escape.h"
#include "json.h"
#include "policy/text.h"
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOLS 256

static const char *const state_names[] = {
	[FLOW_OPENING] = "opening",
	[FLOW_OPEN] = "open",
	[FLOW_CLOSING] = "closing",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == FLOW_STATE_COUNT, "each has its name");
static const char *const origin_names[] = {[FLOW_SEEN] = "seen", [FLOW_SEEDED] = "seeded"};
_Static_assert(sizeof(origin_names) / sizeof(*origin_names) == FLOW_ORIGIN_COUNT,
	       "each has its name");

static const char *name_of(const char *const *names, size_t count, __u8 number)
{
	return number < count ? names[number] : "?";
}
#define NAME_OF(names, number) name_of(names, sizeof(names) / sizeof(*(names)), number)

static bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static bool is_echo(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* --- Order --------------------------------------------------------------------------------- */

static int compare_numbers(__u64 a, __u64 b)
{
	return (a > b) - (a < b);
}

static int compare_addresses(const struct address6 *a, const struct address6 *b)
{
	int order = compare_numbers(a->high, b->high);

	return order ? order : compare_numbers(a->low, b->low);
}

int flows_compare(const void *a, const void *b)
{
	const struct flow_key *left = &((const struct flow_entry *)a)->key;
	const struct flow_key *right = &((const struct flow_entry *)b)->key;
	int order = compare_numbers(left->protocol, right->protocol);

	if (!order)
		order = compare_addresses(&left->remote, &right->remote);
	if (!order)
		order = compare_numbers(left->remote_port, right->remote_port);
	if (!order)
		order = compare_numbers(left->local_port, right->local_port);
	return order ? order : compare_addresses(&left->local, &right->local);
}

/* --- Names and times ----------------------------------------------------------------------- */

/* Looked up in files once each. */
struct protocol_names {
	char *names[PROTOCOLS]; /* owned */
};

static void protocol_names_free(struct protocol_names *cache)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		free(cache->names[i]);
}
#define _cleanup_protocol_names_ __attribute__((cleanup(protocol_names_free)))

static const char *protocol_name(struct protocol_names *cache, __u8 protocol)
{
	const char *name = text_protocol_name(protocol);

	if (cache->names[protocol])
		return cache->names[protocol];
	if (!has_ports(protocol) && !is_echo(protocol)) {
		const struct protoent *entry = getprotobynumber(protocol);

		name = entry ? entry->p_name : name;
	}
	cache->names[protocol] = strdup(name);
	return cache->names[protocol] ? cache->names[protocol] : "?";
}

/* Whole seconds from one moment to a later one; 0 where another CPU is a tick ahead. */
static __s64 seconds_between(const struct flows_model *model, __u64 from, __u64 to)
{
	return to > from && model->hz ? (__s64)((to - from) / model->hz) : 0;
}

struct flow_times {
	__s64 age, idle, limit; /* seconds since it began, since it was noted, until it is over */
};

static struct flow_times times_of(const struct flows_model *model, const struct flow *flow)
{
	return (struct flow_times){
		.age = seconds_between(model, flow->created, model->now),
		.idle = seconds_between(model, flow->refreshed, model->now),
		/* Rounded up: it is not over. */
		.limit = seconds_between(model, model->now, flow->until + model->hz - 1),
	};
}

/* --- Text ---------------------------------------------------------------------------------- */

enum {
	COLUMN_PROTO,
	COLUMN_LOCAL,
	COLUMN_REMOTE,
	COLUMN_STATE,
	COLUMN_AGE,
	COLUMN_IDLE,
	COLUMN_LIMIT,
	COLUMN_FROM,
	COLUMN_COUNT
};

static const char *const heads[COLUMN_COUNT] = {"PROTO", "LOCAL", "REMOTE", "STATE",
						"AGE",	 "IDLE",  "LIMIT",  "FROM"};

struct row {
	char text[COLUMN_COUNT][ENDPOINT_SIZE];
};

/* The identifier of an echo stands where ports do. */
static void print_end(const struct address6 *address, const struct flow_key *key, __u16 port,
		      char text[ENDPOINT_SIZE])
{
	struct endpoint end = flows_endpoint(address);

	end.port = port;
	if (has_ports(key->protocol) || (is_echo(key->protocol) && port))
		endpoint_print(&end, text);
	else
		endpoint_print_address(&end, text);
}

static void make_row(const struct flows_model *model, struct protocol_names *cache,
		     const struct flow_entry *entry, struct row *row)
{
	const struct flow_key *key = &entry->key;
	const struct flow *flow = &entry->flow;
	struct flow_times times = times_of(model, flow);

	snprintf(row->text[COLUMN_PROTO], ENDPOINT_SIZE, "%s", protocol_name(cache, key->protocol));
	print_end(&key->local, key, key->local_port, row->text[COLUMN_LOCAL]);
	print_end(&key->remote, key, key->remote_port, row->text[COLUMN_REMOTE]);
	snprintf(row->text[COLUMN_STATE], ENDPOINT_SIZE, "%s", NAME_OF(state_names, flow->state));
	duration_print(times.age, row->text[COLUMN_AGE]);
	duration_print(times.idle, row->text[COLUMN_IDLE]);
	duration_print(times.limit, row->text[COLUMN_LIMIT]);
	snprintf(row->text[COLUMN_FROM], ENDPOINT_SIZE, "%s", NAME_OF(origin_names, flow->origin));
}

static void widen(int widths[COLUMN_COUNT], const struct row *row)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		int width = (int)strlen(row->text[i]);

		if (width > widths[i])
			widths[i] = width;
	}
}

static void write_row(const int widths[COLUMN_COUNT], const struct row *row, FILE *out)
{
	for (size_t i = 0; i < COLUMN_COUNT - 1; i++)
		fprintf(out, "%-*s ", widths[i], row->text[i]);
	fprintf(out, "%s\n", row->text[COLUMN_COUNT - 1]);
}

void flows_text(const struct flows_model *model, FILE *out)
{
	_cleanup_protocol_names_ struct protocol_names cache = {{NULL}};
	int widths[COLUMN_COUNT] = {0};
	struct row row;

	fprintf(out, "%zu live flow%s, of at most %u\n", model->count, model->count == 1 ? "" : "s",
		model->max);
	if (!model->count)
		return;
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		widths[i] = (int)strlen(heads[i]);
	for (size_t i = 0; i < model->count; i++) {
		make_row(model, &cache, &model->flows[i], &row);
		widen(widths, &row);
	}
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		snprintf(row.text[i], ENDPOINT_SIZE, "%s", heads[i]);
	write_row(widths, &row, out);
	for (size_t i = 0; i < model->count; i++) {
		make_row(model, &cache, &model->flows[i], &row);
		write_row(widths, &row, out);
	}
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void set_address(json_t *object, const char *name, const struct address6 *address)
{
	struct endpoint end = flows_endpoint(address);
	char text[ENDPOINT_ADDRESS_SIZE];

	endpoint_print_address(&end, text);
	json_object_set_new(object, name, json_string(text));
}

static json_t *flow_json(const struct flows_model *model, struct protocol_names *cache,
			 const struct flow_entry *entry)
{
	const struct flow_key *key = &entry->key;
	const struct flow *flow = &entry->flow;
	struct flow_times times = times_of(model, flow);
	json_t *object = json_pack("{s:s}", "proto", protocol_name(cache, key->protocol));

	set_address(object, "local", &key->local);
	if (has_ports(key->protocol))
		json_object_set_new(object, "local_port", json_integer(key->local_port));
	set_address(object, "remote", &key->remote);
	if (has_ports(key->protocol))
		json_object_set_new(object, "remote_port", json_integer(key->remote_port));
	if (is_echo(key->protocol))
		json_object_set_new(object, "id", json_integer(key->local_port));
	json_object_set_new(object, "state", json_string(NAME_OF(state_names, flow->state)));
	json_object_set_new(object, "age_seconds", json_integer(times.age));
	json_object_set_new(object, "idle_seconds", json_integer(times.idle));
	json_object_set_new(object, "limit_seconds", json_integer(times.limit));
	json_object_set_new(object, "origin", json_string(NAME_OF(origin_names, flow->origin)));
	json_object_set_new(object, "beats_deny", json_boolean(flow->beats_deny));
	return object;
}

/* A flow a line, each written when it is made: of a full table the whole would take hundreds of
 * MiB. */
void flows_json(const struct flows_model *model, FILE *out)
{
	_cleanup_protocol_names_ struct protocol_names cache = {{NULL}};

	fprintf(out, "{\n  \"schema\": %d,\n  \"flows\": [", JSON_SCHEMA);
	for (size_t i = 0; i < model->count; i++) {
		json_t *flow = flow_json(model, &cache, &model->flows[i]);

		fputs(i ? ",\n    " : "\n    ", out);
		json_dumpf(flow, out, JSON_PRESERVE_ORDER);
		json_decref(flow);
	}
	fprintf(out, "%s],\n  \"live\": %zu,\n  \"max\": %u\n}\n", model->count ? "\n  " : "",
		model->count, model->max);
}
