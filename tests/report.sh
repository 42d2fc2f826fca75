# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A report like cmocka's, for tests that are scripts. To be sourced.

passed=0 failed=0
announce() {
    echo "[==========] Running $1 test(s)."
}

# usage: report NAME COMMAND...; what the command prints says why it failed.
report() {
    local name=$1 said status=0
    shift
    said=$(mktemp)
    echo "[ RUN      ] $name"
    "$@" >"$said" 2>&1 || status=$?
    if [ "$status" -eq 0 ]; then
        echo "[       OK ] $name"
        passed=$((passed + 1))
    else
        sed 's/^/[  ERROR   ] --- /' "$said"
        echo "[  FAILED  ] $name"
        failed=$((failed + 1))
    fi
    rm -f "$said"
}

# Fails if the command prints anything: it names what is wrong.
fails_on_output() {
    local said
    said=$("$@")
    if [ -n "$said" ]; then
        echo "$said"
        return 1
    fi
}

# usage: report_skipped NAME REASON
report_skipped() {
    printf '[ RUN      ] %s\n[  REASON  ] %s\n[  SKIPPED ] %s\n' "$1" "$2" "$1"
}

# To be the last command of a script: its status is that of the script.
conclude() {
    echo "[==========] $((passed + failed)) test(s) run."
    return $((failed < 100 ? failed : 100))
}
