#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Of the Makefile: what it prints, when it builds anew, how it links, where it installs.
set -eu

root=$(realpath "$(dirname "$0")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"
unset MAKEFLAGS MAKELEVEL V

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
build=$directory/build

ends_with_the_program() {
    local said
    said=$(make -C "$root" --no-print-directory)
    echo "$said"
    [[ ${said##*$'\n'} == *build/portfw ]]
}

# One object, in a build directory of its own. usage: compile VARIABLE=VALUE...
compile() {
    make -C "$root" --no-print-directory B="$build" "$build/user/net/endpoint.o" "$@"
}

tells_of_a_file_in_a_line() {
    local said
    said=$(compile CFLAGS=-O0)
    echo "$said"
    [ "$said" = '  CC    user/net/endpoint.c' ]
}

shows_commands() {
    compile CFLAGS=-O1 V=1 | grep -q -- '-O1 .*-c -o .*/endpoint.o user/net/endpoint.c'
}

# usage: anew VARIABLE=VALUE..., of what is there with CFLAGS=-O0; not: ! anew ...
anew() {
    compile CFLAGS=-O0 >/dev/null
    compile CFLAGS=-O0 "$@" | grep 'endpoint\.c$'
}

not_anew() {
    ! anew "$@"
}

# A compiler for which there is no static libelf that links.
without_static_libelf() {
    printf '#!/bin/sh\ncase " $* " in *" -l:libelf.a "*) exit 1 ;; esac\nexec %s "$@"\n' \
        "${CC:-cc}" >"$directory/compiler"
    chmod +x "$directory/compiler"
    make -s -C "$root" B="$build" CC="$directory/compiler" "$build/libelf" &&
        grep -x -- -lelf "$build/libelf"
}

installs_at_blanks() {
    local to="$directory/a root" prefix="/opt/own programs" unit
    unit="$to$prefix/lib/systemd/system/portfw.service"
    make -s -C "$root" install DESTDIR="$to" PREFIX="$prefix" &&
        "$to$prefix/sbin/portfw" version &&
        [ -s "$to$prefix/share/man/man8/portfw.8" ] &&
        grep -Fx 'ExecStart="/opt/own programs/sbin/portfw" restore --boot' "$unit" &&
        make -s -C "$root" uninstall DESTDIR="$to" PREFIX="$prefix" &&
        fails_on_output find "$to" -type f
}

announce 9
report "make ends with what was built, if nothing was to be done too" ends_with_the_program
report "make tells of a file in a line" tells_of_a_file_in_a_line
report "with V=1 make shows the commands" shows_commands
report "the same flags build nothing anew" not_anew V=1
report "other CFLAGS build anew" anew CFLAGS=-O1
report "other LDFLAGS build anew" anew LDFLAGS=-Wl,-O1
report "with -Werror is built anew" anew WERROR=1
report "a static libelf that does not link is left out" without_static_libelf
report "make install and uninstall go where there are blanks" installs_at_blanks
conclude
