#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What others see of our tasks: gdb (live, and in a core file), Valgrind, and the sanitizers.
# Usage: tests/runtime/seeing.sh PROGRAM [SANITIZERS]   (build/debug/tests/seeing; what it is built
#                                                        with: "", "thread", "address,undefined")
set -euo pipefail

program=$(realpath "$1")
sanitizers=${2:-}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say() { printf 'seeing: %s\n' "$*"; }

# expect TITLE FILE PATTERN...: the patterns are found in the file, in this order.
expect() {
    local title=$1 file=$2 pattern from=1 line
    for pattern in "${@:3}"; do
        line=$(tail -n "+$from" "$file" | grep -n -m 1 -e "$pattern" | cut -d: -f1) || true
        if [[ -z $line ]]; then
            say "$title: no \"$pattern\" from line $from on in:"
            cat "$file"
            exit 1
        fi
        from=$((from + line))
    done
    say "$title: as expected"
}

tasks=('task 1 host .*is running' 'task 2 player Ada (spawned at .*) waits for sleep'
    'task 3 referee .*waits for task' 'task 4 scores .*waits for lock')

gdb_with() { # gdb_with ARGS... -- GDB-COMMANDS...
    local args=() command
    while [[ $1 != -- ]]; do args+=("$1"); shift; done
    shift
    local commands=()
    for command; do commands+=(-ex "$command"); done
    timeout 100 gdb --batch -nx -iex 'set auto-load off' -iex 'set debuginfod enabled off' \
        "${commands[@]}" "${args[@]}" 2>&1
}

check_gdb() {
    gdb_with --args "$program" text -- 'break everybody_is_there' run \
        "source $root/tools/gdb_ouro.py" 'ouro tasks' 'ouro bt 2' 'ouro bt 1' 'ouro bt 99' > tasks.txt || true
    # The emulators and containers that forbid ptrace are not our affair.
    if grep -qiE 'ptrace|not being run|cannot trace' tasks.txt; then
        say "gdb: skipped, it may not trace here"
        return
    fi
    expect "gdb, list" tasks.txt "${tasks[@]}"
    expect "gdb, backtrace" tasks.txt 'task 2 player Ada' '#.* wait_for_move (round=' '#.* play ' \
        'ouro.*context_entry' 'task 1 host' 'running: see its thread' 'there is no task 99'

    gdb_with --args "$program" text -- 'break everybody_is_there' run \
        "source $root/tools/gdb_ouro.py" 'ouro task 2' 'frame function wait_for_move' 'info locals' \
        'ouro task' bt continue > frames.txt
    expect "gdb, frames" frames.txt 'move = "none"' '#0  everybody_is_there' '#.* print_dump' \
        'exited normally'
}

check_core() {
    if [[ $(cat /proc/sys/kernel/core_pattern) == *[/\|]* ]]; then
        say "core file: skipped, they go elsewhere here (kernel.core_pattern)"
        return
    fi
    # In a shell of its own, which keeps to itself that the program was killed.
    bash -c 'ulimit -c unlimited && "$1" abort; true' - "$program" > abort.txt 2>&1
    local core
    core=$(find . -name 'core*' | head -n 1)
    if [[ -z $core ]]; then
        say "core file: skipped, none is written here"
        return
    fi
    gdb_with "$program" "$core" -- "source $root/tools/gdb_ouro.py" 'ouro bt all' > core.txt
    expect "core file" core.txt 'task 2 player Ada' '#.* wait_for_move (round=' '#.* play ' \
        'task 3 referee' '#.* referee '
}

check_valgrind() {
    timeout 100 valgrind -q --error-exitcode=99 --leak-check=full "$program" text > valgrind.txt 2>&1 ||
        { say "valgrind:"; cat valgrind.txt; exit 1; }
    expect "valgrind, nothing to complain" valgrind.txt "${tasks[@]}"
    timeout 100 valgrind "$program" bad > valgrind.txt 2>&1 || true
    expect "valgrind, a fault" valgrind.txt 'Invalid read of size 1' 'overflow' 'read_beyond' 'task_entry' \
        'happened in task 2 player Eve (spawned at .*seeing.c'
}

case $sanitizers in
'')
    if command -v gdb > /dev/null; then
        check_gdb
        check_core
    else
        say "gdb: skipped, it is not installed"
    fi
    if command -v valgrind > /dev/null; then
        check_valgrind
    else
        say "valgrind: skipped, it is not installed"
    fi
    ;;
*address*)
    "$program" bad > asan.txt 2>&1 && { say "asan: has seen nothing"; exit 1; }
    expect "asan" asan.txt 'heap-buffer-overflow' 'in overflow' 'in read_beyond' \
        'happened in task 2 player Eve (spawned at .*seeing.c'
    ;;
*thread*)
    "$program" race > tsan.txt 2>&1 && { say "tsan: has seen nothing"; exit 1; }
    expect "tsan" tsan.txt 'data race' 'player Kim'
    ;;
esac
