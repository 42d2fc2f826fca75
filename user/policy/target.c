/* SPDX-License-Identifier: GPL-2.0-only */
#include "target.h"
#include "scope.h"
#include "text.h"
#include "utf8.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* TARGET while it is read. */
struct reading {
	const struct words *words;
	struct target *target;
	size_t bad_word;
	struct error *error;
};

static const char *quote_word(char buffer[QUOTE_SIZE], const char *word)
{
	return quote(buffer, word, strlen(word));
}

/* The second word, NULL if a clause or nothing follows the first. */
static const char *second_word(const struct words *words)
{
	if (words->count < 2 || words_is_clause(words->text[1]))
		return NULL;
	return words->text[1];
}

static int protocol_add(struct reading *reading, unsigned proto)
{
	return port_ranges_add(&reading->target->ranges, (__u8)proto, 0, PORT_MAX);
}

/* icmp, icmp6: the first word is all there is. */
static int icmp_read(struct reading *reading)
{
	const char *name = reading->words->text[0], *second = second_word(reading->words);
	char quoted[QUOTE_SIZE];

	reading->target->word_count = 1;
	if (!second)
		return protocol_add(reading,
				    strcmp(name, "icmp") == 0 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	reading->bad_word = 1;
	return error_set(reading->error, -EINVAL, "%s has no ports: leave %s out", name,
			 quote_word(quoted, second));
}

/* The number of a protocol by name, for names that the text itself uses and those of the host. */
static int protocol_number(const char *name)
{
	static const __u8 own[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
				   IPPROTO_ICMPV6};
	const struct protoent *entry;

	for (size_t i = 0; i < sizeof(own); i++)
		if (strcmp(name, text_protocol_name(own[i])) == 0)
			return own[i];
	entry = getprotobyname(name);
	return entry && entry->p_proto >= 0 && entry->p_proto <= 255 ? entry->p_proto : -ENOENT;
}

static int protocol_word_read(struct reading *reading, const char *word, unsigned *number)
{
	bool numeric = strchr("-+.0123456789", word[0]) != NULL; /* also the empty word */
	char quoted[QUOTE_SIZE];
	int found;

	if (numeric)
		return number_read(word, strlen(word), "protocol number", 255, number,
				   reading->error);
	found = protocol_number(word);
	if (found < 0)
		return error_set(reading->error, -EINVAL,
				 "%s is not an IP protocol: see "
				 "/etc/protocols, or write its number 0-255",
				 quote_word(quoted, word));
	*number = (unsigned)found;
	return 0;
}

/* proto NAME|NUMBER. */
static int proto_read(struct reading *reading)
{
	const char *word = second_word(reading->words);
	unsigned number = 0;
	int err;

	reading->target->word_count = 2;
	reading->bad_word = 1;
	if (!word)
		return error_set(reading->error, -EINVAL,
				 "\"proto\" needs a protocol: write "
				 "it as in proto esp or proto 47");
	err = protocol_word_read(reading, word, &number);
	if (err)
		return err;
	if (protocol_table((__u8)number) >= 0)
		return error_set(reading->error, -EINVAL, "%s is judged by ports: write \"%s all\"",
				 text_protocol_name((__u8)number),
				 text_protocol_name((__u8)number));
	return protocol_add(reading, number);
}

/* PORTS/PROTO. */
static int slash_read(struct reading *reading)
{
	const char *word = reading->words->text[0], *slash = strchr(word, '/');
	const char *proto = slash + 1;
	struct protocols protocols;
	char quoted[QUOTE_SIZE], quoted_word[QUOTE_SIZE];
	int err;

	reading->target->word_count = 1;
	quote_word(quoted_word, word);
	if (slash == word)
		return error_set(reading->error, -EINVAL,
				 "%s has no ports before the slash: write it as in 22/tcp",
				 quoted_word);
	if (!*proto)
		return error_set(reading->error, -EINVAL,
				 "%s has no protocol after the slash: write it as in 22/tcp",
				 quoted_word);
	if (strcmp(proto, "icmp") == 0 || strcmp(proto, "icmp6") == 0)
		return error_set(reading->error, -EINVAL, "%s has no ports: write %s instead of %s",
				 proto, proto, quoted_word);
	err = protocols_read(proto, strlen(proto), &protocols, reading->error);
	if (err == -ENOENT)
		return error_set(reading->error, -EINVAL,
				 "%s in %s is not a protocol with ports: tcp, udp, sctp or any",
				 quote_word(quoted, proto), quoted_word);
	if (err)
		return err;
	return ports_read(word, (size_t)(slash - word), &protocols, &reading->target->ranges,
			  reading->error);
}

/* PROTO PORTS. */
static int ports_word_read(struct reading *reading, const struct protocols *protocols)
{
	const char *proto = reading->words->text[0], *ports = second_word(reading->words);
	char quoted[QUOTE_SIZE];

	reading->target->word_count = 2;
	reading->target->ports_word = 1;
	reading->bad_word = 1;
	quote_word(quoted, proto);
	if (!ports)
		return error_set(reading->error, -EINVAL,
				 "%s needs ports: write \"%s 22\" or \"%s all\"", quoted, proto,
				 proto);
	return ports_read(ports, strlen(ports), protocols, &reading->target->ranges,
			  reading->error);
}

/* What starts with a digit can only be ports whose protocol is missing. */
static int bare_ports_read(struct reading *reading)
{
	static const struct protocols tcp = {1u << PORT_TABLE_TCP, false};
	const char *word = reading->words->text[0];
	char quoted[QUOTE_SIZE];
	int err;

	err = ports_read(word, strlen(word), &tcp, &reading->target->ranges, reading->error);
	if (err)
		return err;
	return error_set(reading->error, -EINVAL,
			 "%s has no protocol: write \"tcp %.60s\" or \"%.60s/tcp\"",
			 quote_word(quoted, word), word, word);
}

/* The last resort: a service name, or a word that nothing explains. */
static int name_target_read(struct reading *reading)
{
	static const char *const keywords[] = {"tcp",  "udp",	"sctp", "any",
					       "icmp", "icmp6", "proto"};
	const char *word = reading->words->text[0];
	char quoted[QUOTE_SIZE];
	int err;

	reading->target->word_count = 1;
	err = service_read(word, strlen(word), &reading->target->ranges);
	if (err != -ENOENT)
		return err;
	quote_word(quoted, word);
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcasecmp(word, keywords[i]) == 0)
			return error_set(reading->error, -EINVAL, "%s is not known: write %s",
					 quoted, keywords[i]);
	if (strcmp(word, "all") == 0)
		return error_set(reading->error, -EINVAL,
				 "\"all\" has no protocol: write \"tcp all\" or \"any all\"");
	if (protocol_number(word) >= 0)
		return error_set(reading->error, -EINVAL,
				 "%s is not a service: for the IP protocol write \"proto %.24s\"",
				 quoted, word);
	return error_set(reading->error, -EINVAL,
			 "%s is neither a protocol nor a service: write it as in tcp 22, 22/tcp, "
			 "ssh, proto esp or icmp",
			 quoted);
}

