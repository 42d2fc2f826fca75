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

# A cell of a table: in Markdown a bar in it has a backslash before it.
cell() {
    sed 's/|/\\|/g'
}

# The rows that docs/commands.md has of the commands: "| `port TARGET` | show all about one port |".
command_rows() {
    local name synopsis summary
    for name in $(command_names); do
        synopsis=$("$portfw" help "$name" | sed -n '1s/^usage: portfw //p' | cell)
        summary=$("$portfw" help | sed -n "s/^  $name  *//p" | cell)
        echo "| \`$synopsis\` | $summary |"
    done
}

# Those of the options, sorted: "| `-j, --json` | print JSON |".
option_rows() {
    local name
    for name in $(command_names); do
        "$portfw" help "$name" |
            sed -n '/^Options:/,/^$/s/^  \(-.*[^ ]\)   *\([^ ].*\)/| `\1` | \2 |/p' |
            sed -E 's/^\| (`.*`) \| (.*) \|$/\1\n\2/' | cell | sed -E 'N; s/(.*)\n(.*)/| \1 | \2 |/'
    done | sort -u
}

# usage: table HEADING; the rows of the table below the heading of docs/commands.md.
table() {
    sed -n "/^## $1/,/^## /p" "$root/docs/commands.md" | grep '^| `' || true
}

# What portfw(8) has as the head of a paragraph, in the section SECTION.
man_page_items() {
    sed -n "/^\.Sh $1/,/^\.Sh /p" "$man_page" | sed -n '/^A$/q; s/^\.It Cm //p'
}

# The first cells of rows, as they are typed.
first_cells() {
    sed -E 's/^\| `([^`]*)` .*/\1/; s/\\\|/|/g'
}

# Both ways: nothing is missing, nothing is there that the program does not know.
unequal() {
    diff --label "$1" --label "$2" <(sort "$3") <(sort "$4") || true
}

different_commands() {
    unequal 'portfw help' docs/commands.md <(command_rows) <(table Commands)
    unequal 'portfw help' 'portfw(8)' <(command_rows | first_cells) <(man_page_items COMMANDS)
}

different_options() {
    unequal 'portfw help' docs/commands.md <(option_rows) <(table Options)
    unequal 'portfw help' 'portfw(8)' <(option_rows | first_cells) <(man_page_items OPTIONS)
}

commands_without_examples() {
    local name
    for name in $(command_names); do
        "$portfw" help "$name" | sed '1,/^Examples:/d' | grep -q '^  portfw ' || echo "$name has none"
    done
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

# The same for functions: "policy_compile()".
missing_functions() {
    local document name
    for document in "${documents[@]}"; do
        while IFS= read -r name; do
            grep -rqw --include='*.[ch]' -- "$name" "$root/user" "$root/bpf" "$root/tests" ||
                echo "${document#"$root"/}: $name(): there is no such function"
        done < <(grep -ohE '[a-z][a-z0-9_]+\(\)' "$document" | tr -d '()' | sort -u)
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

announce 10
report "help, docs/commands.md and portfw(8) have the same commands" fails_on_output different_commands
report "help, docs/commands.md and portfw(8) have the same options" fails_on_output different_options
report "every command has examples" fails_on_output commands_without_examples
report "every reason stands in docs/verdict.md and in portfw(8)" fails_on_output unexplained_reasons
report "CONTRIBUTING.md names targets, folders and variables" fails_on_output \
    unexplained_to_contributors
report "CHANGELOG.md begins with the version of the program" check_version
report "links lead somewhere" fails_on_output broken_links
report "files that are named are there" fails_on_output missing_paths
report "functions that are named are there" fails_on_output missing_functions
report "lines fit a screen" fails_on_output wide_lines
conclude
