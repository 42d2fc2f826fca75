/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a list of rules says of a packet, the naive way: one look at every rule, no set, no tree, no
 * table. Shares no code with the policy.
 */
#ifndef PORTFW_TESTS_REFERENCE_H
#define PORTFW_TESTS_REFERENCE_H

#include "policy/policy.h"
#include <string.h>

/* The states of one scope. Of the scopes that hold a packet no two are equally specific. */
struct reference_scope {
	enum action permanent, timed;
	__s64 until;
};

static inline bool reference_holds(const struct prefix *prefix, const struct prefix *address)
{
	if (prefix->family == 0)
		return true;
	if (prefix->family != address->family)
		return false;
	for (unsigned bit = 0; bit < prefix->length; bit++) {
		__u8 mask = (__u8)(0x80 >> bit % 8);

		if ((prefix->address[bit / 8] & mask) != (address->address[bit / 8] & mask))
			return false;
	}
	return true;
}

/* The rules are in the order in which they were given. */
static inline enum action reference_action(const struct rule *rules, size_t count, __u8 proto,
					   unsigned port, const char *nic,
					   const struct prefix *address, __s64 now)
{
	/* By specificity: any source, then by length; in each every NIC, then the NIC. */
	struct reference_scope scopes[2 * (1 + 129)] = {{ACTION_NONE, ACTION_NONE, 0}};

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[i];
		struct reference_scope *scope =
			&scopes[rule->source.family ? 2 * (1 + rule->source.length) : 0];

		if (rule->proto != proto || port < rule->low || port > rule->high ||
		    !reference_holds(&rule->source, address) ||
		    (*rule->nic && strcmp(rule->nic, nic) != 0))
			continue;
		if (*rule->nic)
			scope++;
		if (rule->until) {
			scope->timed = rule->action;
			scope->until = rule->until;
		} else {
			*scope = (struct reference_scope){rule->action, ACTION_NONE, 0};
		}
	}
	for (size_t i = sizeof(scopes) / sizeof(scopes[0]); i--;) {
		if (scopes[i].timed && now < scopes[i].until)
			return scopes[i].timed;
		if (scopes[i].permanent)
			return scopes[i].permanent;
	}
	return ACTION_NONE;
}

#endif
