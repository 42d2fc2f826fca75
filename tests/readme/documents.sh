#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be said of the documents (*.md, docs/*.md, portfw(8)) without running their examples:
# nothing is left out, and their links lead somewhere. Needs no root. Reports like cmocka.
#
# shellcheck disable=SC2016 # the quotes of Markdown
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

# The rows that docs/verdict.md has of the reasons: "| `deny` | drop | a rule denies ... |".
reason_rows() {
    sed -nE 's/^\tX\([A-Z_0-9]*, "([^"]*)", (PASS|DROP), "([^"]*)"\).*/| `\1` | \L\2\E | \3 |/p' \
        "$root/include/portfw/abi.h"
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
    local row word
    [ "$(reason_rows | wc -l)" -ge 13 ] || echo "abi.h: its reasons cannot be read"
    while IFS= read -r row; do
        word=${row#*\`} word=${word%%\`*}
        grep -qxF -- "$row" "$root/docs/verdict.md" || echo "docs/verdict.md lacks $row"
        man_page_has "$word" || echo "portfw.8 says nothing of $word"
    done < <(reason_rows)
}

# The targets of make, the folders of the program, and what tests ask of the environment.
contributor_words() {
    sed -n 's/^\.PHONY: *//p' "$root/Makefile" | tr ' ' '\n'
    (cd "$root" && printf '%s\n' user/*/ tests/*/)
    # The other two are between a test and its helpers.
    grep -rhoE 'PORTFW_TEST_[A-Z]+' "$root/tests" | sort -u | grep -vE 'CLOCK|ISOLATED'
}

unexplained_to_contributors() {
    local word
    while read -r word; do
        grep -qE -- "\`$word(=[^\`]*)?\`" "$root/CONTRIBUTING.md" ||
            echo "CONTRIBUTING.md says nothing of $word"
    done < <(contributor_words)
}

# The newest version of CHANGELOG.md is the one that the program prints.
check_version() {
    local version first
    version=$("$portfw" version)
    first=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' "$root/CHANGELOG.md" | head -n 1)
    if [ "$version" != "portfw $first" ]; then
        echo "CHANGELOG.md begins with $first, the program prints: $version"
        return 1
    fi
}

# --- Links ---------------------------------------------------------------------------------------

# A document without its blocks of code and without code in its lines.
prose() {
    sed '/^```/,/^```/d; s/`[^`]*`//g' "$1"
}

# The anchors that a document's headings have: small letters, digits and dashes for blanks.
anchors() {
    sed '/^```/,/^```/d' "$1" | sed -nE 's/^#+ +//p' | tr '[:upper:]' '[:lower:]' |
        sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# usage: broken_link DOCUMENT TARGET; prints what is wrong with it.
broken_link() {
    local file=${2%%#*} anchor=''
    case $2 in
    *://* | mailto:*) return ;;
    *'#'*) anchor=${2#*#} ;;
    esac
    file=${file:+$(dirname "$1")/$file}
    file=${file:-$1}
    if [ ! -e "$file" ]; then
        echo "${1#"$root"/}: $2: there is no such file"
    elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -- "$anchor"; then
        echo "${1#"$root"/}: $2: there is no such heading"
    fi
}

broken_links() {
    local document target
    for document in "${documents[@]}"; do
        while IFS= read -r target; do
            broken_link "$document" "$target"
        done < <(prose "$document" | grep -oE '\]\([^)]*\)' | sed 's/^](//; s/)$//')
    done
}

# Paths of the tree in code: what is named must be there. NAME stands for any name.
missing_paths() {
    local document path
    for document in "${documents[@]}"; do
        while IFS= read -r path; do
            compgen -G "$root/${path//NAME/*}" >/dev/null ||
                echo "${document#"$root"/}: \`$path\`: there is no such file"
        done < <(grep -ohE '`(bpf|user|tests|include|dist|docs|vmlinux)/[A-Za-z0-9_./*-]*`' \
            "$document" | tr -d '`')
    done
}

wide_lines() {
    local document
    for document in "${documents[@]}"; do
        awk -v name="${document#"$root"/}" \
            '/^```/ { code = !code } !code && !/^\|/ && length > 100 { print name ":" NR ": " length " columns" }' \
            "$document"
    done
}

announce 8
report "every command stands in the documents and in portfw(8)" fails_on_output unexplained_commands
report "every option stands in the documents and in portfw(8)" fails_on_output unexplained_options
report "every reason stands in docs/verdict.md and in portfw(8)" fails_on_output unexplained_reasons
report "CONTRIBUTING.md names targets, folders and variables" fails_on_output \
    unexplained_to_contributors
report "CHANGELOG.md begins with the version of the program" check_version
report "links lead somewhere" fails_on_output broken_links
report "files that are named are there" fails_on_output missing_paths
report "lines fit a screen" fails_on_output wide_lines
conclude