static int first_word_read(struct reading *reading)
{
	static const struct {
		const char *word;
		int (*read)(struct reading *reading);
	} forms[] = {{"icmp", icmp_read}, {"icmp6", icmp_read}, {"proto", proto_read}};
	const char *word = reading->words->text[0];
	struct protocols protocols;
	int err;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(word, forms[i].word) == 0)
			return forms[i].read(reading);
	if (strchr(word, '/'))
		return slash_read(reading);
	err = protocols_read(word, strlen(word), &protocols, reading->error);
	if (!err)
		return ports_word_read(reading, &protocols);
	if (err != -ENOENT)
		return err;
	if (word[0] >= '0' && word[0] <= '9')
		return bare_ports_read(reading);
	return name_target_read(reading);
}

int target_read(const struct words *words, struct target *target, size_t *bad_word,
		struct error *error)
{
	struct target read = {0};
	struct reading reading = {.words = words, .target = &read, .error = error};
	int err;

	if (words->count == 0 || words_is_clause(words->text[0])) {
		*bad_word = 0;
		return error_set(error, -EINVAL,
				 "a target is missing: write it as in tcp 22, 22/tcp, ssh or icmp");
	}
	err = first_word_read(&reading);
	if (err) {
		*bad_word = reading.bad_word;
		port_ranges_free(&read.ranges);
		return err;
	}
	*target = read;
	return 0;
}
