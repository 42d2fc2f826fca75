#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the built program has against being taken over: read from the binary and its objects.
set -eu

root=$(realpath "$(dirname "$0")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"
unset MAKEFLAGS MAKELEVEL V

program=$root/build/portfw
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# usage: has PATTERN COMMAND...; the command's output has a line that matches.
has() {
    local pattern=$1 said
    shift
    said=$("$@")
    grep -E -q -- "$pattern" <<<"$said" || {
        echo "$said"
        return 1
    }
}

is_position_independent() {
    has 'Type: +DYN' readelf -W -h "$program"
}

has_full_relro() {
    has 'GNU_RELRO' readelf -W -l "$program" && has '\(FLAGS_1\).* NOW' readelf -W -d "$program"
}

# A segment that can be written is not executed, the stack included.
executes_nothing_that_is_written() {
    has 'GNU_STACK .* RW +0x' readelf -W -l "$program" &&
        ! has ' (RWE|WE) +0x' readelf -W -l "$program" >/dev/null
}

# usage: symbols OBJECT; those that it wants from elsewhere.
symbols() {
    nm --undefined-only "$1"
}

# One object of the program, in a build directory of its own. usage: compile OBJECT VARIABLE=VALUE...
compile() {
    local object=$1
    shift
    make -C "$root" --no-print-directory B="$directory" "$directory/user/$object.o" "$@"
}

# Buffers on the stack and calls that FORTIFY knows are in these.
is_protected() {
    has __stack_chk_fail symbols "$1" && has '__[a-z]+_chk$' symbols "$1"
}

own_objects_are_protected() {
    is_protected "$root/build/user/cli/message.o" && is_protected "$root/build/user/state/lock.o"
}

# Of the objects with a buffer on the stack; some have none.
most_objects_have_stack_protector() {
    local object all=0 some=0
    for object in "$root"/build/user/*/*.o; do
        all=$((all + 1))
        if symbols "$object" | grep -q __stack_chk_fail; then some=$((some + 1)); fi
    done
    echo "$some of $all"
    [ $((2 * some)) -gt "$all" ]
}

with_own_cflags() {
    compile cli/message CFLAGS='-O1 -g0' >/dev/null && is_protected "$directory/user/cli/message.o"
}

without_optimising() {
    compile cli/message CFLAGS='-O0 -g' WERROR=1 >/dev/null &&
        has __stack_chk_fail symbols "$directory/user/cli/message.o"
}

with_another_fortify() {
    local said
    said=$(compile cli/message CFLAGS='-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=1' WERROR=1 V=1)
    echo "$said"
    [[ $said == *_FORTIFY_SOURCE=1* && $said != *_FORTIFY_SOURCE=2* ]]
}

announce 8
report "the program is position independent" is_position_independent
report "RELRO is full" has_full_relro
report "nothing is executed that can be written" executes_nothing_that_is_written
report "our objects have stack protector and FORTIFY" own_objects_are_protected
report "most objects have a stack protector" most_objects_have_stack_protector
report "with CFLAGS of one's own they have both" with_own_cflags
report "without optimising it builds, without FORTIFY" without_optimising
report "another FORTIFY can be asked for" with_another_fortify
conclude
