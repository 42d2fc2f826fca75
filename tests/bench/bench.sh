#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet and what a command costs here, against the limits. Exit 1: a limit is missed.
# usage: bench.sh BUILD
set -eu

build=$(realpath "$1")

if ((EUID != 0)); then
    echo "bench: needs root" >&2
    exit 1
fi

# In a network and mount namespace of its own, which takes all of this with it: a NIC to guard, a
# bpffs for the pins, a tmpfs for the rest.
commands() {
    local work=$1
    mount -t tmpfs tmpfs "$work"
    mkdir "$work/bpf"
    mount -t bpf bpf "$work/bpf"
    export PORTFW_POLICY=$work/policy PORTFW_PIN_DIR=$work/bpf/portfw PORTFW_RUN_DIR=$work/run \
        PORTFW_STATE_DIR=$work/state
    ip link set lo up
    ip link add guarded type veth peer name peer
    ip link set guarded up
    ip link set peer up
    cd "$work"
    "$build/portfw" -q attach guarded
    status=0
    "$build/tests/bench/bench" commands "$build/portfw" || status=$?
    cd /
    "$build/portfw" -q detach --all
    exit "$status"
}

if [ "${2-}" = commands ]; then
    commands "$3"
fi

work=$(mktemp -d)
trap 'rmdir "$work"' EXIT

echo "kernel $(uname -r), $(nproc) CPUs, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)"
echo
failed=0
"$build/tests/bench/bench" program || failed=1
echo
# Out of the session that it was started in, which is none of the NIC's.
unset SSH_CONNECTION
unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
    "$0" "$build" commands "$work" || failed=1
exit "$failed"
