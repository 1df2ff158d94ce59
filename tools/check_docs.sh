#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The headers are the contract: each OURO_API name is documented, and each header stands alone, in
# C11 and in C++17.
#
# A name is documented when a comment stands directly above its declaration, or above the first of
# a group: the declarations that follow each other without a blank line. The group that comes
# directly after a commented struct or enum shares that comment.
# Usage: tools/check_docs.sh [tree]         (without it: the tree this script lies in)
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

check_comments() {
    awk '
        FNR == 1 { documented = type_documented = in_comment = 0; depth = 0 }
        # A section title is not a comment on anything.
        /^\/\* ---/ { documented = type_documented = 0; next }
        /^[ \t]*\/\*/ && depth == 0 { documented = in_comment = 1 }
        in_comment { if (/\*\//) in_comment = 0; next }
        /^[ \t]*$/ && depth == 0 { documented = type_documented; type_documented = 0; next }
        /^(struct|enum|union) .*\{/ { type_documented = documented; depth = !/\}/ }
        /^\}/ { depth = 0 }
        /^OURO_API/ {
            names++
            if (!documented) {
                name = $0
                sub(/\(.*/, "", name)
                sub(/.*[ *]/, "", name)
                printf "%s:%d: %s has no comment\n", FILENAME, FNR, name
                missing++
            }
        }
        END { printf "docs: %d names, %d without a comment\n", names, missing; exit missing > 0 }
    ' include/ouro/*.h
}

# The first compiler of these that is there.
first_of() {
    local name
    for name in "$@"; do
        command -v "$name" && return
    done
    echo "docs: none of these compilers is there: $*; install one" >&2
    return 1
}

# stands_alone HEADER COMPILER...: the header is all there is in the file.
stands_alone() {
    local header=$1
    shift
    printf '#include "%s"\n' "${header#include/}" |
        "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude - ||
        { echo "docs: $header does not compile alone with $*" >&2; return 1; }
}

check_alone() {
    local c cxx header bad=0
    c=$(first_of "${CC:-cc}" gcc clang) && cxx=$(first_of "${CXX:-c++}" g++ clang++) || return 1
    for header in include/ouro/*.h; do
        stands_alone "$header" "$c" -std=c11 -xc || bad=1
        stands_alone "$header" "$cxx" -std=c++17 -xc++ || bad=1
    done
    return $bad
}

status=0
check_comments || status=1
check_alone || status=1
exit $status
