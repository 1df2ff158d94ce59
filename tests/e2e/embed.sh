#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The library as a stranger's: installed, moved elsewhere (both packages are relocatable), and then
# built against through pkg-config, through find_package, and as a folder of the stranger's project.
# Usage: tests/e2e/embed.sh BUILD          (a finished build, such as build/release)
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

write_program() {
    cat > "$work/hello.c" << 'C'
#include <ouro/runtime.h>
#include <stdio.h>
#include <string.h>

static int hello(void *arg)
{
    printf("%s after %d\n", (const char *)arg, ouro_sleep(OURO_MS(1)));
    return 7;
}

static int too_large(void *arg)
{
    volatile char frame[OURO_STACK_BYTES + 100 * 1024]; /* down to a neighbour's stack */
    (void)arg;
    return frame[0] = 1;
}

static int overflow(void *arg)
{
    if (ouro_spawn(too_large, arg, NULL, NULL) == 0)
        ouro_yield();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "overflow") == 0)
        return ouro_run(overflow, NULL);
    return ouro_run(hello, "hello") == 7 ? 0 : 1;
}
C
}

# write_project HOW: a CMake project that comes to ouro::ouro in that way.
write_project() {
    mkdir -p "$work/$1"
    cat > "$work/$1/CMakeLists.txt" << CMAKE
cmake_minimum_required(VERSION 3.25)
project(stranger C ASM)
$2
add_executable(hello $work/hello.c)
target_link_libraries(hello PRIVATE ouro::ouro)
CMAKE
}

expect_hello() { # expect_hello HOW PROGRAM
    [[ $("$2") == "hello after 0" ]] || { echo "embed: the program built through $1 does not run" >&2; exit 1; }
    # In a shell of its own, which keeps to itself that the program was killed.
    if bash -c '"$1" overflow; exit $?' - "$2" 2> /dev/null; then
        echo "embed: the program built through $1 steps over the guard of a stack" >&2
        exit 1
    fi
    echo "embed: $1 works"
}

build_project() { # build_project HOW CMAKE-ARGS...
    local dir=$work/$1
    if ! { cmake -G Ninja -S "$dir" -B "$dir/build" "${@:2}" && ninja -C "$dir/build" hello; } &> "$work/log"; then
        cat "$work/log" >&2
        exit 1
    fi
    expect_hello "$1" "$work/$1/build/hello"
}

cmake --install "$build" --prefix "$work/first" --component library > /dev/null
mv "$work/first" "$work/prefix"
write_program

pc=$(find "$work/prefix" -name ouro.pc)
# The flags are words to be split.
# shellcheck disable=SC2046
PKG_CONFIG_PATH=$(dirname "$pc") "${CC:-cc}" -Wall -Wextra -Werror "$work/hello.c" -o "$work/hello" \
    $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs ouro)
expect_hello pkg-config "$work/hello"

write_project find_package "find_package(ouro 0.1 REQUIRED)"
build_project find_package -DCMAKE_PREFIX_PATH="$work/prefix"

write_project add_subdirectory "add_subdirectory($source ouro)"
build_project add_subdirectory
