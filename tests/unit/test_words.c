/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of a rule: what they mean, and what is said of wrong ones. */
#include "unit.h"

/* Of `allow` with these words on an empty policy. */
struct right {
	const char *words;
	const char *text; /* canonical, without the default */
};

static char *allowed(const char *words)
{
	_cleanup_policy_ struct policy policy;
	struct error error = {0}, warning;
	size_t bad_word;
	char *text;

	policy_init(&policy);
	if (command(&policy, ACTION_ALLOW, words, &bad_word, &error, &warning) != 0) {
		print_error("allow %s: %s\n", words, error.text);
		fail();
	}
	assert_int_equal(policy_normalise(&policy, NULL), 0);
	text = text_of(&policy);
	memmove(text, strchr(text, '\n') + 1, strlen(strchr(text, '\n')));
	return text;
}

static void expect_texts(const struct right *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ char *text = allowed(cases[i].words);

		if (strcmp(text, cases[i].text) != 0)
			print_error("allow %s\n", cases[i].words);
		assert_string_equal(text, cases[i].text);
	}
}

static void ports_and_protocol_read_in_both_orders(void **state)
{
	static const struct right cases[] = {
		{"tcp 22", "allow tcp 22\n"},
		{"22/tcp", "allow tcp 22\n"},
		{"80,443/tcp", "allow tcp 80,443\n"},
		{"tcp 80,81,443", "allow tcp 80-81,443\n"},
		{"tcp 8000-8100", "allow tcp 8000-8100\n"},
		{"tcp 8000:8100", "allow tcp 8000-8100\n"},
		{"tcp 0-65535", "allow tcp all\n"},
		{"tcp all", "allow tcp all\n"},
		{"all/udp", "allow udp all\n"},
		{"tcp 65535", "allow tcp 65535\n"},
		{"tcp,udp 53", "allow tcp 53\nallow udp 53\n"},
		{"53/tcp,udp", "allow tcp 53\nallow udp 53\n"},
		{"any 53", "allow tcp 53\nallow udp 53\nallow sctp 53\n"},
		{"tcp 80,80", "allow tcp 80\n"},
	};

	(void)state;
	expect_texts(cases, COUNT_OF(cases));
}

static void service_names_stand_for_their_ports(void **state)
{
	static const struct right cases[] = {
		{"ssh", "allow tcp 22\n"},	     {"domain", "allow tcp 53\nallow udp 53\n"},
		{"tcp ssh", "allow tcp 22\n"},	     {"tcp ssh,80", "allow tcp 22,80\n"},
		{"ssh/tcp", "allow tcp 22\n"},	     {"any ssh", "allow tcp 22\n"},
		{"tcp domain-s", "allow tcp 853\n"},
	};

	(void)state;
	expect_texts(cases, COUNT_OF(cases));
}

static void protocols_without_ports_read_by_name_and_number(void **state)
{
	static const struct right cases[] = {
		{"icmp", "allow icmp\n"},	   {"icmp6", "allow icmp6\n"},
		{"proto esp", "allow proto 50\n"}, {"proto 47", "allow proto 47\n"},
		{"proto 0", "allow proto 0\n"},	   {"proto 255", "allow proto 255\n"},
		{"proto 1", "allow icmp\n"},	   {"proto icmp", "allow icmp\n"},
		{"proto 58", "allow icmp6\n"},	   {"proto ipv6-icmp", "allow icmp6\n"},
		{"proto icmp6", "allow icmp6\n"},
	};

	(void)state;
	expect_texts(cases, COUNT_OF(cases));
}

