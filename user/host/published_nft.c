/* SPDX-License-Identifier: GPL-2.0-only */
/* What nft prints as JSON (libnftables-json(5)), as far as it leads ports elsewhere. */
#include "published.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* A rule while its expressions are read. */
struct reading {
	json_t *ruleset;
	json_t *rule;
	struct published_list *list;
	struct published_port port; /* but for the ports */
	bool protocols[3];	    /* as in `numbers` */
	json_t *ports;		    /* what the destination port is compared with */
	bool loopback;		    /* only what this host sends to itself */
};
static const __u8 numbers[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
static const char *const protocol_names[] = {"tcp", "udp", "sctp"};

static const char *string_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The set or map that "@name" means in the table of the rule; others stay as they are. */
static json_t *resolve(const struct reading *reading, json_t *value)
{
	const char *name = json_string_value(value);
	json_t *entry, *set;
	size_t i;

	if (!name || *name != '@')
		return value;
	json_array_foreach(reading->ruleset, i, entry)
	{
		set = json_object_get(entry, "set");
		if (!set)
			set = json_object_get(entry, "map");
		if (set && strcmp(string_of(set, "name"), name + 1) == 0 &&
		    strcmp(string_of(set, "table"), string_of(reading->rule, "table")) == 0 &&
		    strcmp(string_of(set, "family"), string_of(reading->rule, "family")) == 0)
			return json_object_get(set, "elem");
	}
	return NULL;
}

/* The elements of a set, whether it has a name or none; NULL: it is one value. */
static json_t *elements(json_t *value)
{
	json_t *set = json_object_get(value, "set");

	if (json_is_array(value))
		return value;
	return json_is_array(set) ? set : NULL;
}

/* --- Ports --------------------------------------------------------------------------------- */

/* One port or one range; an element of a set can have a timeout around it. */
static int add_value(struct reading *reading, json_t *value)
{
	struct published_port *port = &reading->port;
	json_t *element = json_object_get(value, "elem"), *range;
	json_int_t low, high;
	int code = 0;

	if (element)
		value = json_object_get(element, "val");
	range = json_object_get(value, "range");
	low = json_integer_value(range ? json_array_get(range, 0) : value);
	high = json_integer_value(range ? json_array_get(range, 1) : value);
	if ((!range && !json_is_integer(value)) || low < 0 || high > 65535 || low > high) {
		reading->list->unclear++;
		return 0;
	}
	port->low = (__u16)low;
	port->high = (__u16)high;
	for (size_t i = 0; i < sizeof(numbers) && code == 0; i++) {
		port->protocol = numbers[i];
		if (reading->protocols[i])
			code = published_add(reading->list, port);
	}
	return code;
}

static int add_values(struct reading *reading, json_t *values)
{
	json_t *list = elements(resolve(reading, values)), *value;
	int code = 0;
	size_t i;

	if (!list)
		return add_value(reading, values);
	json_array_foreach(list, i, value)
	{
		code = add_value(reading, value);
		if (code)
			break;
	}
	return code;
}

/* "172.17.0.2", port 80 (0: as it was). */
static void print_target(struct reading *reading, const char *address, json_int_t port)
{
	bool six = strchr(address, ':');
	char suffix[16] = "";

	if (port)
		snprintf(suffix, sizeof(suffix), ":%d", (int)port);
	snprintf(reading->port.to, sizeof(reading->port.to), "dnat to %s%.45s%s%s",
		 six && port ? "[" : "", address, six && port ? "]" : "", suffix);
}

/* dnat to tcp dport map { 80 : 172.17.0.2, 81 : 172.17.0.3 . 80 } */
static int add_map(struct reading *reading, json_t *map, json_int_t port)
{
	json_t *list = elements(resolve(reading, json_object_get(map, "data"))), *pair;
	json_t *key = json_object_get(json_object_get(map, "key"), "payload");
	int code = 0;
	size_t i;

	if (!list || !key || strcmp(string_of(key, "field"), "dport") != 0) {
		reading->list->unclear++;
		return 0;
	}
	for (i = 0; i < sizeof(numbers); i++)
		reading->protocols[i] |= strcmp(string_of(key, "protocol"), protocol_names[i]) == 0;
	json_array_foreach(list, i, pair)
	{
		json_t *to = json_array_get(pair, 1), *both = json_object_get(to, "concat");
		const char *address = json_string_value(both ? json_array_get(both, 0) : to);

		print_target(reading, address ? address : "?",
			     both ? json_integer_value(json_array_get(both, 1)) : port);
		code = add_value(reading, json_array_get(pair, 0));
		if (code)
			break;
	}
	return code;
}

/* --- Rules --------------------------------------------------------------------------------- */

static void read_protocols(struct reading *reading, json_t *value)
{
	json_t *list = elements(resolve(reading, value)), *name;
	size_t count = list ? json_array_size(list) : 1;

	for (size_t i = 0; i < count; i++) {
		name = list ? json_array_get(list, i) : value;
		for (size_t j = 0; j < sizeof(numbers); j++)
			reading->protocols[j] |=
				json_integer_value(name) == numbers[j] ||
				(json_is_string(name) &&
				 strcmp(json_string_value(name), protocol_names[j]) == 0);
	}
}

static void read_payload(struct reading *reading, json_t *payload, json_t *value)
{
	const char *protocol = string_of(payload, "protocol");
	const char *field = string_of(payload, "field"), *text = json_string_value(value);
	__u8 bytes[16];

	if (strcmp(field, "dport") == 0) {
		reading->ports = value;
		for (size_t i = 0; i < sizeof(numbers); i++)
			reading->protocols[i] |= strcmp(protocol, protocol_names[i]) == 0;
	} else if (strcmp(field, "daddr") == 0 && text) {
		int family = strcmp(protocol, "ip") == 0 ? AF_INET : AF_INET6;
		if (inet_pton(family, text, bytes) == 1)
			reading->port.address = endpoint_make(family, bytes, 0);
	}
}

/* Conditions of other kinds do not make a port less published. */
static void read_match(struct reading *reading, json_t *match)
{
	json_t *left = json_object_get(match, "left"), *right = json_object_get(match, "right");
	const char *key = string_of(json_object_get(left, "meta"), "key");
	const char *operator= string_of(match, "op"), *text = json_string_value(right);

	if (strcmp(operator, "==") != 0 && strcmp(operator, "in") != 0)
		return;
	if (json_object_get(left, "payload"))
		read_payload(reading, json_object_get(left, "payload"), right);
	else if (strcmp(key, "l4proto") == 0)
		read_protocols(reading, right);
	else if (strcmp(key, "iifname") == 0 && text && *text != '@') {
		reading->loopback = strcmp(text, "lo") == 0;
		snprintf(reading->port.interface, sizeof(reading->port.interface), "%.15s", text);
	}
}

static int read_dnat(struct reading *reading, json_t *dnat)
{
	json_t *address = json_object_get(dnat, "addr"), *port = json_object_get(dnat, "port");
	const char *family = string_of(dnat, "family");

	if (!*family)
		family = string_of(reading->rule, "family");
	reading->port.family = strcmp(family, "ip") == 0 ? 4 : strcmp(family, "ip6") == 0 ? 6 : 0;
	if (json_object_get(address, "map"))
		return add_map(reading, json_object_get(address, "map"), json_integer_value(port));
	print_target(reading, json_is_string(address) ? json_string_value(address) : "several",
		     json_integer_value(port));
	if (reading->ports)
		return add_values(reading, reading->ports);
	reading->list->unclear++;
	return 0;
}

static int read_redirect(struct reading *reading, json_t *redirect)
{
	const char *family = string_of(reading->rule, "family");

	reading->port.family = strcmp(family, "ip") == 0 ? 4 : strcmp(family, "ip6") == 0 ? 6 : 0;
	snprintf(reading->port.to, sizeof(reading->port.to), "redirect to port %d",
		 (int)json_integer_value(json_object_get(redirect, "port")));
	if (reading->ports)
		return add_values(reading, reading->ports);
	reading->list->unclear++;
	return 0;
}

/* Whether the rule is in a chain that only sees what this host sends. */
static bool is_outgoing(const struct reading *reading)
{
	json_t *entry, *chain;
	size_t i;

	json_array_foreach(reading->ruleset, i, entry)
	{
		chain = json_object_get(entry, "chain");
		if (chain &&
		    strcmp(string_of(chain, "name"), string_of(reading->rule, "chain")) == 0 &&
		    strcmp(string_of(chain, "table"), string_of(reading->rule, "table")) == 0 &&
		    strcmp(string_of(chain, "family"), string_of(reading->rule, "family")) == 0)
			return strcmp(string_of(chain, "hook"), "output") == 0;
	}
	return false;
}

static int read_rule(json_t *ruleset, json_t *rule, struct published_list *list, bool *foreign)
{
	struct reading reading = {.ruleset = ruleset, .rule = rule, .list = list};
	json_t *expression, *part;
	int code = 0;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, expression)
	{
		if ((part = json_object_get(expression, "match")))
			read_match(&reading, part);
		else if ((part = json_object_get(expression, "xt")))
			*foreign |= strcmp(string_of(part, "name"), "DNAT") == 0 ||
				    strcmp(string_of(part, "name"), "REDIRECT") == 0;
		else if (reading.loopback)
			continue;
		else if ((part = json_object_get(expression, "dnat")) && !is_outgoing(&reading))
			code = read_dnat(&reading, part);
		else if ((part = json_object_get(expression, "redirect")) && !is_outgoing(&reading))
			code = read_redirect(&reading, part);
		if (code)
			break;
	}
	return code;
}

int published_read_nft(const char *json, struct published_list *list, bool *foreign)
{
	json_t *root = json_loads(json, 0, NULL);
	json_t *ruleset = json_object_get(root, "nftables"), *entry, *rule;
	int code = json_is_array(ruleset) ? 0 : -EPROTO;
	size_t i;

	json_array_foreach(ruleset, i, entry)
	{
		rule = json_object_get(entry, "rule");
		if (rule)
			code = read_rule(ruleset, rule, list, foreign);
		if (code)
			break;
	}
	json_decref(root);
	return code;
}
