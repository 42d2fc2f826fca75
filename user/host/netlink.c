/* SPDX-License-Identifier: GPL-2.0-only */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ATTEMPTS 16
/* A kernel fills up to 32 KiB at once if the reader has room for that. */
#define BUFFER_SIZE 65536
#define SEQUENCE 1 /* each attempt has a socket of its own */

#define INTERRUPTED 1 /* the answer is not one state of the kernel: ask again */

struct walk {
	unsigned port;
	netlink_each each;
	void *context;
	bool over;
};

/* What the kernel says at the end: of a dump NLMSG_DONE, with the errno of one that failed. */
static int read_end(const struct nlmsghdr *message)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	return code < 0 ? code : 0;
}

static int read_message(struct walk *walk, const struct nlmsghdr *message)
{
	int code;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return INTERRUPTED;
	switch (message->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return INTERRUPTED;
	case NLMSG_ERROR: /* struct nlmsgerr begins with the errno too */
	case NLMSG_DONE:
		walk->over = true;
		return read_end(message);
	default:
		code = walk->each(message, walk->context);
		return code < 0 ? code : 0;
	}
}

static int read_answer(struct walk *walk, const struct mnl_socket *socket)
{
	char buffer[BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

	while (!walk->over) {
		ssize_t received = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		const struct nlmsghdr *message = (const void *)buffer;
		int left = (int)received, code = 0;

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return errno == ENOBUFS ? INTERRUPTED : -errno;
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_seq == SEQUENCE && message->nlmsg_pid == walk->port)
				code = read_message(walk, message);
			if (code || walk->over)
				break;
		}
		if (code)
			return code;
	}
	return 0;
}

static int ask_once(int family, struct nlmsghdr *request, struct walk *walk)
{
	static const struct timeval patience = {.tv_sec = 5};
	struct mnl_socket *socket = mnl_socket_open2(family, SOCK_CLOEXEC);
	int code = 0;

	if (!socket)
		return -errno;
	/* Better an error than a command that hangs. */
	setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		code = -errno;
	walk->port = mnl_socket_get_portid(socket);
	request->nlmsg_pid = walk->port;
	if (!code && mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		code = -errno;
	if (!code)
		code = read_answer(walk, socket);
	mnl_socket_close(socket);
	return code;
}

int netlink_ask(int family, struct nlmsghdr *request, netlink_each each, void (*restart)(void *),
		void *context)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	/* A dump has an end of its own; the end of any other answer is its acknowledgement, since
	 * flags do not tell reliably whether more follows (conntrack's statistics say so). */
	request->nlmsg_flags |= dump ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = SEQUENCE;
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct walk walk = {.each = each, .context = context};
		int code;

		if (attempt && restart)
			restart(context);
		code = ask_once(family, request, &walk);
		if (code != INTERRUPTED)
			return code;
	}
	return -EAGAIN;
}

bool netlink_unsupported(int code)
{
	static const int codes[] = {-ENOENT, -EOPNOTSUPP, -EPROTONOSUPPORT, -EAFNOSUPPORT};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (code == codes[i])
			return true;
	return false;
}
