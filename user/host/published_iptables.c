/* SPDX-License-Identifier: GPL-2.0-only */
/* What iptables-save prints, as far as it leads ports elsewhere. */
#include "published.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 128

/* A line that begins with -A, cut into words. */
struct line {
	char *words[WORDS_MAX];
	size_t count;
};

/* Comments are in quotes, if there are blanks in them. */
static void cut(char *text, struct line *line)
{
	bool quoted = false, inside = false;

	line->count = 0;
	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			text++;
		} else if (*text == '"') {
			quoted = !quoted;
		} else if (*text == ' ' && !quoted) {
			*text = '\0';
			inside = false;
			continue;
		}
		if (!inside && line->count < WORDS_MAX)
			line->words[line->count++] = text;
		inside = true;
	}
}

/* The word behind an option; NULL: it is not there, or says what packets are not. */
static const char *value(const struct line *line, const char *option)
{
	for (size_t i = 0; i + 1 < line->count; i++)
		if (strcmp(line->words[i], option) == 0)
			return i && strcmp(line->words[i - 1], "!") == 0 ? NULL
									 : line->words[i + 1];
	return NULL;
}

static __u8 protocol_of(const char *name)
{
	if (name && strcmp(name, "tcp") == 0)
		return IPPROTO_TCP;
	if (name && strcmp(name, "udp") == 0)
		return IPPROTO_UDP;
	return name && strcmp(name, "sctp") == 0 ? IPPROTO_SCTP : 0;
}

/* An address with a length that says that it is one; other prefixes are left out. */
static struct endpoint address_of(const char *word, __u8 family)
{
	struct endpoint none = {.family = 0};
	__u8 bytes[16];
	char text[INET6_ADDRSTRLEN];
	size_t length = word ? strcspn(word, "/") : 0;

	if (!word || length >= sizeof(text) ||
	    (word[length] && strcmp(word + length, family == 4 ? "/32" : "/128") != 0))
		return none;
	memcpy(text, word, length);
	text[length] = '\0';
	if (inet_pton(family == 4 ? AF_INET : AF_INET6, text, bytes) != 1)
		return none;
	return endpoint_make(family == 4 ? AF_INET : AF_INET6, bytes, 0);
}

/* "80,443,5000:5010". */
static int add_ports(const char *ports, struct published_port *port, struct published_list *list)
{
	int code = 0;

	while (*ports && code == 0) {
		char *end;
		unsigned long low = strtoul(ports, &end, 10), high = low;

		if (*end == ':')
			high = strtoul(end + 1, &end, 10);
		if (end == ports || (*end && *end != ',') || low > high || high > 65535) {
			list->unclear++;
			break;
		}
		port->low = (__u16)low;
		port->high = (__u16)high;
		code = published_add(list, port);
		ports = *end ? end + 1 : end;
	}
	return code;
}

static int read_rule(const struct line *line, __u8 family, struct published_list *list)
{
	const char *target = value(line, "-j"), *ports = value(line, "--dport");
	const char *to = value(line, "--to-destination"), *interface = value(line, "-i");
	bool redirect = target && strcmp(target, "REDIRECT") == 0;
	struct published_port port = {.by = PUBLISHED_IPTABLES, .family = family};

	if (!target || (strcmp(target, "DNAT") != 0 && !redirect) ||
	    strcmp(line->words[1], "OUTPUT") == 0)
		return 0;
	if (!ports)
		ports = value(line, "--dports");
	port.protocol = protocol_of(value(line, "-p"));
	if (!ports || !port.protocol) {
		list->unclear++;
		return 0;
	}
	port.address = address_of(value(line, "-d"), family);
	if (interface)
		snprintf(port.interface, sizeof(port.interface), "%.15s", interface);
	if (redirect)
		to = value(line, "--to-ports");
	snprintf(port.to, sizeof(port.to), "%s %.40s", redirect ? "redirect to port" : "dnat to",
		 to ? to : "?");
	return add_ports(ports, &port, list);
}

int published_read_iptables(const char *text, __u8 family, struct published_list *list)
{
	char *copy = strdup(text), *rest = copy;
	bool nat = false;
	int code = copy ? 0 : -ENOMEM;

	for (char *word = strsep(&rest, "\n"); word && code == 0; word = strsep(&rest, "\n")) {
		struct line line;

		if (*word == '*')
			nat = strcmp(word, "*nat") == 0;
		if (!nat || strncmp(word, "-A ", 3) != 0)
			continue;
		cut(word, &line);
		if (line.count > 2)
			code = read_rule(&line, family, list);
	}
	free(copy);
	return code;
}
