/* SPDX-License-Identifier: GPL-2.0-only */
/* TARGET: what a rule speaks of. */
#ifndef PORTFW_POLICY_TARGET_H
#define PORTFW_POLICY_TARGET_H

#include "ports.h"
#include "words.h"

struct target {
	struct port_ranges ranges; /* of a protocol without ports: 0 to 65535 */
	size_t word_count;	   /* words that it took */
	size_t ports_word;	   /* the word that holds the ports */
};

/* Reads TARGET from the first words. Errors as words_read_rule(). On success the caller frees
 * target->ranges. */
int target_read(const struct words *words, struct target *target, size_t *bad_word,
		struct error *error);

/* Whether the word begins a clause behind TARGET: `on`, `from`, ... */
bool words_is_clause(const char *word);

#endif
