/* SPDX-License-Identifier: GPL-2.0-only */
#include "audit.h"
#include "escape.h"
#include "json.h"
#include "policy.h"
#include "policy/scope.h"
#include "policy/words.h"
#include "reach.h"
#include "rule.h"
#include "table.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PREFIXES_SHOWN 2

static const char *const found_names[] = {
	[FOUND_SOCKET] = "socket",
	[FOUND_PROXY] = "docker-proxy",
	[FOUND_NFTABLES] = "nftables",
	[FOUND_IPTABLES] = "iptables",
};
_Static_assert(sizeof(found_names) / sizeof(*found_names) == FOUND_COUNT, "each has its name");

static const enum colour verdict_colours[] = {
	[AUDIT_OPEN] = COLOUR_GREEN, [AUDIT_EXPOSED] = COLOUR_RED,  [AUDIT_CLOSED] = COLOUR_NONE,
	[AUDIT_LOCAL] = COLOUR_DIM,  [AUDIT_STALE] = COLOUR_YELLOW, [AUDIT_IDLE] = COLOUR_YELLOW,
};
_Static_assert(sizeof(verdict_colours) / sizeof(*verdict_colours) == AUDIT_VERDICT_COUNT,
	       "each has its colour");

static const struct {
	const char *text, *column, *key;
} policies[] = {
	[AUDIT_POLICY_NOTHING] = {"-", "-", NULL},
	[AUDIT_POLICY_NONE] = {"none", "none", "none"},
	[AUDIT_POLICY_PASSES] = {"passes", "passes", "passes"},
	[AUDIT_POLICY_ALLOW] = {"allow", "allow", "allow"},
	[AUDIT_POLICY_DENY] = {"deny", "deny", "deny"},
	/* In a column the verdict says which. */
	[AUDIT_POLICY_DEFAULT_ALLOW] = {"default allow", "default", "default-allow"},
	[AUDIT_POLICY_DEFAULT_DENY] = {"default deny", "default", "default-deny"},
};
_Static_assert(sizeof(policies) / sizeof(*policies) == AUDIT_POLICY_COUNT, "each has its words");

/* --- The model ----------------------------------------------------------------------------- */

void audit_add_note(char *notes[AUDIT_NOTES], size_t *count, const char *format, ...)
{
	va_list arguments;

	if (*count == AUDIT_NOTES)
		return;
	va_start(arguments, format);
	if (vasprintf(&notes[*count], format, arguments) >= 0)
		(*count)++;
	va_end(arguments);
}

static void free_notes(char *notes[AUDIT_NOTES], size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(notes[i]);
}

void audit_model_free(struct audit_model *model)
{
	for (size_t i = 0; i < model->row_count; i++) {
		listener_free(&model->rows[i].listener);
		free_notes(model->rows[i].notes, model->rows[i].note_count);
	}
	free(model->rows);
	rule_uses_free(&model->uses);
	free(model->stale_passed);
	free_notes(model->notes, model->note_count);
}

size_t audit_count(const struct audit_model *model, enum audit_verdict verdict)
{
	size_t count = 0;

	if (model->origin == POLICY_UNKNOWN)
		return 0;
	for (size_t i = 0; i < model->row_count; i++)
		count += model->rows[i].listener.verdict == verdict;
	for (size_t i = 0; i < model->uses.count && verdict == AUDIT_STALE; i++)
		count += model->uses.list[i].stale;
	return count;
}

enum audit_policy audit_policy(const struct audit_model *model, const struct listener *listener)
{
	if (model->origin == POLICY_UNKNOWN || listener->verdict == AUDIT_LOCAL)
		return AUDIT_POLICY_NOTHING;
	if (listener->unguarded)
		return AUDIT_POLICY_NONE;
	if (listener->nic_count == 0 || listener->by_itself)
		return AUDIT_POLICY_PASSES;
	if (listener->rule)
		return listener->rule->action == ACTION_ALLOW ? AUDIT_POLICY_ALLOW
							      : AUDIT_POLICY_DENY;
	return model->setting->policy->default_action == ACTION_ALLOW ? AUDIT_POLICY_DEFAULT_ALLOW
								      : AUDIT_POLICY_DEFAULT_DENY;
}

const char *audit_policy_text(enum audit_policy policy)
{
	return policies[policy].text;
}

json_t *audit_policy_json(enum audit_policy policy)
{
	return json_text(policies[policy].key);
}

