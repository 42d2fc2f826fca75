#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Of tests/run.sh: what it makes of programs that report as cmocka does, in 1.1.5 and in 1.1.7.
set -eu

root=$(realpath "$(dirname "$0")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# A program of that name that prints its standard input and ends with that status.
# usage: program NAME STATUS
program() {
    printf '#!/bin/sh\ncat <<"END"\n%s\nEND\nexit %s\n' "$(cat)" "$2" >"$directory/$1"
    chmod +x "$directory/$1"
}

# What a run of these programs says at its end, and its exit status.
# usage: ends_with STATUS 'LINES' PROGRAM...
ends_with() {
    local status=$1 lines=$2 got=0 said
    shift 2
    said=$(cd "$directory" && "$root/tests/run.sh" "${@/#/./}") || got=$?
    printf 'exit status %s:\n%s\n' "$got" "$said"
    [[ $got -eq $status && $said == *$'\n\n'"$lines" ]]
}

program passes 0 <<'END'
[==========] Running 2 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[       OK ] two
[==========] 2 test(s) run.
[  PASSED  ] 2 test(s).
END

program passes_since 0 <<'END'
[==========] tests: Running 2 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[       OK ] two
[==========] tests: 2 test(s) run.
[  PASSED  ] 2 test(s).
END

# With a failed assertion, a failed setup and what cmocka repeats of them.
program fails 2 <<'END'
[==========] Running 3 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[  ERROR   ] --- 1 != 2
[   LINE   ] --- test_two.c:2: error: Failure!
[  FAILED  ] two
[  ERROR   ] three
[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] 2 test(s), listed below:
[  FAILED  ] two
[  FAILED  ] three

 2 FAILED TEST(S)
END

program fails_since 2 <<'END'
[==========] tests: Running 3 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[  ERROR   ] --- 1 != 2
[   LINE   ] --- test_two.c:2: error: Failure!
[  FAILED  ] two
[  ERROR   ] three
[==========] tests: 3 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] tests: 2 test(s), listed below:
[  FAILED  ] two
[  FAILED  ] three

 2 FAILED TEST(S)
END

program skips 0 <<'END'
[==========] Running 2 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[  REASON  ] needs root
[  SKIPPED ] two
[==========] 2 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] two
END

program skips_since 0 <<'END'
[==========] tests: Running 2 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[  REASON  ] needs root
[  SKIPPED ] two
[==========] tests: 2 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] tests: 1 test(s), listed below:
[  SKIPPED ] two
END

program stops 0 <<'END'
[==========] Running 3 test(s).
[ RUN      ] one
[       OK ] one
END

program stops_since 0 <<'END'
[==========] tests: Running 3 test(s).
[ RUN      ] one
[       OK ] one
END

program says_nothing 0 </dev/null

program crashes 139 <<'END'
[==========] Running 1 test(s).
[ RUN      ] one
END

announce 9
report "what passes is counted" ends_with 0 '4 passed, 0 failed, 0 skipped' passes passes_since
report "what fails is named once, in the format of 1.1.5" ends_with 1 \
    $'failed: fails: two\nfailed: fails: three\n1 passed, 2 failed, 0 skipped' fails
report "what fails is named once, in the format of 1.1.7" ends_with 1 \
    $'failed: fails_since: two\nfailed: fails_since: three\n1 passed, 2 failed, 0 skipped' \
    fails_since
report "what is skipped is named once with its reason, in the format of 1.1.5" ends_with 0 \
    $'skipped: skips: two: needs root\n1 passed, 0 failed, 1 skipped' skips
report "what is skipped is named once with its reason, in the format of 1.1.7" ends_with 0 \
    $'skipped: skips_since: two: needs root\n1 passed, 0 failed, 1 skipped' skips_since
report "a program that ends early has failed, in the format of 1.1.5" ends_with 1 \
    $'failed: stops: it ended after 1 of 3 tests\n1 passed, 1 failed, 0 skipped' stops
report "a program that ends early has failed, in the format of 1.1.7" ends_with 1 \
    $'failed: stops_since: it ended after 1 of 3 tests\n1 passed, 1 failed, 0 skipped' stops_since
report "a program without a test has failed" ends_with 1 \
    $'failed: says_nothing: it ended after 0 of 0 tests\n0 passed, 1 failed, 0 skipped' says_nothing
report "a program that crashes has failed" ends_with 1 \
    $'failed: crashes: killed by signal 11\n0 passed, 1 failed, 0 skipped' crashes
conclude
