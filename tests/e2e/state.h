/* SPDX-License-Identifier: GPL-2.0-only */
/* What outlives commands: locks, files, reboots. */
#ifndef E2E_STATE_H
#define E2E_STATE_H

#include "testbed.h"

/* Links and pins are gone, and with them the maps, and the kernel is another boot; files stay. */
void reboot(struct testbed *bed);

/* A child that holds the lock of the instance until it is killed. */
pid_t hold_lock(struct testbed *bed);

/* No process of portfw runs on the guarded host. */
void assert_nothing_runs(struct testbed *bed);

/* The policy file holds this text. */
#define assert_file(bed, text) file_is(bed, text, __FILE__, __LINE__)
void file_is(struct testbed *bed, const char *text, const char *file, int line);

/* Puts the policy file into a file system of its own, of 128 KiB. */
void use_small_file_system(struct testbed *bed);
void fill_small_file_system(struct testbed *bed);
void empty_small_file_system(struct testbed *bed);

/* A number of `status --json` at this path of keys, as in "policy", "trial", "seconds_left"; -1
 * where there is null on the way. `keys` ends with NULL. */
double status_number(struct testbed *bed, const char *const *keys);
/* Seconds that the trial has left, -1: there is none. */
double trial_left(struct testbed *bed);

#endif
