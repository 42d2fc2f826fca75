#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be said of the documents (*.md, docs/*.md, portfw(8)) without running their examples:
# nothing is left out. Needs no root. Reports like cmocka.
set -eu

# shellcheck source=tests/readme/host.sh
. "$(dirname "$0")/host.sh"
documents=("$root"/*.md "$root"/docs/*.md)
man_page=$root/dist/portfw.8
portfw=$root/build/portfw

# --- Nothing is left out -------------------------------------------------------------------------

command_names() {
    "$portfw" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

option_names() {
    local command
    for command in $(command_names); do
        "$portfw" help "$command" | sed -n 's/^  \(-[a-z], \)\?\(--[a-z-]*\).*/\2/p'
    done | sort -u
}

reason_names() {
    sed -n 's/^\tX([A-Z_0-9]*, "\([^"]*\)".*/\1/p' "$root/include/portfw/abi.h"
}

# Whether a word stands in the man page, as it is written in its source.
man_page_has() {
    grep -q -- "$1" <(sed 's/\\-/-/g; s/Fl -/--/g' "$man_page")
}

unexplained_commands() {
    local word
    for word in $(command_names); do
        grep -qhE -- "\`$word\>" "${documents[@]}" || echo "no document says anything of $word"
        man_page_has "$word" || echo "portfw.8 says nothing of $word"
    done
}

unexplained_options() {
    local word
    for word in $(option_names); do
        grep -qhE -- "$word\>" "${documents[@]}" || echo "no document says anything of $word"
        man_page_has "$word" || echo "portfw.8 says nothing of $word"
    done
}

unexplained_reasons() {
    local word
    [ "$(reason_names | wc -l)" -ge 13 ] || echo "abi.h: its reasons cannot be read"
    for word in $(reason_names); do
        grep -qhF -- "\`$word\`" "${documents[@]}" || echo "no document says anything of $word"
        man_page_has "$word" || echo "portfw.8 says nothing of $word"
    done
}

announce 3
report "every command stands in the documents and in portfw(8)" fails_on_output unexplained_commands
report "every option stands in the documents and in portfw(8)" fails_on_output unexplained_options
report "every reason stands in the documents and in portfw(8)" fails_on_output unexplained_reasons
conclude