static void clauses_come_in_any_order(void **state)
{
	static const struct right cases[] = {
		{"tcp 22 on eth0 comment a", "allow tcp 22 on eth0 comment \"a\"\n"},
		{"tcp 22 comment a on eth0", "allow tcp 22 on eth0 comment \"a\"\n"},
		{"22/tcp on on", "allow tcp 22 on on\n"},
		{"icmp on eth0.100", "allow icmp on eth0.100\n"},
		{"tcp 22 comment ''", "allow tcp 22\n"},
		{"tcp 22 comment \"\\", "allow tcp 22 comment \"\\\"\\\\\"\n"},
		{"tcp 22 on #1", "allow tcp 22 on \"#1\"\n"},
		{"tcp 22 from 10.0.0.0/8", "allow tcp 22 from 10.0.0.0/8\n"},
		{"tcp 22 on eth0 from 10.0.0.1/32", "allow tcp 22 from 10.0.0.1 on eth0\n"},
		{"icmp from ::/0", "allow icmp from ::/0\n"},
		{"tcp 22 from 2001:db8::/32,10.0.0.1,0.0.0.0/0",
		 "allow tcp 22 from 0.0.0.0/0\nallow tcp 22 from 10.0.0.1\n"
		 "allow tcp 22 from 2001:db8::/32\n"},
		{"tcp,udp 53 from 10.0.0.1,10.0.0.1",
		 "allow tcp 53 from 10.0.0.1\nallow udp 53 from 10.0.0.1\n"},
		{"tcp 22 for 30m", "allow tcp 22 until 2026-01-01T00:30:00Z\n"},
		{"tcp 22 comment a for 7d on eth0 from 10.0.0.1",
		 "allow tcp 22 from 10.0.0.1 on eth0 until 2026-01-08T00:00:00Z comment \"a\"\n"},
	};

	(void)state;
	expect_texts(cases, COUNT_OF(cases));
}

