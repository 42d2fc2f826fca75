#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the examples that `portfw help COMMAND` gives, each command's on a fresh host: they may fail
# there, for want of a trial or a lockdown, but not for being misunderstood. Reports like cmocka.
set -eu

# shellcheck source=tests/readme/host.sh
. "$(dirname "$0")/host.sh"
portfw=$root/build/portfw

command_names() {
    "$portfw" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

examples_of() {
    "$portfw" help "$1" | sed -n '/^Examples:/,$s/^  //p'
}

# usage: wrong_examples COMMAND; prints those that portfw does not understand.
wrong_examples() {
    local example status said
    fresh_host
    mkdir /etc/portfw
    echo 'default allow' >/etc/portfw/policy
    echo 'default deny' >policy.new
    echo 203.0.113.9 >addresses.txt
    make_capture
    mv knocks.pcap traffic.pcap
    examples_of "$1" | grep -qE "(^|\| )portfw (.* )?$1( |\$)" || echo "none is of $1"
    while IFS= read -r example; do
        status=0
        said=$(bash -c "$example" 2>&1 </dev/null) || status=$?
        [ "$status" -ne 2 ] || echo "$example: $said"
    done < <(examples_of "$1")
}

if [ "$(id -u)" -ne 0 ]; then
    announce 1
    report_skipped "the examples of help" "needs root"
elif [ "${1:-}" = --inside ]; then
    announce "$(command_names | wc -l)"
    build_host
    for name in $(command_names); do
        report "the examples of help $name" fails_on_output wrong_examples "$name"
    done
    conclude
else
    go_inside "$0"
fi
