#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs every example of the documents (*.md, docs/*.md), those of each document in order, as one
# session of a fresh host with the NICs eth0 and eth1, and compares what is printed with what the
# document shows. Reports like cmocka.
#
# In ```console blocks a line "$ command" is run by a shell; the lines below it are its output,
# stderr included ("..." stands for anything), and none means that it is not compared. Counts, ids
# and times may differ. ```conf blocks are policies. A line of a ```sh block is a command: of `make`
# its target must exist, of others the program; the demo is run. <!-- packets --> has a client send
# some, <!-- capture --> makes a capture, and <!-- run COMMAND --> is a command that is not shown.
set -eu

# shellcheck source=tests/readme/host.sh
. "$(dirname "$0")/host.sh"
documents=("$root"/*.md "$root"/docs/*.md)

# --- The examples --------------------------------------------------------------------------------

# kind[i]: console, conf, sh, packets, ...; text[i]: the command or the policy; output[i]: expected;
# place[i]: the document it stands in.
kind=() text=() output=() place=()
add() {
    kind+=("$1") text+=("$2") output+=("") place+=("${document#"$root"/}")
}

read_examples() {
    local document=$1 block='' line
    while IFS= read -r line; do
        case $block,$line in
        *,'```') block='' ;;
        ,'```console' | ,'```sh') block=${line#'```'} ;;
        ,'```conf') block=conf && add conf '' ;;
        ,'<!-- packets -->') add packets 'a client sends packets' ;;
        ,'<!-- capture -->') add capture 'a capture is made' ;;
        ,'<!-- run '*' -->') line=${line#'<!-- run '} && add console "${line%' -->'}" ;;
        ,'```'*) block=other ;;
        console,'$ '*) add console "${line#'$ '}" ;;
        console,*) output[-1]+=$line$'\n' ;;
        conf,*) text[-1]+=$line$'\n' ;;
        sh,?*) add sh "$line" ;;
        esac
    done <"$document"
}

name_of() {
    echo "${place[$1]}, example $(($1 + 1)): ${text[$1]%%$'\n'*}"
}

# --- Running them --------------------------------------------------------------------------------

# Counts, ids and times become N, and runs of blanks one blank.
normalise() {
    sed -E 's/[ \t]+/ /g; s/ $//; s/[0-9]+ (packets|bytes)/N \1/g; s/program [0-9]+/program N/
        s/(id) [0-9]+/\1 N/; s/\([0-9]+\)/(N)/g
        s/"(packets|bytes|ifindex|prog_id)": [0-9]+/"\1": N/; s/^flows: .*/flows: N/
        s/[0-9]{8}T[0-9]{6}Z/N/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/N/g; s/[0-9]+[dhms] left/N left/
        s|/run/state/|/var/lib/portfw/|; s/(evidence-N)-[0-9]+/\1-N/'
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
        printf -- '--- the document shows:\n%s\n--- it prints:\n%s\n' "${2%$'\n'}" "$got"
        return 1
    fi
}

# The demo is run. Of other commands only whether there is such a target, or such a program.
run_shell() {
    local words
    read -ra words <<<"${1%% #*}"
    while [[ ${words[0]} == sudo || ${words[0]} == *=* ]]; do
        words=("${words[@]:1}")
    done
    if [ "${words[*]}" = 'make demo' ]; then
        "$root/dist/demo.sh" "$root/build/portfw"
    elif [ "${words[0]}" = make ]; then
        make -n -C "$root" "${words[@]:1}" >/dev/null
    else
        (cd "$root" && command -v "${words[0]}") >/dev/null ||
            (echo "${words[0]}: there is no such program" && false)
    fi
}

run_example() {
    case ${kind[$1]} in
    packets) send_packets ;;
    capture) make_capture ;;
    conf) portfw check - <<<"${text[$1]}" ;;
    sh) run_shell "${text[$1]}" ;;
    console) run_console "${text[$1]}" "${output[$1]}" ;;
    esac
}

check_install() {
    make -s -C "$root" install DESTDIR=/run/installed PREFIX=/usr &&
        grep -q '^ExecStart=/usr/sbin/portfw ' /run/installed/usr/lib/systemd/system/portfw.service &&
        /run/installed/usr/sbin/portfw version >/dev/null &&
        [ -s /run/installed/usr/share/man/man8/portfw.8 ]
}

run_all() {
    local i before=''
    build_host
    announce $((${#kind[@]} + 1))
    for i in "${!kind[@]}"; do
        [ "${place[i]}" = "$before" ] || fresh_host
        before=${place[i]}
        report "$(name_of "$i")" run_example "$i"
    done
    report "make install" check_install
    conclude
}

skip_all() {
    local i
    announce ${#kind[@]}
    for i in "${!kind[@]}"; do
        report_skipped "$(name_of "$i")" "$1"
    done
}

for document in "${documents[@]}"; do
    read_examples "$document"
done
if [ "${1:-}" = --inside ]; then
    run_all
    exit
fi
missing=$(missing_for_host)
if [ -n "$missing" ]; then
    skip_all "$missing"
else
    go_inside "$0"
fi
