#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Of tests/floors.sh: what it must find in a tree that is wrong, and what it must let pass.
set -eu

root=$(realpath "$(dirname "$0")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# A small tree with one more include. usage: plant FILE INCLUDE
plant() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{bpf,include/portfw,tests/unit,user/{base,policy,cmd}}
    touch "$tree"/{bpf/parse.h,include/portfw/abi.h,user/cmd/rules.h}
    touch "$tree"/user/{base/error.h,policy/{rule.h,compile_parts.h}}
    echo '/* One rule; private to user/policy/. */' >"$tree/user/policy/one.h"
    printf '#include <portfw/abi.h>\n#include "base/error.h"\n#include "rule.h"\n' \
        >"$tree/user/policy/rule.c"
    printf '#include %s\n' "$2" >>"$tree/$1"
}

# usage: refused FILE INCLUDE
refused() {
    local said status=0
    plant "$1" "$2"
    said=$("$root/tests/floors.sh" "$tree") || status=$?
    echo "exit status $status: $said"
    [[ $status -eq 1 && $said == "$1:"*": #include $2: "* && $said != *$'\n'* ]]
}

# usage: passes FILE INCLUDE
passes() {
    plant "$1" "$2"
    "$root/tests/floors.sh" "$tree"
}

announce 15
report "an include upwards is refused" refused user/policy/rule.c '"cmd/rules.h"'
report "an include upwards between <> is refused" refused user/base/error.h '<policy/rule.h>'
report "an include of what the table does not name is refused" \
    refused user/policy/rule.c '"bpf/parse.h"'
report "a path with .. is refused" refused user/cmd/rules.h '"../policy/rule.h"'
report "a path with .. is refused in the tests" \
    refused tests/unit/test_rule.c '"../../user/base/error.h"'
report "a path from the top of the tree is refused" \
    refused user/cmd/rules.h '"user/policy/rule.h"'
report "a private header of another folder is refused" \
    refused user/cmd/rules.h '"policy/compile_parts.h"'
report "a header that says it is private is refused to another folder" \
    refused user/cmd/rules.h '"policy/one.h"'
report "a private header is refused to the tests" \
    refused tests/unit/test_rule.c '"policy/compile_parts.h"'
report "the programs include nothing of the user side" refused bpf/parse.h '"base/error.h"'
report "include/ includes nothing of the user side" refused include/portfw/abi.h '"base/error.h"'
report "the product includes nothing of the tests" refused user/cmd/rules.h '"tests/unit/unit.h"'
report "a private header passes in its own folder" passes user/policy/rule.c '"compile_parts.h"'
report "includes downwards and of the system pass" passes user/cmd/rules.h '"policy/rule.h"'
report "a folder of the system of the same name passes" passes user/base/error.h '<net/if.h>'
conclude
