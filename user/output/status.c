/* SPDX-License-Identifier: GPL-2.0-only */
#include "status.h"
#include "duration.h"
#include "escape.h"
#include "json.h"
#include "policy.h"
#include "policy/reason.h"
#include "policy/scope.h"
#include "policy/words.h"
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

void status_add_drift(struct status_model *model, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text && model->drift_count < STATUS_DRIFT)
		model->drift[model->drift_count++] = text;
	else
		free(text);
}

void status_free(struct status_model *model)
{
	for (size_t i = 0; i < model->drift_count; i++)
		free(model->drift[i]);
	model->drift_count = 0;
	for (size_t i = 0; i < model->timed_count; i++) {
		free(model->timed[i].line);
		free(model->timed[i].until);
	}
	free(model->timed);
	model->timed = NULL;
	model->timed_count = 0;
}

static unsigned fill_percent(const struct flow_status *flows)
{
	return flows->max ? (unsigned)(flows->live * 100ull / flows->max) : 0;
}

/* --- Text ----------------------------------------------------------------------------------- */

static void nic_text(const struct nic_status *nic, FILE *out)
{
	escape_write(nic->name, out);
	if (nic->gone)
		fprintf(out, ": gone\n");
	else if (nic->detached)
		fprintf(out, ": no longer attached\n");
	else
		fprintf(out, ": attached (%s), program %u\n", words_mode_name(nic->mode),
			nic->prog_id);
}

static void blocked_text(const struct status_model *model, FILE *out)
{
	if (!model->blocked)
		return;
	fprintf(out, "blocked: %zu address%s (", model->blocked, model->blocked == 1 ? "" : "es");
	for (size_t i = 0; i < STATUS_BLOCKED && i < model->blocked; i++)
		fprintf(out, "%s%s", i ? "; " : "", model->first_blocked[i]);
	fprintf(out, "%s)\n", model->blocked > STATUS_BLOCKED ? "; ..." : "");
}

static void memory_text(__u64 bytes, FILE *out)
{
	enum { KIB = 1024, MIB = 1024 * KIB };

	if (bytes < MIB)
		fprintf(out, "%llu KiB", (bytes + KIB / 2) / KIB);
	else
		fprintf(out, "%llu MiB", (bytes + MIB / 2) / MIB);
}

static void flows_text(const struct flow_status *flows, FILE *out)
{
	char age[DURATION_SIZE];

	fprintf(out, "flows: %zu of %u (%u %%), ", flows->live, flows->max, fill_percent(flows));
	if (flows->live) {
		duration_print(flows->oldest, age);
		fprintf(out, "oldest %s, ", age);
	}
	memory_text(flows->memory, out);
	fputc('\n', out);
	if (flows->live * 100ull > (__u64)flows->max * STATUS_FULL)
		fprintf(out,
			"warning: the flow table is nearly full; in a full one the flow whose "
			"packets are longest ago gives way to a new one; a larger one: `portfw "
			"detach "
			"--all --runtime`, then `portfw restore --max-flows %u`\n",
			flows->max < FLOWS_LIMIT / 2 ? 2 * flows->max : FLOWS_LIMIT);
	if (flows->counters.failed)
		fprintf(out, "warning: %llu flow%s could not be entered into the table\n",
			flows->counters.failed, flows->counters.failed == 1 ? "" : "s");
}

static void counters_text(const struct counter counters[REASON_COUNT], enum verdict verdict,
			  const char *title, FILE *out)
{
	struct counter total = reason_sum(counters, verdict);

	fprintf(out, "%-15s %15llu packets %18llu bytes\n", title, total.packets, total.bytes);
	for (size_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		const struct counter *counter = &counters[i];
		if (reason_verdict((enum reason)i) == verdict && counter->packets)
			fprintf(out, "  %-13s %15llu packets %18llu bytes\n",
				reason_name((enum reason)i), counter->packets, counter->bytes);
	}
}

/* Of TCP and UDP only later fragments have no port. */
static void protocol_text(__u8 protocol, FILE *out)
{
	const struct protoent *entry = getprotobynumber(protocol);
	const char *name = text_protocol_name(protocol);
	bool known = *name < '0' || *name > '9';

	if (known || entry)
		escape_write(known ? name : entry->p_name, out);
	else
		fprintf(out, "proto %s", name);
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP)
		fputs(" fragments", out);
}

/* The protocol with most packets behind these: fewer, or as many and a higher number. Returns how
 * many packets it has; 0: there is none. */
static __u64 next_protocol(const struct status_model *model, enum verdict verdict, __u64 packets,
			   int *protocol)
{
	__u64 most = 0;
	int found = *protocol;

	for (int i = 0; i < STATUS_PROTOCOLS; i++) {
		__u64 count = model->protocols[i][verdict];
		bool behind = count < packets || (count == packets && i > *protocol);

		if (!behind || count <= most)
			continue;
		most = count;
		found = i;
	}
	*protocol = found;
	return most;
}

