/* SPDX-License-Identifier: GPL-2.0-only */
#include "words.h"
#include "scope.h"
#include "target.h"
#include "utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sources {
	struct prefix *list;
	size_t count, capacity;
};

/* A rule while its words are read. */
struct rule_words {
	enum action action;
	bool in_file; /* else on a command line */
	__s64 now;
	struct sources sources; /* none: any source */
	char nic[IFNAMSIZ];
	__s64 until;
	const char *comment; /* NULL: none */
	unsigned seen;	     /* bit n: clauses[n] was given */
	struct error *error;
};

static void rule_words_free(struct rule_words *rule)
{
	free(rule->sources.list);
}
#define _cleanup_rule_words_ __attribute__((cleanup(rule_words_free)))

static int source_add(struct sources *sources, const struct prefix *prefix)
{
	if (sources->count == sources->capacity) {
		size_t capacity = sources->capacity ? 2 * sources->capacity : 1;
		struct prefix *list = reallocarray(sources->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		sources->list = list;
		sources->capacity = capacity;
	}
	sources->list[sources->count++] = *prefix;
	return 0;
}

/* One SRC of a list. */
static int source_read(struct rule_words *rule, const char *source, size_t length)
{
	char text[2 * WORDS_PREFIX_SIZE], quoted[QUOTE_SIZE];
	struct prefix prefix;
	int err;

	if (length >= sizeof(text))
		return error_set(rule->error, -EINVAL, "%s is too long for an IPv4 or IPv6 address",
				 quote(quoted, source, length));
	memcpy(text, source, length);
	text[length] = '\0';
	err = words_read_prefix(text, &prefix, rule->error);
	return err ? err : source_add(&rule->sources, &prefix);
}

static int from_read(struct rule_words *rule, const char *argument)
{
	const char *source = argument;
	char quoted[QUOTE_SIZE];

	for (;;) {
		size_t length = strcspn(source, ",");
		int err;

		if (length == 0)
			return error_set(rule->error, -EINVAL,
					 "%s has an empty place: write sources as in "
					 "10.0.0.0/8,2001:db8::/32",
					 quote(quoted, argument, strlen(argument)));
		err = source_read(rule, source, length);
		if (err || !source[length])
			return err;
		source += length + 1;
	}
}

static int on_read(struct rule_words *rule, const char *argument)
{
	int err = words_check_nic(argument, rule->error);

	if (!err)
		memcpy(rule->nic, argument, strlen(argument) + 1);
	return err;
}

static int for_read(struct rule_words *rule, const char *argument)
{
	__s64 seconds = 0;
	int err = words_read_duration(argument, &seconds, rule->error);

	if (err)
		return err;
	if (rule->now < 0 || rule->now > UNTIL_MAX - seconds)
		return error_set(rule->error, -EINVAL, "the clock of this host is wrong");
	rule->until = rule->now + seconds;
	return 0;
}

static int until_read(struct rule_words *rule, const char *argument)
{
	return words_read_time(argument, &rule->until, rule->error);
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
	const char *needs;
	int (*read)(struct rule_words *rule, const char *argument);
	const char *in_file;	/* NULL: fine there; else what is wrong with it */
	const char *in_command; /* the same for a command line */
	const char *in_delete;	/* and for `delete` */
} clauses[] = {
	{"from", "an address or prefix", from_read, NULL, NULL, NULL},
	{"on", "the name of a NIC", on_read, NULL, NULL, NULL},
	{"for", "a duration", for_read,
	 "\"for\" is for the command line: in a file write a time, as in \"until "
	 "2030-01-31T15:00:00Z\"",
	 NULL, "delete takes no duration"},
	{"until", "a time", until_read, NULL,
	 "\"until\" is for policy files: on the command line write a duration, as in \"for 30m\"",
	 "delete takes no time"},
	{"comment", "a text", comment_read, NULL, NULL, "delete takes no comment"},
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

static int clause_refuse(const struct rule_words *rule, const char *word)
{
	char quoted[QUOTE_SIZE];

	return error_set(rule->error, -EINVAL,
			 "unexpected word %s: after the target come \"from SRC\", \"on NIC\"%s",
			 quote(quoted, word, strlen(word)),
			 rule->action == ACTION_NONE ? ""
			 : rule->in_file	     ? ", \"until TIME\" and \"comment TEXT\""
						     : ", \"for DURATION\" and \"comment TEXT\"");
}

/* Reads the clause at words->text[at]. *bad_word is right for every error. */
static int clause_read(const struct words *words, size_t at, struct rule_words *rule,
		       size_t *bad_word)
{
	const struct clause *clause = clause_find(words->text[at]);
	const char *wrong;
	unsigned bit;

	*bad_word = at;
	if (!clause)
		return clause_refuse(rule, words->text[at]);
	wrong = rule->action == ACTION_NONE ? clause->in_delete : NULL;
	if (!wrong)
		wrong = rule->in_file ? clause->in_file : clause->in_command;
	if (wrong)
		return error_set(rule->error, -EINVAL, "%s", wrong);
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

/* One rule for each interval and source. */
static int rules_append(struct policy *policy, const struct port_ranges *ranges,
			const struct sources *sources, struct rule *rule)
{
	size_t count = policy->rule_count, source_count = sources->count ? sources->count : 1;
	bool normal = policy->normal;

	for (size_t i = 0; i < ranges->count * source_count; i++) {
		const struct port_range *range = &ranges->list[i / source_count];
		int err;

		if (sources->count)
			rule->source = sources->list[i % source_count];
		rule->proto = range->proto;
		rule->low = range->low;
		rule->high = range->high;
		err = policy_append(policy, rule);
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

int words_read_rule(const struct words *words, enum action action, unsigned line, __s64 now,
		    struct policy *policy, size_t *bad_word, struct error *error,
		    struct error *warning)
{
	_cleanup_rule_words_ struct rule_words read = {
		.action = action, .in_file = words->columns, .now = now, .error = error};
	_cleanup_port_ranges_ struct port_ranges ranges = {0};
	struct rule rule = {.action = action, .line = line};
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
		memcpy(rule.nic, read.nic, sizeof(rule.nic));
		rule.until = read.until;
		rule.comment = (char *)read.comment; /* only copied from */
		err = rules_append(policy, &ranges, &read.sources, &rule);
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
_Static_assert(sizeof(mode_names) / sizeof(*mode_names) == ATTACH_MODE_COUNT, "each has its name");

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
