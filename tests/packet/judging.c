/* SPDX-License-Identifier: GPL-2.0-only */
#include "judging.h"

#include <stdio.h>
#include <string.h>

#include <policy/compile.h>
#include <policy/text.h>

bool compile_text(const char *text, struct slot *slot)
{
	static const char nics[MAX_NICS][IFNAMSIZ] = {"eth0", "eth1"};
	struct policy policy _cleanup_policy_ = {};
	struct diagnostics diagnostics = {};
	struct error error = {};

	policy_init(&policy);
	if (text_parse(text, strlen(text), &policy, &diagnostics)) {
		printf("policy line %u: %s\n", diagnostics.list[0].line, diagnostics.list[0].text);
		return false;
	}
	if (policy_compile(&policy, nics, slot, &error)) {
		printf("policy: %s\n", error.text);
		return false;
	}
	return true;
}

const char *reason_name(enum reason reason)
{
	static const char *const names[REASON_COUNT] = {"none",
#define X(name, spelling, verdict, meaning) [REASON_##name] = spelling,
							REASONS(X)
#undef X
	};

	return reason < REASON_COUNT ? names[reason] : "unknown";
}

const char *answer_text(struct answer answer)
{
	static char texts[2][64];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	if (answer.proto)
		snprintf(text, sizeof(*texts), "%s, counted for protocol %u port %u",
			 reason_name(answer.reason), answer.proto, answer.port);
	else
		snprintf(text, sizeof(*texts), "%s, not counted for a port",
			 reason_name(answer.reason));
	return text;
}

void print_frame(const unsigned char *frame, size_t length)
{
	size_t shown = length < 512 ? length : 512;

	printf("frame of %zu bytes: ", length);
	for (size_t i = 0; i < shown; i++)
		printf("%02x", frame[i]);
	printf("%s\n", shown < length ? "..." : "");
}
