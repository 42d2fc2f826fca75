/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay_report.h"
#include "output/escape.h"
#include "output/json.h"
#include "policy/reason.h"
#include "policy/scope.h"
#include "policy/text.h"
#include "policy/words.h"
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

static const char *const verdict_words[] = {"passed", "dropped"};

#define SECOND 1000000000ull /* in nanoseconds */

/* "2026-11-21T04:05:06.123456Z". */
#define TIME_SIZE (WORDS_TIME_SIZE + 8)
static void print_time(__u64 time, char text[TIME_SIZE])
{
	char seconds[WORDS_TIME_SIZE];

	words_print_time((__s64)(time / SECOND), seconds);
	snprintf(text, TIME_SIZE, "%.*s.%06uZ", (int)strcspn(seconds, "Z"), seconds,
		 (unsigned)(time % SECOND / 1000));
}

/* An address as struct pkt has it. */
static void print_address(unsigned family, __u64 high, __u64 low, char text[INET6_ADDRSTRLEN])
{
	__be64 number_be[2] = {BE64(high), BE64(low)};

	if (family == 4)
		inet_ntop(AF_INET, (const char *)&number_be[1] + 4, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, number_be, text, INET6_ADDRSTRLEN);
}

/* One as the tally has it. */
static void print_source(const struct tally_source *source, char text[INET6_ADDRSTRLEN])
{
	bool mapped = !source->address.high && source->address.low >> 32 == BLOCK_KEY4_LOW >> 32;

	print_address(mapped ? 4 : 6, source->address.high, source->address.low, text);
}

/* "tcp", "icmp", "47". */
#define PROTO_SIZE 8
static void print_proto(const struct pkt *pkt, char text[PROTO_SIZE])
{
	if (pkt->port_table < PORT_TABLE_COUNT || pkt->protocol == PROTO_ICMP ||
	    pkt->protocol == PROTO_ICMPV6)
		snprintf(text, PROTO_SIZE, "%s", text_protocol_name(pkt->protocol));
	else
		snprintf(text, PROTO_SIZE, "%u", pkt->protocol);
}

/* --- Packets that change -------------------------------------------------------------------- */

struct change_words {
	char time[TIME_SIZE];
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	char proto[PROTO_SIZE];
};

static void print_change(const struct packet *packet, struct change_words *words)
{
	const struct pkt *pkt = &packet->pkt;

	print_time(packet->time, words->time);
	print_proto(pkt, words->proto);
	print_address(pkt->family, pkt->source_high, pkt->source_low, words->source);
	print_address(pkt->family, pkt->destination_high, pkt->destination_low, words->destination);
}

/* " ADDRESS:PORT", the port only if there is one. */
static void end_text(const struct pkt *pkt, const char *address, unsigned port, FILE *out)
{
	if (pkt->port_table >= PORT_TABLE_COUNT)
		fprintf(out, " %s", address);
	else
		fprintf(out, pkt->family == 6 ? " [%s]:%u" : " %s:%u", address, port);
}

void replay_change_text(const struct packet *packet, const struct replay_verdict *verdict,
			FILE *out)
{
	const struct pkt *pkt = &packet->pkt;
	struct change_words words;

	print_change(packet, &words);
	fprintf(out, "%s %s", words.time, words.proto);
	end_text(pkt, words.source, pkt->source_port, out);
	fputs(" >", out);
	end_text(pkt, words.destination, pkt->destination_port, out);
	fprintf(out, ": %s %s -> %s %s\n", verdict_name(reason_verdict(verdict->reasons[0])),
		reason_name(verdict->reasons[0]), verdict_name(reason_verdict(verdict->reasons[1])),
		reason_name(verdict->reasons[1]));
}

void replay_change_json(const struct packet *packet, const struct replay_verdict *verdict,
			FILE *out)
{
	const struct pkt *pkt = &packet->pkt;
	bool ports = pkt->port_table < PORT_TABLE_COUNT;
	struct change_words words;

	print_change(packet, &words);
	fprintf(out, "{\"schema\": %d, \"time\": \"%s\", \"proto\": \"%s\", \"src\": \"%s\", ",
		JSON_SCHEMA, words.time, words.proto, words.source);
	if (ports)
		fprintf(out, "\"sport\": %u, ", pkt->source_port);
	fprintf(out, "\"dst\": \"%s\", ", words.destination);
	if (ports)
		fprintf(out, "\"dport\": %u, ", pkt->destination_port);
	fprintf(out, "\"length\": %u", packet->length);
	for (unsigned i = 0; i < REPLAY_POLICIES; i++)
		fprintf(out, ", \"%s\": {\"verdict\": \"%s\", \"reason\": \"%s\"}",
			i ? "new" : "old", verdict_name(reason_verdict(verdict->reasons[i])),
			reason_name(verdict->reasons[i]));
	fputs("}\n", out);
}

