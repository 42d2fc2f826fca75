/* SPDX-License-Identifier: GPL-2.0-only */
#include "nic.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

static struct bpf_xdp_query_opts query(struct testbed *bed, const char *nic)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, answer);

	host_enter(bed, &bed->guarded);
	int index = (int)if_nametoindex(nic);
	int code = bpf_xdp_query(index, 0, &answer);
	host_leave(bed);
	assert_int_equal(code, 0);
	return answer;
}

unsigned nic_program(struct testbed *bed, const char *nic)
{
	struct bpf_xdp_query_opts answer = query(bed, nic);

	return answer.drv_prog_id ? answer.drv_prog_id : answer.skb_prog_id;
}

bool nic_is_native(struct testbed *bed, const char *nic)
{
	return query(bed, nic).drv_prog_id;
}

bool nic_is_generic(struct testbed *bed, const char *nic)
{
	return query(bed, nic).skb_prog_id;
}

unsigned nic_attach_foreign(struct testbed *bed, const char *nic, const char *name)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", pass, 2, NULL);

	assert_true(program >= 0);
	host_enter(bed, &bed->guarded);
	int code = bpf_xdp_attach((int)if_nametoindex(nic), program, 0, NULL);
	host_leave(bed);
	assert_int_equal(code, 0);
	close(program);
	return nic_program(bed, nic);
}

unsigned pin_count(const struct testbed *bed, const char *prefix)
{
	DIR *directory = opendir(bed->pin_dir);
	const struct dirent *entry;
	unsigned count = 0;

	while (directory && (entry = readdir(directory)))
		count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	if (directory)
		closedir(directory);
	return count;
}

bool program_exists(unsigned id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
