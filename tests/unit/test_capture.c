/* SPDX-License-Identifier: GPL-2.0-only */
/* Capture files. */
#include "unit.h"

#include "replay/capture.h"
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

/* --- Files ---------------------------------------------------------------------------------- */

struct file {
	unsigned char bytes[4096];
	size_t length;
	bool swapped; /* as a machine of the other byte order writes it */
};

static void put(struct file *file, const void *bytes, size_t length)
{
	assert_true(file->length + length <= sizeof(file->bytes));
	memcpy(file->bytes + file->length, bytes, length);
	file->length += length;
}

static void put32(struct file *file, uint32_t value)
{
	value = file->swapped ? __builtin_bswap32(value) : value;
	put(file, &value, sizeof(value));
}

static void put16(struct file *file, uint16_t value)
{
	value = file->swapped ? __builtin_bswap16(value) : value;
	put(file, &value, sizeof(value));
}

enum {
	MAGIC_MICROSECONDS = 0xa1b2c3d4,
	MAGIC_NANOSECONDS = 0xa1b23c4d,
	ETHERNET = 1,
	PPP = 9,
	RAW = 101,
	COOKED = 113,
	IPV4_ONLY = 228,
	COOKED2 = 276,
};

static void put_pcap_header(struct file *file, uint32_t magic, uint32_t link)
{
	put32(file, magic);
	put16(file, 2);
	put16(file, 4);
	put32(file, 0);
	put32(file, 0);
	put32(file, 65535);
	put32(file, link);
}

static void put_packet(struct file *file, uint32_t seconds, uint32_t fraction, const char *bytes,
		       uint32_t length)
{
	put32(file, seconds);
	put32(file, fraction);
	put32(file, (uint32_t)strlen(bytes));
	put32(file, length);
	put(file, bytes, strlen(bytes));
}

/* pcapng: section header, interface description and enhanced packet blocks (draft-ietf-opsawg-
 * pcapng). */
static void put_section(struct file *file)
{
	put32(file, 0x0a0d0d0a);
	put32(file, 28);
	put32(file, 0x1a2b3c4d);
	put16(file, 1);
	put16(file, 0);
	put32(file, 0xffffffff);
	put32(file, 0xffffffff);
	put32(file, 28);
}

static void put_interface(struct file *file, uint16_t link)
{
	put32(file, 1);
	put32(file, 20);
	put16(file, link);
	put16(file, 0);
	put32(file, 65535);
	put32(file, 20);
}

/* Of 4 bytes; times in microseconds. */
static void put_block(struct file *file, uint32_t interface, uint64_t time, const char *bytes)
{
	put32(file, 6);
	put32(file, 36);
	put32(file, interface);
	put32(file, (uint32_t)(time >> 32));
	put32(file, (uint32_t)time);
	put32(file, 4);
	put32(file, 4);
	put(file, bytes, 4);
	put32(file, 36);
}

static struct capture *open_file(const struct file *file, int expected, struct error *error)
{
	char path[] = "/tmp/portfw-capture-XXXXXX";
	struct capture *capture = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->bytes, file->length), file->length);
	close(fd);
	int code = capture_open(path, &capture, error);
	unlink(path);
	if (code != expected)
		fail_msg("%s: %s", strerror(-code), error->text);
	return capture;
}

static struct capture *opened(const struct file *file)
{
	struct error error = {""};

	return open_file(file, 0, &error);
}

static void expect_packet(struct capture *capture, uint64_t time, const char *bytes,
			  uint32_t length, enum capture_link link)
{
	struct captured packet = {0};
	struct error error = {""};

	if (capture_next(capture, &packet, &error) != 1)
		fail_msg("%s", error.text);
	assert_int_equal(packet.time, time);
	assert_int_equal(packet.count, strlen(bytes));
	assert_int_equal(packet.length, length);
	assert_memory_equal(packet.bytes, bytes, strlen(bytes));
	assert_int_equal(packet.link, link);
}

static void expect_end(struct capture *capture, int code, const char *text)
{
	struct captured packet;
	struct error error = {""};

	assert_int_equal(capture_next(capture, &packet, &error), code);
	if (!strstr(error.text, text))
		fail_msg("\"%s\" does not hold \"%s\"", error.text, text);
	capture_close(capture);
}

/* --- Tests ---------------------------------------------------------------------------------- */

