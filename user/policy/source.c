/* SPDX-License-Identifier: GPL-2.0-only */
/* SRC: addresses and prefixes as words. */
#include "ports.h"
#include "scope.h"
#include "utf8.h"
#include "words.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const __u8 mapped_head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* A word while it is read. */
struct prefix_word {
	const char *text;
	char quoted[QUOTE_SIZE];
	struct error *error;
};

void words_print_prefix(const struct prefix *prefix, char text[WORDS_PREFIX_SIZE])
{
	char address[INET6_ADDRSTRLEN];

	if (prefix->family == 0) {
		snprintf(text, WORDS_PREFIX_SIZE, "any");
		return;
	}
	inet_ntop(prefix->family == 4 ? AF_INET : AF_INET6, prefix->address, address,
		  sizeof(address));
	if (prefix->length == prefix_length_max(prefix->family))
		snprintf(text, WORDS_PREFIX_SIZE, "%s", address);
	else
		snprintf(text, WORDS_PREFIX_SIZE, "%s/%u", address, prefix->length);
}

/* Whether the address has an octet or a group of digits like 010, which some read as octal. */
static bool has_leading_zero(const char *address)
{
	if (strspn(address, "0123456789.") != strlen(address))
		return false;
	for (const char *octet = address; octet; octet = strchr(octet, '.')) {
		octet += *octet == '.';
		if (octet[0] == '0' && octet[1] >= '0' && octet[1] <= '9')
			return true;
	}
	return false;
}

/* Says what is wrong with a word that is no address. */
static int address_refuse(const struct prefix_word *word, const char *address)
{
	const char *zone = strchr(address, '%');

	if (!*address)
		return error_set(word->error, -EINVAL,
				 "%s has no address: write it as in "
				 "10.0.0.0/8 or 2001:db8::/32",
				 word->quoted);
	if (strcmp(word->text, "any") == 0)
		return error_set(word->error, -EINVAL,
				 "\"any\" is not an address: for any source leave \"from\" out");
	if (zone && strchr(address, ':'))
		return error_set(word->error, -EINVAL,
				 "%s has a zone: write the address "
				 "alone, and the NIC as in \"on eth0\"",
				 word->quoted);
	if (has_leading_zero(address))
		return error_set(word->error, -EINVAL,
				 "%s is not an address: write it without leading zeros",
				 word->quoted);
	if (strspn(address, "0123456789.:abcdefABCDEF") == strlen(address))
		return error_set(word->error, -EINVAL,
				 "%s is not an IPv4 or IPv6 address: write "
				 "it as in 10.0.0.0/8 or 2001:db8::/32",
				 word->quoted);
	return error_set(word->error, -EINVAL,
			 "%s is not an IPv4 or IPv6 address; names of hosts are not looked up",
			 word->quoted);
}

static int address_read(const struct prefix_word *word, const char *address, struct prefix *prefix)
{
	if (inet_pton(AF_INET, address, prefix->address) == 1)
		prefix->family = 4;
	else if (inet_pton(AF_INET6, address, prefix->address) == 1)
		prefix->family = 6;
	else
		return address_refuse(word, address);
	prefix->length = (__u8)prefix_length_max(prefix->family);
	return 0;
}

static int length_read(const struct prefix_word *word, const char *text, struct prefix *prefix)
{
	unsigned length = 0;
	int err;

	if (!*text)
		return error_set(word->error, -EINVAL,
				 "%s has no prefix length after the "
				 "slash: write it as in 10.0.0.0/8",
				 word->quoted);
	err = number_read(text, strlen(text), "prefix length", prefix->length, &length,
			  word->error);
	if (!err)
		prefix->length = (__u8)length;
	return err;
}

static int host_bits_check(const struct prefix_word *word, const struct prefix *prefix)
{
	struct prefix corrected = prefix_shortened(prefix, prefix->length);
	char text[WORDS_PREFIX_SIZE];

	if (prefix_compare(prefix, &corrected) == 0)
		return 0;
	words_print_prefix(&corrected, text);
	return error_set(word->error, -EINVAL, "%s has host bits set: write %s", word->text, text);
}

/* Packets never carry such addresses: it would be a rule that silently never matches. */
static int mapped_check(const struct prefix_word *word, const struct prefix *prefix)
{
	struct prefix embedded = {.family = 4};
	char text[WORDS_PREFIX_SIZE];

	if (prefix->family != 6 || prefix->length < 96 ||
	    memcmp(prefix->address, mapped_head, sizeof(mapped_head)) != 0)
		return 0;
	embedded.length = prefix->length - 96;
	memcpy(embedded.address, prefix->address + sizeof(mapped_head), 4);
	words_print_prefix(&embedded, text);
	return error_set(word->error, -EINVAL,
			 "%s is an IPv4 address in the form of IPv6: write %s", word->quoted, text);
}

int words_read_prefix(const char *text, struct prefix *prefix, struct error *error)
{
	struct prefix_word word = {.text = text, .error = error};
	struct prefix read = {0};
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN + 1];
	int err;

	quote(word.quoted, text, strlen(text));
	if (length >= sizeof(address))
		return error_set(error, -EINVAL,
				 "%s is not an IPv4 or IPv6 address; "
				 "names of hosts are not looked up",
				 word.quoted);
	memcpy(address, text, length);
	address[length] = '\0';
	err = address_read(&word, address, &read);
	if (!err && slash)
		err = length_read(&word, slash + 1, &read);
	if (!err)
		err = host_bits_check(&word, &read);
	if (!err)
		err = mapped_check(&word, &read);
	if (!err)
		*prefix = read;
	return err;
}