/* Ports and protocols, most packets first. */
static void busiest_text(const struct status_model *model, enum verdict verdict, FILE *out)
{
	const struct busy_port *ports = model->busiest[verdict];
	int protocol = -1;
	__u64 packets = next_protocol(model, verdict, UINT64_MAX, &protocol);

	if (!ports->packets && !packets)
		return;
	fprintf(out, "most %s:", verdict == VERDICT_PASS ? "passed" : "dropped");
	for (size_t i = 0, port = 0; i < STATUS_TOP; i++) {
		__u64 of_port = port < STATUS_TOP ? ports[port].packets : 0;

		if (!of_port && !packets)
			break;
		fputs(i ? ", " : " ", out);
		if (of_port >= packets) {
			fprintf(out, "%s %u (%llu)",
				text_protocol_name(table_protocol(ports[port].table)),
				ports[port].port, of_port);
			port++;
		} else {
			protocol_text((__u8)protocol, out);
			fprintf(out, " (%llu)", packets);
			packets = next_protocol(model, verdict, packets, &protocol);
		}
	}
	fputc('\n', out);
}

static void timed_text(const struct status_model *model, FILE *out)
{
	char left[TIME_LEFT_SIZE];

	for (size_t i = 0; i < model->timed_count && i < STATUS_TIMED; i++) {
		time_left_print(model->timed[i].seconds, left);
		fputs("  ", out);
		escape_write(model->timed[i].line, out);
		fprintf(out, ": %s\n", left);
	}
	if (model->timed_count > STATUS_TIMED)
		fprintf(out, "  %zu more rules that end, see `portfw list --runtime`\n",
			model->timed_count - STATUS_TIMED);
}

static void trial_text(const struct status_model *model, FILE *out)
{
	char left[TIME_LEFT_SIZE];

	time_left_print(model->trial_seconds, left);
	fprintf(out, "trial: %s; `portfw confirm` keeps this policy, `portfw rollback` ends it\n",
		left);
}

/* First of all: nothing else matters as much. */
static void lockdown_text(const struct status_model *model, FILE *out)
{
	char text[LOCKDOWN_TEXT_SIZE];

	if (!model->lockdown.on)
		return;
	lockdown_describe(&model->lockdown.lockdown, text);
	fprintf(out, "LOCKDOWN: %s; `portfw unlock` ends it\n", text);
}

static void stand_in_text(const struct status_model *model, FILE *out)
{
	if (!*model->stand_in)
		return;
	fputs("POLICY FILE NOT IN FORCE: ", out);
	escape_write(model->path, out);
	fputs(" could not be used at boot; ", out);
	escape_write(model->stand_in, out);
	fputs(" is enforced since then: mend the file, then `portfw restore`\n", out);
}

void status_text(const struct status_model *model, FILE *out)
{
	stand_in_text(model, out);
	lockdown_text(model, out);
	for (size_t i = 0; i < model->nic_count; i++)
		nic_text(&model->nics[i], out);
	if (model->nic_count) {
		fprintf(out, "default %s, %zu rule%s\n", action_name(model->default_action),
			model->rules, model->rules == 1 ? "" : "s");
		timed_text(model, out);
		if (model->trial)
			trial_text(model, out);
		blocked_text(model, out);
		flows_text(&model->flows, out);
		counters_text(model->totals, VERDICT_PASS, "passed", out);
		counters_text(model->totals, VERDICT_DROP, "dropped", out);
		if (reason_sum(model->outgoing, VERDICT_DROP).packets)
			counters_text(model->outgoing, VERDICT_DROP, "dropped (out)", out);
		busiest_text(model, VERDICT_DROP, out);
		busiest_text(model, VERDICT_PASS, out);
	} else {
		fprintf(out, "no NIC is attached: portfw enforces nothing\n");
	}
	for (size_t i = 0; i < model->drift_count; i++) {
		fprintf(out, "drift: ");
		escape_write(model->drift[i], out);
		fputc('\n', out);
	}
	if (!model->drift_count && model->nic_count && !model->trial && !*model->stand_in) {
		fprintf(out, "in sync with ");
		escape_write(model->path, out);
		fputc('\n', out);
	}
}

/* --- JSON ----------------------------------------------------------------------------------- */

/* What egress programs drop; other reasons only once they occur. */
static json_t *outgoing_json(const struct status_model *model)
{
	json_t *by_reason = json_object();

	for (size_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		if (i == REASON_BLOCKED || i == REASON_LOCKDOWN || model->outgoing[i].packets)
			json_object_set_new(by_reason, reason_name((enum reason)i),
					    json_counter(&model->outgoing[i]));
	}
	return json_pack("{s:o}", "reasons", by_reason);
}

