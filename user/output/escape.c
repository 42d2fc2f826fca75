/* SPDX-License-Identifier: GPL-2.0-only */
#include "escape.h"
#include <stdbool.h>
#include <stdlib.h>

/* Bytes of the printable UTF-8 character at the start of `text`; 0: it is none. */
static unsigned printable(const unsigned char *text)
{
	unsigned length = text[0] < 0x80	 ? 1
			  : text[0] >> 5 == 0x06 ? 2
			  : text[0] >> 4 == 0x0e ? 3
			  : text[0] >> 3 == 0x1e ? 4
						 : 0;
	unsigned code = length == 1 ? text[0] : text[0] & (0x7fU >> length);
	static const unsigned lowest[] = {0, 0x20, 0xa0, 0x800, 0x10000};

	for (unsigned i = 1; i < length; i++) {
		if (text[i] >> 6 != 0x02)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	bool surrogate = code >= 0xd800 && code <= 0xdfff;
	if (length == 0 || code < lowest[length] || code == 0x7f || code > 0x10ffff || surrogate)
		return 0;
	return length;
}

void escape_write(const char *text, FILE *out)
{
	const unsigned char *byte = (const unsigned char *)text;

	while (*byte) {
		unsigned length = printable(byte);
		if (length)
			fwrite(byte, 1, length, out);
		else
			fprintf(out, "\\x%02x", *byte);
		byte += length ? length : 1;
	}
}

char *escape_text(const char *text)
{
	char *escaped = NULL;
	size_t length;
	FILE *out = open_memstream(&escaped, &length);

	if (!out)
		return NULL;
	escape_write(text, out);
	if (fclose(out)) {
		free(escaped);
		return NULL;
	}
	return escaped;
}
