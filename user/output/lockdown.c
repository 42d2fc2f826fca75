/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"
#include "json.h"
#include "policy/words.h"

#define SHOWN_MAX 8

void lockdown_describe(const struct lockdown *lockdown, char text[LOCKDOWN_TEXT_SIZE])
{
	size_t count = lockdown->keep_count, shown = count < SHOWN_MAX ? count : SHOWN_MAX;
	char word[WORDS_PREFIX_SIZE], until[WORDS_TIME_SIZE];
	FILE *out = fmemopen(text, LOCKDOWN_TEXT_SIZE, "w");

	*text = '\0';
	if (!out)
		return;
	fputs(count ? "only to and from " : "nothing is kept", out);
	for (size_t i = 0; i < shown; i++) {
		words_print_prefix(&lockdown->keep[i], word);
		fprintf(out, "%s%s", i ? ", " : "", word);
	}
	if (shown < count)
		fprintf(out, " and %zu more", count - shown);
	if (lockdown->until) {
		words_print_time(lockdown->until, until);
		fprintf(out, ", until %s", until);
	}
	fclose(out);
}

json_t *lockdown_value(const struct lockdown_model *model)
{
	char word[WORDS_PREFIX_SIZE], until[WORDS_TIME_SIZE];
	json_t *keep;

	if (!model->on)
		return json_null();
	keep = json_array();
	for (size_t i = 0; i < model->lockdown.keep_count; i++) {
		words_print_prefix(&model->lockdown.keep[i], word);
		json_array_append_new(keep, json_string(word));
	}
	if (model->lockdown.until)
		words_print_time(model->lockdown.until, until);
	return json_pack("{s:o, s:o}", "keep", keep, "until",
			 json_text(model->lockdown.until ? until : NULL));
}

void lockdown_json(const struct lockdown_model *model, FILE *out)
{
	json_write(json_pack("{s:o}", "lockdown", lockdown_value(model)), out);
}