static json_t *counters_json(const struct status_model *model)
{
	json_t *counters = json_counters(model->totals);

	json_object_set_new(counters, "outgoing", outgoing_json(model));
	return counters;
}

static const char *const egress_names[] = {
	[EGRESS_NONE] = "none",
	[EGRESS_TCX] = "tcx",
	[EGRESS_CLSACT] = "clsact",
};
_Static_assert(sizeof(egress_names) / sizeof(*egress_names) == EGRESS_KIND_COUNT,
	       "each has its name");

static json_t *nics_json(const struct status_model *model)
{
	json_t *nics = json_array();

	for (size_t i = 0; i < model->nic_count; i++) {
		const struct nic_status *nic = &model->nics[i];
		const char *state = nic->gone	    ? "gone"
				    : nic->detached ? "no longer attached"
						    : "attached";
		json_array_append_new(
			nics,
			json_pack("{s:o, s:I, s:s, s:I, s:s, s:s}", "name", json_text(nic->name),
				  "ifindex", (json_int_t)nic->ifindex, "mode",
				  words_mode_name(nic->mode), "prog_id", (json_int_t)nic->prog_id,
				  "state", state, "egress",
				  egress_names[nic->egress_missing ? EGRESS_NONE : nic->egress]));
	}
	return nics;
}

static json_t *busiest_json(const struct status_model *model)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		for (size_t j = 0; j < STATUS_TOP && model->busiest[i][j].packets; j++) {
			const struct busy_port *port = &model->busiest[i][j];
			json_array_append_new(
				ports,
				json_pack("{s:s, s:i, s:s, s:I}", "proto",
					  text_protocol_name(table_protocol(port->table)), "port",
					  (int)port->port, "verdict", verdict_name((enum verdict)i),
					  "packets", (json_int_t)port->packets));
		}
	}
	return ports;
}

static json_t *protocols_json(const struct status_model *model)
{
	json_t *protocols = json_array();

	for (unsigned i = 0; i < STATUS_PROTOCOLS; i++)
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			if (model->protocols[i][v])
				json_array_append_new(
					protocols,
					json_pack("{s:s, s:s, s:I}", "proto",
						  text_protocol_name((__u8)i), "verdict",
						  verdict_name((enum verdict)v), "packets",
						  (json_int_t)model->protocols[i][v]));
	return protocols;
}

static json_t *flows_json(const struct flow_status *flows)
{
	const struct {
		const char *name;
		__u64 value;
	} numbers[] = {
		{"live", flows->live},
		{"tcp", flows->tcp},
		{"udp", flows->udp},
		{"other", flows->other},
		{"seeded", flows->seeded},
		{"max", flows->max},
		{"fill_percent", fill_percent(flows)},
		{"memory_bytes", flows->memory},
		{"oldest_seconds", (__u64)flows->oldest},
		{"learnt", flows->counters.learnt},
		{"replaced", flows->counters.replaced},
		{"failed", flows->counters.failed},
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(object, numbers[i].name,
				    json_integer((json_int_t)numbers[i].value));
	return object;
}

static json_t *timed_json(const struct status_model *model)
{
	json_t *timed = json_array();

	for (size_t i = 0; i < model->timed_count; i++) {
		const struct timed_rule *rule = &model->timed[i];
		json_array_append_new(timed,
				      json_pack("{s:o, s:o, s:I}", "rule", json_text(rule->line),
						"until", json_text(rule->until), "seconds_left",
						(json_int_t)rule->seconds));
	}
	return timed;
}

static json_t *trial_json(const struct status_model *model)
{
	char deadline[WORDS_TIME_SIZE];

	if (!model->trial)
		return json_null();
	words_print_time(model->trial_deadline, deadline);
	return json_pack("{s:s, s:I}", "deadline", deadline, "seconds_left",
			 (json_int_t)model->trial_seconds);
}

void status_json(const struct status_model *model, FILE *out)
{
	json_t *drift = json_array();

	for (size_t i = 0; i < model->drift_count; i++)
		json_array_append_new(drift, json_text(model->drift[i]));
	bool in_sync = !model->drift_count && !model->trial && !*model->stand_in;
	json_t *policy =
		json_pack("{s:s, s:b, s:I, s:I, s:o, s:o, s:o, s:o}", "default",
			  action_name(model->default_action), "in_sync", (int)in_sync, "rules",
			  (json_int_t)model->rules, "blocked", (json_int_t)model->blocked, "timed",
			  timed_json(model), "trial", trial_json(model), "lockdown",
			  lockdown_value(&model->lockdown), "stand_in",
			  *model->stand_in ? json_text(model->stand_in) : json_null());
	json_write(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", model->version,
			     "policy", policy, "interfaces", nics_json(model), "flows",
			     flows_json(&model->flows), "counters", counters_json(model), "ports",
			     busiest_json(model), "protocols", protocols_json(model), "drift",
			     drift),
		   out);
}
