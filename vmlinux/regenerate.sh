#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes vmlinux.h anew from the BTF of the running kernel: only the types that bpf/ names.
#   sh vmlinux/regenerate.sh >vmlinux/vmlinux.h
set -eu
types='__u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 __be16 __be32 __be64 __wsum __sum16
bpf_map_type xdp_action xdp_md bpf_sock __sk_buff'

cat <<'HEADER'
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel types that bpf/ uses, taken from a kernel's BTF by
 *   sh vmlinux/regenerate.sh >vmlinux/vmlinux.h
 * All of them are part of the kernel's user-space ABI, so one copy serves every kernel.
 */
#ifndef VMLINUX_H
#define VMLINUX_H

HEADER
# A definition starts in the first column and ends with a line that starts with "}" or at once.
bpftool btf dump file "${1:-/sys/kernel/btf/vmlinux}" format c | awk -v wanted="$types" '
    BEGIN { n = split(wanted, list); for (i = 1; i <= n; i++) want[list[i]] = 1 }
    /^typedef [^(]*;$/ { name = $NF; sub(/;$/, "", name); defined[name] = $0; next }
    /^(struct|enum|union) [a-z0-9_]+ \{/ { body = $0; name = $2; inside = 1; next }
    inside { body = body "\n" $0; if (/^}/) { inside = 0; if (want[name]) print_later[++k] = body } }
    function base(name,    words, count) {
        if (printed[name] || !(name in defined)) return
        count = split(defined[name], words); base(words[count - 1])
        print defined[name]; printed[name] = 1
    }
    END {
        for (i = 1; i <= n; i++) base(list[i])
        for (i = 1; i <= k; i++) print "\n" print_later[i]
    }'
printf '\n#endif\n'
