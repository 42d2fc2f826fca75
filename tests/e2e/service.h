/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real servers and clients on the hosts of a testbed. Each runs in a PID namespace of its own, so
 * that whatever it starts dies with it, and with the testbed; none of them can set the clock.
 */
#ifndef E2E_SERVICE_H
#define E2E_SERVICE_H

#include "testbed.h"

/* Skips the test unless all of these programs are there; blanks separate the names. */
void need_programs(const char *names);

/* Runs a shell script on a host until its end or that of the testbed; its output goes to
 * /run/NAME.log. Files belong under /run. */
__attribute__((format(printf, 4, 5))) pid_t service_start(struct testbed *bed,
							  const struct host *host, const char *name,
							  const char *script, ...);

/* Waits until the service listens on this port of its host, TCP or UDP. */
void service_listens(struct testbed *bed, const struct host *host, pid_t service, const char *name,
		     int type, unsigned port);

/* How often the log of a service has this text. */
unsigned service_said(const char *name, const char *text);
/* Waits until it has it so often. */
void service_says(pid_t service, const char *name, const char *text, unsigned times);

/* Sends it a signal. */
void service_signal(pid_t service, int signal);
/* Ends it, and whatever it has started. */
void service_stop(struct testbed *bed, pid_t service);

/* nginx on the peer, port 80, TCP over both families: /hello says "hello", /large has so many
 * MiB. */
void web_start(struct testbed *bed, unsigned mib);
/* iperf3 on a host, port 5201. */
void iperf_start(struct testbed *bed, const struct host *host);

/* Whether the long run is asked for: the times and sizes of real use instead of short ones. */
bool is_long_run(void);

#endif
