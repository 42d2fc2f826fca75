# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the scripts of this folder share: a host with the NICs eth0 and eth1 and a client behind
# both, in namespaces of the process. To be sourced.

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"
unset MAKEFLAGS MAKELEVEL PORTFW_POLICY PORTFW_PIN_DIR PORTFW_RUN_DIR SSH_CONNECTION

# In the place of /var/lib/portfw.
export PORTFW_STATE_DIR=/run/state

# --- The host ------------------------------------------------------------------------------------

client() {
    nsenter --net=/run/netns/client "$@"
}

# All in namespaces of this process: the file systems, the network, and a copy of /etc.
build_host() {
    local nic number
    mount -t tmpfs tmpfs /run
    mkdir /run/etc /run/bin
    cp -a /etc/. /run/etc
    mount --bind /run/etc /etc
    [ -d /sys/fs/bpf ] || mount -t sysfs sysfs /sys
    mount -t bpf bpf /sys/fs/bpf
    ln -s "$root/build/portfw" /run/bin/portfw
    PATH=/run/bin:$PATH:/usr/sbin:/sbin
    ip netns add client
    ip link set lo up
    for number in 0 1; do
        nic=eth$number
        ip link add $nic type veth peer name $nic netns client
        ip addr add 192.0.2.$((number * 128 + 1))/25 dev $nic
        ip addr add 2001:db8:$number::1/64 dev $nic nodad
        ip -n client addr add 192.0.2.$((number * 128 + 2))/25 dev $nic
        ip -n client addr add 2001:db8:$number::2/64 dev $nic nodad
        ip link set $nic up
        ip -n client link set $nic up
    done
    fresh_host
}

# As if portfw had never been there, in an empty working directory.
fresh_host() {
    if portfw list --runtime >/dev/null 2>&1; then
        portfw unlock --quiet
        portfw rollback --quiet 2>/dev/null || true
        portfw detach --all --quiet
    fi
    rm -rf /etc/portfw /run/portfw /run/work
    mkdir /run/work
    cd /run/work || exit
}

send_packets() {
    client ping -n -q -c 1 -W 2 192.0.2.1 >/dev/null
    client ping -n -q -c 1 -W 2 2001:db8::1 >/dev/null
    local port
    for port in 161 161 161 1900; do
        client bash -c "echo >/dev/udp/192.0.2.1/$port"
    done
    client bash -c 'echo >/dev/tcp/192.0.2.1/22' 2>/dev/null || true # refused: it got there
    client timeout 0.2 bash -c 'echo >/dev/tcp/192.0.2.1/23' 2>/dev/null || true
}

bytes() {
    # shellcheck disable=SC2059 # a format
    printf "$(tr -d ' \n' <<<"$*" | sed 's/../\\x&/g')"
}

# knocks.pcap: SYNs to the ports 22, 23 and 23, and a datagram to port 161.
make_capture() {
    local link='020000000001 020000000002 0800' ends='0000 c6336409 c0000201'
    local second=e5b2016b time port
    {
        bytes d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000
        for time in 00000000:0016 a0860100:0017 400d0300:0017; do
            port=${time#*:}
            bytes "$second ${time%:*} 36000000 36000000 $link 45000028 00000000 4006 $ends"
            bytes "9c40 $port 00000000 00000000 5002 0400 00000000"
        done
        bytes "$second e0930400 2a000000 2a000000 $link 4500001c 00000000 4011 $ends"
        bytes 9ce1 00a1 0008 0000
    } >knocks.pcap
}

# Why there can be no such host here; silent where there can. In a chroot whose root is no mount
# point, file systems cannot be made private; some containers may not make namespaces.
missing_for_host() {
    local said
    if [ "$(id -u)" -ne 0 ]; then
        echo "needs root"
    elif ! said=$(unshare --mount --net --pid --fork --mount-proc true 2>&1); then
        echo "cannot make namespaces: ${said#unshare: }"
    fi
}

# Runs the script that calls it anew, in namespaces of its own.
# usage: go_inside SCRIPT
go_inside() {
    exec unshare --mount --net --pid --fork --kill-child --mount-proc "$1" --inside
}
