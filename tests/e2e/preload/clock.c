/* SPDX-License-Identifier: GPL-2.0-only */
/* Preloaded into a command: its wall clock is $PORTFW_TEST_CLOCK seconds ahead of the machine's. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void)
{
	const char *seconds = getenv("PORTFW_TEST_CLOCK");

	return seconds ? strtol(seconds, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int code = (int)syscall(SYS_clock_gettime, clock, now);

	if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += ahead();
	return code;
}

time_t time(time_t *now)
{
	struct timespec read = {0};

	clock_gettime(CLOCK_REALTIME, &read);
	if (now)
		*now = read.tv_sec;
	return read.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec read = {0};

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &read);
	now->tv_sec = read.tv_sec;
	now->tv_usec = read.tv_nsec / 1000;
	return 0;
}
