/* SPDX-License-Identifier: GPL-2.0-only */
/* Capture files. */
#include "unit.h"

#include "replay/capture.h"
#include <unistd.h>

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

static void interfaces_of_different_link_types_are_an_error_where_they_begin(void **state)
{
	struct file file = {.length = 0};

	(void)state;
	put_section(&file);
	put_interface(&file, ETHERNET);
	put_block(&file, 0, 1, "left");
	put_interface(&file, COOKED);
	put_block(&file, 1, 2, "rite");
	struct capture *capture = opened(&file);
	expect_packet(capture, 1000, "left", 4, CAPTURE_ETHERNET);
	expect_end(capture, -EPROTO, "different from the type of the first interface");
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
		cmocka_unit_test(interfaces_of_different_link_types_are_an_error_where_they_begin),
		cmocka_unit_test(link_types_that_can_be_judged_open_and_others_do_not),
		cmocka_unit_test(a_capture_that_ends_early_gives_what_it_has),
		cmocka_unit_test(what_is_no_capture_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
