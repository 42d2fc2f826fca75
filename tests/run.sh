#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs cmocka programs and programs that report alike, and adds up what they report:
#     [       OK ] name    [  FAILED  ] name    [  SKIPPED ] name    [  REASON  ] why it is skipped
# As many programs run at once as $PORTFW_TEST_JOBS says, 2 if it is not set: they mostly wait.
# usage: run.sh PROGRAM...
set -eu

limit=170 # seconds for each program

directory=$(mktemp -d)
log=
runners=()
trap 'rm -rf "$directory"' EXIT
trap 'kill "${runners[@]}" 2>/dev/null || true; exit 130' INT TERM HUP

# A program takes a token to run and puts it back.
mkfifo "$directory/tokens"
exec 9<>"$directory/tokens"
printf '%*s' "${PORTFW_TEST_JOBS:-2}" '' >&9

passed=0 failed=0 skipped=0
failures=() reasons=()

# The names behind a mark. cmocka repeats them in its summary, on the other stream, behind a line
# that counts them ("1 test(s), listed below:", in 1.1.7 "GROUP: 1 test(s), listed below:");
# behind ERROR there is a name (its setup failed) or "--- " and a message.
names() {
    sed -nE "s/^\[ *($1) *\] //p" "$log" | grep -Ev '^(.*: )?[0-9]+ test\(s\)|^--- ' |
        awk '!seen[$0]++'
}

why() {
    case $1 in
    124) echo "no end after $limit s" ;;
    12[6-7]) echo "cannot be run" ;;
    1[3-9][0-9]) echo "killed by signal $(($1 - 128))" ;;
    *) echo "exit status $1" ;;
    esac
}

# In the background; its exit status is that of the program.
start() {
    local program=$1 output=$2 token pid='' status=0
    trap 'kill "$pid" 2>/dev/null; exit 143' TERM
    IFS= read -r -N 1 -u 9 token
    timeout -k 5 "$limit" "$program" >"$output" 2>&1 9>&- &
    pid=$!
    wait "$pid" || status=$?
    printf '%s' "$token" >&9
    return "$status"
}

judge() {
    local name=${1##*/} status=$2 ok failed_here skipped_here announced done_here
    local -a bad skips because

    cat "$log"

    ok=$(grep -c '^\[ *OK *\] ' "$log" || true)
    mapfile -t bad < <(names 'FAILED|ERROR')
    mapfile -t skips < <(names SKIPPED)
    mapfile -t because < <(sed -n 's/^\[ *REASON *\] //p' "$log")
    failed_here=${#bad[@]} skipped_here=${#skips[@]}
    done_here=$((ok + failed_here + skipped_here))
    announced=$(sed -nE 's/^\[=*\] (.*: )?Running ([0-9]+) test.*/\2/p' "$log" |
        awk '{n += $1} END {print n + 0}')
    for test in "${bad[@]}"; do
        failures+=("$name: $test")
    done
    for i in "${!skips[@]}"; do
        reasons+=("$name: ${skips[i]}: ${because[i]:-no reason given}")
    done
    # cmocka's exit status is the number of tests that failed.
    if ((status != failed_here && (status >= 124 || failed_here == 0))); then
        failures+=("$name: $(why "$status")")
        failed_here=$((failed_here + 1))
    elif ((done_here < announced || done_here == 0)); then
        failures+=("$name: it ended after $done_here of $announced tests")
        failed_here=$((failed_here + 1))
    fi
    passed=$((passed + ok)) failed=$((failed + failed_here)) skipped=$((skipped + skipped_here))
}

for program; do
    start "$program" "$directory/${#runners[@]}" &
    runners+=($!)
done
number=0
for program; do
    log=$directory/$number status=0
    wait "${runners[number]}" || status=$?
    judge "$program" "$status"
    number=$((number + 1))
done

echo
if ((skipped)); then
    printf 'skipped: %s\n' "${reasons[@]}"
fi
if ((failed)); then
    printf 'failed: %s\n' "${failures[@]}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed + skipped > 0))