static const struct {
	const char *words;
	size_t bad_word;
	const char *message;
} wrong_words[] = {
	{"tcp 70000", 1, "port \"70000\" is out of range: 0-65535"},
	{"tcp 65536", 1, "port \"65536\" is out of range: 0-65535"},
	{"tcp 4294967318", 1, "port \"4294967318\" is out of range: 0-65535"},
	{"tcp 0x16", 1, "\"0x16\" is not a port: write a decimal number 0-65535"},
	{"tcp 22abc", 1, "\"22abc\" is not a port: write a decimal number 0-65535"},
	{"tcp 022", 1, "\"022\" is not a port: write it without leading zeros"},
	{"tcp ''", 1, "the ports are empty: write them as in 22, 80,443 or 8000-8100"},
	{"tcp 90-80", 1, "the range \"90-80\" runs backwards: write 80-90"},
	{"tcp 80-", 1, "the range \"80-\" has no end: write it as in 80-90"},
	{"tcp 80-90-95", 1, "\"90-95\" is not a port: write a decimal number 0-65535"},
	{"tcp -1", 1, "\"-1\" is not a port: write a decimal number 0-65535"},
	{"tcp +1", 1, "\"+1\" is not a port: write a decimal number 0-65535"},
	{"tcp 22,,80", 1, "\"22,,80\" has an empty place: write ports as in 80,443"},
	{"tcp 22,", 1, "\"22,\" has an empty place: write ports as in 80,443"},
	{"tcp 22,all", 1, "\"22,all\": \"all\" stands by itself"},
	{"tcp nosuchservice", 1,
	 "\"nosuchservice\" is not a tcp service: see /etc/services, or write the port "
	 "number"},
	{"tcp,udp ssh", 1,
	 "\"ssh\" is not a udp service: see /etc/services, or write the port number"},
	{"any nosuchservice", 1,
	 "\"nosuchservice\" is not a service: see /etc/services, or write the port "
	 "number"},
	{"tcp", 1, "\"tcp\" needs ports: write \"tcp 22\" or \"tcp all\""},
	{"tcp on eth0", 1, "\"tcp\" needs ports: write \"tcp 22\" or \"tcp all\""},
	{"tcp,esp 22", 0,
	 "\"esp\" in \"tcp,esp\" is not a protocol with ports: a list holds tcp, udp, "
	 "sctp"},
	{"22", 0, "\"22\" has no protocol: write \"tcp 22\" or \"22/tcp\""},
	{"80,443", 0, "\"80,443\" has no protocol: write \"tcp 80,443\" or \"80,443/tcp\""},
	{"99999", 0, "port \"99999\" is out of range: 0-65535"},
	{"22/", 0, "\"22/\" has no protocol after the slash: write it as in 22/tcp"},
	{"/tcp", 0, "\"/tcp\" has no ports before the slash: write it as in 22/tcp"},
	{"22/icmp", 0, "icmp has no ports: write icmp instead of \"22/icmp\""},
	{"22/esp", 0, "\"esp\" in \"22/esp\" is not a protocol with ports: tcp, udp, sctp or any"},
	{"icmp 5", 1, "icmp has no ports: leave \"5\" out"},
	{"proto", 1, "\"proto\" needs a protocol: write it as in proto esp or proto 47"},
	{"proto tcp", 1, "tcp is judged by ports: write \"tcp all\""},
	{"proto 17", 1, "udp is judged by ports: write \"udp all\""},
	{"proto 256", 1, "protocol number \"256\" is out of range: 0-255"},
	{"proto ''", 1, "\"\" is not a protocol number: write a decimal number 0-255"},
	{"proto nosuch", 1,
	 "\"nosuch\" is not an IP protocol: see /etc/protocols, or write its number "
	 "0-255"},
	{"TCP 22", 0, "\"TCP\" is not known: write tcp"},
	{"esp", 0, "\"esp\" is not a service: for the IP protocol write \"proto esp\""},
	{"all", 0, "\"all\" has no protocol: write \"tcp all\" or \"any all\""},
	{",", 0,
	 "\",\" is neither a protocol nor a service: write it as in tcp 22, 22/tcp, ssh, "
	 "proto esp or icmp"},
	{"''", 0,
	 "\"\" is neither a protocol nor a service: write it as in tcp 22, 22/tcp, ssh, "
	 "proto esp or icmp"},
	{"", 0, "a target is missing: write it as in tcp 22, 22/tcp, ssh or icmp"},
	{"on eth0", 0, "a target is missing: write it as in tcp 22, 22/tcp, ssh or icmp"},
	{"tcp 22 now", 2,
	 "unexpected word \"now\": after the target come \"from SRC\", \"on NIC\", \"for "
	 "DURATION\" and "
	 "\"comment TEXT\""},
	{"ssh 22", 1,
	 "unexpected word \"22\": after the target come \"from SRC\", \"on NIC\", \"for DURATION\" "
	 "and "
	 "\"comment TEXT\""},
	{"tcp 22 on eth0 on eth1", 4, "\"on\" is given twice"},
	{"tcp 22 comment a comment a", 4, "\"comment\" is given twice"},
	{"tcp 22 on", 3, "\"on\" needs the name of a NIC"},
	{"tcp 22 comment", 3, "\"comment\" needs a text"},
	{"tcp 22 on ''", 3, "the name of the NIC is empty"},
	{"tcp 22 on ..", 3, "\"..\" cannot be the name of a NIC"},
	{"tcp 22 on sixteen-bytes-xx", 3,
	 "\"sixteen-bytes-xx\" is too long for the name of a NIC: at most 15 bytes"},
	{"tcp 22 on a/b", 3,
	 "\"a/b\" cannot be the name of a NIC: it has a blank, \"/\", \":\" or a byte "
	 "that is not printable ASCII"},
	{"tcp 22 comment a\033[2J", 3,
	 "the comment has a control character (U+001B) at its byte 2"},
	{"tcp 22 comment \xc2\x9b", 3,
	 "the comment has a control character (U+009B) at its byte 1"},
	{"tcp 22 comment \xff", 3, "the comment has not valid UTF-8 at its byte 1"},
	{"tcp 22 from", 3, "\"from\" needs an address or prefix"},
	{"tcp 22 from 10.0.0.1 from 10.0.0.2", 4, "\"from\" is given twice"},
	{"tcp 22 for 1h for 2h", 4, "\"for\" is given twice"},
	{"tcp 22 for", 3, "\"for\" needs a duration"},
	{"tcp 22 until 2030-01-31T15:00:00Z", 2,
	 "\"until\" is for policy files: on the command line write a duration, as in \"for 30m\""},
	{"tcp 22 from 10.0.0.1,,10.0.0.2", 3,
	 "\"10.0.0.1,,10.0.0.2\" has an empty place: write sources as in 10.0.0.0/8,2001:db8::/32"},
	{"tcp 22 from 10.0.0.1,", 3,
	 "\"10.0.0.1,\" has an empty place: write sources as in 10.0.0.0/8,2001:db8::/32"},
	{"tcp 22 from ''", 3,
	 "\"\" has an empty place: write sources as in 10.0.0.0/8,2001:db8::/32"},
	{"tcp 22 from 192.0.2.1,10.0.0.1/8", 3, "10.0.0.1/8 has host bits set: write 10.0.0.0/8"},
	{"tcp 22 for 0s", 3, "the duration \"0s\" is too short: at least 1s"},
};

