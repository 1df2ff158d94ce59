#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the documents show is what is compiled: each block of C in README.md and docs/ stands, word
# for word, in a file of examples/, apps/ or tests/. White space does not matter. A block that can't
# be there has a line above it that says why, which a reader of the page does not see:
#
#     <!-- not compiled: the options are the reader's own -->
#
# Usage: tools/check_snippets.sh [tree]         (without it: the tree this script lies in)
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

# All that is compiled, as one line.
compiled() { find examples apps tests -name node_modules -prune -o -name '*.[ch]' -exec cat {} + | tr -s ' \t\n' ' '; }

# The dollars are awk's.
# shellcheck disable=SC2016
find README.md docs -name '*.md' -print0 | sort -z | xargs -0 awk '
    function judge() {
        blocks++
        gsub(/[ \t\n]+/, " ", block)
        if (excused) {
            excuses++
        } else if (index(code, block) == 0) {
            printf "%s:%d: this block of C is in no file that is compiled\n", FILENAME, began
            strangers++
        }
    }
    NR == FNR { code = code " " $0 " "; next }
    FNR == 1 { in_block = excused = 0 }
    in_block && /^ *```$/ { judge(); in_block = excused = 0; next }
    in_block { block = block $0 "\n"; next }
    /^ *```c$/ { in_block = 1; began = FNR; block = " "; next }
    { excused = /^ *<!-- not compiled: .+ -->$/ }
    END {
        printf "snippets: %d blocks of C, %d excused, %d strangers\n", blocks, excuses, strangers
        exit strangers > 0
    }
' <(compiled)
