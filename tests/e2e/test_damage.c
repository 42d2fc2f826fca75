/* SPDX-License-Identifier: GPL-2.0-only */
/* Pins that are gone or of something else, while the programs go on. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const pins[] = {"control",  "slots", "counters",	   "sources4",
				   "sources6", "cells", "blocks",	   "block-prefixes4",
				   "flows",    "clock", "block-prefixes6", "explain"};
#define PIN_COUNT (sizeof(pins) / sizeof(*pins))

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 for 1h");
	portfw_ok(bed, "block 192.0.2.1 192.0.2.0/25 2001:db8::/32");
}

static bool is_pinned(const struct testbed *bed, const char *pin)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", bed->pin_dir, pin);
	return access(path, F_OK) == 0;
}

static void check_verdict(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

static void a_missing_pin_is_found_again_and_what_is_enforced_goes_on(void **state)
{
	struct testbed *bed = testbed(state);
	unsigned program;

	start(bed);
	program = nic_program(bed, "eth0");
	for (size_t i = 0; i < PIN_COUNT; i++) {
		shell_ok(bed, &bed->guarded, "rm $PORTFW_PIN_DIR/%s", pins[i]);
		assert_says(portfw_ok(bed, "status"), "default deny");
		assert_false(is_pinned(bed, pins[i])); /* readers mend nothing */
		portfw_ok(bed, "allow udp %zu", 1000 + i);
		assert_true(is_pinned(bed, pins[i]));
		portfw_ok(bed, "explain tcp 22 from 10.77.0.2");
	}
	assert_int_equal(nic_program(bed, "eth0"), program);
	assert_says(portfw_ok(bed, "list --json"), "192.0.2.1");
	check_verdict(bed);
}

static void all_pins_missing_but_the_links_are_found_again(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "cd $PORTFW_PIN_DIR && for pin in *; do case $pin in xdp-*|egress-*) ;; *) rm "
		 "$pin;; esac; done");
	assert_complains(portfw_fails(bed, 1, "allow tcp 23"), "portfw restore");
	portfw_ok(bed, "lockdown keep 10.9.9.9");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
	portfw_ok(bed, "unlock");
	check_verdict(bed);
	portfw_ok(bed, "restore");
	check_verdict(bed);
	portfw_ok(bed, "deny tcp 22");
	for (size_t i = 0; i < PIN_COUNT; i++)
		assert_true(is_pinned(bed, pins[i]));
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
}

static void a_pin_of_something_else_is_replaced(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "cd $PORTFW_PIN_DIR && mv explain slots && mv cells control");
	check_verdict(bed);
	portfw_ok(bed, "deny tcp 22");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
}

static void a_policy_whose_text_is_lost_stays_in_force_until_restore(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "rm $PORTFW_PIN_DIR/policy-*");
	assert_complains(portfw_fails(bed, 1, "allow tcp 23"), "portfw restore");
	assert_complains(portfw_fails(bed, 1, "status"), "portfw restore");
	check_verdict(bed);
	portfw_ok(bed, "restore");
	check_verdict(bed);
	portfw_ok(bed, "allow tcp 23");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, OPEN});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_missing_pin_is_found_again_and_what_is_enforced_goes_on),
		TESTBED_TEST(all_pins_missing_but_the_links_are_found_again),
		TESTBED_TEST(a_pin_of_something_else_is_replaced),
		TESTBED_TEST(a_policy_whose_text_is_lost_stays_in_force_until_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
