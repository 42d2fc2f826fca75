/* SPDX-License-Identifier: GPL-2.0-only */
#include "scope.h"
#include "text.h"
#include "text_group.h"
#include "words.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes behind which no further source is added to a line: with all else it stays below
 * TEXT_LINE_MAX. */
#define SOURCES_LENGTH_MAX 2800

/* Text that grows; `failed` sticks, so that only the end needs a check. */
struct buffer {
	char *text;
	size_t length, capacity;
	bool failed;
};

static void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
	if (buffer->failed)
		return;
	if (buffer->capacity - buffer->length <= length) {
		size_t capacity = 2 * (buffer->capacity + length) + 64;
		char *text = realloc(buffer->text, capacity);

		if (!text) {
			buffer->failed = true;
			return;
		}
		buffer->text = text;
		buffer->capacity = capacity;
	}
	memcpy(buffer->text + buffer->length, bytes, length);
	buffer->length += length;
	buffer->text[buffer->length] = '\0';
}

static void buffer_add(struct buffer *buffer, const char *text)
{
	buffer_add_bytes(buffer, text, strlen(text));
}

/* In double quotes, so that it reads back as one word. */
static void buffer_add_quoted(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_add(buffer, "\\");
		buffer_add_bytes(buffer, text, 1);
	}
	buffer_add(buffer, "\"");
}

/* The kernel lets a NIC be called `#1`: quoted where the reader would misread it. */
static void buffer_add_nic(struct buffer *buffer, const char *nic)
{
	if (strpbrk(nic, "#\"\\"))
		buffer_add_quoted(buffer, nic);
	else
		buffer_add(buffer, nic);
}

/* Hands over the text, NULL if memory ran out. */
static char *buffer_take(struct buffer *buffer)
{
	buffer_add(buffer, "");
	if (!buffer->failed)
		return buffer->text;
	free(buffer->text);
	return NULL;
}

const char *text_protocol_name(__u8 proto)
{
	static const char *const names[256] = {
		[IPPROTO_TCP] = "tcp",	 [IPPROTO_UDP] = "udp",	     [IPPROTO_SCTP] = "sctp",
		[IPPROTO_ICMP] = "icmp", [IPPROTO_ICMPV6] = "icmp6",
	};
	static char number[4];

	if (names[proto])
		return names[proto];
	snprintf(number, sizeof(number), "%u", proto);
	return number;
}

const char *action_name(enum action action)
{
	return action == ACTION_ALLOW ? "allow" : "deny";
}

static void buffer_add_protocol(struct buffer *buffer, __u8 proto)
{
	const char *name = text_protocol_name(proto);

	if (*name >= '0' && *name <= '9')
		buffer_add(buffer, "proto ");
	buffer_add(buffer, name);
}

static void buffer_add_number(struct buffer *buffer, unsigned number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buffer_add_bytes(buffer, digits + at, sizeof(digits) - at);
}

static void buffer_add_ports(struct buffer *buffer, const struct text_span *span)
{
	if (span->rules[0]->low == 0 && span->rules[0]->high == PORT_MAX) {
		buffer_add(buffer, "all");
		return;
	}
	for (size_t i = 0; i < span->count; i++) {
		const struct rule *rule = span->rules[i];

		if (i)
			buffer_add(buffer, ",");
		buffer_add_number(buffer, rule->low);
		if (rule->low == rule->high)
			continue;
		buffer_add(buffer, "-");
		buffer_add_number(buffer, rule->high);
	}
}

/* Of the rule; of a block that is printed with others also theirs, as many as fit. *more receives
 * the first one that did not. */
static void buffer_add_sources(struct buffer *buffer, const struct rule *rule,
			       const struct text_block *block, const struct text_block **more)
{
	size_t start = buffer->length;
	char source[WORDS_PREFIX_SIZE];

	buffer_add(buffer, " from ");
	words_print_prefix(block ? &block->spans[0].rules[0]->source : &rule->source, source);
	buffer_add(buffer, source);
	for (block = block ? block->next : NULL;
	     block && buffer->length - start < SOURCES_LENGTH_MAX; block = block->next) {
		words_print_prefix(&block->spans[0].rules[0]->source, source);
		buffer_add(buffer, ",");
		buffer_add(buffer, source);
	}
	*more = block;
}

/* The line of a span; `block`: with the sources of the blocks from this one on that are printed
 * together, of which *more receives the rest (NULL: none is left). */
static void buffer_add_line(struct buffer *buffer, const struct text_span *span,
			    const struct text_block *block, const struct text_block **more)
{
	const struct rule *rule = span->rules[0];

	*more = NULL;
	buffer_add(buffer, action_name(rule->action));
	buffer_add(buffer, " ");
	buffer_add_protocol(buffer, rule->proto);
	if (protocol_table(rule->proto) >= 0) {
		buffer_add(buffer, " ");
		buffer_add_ports(buffer, span);
	}
	if (rule->source.family)
		buffer_add_sources(buffer, rule, block, more);
	if (*rule->nic) {
		buffer_add(buffer, " on ");
		buffer_add_nic(buffer, rule->nic);
	}
	if (rule->until) {
		char until[WORDS_TIME_SIZE];

		words_print_time(rule->until, until);
		buffer_add(buffer, " until ");
		buffer_add(buffer, until);
	}
	if (rule->comment) {
		buffer_add(buffer, " comment ");
		buffer_add_quoted(buffer, rule->comment);
	}
}