static void pcap_of_both_byte_orders_and_resolutions_is_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct file file = {.swapped = i & 1};
		bool fine = i & 2;

		put_pcap_header(&file, fine ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS, ETHERNET);
		put_packet(&file, 1700000000, 123456, "one", 3);
		put_packet(&file, 1700000001, 0, "cut", 1500);
		struct capture *capture = opened(&file);
		expect_packet(capture, 1700000000000000000 + (fine ? 123456 : 123456000), "one", 3,
			      CAPTURE_ETHERNET);
		expect_packet(capture, 1700000001000000000, "cut", 1500, CAPTURE_ETHERNET);
		assert_int_equal(capture_progress(capture), 100);
		expect_end(capture, 0, "");
	}
}

static void times_of_pcap_go_on_after_2038(void **state)
{
	struct file file = {.length = 0};

	(void)state;
	put_pcap_header(&file, MAGIC_MICROSECONDS, ETHERNET);
	put_packet(&file, 0xffffffff, 999999, "last", 4);
	struct capture *capture = opened(&file);
	expect_packet(capture, 4294967295999999000, "last", 4, CAPTURE_ETHERNET);
	expect_end(capture, 0, "");
}

static void pcapng_is_read(void **state)
{
	struct file file = {.length = 0};

	(void)state;
	put_section(&file);
	put_interface(&file, ETHERNET);
	put_interface(&file, ETHERNET);
	put_block(&file, 0, 1700000000123456, "left");
	put_block(&file, 1, 1700000000123457, "rite");
	struct capture *capture = opened(&file);
	expect_packet(capture, 1700000000123456000, "left", 4, CAPTURE_ETHERNET);
	expect_packet(capture, 1700000000123457000, "rite", 4, CAPTURE_ETHERNET);
	expect_end(capture, 0, "");
}

/* An interface with options: its resolution, and an offset in seconds. */
static void put_clock(struct file *file, uint16_t link, uint32_t snaplen, uint8_t resolution,
		      uint64_t offset)
{
	uint64_t seconds = file->swapped ? __builtin_bswap64(offset) : offset;

	put32(file, 1);
	put32(file, 20 + 8 + 12 + 4);
	put16(file, link);
	put16(file, 0);
	put32(file, snaplen);
	put16(file, 9);
	put16(file, 1);
	put(file, (unsigned char[4]){resolution}, 4);
	put16(file, 14);
	put16(file, 8);
	put(file, &seconds, 8);
	put32(file, 0);
	put32(file, 20 + 8 + 12 + 4);
}

static void interfaces_may_differ_in_link_type_and_snapshot_length(void **state)
{
	struct file file = {.length = 0};

	(void)state;
	put_section(&file);
	put_interface(&file, ETHERNET);
	put_block(&file, 0, 1, "left");
	put_clock(&file, COOKED, 96, 6, 0);
	put_interface(&file, RAW);
	put_block(&file, 1, 2, "rite");
	put_block(&file, 2, 3, "rawp");
	put_block(&file, 0, 4, "ends");
	struct capture *capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_packet(capture, 2000, "rite", 4, CAPTURE_COOKED);
	expect_packet(capture, 3000, "rawp", 4, CAPTURE_RAW_IP);
	expect_packet(capture, 4000, "ends", 4, CAPTURE_ETHERNET);
	expect_end(capture, 0, "");
}

static void an_interface_that_cannot_be_judged_is_an_error_where_its_packets_are(void **state)
{
	struct file file = {.length = 0};
	struct error error = {""};

	(void)state;
	put_section(&file);
	put_interface(&file, PPP);
	put_interface(&file, ETHERNET);
	size_t begin = file.length;
	put_block(&file, 1, 1, "good");
	put_block(&file, 0, 2, "nope");
	struct capture *capture = opened(&file);
	expect_packet(capture, 1000, "good", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EOPNOTSUPP, "link type 9 cannot be judged");
	file.length = begin;
	put_block(&file, 0, 2, "nope");
	open_file(&file, -EOPNOTSUPP, &error);
}

