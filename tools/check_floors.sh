#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Judges every C file of a tree by its tools/floors.txt; prints each breach as file:line: what.
# Usage: tools/check_floors.sh [tree]       (without it: the tree this script lies in)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${1:-$here/..}"

# The C files of a tree in a fixed order, without what was built or fetched.
list_sources() {
    find . \( -name build -o -name node_modules -o -name '.*' ! -name . \) -prune -o \
        -type f -name '*.[chS]' -print | sed 's|^\./||' | sort
}

mapfile -t sources < <(list_sources)
((${#sources[@]})) || { echo "floors: no C files under $PWD" >&2; exit 1; }
awk -f "$here/check_floors.awk" tools/floors.txt "${sources[@]}"