void audit_print_address(const struct audit_row *row, char text[AUDIT_ADDRESS_SIZE])
{
	bool six = strchr(row->address, ':');

	if (row->dual)
		snprintf(text, AUDIT_ADDRESS_SIZE, "*");
	else
		snprintf(text, AUDIT_ADDRESS_SIZE, "%s%s%s", six ? "[" : "", row->address,
			 six ? "]" : "");
	if (*row->device) {
		size_t length = strlen(text);
		snprintf(text + length, AUDIT_ADDRESS_SIZE - length, "%%%s", row->device);
	}
}

/* --- Text ---------------------------------------------------------------------------------- */

#define PORT_TEXT_SIZE 64
static void print_port(const char *service, bool raw, unsigned low, unsigned high,
		       char text[PORT_TEXT_SIZE])
{
	if (raw)
		snprintf(text, PORT_TEXT_SIZE, "proto %.31s", service);
	else if (low == high)
		snprintf(text, PORT_TEXT_SIZE, "%.31s %u", service, low);
	else
		snprintf(text, PORT_TEXT_SIZE, "%.31s %u-%u", service, low, high);
}

static void add_row(const struct audit_model *model, const struct audit_row *row,
		    struct table *table)
{
	const struct listener *listener = &row->listener;
	bool known = model->origin != POLICY_UNKNOWN;
	char port[PORT_TEXT_SIZE], address[AUDIT_ADDRESS_SIZE], packets[24] = "-";
	char *from = known || listener->local ? reach_text(listener, PREFIXES_SHOWN) : strdup("-");

	print_port(row->service, listener->raw, listener->low, listener->high, port);
	audit_print_address(row, address);
	if (listener->counted)
		snprintf(packets, sizeof(packets), "%llu", listener->passed);
	table_add(table,
		  (const char *const[]){port, address, *row->process ? row->process : "-",
					policies[audit_policy(model, listener)].column,
					from ? from : "-", packets,
					known ? audit_verdict_name(listener->verdict) : "-"},
		  known ? verdict_colours[listener->verdict] : COLOUR_NONE);
	free(from);
}

static void add_stale(const struct audit_model *model, size_t number, struct table *table)
{
	const struct rule *rule = model->uses.list[number].rule;
	char port[PORT_TEXT_SIZE], prefix[WORDS_PREFIX_SIZE], from[128], packets[24] = "-";
	bool raw = protocol_table(rule->proto) < 0;

	print_port(text_protocol_name(rule->proto), raw, rule->low, rule->high, port);
	words_print_prefix(&rule->source, prefix);
	snprintf(from, sizeof(from), "%s%s%s", rule->source.family ? prefix : "anywhere",
		 *rule->nic ? " on " : "", rule->nic);
	if (model->since && !raw)
		snprintf(packets, sizeof(packets), "%llu", model->stale_passed[number]);
	table_add(table, (const char *const[]){port, "-", "-", "allow", from, packets, "STALE"},
		  verdict_colours[AUDIT_STALE]);
}

static void write_notes(const struct audit_model *model, FILE *out)
{
	char port[PORT_TEXT_SIZE], before[PORT_TEXT_SIZE] = "", *said = NULL;

	for (size_t i = 0; i < model->row_count; i++) {
		const struct audit_row *row = &model->rows[i];
		print_port(row->service, row->listener.raw, row->listener.low, row->listener.high,
			   port);
		for (size_t j = 0; j < row->note_count; j++) {
			/* A socket for IPv4 and its twin for IPv6. */
			if (said && strcmp(port, before) == 0 && strcmp(said, row->notes[j]) == 0)
				continue;
			fprintf(out, "%s: ", port);
			escape_write(row->notes[j], out);
			fputc('\n', out);
			said = row->notes[j];
			memcpy(before, port, sizeof(before));
		}
	}
	for (size_t i = 0; i < model->note_count; i++) {
		escape_write(model->notes[i], out);
		fputc('\n', out);
	}
}

static void write_summary(const struct audit_model *model, FILE *out)
{
	char since[WORDS_TIME_SIZE];
	const char *separator = "";

	for (int verdict = 0; verdict < AUDIT_VERDICT_COUNT; verdict++) {
		size_t count = audit_count(model, (enum audit_verdict)verdict);
		if (!count)
			continue;
		fprintf(out, "%s%zu %s", separator, count,
			audit_verdict_name((enum audit_verdict)verdict));
		separator = ", ";
	}
	if (!*separator)
		return;
	fputc('\n', out);
	if (model->since) {
		words_print_time(model->since, since);
		fprintf(out, "packets counted since %s\n", since);
	}
}

