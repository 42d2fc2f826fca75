#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the commands with --json on a host where there is something of everything, and looks for the
# keys that they print in docs/json.md, and for the keys of docs/json.md in what they print. Reports
# like cmocka.
set -eu

# shellcheck source=tests/readme/host.sh
. "$(dirname "$0")/host.sh"
page=$root/docs/json.md
printed=/run/printed # the keys so far, one a line

# usage: wait_for STATE; until a socket of port 22 is in it, as /proc/net/tcp has it.
wait_for() {
    local i
    for ((i = 0; i < 100; i++)); do
        grep -qE "^ *[0-9]+: [0-9A-F]+:0016 [0-9A-F:]+ $1 " /proc/net/tcp && return
        sleep 0.05
    done
}

# A service with somebody connected, flows of each kind, a rule of each kind, and a capture.
build_scene() {
    # Their input stays open, so that they go on.
    (sleep 60 | nc -l 192.0.2.1 22) &
    (sleep 60 | nc -l 127.0.0.1 3306) &
    portfw attach eth0 --quiet
    portfw allow tcp 22 comment "remote login" --quiet
    portfw allow tcp 80 from 192.0.2.0/24 on eth0 --quiet
    portfw allow tcp 3306 for 1h --quiet
    portfw block 198.51.100.7 for 1h --quiet
    portfw block 198.51.100.8 --quiet
    wait_for 0A # listening
    (client sleep 60 | client nc 192.0.2.1 22) &
    wait_for 01 # established
    ping -n -q -c 1 -W 2 192.0.2.2 >/dev/null
    bash -c 'echo >/dev/udp/192.0.2.2/53'
    send_packets
    make_capture
    echo 'default deny' >candidate
    printf 'allow tcp 22\nallow tcp 22\n' >warned
    echo 'allow 22' >wrong
}

# The keys of JSON, one a line. A quote inside of a string has a backslash before it.
keys() {
    grep -oE '"[A-Za-z0-9_-]+": ' | tr -d '": ' | sort -u
}

# usage: run_json WORD...; the words of a command.
run_json() {
    local status=0
    portfw "$@" --json >/run/json 2>/run/said || status=$?
    if [ "$status" -ne 0 ] && [ "$status" -ne 4 ]; then
        cat /run/said
        echo "exit status $status"
        return 1
    fi
    cat /run/json /run/said | keys >/run/keys
    if [ "$(head -n 2 /run/json)" != $'{\n  "schema": 1,' ] &&
        grep -vq '^{"schema": 1,' /run/json; then
        echo "an object does not begin with its schema"
        return 1
    fi
    judge_keys
}

# The same of one that fails.
run_failing() {
    portfw "$@" --json >/run/json 2>/run/said && return 1
    keys </run/said >/run/keys
    judge_keys
}

judge_keys() {
    cat /run/keys >>$printed
    if [ ! -s /run/keys ]; then
        echo "it prints no key"
        return 1
    fi
    fails_on_output missing_keys
}

missing_keys() {
    local key
    while read -r key; do
        grep -qF -- "\`$key\`" "$page" || echo "docs/json.md lacks \`$key\`"
    done </run/keys
}

# The commands, in an order that makes sense as a session.
commands=(
    'version'
    'status'
    'flows'
    'list'
    'list --runtime'
    'check warned'
    'diff warned'
    'audit'
    'audit --close-unused --dry-run'
    'port 22'
    'explain tcp 22 from 192.0.2.2'
    'explain tcp 3306 from 192.0.2.2'
    'explain tcp 23 from 198.51.100.7'
    'replay knocks.pcap --local 192.0.2.1'
    'replay knocks.pcap --local 192.0.2.1 --policy candidate --diff'
    'snapshot'
    'allow tcp 22 comment ssh --dry-run'
    'allow tcp 22 comment ssh'
    'deny udp 161'
    'delete udp 161'
    'block 203.0.113.9'
    'unblock 203.0.113.9'
    'default deny --confirm 60s --force'
    'status'
    'confirm'
    'default allow --confirm 60s'
    'rollback'
    'attach eth1'
    'lockdown keep 192.0.2.2 for 1h'
    'status'
    'unlock'
    'undo'
    'apply warned'
    'detach --all --runtime'
    'restore'
    'attach eth1'
    'detach eth1'
    'reset'
)

# Commands that fail.
failing=(
    'frobnicate'
    'allow 22'
    'apply wrong'
)

# Each command that takes --json has a section, or stands in one.
commands_without_section() {
    local command
    for command in $(portfw help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        portfw help "$command" | grep -q -- '--json  ' || continue
        grep -qE "^[^|]*\`$command\`" "$page" || echo "docs/json.md says nothing of $command"
        printf '%s\n' "${commands[@]}" | grep -qE "^$command( |$)" ||
            echo "json.sh does not run $command"
    done
}

# The keys that stand in the first column of a table, and were not printed.
keys_never_printed() {
    local key
    for key in $(sed -nE 's/^\| (`[^|]*) \|.*/\1/p' "$page" | tr -d '`,' | tr ' ' '\n' | sort -u); do
        grep -qx -- "$key" $printed || echo "nothing prints $key"
    done
}

run_all() {
    local words i
    build_host
    build_scene
    : >$printed
    announce $((${#commands[@]} + ${#failing[@]} + 2))
    for i in "${!commands[@]}"; do
        read -ra words <<<"${commands[i]}"
        report "keys of \`${commands[i]}\`" run_json "${words[@]}"
    done
    for i in "${!failing[@]}"; do
        read -ra words <<<"${failing[i]}"
        report "keys of the failing \`${failing[i]}\`" run_failing "${words[@]}"
    done
    report "every command that prints JSON has a section" fails_on_output commands_without_section
    report "every key of the page is printed" fails_on_output keys_never_printed
    conclude
}

if [ "${1:-}" = --inside ]; then
    run_all
    exit
fi
missing=$(missing_for_host)
if [ -n "$missing" ]; then
    announce 1
    report_skipped "the keys of JSON" "$missing"
else
    go_inside "$0"
fi
