/* SPDX-License-Identifier: GPL-2.0-only */
#include "reach.h"
#include "policy/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list while it is printed. */
struct printing {
	FILE *out;
	unsigned items; /* to be printed at most; 0: all */
	unsigned count; /* so far, those left out included */
};

static void print_item(struct printing *printing, const char *item)
{
	printing->count++;
	if (!printing->items || printing->count <= printing->items)
		fprintf(printing->out, "%s%s", printing->count > 1 ? ", " : "", item);
}

static void print_rest(const struct printing *printing)
{
	if (printing->items && printing->count > printing->items)
		fprintf(printing->out, ", %u more", printing->count - printing->items);
}

/* The prefixes behind the whole family that are open, or closed. */
static void print_parts(struct printing *printing, const struct reach *reach, bool open)
{
	char prefix[WORDS_PREFIX_SIZE];

	for (size_t i = 1; i < reach->count; i++) {
		if (reach->parts[i].open != open)
			continue;
		words_print_prefix(&reach->parts[i].source, prefix);
		print_item(printing, prefix);
	}
}

static bool is_family_open(const struct reach *reach)
{
	return reach->count && reach->parts[0].open;
}

static void print_nic(const struct listener *listener, const struct nic_reach *nic, unsigned items,
		      FILE *out)
{
	const struct reach *reach = nic->reach;
	bool four = is_family_open(&reach[0]), six = is_family_open(&reach[1]);
	bool both = four == listener->takes[0] && six == listener->takes[1];
	struct printing opened = {out, items, 0}, closed = {out, items, 0};

	if (reach[0].extent == REACH_NOBODY && reach[1].extent == REACH_NOBODY) {
		fputs("nowhere", out);
		return;
	}
	if (both)
		print_item(&opened, "anywhere");
	else if (four || six)
		print_item(&opened, four ? "IPv4" : "IPv6");
	print_parts(&opened, &reach[0], true);
	print_parts(&opened, &reach[1], true);
	print_rest(&opened);
	if (!both && opened.count == 1 && (four || six))
		fputs(" only", out);
	for (unsigned family = 0; family < 2; family++)
		for (size_t i = 1; i < reach[family].count; i++)
			closed.count += !reach[family].parts[i].open;
	if (!closed.count)
		return;
	closed.count = 0;
	fputs(" but ", out);
	print_parts(&closed, &reach[0], false);
	print_parts(&closed, &reach[1], false);
	print_rest(&closed);
}

static char *nic_text(const struct listener *listener, const struct nic_reach *nic, unsigned items)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	print_nic(listener, nic, items, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Where NICs differ: "eth0 only", "10.0.0.0/8 on eth0; anywhere on eth1". */
static char *join(const struct listener *listener, char *const *texts)
{
	size_t count = listener->nic_count, open = 0, length;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);
	bool first = true;

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++)
		open += strcmp(texts[i], "nowhere") != 0;
	for (size_t i = 0; i < count; i++) {
		const char *nic = listener->nics[i].nic;
		if (strcmp(texts[i], "nowhere") == 0)
			continue;
		if (open == 1 && strcmp(texts[i], "anywhere") == 0)
			fprintf(out, "%s only", nic);
		else
			fprintf(out, "%s%s on %s", first ? "" : "; ", texts[i], nic);
		first = false;
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *reach_text(const struct listener *listener, unsigned items)
{
	char *texts[MAX_NICS], *text = NULL;
	size_t count = 0;
	bool alike = true, whole = true;

	if (listener->local)
		return strdup("this host");
	if (listener->unguarded || listener->by_itself)
		return strdup("anywhere");
	if (listener->nic_count == 0)
		return strdup("-");
	for (; count < listener->nic_count && whole; count++) {
		texts[count] = nic_text(listener, &listener->nics[count], items);
		whole = texts[count];
		alike = alike && whole && strcmp(texts[0], texts[count]) == 0;
	}
	if (whole)
		text = alike ? strdup(texts[0]) : join(listener, texts);
	while (count-- > 0)
		free(texts[count]);
	return text;
}

/* Every address of the families that the socket takes. */
static json_t *everything_json(const struct listener *listener)
{
	json_t *from = json_array();

	if (listener->takes[0])
		json_array_append_new(from, json_string("0.0.0.0/0"));
	if (listener->takes[1])
		json_array_append_new(from, json_string("::/0"));
	return json_pack("[{s:n, s:o, s:[]}]", "on", "from", from, "except");
}

static void add_parts(const struct reach *reach, json_t *from, json_t *except)
{
	char prefix[WORDS_PREFIX_SIZE];

	for (size_t i = 0; i < reach->count; i++) {
		const struct reach_part *part = &reach->parts[i];
		words_print_prefix(&part->source, prefix);
		/* That nothing but what is named is open goes without saying. */
		if (part->open || i > 0)
			json_array_append_new(part->open ? from : except, json_string(prefix));
	}
}

json_t *reach_json(const struct listener *listener)
{
	json_t *list;

	if (listener->unguarded || listener->by_itself)
		return everything_json(listener);
	list = json_array();
	for (size_t i = 0; i < listener->nic_count; i++) {
		const struct nic_reach *nic = &listener->nics[i];
		json_t *from = json_array(), *except = json_array();
		add_parts(&nic->reach[0], from, except);
		add_parts(&nic->reach[1], from, except);
		if (json_array_size(from))
			json_array_append_new(list, json_pack("{s:s?, s:O, s:O}", "on",
							      *nic->nic ? nic->nic : NULL, "from",
							      from, "except", except));
		json_decref(from);
		json_decref(except);
	}
	return list;
}
