/* SPDX-License-Identifier: GPL-2.0-only */
#include "port.h"
#include "colour.h"
#include "escape.h"
#include "json.h"
#include "policy.h"
#include "policy/words.h"
#include "reach.h"
#include "rule.h"
#include <stdlib.h>
#include <string.h>

#define SYSTEM_MAX 1023 /* RFC 6335, section 6 */
#define USER_MAX 49151

void port_model_free(struct port_model *model)
{
	for (size_t i = 0; i < model->entry_count; i++) {
		listener_free(&model->entries[i].policy);
		free(model->entries[i].rows);
		free(model->entries[i].connections);
	}
}

static const char *class_of(unsigned port)
{
	return port <= SYSTEM_MAX ? "system" : port <= USER_MAX ? "user" : "dynamic";
}

static bool is_ephemeral(const struct port_model *model)
{
	return model->port >= model->ephemeral_low && model->port <= model->ephemeral_high;
}

/* --- Text ---------------------------------------------------------------------------------- */

/* "  listening   " before the first of several lines. */
static void begin(const char *label, bool first, FILE *out)
{
	fprintf(out, "  %-11s", first ? label : "");
}

static void write_row(const struct audit_model *audit, const struct audit_row *row, FILE *out)
{
	char address[AUDIT_ADDRESS_SIZE];

	audit_print_address(row, address);
	escape_write(address, out);
	fputs(*row->process ? " " : "", out);
	escape_write(row->process, out);
	if (row->pid)
		fprintf(out, ", pid %d", (int)row->pid);
	if (row->holders > 1)
		fprintf(out, " and %zu more", row->holders - 1);
	if (row->found <= FOUND_PROXY) {
		fputs(", ", out);
		if (*row->user)
			escape_write(row->user, out);
		else
			fprintf(out, "user %u", (unsigned)row->uid);
	}
	if (*row->unit) {
		fputs(", ", out);
		escape_write(row->unit, out);
	}
	if (audit->origin != POLICY_UNKNOWN)
		fprintf(out, ": %s", audit_verdict_name(row->listener.verdict));
	fputc('\n', out);
}

static void write_listeners(const struct port_model *model, const struct port_entry *entry,
			    FILE *out)
{
	if (!entry->row_count) {
		begin("listening", true, out);
		fputs("nobody\n", out);
	}
	for (size_t i = 0; i < entry->row_count; i++) {
		begin("listening", i == 0, out);
		write_row(model->audit, entry->rows[i], out);
	}
}

static void write_connections(const struct port_entry *entry, FILE *out)
{
	char local[ENDPOINT_SIZE], remote[ENDPOINT_SIZE];

	for (size_t i = 0; i < entry->connection_count && i < PORT_CONNECTIONS_SHOWN; i++) {
		const struct port_connection *connection = &entry->connections[i];
		endpoint_print(&connection->local, local);
		endpoint_print(&connection->remote, remote);
		begin("connected", i == 0, out);
		fprintf(out, "%s to %s", remote, local);
		fputs(*connection->process ? ", " : "", out);
		escape_write(connection->process, out);
		fputc('\n', out);
	}
	if (entry->connection_count > PORT_CONNECTIONS_SHOWN) {
		begin("", false, out);
		fprintf(out, "%zu more\n", entry->connection_count - PORT_CONNECTIONS_SHOWN);
	}
}

static void write_policy(const struct audit_model *audit, const struct listener *policy, FILE *out)
{
	char *line = policy->rule ? rule_line(policy->rule) : NULL, *from;

	begin("policy", true, out);
	if (audit->origin == POLICY_UNKNOWN) {
		fputs("cannot be read\n", out);
		return;
	}
	if (policy->unguarded)
		fputs("no NIC is attached, so nothing enforces one", out);
	else if (line)
		escape_write(line, out);
	else
		fputs(audit_policy_text(audit_policy(audit, policy)), out);
	fputc('\n', out);
	free(line);
	from = reach_text(policy, 0);
	begin("open from", true, out);
	escape_write(from ? from : "-", out);
	fputc('\n', out);
	free(from);
}

static void write_packets(const struct audit_model *audit, const struct listener *policy, FILE *out)
{
	char since[WORDS_TIME_SIZE];

	begin("packets", true, out);
	if (!policy->counted) {
		fputs("not counted\n", out);
		return;
	}
	words_print_time(audit->since, since);
	fprintf(out, "%llu passed, %llu dropped since %s\n", policy->passed, policy->dropped,
		since);
}

