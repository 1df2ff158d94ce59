#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows the judge of snippets a small tree of its own, and expects it to know strangers from quotes.
# The backticks are Markdown's.
# shellcheck disable=SC2016
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

mkdir -p "$tree"/{docs,examples,apps,tests/e2e/node_modules}
printf 'int one(void)\n{\n    return 1;\n}\n' > "$tree/examples/01_one.c"
printf 'int two(void);\n' > "$tree/tests/two.h"
printf 'int theirs(void);\n' > "$tree/tests/e2e/node_modules/theirs.h"
mkdir "$tree/examples/page"
printf 'const five = () => 5;\n' > "$tree/examples/page/main.js"
touch "$tree/README.md"

# judged EXPECTED DOCUMENT: what becomes of a tree with that document.
judged() {
    local verdict=accepted
    printf '%b' "$2" > "$tree/docs/page.md"
    "$here/check_snippets.sh" "$tree" > /dev/null || verdict=refused
    if [[ $verdict == "$1" ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not as it should be: %s was %s\n' "$2" "$verdict" >&2
    fi
}

judged accepted 'Nothing to see.\n'
judged accepted '```c\nint one(void)\n{\n    return 1;\n}\n```\n'
judged accepted '1. ```sh\n   int three(void);\n   ```\n'
judged accepted '```c\nint one(void) { return\n 1; }\n```\n```c\nint two(void);\n```\n'
judged accepted '<!-- not compiled: it is yours -->\n```c\nint three(void);\n```\n'
judged refused  '```c\nint three(void);\n```\n'
judged refused  '```c\nint one(void) { return 1; } int one(void)\n```\n'
judged refused  '```c\none(void)\n```\n```c\nnt two(void);\n```\n'
judged refused  '```c\nint theirs(void);\n```\n'
judged refused  '   ```c\n   int three(void);\n   ```\n'
judged refused  '<!-- not compiled: -->\n```c\nint three(void);\n```\n'
judged refused  '<!-- not compiled: it is yours -->\n```c\nint four(void);\n```\n```c\nint three(void);\n```\n'
judged accepted '```js\nconst five =\n  () => 5;\n```\n'
judged refused  '```js\nconst six = () => 6;\n```\n'
judged refused  '```js\nint two(void);\n```\n'
judged refused  '```c\nconst five = () => 5;\n```\n'

printf 'snippets, judged: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
