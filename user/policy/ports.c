/* SPDX-License-Identifier: GPL-2.0-only */
#include "ports.h"
#include "scope.h"
#include "utf8.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static const char *const table_names[] = {
	[PORT_TABLE_TCP] = "tcp",
	[PORT_TABLE_UDP] = "udp",
	[PORT_TABLE_SCTP] = "sctp",
};
_Static_assert(sizeof(table_names) / sizeof(*table_names) == PORT_TABLE_COUNT, "each has its name");

/* A PORTS word while it is read. */
struct ports_word {
	const char *text;
	size_t length;
	const struct protocols *protocols;
	struct port_ranges *ranges;
	struct error *error;
};

void port_ranges_free(struct port_ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct port_ranges){0};
}

int port_ranges_add(struct port_ranges *ranges, __u8 proto, __u16 low, __u16 high)
{
	if (ranges->count == ranges->capacity) {
		size_t capacity = ranges->capacity ? 2 * ranges->capacity : 8;
		struct port_range *list = reallocarray(ranges->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		ranges->list = list;
		ranges->capacity = capacity;
	}
	ranges->list[ranges->count++] = (struct port_range){proto, low, high};
	return 0;
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool word_is(const char *word, size_t length, const char *text)
{
	return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* The bit of a protocol's port table, 0: not such a protocol. */
static unsigned table_bit(const char *word, size_t length)
{
	for (unsigned table = 0; table < PORT_TABLE_COUNT; table++)
		if (word_is(word, length, table_names[table]))
			return 1u << table;
	return 0;
}

/* Splits off the first element of a comma list: its length; *rest receives what follows the
 * comma, NULL after the last element. */
static size_t element_length(const char *list, const char *end, const char **rest)
{
	const char *comma = list < end ? memchr(list, ',', (size_t)(end - list)) : NULL;

	*rest = comma ? comma + 1 : NULL;
	return (size_t)((comma ? comma : end) - list);
}

int protocols_read(const char *word, size_t length, struct protocols *protocols,
		   struct error *error)
{
	struct protocols read = {0};
	const char *wrong = NULL, *rest;
	size_t wrong_length = 0;
	char quoted[QUOTE_SIZE], quoted_word[QUOTE_SIZE];

	if (word_is(word, length, "any")) {
		*protocols = (struct protocols){(1u << PORT_TABLE_COUNT) - 1, true};
		return 0;
	}
	for (const char *element = word; element; element = rest) {
		size_t element_size = element_length(element, word + length, &rest);
		unsigned bit = table_bit(element, element_size);

		read.tables |= bit;
		if (!bit && !wrong) {
			wrong = element;
			wrong_length = element_size;
		}
	}
	if (!read.tables)
		return -ENOENT;
	if (wrong)
		return error_set(error, -EINVAL,
				 "%s in %s is not a protocol with "
				 "ports: a list holds tcp, udp, sctp",
				 quote(quoted, wrong, wrong_length),
				 quote(quoted_word, word, length));
	*protocols = read;
	return 0;
}

int number_read(const char *word, size_t length, const char *what, unsigned max, unsigned *number,
		struct error *error)
{
	char quoted[QUOTE_SIZE];
	unsigned value = 0;
	size_t digits = 0;

	while (digits < length && word[digits] >= '0' && word[digits] <= '9') {
		if (value <= max)
			value = 10 * value + (unsigned)(word[digits] - '0');
		digits++;
	}
	quote(quoted, word, length);
	if (length == 0 || digits < length)
		return error_set(error, -EINVAL, "%s is not a %s: write a decimal number 0-%u",
				 quoted, what, max);
	if (length > 1 && word[0] == '0')
		return error_set(error, -EINVAL, "%s is not a %s: write it without leading zeros",
				 quoted, what);
	if (value > max)
		return error_set(error, -EINVAL, "%s %s is out of range: 0-%u", what, quoted, max);
	*number = value;
	return 0;
}

/* The port of a service, -1: no such service. The answers are remembered: getservbyname(3) reads
 * the file anew each time, 30 us, and a policy of thousands of lines names few services. */
static int service_port(const char *name, size_t length, enum port_table table)
{
	static struct {
		char name[32];
		int port;
	} memory[PORT_TABLE_COUNT][64];
	const struct servent *service;
	char text[sizeof(memory[0][0].name)];
	unsigned hash = 0;

	if (length == 0 ||
	    length >= sizeof(text)) /* IANA's service names have at most 15 bytes, RFC 6335 */
		return -1;
	memcpy(text, name, length);
	text[length] = '\0';
	for (size_t i = 0; i < length; i++)
		hash = 31 * hash + (unsigned char)text[i];
	hash %= sizeof(memory[0]) / sizeof(memory[0][0]);
	if (strcmp(memory[table][hash].name, text) != 0) {
		service = getservbyname(text, table_names[table]);
		memory[table][hash].port = service ? ntohs((__u16)service->s_port) : -1;
		memcpy(memory[table][hash].name, text, length + 1);
	}
	return memory[table][hash].port;
}

int service_read(const char *word, size_t length, struct port_ranges *ranges)
{
	int err = -ENOENT;

	for (int table = 0; table < PORT_TABLE_COUNT; table++) {
		int port = service_port(word, length, (enum port_table)table);

		if (port < 0)
			continue;
		err = port_ranges_add(ranges, table_protocol((enum port_table)table), (__u16)port,
				      (__u16)port);
		if (err)
			return err;
	}
	return err;
}

/* Adds an interval for each protocol of the word. */
static int ports_add(const struct ports_word *ports, __u16 low, __u16 high)
{
	int err = 0;

	for (int table = 0; table < PORT_TABLE_COUNT && !err; table++)
		if (ports->protocols->tables & 1u << table)
			err = port_ranges_add(ports->ranges, table_protocol((enum port_table)table),
					      low, high);
	return err;
}

/* A service name among the ports. Protocols that were named one by one must all have it. */
static int name_read(const struct ports_word *ports, const char *name, size_t length)
{
	const struct protocols *protocols = ports->protocols;
	char quoted[QUOTE_SIZE];
	bool found = false;

	for (int table = 0; table < PORT_TABLE_COUNT; table++) {
		int port, err;

		if (!(protocols->tables & 1u << table))
			continue;
		port = service_port(name, length, (enum port_table)table);
		if (port < 0 && protocols->any)
			continue;
		if (port < 0)
			return error_set(ports->error, -EINVAL,
					 "%s is not a %s service: see "
					 "/etc/services, or write the port number",
					 quote(quoted, name, length), table_names[table]);
		found = true;
		err = port_ranges_add(ports->ranges, table_protocol((enum port_table)table),
				      (__u16)port, (__u16)port);
		if (err)
			return err;
	}
	if (!found)
		return error_set(ports->error, -EINVAL,
				 "%s is not a service: see /etc/services, or write the port number",
				 quote(quoted, name, length));
	return 0;
}

/* "22", "80-90" or "80:90". */
static int range_read(const struct ports_word *ports, const char *range, size_t length)
{
	size_t low_length = 0;
	unsigned low = 0, high = 0;
	char quoted[QUOTE_SIZE];
	int err;

	while (low_length < length && range[low_length] != '-' && range[low_length] != ':')
		low_length++;
	/* With nothing before the dash ("-1") the whole is the wrong number. */
	err = number_read(range, low_length ? low_length : length, "port", PORT_MAX, &low,
			  ports->error);
	if (err)
		return err;
	if (low_length == length)
		return ports_add(ports, (__u16)low, (__u16)low);
	if (low_length + 1 == length)
		return error_set(ports->error, -EINVAL,
				 "the range %s has no end: write it as in 80-90",
				 quote(quoted, range, length));
	err = number_read(range + low_length + 1, length - low_length - 1, "port", PORT_MAX, &high,
			  ports->error);
	if (err)
		return err;
	if (low > high)
		return error_set(ports->error, -EINVAL, "the range %s runs backwards: write %u-%u",
				 quote(quoted, range, length), high, low);
	return ports_add(ports, (__u16)low, (__u16)high);
}

static int port_element_read(const struct ports_word *ports, const char *element, size_t length)
{
	char quoted[QUOTE_SIZE];

	if (length == 0)
		return error_set(ports->error, -EINVAL,
				 "%s has an empty place: write ports as in 80,443",
				 quote(quoted, ports->text, ports->length));
	if (word_is(element, length, "all"))
		return error_set(ports->error, -EINVAL, "%s: \"all\" stands by itself",
				 quote(quoted, ports->text, ports->length));
	if (is_letter(element[0]))
		return name_read(ports, element, length);
	return range_read(ports, element, length);
}

int ports_read(const char *word, size_t length, const struct protocols *protocols,
	       struct port_ranges *ranges, struct error *error)
{
	const struct ports_word ports = {word, length, protocols, ranges, error};
	const char *rest;
	int err = 0;

	if (length == 0)
		return error_set(error, -EINVAL,
				 "the ports are empty: write them as in 22, 80,443 or 8000-8100");
	if (word_is(word, length, "all"))
		return ports_add(&ports, 0, PORT_MAX);
	for (const char *element = word; element && !err; element = rest) {
		size_t element_size = element_length(element, word + length, &rest);

		err = port_element_read(&ports, element, element_size);
	}
	return err;
}
