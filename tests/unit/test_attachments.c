/* SPDX-License-Identifier: GPL-2.0-only */
/* The NICs that a policy is enforced on. */
#include "policy/attachments.h"
#include "unit.h"

static void attachments_stay_sorted_and_unique(void **state)
{
	struct attachments attached = {.count = 0};
	char name[IFNAMSIZ];

	(void)state;
	assert_int_equal(attachments_add(&attached, "eth1", ATTACH_AUTO), 0);
	assert_int_equal(attachments_add(&attached, "eth0", ATTACH_NATIVE), 0);
	assert_int_equal(attachments_add(&attached, "eth1", ATTACH_GENERIC), 0);
	assert_int_equal(attached.count, 2);
	assert_string_equal(attached.list[0].nic, "eth0");
	assert_int_equal(attachments_find(&attached, "eth1")->mode, ATTACH_GENERIC);
	assert_null(attachments_find(&attached, "eth2"));
	assert_true(attachments_remove(&attached, "eth0"));
	assert_false(attachments_remove(&attached, "eth0"));
	assert_string_equal(attached.list[0].nic, "eth1");
	for (int i = 1; i < MAX_NICS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(attachments_add(&attached, name, ATTACH_AUTO), 0);
	}
	assert_int_equal(attachments_add(&attached, "one-more", ATTACH_AUTO), -ENOSPC);
	assert_int_equal(attachments_add(&attached, "n1", ATTACH_NATIVE), 0);
}

static void a_name_that_no_nic_can_have_is_refused(void **state)
{
	struct attachments attached = {.count = 0};

	(void)state;
	assert_int_equal(attachments_add(&attached, "sixteen-letters-", ATTACH_AUTO), -EINVAL);
	assert_int_equal(attachments_add(&attached, "fifteen-letters", ATTACH_AUTO), 0);
	assert_int_equal(attached.count, 1);
}

static void joining_adds_what_is_missing_and_keeps_modes(void **state)
{
	struct attachments attached = attachments_of("attach eth1 native\n");
	struct attachments more = attachments_of("attach eth0\nattach eth1\nattach eth2 generic\n");
	struct attachments expected =
		attachments_of("attach eth0\nattach eth1 native\nattach eth2 generic\n");

	(void)state;
	assert_int_equal(attachments_join(&attached, &more, NULL), 0);
	assert_true(attachments_equal(&attached, &expected));
}

static void joining_stops_at_the_limit(void **state)
{
	struct attachments attached = {.count = 0};
	struct attachments more = attachments_of("attach eth0\n");
	struct error error = {""};
	char name[IFNAMSIZ];

	(void)state;
	for (int i = 0; i < MAX_NICS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(attachments_add(&attached, name, ATTACH_AUTO), 0);
	}
	assert_int_equal(attachments_join(&attached, &more, &error), -EINVAL);
	assert_string_equal(error.text,
			    "together with the NICs that stay attached these are more than 32");
	assert_int_equal(attachments_add(&more, "n1", ATTACH_AUTO), 0);
	assert_true(attachments_remove(&more, "eth0"));
	assert_int_equal(attachments_join(&attached, &more, NULL), 0);
}

static void equality_sees_names_and_modes(void **state)
{
	struct attachments a = attachments_of("attach eth0\nattach eth1\n");
	struct attachments same = attachments_of("attach eth1\nattach eth0 auto\n");
	struct attachments fewer = attachments_of("attach eth0\n");
	struct attachments other_name = attachments_of("attach eth0\nattach eth2\n");
	struct attachments other_mode = attachments_of("attach eth0\nattach eth1 native\n");

	(void)state;
	assert_true(attachments_equal(&a, &same));
	assert_false(attachments_equal(&a, &fewer));
	assert_false(attachments_equal(&fewer, &a));
	assert_false(attachments_equal(&a, &other_name));
	assert_false(attachments_equal(&a, &other_mode));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attachments_stay_sorted_and_unique),
		cmocka_unit_test(a_name_that_no_nic_can_have_is_refused),
		cmocka_unit_test(joining_adds_what_is_missing_and_keeps_modes),
		cmocka_unit_test(joining_stops_at_the_limit),
		cmocka_unit_test(equality_sees_names_and_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
