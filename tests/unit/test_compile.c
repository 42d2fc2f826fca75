/* SPDX-License-Identifier: GPL-2.0-only */
/* From a policy to the tables of a slot. */
#include <netinet/in.h>

#include "judge.h"

static const char nics[MAX_NICS][IFNAMSIZ] = {[0] = "eth0", [2] = "eth2", [31] = "eth31"};

/* Of a policy that needs no tables beside the slot. */
static struct compiled compile(const char *text, struct slot *slot)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	struct compiled compiled = {.slot = slot};
	struct error error = {0};

	memset(slot, 0xa5, sizeof(*slot)); /* every byte must be written */
	if (compile_policy(&policy, nics, &compiled, &error) != 0) {
		print_error("%s\n", error.text);
		fail();
	}
	assert_null(compiled.sources4);
	assert_null(compiled.sources6);
	assert_null(compiled.cells);
	return compiled;
}

static const struct class *port_class(const struct slot *slot, enum port_table table, unsigned port)
{
	assert_int_equal(slot->ports[table][port / 4] >> (port % 4 * 2) & 3, CODE_CLASS);
	return &slot->classes[slot->port_class[table][port]];
}

static const struct outcome *class_outcome(const struct slot *slot, const struct class *class)
{
	return &slot->outcomes[slot->cells[class->first]];
}

static void the_empty_policy_is_all_zero_but_the_default(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	const unsigned char *bytes = (const unsigned char *)slot;

	(void)state;
	compile("default deny\n", slot);
	assert_int_equal(slot->default_action, ACTION_DENY);
	for (size_t i = 1; i < sizeof(*slot); i++)
		if (bytes[i])
			fail_msg("byte %zu is %u", i, bytes[i]);
	compile("default allow\n", slot);
	assert_int_equal(slot->default_action, ACTION_ALLOW);
}

static void port_codes_stand_where_the_contract_says(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();

	(void)state;
	compile("allow tcp 22\ndeny udp 0-3,65535\n", slot);
	assert_int_equal(slot->ports[PORT_TABLE_TCP][5], CODE_ALLOW << 4);
	assert_int_equal(slot->ports[PORT_TABLE_UDP][0], 0xaa);
	assert_int_equal(slot->ports[PORT_TABLE_UDP][1], 0);
	assert_int_equal(slot->ports[PORT_TABLE_UDP][16383], CODE_DENY << 6);
	assert_int_equal(slot->ports[PORT_TABLE_SCTP][0], 0);
}

static void every_start_and_length_of_a_range_is_filled_exactly(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	struct compiled compiled;
	char text[64];

	(void)state;
	for (unsigned low = 100; low < 104; low++)
		for (unsigned high = low; high < low + 10; high++) {
			snprintf(text, sizeof(text), "deny tcp %u-%u\n", low, high);
			compiled = compile(text, slot);
			for (unsigned port = 96; port < 120; port++)
				if (judge_port(&compiled, IPPROTO_TCP, port, 0) !=
				    (port >= low && port <= high ? ACTION_DENY : ACTION_NONE))
					fail_msg("%s: port %u", text, port);
		}
}

static void a_rule_of_one_nic_makes_a_class(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	const struct class *class;

	(void)state;
	compile("allow tcp 22 on eth0\nallow tcp 22 on eth2\n", slot);
	class = port_class(slot, PORT_TABLE_TCP, 22);
	assert_int_equal(class->by_source, 0);
	assert_int_equal(class_outcome(slot, class)->nic_actions, 0x11);
	assert_int_equal(class_outcome(slot, class)->until, 0);
}

static void a_rule_of_the_nic_beats_the_one_for_all(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	struct compiled compiled;

	(void)state;
	compiled = compile("allow tcp 20-30\ndeny tcp 25 on eth31\n", slot);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 25, 31), ACTION_DENY);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 25, 0), ACTION_ALLOW);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 25, 1), ACTION_ALLOW);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 24, 31), ACTION_ALLOW);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 26, 31), ACTION_ALLOW);
}

static void a_rule_of_a_nic_without_an_index_has_no_effect(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	_cleanup_slot_ struct slot *without = slot_new();

	(void)state;
	compile("allow tcp 22\ndeny tcp 22 on eth9\ndeny icmp on eth9\n", slot);
	compile("allow tcp 22\n", without);
	assert_memory_equal(slot, without, sizeof(*slot));
}

static void a_rule_of_the_nic_equal_to_the_one_for_all_needs_no_class(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	_cleanup_slot_ struct slot *without = slot_new();

	(void)state;
	compile("allow tcp 22\nallow tcp 22 on eth0\n", slot);
	compile("allow tcp 22\n", without);
	assert_memory_equal(slot, without, sizeof(*slot));
}