static void times_of_pcapng_have_any_resolution(void **state)
{
	static const struct {
		uint8_t resolution;
		uint64_t offset, units, time;
	} cases[] = {
		{6, 0, 1700000000123456, 1700000000123456000},
		{9, 0, 1700000000123456789, 1700000000123456789},
		{3, 0, 1700000000123, 1700000000123000000},
		{0, 0, 1700000000, 1700000000000000000},
		{12, 0, 1700000123456789, 1700000123456},
		{20, 0, 1700000000000, 17},
		{0x80 | 1, 0, 3, 1500000000},
		{0x80 | 20, 0, (5ull << 20) + (1 << 19), 5500000000},
		{0x80 | 40, 0, (5ull << 40) + (1ull << 39), 5500000000},
		{0x80 | 70, 0, ~0ull, 15624999},
		{6, 1700000000, 5, 1700000000000005000},
		{6, (uint64_t)-3, 5000001, 2000001000},
		{6, (uint64_t)-9, 5000000, 0},
		{0, 0, ~0ull, 18446744072000000000ull},
		{0, INT64_MAX, 5, 18446744072000000000ull},
		{127, 0, ~0ull, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (unsigned swapped = 0; swapped < 2; swapped++) {
			struct file file = {.swapped = swapped};

			put_section(&file);
			put_clock(&file, ETHERNET, 0, cases[i].resolution, cases[i].offset);
			put_block(&file, 0, cases[i].units, "some");
			struct capture *capture = opened(&file);
			expect_packet(capture, cases[i].time, "some", 4, CAPTURE_ETHERNET);
			expect_end(capture, 0, "");
		}
	}
}

/* A block of some type with these bytes, whose number is a multiple of 4. */
static void put_any(struct file *file, uint32_t type, const char *bytes, size_t length)
{
	put32(file, type);
	put32(file, (uint32_t)length + 12);
	put(file, bytes, length);
	put32(file, (uint32_t)length + 12);
}

static void other_blocks_are_passed_over_and_sections_begin_anew(void **state)
{
	static const char many[2000];
	struct file file = {.length = 0};

	(void)state;
	put_section(&file);
	put_any(&file, 5, many, sizeof(many));
	put_interface(&file, ETHERNET);
	put_any(&file, 0x80000bad, "comment.", 8);
	put_block(&file, 0, 1, "left");
	put_any(&file, 3, "\4\0\0\0rite", 8);
	file.swapped = true;
	put_section(&file);
	put_interface(&file, RAW);
	put_block(&file, 0, 2, "swap");
	struct capture *capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_packet(capture, 1000, "rite", 4, CAPTURE_ETHERNET);
	expect_packet(capture, 2000, "swap", 4, CAPTURE_RAW_IP);
	expect_end(capture, 0, "");
}

static void a_pcapng_that_is_broken_says_how(void **state)
{
	struct file file = {.length = 0};
	struct capture *capture;

	(void)state;
	put_section(&file);
	put_interface(&file, ETHERNET);
	put_block(&file, 0, 1, "left");
	size_t whole = file.length;
	put_block(&file, 1, 2, "rite");
	capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EPROTO, "an interface that is not described");

	file.length = whole;
	put_block(&file, 0, 2, "rite");
	for (size_t end = file.length - 1; end > whole; end--) {
		file.length = end;
		capture = opened(&file);
		expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
		expect_end(capture, -EPROTO, "ends in the middle of a block");
	}
	file.length = whole + 36;
	file.bytes[file.length - 4] = 40;
	capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EPROTO, "two lengths of a block differ");
	file.bytes[whole + 20] = 5; /* bytes of the packet */
	file.bytes[file.length - 4] = 36;
	capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EPROTO, "longer than its block");
	file.bytes[whole + 4] = 8;
	capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EPROTO, "a block with a wrong length");
}

/* --- Compressed ----------------------------------------------------------------------------- */

static struct file packed(const struct file *file)
{
	struct file made = {.length = 0};
	char path[] = "/tmp/portfw-capture-XXXXXX";
	int fd = mkstemp(path);
	gzFile out = gzdopen(dup(fd), "wb");

	assert_int_equal(gzwrite(out, file->bytes, (unsigned)file->length), file->length);
	assert_int_equal(gzclose(out), Z_OK);
	ssize_t length = pread(fd, made.bytes, sizeof(made.bytes), 0);
	assert_true(length > 0);
	made.length = (size_t)length;
	close(fd);
	unlink(path);
	return made;
}

static void a_capture_that_gzip_packed_is_read(void **state)
{
	struct file pcap = {.length = 0}, pcapng = {.length = 0};

	(void)state;
	put_pcap_header(&pcap, MAGIC_MICROSECONDS, ETHERNET);
	put_packet(&pcap, 1, 1, "some", 4);
	put_section(&pcapng);
	put_interface(&pcapng, ETHERNET);
	put_block(&pcapng, 0, 1000001, "some");
	for (unsigned i = 0; i < 2; i++) {
		struct file file = packed(i ? &pcapng : &pcap);
		struct capture *capture = opened(&file);

		expect_packet(capture, 1000001000, "some", 4, CAPTURE_ETHERNET);
		assert_true(capture_progress(capture) > 50);
		expect_end(capture, 0, "");
		file.length -= 4;
		capture = opened(&file);
		expect_packet(capture, 1000001000, "some", 4, CAPTURE_ETHERNET);
		expect_end(capture, -EPROTO, "the compressed file ends in the middle");
	}
}

