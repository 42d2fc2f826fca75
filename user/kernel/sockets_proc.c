/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw sockets on kernels that were built without raw_diag (CONFIG_INET_RAW_DIAG). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockets_parts.h"

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

/* "sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode"; the
 * protocol stands where the local port is in other tables. false: the line of headings. */
static bool read_line(int address_family, const char *line, struct socket_info *info)
{
	char local[33], remote[33];
	unsigned protocol, state, uid;
	unsigned long long inode;

	if (sscanf(line, "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %u %*d %llu",
		   local, &protocol, remote, &state, &uid, &inode) != 6)
		return false;
	*info = (struct socket_info){
		.protocol = (__u8)protocol,
		.state = (__u8)state,
		.raw = true,
		.local = read_address(address_family, local),
		.remote = read_address(address_family, remote),
		.uid = uid,
		.inode = inode,
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
