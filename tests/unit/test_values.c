/* SPDX-License-Identifier: GPL-2.0-only */
/* SRC, DURATION and TIME: what they mean, and what is said of wrong ones. */
#include "unit.h"

static const struct {
	const char *word, *message;
} wrong_prefixes[] = {
	{"10.0.0.1/8", "10.0.0.1/8 has host bits set: write 10.0.0.0/8"},
	{"10.0.0.1/31", "10.0.0.1/31 has host bits set: write 10.0.0.0/31"},
	{"0.0.0.1/0", "0.0.0.1/0 has host bits set: write 0.0.0.0/0"},
	{"2001:db8::1/32", "2001:db8::1/32 has host bits set: write 2001:db8::/32"},
	{"2001:db8::1/127", "2001:db8::1/127 has host bits set: write 2001:db8::/127"},
	{"::ffff:0:0/90", "::ffff:0:0/90 has host bits set: write ::ffc0:0:0/90"},
	{"::ffff:10.0.0.1", "\"::ffff:10.0.0.1\" is an IPv4 address in the form of IPv6: write "
			    "10.0.0.1"},
	{"::ffff:a00:0/104",
	 "\"::ffff:a00:0/104\" is an IPv4 address in the form of IPv6: write 10.0.0.0/8"},
	{"::ffff:0:0/96",
	 "\"::ffff:0:0/96\" is an IPv4 address in the form of IPv6: write 0.0.0.0/0"},
	{"fe80::1%eth0",
	 "\"fe80::1%eth0\" has a zone: write the address alone, and the NIC as in \"on "
	 "eth0\""},
	{"010.0.0.1", "\"010.0.0.1\" is not an address: write it without leading zeros"},
	{"10.0.0.01/8", "\"10.0.0.01/8\" is not an address: write it without leading zeros"},
	{"10.0.0.0/08", "\"08\" is not a prefix length: write it without leading zeros"},
	{"10.0.0.0/33", "prefix length \"33\" is out of range: 0-32"},
	{"::/129", "prefix length \"129\" is out of range: 0-128"},
	{"10.0.0.0/-1", "\"-1\" is not a prefix length: write a decimal number 0-32"},
	{"10.0.0.0/255.0.0.0", "\"255.0.0.0\" is not a prefix length: write a decimal number 0-32"},
	{"10.0.0.0/",
	 "\"10.0.0.0/\" has no prefix length after the slash: write it as in 10.0.0.0/8"},
	{"/8", "\"/8\" has no address: write it as in 10.0.0.0/8 or 2001:db8::/32"},
	{"10.0.0", "\"10.0.0\" is not an IPv4 or IPv6 address: write it as in 10.0.0.0/8 or "
		   "2001:db8::/32"},
	{"10.0.0.256",
	 "\"10.0.0.256\" is not an IPv4 or IPv6 address: write it as in 10.0.0.0/8 or "
	 "2001:db8::/32"},
	{"167772161", "\"167772161\" is not an IPv4 or IPv6 address: write it as in 10.0.0.0/8 or "
		      "2001:db8::/32"},
	{"1::2::3", "\"1::2::3\" is not an IPv4 or IPv6 address: write it as in 10.0.0.0/8 or "
		    "2001:db8::/32"},
	{"0x0a000001", "\"0x0a000001\" is not an IPv4 or IPv6 address; names of hosts are not "
		       "looked up"},
	{"[::1]", "\"[::1]\" is not an IPv4 or IPv6 address; names of hosts are not looked up"},
	{"example.org",
	 "\"example.org\" is not an IPv4 or IPv6 address; names of hosts are not looked up"},
	{"any", "\"any\" is not an address: for any source leave \"from\" out"},
};

static void wrong_sources_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong_prefixes); i++) {
		struct prefix prefix = {.family = 99};
		struct error error = {0};

		if (words_read_prefix(wrong_prefixes[i].word, &prefix, &error) != -EINVAL)
			fail_msg("%s", wrong_prefixes[i].word);
		assert_string_equal(error.text, wrong_prefixes[i].message);
		assert_int_equal(prefix.family, 99);
	}
}

