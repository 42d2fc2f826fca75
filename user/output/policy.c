/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"
#include "duration.h"
#include "escape.h"
#include "json.h"
#include "policy/text_lines.h"
#include "policy/words.h"
#include "rule.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Time left ------------------------------------------------------------------------------- */

void time_left_print(__s64 seconds, char text[TIME_LEFT_SIZE])
{
	__s64 rest = duration_print(seconds, text), day = 24LL * 60 * 60;
	char second[DURATION_SIZE] = "";

	/* Below an hour one unit is precise enough. */
	if (seconds >= 60 * 60 && rest >= (seconds >= day ? 60 * 60 : 60))
		duration_print(rest, second);
	snprintf(text + strlen(text), TIME_LEFT_SIZE - strlen(text), "%s%s left",
		 *second ? " " : "", second);
}

/* --- Text ------------------------------------------------------------------------------------ */

/* The time in a line of canonical text, copied; "" in one without. A comment comes behind it. */
static void until_of(const char *line, char until[WORDS_TIME_SIZE])
{
	static const char word[] = " until ";
	const char *found = strstr(line, word), *comment = strstr(line, " comment \"");

	*until = '\0';
	if (found && (!comment || found < comment))
		snprintf(until, WORDS_TIME_SIZE, "%s", found + strlen(word));
}

/* Writes the lines of a text; behind those of timed rules the time left. */
static void write_lines(char *text, const struct times_left *left, FILE *out)
{
	bool terminal = isatty(fileno(out));
	char *rest = text, words[TIME_LEFT_SIZE], until[WORDS_TIME_SIZE];

	for (char *line = strsep(&rest, "\n"); line && rest; line = strsep(&rest, "\n")) {
		if (terminal)
			escape_write(line, out);
		else
			fputs(line, out);
		until_of(left->count ? line : "", until);
		if (*until)
			time_left_print(times_left_find(left, until), words);
		fprintf(out, "%s%s\n", *until ? " # " : "", *until ? words : "");
	}
}

int policy_write_text(const struct policy *policy, const struct attachments *attached,
		      const struct times_left *left, FILE *out)
{
	char *text = text_print(policy, attached);

	if (!text)
		return -ENOMEM;
	write_lines(text, left, out);
	free(text);
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------ */

int policy_write_json(const struct policy *policy, const struct attachments *attached,
		      const struct times_left *left, json_t *blocks, FILE *out)
{
	json_t *attach = json_array(), *rules = json_array();
	struct text_rules lines = {NULL, 0};
	int code = text_rules(policy, &lines);

	for (size_t i = 0; i < attached->count; i++)
		json_array_append_new(attach, json_text(attached->list[i].nic));
	for (size_t i = 0; code == 0 && i < lines.count; i++)
		json_array_append_new(rules, rule_parts_json(&lines.list[i], left));
	json_t *object =
		json_pack("{s:s, s:o, s:o, s:o}", "default", action_name(policy->default_action),
			  "attach", attach, "rules", rules, "blocks", blocks);
	if (code == 0)
		json_write(object, out);
	else
		json_decref(object);
	text_rules_free(&lines);
	return code;
}

int policy_count_rules(const struct policy *policy, size_t *count)
{
	_cleanup_text_spans_ struct text_spans spans = {0};
	int code = text_spans(policy, &spans);

	if (code == 0)
		*count = spans.count;
	return code;
}