/* --- Text ----------------------------------------------------------------------------------- */

static void head_text(const struct replay_model *model, FILE *out)
{
	const struct replay *replay = model->replay;
	__u64 span = replay->last_time - replay->first_time;
	char first[TIME_SIZE], last[TIME_SIZE];

	escape_write(model->file, out);
	fprintf(out, ": %llu packet%s, %llu bytes\n", replay->total.packets,
		replay->total.packets == 1 ? "" : "s", replay->total.bytes);
	if (replay->total.packets) {
		print_time(replay->first_time, first);
		print_time(replay->last_time, last);
		fprintf(out, "from %s to %s: %llu.%03llu s\n", first, last, span / SECOND,
			span % SECOND / 1000000);
	}
	for (size_t i = 0; i < replay->policies; i++) {
		fputs(replay->policies == 1 ? "judged by " : i ? "new: " : "old: ", out);
		escape_write(model->policies[i], out);
		fputc('\n', out);
	}
}

static void count_text(const char *name, const struct counter *counter, FILE *out)
{
	fprintf(out, "%-15s %15llu packets %18llu bytes\n", name, counter->packets, counter->bytes);
}

static void single_text(const struct tally *tally, FILE *out)
{
	struct counter left = tally->outgoing[REASON_NONE];
	char name[32];

	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		struct counter sum = reason_sum(tally->reasons, (enum verdict)v);
		count_text(verdict_words[v], &sum, out);
		for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
			if (reason_verdict((enum reason)i) != v || !tally->reasons[i].packets)
				continue;
			snprintf(name, sizeof(name), "  %s", reason_name((enum reason)i));
			count_text(name, &tally->reasons[i], out);
		}
	}
	count_text("sent", &left, out);
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		if (!tally->outgoing[i].packets)
			continue;
		snprintf(name, sizeof(name), "not sent: %s", reason_name((enum reason)i));
		count_text(name, &tally->outgoing[i], out);
	}
}

static void pair_text(const char *indent, const char *name, __u64 old, __u64 new, FILE *out)
{
	fprintf(out, "%s%-*s %15llu %15llu\n", indent, 24 - (int)strlen(indent), name, old, new);
}

static void both_text(const struct replay *replay, FILE *out)
{
	const struct tally *old = &replay->tallies[0], *new = &replay->tallies[1];

	fprintf(out, "%-24s %15s %15s\n", "packets", "old", "new");
	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		pair_text("", verdict_words[v], reason_sum(old->reasons, (enum verdict)v).packets,
			  reason_sum(new->reasons, (enum verdict)v).packets, out);
		for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
			if (reason_verdict((enum reason)i) == v &&
			    (old->reasons[i].packets || new->reasons[i].packets))
				pair_text("  ", reason_name((enum reason)i),
					  old->reasons[i].packets, new->reasons[i].packets, out);
		}
	}
	fprintf(out, "%llu packet%s that passed would drop, %llu that dropped would pass\n",
		replay->now_dropped, replay->now_dropped == 1 ? "" : "s", replay->now_passed);
}

static void top_text(const struct tally *tally, FILE *out)
{
	struct tally_port ports[TALLY_TOP];
	struct tally_source sources[TALLY_TOP];
	char address[INET6_ADDRSTRLEN];

	tally_top_ports(tally, ports);
	tally_top_sources(tally, sources);
	if (ports[0].packets)
		fputs("ports dropped most\n", out);
	for (size_t i = 0; i < TALLY_TOP && ports[i].packets; i++)
		fprintf(out, "  %-4s %-8u %15llu packets\n",
			text_protocol_name(table_protocol(ports[i].table)), ports[i].port,
			ports[i].packets);
	if (sources[0].packets)
		fprintf(out, "sources dropped most%s\n",
			tally->estimated ? " (estimated: there are too many to count each)" : "");
	for (size_t i = 0; i < TALLY_TOP && sources[i].packets; i++) {
		print_source(&sources[i], address);
		fprintf(out, "  %-39s %15llu packets\n", address, sources[i].packets);
	}
}

#define FOREIGN_PART 10 /* so many in a hundred are worth a note */

