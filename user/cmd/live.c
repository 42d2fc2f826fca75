/* SPDX-License-Identifier: GPL-2.0-only */
#include "live.h"
#include "kernel/privilege.h"
#include "message.h"
#include "policy/compile.h"
#include "policy/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_policy(struct live *live, struct error *error)
{
	struct diagnostics diagnostics = {.count = 0};
	char *text = NULL;

	live->version = instance_version(&live->instance);
	int code = instance_text(&live->instance, &text, error);

	if (code)
		return code;
	live->published = text[0] != '\0';
	if (live->published) {
		code = text_parse(text, strlen(text), &live->policy, &diagnostics);
		if (code)
			error_set(error, code == -EINVAL ? -EPROTO : code,
				  "the running policy is damaged (%s): `portfw detach --all "
				  "--runtime`, "
				  "then `portfw restore`",
				  diagnostics.count ? diagnostics.list[0].text : strerror(-code));
	}
	free(text);
	return code == -EINVAL ? -EPROTO : code;
}

int live_read(const char *pin_dir, bool writable, struct live *live, struct error *error)
{
	policy_init(&live->policy);
	int code = instance_open(pin_dir, writable, &live->instance, error);
	if (code)
		return code;
	code = attach_list(&live->instance, live->nics, &live->nic_count, error);
	if (code)
		return code;
	code = read_policy(live, error);
	for (size_t i = 0; code == 0 && i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		if (!nic->gone && !nic->detached)
			code = policy_attach(&live->policy, nic->name, nic->mode);
	}
	return code;
}

int live_load(const struct invocation *invocation, struct live *live)
{
	struct error error = {""};
	int code = privilege_check(&error);

	if (code == 0)
		code = live_read(invocation->options.pin_dir, false, live, &error);
	if (code == 0)
		return STATUS_DONE;
	if (code == -ENOENT)
		error_set(&error, code, "no NIC is attached, so there is no running policy");
	message_failure(invocation, code, &error);
	return STATUS_FAILED;
}

void live_adopt_modes(struct live *live, const struct policy *wanted)
{
	for (size_t i = 0; i < live->policy.attachment_count; i++) {
		struct attachment *have = &live->policy.attachments[i];
		const struct attachment *want = policy_attachment(wanted, have->nic);
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
	struct slot *slot = malloc(sizeof(*slot));
	char names[MAX_NICS][IFNAMSIZ];

	if (!slot)
		return error_set(error, -ENOMEM, "out of memory");
	attach_names(&live->instance, names);
	int code = policy_compile(&live->policy, (const char(*)[IFNAMSIZ])names, slot, error);
	if (code == 0)
		code = memcmp(slot, instance_active_slot(&live->instance), sizeof(*slot)) == 0;
	free(slot);
	return code;
}

void live_close(struct live *live)
{
	policy_free(&live->policy);
	instance_close(&live->instance);
}
