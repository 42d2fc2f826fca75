/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports of this host that NAT leads elsewhere, as those of containers are. */
#ifndef PORTFW_HOST_PUBLISHED_H
#define PORTFW_HOST_PUBLISHED_H

#include "net/endpoint.h"

#include "base/error.h"
#include <net/if.h>
#include <stddef.h>

enum published_by {
	PUBLISHED_NFTABLES,
	PUBLISHED_IPTABLES,
};

struct published_port {
	enum published_by by;
	__u8 protocol;		  /* TCP, UDP, SCTP */
	__u8 family;		  /* 4, 6; 0: both */
	struct endpoint address;  /* destination of the packets; family 0: any. Port 0 */
	char interface[IFNAMSIZ]; /* through which they arrive; "": any */
	__u16 low, high;
	char to[64]; /* "dnat to 172.17.0.2:80", "redirect to port 3129" */
};

struct published_list {
	struct published_port *ports;
	size_t count;
	size_t unclear; /* rules of which nobody can tell the ports */
};

/* Asks nft, and where that does not suffice iptables-save and ip6tables-save, for the rules of this
 * network namespace. 0 with an empty list where there are none; -ENOENT with a message: none of
 * these programs is installed; other errors: they could not say, and the message has the reason.
 * *list then has what was found so far, and must be freed in any case. */
int published_list(struct published_list *list, struct error *error);
void published_list_free(struct published_list *list);
#define _cleanup_published_list_ __attribute__((cleanup(published_list_free)))

/* The parts, for published.c. -ENOMEM; -EPROTO: not what the program usually prints. */
int published_add(struct published_list *list, const struct published_port *port);
/* `foreign`: there are rules of iptables, whose targets nft cannot show. */
int published_read_nft(const char *json, struct published_list *list, bool *foreign);
int published_read_iptables(const char *text, __u8 family, struct published_list *list);

#endif