static void notes_text(const struct replay_model *model, FILE *out)
{
	const struct replay *replay = model->replay;
	const struct tally *last = &replay->tallies[replay->policies - 1];

	if (replay->cut)
		fprintf(out, "note: not judged: %llu packets that the capture cut too short\n",
			replay->cut);
	if (replay->loopback)
		fprintf(out, "note: not judged: %llu packets of the loopback interface\n",
			replay->loopback);
	if (replay->foreign * 100 >= replay->total.packets * FOREIGN_PART && replay->foreign)
		fprintf(out,
			"note: neither side of %llu packets is "
			"local; they are judged as arriving.\n"
			"      --local ADDR says which addresses are those of the host\n",
			replay->foreign);
	if (last->unknown_beginning)
		fprintf(out,
			"note: %llu dropped packets are of connections that began before the "
			"capture:\n      whether they are replies is not known\n",
			last->unknown_beginning);
	if (replay->backwards >= SECOND)
		fprintf(out,
			"note: the capture's time goes back by up to "
			"%llu s; the clock of the replay does not\n",
			replay->backwards / SECOND);
	if (!model->nic_matters)
		return;
	fputs("note: rules for single NICs hold as on ", out);
	escape_write(model->nic[0] ? model->nic : "a NIC that has none", out);
	fputs("; --on NIC says which\n", out);
}

void replay_text(const struct replay_model *model, FILE *out)
{
	const struct replay *replay = model->replay;

	head_text(model, out);
	if (replay->policies == 1)
		single_text(&replay->tallies[0], out);
	else
		both_text(replay, out);
	if (replay->policies == 1)
		top_text(&replay->tallies[0], out);
	notes_text(model, out);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static json_t *outgoing_json(const struct tally *tally)
{
	json_t *by_reason = json_object();
	struct counter dropped = {0};

	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		const struct counter *counter = &tally->outgoing[i];
		dropped.packets += counter->packets;
		dropped.bytes += counter->bytes;
		if (counter->packets)
			json_object_set_new(by_reason, reason_name((enum reason)i),
					    json_counter(counter));
	}
	return json_pack("{s:o, s:o, s:o}", "pass", json_counter(&tally->outgoing[REASON_NONE]),
			 "drop", json_counter(&dropped), "reasons", by_reason);
}

static json_t *ports_json(const struct tally *tally)
{
	struct tally_port top[TALLY_TOP];
	json_t *ports = json_array();

	tally_top_ports(tally, top);
	for (size_t i = 0; i < TALLY_TOP && top[i].packets; i++)
		json_array_append_new(
			ports, json_pack("{s:s, s:i, s:I}", "proto",
					 text_protocol_name(table_protocol(top[i].table)), "port",
					 (int)top[i].port, "packets", (json_int_t)top[i].packets));
	return ports;
}

static json_t *sources_json(const struct tally *tally)
{
	struct tally_source top[TALLY_TOP];
	json_t *sources = json_array();
	char address[INET6_ADDRSTRLEN];

	tally_top_sources(tally, top);
	for (size_t i = 0; i < TALLY_TOP && top[i].packets; i++) {
		print_source(&top[i], address);
		json_array_append_new(sources, json_pack("{s:s, s:I}", "address", address,
							 "packets", (json_int_t)top[i].packets));
	}
	return sources;
}

static json_t *policies_json(const struct replay_model *model)
{
	json_t *policies = json_array();

	for (size_t i = 0; i < model->replay->policies; i++) {
		const struct tally *tally = &model->replay->tallies[i];
		json_array_append_new(
			policies,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "policy",
				  json_text(model->policies[i]), "counters",
				  json_counters(tally->reasons), "outgoing", outgoing_json(tally),
				  "ports_dropped", ports_json(tally), "sources_dropped",
				  sources_json(tally), "sources_estimated", (int)tally->estimated,
				  "unknown_beginning", (json_int_t)tally->unknown_beginning));
	}
	return policies;
}

static json_t *time_json(const struct replay *replay, __u64 time)
{
	char text[TIME_SIZE];

	if (!replay->total.packets)
		return json_null();
	print_time(time, text);
	return json_string(text);
}

void replay_json(const struct replay_model *model, bool line, FILE *out)
{
	const struct replay *replay = model->replay;
	json_t *changes = json_null();

	if (replay->policies == 2)
		changes = json_pack("{s:I, s:I}", "now_dropped", (json_int_t)replay->now_dropped,
				    "now_passed", (json_int_t)replay->now_passed);
	json_t *object = json_pack(
		"{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:I, s:f}", "file",
		json_text(model->file), "packets", (json_int_t)replay->total.packets, "bytes",
		(json_int_t)replay->total.bytes, "first", time_json(replay, replay->first_time),
		"last", time_json(replay, replay->last_time), "interface", json_filled(model->nic),
		"policies", policies_json(model), "changes", changes, "not_judged", "cut",
		(json_int_t)replay->cut, "loopback", (json_int_t)replay->loopback, "not_local",
		(json_int_t)replay->foreign, "clock_went_back",
		(double)replay->backwards / (double)SECOND);
	(line ? json_write_line : json_write)(object, out);
}
