/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/input.h"
#include "cli/message.h"
#include "output/json.h"
#include "output/policy.h"
#include "state/limits.h"
#include "state/load.h"
#include <stdio.h>

static void write_json(const char *path, const struct loaded *file, bool ok, size_t rules)
{
	json_t *remarks = json_array();

	for (unsigned i = 0; i < file->diagnostics.count; i++) {
		const struct diagnostic *remark = &file->diagnostics.list[i];
		json_array_append_new(remarks,
				      json_pack("{s:s, s:i, s:i, s:o}", "severity",
						remark->warning ? "warning" : "error", "line",
						(int)remark->line, "column", (int)remark->column,
						"text", json_text(remark->text)));
	}
	json_write(json_pack("{s:o, s:b, s:s, s:I, s:o}", "file", json_text(path), "ok", (int)ok,
			     "default", action_name(file->policy.default_action), "rules",
			     (json_int_t)rules, "diagnostics", remarks),
		   stdout);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded file;
	const char *path = invocation->operands[0];
	enum exit_status status = input_file(invocation, path, "", &file);
	size_t rules = 0;

	if (status == STATUS_DONE) {
		struct error error = {""};
		int code = policy_count_rules(&file.policy, &rules);
		if (code == 0)
			code = limits_check(&file.policy, &file.attached, &error);
		if (code)
			return message_failure(invocation, code, &error);
	}
	if (option_given(invocation, OPTION_JSON))
		write_json(load_name(path), &file, status == STATUS_DONE, rules);
	else if (status == STATUS_DONE)
		message_done(invocation, "%s: ok: default %s, %zu rule%s", load_name(path),
			     action_name(file.policy.default_action), rules, rules == 1 ? "" : "s");
	return status;
}

const struct command command_check = {
	.name = "check",
	.run = run,
	.synopsis = "FILE|-",
	.summary = "look for mistakes in a policy file",
	.help = "Reads a policy from a file or from standard input and reports every mistake\n"
		"with its line and column. Touches nothing.\n",
	.examples = EXAMPLES("portfw check policy.new"),
	.options = OPTION_JSON | OPTION_QUIET,
	.operands_min = 1,
	.operands_max = 1,
};
