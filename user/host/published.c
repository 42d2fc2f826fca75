/* SPDX-License-Identifier: GPL-2.0-only */
#include "published.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "tool.h"

static bool same(const struct published_port *a, const struct published_port *b)
{
	return a->protocol == b->protocol && a->family == b->family && a->low == b->low &&
	       a->high == b->high && endpoint_equal(&a->address, &b->address) &&
	       strcmp(a->interface, b->interface) == 0 && strcmp(a->to, b->to) == 0;
}

int published_add(struct published_list *list, const struct published_port *port)
{
	struct published_port *grown;

	for (size_t i = 0; i < list->count; i++)
		if (same(&list->ports[i], port))
			return 0;
	grown = list_extend(list->ports, list->count, sizeof(*list->ports));
	if (!grown)
		return -ENOMEM;
	list->ports = grown;
	list->ports[list->count++] = *port;
	return 0;
}

void published_list_free(struct published_list *list)
{
	free(list->ports);
	*list = (struct published_list){NULL, 0, 0};
}

static int ask_nft(struct published_list *list, bool *foreign, struct error *error)
{
	static const char *const argv[] = {"nft", "-j", "list", "ruleset", NULL};
	char *output = NULL;
	int code = tool_run(argv, &output, error);

	if (code)
		return code;
	code = published_read_nft(output ? output : "", list, foreign);
	free(output);
	if (code == -EPROTO)
		return error_set(error, code, "nft printed what is not a list of its rules");
	return code ? error_set(error, code, "%s", strerror(-code)) : 0;
}

/* Without -t: the old iptables would load the kernel's nat table to show that it is empty. */
static int ask_iptables(__u8 family, struct published_list *list, struct error *error)
{
	const char *const argv[] = {family == 4 ? "iptables-save" : "ip6tables-save", NULL};
	char *output = NULL;
	int code = tool_run(argv, &output, error);

	if (code)
		return code;
	code = published_read_iptables(output ? output : "", family, list);
	free(output);
	return code ? error_set(error, code, "%s", strerror(-code)) : 0;
}

/* Whether the old iptables, not the one on top of nftables, has NAT rules. */
static bool has_old_nat(void)
{
	static const char *const files[] = {"/proc/net/ip_tables_names",
					    "/proc/net/ip6_tables_names"};
	bool found = false;
	char line[64];

	for (size_t i = 0; i < 2; i++) {
		FILE *file = fopen(files[i], "re");
		while (file && fgets(line, sizeof(line), file))
			found |= strcmp(line, "nat\n") == 0;
		if (file)
			fclose(file);
	}
	return found;
}

int published_list(struct published_list *list, struct error *error)
{
	bool foreign = false;
	int nft, four, six;

	*list = (struct published_list){NULL, 0, 0};
	nft = ask_nft(list, &foreign, error);
	if (nft == 0 && !foreign && !has_old_nat())
		return 0;
	if (nft && nft != -ENOENT)
		return nft;
	four = ask_iptables(4, list, error);
	six = four ? four : ask_iptables(6, list, error);
	if (four == -ENOENT)
		return error_set(error, -ENOENT,
				 nft ? "neither nft nor iptables-save is installed"
				     : "iptables-save, which shows the "
				       "rules of iptables, is not installed");
	return six == -ENOENT ? 0 : six;
}
