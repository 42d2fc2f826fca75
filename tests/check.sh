#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be found without running the code. Every step runs, even if an earlier one failed.
# usage: check.sh BUILD 'FLAGS OF THE USER SIDE' 'FLAGS OF THE BPF SIDE' C-FILE... -- SHELL-FILE...
set -eu

build=$1
read -ra user_flags <<<"$2"
read -ra bpf_flags <<<"$3"
shift 3

c_files=() user_sources=() bpf_sources=() shell_files=()
for file; do
    shift
    [ "$file" != -- ] || break
    c_files+=("$file")
    case $file in
    *.bpf.c) bpf_sources+=("$file") ;;
    # Fuzzers are built by clang alone and need the flags of their sanitizers.
    *.c) user_sources+=("$file") ;;
    esac
done
shell_files=("$@")

failed=()
step() {
    local name=$1
    shift
    echo "check: $name"
    "$@" || failed+=("$name")
}

check_format() {
    clang-format --dry-run -Werror "${c_files[@]}"
}

# Two lines of clang-tidy's stderr count what it left out.
tidy() {
    local sources=$1
    shift
    tr ' ' '\n' <<<"$sources" | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- "$@" \
        2> >(grep -vE '^[0-9]+ warnings? generated' >&2)
}

check_user() {
    tidy "${user_sources[*]}" "${user_flags[@]}" -Ibpf -isystem "$build/include"
}

check_bpf() {
    tidy "${bpf_sources[*]}" "${bpf_flags[@]}"
}

check_cppcheck() {
    local includes=(-Iinclude -Iuser -Ibpf "-I$build/include")
    cppcheck --quiet -j "$(nproc)" --enable=warning,performance,portability --error-exitcode=1 \
        --inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
        --suppress='memleak:tests/*' --std=c11 -D_GNU_SOURCE "${includes[@]}" \
        '-DLIBBPF_OPTS(type, name, ...)=struct type name = {__VA_ARGS__}' \
        '-Dmnl_attr_for_each(attribute, message, size)=while ((attribute = next_of(message)))' \
        "${user_sources[@]}"
}

check_shell() {
    shellcheck "${shell_files[@]}"
}

step "floors" tests/floors.sh
step "clang-format" check_format
step "clang-tidy, user side and tests" check_user
step "clang-tidy, BPF side" check_bpf
step "cppcheck" check_cppcheck
step "shellcheck" check_shell

if ((${#failed[@]})); then
    printf 'check: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "check: all passed"
