#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shows portfw at work: a guarded host and a client, two network namespaces joined by a cable, with
# real listeners and real connections. Every fact shown is checked. The NICs of this machine are
# not touched, and nothing stays behind: all of it lives in namespaces that end with the demo.
# usage: demo.sh PORTFW
set -eu

if [ "$(id -u)" -ne 0 ]; then
    echo "demo: it needs root to make network namespaces: sudo make demo" >&2
    exit 1
fi

# --- Outside: namespaces whose end takes everything along ---------------------------------------

if [ "$1" != --inside ]; then
    # The session that the demo was started in is none of the guarded host's.
    unset SSH_CONNECTION
    unshare --mount --net --pid --fork --kill-child --mount-proc "$0" --inside "$(realpath "$1")" &
    inside=$!
    trap 'kill -KILL "$inside" 2>/dev/null || true; { wait; } 2>/dev/null; exit 130' INT TERM HUP
    wait "$inside"
    exit
fi

# --- The stage -----------------------------------------------------------------------------------

export PORTFW_POLICY=/run/demo/policy
export PORTFW_PIN_DIR=/run/demo/bpf/portfw
export PORTFW_RUN_DIR=/run/demo/lock

mount -t tmpfs tmpfs /run
[ -d /sys/devices ] || mount -t sysfs sysfs /sys
mkdir -p /run/demo/bin /run/demo/bpf
mount -t bpf bpf /run/demo/bpf
cd /run/demo
ln -s "$2" bin/portfw
PATH=/run/demo/bin:$PATH:/usr/sbin:/sbin

host4=192.0.2.1 host6=2001:db8::1
tcp_ports=(22 80 8080) udp_ports=(53 9999)

client() {
    nsenter --net=/run/netns/client "$@"
}

build_network() {
    ip netns add client
    ip link set lo up
    ip -n client link set lo up
    ip link add eth0 type veth peer name eth0 netns client
    ip addr add $host4/24 dev eth0
    ip addr add $host6/64 dev eth0 nodad
    ip -n client addr add 192.0.2.2/24 dev eth0
    ip -n client addr add 2001:db8::2/64 dev eth0 nodad
    ip link set eth0 up
    ip -n client link set eth0 up
}

# UDP listeners write what arrives to a file, which is how its arrival is seen.
start_listeners() {
    local port family
    for family in 4 6; do
        for port in "${tcp_ports[@]}"; do
            nc "-$family" -lk "$port" >/dev/null 2>&1 </dev/null &
        done
        for port in "${udp_ports[@]}"; do
            nc "-$family" -ulk "$port" >"udp-$family-$port" 2>/dev/null </dev/null &
        done
    done
}

count_listeners() {
    cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 |
        awk '$4 == "0A" || $4 == "07" {n++} END {print n + 0}'
}

wait_for_listeners() {
    local all=$((2 * (${#tcp_ports[@]} + ${#udp_ports[@]})))
    for _ in {1..100}; do
        if [ "$(count_listeners)" -ge $all ]; then
            return
        fi
        sleep 0.05
    done
    fail "the listeners did not start"
}

# --- What is shown -------------------------------------------------------------------------------

bold='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

fail() {
    printf '\n%sdemo: %s%s\n' "$red" "$1" "$plain" >&2
    exit 1
}

heading() {
    printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

# Shows a command, runs it and shows what it prints.
run() {
    local status=0
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@" >output 2>&1 || status=$?
    cat output
    if [ "$status" -ne 0 ]; then
        fail "$*: exit status 0 expected, it was $status"
    fi
}

# Whether the client reaches "tcp 22", "udp 53" or "ping" by the address family.
reaches() {
    local what=$1 family=$2 address=$host4 port=${1#* } mark
    [ "$family" = 4 ] || address=$host6
    case $what in
    tcp*) client nc "-$family" -z -w 1 $address "$port" >/dev/null 2>&1 </dev/null ;;
    udp*)
        mark=probe-$RANDOM-$RANDOM
        client bash -c "echo $mark >/dev/udp/$address/$port"
        for _ in {1..10}; do
            grep -q $mark "udp-$family-$port" && return
            sleep 0.1
        done
        return 1
        ;;
    ping) client ping "-$family" -n -q -c 1 -W 1 $address >/dev/null 2>&1 ;;
    esac
}

probe() {
    if reaches "$1" "$2"; then
        echo yes >"answer-$2-${1// /-}"
    else
        echo no >"answer-$2-${1// /-}"
    fi
}

show_answer() {
    local shown="${green}reached$plain  "
    [ "$1" = yes ] || shown="${red}no answer$plain"
    printf '   %s' "$shown"
}

# Tries everything from the client at once and shows it; what is named must be reached, the rest
# must not. "all": everything.
try_all() {
    local what family answer expected pids=()
    local everything=(ping "${tcp_ports[@]/#/tcp }" "${udp_ports[@]/#/udp }")
    for what in "${everything[@]}"; do
        for family in 4 6; do
            probe "$what" $family &
            pids+=($!)
        done
    done
    wait "${pids[@]}"
    printf 'from the client  IPv4        IPv6\n'
    for what in "${everything[@]}"; do
        printf '  %-12s' "$what"
        for family in 4 6; do
            show_answer "$(cat "answer-$family-${what// /-}")"
        done
        printf '\n'
    done
    for what in "${everything[@]}"; do
        expected=no
        case ", $1, " in *", $what, "* | ", all, ") expected=yes ;; esac
        for family in 4 6; do
            answer=$(cat "answer-$family-${what// /-}")
            if [ "$answer" != $expected ]; then
                fail "$what over IPv$family: reached: expected $expected, it was $answer"
            fi
        done
    done
}

# The packets of a reason, from `portfw status --json`.
packets() {
    portfw status --json | awk -v reason="\"$1\":" '$1 == reason {found = 1}
        found && $1 == "\"packets\":" {print $2 + 0; exit}'
}

expect_packets() {
    local count
    count=$(packets "$1")
    if [ "${count:-0}" -eq 0 ]; then
        fail "status: packets counted as $1: expected some, there are ${count:-none}"
    fi
}

# --- The show ------------------------------------------------------------------------------------

build_network
start_listeners
wait_for_listeners

heading "A host with five ports open, and a client on the same network"
try_all all

heading "1. portfw guards the host's NIC. No rule yet, so nothing changes"
run portfw attach eth0
echo
try_all all

heading "2. Close every port. ping and address resolution still work"
run portfw default deny
echo
try_all ping

heading "3. Open one"
run portfw allow tcp 22
echo
try_all "ping, tcp 22"

heading "4. What the kernel enforces, and what it counted"
run portfw list
echo
run portfw status
expect_packets allow
expect_packets default-deny

heading "5. Close it again"
run portfw delete tcp 22
echo
try_all ping

heading "6. Take portfw off the NIC: everything as before"
run portfw detach eth0
echo
try_all all
if [ -e $PORTFW_PIN_DIR ]; then
    fail "$PORTFW_PIN_DIR: expected to be gone after detach, it is there"
fi

printf '\n%sdemo: everything shown was as it should be%s\n' "$bold" "$plain"
