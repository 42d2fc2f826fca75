/* SPDX-License-Identifier: GPL-2.0-only */
#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "nic.h"

void reboot(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "umount -l " TESTBED_BPFFS "; mount -t bpf bpf " TESTBED_BPFFS "\n"
		 "rm -rf $PORTFW_RUN_DIR\n"
		 "cat /proc/sys/kernel/random/uuid >/run/boot_id\n"
		 "mount --bind /run/boot_id /proc/sys/kernel/random/boot_id\n");
	wait_until(!nic_program(bed, "eth0"));
}

pid_t hold_lock(struct testbed *bed)
{
	int ready[2];
	char path[128], byte = 0;

	snprintf(path, sizeof(path), "%s/lock", bed->run_dir);
	mkdir(bed->run_dir, 0700);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = testbed_fork(bed);
	if (pid == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

void assert_nothing_runs(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "! grep -l ^portfw$ /proc/[0-9]*/comm | xargs -r -n1 dirname |"
		 " xargs -r -I{} readlink {}/ns/net | grep -F \"$(readlink /proc/self/ns/net)\"");
}

void file_is(struct testbed *bed, const char *text, const char *file, int line)
{
	run_prints(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY"), false, text, file, line);
}

/* --- File systems -------------------------------------------------------------------------- */

void use_small_file_system(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded,
		 "mkdir /run/small; mount -t tmpfs -o size=128k,mode=755 small /run/small");
	snprintf(bed->policy, sizeof(bed->policy), "/run/small/policy");
}

void fill_small_file_system(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "cat /dev/zero >/run/small/filler 2>/dev/null || :");
}

void empty_small_file_system(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "rm /run/small/filler");
}

/* --- Status -------------------------------------------------------------------------------- */

double status_number(struct testbed *bed, const char *const *keys)
{
	json_t *status = json_of(portfw_ok(bed, "status --json")), *value = status;
	double number = -1;

	for (; *keys && !json_is_null(value); keys++) {
		value = json_object_get(value, *keys);
		if (!value)
			fail_msg("no key \"%s\"", *keys);
	}
	if (!json_is_null(value)) {
		assert_true(json_is_number(value));
		number = json_number_value(value);
	}
	json_decref(status);
	return number;
}

double trial_left(struct testbed *bed)
{
	return status_number(bed, (const char *const[]){"policy", "trial", "seconds_left", NULL});
}
