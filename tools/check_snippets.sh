#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the documents show is what is compiled: each block of C in README.md and docs/ stands, word
# for word, in a file of examples/, apps/ or tests/, and each block of JavaScript in a page of
# examples/ or apps/. White space does not matter. A block that can't be there has a line above it
# that says why, which a reader of the page does not see:
#
#     <!-- not compiled: the options are the reader's own -->
#
# Usage: tools/check_snippets.sh [tree]         (without it: the tree this script lies in)
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

# sources LANGUAGE PATTERN FOLDER...: the language, and all that is written in it, as one line.
sources() {
    printf '%s ' "$1"
    find "${@:3}" -name node_modules -prune -o -name "$2" -exec cat {} + | tr -s ' \t\n' ' '
    echo
}

# The dollars are awk's.
# shellcheck disable=SC2016
find README.md docs -name '*.md' -print0 | sort -z | xargs -0 awk '
    function judge() {
        blocks++
        gsub(/[ \t\n]+/, " ", block)
        if (excused) {
            excuses++
        } else if (index(code[language], block) == 0) {
            printf "%s:%d: this block of %s is in no file that is built\n", FILENAME, began, language
            strangers++
        }
    }
    NR == FNR { code[$1] = $0 " "; next }
    FNR == 1 { in_block = excused = 0 }
    in_block && /^ *```$/ { judge(); in_block = excused = 0; next }
    in_block { block = block $0 "\n"; next }
    /^ *```(c|js)$/ { in_block = 1; began = FNR; block = " "; language = $1; sub(/`+/, "", language); next }
    { excused = /^ *<!-- not compiled: .+ -->$/ }
    END {
        printf "snippets: %d blocks, %d excused, %d strangers\n", blocks, excuses, strangers
        exit strangers > 0
    }
' <(sources c '*.[ch]' examples apps tests; sources js '*.js' examples apps)
