/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that wait for no lock, a million times at once on two CPUs: lockdown, unlock, block and
 * unblock, and beside them policies that are published. A lockdown is the rarest: each seventh
 * waits for a grace period, some 8 ms.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/blocks.h"
#include "kernel/lifecycle.h"
#include "kernel/lockdown.h"
#include "kernel/publish.h"

#define PIN_DIR "/mnt/portfw"

enum {
	WRITERS = 2,
	ROUNDS = 15000, /* of up to five operations each, by each writer */
	LOCKDOWN_EVERY = 50,
};

static unsigned rounds(void)
{
	const char *number = getenv("PORTFW_TEST_ROUNDS");

	return number ? (unsigned)strtoul(number, NULL, 10) : ROUNDS;
}

/* The sources of one lockdown tell which it was: all the same, and how many. */
static size_t make_keep(unsigned writer, unsigned round, struct prefix keep[KEEP_MAX])
{
	size_t count = 1 + round % KEEP_MAX;

	for (size_t i = 0; i < count; i++) {
		keep[i] = (struct prefix){.family = 6, .length = 128, .address = {0x20, 0x01}};
		keep[i].address[11] = (__u8)writer;
		memcpy(&keep[i].address[12], &round, sizeof(round));
	}
	return count;
}

static bool is_whole(const struct prefix *keep, size_t count)
{
	unsigned round;

	if (!count)
		return false;
	memcpy(&round, &keep[0].address[12], sizeof(round));
	for (size_t i = 1; i < count; i++)
		if (memcmp(&keep[i], &keep[0], sizeof(keep[0])) != 0)
			return false;
	return keep[0].address[11] < WRITERS && count == 1 + round % KEEP_MAX;
}

static struct block_item item_of(unsigned number)
{
	struct block_item item = {
		.prefix = {.family = 4, .length = 32, .address = {10, 0, 0, (__u8)number}}};

	if (number % 3 == 0)
		item.prefix = (struct prefix){.family = 4, .length = 16, .address = {10, 1}};
	return item;
}

/* Both writers have the same addresses. */
static int write_blocks(struct instance *instance, unsigned round)
{
	const struct block_item item = item_of(round % 5);
	struct error error = {""};
	int code = blocks_add(instance, &item, 1, &error);

	return code ? code : blocks_remove(instance, &item, 1, &error);
}

static int write_round(struct instance *instance, unsigned writer, unsigned round)
{
	struct prefix keep[KEEP_MAX];
	int code = 0;

	if (round % LOCKDOWN_EVERY == 0)
		code = lockdown_switch_on(instance, keep, make_keep(writer, round, keep), 0, NULL,
					  NULL);
	else if (round % LOCKDOWN_EVERY == LOCKDOWN_EVERY / 2)
		lockdown_switch_off(instance, NULL, NULL);
	if (!code)
		code = write_blocks(instance, round);
	/* Policies are published by the holder of the lock alone. */
	for (unsigned i = 0; i < 2 && !code && writer == 0; i++) {
		publish_switch(instance, (round + i) % 2);
		if (CONTROL_ACTIVE(instance->control->word) != (round + i) % 2)
			code = -EIO;
	}
	return code;
}

/* How a child ends. */
static int write_all(unsigned writer)
{
	struct instance instance = INSTANCE_INIT;
	struct error error = {""};
	int code = instance_open(PIN_DIR, true, &instance, &error);

	for (unsigned round = 0; round < rounds() && !code; round++)
		code = write_round(&instance, writer, round);
	if (code)
		fprintf(stderr, "writer %u: %d %s\n", writer, code, error.text);
	return code != 0;
}

static int read_all(const volatile bool *over)
{
	struct instance instance = INSTANCE_INIT;
	struct prefix keep[KEEP_MAX];
	unsigned long seen = 0;
	size_t count;
	int code = instance_open(PIN_DIR, false, &instance, NULL);

	while (!code && !*over) {
		if (!lockdown_is_on(&instance, 1, NULL, keep, &count))
			continue;
		seen++;
		code = is_whole(keep, count) ? 0 : -EIO;
	}
	if (code || !seen)
		fprintf(stderr, "reader: %d, saw %lu\n", code, seen);
	return code || !seen;
}

/* --- The test -------------------------------------------------------------------------------- */

static int setup(void **state)
{
	static struct instance instance = INSTANCE_INIT;
	struct error error = {""};

	*state = NULL;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", "/mnt", "bpf", 0, NULL))
		return 0;
	if (instance_create(PIN_DIR, FLOWS_MIN, &instance, &error)) {
		print_error("%s\n", error.text);
		return -1;
	}
	*state = &instance;
	return 0;
}

static pid_t child(int (*run)(unsigned writer), unsigned writer)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(run(writer));
	return pid;
}

static void all_is_whole_and_nothing_is_lost(void **state)
{
	struct instance *instance = *state;
	struct prefix keep[KEEP_MAX];
	pid_t writers[WRITERS], reader;
	int status, failed = 0;
	size_t count;

	if (!instance)
		skip();
	/* Memory that all of them see. */
	volatile bool *over = (volatile bool *)&instance->control->stand_in[63];
	reader = fork();
	if (reader == 0)
		_exit(read_all(over));
	for (unsigned i = 0; i < WRITERS; i++)
		writers[i] = child(write_all, i);
	for (unsigned i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		failed |= status;
	}
	*over = true;
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(failed | status, 0);
	if (lockdown_is_on(instance, 1, NULL, keep, &count))
		assert_true(is_whole(keep, count));
	/* Everything that was blocked was unblocked, and the last one cleared the bit. */
	for (unsigned i = 0; i < 5; i++) {
		const struct block_item item = item_of(i);
		struct block block;

		assert_int_equal(blocks_find(instance, &item.prefix, &block, NULL), -ENOENT);
		assert_int_equal(blocks_remove(instance, &item, 1, NULL), 0);
	}
	assert_int_equal(instance->control->blocked, 0);
}

static void what_is_blocked_is_looked_for_whatever_the_other_does(void **state)
{
	struct instance *instance = *state;
	const struct block_item mine = item_of(1), other = item_of(2);
	struct block block;
	int status, lost = 0;

	if (!instance)
		skip();
	pid_t pid = fork();
	if (pid == 0) {
		struct instance own = INSTANCE_INIT;
		int code = instance_open(PIN_DIR, true, &own, NULL);

		for (unsigned i = 0; i < rounds() / 4 && !code; i++) {
			blocks_add(&own, &other, 1, NULL);
			code = blocks_remove(&own, &other, 1, NULL);
		}
		_exit(code != 0);
	}
	for (unsigned i = 0; i < rounds() / 4; i++) {
		assert_int_equal(blocks_add(instance, &mine, 1, NULL), 0);
		lost += blocks_find(instance, &mine.prefix, &block, NULL) != 0;
		assert_int_equal(blocks_remove(instance, &mine, 1, NULL), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(blocks_add(instance, &mine, 1, NULL), 0);
	assert_int_equal(blocks_find(instance, &mine.prefix, &block, NULL), 0);
	assert_int_equal(blocks_remove(instance, &mine, 1, NULL), 0);
	assert_int_equal(lost, 0);
}

static int teardown(void **state)
{
	if (*state)
		instance_close(*state);
	return *state ? instance_remove(PIN_DIR, NULL) : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_whole_and_nothing_is_lost),
		cmocka_unit_test(what_is_blocked_is_looked_for_whatever_the_other_does),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
