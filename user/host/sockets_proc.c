/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw sockets on kernels that were built without raw_diag (CONFIG_INET_RAW_DIAG). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockets_proc.h"

#define WORD_DIGITS 8

/* An address as /proc/net prints it: words of network byte order, as this machine reads them. */
static struct endpoint read_address(int address_family, const char *text)
{
	size_t words = strlen(text) / WORD_DIGITS;
	__u32 address[4] = {};

	for (size_t i = 0; i < words && i < 4; i++) {
		char word[WORD_DIGITS + 1];

		memcpy(word, text + i * WORD_DIGITS, WORD_DIGITS);
		word[WORD_DIGITS] = '\0';
		address[i] = (__u32)strtoul(word, NULL, 16);
	}
	return endpoint_make(address_family, address, 0);
}

/* The columns that count; "sl" is 0. */
enum { COLUMN_LOCAL = 1, COLUMN_REMOTE, COLUMN_STATE, COLUMN_UID = 7, COLUMN_INODE = 9, COLUMNS };

/* "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode"; the
 * protocol stands where the local port is in other tables. Changes the line. false: the line of
 * headings. */
static bool read_line(int address_family, char *line, struct socket_info *info)
{
	char *words[COLUMNS], *rest = NULL, *protocol;
	size_t count = 0;

	for (char *word = strtok_r(line, " \n", &rest); word && count < COLUMNS;
	     word = strtok_r(NULL, " \n", &rest))
		words[count++] = word;
	protocol = count == COLUMNS ? strchr(words[COLUMN_LOCAL], ':') : NULL;
	if (!protocol)
		return false;
	*info = (struct socket_info){
		.protocol = (__u8)strtoul(protocol + 1, NULL, 16),
		.state = (__u8)strtoul(words[COLUMN_STATE], NULL, 16),
		.raw = true,
		.local = read_address(address_family, words[COLUMN_LOCAL]),
		.remote = read_address(address_family, words[COLUMN_REMOTE]),
		.uid = (__u32)strtoul(words[COLUMN_UID], NULL, 10),
		.inode = strtoull(words[COLUMN_INODE], NULL, 10),
	};
	return true;
}

int sockets_read_proc_raw(int address_family, struct socket_collector *collector)
{
	/* Of this thread: /proc/net is of the process. */
	const char *path = address_family == AF_INET ? "/proc/thread-self/net/raw"
						     : "/proc/thread-self/net/raw6";
	struct socket_info info;
	char line[512];
	int code = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!code && fgets(line, sizeof(line), file))
		if (read_line(address_family, line, &info))
			code = socket_collect(collector, &info);
	fclose(file);
	return code;
}
