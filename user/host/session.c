/* SPDX-License-Identifier: GPL-2.0-only */
#include "session.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define VARIABLE "SSH_CONNECTION"
#define ANCESTORS_MAX 1024

static bool read_port(const char *word, __u16 *port)
{
	unsigned long value;
	char *end;

	value = strtoul(word, &end, 10);
	if (end == word || *end || value > USHRT_MAX)
		return false;
	*port = (__u16)value;
	return true;
}

/* An address as sshd writes it: perhaps IPv4 in the form of IPv6, perhaps with a zone. */
static bool read_address(const char *word, struct endpoint *end)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(word, "%");
	__u8 bytes[16];
	int family;

	if (length >= sizeof(address))
		return false;
	memcpy(address, word, length);
	address[length] = '\0';
	family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, address, bytes) != 1)
		return false;
	*end = endpoint_make(family, bytes, 0);
	return true;
}

/* "CLIENT PORT SERVER PORT". */
static bool read_connection(const char *value, struct session *session)
{
	char client[64], client_port[8], server[64], server_port[8], excess;
	struct session read;

	if (sscanf(value, "%63s %7s %63s %7s %c", client, client_port, server, server_port,
		   &excess) != 4)
		return false;
	if (!read_address(client, &read.client) || !read_port(client_port, &read.client.port) ||
	    !read_address(server, &read.server) || !read_port(server_port, &read.server.port))
		return false;
	*session = read;
	return true;
}

/* The variable in the environment that a process was started with. */
static bool find_in_process(pid_t pid, struct session *session)
{
	char path[64], *entry = NULL;
	size_t size = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getdelim(&entry, &size, '\0', file) > 0)
		found = strncmp(entry, VARIABLE "=", sizeof(VARIABLE)) == 0 &&
			read_connection(entry + sizeof(VARIABLE), session);
	free(entry);
	fclose(file);
	return found;
}

/* 0: there is none, or it is outside of this PID namespace. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[256];
	long parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "PPid:", 5) == 0) {
			parent = strtol(line + 5, NULL, 10);
			break;
		}
	fclose(file);
	return (pid_t)parent;
}

bool session_find(struct session *session)
{
	const char *own = getenv(VARIABLE);
	pid_t pid = getppid();

	if (own && read_connection(own, session))
		return true;
	for (unsigned i = 0; i < ANCESTORS_MAX && pid > 0; i++) {
		if (find_in_process(pid, session))
			return true;
		pid = parent_of(pid);
	}
	return false;
}

void session_print_end(const struct endpoint *end, char text[SESSION_END_SIZE])
{
	char address[ENDPOINT_ADDRESS_SIZE];

	endpoint_print_address(end, address);
	snprintf(text, SESSION_END_SIZE, "%s port %u", address, end->port);
}
