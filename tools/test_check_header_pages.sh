#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows the judge of header pages a small tree of its own, and expects it to miss what is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

mkdir -p "$tree"/{include/ouro,docs/headers}
printf '#include "ouro/egg.h"\nOURO_API int ouro_all(void);\n' > "$tree/include/ouro/ouro.h"

# judged EXPECTED HEADER PAGE: what becomes of a tree with that header and page.
judged() {
    local verdict=accepted
    printf '%b' "$2" > "$tree/include/ouro/egg.h"
    printf '%b' "$3" > "$tree/docs/headers/egg.md"
    "$here/check_header_pages.sh" "$tree" > /dev/null || verdict=refused
    if [[ $verdict == "$1" ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not as it should be: %s with %s was %s\n' "$2" "$3" "$verdict" >&2
    fi
}

judged accepted '' ''
judged accepted 'OURO_API int ouro_egg(void);\n' 'Call ouro_egg().\n'
judged accepted '#define OURO_EGGS_MAX 12\n/** As ouro_hen(). */\n' ''
judged accepted '#define OURO_X(x) x\n#undef OURO_X\n#define OURO_Y_(y) y\n' ''
judged accepted 'OURO_API void ouro__egg(struct ouro_hen *hen);\n' ''
judged refused  'OURO_API int ouro_egg(void);\n' 'Call ouro_egg_at() or your_ouro_egg().\n'
judged refused  'OURO_API const struct ouro_egg *\n    ouro_egg(void);\n' 'Nothing.\n'
judged refused  'OURO_API struct ouro_hen *ouro_egg(struct ouro_hen *hen,\n    int n);\n' 'ouro_hen\n'
judged refused  'OURO_API extern const struct ouro_hen ouro_egg;\n' 'ouro_hen\n'
judged refused  'static inline int ouro_egg(void)\n{\n}\n' 'Nothing.\n'
judged refused  '#define ouro_egg(x) (x)\n' 'Nothing.\n'
judged refused  '#define OURO_EGG(x) (x)\n' 'ouro_egg\n'

rm "$tree/docs/headers/egg.md"
if "$here/check_header_pages.sh" "$tree" > /dev/null; then
    failed=$((failed + 1))
    echo 'not as it should be: a header without a page was accepted' >&2
else
    passed=$((passed + 1))
fi

printf 'header pages, judged: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
