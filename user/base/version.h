/* SPDX-License-Identifier: GPL-2.0-only */
/* The version, which the Makefile gives; for who reads the sources without it. */
#ifndef PORTFW_BASE_VERSION_H
#define PORTFW_BASE_VERSION_H

#ifndef PORTFW_VERSION
#define PORTFW_VERSION "unknown"
#endif

#endif
