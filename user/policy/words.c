/* SPDX-License-Identifier: GPL-2.0-only */
#include "words.h"
#include "scope.h"
#include "target.h"
#include "utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rule while its words are read. */
struct rule_words {
	enum action action;
	char nic[IFNAMSIZ];
	const char *comment; /* NULL: none */
	unsigned seen;	     /* bit n: clauses[n] was given */
	struct error *error;
};

static int on_read(struct rule_words *rule, const char *argument)
{
	int err = words_check_nic(argument, rule->error);

	if (!err)
		memcpy(rule->nic, argument, strlen(argument) + 1);
	return err;
}

static int comment_read(struct rule_words *rule, const char *argument)
{
	size_t length = strlen(argument), place;
	const char *fault;

	if (!utf8_check(argument, length, false, &place, &fault))
		return error_set(rule->error, -EINVAL, "the comment has %s at its byte %zu", fault,
				 place + 1);
	if (length > POLICY_COMMENT_MAX)
		return error_set(rule->error, -EINVAL,
				 "the comment is too long: %zu bytes, at most %d", length,
				 POLICY_COMMENT_MAX);
	rule->comment = length ? argument : NULL;
	return 0;
}

/* What may follow TARGET, in any order, each once. */
static const struct clause {
	const char *word;
	const char *needs;	 /* NULL: this build does not support it */
	const char *unsupported; /* what it does not support */
	int (*read)(struct rule_words *rule, const char *argument);
} clauses[] = {
	{"on", "the name of a NIC", NULL, on_read},
	{"comment", "a text", NULL, comment_read},
	{"from", NULL, "sources", NULL},
	{"for", NULL, "expiry", NULL},
	{"until", NULL, "expiry", NULL},
};

static const struct clause *clause_find(const char *word)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (strcmp(word, clauses[i].word) == 0)
			return &clauses[i];
	return NULL;
}

bool words_is_clause(const char *word)
{
	return clause_find(word) != NULL;
}

/* Reads the clause at words->text[at]. *bad_word is right for every error. */
static int clause_read(const struct words *words, size_t at, struct rule_words *rule,
		       size_t *bad_word)
{
	const struct clause *clause = clause_find(words->text[at]);
	char quoted[QUOTE_SIZE];
	unsigned bit;

	*bad_word = at;
	if (!clause)
		return error_set(rule->error, -EINVAL,
				 "unexpected word %s: after the target come \"on NIC\" and "
				 "\"comment TEXT\"",
				 quote(quoted, words->text[at], strlen(words->text[at])));
	if (!clause->needs)
		return error_set(rule->error, -EOPNOTSUPP,
				 "\"%s\": this build does not support %s yet", clause->word,
				 clause->unsupported);
	if (clause->read == comment_read && rule->action == ACTION_NONE)
		return error_set(rule->error, -EINVAL, "delete takes no comment");
	bit = 1u << (clause - clauses);
	if (rule->seen & bit)
		return error_set(rule->error, -EINVAL, "\"%s\" is given twice", clause->word);
	rule->seen |= bit;
	*bad_word = at + 1;
	if (at + 1 == words->count)
		return error_set(rule->error, -EINVAL, "\"%s\" needs %s", clause->word,
				 clause->needs);
	return clause->read(rule, words->text[at + 1]);
}

/* Takes back what was appended beyond the first `count` rules. */
static void policy_truncate(struct policy *policy, size_t count, bool normal)
{
	while (policy->rule_count > count)
		free(policy->rules[--policy->rule_count].comment);
	policy->normal = normal;
}

static int rules_append(struct policy *policy, const struct port_ranges *ranges,
			const struct rule *common)
{
	size_t count = policy->rule_count;
	bool normal = policy->normal;

	for (size_t i = 0; i < ranges->count; i++) {
		struct rule rule = *common;
		int err;

		rule.proto = ranges->list[i].proto;
		rule.low = ranges->list[i].low;
		rule.high = ranges->list[i].high;
		err = policy_append(policy, &rule);
		if (err) {
			policy_truncate(policy, count, normal);
			return err;
		}
	}
	return 0;
}