static void sources_print_in_one_form(void **state)
{
	static const struct {
		const char *word, *text;
	} cases[] = {
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"10.0.5.7/32", "10.0.5.7"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::/0", "::/0"},
		{"2001:DB8:0:0::1/128", "2001:db8::1"},
		{"2001:db8:0:0:0:0:2:0/111", "2001:db8::2:0/111"},
		{"::192.0.2.1", "::192.0.2.1"},
		{"64:ff9b::192.0.2.0/120", "64:ff9b::c000:200/120"},
	};
	char text[WORDS_PREFIX_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error error = {0};
		struct prefix prefix, again;

		assert_int_equal(words_read_prefix(cases[i].word, &prefix, &error), 0);
		words_print_prefix(&prefix, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(words_read_prefix(text, &again, &error), 0);
		assert_memory_equal(&prefix, &again, sizeof(prefix));
	}
	words_print_prefix(&(struct prefix){0}, text);
	assert_string_equal(text, "any");
}

static void durations_are_whole_seconds(void **state)
{
	static const struct {
		const char *word;
		__s64 seconds;
		const char *message;
	} cases[] = {
		{"90s", 90, NULL},
		{"30m", 1800, NULL},
		{"12h", 43200, NULL},
		{"7d", 604800, NULL},
		{"1s", 1, NULL},
		{"3650d", 315360000, NULL},
		{"315360000s", 315360000, NULL},
		{"3651d", 0, "the duration \"3651d\" is too long: at most 3650d"},
		{"315360001s", 0, "the duration \"315360001s\" is too long: at most 3650d"},
		{"99999999999999999999d", 0,
		 "the duration \"99999999999999999999d\" is too long: at most 3650d"},
		{"0d", 0, "the duration \"0d\" is too short: at least 1s"},
		{"30", 0, "\"30\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"m", 0, "\"m\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"", 0, "\"\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"1h30m", 0, "\"1h30m\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"-1s", 0, "\"-1s\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"1.5h", 0, "\"1.5h\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"1w", 0, "\"1w\" is not a duration: write it as in 90s, 30m, 12h or 7d"},
		{"030m", 0, "\"030m\" is not a duration: write it without leading zeros"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error error = {0};
		__s64 seconds = 0;
		int err = words_read_duration(cases[i].word, &seconds, &error);

		assert_string_equal(error.text, cases[i].message ? cases[i].message : "");
		assert_int_equal(err, cases[i].message ? -EINVAL : 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void times_are_dates_that_exist(void **state)
{
	static const struct {
		const char *word;
		__s64 time;
	} right[] = {
		{"1970-01-01T00:00:01Z", 1},	      {"2000-02-29T23:59:59Z", 951868799},
		{"2024-02-29T00:00:00Z", 1709164800}, {"2026-01-01T00:00:00Z", TEST_NOW},
		{"2030-01-31T15:00:00Z", 1896102000}, {"2038-01-19T03:14:08Z", 2147483648},
		{"2100-03-01T00:00:00Z", 4107542400}, {"9999-12-31T23:59:59Z", 253402300799},
	};
	static const char *const no_form[] = {
		"",
		"2030-01-31",
		"2030-01-31 15:00:00Z",
		"2030-01-31T15:00:00",
		"2030-01-31T15:00:00z",
		"2030-01-31t15:00:00Z",
		"2030-01-31T15:00:00+00:00",
		"2030-01-31T15:00:00.5Z",
		"2030-1-31T15:00:00Z",
		"20300-01-31T15:00:00Z",
		"+030-01-31T15:00:00Z",
	};
	static const char *const no_date[] = {
		"2030-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2030-04-31T00:00:00Z",
		"2030-00-10T00:00:00Z", "2030-13-10T00:00:00Z", "2030-01-00T00:00:00Z",
		"2030-01-32T00:00:00Z", "2030-01-31T24:00:00Z", "2030-01-31T15:60:00Z",
		"2030-01-31T23:59:60Z", "0000-00-00T00:00:00Z",
	};
	struct error error = {0};
	char text[WORDS_TIME_SIZE], message[256];
	__s64 time = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(right); i++) {
		assert_int_equal(words_read_time(right[i].word, &time, &error), 0);
		assert_int_equal(time, right[i].time);
		words_print_time(time, text);
		assert_string_equal(text, right[i].word);
	}
	for (size_t i = 0; i < COUNT_OF(no_form); i++) {
		assert_int_equal(words_read_time(no_form[i], &time, &error), -EINVAL);
		snprintf(message, sizeof(message),
			 "\"%s\" is not a time in UTC: write it as in 2030-01-31T15:00:00Z",
			 no_form[i]);
		assert_string_equal(error.text, message);
	}
	for (size_t i = 0; i < COUNT_OF(no_date); i++) {
		assert_int_equal(words_read_time(no_date[i], &time, &error), -EINVAL);
		snprintf(message, sizeof(message), "the time \"%s\" does not exist", no_date[i]);
		assert_string_equal(error.text, message);
	}
	assert_int_equal(words_read_time("1969-12-31T23:59:59Z", &time, &error), -EINVAL);
	assert_string_equal(error.text, "the time \"1969-12-31T23:59:59Z\" is not after "
					"1970-01-01T00:00:00Z");
	for (__s64 day = 0; day < 253402300800; day += 11 * 86400) {
		words_print_time(day + 1, text);
		if (words_read_time(text, &time, &error) != 0 || time != day + 1)
			fail_msg("%s", text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_sources_are_refused_with_the_reason),
		cmocka_unit_test(sources_print_in_one_form),
		cmocka_unit_test(durations_are_whole_seconds),
		cmocka_unit_test(times_are_dates_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
