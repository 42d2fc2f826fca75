/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps a session that a change would cut: tried out before it is said. */
#include "guard_parts.h"
#include "policy/reason.h"
#include "policy/words.h"
#include "state/history.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct judge_packet guard_packet(const struct guard_session *session)
{
	return (struct judge_packet){.protocol = IPPROTO_TCP,
				     .tcp_flags = JUDGE_ACK,
				     .source = session->remote,
				     .destination = session->local};
}

/* A rule that allows the operator to come in, on one NIC or, with "", on all. */
static struct rule rule_for(const struct guard_session *session, const char *nic)
{
	struct rule rule = {.proto = IPPROTO_TCP,
			    .low = session->local.port,
			    .high = session->local.port,
			    .source = endpoint_prefix(&session->remote),
			    .action = ACTION_ALLOW};

	snprintf(rule.nic, sizeof(rule.nic), "%s", nic);
	return rule;
}

static void print_rule(const struct rule *rule, char text[160])
{
	char source[WORDS_PREFIX_SIZE];

	words_print_prefix(&rule->source, source);
	snprintf(text, 160, "allow tcp %u from %s%s%s", rule->low, source, *rule->nic ? " on " : "",
		 rule->nic);
}

/* Whether the new policy is another one, rather than the old one edited. */
static bool is_replaced(const struct guard *guard)
{
	return guard->request && request_replaces(guard->request);
}

/* What the change would put into force if the rule had been there before, or in a policy that takes
 * the old one's place, now. */
static int try_rule(const struct guard *guard, const struct rule *rule, struct policy *tried)
{
	const struct request *request = guard->request;
	bool replaced = is_replaced(guard);
	bool of_file = guard->plan->whole || !guard->live->published;
	const struct policy *base = replaced  ? guard->policy
				    : of_file ? &guard->have->file.policy
					      : &guard->live->policy;
	int code = policy_copy(base, tried);

	if (code == 0)
		code = policy_append(tried, rule);
	if (code == 0)
		code = policy_normalise(tried, NULL);
	if (code == 0 && request->edit && !replaced)
		code = request->edit(tried, request->argument, NULL);
	return code ? code : policy_normalise(tried, NULL);
}

static bool rule_keeps(const struct guard *guard, const struct guard_session *session,
		       const struct rule *rule)
{
	const struct judge_packet packet = guard_packet(session);
	_cleanup_policy_ struct policy tried;
	_cleanup_judge_ struct judge judge = {.policy = NULL};
	bool keeps = true;

	policy_init(&tried);
	if (try_rule(guard, rule, &tried) ||
	    judge_make(&tried, (const char(*)[IFNAMSIZ])guard->names, &guard->live->deadlines,
		       &guard->live->now, &judge, NULL))
		return false;
	for (size_t i = 0; i < guard->nic_count; i++)
		if (session->cut >> i & 1)
			keeps &= reason_passes(judge_packet(&judge, guard->nics[i].index, &packet));
	return keeps;
}

/* Where a rule must be added for a policy that is taken from a file. */
static bool find_file(const struct guard *guard, char path[PATH_MAX])
{
	const struct request *request = guard->request;
	const char *given = request->given_path;
	unsigned number;

	path[0] = '\0';
	if (request->base == BASE_FILE) {
		snprintf(path, PATH_MAX, "%s", request->paths.policy);
	} else if (request->base == BASE_KEPT) {
		char policy[PATH_MAX];

		history_resolve(request->paths.policy, policy);
		if (history_find(policy, guard->plan->consumed + 1, &number, path, NULL))
			path[0] = '\0';
	} else if (given && strcmp(given, "-") != 0) {
		snprintf(path, PATH_MAX, "%s", given);
	}
	return path[0];
}

/* "keep it with `portfw allow tcp 22 from 203.0.113.7`"; "": no rule would. */
static int advise_rule(const struct guard *guard, const struct guard_session *session,
		       const struct guard_nic *nic, char **text)
{
	const char *const scopes[] = {"", nic->name};
	char words[160], path[PATH_MAX];

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		const struct rule rule = rule_for(session, scopes[i]);

		if (!rule_keeps(guard, session, &rule))
			continue;
		print_rule(&rule, words);
		if (!is_replaced(guard))
			return asprintf(text, "keep it with `portfw %s`", words);
		return asprintf(text, "to keep it, add `%s` to %s", words,
				find_file(guard, path) ? path : "the policy");
	}
	return asprintf(text, "%s", "");
}

static int advise_block(struct guard *guard, const struct guard_session *session, char **text)
{
	const struct judge_packet packet = guard_packet(session);
	char words[WORDS_PREFIX_SIZE] = "";
	struct prefix block;

	if (judge_block(&guard->new, &packet, &block))
		words_print_prefix(&block, words);
	return asprintf(text, guard->request ? "keep it with `portfw unblock %s`" : "leave %s out",
			words);
}

/* A trial beside NICs that are attached already is refused. */
static bool can_be_tried(const struct guard *guard)
{
	const struct request *request = guard->request;

	return request && request->can_be_tried && !request_is_trial(request) &&
	       !(guard->have->running && guard->plan->nic_count);
}

char *guard_advice(struct guard *guard, const struct guard_session *session,
		   const struct guard_nic *nic, enum reason reason)
{
	const char *trial = can_be_tried(guard) ? "--confirm 2m to try it" : "";
	char *keep = NULL, *text = NULL;
	int code = reason == REASON_BLOCKED ? advise_block(guard, session, &keep)
					    : advise_rule(guard, session, nic, &keep);

	if (code < 0)
		return NULL;
	if (asprintf(&text, "%s%s%s%s", keep, *keep ? ", or use " : "use ", trial,
		     *trial ? ", or --force" : "--force") < 0)
		text = NULL;
	free(keep);
	return text;
}