/* `all` starts at port 0 too, but means no port by itself. */
static void port_zero_warn(const struct port_ranges *ranges, struct error *warning)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (ranges->list[i].low == 0 && ranges->list[i].high != PORT_MAX)
			error_set(warning, 0, "port 0 is reserved");
}

int words_read_rule(const struct words *words, enum action action, unsigned line,
		    struct policy *policy, size_t *bad_word, struct error *error,
		    struct error *warning)
{
	struct rule_words read = {.action = action, .error = error};
	_cleanup_port_ranges_ struct port_ranges ranges = {0};
	struct rule common = {.action = action, .line = line};
	struct target target;
	size_t bad = 0;
	int err;

	if (warning)
		warning->text[0] = '\0';
	err = target_read(words, &target, &bad, error);
	if (!err)
		ranges = target.ranges;
	for (size_t at = err ? words->count : target.word_count; at < words->count && !err; at += 2)
		err = clause_read(words, at, &read, &bad);
	if (!err) {
		memcpy(common.nic, read.nic, sizeof(common.nic));
		common.comment = (char *)read.comment; /* only copied from */
		err = rules_append(policy, &ranges, &common);
	}
	if (err == -ENOMEM)
		error_set(error, err, "out of memory");
	if (err) {
		*bad_word = bad;
		return err;
	}
	if (action == ACTION_ALLOW)
		port_zero_warn(&ranges, warning);
	return 0;
}

int words_read_default(const struct words *words, enum action *action, size_t *bad_word,
		       struct error *error)
{
	static const struct {
		const char *word;
		enum action action;
	} defaults[] = {{"allow", ACTION_ALLOW}, {"deny", ACTION_DENY}};
	char quoted[QUOTE_SIZE];

	*bad_word = 0;
	if (words->count == 0)
		return error_set(error, -EINVAL, "\"default\" needs allow or deny");
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (strcmp(words->text[0], defaults[i].word) != 0)
			continue;
		if (words->count == 1) {
			*action = defaults[i].action;
			return 0;
		}
		*bad_word = 1;
		return error_set(error, -EINVAL, "unexpected word %s after the default",
				 quote(quoted, words->text[1], strlen(words->text[1])));
	}
	return error_set(error, -EINVAL, "%s is not a default: allow or deny",
			 quote(quoted, words->text[0], strlen(words->text[0])));
}

int words_check_nic(const char *name, struct error *error)
{
	size_t length = strlen(name);
	char quoted[QUOTE_SIZE];

	if (length == 0)
		return error_set(error, -EINVAL, "the name of the NIC is empty");
	quote(quoted, name, length);
	if (length >= IFNAMSIZ)
		return error_set(error, -EINVAL,
				 "%s is too long for the name of a NIC: at most %d bytes", quoted,
				 IFNAMSIZ - 1);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(error, -EINVAL, "%s cannot be the name of a NIC", quoted);
	for (const char *byte = name; *byte; byte++)
		if (*byte <= ' ' || *byte > '~' || *byte == '/' || *byte == ':')
			return error_set(error, -EINVAL,
					 "%s cannot be the name of a NIC: it has a blank, \"/\", "
					 "\":\" or a byte that is not printable ASCII",
					 quoted);
	return 0;
}

static const char *const mode_names[] = {
	[ATTACH_AUTO] = "auto",
	[ATTACH_NATIVE] = "native",
	[ATTACH_GENERIC] = "generic",
};

int words_read_mode(const char *word, enum attach_mode *mode, struct error *error)
{
	char quoted[QUOTE_SIZE];

	for (size_t i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
		if (strcmp(word, mode_names[i]) == 0) {
			*mode = (enum attach_mode)i;
			return 0;
		}
	return error_set(error, -EINVAL, "%s is not a mode: auto, native or generic",
			 quote(quoted, word, strlen(word)));
}

const char *words_mode_name(enum attach_mode mode)
{
	return mode_names[mode];
}