static void equal_behaviours_share_a_class(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();

	(void)state;
	compile("allow tcp 22 on eth0\nallow udp 53 on eth0\ndeny tcp 23 on eth0\n"
		"allow proto 47 on eth0\n",
		slot);
	assert_int_equal(slot->port_class[PORT_TABLE_TCP][22],
			 slot->port_class[PORT_TABLE_UDP][53]);
	assert_int_equal(slot->port_class[PORT_TABLE_TCP][22], slot->protocol_class[47]);
	assert_int_not_equal(slot->port_class[PORT_TABLE_TCP][22],
			     slot->port_class[PORT_TABLE_TCP][23]);
	assert_int_equal(slot->classes[2].first, 0);
}

static void a_dhcp_port_denied_by_name_is_denied_exactly(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	struct compiled compiled;

	(void)state;
	compiled = compile("deny udp 68\nallow udp 546\ndeny tcp 68\n", slot);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 68, 0), ACTION_DENY_EXACT);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 68, 31), ACTION_DENY_EXACT);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 546, 0), ACTION_ALLOW);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 68, 0), ACTION_DENY);
	compiled = compile("deny udp all\n", slot);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 68, 0), ACTION_DENY);
	compiled = compile("deny udp 546 on eth2\n", slot);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 546, 2), ACTION_DENY_EXACT);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 546, 0), ACTION_NONE);
}

static void protocols_without_ports_have_a_code_of_their_own(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	struct compiled compiled;

	(void)state;
	compiled = compile("allow proto 47\ndeny icmp\ndeny icmp6 on eth2\nallow icmp6\n", slot);
	assert_int_equal(slot->protocols[47], CODE_ALLOW);
	assert_int_equal(slot->protocols[1], CODE_DENY);
	assert_int_equal(judge_port(&compiled, 58, 0, 2), ACTION_DENY);
	assert_int_equal(judge_port(&compiled, 58, 0, 0), ACTION_ALLOW);
	assert_int_equal(slot->protocols[6], 0);
}

/* A policy of `count` ports, each with a set of NICs of its own. */
static struct policy policy_of_behaviours(unsigned count)
{
	struct policy policy;

	policy_init(&policy);
	for (unsigned i = 1; i <= count; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct rule rule = {.proto = 6,
					    .low = (__u16)(2 * i),
					    .high = (__u16)(2 * i),
					    .action = ACTION_ALLOW};

			if (!(i >> bit & 1))
				continue;
			snprintf(rule.nic, sizeof(rule.nic), "n%u", bit);
			assert_int_equal(policy_append(&policy, &rule), 0);
		}
	assert_int_equal(policy_normalise(&policy, NULL), 0);
	return policy;
}

static void there_is_room_for_250_behaviours(void **state)
{
	_cleanup_policy_ struct policy full = policy_of_behaviours(MAX_CLASSES);
	_cleanup_policy_ struct policy over = policy_of_behaviours(MAX_CLASSES + 1);
	_cleanup_slot_ struct slot *slot = slot_new();
	struct compiled compiled = {.slot = slot};
	char names[MAX_NICS][IFNAMSIZ] = {{0}};
	struct error error = {0};

	(void)state;
	for (unsigned bit = 0; bit < 8; bit++)
		snprintf(names[bit], IFNAMSIZ, "n%u", bit);
	assert_int_equal(compile_policy(&full, (const char(*)[IFNAMSIZ])names, &compiled, &error),
			 0);
	assert_int_equal(judge_port(&compiled, IPPROTO_TCP, 500, 1), ACTION_ALLOW);
	assert_int_equal(compile_policy(&over, (const char(*)[IFNAMSIZ])names, &compiled, &error),
			 -ENOSPC);
	assert_string_equal(error.text, "more than 250 distinct port behaviours");
}

static void a_source_makes_a_column_and_an_interval(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	const struct class *class;

	(void)state;
	compile("allow tcp 22 from 10.0.0.0/8\n", slot);
	class = port_class(slot, PORT_TABLE_TCP, 22);
	assert_int_equal(class->by_source, CLASS_BY_SOURCE4);
	assert_int_equal(class_outcome(slot, class)->nic_actions, 0);
	assert_int_equal(slot->sources4, SOURCES_SMALL);
	assert_int_equal(slot->sources6, SOURCES_NONE);
	assert_int_equal(slot->small4.count, 3);
	assert_int_equal(slot->small4.starts[1], 0x0a000000);
	assert_int_equal(slot->small4.starts[2], 0x0b000000);
	assert_int_equal(slot->small4.ids[0], 0);
	assert_int_equal(slot->small4.ids[1], 1);
	assert_int_equal(slot->small4.ids[2], 0);
	assert_int_equal(slot->outcomes[slot->cells[class->first + 1]].nic_actions,
			 0x5555555555555555);
}

