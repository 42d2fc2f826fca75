/* SPDX-License-Identifier: GPL-2.0-only */
#include "utf8.h"
#include <stdio.h>

const char *quote(char buffer[QUOTE_SIZE], const char *word, size_t length)
{
	static const char end[] = "...\"";
	char *out = buffer;

	*out++ = '"';
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)word[i];

		if (out - buffer > QUOTE_SIZE - 4 - (int)sizeof(end)) {
			snprintf(out, sizeof(end), "%s", end);
			return buffer;
		}
		if (byte < 0x20 || byte > 0x7e)
			out += snprintf(out, 5, "\\x%02x", byte);
		else
			*out++ = (char)byte;
	}
	*out++ = '"';
	*out = '\0';
	return buffer;
}

/* The length of the character that begins here, 0: not valid; *code receives its number. */
static size_t utf8_decode(const unsigned char *text, size_t length, unsigned *code)
{
	static const struct {
		unsigned char mask, lead;
		unsigned length, lowest; /* a longer form than needed is not valid */
	} forms[] = {
		{0x80, 0x00, 1, 0},
		{0xe0, 0xc0, 2, 0x80},
		{0xf0, 0xe0, 3, 0x800},
		{0xf8, 0xf0, 4, 0x10000},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned value = text[0] & (unsigned char)~forms[i].mask;

		if ((text[0] & forms[i].mask) != forms[i].lead)
			continue;
		if (forms[i].length > length)
			return 0;
		for (size_t k = 1; k < forms[i].length; k++) {
			if ((text[k] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (text[k] & 0x3f);
		}
		if (value < forms[i].lowest || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff)) /* surrogates */
			return 0;
		*code = value;
		return forms[i].length;
	}
	return 0;
}

static const char *code_fault(unsigned code)
{
	static char text[64];

	if (code == 0)
		return "a NUL byte: this is not a text";
	if (code == '\r')
		return "a carriage return: lines end with a newline alone";
	snprintf(text, sizeof(text), "a control character (U+%04X)", code);
	return text;
}

bool utf8_check(const char *text, size_t length, bool tabs, size_t *place, const char **fault)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned code = 0;
	size_t i = 0;

	while (i < length) {
		size_t step = 1;

		if ((bytes[i] >= 0x20 && bytes[i] < 0x7f) || (bytes[i] == '\t' && tabs)) {
			i++;
			continue;
		}
		step = utf8_decode(bytes + i, length - i, &code);
		if (step == 0 || code < 0xa0) {
			*place = i;
			*fault = step ? code_fault(code) : "not valid UTF-8";
			return false;
		}
		i += step;
	}
	return true;
}