static void wrong_words_are_refused_with_the_place_and_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong_words); i++) {
		_cleanup_policy_ struct policy policy;
		struct error error = {0}, warning;
		size_t bad_word = 99;
		int err;

		policy_init(&policy);
		err = command(&policy, ACTION_ALLOW, wrong_words[i].words, &bad_word, &error,
			      &warning);
		if (err != -EINVAL || bad_word != wrong_words[i].bad_word)
			print_error("allow %s: %d at %zu\n", wrong_words[i].words, err, bad_word);
		assert_string_equal(error.text, wrong_words[i].message);
		assert_int_equal(err, -EINVAL);
		assert_int_equal(bad_word, wrong_words[i].bad_word);
		assert_int_equal(policy.rule_count, 0);
		assert_true(policy.normal);
	}
}

static void delete_takes_a_scope_alone(void **state)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		{"tcp 22 comment a", "delete takes no comment"},
		{"tcp 22 for 30m", "delete takes no duration"},
		{"tcp 22 until 2030-01-31T15:00:00Z", "delete takes no time"},
		{"tcp 22 now",
		 "unexpected word \"now\": after the target come \"from SRC\", \"on NIC\""},
	};
	_cleanup_policy_ struct policy policy;
	struct error error = {0}, warning;
	size_t bad_word;

	(void)state;
	policy_init(&policy);
	assert_int_equal(command(&policy, ACTION_NONE, "tcp 22 on eth0 from 10.0.0.0/8,::1",
				 &bad_word, &error, &warning),
			 0);
	assert_int_equal(policy.rule_count, 2);
	assert_int_equal(policy.rules[0].action, ACTION_NONE);
	assert_int_equal(policy.rules[0].source.length, 8);
	assert_int_equal(policy.rules[1].source.family, 6);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(
			command(&policy, ACTION_NONE, cases[i].words, &bad_word, &error, &warning),
			-EINVAL);
		assert_string_equal(error.text, cases[i].message);
		assert_int_equal(bad_word, 2);
	}
}

static void a_comment_holds_127_bytes(void **state)
{
	_cleanup_policy_ struct policy policy;
	char comment[POLICY_COMMENT_MAX + 2];
	const char *list[] = {"tcp", "22", "comment", comment};
	const struct words words = {.text = list, .count = COUNT_OF(list)};
	struct error error = {0};
	size_t bad_word;

	(void)state;
	policy_init(&policy);
	memset(comment, 'x', sizeof(comment));
	comment[POLICY_COMMENT_MAX + 1] = '\0';
	assert_int_equal(
		words_read_rule(&words, ACTION_DENY, 0, TEST_NOW, &policy, &bad_word, &error, NULL),
		-EINVAL);
	assert_string_equal(error.text, "the comment is too long: 128 bytes, at most 127");
	comment[POLICY_COMMENT_MAX] = '\0';
	assert_int_equal(
		words_read_rule(&words, ACTION_DENY, 0, TEST_NOW, &policy, &bad_word, &error, NULL),
		0);
	assert_string_equal(policy.rules[0].comment, comment);
}