static void sources_of_equal_meaning_share_a_column(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();

	(void)state;
	compile("allow tcp 22 from 10.0.0.0/9,10.128.0.0/9,192.0.2.1,2001:db8::/32\n"
		"deny tcp 22 from 10.1.0.0/16\n",
		slot);
	assert_int_equal(slot->small4.count, 7);
	assert_int_equal(slot->small4.ids[1], slot->small4.ids[3]);
	assert_int_equal(slot->small4.ids[1], slot->small4.ids[5]);
	assert_int_equal(slot->small4.ids[1], slot->small6.ids[1]);
	assert_int_not_equal(slot->small4.ids[1], slot->small4.ids[2]);
}

static void a_source_rule_that_changes_nothing_costs_nothing(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	_cleanup_slot_ struct slot *without = slot_new();

	(void)state;
	compile("allow tcp 22\nallow tcp 22 from 10.0.0.0/8\nallow tcp 22 from ::/0 on eth0\n",
		slot);
	compile("allow tcp 22\n", without);
	assert_memory_equal(slot, without, sizeof(*slot));
}

static void a_port_without_source_rules_has_a_code(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();

	(void)state;
	compile("allow tcp 443\nallow tcp 22 from 10.0.0.0/8\ndeny tcp 23 on eth0\n", slot);
	assert_int_equal(slot->ports[PORT_TABLE_TCP][443 / 4] >> (443 % 4 * 2) & 3, CODE_ALLOW);
	assert_int_equal(port_class(slot, PORT_TABLE_TCP, 23)->by_source, 0);
}

static void a_timed_state_leads_to_what_it_overlays(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	const struct outcome *outcome;

	(void)state;
	compile("deny tcp 22\nallow tcp 22 until 2030-01-31T15:00:00Z\n", slot);
	outcome = class_outcome(slot, port_class(slot, PORT_TABLE_TCP, 22));
	assert_int_equal(outcome->nic_actions, 0x5555555555555555);
	assert_int_equal(outcome->until, JIFFIES(1896102000));
	assert_true(outcome->next > outcome - slot->outcomes);
	outcome = &slot->outcomes[outcome->next];
	assert_int_equal(outcome->nic_actions, 0xaaaaaaaaaaaaaaaa);
	assert_int_equal(outcome->until, 0);
}

static void an_exact_deny_of_dhcp_is_told_apart_by_source(void **state)
{
	_cleanup_slot_ struct slot *slot = slot_new();
	const struct prefix inside = prefix_of("10.0.0.1");
	struct compiled compiled;

	(void)state;
	compiled = compile("deny udp all\ndeny udp 68 from 10.0.0.0/8\n", slot);
	assert_int_equal(judge(&compiled, IPPROTO_UDP, 68, 0, &inside, TEST_NOW),
			 ACTION_DENY_EXACT);
	assert_int_equal(judge_port(&compiled, IPPROTO_UDP, 68, 0), ACTION_DENY);
}

static void a_time_without_a_deadline_is_refused(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("allow tcp 22 until 2030-01-31T15:00:00Z\n");
	_cleanup_slot_ struct slot *slot = slot_new();
	const struct deadline other = {1, 1};
	const struct deadlines deadlines = {&other, 1};
	struct compiled compiled = {.slot = slot};
	struct error error = {0};

	(void)state;
	assert_int_equal(policy_compile(&policy, nics, &deadlines, &compiled, &error), -EINVAL);
	assert_string_equal(error.text, "a rule ends at a time without a deadline");
	assert_int_equal(policy_compile(&policy, nics, NULL, &compiled, &error), -EINVAL);
	policy.normal = false;
	assert_int_equal(policy_compile(&policy, nics, &deadlines, &compiled, &error), -EINVAL);
	assert_string_equal(error.text, "the policy is not normalised");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_policy_is_all_zero_but_the_default),
		cmocka_unit_test(port_codes_stand_where_the_contract_says),
		cmocka_unit_test(every_start_and_length_of_a_range_is_filled_exactly),
		cmocka_unit_test(a_rule_of_one_nic_makes_a_class),
		cmocka_unit_test(a_rule_of_the_nic_beats_the_one_for_all),
		cmocka_unit_test(a_rule_of_a_nic_without_an_index_has_no_effect),
		cmocka_unit_test(a_rule_of_the_nic_equal_to_the_one_for_all_needs_no_class),
		cmocka_unit_test(equal_behaviours_share_a_class),
		cmocka_unit_test(a_dhcp_port_denied_by_name_is_denied_exactly),
		cmocka_unit_test(protocols_without_ports_have_a_code_of_their_own),
		cmocka_unit_test(there_is_room_for_250_behaviours),
		cmocka_unit_test(a_source_makes_a_column_and_an_interval),
		cmocka_unit_test(sources_of_equal_meaning_share_a_column),
		cmocka_unit_test(a_source_rule_that_changes_nothing_costs_nothing),
		cmocka_unit_test(a_port_without_source_rules_has_a_code),
		cmocka_unit_test(a_timed_state_leads_to_what_it_overlays),
		cmocka_unit_test(an_exact_deny_of_dhcp_is_told_apart_by_source),
		cmocka_unit_test(a_time_without_a_deadline_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
