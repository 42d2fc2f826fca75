#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs every example of README.md, in order, as one session of a host with the NICs eth0 and eth1,
# and compares what is printed with what README.md shows. Reports like cmocka.
#
# In README.md: in ```console blocks a line "$ command" is run by a shell; the lines below it are
# its output, stderr included ("..." stands for anything), and none means that it is not compared.
# Counts, ids and times may differ. ```conf blocks are policies, and in ```sh blocks "make x" names a
# target. <!-- packets --> has a client send some, <!-- capture --> makes a capture.
set -eu

root=$(realpath "$(dirname "$0")/../..")
readme=$root/README.md
man_page=$root/dist/portfw.8
unset MAKEFLAGS MAKELEVEL PORTFW_POLICY PORTFW_PIN_DIR PORTFW_RUN_DIR SSH_CONNECTION

# --- The examples --------------------------------------------------------------------------------

# kind[i]: console, conf, sh or packets; text[i]: the command or the policy; output[i]: expected.
kind=() text=() output=()
add() {
    kind+=("$1") text+=("$2") output+=("")
}

read_examples() {
    local block='' line
    while IFS= read -r line; do
        case $block,$line in
        *,'```') block='' ;;
        ,'```console' | ,'```sh') block=${line#'```'} ;;
        ,'```conf') block=conf && add conf '' ;;
        ,'<!-- packets -->') add packets 'a client sends packets' ;;
        ,'<!-- capture -->') add capture 'a capture is made' ;;
        ,'```'*) block=other ;;
        console,'$ '*) add console "${line#'$ '}" ;;
        console,*) output[-1]+=$line$'\n' ;;
        conf,*) text[-1]+=$line$'\n' ;;
        sh,*make*) add sh "$line" ;;
        esac
    done <"$readme"
}

name_of() {
    echo "example $(($1 + 1)): ${text[$1]%%$'\n'*}"
}

# --- The host ------------------------------------------------------------------------------------

client() {
    nsenter --net=/run/netns/client "$@"
}

# All in namespaces of this process: the file systems, the network, and a copy of /etc.
build_host() {
    local nic number
    mount -t tmpfs tmpfs /run
    mkdir /run/etc /run/bin /run/work
    cp -a /etc/. /run/etc
    rm -rf /run/etc/portfw
    mount --bind /run/etc /etc
    [ -d /sys/fs/bpf ] || mount -t sysfs sysfs /sys
    mount -t bpf bpf /sys/fs/bpf
    ln -s "$root/build/portfw" /run/bin/portfw
    PATH=/run/bin:$PATH:/usr/sbin:/sbin
    cd /run/work
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

# --- Running them --------------------------------------------------------------------------------

# Counts, ids and times become N, and runs of blanks one blank.
normalise() {
    sed -E 's/[ \t]+/ /g; s/ $//; s/[0-9]+ (packets|bytes)/N \1/g; s/program [0-9]+/program N/
        s/(id) [0-9]+/\1 N/; s/\([0-9]+\)/(N)/g
        s/"(packets|bytes|ifindex|prog_id)": [0-9]+/"\1": N/; s/^flows: .*/flows: N/
        s/[0-9]{8}T[0-9]{6}Z/N/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/N/g; s/[0-9]+[dhms] left/N left/'
}

matches() {
    local pattern
    pattern=$(normalise <<<"$2" | sed 's/[][\\*?]/\\&/g; s/\.\.\./*/g')
    # shellcheck disable=SC2053 # a pattern
    [[ $(normalise <<<"$1") == $pattern ]]
}

run_console() {
    local got status=0
    got=$(bash -c "$1" 2>&1) || status=$?
    if [ "$status" -ne 0 ]; then
        printf 'exit status %s:\n%s\n' "$status" "$got"
        return 1
    fi
    if [ -n "$2" ] && ! matches "$got" "${2%$'\n'}"; then
        printf -- '--- README.md shows:\n%s\n--- it prints:\n%s\n' "${2%$'\n'}" "$got"
        return 1
    fi
}

# The demo is run. Of other targets only whether they exist.
run_make() {
    local words
    read -ra words <<<"${1#sudo }"
    if [ "${words[1]:-}" = demo ]; then
        "$root/dist/demo.sh" "$root/build/portfw"
    else
        make -n -C "$root" "${words[@]:1}" >/dev/null
    fi
}

run_example() {
    case ${kind[$1]} in
    packets) send_packets ;;
    capture) make_capture ;;
    conf) portfw check - <<<"${text[$1]}" ;;
    sh) run_make "${text[$1]}" ;;
    console) run_console "${text[$1]}" "${output[$1]}" ;;
    esac
}

command_names() {
    portfw help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

option_names() {
    local command
    for command in $(command_names); do
        portfw help "$command" | sed -n 's/^  \(-[a-z], \)\?\(--[a-z-]*\) .*/\2/p'
    done | sort -u
}

reason_names() {
    sed -n 's/^\tX([A-Z_0-9]*, "\([^"]*\)".*/\1/p' "$root/include/portfw/abi.h"
}

# Commands, options and reasons must each be explained in README.md and in the man page.
find_unexplained() {
    local word page
    for page in "$readme" "$man_page"; do
        for word in $(command_names) $(option_names) $(reason_names); do
            grep -q -- "$word" <(sed 's/\\-/-/g; s/Fl -/--/g' "$page") ||
                echo "${page##*/} says nothing of $word"
        done
    done
}

check_completeness() {
    local unexplained
    unexplained=$(find_unexplained)
    printf '%s' "$unexplained"
    [ -z "$unexplained" ]
}

check_install() {
    make -s -C "$root" install DESTDIR=/run/installed PREFIX=/usr &&
        grep -q '^ExecStart=/usr/sbin/portfw ' /run/installed/usr/lib/systemd/system/portfw.service &&
        /run/installed/usr/sbin/portfw version >/dev/null &&
        [ -s /run/installed/usr/share/man/man8/portfw.8 ]
}

passed=0 failed=0
report() {
    local name=$1
    shift
    echo "[ RUN      ] $name"
    if "$@" >/run/report 2>&1; then
        echo "[       OK ] $name"
        passed=$((passed + 1))
    else
        sed 's/^/[  ERROR   ] --- /' /run/report
        echo "[  FAILED  ] $name"
        failed=$((failed + 1))
    fi
}

run_all() {
    local i
    build_host
    echo "[==========] Running $((${#kind[@]} + 2)) test(s)."
    for i in "${!kind[@]}"; do
        report "$(name_of "$i")" run_example "$i"
    done
    report "every command, option and reason is explained" check_completeness
    report "make install" check_install
    echo "[==========] $((passed + failed)) test(s) run."
    exit "$failed"
}

skip_all() {
    local i
    echo "[==========] Running ${#kind[@]} test(s)."
    for i in "${!kind[@]}"; do
        printf '[ RUN      ] %s\n[  REASON  ] %s\n[  SKIPPED ] %s\n' \
            "$(name_of "$i")" "$1" "$(name_of "$i")"
    done
}

read_examples
if [ "${1:-}" = --inside ]; then
    run_all
elif [ "$(id -u)" -ne 0 ]; then
    skip_all "needs root"
else
    exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" --inside
fi
