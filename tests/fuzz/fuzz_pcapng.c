/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a capture in pcapng: the reader ends, and each packet that it finds lies within its
 * block.
 *
 * clang -fsanitize=fuzzer,address,undefined, with what the Makefile calls PURE.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay/packet.h"
#include "replay/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Judges the bytes, so that a sanitizer looks at all of them. */
static void look(const struct pcapng_packet *read)
{
	struct captured captured = {
		.time = read->time,
		.bytes = read->bytes,
		.count = read->count,
		.length = read->length,
		.link = (enum capture_link)(read->link % (CAPTURE_LOOPBACK + 1)),
	};
	struct packet packet;
	volatile uint8_t sum = 0;

	for (uint32_t i = 0; i < read->count; i++)
		sum += read->bytes[i];
	packet_read(&captured, &packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcapng pcapng = {.file = NULL};
	struct pcapng_packet packet;
	struct error error = {""};
	size_t packets = 0;
	int code;

	if (size == 0)
		return 0;
	pcapng.file = fmemopen((void *)data, size, "rb");
	if (!pcapng.file)
		abort();
	while ((code = pcapng_next(&pcapng, &packet, &error)) == 1) {
		look(&packet);
		packets++;
	}
	if ((code != 0 && !error.text[0]) || packets > size / 16)
		abort();
	pcapng_free(&pcapng);
	fclose(pcapng.file);
	return 0;
}