static void other_compressions_name_what_unpacks_them(void **state)
{
	static const struct {
		const char *begin, *tool;
	} cases[] = {
		{"\x28\xb5\x2f\xfd....", "`zstd -dc FILE | portfw replay -`"},
		{"\xfd"
		 "7zXZ...",
		 "`xz -dc FILE | portfw replay -`"},
		{"BZh91AY&", "`bzip2 -dc FILE | portfw replay -`"},
		{"\x04\x22\x4d\x18....", "`lz4 -dc FILE | portfw replay -`"},
		{"PK\x03\x04....", "`unzip -p FILE | portfw replay -`"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct file file = {.length = 0};
		struct error error = {""};

		put(&file, cases[i].begin, 8);
		open_file(&file, -EPROTO, &error);
		if (!strstr(error.text, cases[i].tool))
			fail_msg("%s", error.text);
	}
}

static void link_types_that_can_be_judged_open_and_others_do_not(void **state)
{
	static const struct {
		uint32_t type;
		enum capture_link link;
	} good[] = {
		{ETHERNET, CAPTURE_ETHERNET}, {RAW, CAPTURE_RAW_IP},	   {COOKED, CAPTURE_COOKED},
		{COOKED2, CAPTURE_COOKED2},   {IPV4_ONLY, CAPTURE_RAW_IP}, {0, CAPTURE_LOOPBACK},
	};
	struct error error = {""};
	struct file file = {.length = 0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		file.length = 0;
		put_pcap_header(&file, MAGIC_MICROSECONDS, good[i].type);
		put_packet(&file, 1, 1, "some", 4);
		struct capture *capture = opened(&file);
		expect_packet(capture, 1000001000, "some", 4, good[i].link);
		expect_end(capture, 0, "");
	}
	file.length = 0;
	put_pcap_header(&file, MAGIC_MICROSECONDS, PPP);
	open_file(&file, -EOPNOTSUPP, &error);
	assert_non_null(strstr(error.text, "link type PPP (9)"));
}

static void a_capture_that_ends_early_gives_what_it_has(void **state)
{
	struct file file = {.length = 0};

	(void)state;
	put_pcap_header(&file, MAGIC_MICROSECONDS, ETHERNET);
	put_packet(&file, 1, 1, "whole", 5);
	size_t first = file.length;
	put_packet(&file, 1, 1, "half", 4);
	for (size_t end = file.length - 1; end > first; end--) {
		file.length = end;
		struct capture *capture = opened(&file);
		expect_packet(capture, 1000001000, "whole", 5, CAPTURE_ETHERNET);
		expect_end(capture, -EPROTO, "truncated dump file");
	}
}

static void what_is_no_capture_is_refused_in_words(void **state)
{
	struct file file = {.length = 0};
	struct capture *capture;
	struct error error = {""};

	(void)state;
	open_file(&file, -EPROTO, &error);
	put(&file, "default deny\nallow tcp 22\n", 26);
	open_file(&file, -EPROTO, &error);
	assert_non_null(strstr(error.text, "not a capture (pcap or pcapng): "));
	assert_int_equal(capture_open("/nonexistent", &capture, &error), -ENOENT);
	assert_string_equal(error.text, "No such file or directory");
	assert_int_equal(capture_open("/", &capture, &error), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_of_both_byte_orders_and_resolutions_is_read),
		cmocka_unit_test(times_of_pcap_go_on_after_2038),
		cmocka_unit_test(pcapng_is_read),
		cmocka_unit_test(interfaces_may_differ_in_link_type_and_snapshot_length),
		cmocka_unit_test(
			an_interface_that_cannot_be_judged_is_an_error_where_its_packets_are),
		cmocka_unit_test(times_of_pcapng_have_any_resolution),
		cmocka_unit_test(other_blocks_are_passed_over_and_sections_begin_anew),
		cmocka_unit_test(a_pcapng_that_is_broken_says_how),
		cmocka_unit_test(a_capture_that_gzip_packed_is_read),
		cmocka_unit_test(other_compressions_name_what_unpacks_them),
		cmocka_unit_test(link_types_that_can_be_judged_open_and_others_do_not),
		cmocka_unit_test(a_capture_that_ends_early_gives_what_it_has),
		cmocka_unit_test(what_is_no_capture_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
