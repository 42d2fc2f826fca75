/* SPDX-License-Identifier: GPL-2.0-only */
#include "live.h"
#include "kernel/privilege.h"
#include "policy/text.h"
#include "verdict/tables.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often a command that only reads looks again. */
#define AGAIN_TIMES 10
#define AGAIN_NANOSECONDS 10000000

/* Parses the text of the slot. */
static int parse(struct live *live, struct error *error)
{
	const char *text = live->text;
	struct diagnostics diagnostics = {.count = 0};
	int code = deadlines_read(text, &live->deadlines);

	moment_hold(&live->now, &live->deadlines);
	if (code == 0)
		code = text_parse(text, strlen(text), &live->policy, NULL, &diagnostics);
	if (code)
		error_set(error, code, "the running policy is damaged (%s): run `portfw restore`",
			  diagnostics.count ? diagnostics.list[0].text : strerror(-code));
	else
		live->known = (struct known){deadlines_skip(text), &live->policy};
	return code == -EINVAL ? -EPROTO : code;
}

static int read_policy(struct live *live, struct error *error)
{
	int code;

	live->version = publish_version(&live->instance);
	code = publish_trial(&live->instance, &live->trial, error);
	live->trial.pending = live->trial.pending && !live->trial.over;
	if (code == 0)
		code = publish_read_text(&live->instance, false, &live->text, error);
	if (code)
		return code;
	live->published = live->text[0] != '\0';
	live->blank = strcmp(live->text, LIVE_BLANK) == 0;
	return live->published ? parse(live, error) : 0;
}

/* Ends a trial whose time is up. */
static int settle(struct live *live, struct error *error)
{
	struct trial trial;
	int code = publish_trial(&live->instance, &trial, error);

	if (code == 0)
		code = publish_settle(&live->instance, error);
	live->settled = code == 0 && trial.over;
	return code;
}

static int read_instance(struct live *live, bool writable, struct error *error)
{
	int code = moment_read(&live->now, &live->instance, error);

	if (code == 0 && writable)
		code = settle(live, error);
	if (code == 0)
		code = read_policy(live, error);
	if (code == -EPROTO && writable) {
		live->published = false;
		live->lost = true;
		code = 0;
	}
	for (size_t i = 0; code == 0 && i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		if (!nic->gone && !nic->detached)
			code = attachments_add(&live->attached, nic->name, nic->mode);
	}
	return code;
}

static int read_once(const struct paths *paths, bool writable, struct live *live,
		     struct error *error)
{
	policy_init(&live->policy);
	live->now.wall = moment_wall(paths->policy);
	int code = instance_open(paths->pin_dir, writable, &live->instance, error);
	if (code)
		return code;
	if (writable) {
		code = instance_mend(&live->instance, error);
		attach_sweep(&live->instance);
	}
	if (code)
		return code;
	code = attach_list(&live->instance, live->nics, &live->nic_count, error);
	if (code)
		return code;
	/* Left behind by an attach that was killed. */
	if (live->nic_count == 0) {
		instance_close(&live->instance);
		return -ENOENT;
	}
	return read_instance(live, writable, error);
}

/* Whether it may be otherwise a moment later: while another command makes or removes an instance,
 * its pins come and go one by one. */
static bool may_pass(int code)
{
	return code && code != -ENOENT && code != -ENOMEM && code != -EPERM && code != -EACCES;
}

int live_read(const struct paths *paths, bool writable, struct live *live, struct error *error)
{
	const struct timespec pause = {.tv_nsec = AGAIN_NANOSECONDS};
	int code = read_once(paths, writable, live, error);

	for (unsigned i = 0; !writable && may_pass(code) && i < AGAIN_TIMES; i++) {
		live_close(live);
		*live = (struct live)LIVE_INIT;
		nanosleep(&pause, NULL);
		error_set(error, 0, "%s", "");
		code = read_once(paths, writable, live, error);
	}
	return code;
}

int live_open(const struct paths *paths, struct live *live, struct error *error)
{
	int code = privilege_check(error);

	if (code == 0)
		code = live_read(paths, false, live, error);
	live_expire(live);
	if (code == -ENOENT)
		error_set(error, code, "no NIC is attached, so there is no running policy");
	return code;
}

void live_expire(struct live *live)
{
	live->expired += deadlines_expire(&live->policy, &live->deadlines, &live->now);
	if (live->expired)
		live->known.text = NULL;
}

void live_adopt_modes(struct live *live, const struct attachments *wanted)
{
	for (size_t i = 0; i < live->attached.count; i++) {
		struct attachment *have = &live->attached.list[i];
		const struct attachment *want = attachments_find(wanted, have->nic);
		if (want && want->mode == ATTACH_AUTO)
			have->mode = ATTACH_AUTO;
	}
}

const struct nic_status *live_nic(const struct live *live, const char *name, bool attached)
{
	for (size_t i = 0; i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		bool usable = !nic->gone && !nic->detached;
		if (strcmp(nic->name, name) == 0 && (usable || !attached))
			return nic;
	}
	return NULL;
}

int live_tables_match(const struct live *live, struct error *error)
{
	_cleanup_verdict_ struct compiled compiled = {NULL};
	char names[MAX_NICS][IFNAMSIZ];
	int code;

	attach_names(&live->instance, names);
	code = verdict_compile(&live->policy, (const char(*)[IFNAMSIZ])names, &live->deadlines,
			       &live->now, &compiled, error);
	if (code == 0)
		code = publish_matches(live_instance(live), compiled.slot,
				       &(struct large_tables){compiled.sources4, compiled.sources6,
							      compiled.cells});
	return code;
}

void live_close(struct live *live)
{
	policy_free(&live->policy);
	deadlines_free(&live->deadlines);
	free(live->text);
	instance_close(&live->instance);
}
