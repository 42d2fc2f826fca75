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

# Findings of clang-format, clang-tidy and cppcheck differ from version to version: these judge.
judge=14
cppcheck_judge=2.10

failed=() skipped=()
step() {
    local name=$1
    shift
    echo "check: $name"
    "$@" || failed+=("$name")
}

# The name of a tool in that version, "" if it is not there.
judging() {
    local name
    for name in "$1-$judge" "$1"; do
        if "$name" --version 2>/dev/null | grep -q "version $judge\."; then
            echo "$name"
            return
        fi
    done
}

# cppcheck finds other things in each version, and what is no error.
check_cppcheck_if_it_judges() {
    local found
    found=$(cppcheck --version)
    if [ "$found" = "Cppcheck $cppcheck_judge" ]; then
        step "cppcheck" check_cppcheck
        return
    fi
    echo "check: cppcheck: skipped: cppcheck $cppcheck_judge judges, here is ${found#Cppcheck }"
    skipped+=(cppcheck)
}

# A step of a tool that judges in one version only. usage: judged_step TOOL NAME COMMAND...
judged_step() {
    local tool=$1 found
    shift
    if [ -n "$(judging "$tool")" ]; then
        step "$@"
        return
    fi
    found=$("$tool" --version 2>/dev/null | grep -o 'version [0-9.]*' || echo none)
    echo "check: $1: skipped: $tool $judge judges, here is ${found#version }"
    skipped+=("$1")
}

check_format() {
    "$(judging clang-format)" --dry-run -Werror "${c_files[@]}"
}

# Two lines of clang-tidy's stderr count what it left out.
tidy() {
    local sources=$1 tool
    shift
    tool=$(judging clang-tidy)
    tr ' ' '\n' <<<"$sources" | xargs -P "$(nproc)" -I{} "$tool" --quiet {} -- "$@" \
        2> >(grep -vE '^[0-9]+ warnings? generated' >&2)
}

check_user() {
    tidy "${user_sources[*]}" "${user_flags[@]}" -Ibpf -isystem "$build/include"
}

check_bpf() {
    tidy "${bpf_sources[*]}" "${bpf_flags[@]}"
}

check_cppcheck() {
    local includes=(-Iinclude -Iuser -Ibpf -I. "-I$build/include")
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
judged_step clang-format "clang-format" check_format
judged_step clang-tidy "clang-tidy, user side and tests" check_user
judged_step clang-tidy "clang-tidy, BPF side" check_bpf
check_cppcheck_if_it_judges
step "shellcheck" check_shell

if ((${#failed[@]})); then
    printf 'check: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
if ((${#skipped[@]})); then
    echo "check: passed, but for what is skipped"
    exit 0
fi
echo "check: all passed"
