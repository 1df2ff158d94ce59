#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Is torture complete? Every call that LIBOURO.A makes of other libraries is in calls.def, or in
# never.txt with a reason; every function of the headers is in a scenario, or in untouched.txt.
#
#     complete.sh LIBOURO.A
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"
bad=0

failing() { sed -nE 's/^CALL\(([^,]+),.*/\1/p' calls.def; }
patterns() { sed -nE 's/^ +//p' "$1" | xargs -n 1; }

calls() { # of the library, without its own
    nm -P "$1" 2> /dev/null | awk '
        $2 == "U" { wanted[$1] }
        $2 != "U" && NF > 1 { ours[$1] }
        END { for (name in wanted) if (!(name in ours)) print name }'
}

# Those of stdin that no pattern of the first file matches.
without() {
    local name pattern known
    mapfile -t known < <(patterns "$1")
    while read -r name; do
        for pattern in "${known[@]}"; do
            # The patterns are meant as such.
            # shellcheck disable=SC2053
            [[ $name == $pattern ]] && continue 2
        done
        echo "$name"
    done
}

api() { # functions and variables that the headers declare
    cat ../../include/ouro/*.h | tr '\n' ' ' | grep -oE 'OURO_API [^;{]*[;{]' |
        sed -E 's/__attribute__\(\([^)]*\)\)+//; s/OURO_PRINTF.*//' |
        grep -oE '\bouro_[a-z0-9_]+ *(\(|;)' | grep -oE '^[a-z0-9_]+' | sort -u
}

# Called by its name, or by the macro that adds where it is called.
in_scenarios() { grep -qwE "$1|${1%_at}" scenario_*.c torture.c; }

while read -r name; do
    echo "the library calls $name: add it to calls.def and fail.c, or with a reason to never.txt"
    bad=1
done < <(calls "$1" | sort | comm -23 - <(failing | sort) | without never.txt)

while read -r name; do
    in_scenarios "$name" && continue
    echo "no scenario calls $name: add it to one, or with a reason to untouched.txt"
    bad=1
done < <(api | without untouched.txt)

exit $bad
