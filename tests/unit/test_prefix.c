/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and prefixes below the policy. */
#include "net/endpoint.h"
#include "unit.h"
#include <sys/socket.h>

static struct prefix prefix_of(const char *word)
{
	struct prefix prefix = {0};

	assert_int_equal(words_read_prefix(word, &prefix, NULL), 0);
	return prefix;
}

static void a_prefix_is_its_first_address_and_its_length(void **state)
{
	static const char *const words[] = {
		"0.0.0.0/0",	 "10.0.0.0/8",	  "203.0.113.7", "255.255.255.255", "::/0",
		"2001:db8::/32", "2001:db8::/65", "2001:db8::1", "fe80::1:2:3:4",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const struct prefix prefix = prefix_of(words[i]);
		const struct address6 first = prefix_first(&prefix);
		const struct prefix again = prefix_from(prefix.family, &first, prefix.length);

		assert_int_equal(prefix_compare(&prefix, &again), 0);
		assert_true(prefix_is_valid(&again));
	}
}

static void the_last_address_has_ones_behind_the_prefix(void **state)
{
	const struct prefix four = prefix_of("10.0.0.0/8"), six = prefix_of("2001:db8::/65");
	const struct address6 last4 = prefix_last(&four), last6 = prefix_last(&six);

	(void)state;
	assert_int_equal(last4.high, 0);
	assert_int_equal(last4.low, 0x0affffff);
	assert_int_equal(last6.high, 0x20010db800000000);
	assert_int_equal(last6.low, 0x7fffffffffffffff);
}

static void an_address_is_its_longest_prefix(void **state)
{
	static const __u8 four[4] = {203, 0, 113, 7};
	static const __u8 six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const __u8 mapped[16] = {[10] = 0xff, 0xff, 203, 0, 113, 7};
	const struct prefix expected4 = prefix_of("203.0.113.7");
	const struct prefix expected6 = prefix_of("2001:db8::1");
	const struct {
		int family;
		const __u8 *address;
		const struct prefix *expected;
	} cases[] = {
		{AF_INET, four, &expected4},
		{AF_INET6, six, &expected6},
		{AF_INET6, mapped, &expected4},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct endpoint end = endpoint_make(cases[i].family, cases[i].address, 22);
		const struct prefix prefix = endpoint_prefix(&end);

		assert_int_equal(prefix_compare(&prefix, cases[i].expected), 0);
	}
}

static void a_prefix_holds_what_begins_like_it(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool holds;
	} cases[] = {
		{"10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "10.0.0.0/8", true},
		{"10.0.0.0/8", "11.0.0.0/8", false},
		{"10.1.0.0/16", "10.0.0.0/8", false},
		{"0.0.0.0/0", "::/0", false},
		{"2001:db8::/33", "2001:db8:7fff::/48", true},
		{"2001:db8::/33", "2001:db8:8000::/48", false},
	};
	const struct prefix any = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct prefix outer = prefix_of(cases[i].outer);
		const struct prefix inner = prefix_of(cases[i].inner);

		assert_int_equal(prefix_holds(&outer, &inner), cases[i].holds);
		assert_true(prefix_holds(&any, &inner));
		assert_false(prefix_holds(&inner, &any));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_is_its_first_address_and_its_length),
		cmocka_unit_test(the_last_address_has_ones_behind_the_prefix),
		cmocka_unit_test(an_address_is_its_longest_prefix),
		cmocka_unit_test(a_prefix_holds_what_begins_like_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
