#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Breaks each law of tools/floors.txt once, in a small tree of its own, and expects the judge to
# say so; and keeps each law once, and expects silence.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

# judge FILE TEXT [LAW]: a tree with that one file, and perhaps one more law; the judge's words.
judge() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/tools" "$tree/$(dirname "$1")"
    { cat "$here/floors.txt"; printf '%s\n' "${3-}"; } > "$tree/tools/floors.txt"
    printf '%s\n' "$2" > "$tree/$1"
    "$here/check_floors.sh" "$tree"
}

note() { # note OK WHAT: count it, and name it if it went wrong
    if [[ $1 == yes ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not as it should be: %s\n' "$2" >&2
    fi
}

# breaks FILE TEXT WORDS: the judge must refuse and use these words.
breaks() {
    local words
    if words=$(judge "$1" "$2"); then
        note no "$1 with '$2' was let through"
    elif [[ $words == *"$1:"*"$3"* ]]; then
        note yes
    else
        note no "$1 with '$2' gave: $words"
    fi
}

# keeps FILE TEXT [LAW]: the judge must have nothing to say.
keeps() {
    local words
    if words=$(judge "$@"); then note yes; else note no "$1 with '$2' gave: $words"; fi
}

# A room includes what is below it, and itself.
keeps  src/net/tcp.c          '#include "runtime/poller.h"'
keeps  src/net/tcp.c          '#include "ouro/sync.h"'
keeps  src/net/tcp.c          '#include "net/stream.h"'
keeps  src/game/room.c        '#include "ouro/wire.h"'
keeps  src/server/front.c     '#include "game/room.h"'
keeps  tests/net/test_tcp.c   '#include "net/stream.h"'
breaks src/base/buf.c         '#include "ouro/runtime.h"'  '"runtime" is not below'
breaks src/runtime/loop.c     '#include "sync/lock.h"'     '"sync" is not below'
breaks src/game/room.c        '#include "net/stream.h"'    '"net" is not below'
breaks src/game/room.c        '#include "ouro/web.h"'      '"web" is not below'
breaks src/wire/picture.c     '#include "ouro/runtime.h"'  '"runtime" is not below'
breaks src/net/tcp.c          '#  include <ouro/store.h>'  '"store" is not below'
breaks include/ouro/sync.h    '#include "ouro/net.h"'      '"net" is not below'
breaks src/cellar/wine.c      'int wine;'                  'is not a room'

# Names of headers.
breaks src/net/tcp.c          '#include "stream.h"'        'write "net/stream.h"'
breaks src/net/tcp.c          '#include "../base/x.h"'     'name a header by its room'
breaks examples/01_hello.c    '#include "../x.h"'          'name a header by its room'
breaks include/ouro/net.h     '#include "net/stream.h"'    'is public and includes the private'
breaks src/net/tcp.c          '#include "ouro/ouro.h"'     "for the library's users"
keeps  tests/net/test_tcp.c   '#include "../support/x.h"'
keeps  include/ouro/ouro.h    '#include "ouro/server.h"'
keeps  examples/01_hello.c    '#include <ouro/ouro.h>'

# The application stands on the public headers; its rules on base.
keeps  apps/snakepit/server/a.c '#include "ouro/ouro.h"'
keeps  apps/snakepit/server/a.c '#include "rules/classic.h"'
keeps  apps/snakepit/rules/a.c  '#include "rules/classic.h"'
keeps  apps/snakepit/rules/a.c  '#include <ouro/base.h>'
breaks apps/snakepit/server/a.c '#include "net/stream.h"'    'private to the library'
breaks apps/snakepit/rules/a.c  '#include "server/arena.h"'  'is pure and includes'
breaks apps/snakepit/rules/a.c  '#include "ouro/game.h"'     'is pure and includes'

breaks apps/snakepit/bots/a.c   'int bot;'                   'is in no folder of'

# An include that is not seen would not be judged.
HIDES='hides what it includes'
keeps  src/net/tcp.c          '#include "net/stream.h" /* why */'
keeps  src/net/tcp.c          $'#define PAIR(a) \\\n    a'
keeps  tests/net/test_tcp.c   '#include SCENE'
breaks src/game/room.c        '#include STREAM'                      "$HIDES"
breaks src/game/room.c        '/* a */ #include "net/stream.h"'      "$HIDES"
breaks src/game/room.c        $'/* a\n*/ #include "net/stream.h"'    "$HIDES"
breaks src/game/room.c        '#/**/include "net/stream.h"'          "$HIDES"
breaks src/game/room.c        '%:include "net/stream.h"'             "$HIDES"
breaks src/game/room.c        '#include_next "net/stream.h"'         "$HIDES"
breaks src/game/room.c        $'#incl\\\nude "net/stream.h"'        "$HIDES"
breaks src/game/room.c        $'#include \\\n"net/stream.h"'        "$HIDES"

# Pure files.
keeps  src/web/http_parse.c   '#include "web/http_parse.h"'
keeps  src/web/http_parse.c   '/* never calls malloc(3) */ const char *s = "free(x)"; b->free(x);'
breaks src/web/http_parse.c   '#include "ouro/net.h"'      'is pure and includes ouro/net.h'
breaks src/web/http_parse.c   '#include "web/server.h"'    'is pure and includes "web/server.h"'
breaks src/web/ws_parse.h     '#include "runtime/loop.h"'  'is pure and includes "runtime/loop.h"'
breaks src/web/ws_parse.c     'char *p = malloc (1);'      'is pure and calls malloc()'
breaks src/web/ws_parse.c     '#include <time.h>'          'is pure and includes time.h'
breaks apps/snakepit/rules/a.c 'int s = socket(1, 2, 3);'  'is pure and calls socket()'
breaks apps/snakepit/rules/a.c 'ouro_buf_putc(b, 1);'      'is pure and calls ouro_buf_putc()'

# The one clock, poller and seed.
keeps  src/runtime/clock.c    'int64_t f(void) { return clock_gettime(1, &t); }'
keeps  src/net/tcp.c          'int mytime(int); int x = deadline_time(3);'
keeps  src/net/tcp.c          $'/* one comment\n calls time(NULL) on its second line */'
breaks src/net/tcp.c          'clock_gettime(1, &t);'      'belongs to "runtime"'
breaks src/net/tcp.c          '#include <sys/epoll.h>'     'belongs to "runtime"'
breaks src/net/tcp.c          'poll(&fd, 1, 0);'         'belongs to "runtime"'
breaks apps/snakepit/server/a.c 'getrandom(b, 8, 0);'      'belongs to "runtime"'
keeps  src/net/tcp.c          'clock_gettime(1, &t);'      'except src/net/tcp.c clock_gettime : why'

# A law that nobody understands must not pass in silence.
if judge src/net/tcp.c 'int x;' 'flor net : base' > /dev/null; then
    note no "an unknown law was let through"
else
    note yes
fi

printf 'floors, judged: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