void audit_text(const struct audit_model *model, FILE *out)
{
	_cleanup_table_ struct table table = {
		.column_count = 7,
		.titles = {"PORT", "ADDRESS", "PROCESS", "POLICY", "FROM", "PACKETS", "VERDICT"},
		.right = {[5] = true},
	};

	for (size_t i = 0; i < model->row_count; i++)
		add_row(model, &model->rows[i], &table);
	for (size_t i = 0; i < model->uses.count; i++)
		if (model->uses.list[i].stale)
			add_stale(model, i, &table);
	if (table.row_count)
		table_write(&table, out);
	else
		fputs("nothing listens, and no rule waits for somebody who does\n", out);
	write_notes(model, out);
	write_summary(model, out);
}

/* --- JSON ---------------------------------------------------------------------------------- */

static json_t *notes_json(char *const notes[AUDIT_NOTES], size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_text(notes[i]));
	return list;
}

json_t *audit_row_json(const struct audit_model *model, const struct audit_row *row)
{
	const struct listener *listener = &row->listener;
	bool known = model->origin != POLICY_UNKNOWN;
	json_t *object = json_object();

	json_object_set_new(object, "proto", json_text(row->service));
	json_object_set_new(object, "address", json_text(row->address));
	json_object_set_new(object, "port", json_number(!listener->raw, listener->low));
	json_object_set_new(object, "port_end", json_number(!listener->raw, listener->high));
	json_object_set_new(object, "process", json_filled(row->process));
	json_object_set_new(object, "pid", json_number(row->pid, (__u64)row->pid));
	json_object_set_new(object, "processes", json_integer((json_int_t)row->holders));
	json_object_set_new(object, "user", json_filled(row->user));
	json_object_set_new(object, "uid", json_number(row->found <= FOUND_PROXY, row->uid));
	json_object_set_new(object, "unit", json_filled(row->unit));
	json_object_set_new(object, "verdict",
			    json_text(known ? audit_verdict_name(listener->verdict) : NULL));
	json_object_set_new(object, "policy", audit_policy_json(audit_policy(model, listener)));
	json_object_set_new(object, "rule", rule_json(listener->rule));
	json_object_set_new(object, "reachable", reach_json(listener));
	json_object_set_new(object, "packets", json_number(listener->counted, listener->passed));
	json_object_set_new(object, "dropped", json_number(listener->counted, listener->dropped));
	json_object_set_new(object, "interface", json_filled(row->device));
	json_object_set_new(object, "families",
			    listener->takes[0] && listener->takes[1]
				    ? json_pack("[i, i]", 4, 6)
				    : json_pack("[i]", listener->takes[0] ? 4 : 6));
	json_object_set_new(object, "raw", json_boolean(listener->raw));
	json_object_set_new(object, "found", json_string(found_names[row->found]));
	json_object_set_new(object, "notes", notes_json(row->notes, row->note_count));
	return object;
}

static json_t *stale_json(const struct audit_model *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model->uses.count; i++) {
		const struct rule_use *use = &model->uses.list[i];
		if (!use->stale)
			continue;
		json_t *object = rule_json(use->rule);
		json_object_set_new(object, "verdict", json_string("STALE"));
		json_object_set_new(object, "packets",
				    json_number(model->since, model->stale_passed[i]));
		json_object_set_new(object, "only_loopback", json_boolean(use->local));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *names_json(const char (*names)[IFNAMSIZ], size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (*names[i])
			json_array_append_new(list, json_text(names[i]));
	return list;
}

void audit_json(const struct audit_model *model, FILE *out)
{
	static const char *const origins[] = {"running", "file", NULL};
	const struct audit_setting *setting = model->setting;
	char since[WORDS_TIME_SIZE] = "";
	json_t *listeners = json_array(), *object = json_object();

	if (model->since)
		words_print_time(model->since, since);
	for (size_t i = 0; i < model->row_count; i++)
		json_array_append_new(listeners, audit_row_json(model, &model->rows[i]));
	json_object_set_new(object, "policy", json_text(origins[model->origin]));
	json_object_set_new(object, "default",
			    json_text(model->origin == POLICY_UNKNOWN
					      ? NULL
					      : action_name(setting->policy->default_action)));
	json_object_set_new(object, "since", json_filled(since));
	json_object_set_new(object, "interfaces",
			    names_json((const char(*)[IFNAMSIZ])setting->nics, setting->nic_count));
	json_object_set_new(
		object, "unguarded",
		names_json((const char(*)[IFNAMSIZ])model->unguarded, model->unguarded_count));
	json_object_set_new(object, "listeners", listeners);
	json_object_set_new(object, "stale", stale_json(model));
	json_object_set_new(object, "notes", notes_json(model->notes, model->note_count));
	json_write(object, out);
}
