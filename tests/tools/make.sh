#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Of the Makefile: where it installs.
set -eu

root=$(realpath "$(dirname "$0")/../..")
# shellcheck source=tests/report.sh
. "$root/tests/report.sh"
unset MAKEFLAGS MAKELEVEL V

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

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

announce 1
report "make install and uninstall go where there are blanks" installs_at_blanks
conclude