static void write_notes(const struct port_entry *entry, FILE *out)
{
	bool first = true;

	if (entry->hazard) {
		begin("note", true, out);
		fprintf(out, "%s\n", entry->hazard);
		first = false;
	}
	for (size_t i = 0; i < entry->row_count; i++) {
		const struct audit_row *row = entry->rows[i];
		for (size_t j = 0; j < row->note_count; j++) {
			if (entry->hazard && strcmp(row->notes[j], entry->hazard) == 0)
				continue;
			begin("note", first, out);
			escape_write(row->notes[j], out);
			fputc('\n', out);
			first = false;
		}
	}
}

void port_text(const struct port_model *model, FILE *out)
{
	enum colour colour = colour_wanted(out) ? COLOUR_BOLD : COLOUR_NONE;

	fprintf(out, "port %u: %s port, %sin the ephemeral range (%u-%u)\n", model->port,
		class_of(model->port), is_ephemeral(model) ? "" : "not ", model->ephemeral_low,
		model->ephemeral_high);
	for (size_t i = 0; i < model->entry_count; i++) {
		const struct port_entry *entry = &model->entries[i];
		fprintf(out, "%s%s %u%s", colour_begin(colour), entry->proto, model->port,
			colour_end(colour));
		if (*entry->service) {
			fputs(": ", out);
			escape_write(entry->service, out);
		}
		fputc('\n', out);
		write_listeners(model, entry, out);
		write_connections(entry, out);
		write_policy(model->audit, &entry->policy, out);
		write_packets(model->audit, &entry->policy, out);
		write_notes(entry, out);
	}
	for (size_t i = 0; i < model->audit->note_count; i++) {
		escape_write(model->audit->notes[i], out);
		fputc('\n', out);
	}
}

/* --- JSON ---------------------------------------------------------------------------------- */

static json_t *connections_json(const struct port_entry *entry)
{
	char local[ENDPOINT_ADDRESS_SIZE], remote[ENDPOINT_ADDRESS_SIZE];
	json_t *list = json_array();

	for (size_t i = 0; i < entry->connection_count; i++) {
		const struct port_connection *connection = &entry->connections[i];
		endpoint_print_address(&connection->local, local);
		endpoint_print_address(&connection->remote, remote);
		json_array_append_new(
			list, json_pack("{s:s, s:i, s:s, s:i, s:o, s:o}", "local", local, "lport",
					connection->local.port, "remote", remote, "rport",
					connection->remote.port, "process",
					json_filled(connection->process), "pid",
					json_number(connection->pid, (__u64)connection->pid)));
	}
	return list;
}

static json_t *policy_json(const struct port_model *model, const struct listener *policy)
{
	json_t *object = json_object();
	bool open = false;

	for (unsigned family = 0; family < 2; family++)
		open |= audit_extent(policy, family) != REACH_NOBODY;
	json_object_set_new(object, "action",
			    audit_policy_json(audit_policy(model->audit, policy)));
	json_object_set_new(object, "open",
			    model->audit->origin == POLICY_UNKNOWN ? json_null()
								   : json_boolean(open));
	json_object_set_new(object, "rule", rule_json(policy->rule));
	json_object_set_new(object, "reachable", reach_json(policy));
	return object;
}

static json_t *entry_json(const struct port_model *model, const struct port_entry *entry)
{
	const struct listener *policy = &entry->policy;
	json_t *object = json_object(), *rows = json_array(), *notes = json_array();

	for (size_t i = 0; i < entry->row_count; i++)
		json_array_append_new(rows, audit_row_json(model->audit, entry->rows[i]));
	if (entry->hazard)
		json_array_append_new(notes, json_string(entry->hazard));
	json_object_set_new(object, "proto", json_string(entry->proto));
	json_object_set_new(object, "service", json_filled(entry->service));
	json_object_set_new(object, "listeners", rows);
	json_object_set_new(object, "connections", connections_json(entry));
	json_object_set_new(object, "policy", policy_json(model, policy));
	json_object_set_new(object, "passed", json_number(policy->counted, policy->passed));
	json_object_set_new(object, "dropped", json_number(policy->counted, policy->dropped));
	json_object_set_new(object, "notes", notes);
	return object;
}

void port_json(const struct port_model *model, FILE *out)
{
	json_t *object = json_object(), *protocols = json_array();
	char since[WORDS_TIME_SIZE] = "";

	if (model->audit->since)
		words_print_time(model->audit->since, since);
	for (size_t i = 0; i < model->entry_count; i++)
		json_array_append_new(protocols, entry_json(model, &model->entries[i]));
	json_object_set_new(object, "port", json_integer(model->port));
	json_object_set_new(object, "class", json_string(class_of(model->port)));
	json_object_set_new(object, "ephemeral", json_boolean(is_ephemeral(model)));
	json_object_set_new(object, "since", json_filled(since));
	json_object_set_new(object, "protocols", protocols);
	json_write(object, out);
}
