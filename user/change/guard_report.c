/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guard says. */
#include "guard_parts.h"
#include "host/session.h"
#include <stdio.h>
#include <stdlib.h>

#define SESSIONS_SHOWN 10

static const struct guard_nic *first_nic(const struct guard *guard, __u32 nics)
{
	size_t i = 0;

	while (i + 1 < guard->nic_count && !(nics >> i & 1))
		i++;
	return &guard->nics[i];
}

/* "203.0.113.7 port 51234 to 192.0.2.1 port 22" */
#define ENDS_SIZE (2 * SESSION_END_SIZE + 8)
static void print_ends(const struct guard_session *session, char text[ENDS_SIZE])
{
	char from[SESSION_END_SIZE], to[SESSION_END_SIZE];

	session_print_end(&session->remote, from);
	session_print_end(&session->local, to);
	snprintf(text, ENDS_SIZE, "%s to %s", from, to);
}

enum exit_status guard_refuse(struct guard *guard, const struct guard_session *session)
{
	const struct guard_nic *nic = first_nic(guard, session->cut);
	const struct judge_packet packet = guard_packet(session);
	enum reason reason = judge_packet(&guard->new, nic->index, &packet);
	char *decider = judge_decider(&guard->new, nic->index, &packet, reason);
	char *advice = guard_advice(guard, session, nic, reason), *text = NULL;
	char ends[ENDS_SIZE];

	print_ends(session, ends);
	if (!decider || !advice ||
	    asprintf(&text, "%s (%s, on %s): %s decides; %s",
		     session->known ? "your ssh session" : "an ssh session that may be yours", ends,
		     nic->name, decider, advice) < 0)
		text = NULL;
	notes_add(guard->notes, guard->dry_run ? NOTE_WARNING : NOTE_ERROR, "%s %s",
		  guard->dry_run ? "this would be refused, it would cut off"
				 : "refused, it would cut off",
		  text ? text : "your ssh session");
	free(text);
	free(advice);
	free(decider);
	return guard->dry_run ? STATUS_DONE : STATUS_REFUSED;
}

void guard_report_cut(const struct guard *guard)
{
	const struct guard_sessions *sessions = &guard->sessions;
	const char *cuts = guard->dry_run ? "would cut" : "cuts";
	char ends[ENDS_SIZE], holder[GUARD_HOLDER_SIZE];
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < sessions->count; i++) {
		const struct guard_session *session = &sessions->list[i];
		bool held = session->cut && guard_holder(guard, session, holder);

		if (!session->cut || (session->operators && !guard->only_warns))
			continue;
		if (shown == SESSIONS_SHOWN) {
			more++;
			continue;
		}
		shown++;
		print_ends(session, ends);
		notes_add(guard->notes, NOTE_WARNING, "this %s %s session%s%s: %s", cuts,
			  session->known ? "your ssh" : "a", held ? " of " : "", held ? holder : "",
			  ends);
	}
	if (more)
		notes_add(guard->notes, NOTE_WARNING, "this %s %zu more sessions", cuts, more);
}

/* "eth0, eth1": the NICs but the tunnel itself. */
static void print_carriers(const struct guard *guard, unsigned tunnel, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < guard->nic_count && length < size; i++)
		if (guard->nics[i].ifindex != tunnel)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? ", " : "", guard->nics[i].name);
}

void guard_report_tunnels(const struct guard *guard)
{
	char carriers[MAX_NICS * (IFNAMSIZ + 2)], ends[ENDS_SIZE];

	for (size_t i = 0; i < guard->sessions.count; i++) {
		const struct guard_session *session = &guard->sessions.list[i];
		const struct interface *tunnel =
			network_interface(&guard->network, session->tunnel);

		if (!tunnel || !session->operators)
			continue;
		print_carriers(guard, tunnel->ifindex, carriers, sizeof(carriers));
		print_ends(session, ends);
		if (carriers[0])
			notes_add(guard->notes, NOTE_WARNING,
				  "cannot verify: %s (%s) comes through the tunnel %s, and "
				  "what carries it is judged on %s",
				  session->known ? "your session" : "a session that may be yours",
				  ends, tunnel->name, carriers);
	}
}