static void buffer_add_span(struct buffer *buffer, const struct text_span *span)
{
	const struct text_block *none;

	buffer_add_line(buffer, span, NULL, &none);
}

/* Each line of a block, with all sources that share it. */
static void buffer_add_block(struct buffer *buffer, const struct text_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct text_block *sources = block;

		while (sources) {
			buffer_add_line(buffer, &block->spans[i], sources, &sources);
			buffer_add(buffer, "\n");
		}
	}
}

static void buffer_add_attachment(struct buffer *buffer, const struct attachment *attachment)
{
	buffer_add(buffer, "attach ");
	buffer_add_nic(buffer, attachment->nic);
	if (attachment->mode == ATTACH_AUTO)
		return;
	buffer_add(buffer, " ");
	buffer_add(buffer, words_mode_name(attachment->mode));
}

static void buffer_add_default(struct buffer *buffer, enum action action)
{
	buffer_add(buffer, "default ");
	buffer_add(buffer, action_name(action));
}

char *text_span_print(const struct text_span *span)
{
	struct buffer buffer = {0};

	buffer_add_span(&buffer, span);
	return buffer_take(&buffer);
}

char *text_attachment_print(const struct attachment *attachment)
{
	struct buffer buffer = {0};

	buffer_add_attachment(&buffer, attachment);
	return buffer_take(&buffer);
}

char *text_default_print(enum action action)
{
	struct buffer buffer = {0};

	buffer_add_default(&buffer, action);
	return buffer_take(&buffer);
}

char *text_print(const struct policy *policy, const struct attachments *attached)
{
	_cleanup_text_spans_ struct text_spans spans = {0};
	_cleanup_text_blocks_ struct text_blocks blocks = {NULL, 0};
	struct buffer buffer = {0};

	if (text_spans(policy, &spans) || text_blocks(&spans, &blocks))
		return NULL;
	for (size_t i = 0; attached && i < attached->count; i++) {
		buffer_add_attachment(&buffer, &attached->list[i]);
		buffer_add(&buffer, "\n");
	}
	buffer_add_default(&buffer, policy->default_action);
	buffer_add(&buffer, "\n");
	for (size_t i = 0; i < blocks.count; i++)
		if (!blocks.list[i].follows)
			buffer_add_block(&buffer, &blocks.list[i]);
	return buffer_take(&buffer);
}

/* Copies a text that need not be there; false: no memory. */
static bool copy_text(const char *text, const char **copy)
{
	*copy = text ? strdup(text) : NULL;
	return !text || *copy;
}

static int text_rule_fill(const struct text_span *span, struct text_rule *text)
{
	const struct rule *rule = span->rules[0];
	char source[WORDS_PREFIX_SIZE] = "", until[WORDS_TIME_SIZE] = "";
	struct buffer ports = {0};

	if (rule->source.family)
		words_print_prefix(&rule->source, source);
	if (rule->until)
		words_print_time(rule->until, until);
	text->action = rule->action;
	text->line = text_span_print(span);
	if (protocol_table(rule->proto) >= 0) {
		buffer_add_ports(&ports, span);
		text->ports = buffer_take(&ports);
		if (!text->ports)
			return -ENOMEM;
	}
	if (!text->line || !copy_text(text_protocol_name(rule->proto), &text->proto) ||
	    !copy_text(*source ? source : NULL, &text->from) ||
	    !copy_text(*rule->nic ? rule->nic : NULL, &text->nic) ||
	    !copy_text(*until ? until : NULL, &text->until) ||
	    !copy_text(rule->comment, &text->comment))
		return -ENOMEM;
	return 0;
}

int text_rules(const struct policy *policy, struct text_rules *rules)
{
	_cleanup_text_spans_ struct text_spans spans = {0};
	struct text_rules made = {0};
	int err = text_spans(policy, &spans);

	if (err)
		return err;
	made.list = calloc(spans.count + 1, sizeof(*made.list));
	if (!made.list)
		return -ENOMEM;
	for (; made.count < spans.count && !err; made.count++)
		err = text_rule_fill(&spans.list[made.count], &made.list[made.count]);
	if (err) {
		text_rules_free(&made);
		return err;
	}
	*rules = made;
	return 0;
}

int text_rule_of(const struct policy *policy, const struct rule *rule, struct text_rules *line)
{
	_cleanup_text_spans_ struct text_spans spans = {0};
	struct text_rules made = {calloc(1, sizeof(*made.list)), 1};
	const struct text_span *span;
	int err = made.list ? text_spans(policy, &spans) : -ENOMEM;

	span = err ? NULL : text_spans_find(&spans, rule);
	if (!err)
		err = span ? text_rule_fill(span, made.list) : -ENOENT;
	if (err) {
		made.count = made.list ? made.count : 0;
		text_rules_free(&made);
		return err;
	}
	*line = made;
	return 0;
}

char *policy_line_of(const struct policy *policy, const struct rule *rule)
{
	_cleanup_text_spans_ struct text_spans spans = {0};
	const struct text_span *span =
		text_spans(policy, &spans) ? NULL : text_spans_find(&spans, rule);

	return span ? text_span_print(span) : NULL;
}

void text_rules_free(struct text_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct text_rule *rule = &rules->list[i];
		const char *const parts[] = {rule->proto, rule->ports,	 rule->from, rule->nic,
					     rule->until, rule->comment, rule->line};

		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
			free((char *)parts[k]);
	}
	free(rules->list);
	*rules = (struct text_rules){0};
}