static void allow_of_port_0_warns(void **state)
{
	static const struct {
		enum action action;
		const char *words, *warning;
	} cases[] = {
		{ACTION_ALLOW, "tcp 0", "port 0 is reserved"},
		{ACTION_ALLOW, "tcp 22,0-5", "port 0 is reserved"},
		{ACTION_ALLOW, "tcp all", ""},
		{ACTION_ALLOW, "tcp 1", ""},
		{ACTION_ALLOW, "icmp", ""},
		{ACTION_DENY, "tcp 0", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		_cleanup_policy_ struct policy policy;
		struct error error = {0}, warning = {"earlier"};
		size_t bad_word;

		policy_init(&policy);
		assert_int_equal(command(&policy, cases[i].action, cases[i].words, &bad_word,
					 &error, &warning),
				 0);
		assert_string_equal(warning.text, cases[i].warning);
	}
}

static void an_unprintable_or_endless_word_is_shown_escaped_and_cut(void **state)
{
	_cleanup_policy_ struct policy policy;
	struct error error = {0}, warning;
	char word[600];
	size_t bad_word;

	(void)state;
	policy_init(&policy);
	assert_int_equal(command(&policy, ACTION_ALLOW, "x\033[2J", &bad_word, &error, &warning),
			 -EINVAL);
	assert_non_null(strstr(error.text, "\"x\\x1b[2J\" is neither"));
	memset(word, 'y', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(command(&policy, ACTION_ALLOW, word, &bad_word, &error, &warning),
			 -EINVAL);
	assert_non_null(strstr(error.text, "yyy...\" is neither"));
}

static void the_default_is_allow_or_deny(void **state)
{
	static const struct {
		const char *words[2];
		size_t count;
		size_t bad_word;
		const char *message;
	} cases[] = {
		{{"allow"}, 1, 0, NULL},
		{{"deny"}, 1, 0, NULL},
		{{NULL}, 0, 0, "\"default\" needs allow or deny"},
		{{"drop"}, 1, 0, "\"drop\" is not a default: allow or deny"},
		{{"deny", "now"}, 2, 1, "unexpected word \"now\" after the default"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct words words = {.text = cases[i].words, .count = cases[i].count};
		enum action action = ACTION_NONE;
		struct error error = {0};
		size_t bad_word = 99;
		int err = words_read_default(&words, &action, &bad_word, &error);

		if (!cases[i].message) {
			assert_int_equal(err, 0);
			assert_int_equal(action, i == 0 ? ACTION_ALLOW : ACTION_DENY);
			continue;
		}
		assert_int_equal(err, -EINVAL);
		assert_string_equal(error.text, cases[i].message);
		assert_int_equal(bad_word, cases[i].bad_word);
	}
}

static void modes_read_back_by_name(void **state)
{
	static const enum attach_mode modes[] = {ATTACH_AUTO, ATTACH_NATIVE, ATTACH_GENERIC};
	struct error error = {0};
	enum attach_mode mode;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		assert_int_equal(words_read_mode(words_mode_name(modes[i]), &mode, &error), 0);
		assert_int_equal(mode, modes[i]);
	}
	assert_int_equal(words_read_mode("skb", &mode, &error), -EINVAL);
	assert_string_equal(error.text, "\"skb\" is not a mode: auto, native or generic");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_and_protocol_read_in_both_orders),
		cmocka_unit_test(service_names_stand_for_their_ports),
		cmocka_unit_test(protocols_without_ports_read_by_name_and_number),
		cmocka_unit_test(clauses_come_in_any_order),
		cmocka_unit_test(wrong_words_are_refused_with_the_place_and_the_reason),
		cmocka_unit_test(delete_takes_a_scope_alone),
		cmocka_unit_test(a_comment_holds_127_bytes),
		cmocka_unit_test(allow_of_port_0_warns),
		cmocka_unit_test(an_unprintable_or_endless_word_is_shown_escaped_and_cut),
		cmocka_unit_test(the_default_is_allow_or_deny),
		cmocka_unit_test(modes_read_back_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
