#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header has its page, docs/headers/NAME.md, and the page mentions whatever a program can call:
# each OURO_API name, each inline function, each macro with parameters. ouro.h, which only includes
# the others, has none. Names with a double or a final underscore are the library's own.
#
# Usage: tools/check_header_pages.sh [tree]         (without it: the tree this script lies in)
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

# callable HEADER: its names, one per line. A declaration may have its name in a later line than its
# first; a macro that is undefined again in the same header was for the header alone.
callable() {
    awk '
        function found(name) { if (name !~ /__|_$/) names[++count] = name }
        /^#define [A-Za-z0-9_]+\(/ { name = $2; sub(/\(.*/, "", name); found(name) }
        /^#undef / { gone[$2] = 1 }
        /^(OURO_API|static inline) / { declares = 1 }
        declares && match($0, /ouro_[a-z0-9_]+[(;]/) {
            found(substr($0, RSTART, RLENGTH - 1))
            declares = 0
        }
        END { for (i = 1; i <= count; i++) if (!(names[i] in gone)) print names[i] }
    ' "$1"
}

# judge HEADER PAGE: tells what is missing. How many names there were is added up in $names.
judge() {
    local name bad=0
    [[ -f $2 ]] || { echo "$2: is not there; it is to be the page of $1"; return 1; }
    for name in $(callable "$1"); do
        names=$((names + 1))
        grep -qw -- "$name" "$2" || { echo "$2: does not mention $name"; bad=1; }
    done
    return $bad
}

names=0 pages=0 status=0
for header in include/ouro/*.h; do
    [[ $header == include/ouro/ouro.h ]] && continue
    pages=$((pages + 1))
    judge "$header" "docs/headers/$(basename "$header" .h).md" || status=1
done
printf 'header pages: %d, which are to mention %d names\n' "$pages" "$names"
exit $status
