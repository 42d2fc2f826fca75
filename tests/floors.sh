#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who includes whom: a file includes from its own folder and from floors below, never upwards.
# Names each include that does not, with its file; silent if there is none.
# usage: floors.sh [TREE]
set -eu

cd "${1:-$(dirname "$0")/..}"

# A folder and those that it may include from, which stand above it: from bottom to top. All are
# below user/ but bpf/; <portfw/abi.h> may be included by all.
table() {
    cat <<'TABLE'
bpf
base
net      base
policy   base net
host     base net
kernel   base net host
verdict  base net policy kernel bpf
state    base policy kernel verdict
output   base net policy kernel
survey   base policy host kernel state output
replay   base net policy verdict bpf
change   base net policy host kernel verdict state output survey
cli      base policy state output change
cmd      base net policy host kernel verdict state output survey replay change cli bpf
main.c   base kernel cli
TABLE
}

# Of all includes, one a line: its file, its line and what it includes, as it is written.
includes() {
    find bpf include user tests -name '*.[ch]' -exec \
        grep -nHE '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*["<]' {} + |
        sed -E 's/^([^:]*):([0-9]*):[^"<]*(["<][^">]*[">]).*/\1 \2 \3/' | sort -k 1,1 -k 2,2n
}

# The files that an include could mean: what is between <> may as well be a header of the system.
files() {
    find bpf include user tests -name '*.[ch]' | sed 's|^|file |'
}

# Headers whose first comment says whose they are.
private() {
    grep -rlE '^/\* .*private to user/' user --include='*.h' | sed 's|^user/|private |'
}

judge() {
    awk '
    # --- The table, the files ---
    input == "table" {
        known[$1] = 1
        below[$1] = ""
        for (i = 2; i <= NF; i++) {
            if (!($i in known))
                wrong("the table of floors: " $1 " may not include " $i ", which is not below it")
            allowed[$1, $i] = 1
            below[$1] = below[$1] (i > 2 ? ", " : "") $i
        }
        next
    }
    input == "files" {
        exists[$2] = 1
        next
    }

    input == "private" {
        private[$2] = 1
        next
    }

    # --- The includes ---
    function wrong(what) {
        print what
        bad = 1
    }
    function refuse(why) {
        wrong($1 ":" $2 ": #include " $3 ": " why)
    }
    # The folder below user/, or bpf, include, tests.
    function floor_of(path, parts) {
        split(path, parts, "/")
        return parts[1] == "user" ? parts[2] : parts[1]
    }
    # The floor that is included from: "" if it is the own folder or not one of ours.
    function target_of(name, quoted, folder) {
        folder = name
        sub("/.*", "", folder)
        if (folder == name)
            return ""
        if (folder == "bpf" || folder == "tests")
            return quoted || name in exists ? folder : ""
        return quoted && folder in known || ("user/" name) in exists ? folder : ""
    }
    {
        from = floor_of($1)
        quoted = $3 ~ /^"/
        name = substr($3, 2, length($3) - 2)
        to = target_of(name, quoted)
        if (("/" name "/") ~ "/[.][.]?/")
            refuse("a path from where the file stands; headers are named from the top")
        else if (name ~ "^(user|include)/")
            refuse("headers are included as \"folder/name.h\" and <portfw/name.h>")
        else if ((name in private || name ~ "_parts[.]h$" && name ~ "/") && to != from)
            refuse("it is private to user/" to "/")
        else if (from == "tests" || to == "" || to == from)
            next
        else if (from == "include")
            refuse("include/ includes nothing of this tree")
        else if (!(from in known))
            refuse(from " stands on no line of the table of floors")
        else if (!((from, to) in allowed))
            refuse(from " may include " (below[from] == "" ? "none of the floors" : below[from]))
    }
    END {
        exit bad
    }' input=table <(table) input=files <(files) \
        input=private <(private) input=includes <(includes)
}

judge
