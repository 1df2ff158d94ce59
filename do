#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The one script: ./do help lists what it does.
#
# Each verb is a function do_<verb>; the line "#: ..." above it is its help. A verb first asks for
# the packages of its purpose (the table below), then builds what it needs and no more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C # what we read from other programs is in English

say() { printf '==> %s\n' "$*" >&2; }
complain() { printf 'do: %s\n' "$*" >&2; return 1; }
die() { complain "$@" || exit; }
have() { command -v "$1" > /dev/null 2>&1; }

# --- what must be installed ------------------------------------------------------------------

# purpose  Debian package     how to see that it is there, wherever it came from
readonly PACKAGES='
build      gcc                have_compiler
build      libc6-dev          have_header stdio.h
build      cmake              have_version 3.25 cmake --version
build      ninja-build        have ninja
build      pkg-config         have pkg-config
build      libssl-dev         have_module libssl
build      libsqlite3-dev     have_module sqlite3
build      libjansson-dev     have_module jansson
build      zlib1g-dev         have_module zlib
test       check              have_module check
test       g++                have c++
test       clang              have clang
test       libclang-rt-dev    have_fuzzer_runtime
test       openssl            have openssl
test       nodejs             have_version 18 node --version
test       npm                have npm
test       ca-certificates    have_file /etc/ssl/certs/ca-certificates.crt
test       godot3-server      have godot3-server
test       chromium           have_any chromium chromium-browser google-chrome
test       fonts-dejavu-core  have_any_font
fuzz       clang              have clang
fuzz       libclang-rt-dev    have_fuzzer_runtime
lint       clang-format       have clang-format
lint       clang-tidy         have clang-tidy
lint       shellcheck         have shellcheck
lint       check              have_module check
'

have_compiler() { have "${CC:-cc}"; }
have_header() { have_file "/usr/include/$1"; }
have_file() { [[ -e $1 ]]; }
have_module() { have pkg-config && pkg-config --exists "$1"; }
have_any() { local name; for name; do have "$name" && return; done; return 1; }
have_any_font() { [[ -n $(find /usr/share/fonts /usr/local/share/fonts -name '*.ttf' -print -quit 2> /dev/null) ]]; }
have_fuzzer_runtime() {
    have clang && clang -fsanitize=fuzzer,address -o /dev/null -xc - 2> /dev/null \
        <<< 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }'
}
have_version() { # have_version LEAST PROGRAM ARGS...: the first number that it prints is at least that
    have "$2" || return
    local found
    found=$("${@:2}" | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1)
    [[ $(printf '%s\n' "$1" "$found" | sort -V | head -n 1) == "$1" ]]
}

# The packages of these purposes that are not there, a word each.
missing() {
    local purpose package probe
    while read -r purpose package probe; do
        # The probe is words of our own table, to be split.
        # shellcheck disable=SC2086
        if [[ " $* " == *" $purpose "* ]] && ! $probe; then
            echo "$package"
        fi
    done <<< "$PACKAGES"
}

as_root() {
    if ((EUID == 0)); then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# need PURPOSE...: when this returns, their packages are there.
need() {
    local packages
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]})) || return 0
    install_packages "${packages[@]}"
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]} == 0)) ||
        die "still missing or too old after the installation: ${packages[*]}. Ouro wants GCC 10 or clang 12, CMake 3.25 and Node 18 at least; install newer ones, put them on the PATH, and run this again."
}

install_packages() {
    have apt-get ||
        die "please install what Debian calls $*, with your system's package manager, and run this again."
    ((EUID == 0)) || sudo -n true 2> /dev/null ||
        die "some packages are missing and I may not install them; run 'apt-get install $*' as root, and then this again."
    say "installing $*"
    # An update that fails for one source may still have served ours: let the installation decide.
    as_root apt-get -q -o Acquire::Retries=3 update >&2 || say "apt-get update had errors; trying to install anyway"
    as_root apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "$@" >&2 ||
        die "apt-get could not install $*; its reason is above. Check the network and /etc/apt/sources.list, and run this again."
}

# --- building --------------------------------------------------------------------------------

# build PRESET [TARGET...]: configure when needed, and build (without targets: everything).
build() {
    configure "$1" || return
    ninja -C "build/$1" "${@:2}" >&2 || complain "the $1 build failed; the compiler's message is above."
}

configure() {
    local dir=build/$1
    is_configured "$dir" && return
    say "configuring $dir"
    cmake --preset "$1" --fresh >&2 || {
        rm -f "$dir/build.ninja"
        complain "CMake could not configure $dir; its reason is above. Mend that and run this again."
    }
}

# Configured here (the tree may have been moved or copied) and since the presets last changed.
is_configured() {
    [[ $1/build.ninja -nt CMakePresets.json ]] &&
        grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$1/CMakeCache.txt"
}

# Sanitizers place their shadow memory at fixed addresses, which a kernel that randomises with
# more bits than they knew (vm.mmap_rnd_bits=32) may take from them; where allowed, don't randomise.
fixed_addresses() {
    if setarch -R true 2> /dev/null; then setarch -R "$@"; else "$@"; fi
}

# The npm packages of the whole-server tests, as the lock file says.
need_node_modules() {
    local lock=tests/e2e/package-lock.json stamp=tests/e2e/node_modules/.installed-lock.json
    cmp -s "$lock" "$stamp" && return
    say "fetching the npm packages of tests/e2e"
    if (cd tests/e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --no-update-notifier >&2); then
        cp "$lock" "$stamp"
    else
        complain "npm could not fetch the packages of tests/e2e; its reason is above. Check the network and 'npm config get registry', and run this again."
    fi
}

# --- verbs -----------------------------------------------------------------------------------

#: play [ARGS]          build and start the Snakepit server; ARGS go to it (try: ./do play --help)
do_play() {
    need build
    build release snakepit || exit
    exec build/release/bin/snakepit "$@"
}

#: build                the release build; programs are in build/release/bin
do_build() {
    need build
    build release || exit
    say "built; the programs are in build/release/bin"
}

#: test [PART...]       all tests, or only: laws release c plain threads page server embed fuzz
do_test() {
    (($#)) || set -- laws release c plain threads page server embed fuzz
    local part
    for part; do
        [[ $(type -t "test_$part") == function ]] || die "there is no test part '$part'; see ./do help."
    done
    need build test
    mkdir -p build/test
    for part; do
        say "test: $part"
        begin_part "$part"
        "test_$part"
        end_part
    done
    close_report
}

#: bench [NAME [ARGS]]  one benchmark of bench/, or all; ARGS go to it
do_bench() {
    need build
    build release || exit
    local name
    if (($#)); then
        run_bench "$@"
    else
        for name in $(bench_names); do
            run_bench "$name"
        done
    fi
}

#: torture [SCENARIO]   each call of the library failing, in each scenario that begins so ("net"), or all
do_torture() {
    need build test
    build asan torture || exit
    fixed_addresses build/asan/tests/test_torture "${1-}"
}

#: fuzz SECONDS [NAME]  each fuzzer that long, or only fuzz/fuzz_NAME.c; finds go to build/finds
do_fuzz() {
    local seconds=${1-} only=${2-} name bad=0
    [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "say for how many seconds: ./do fuzz 60"
    [[ -z $only || -e fuzz/fuzz_$only.c ]] || die "there is no fuzz/fuzz_$only.c; there is: $(fuzzer_names | xargs)"
    need build fuzz
    build fuzz fuzzers || exit
    for name in ${only:-$(fuzzer_names)}; do
        say "fuzzing $name for $seconds s"
        run_fuzzer "$name" "build/finds/$name" -max_total_time="$seconds" || bad=1
    done
    return $bad
}

#: soak [HOURS [SEEDS]] WebSocket's cases in full; simulated days (24 hours, 100 seeds) in which connections to rooms, and to the arena, break; logs go to build/soak
#: soak arena [MINUTES [BOTS]] real time and sockets: bots (20 minutes, 2000 bots) play, die, and come back, with faults
do_soak() {
    if [[ ${1-} == arena ]]; then
        soak_arena "${@:2}"
        return
    fi
    local hours=${1-24} seeds=${2-100}
    [[ "$hours $seeds" =~ ^[1-9][0-9]*\ [1-9][0-9]*$ ]] || die "say how many hours, and how many seeds: ./do soak 24 100"
    need build test
    build asan test_sim_rooms test_sim_arena test_web_ws_cases_deflate || exit
    mkdir -p build/soak
    soak_cases || die "WebSocket's cases did not go well, see build/soak/cases.log."
    export -f soak_seed fixed_addresses
    say "$seeds worlds of $hours h"
    seq "$seeds" | OURO_TEST_HOURS=$hours xargs -P "$(nproc)" -I SEED bash -c 'soak_seed SEED' ||
        die "not all went well. OURO_TEST_HOURS=$hours OURO_TEST_SEED=N build/asan/tests/test_sim_rooms (or test_sim_arena) runs one again."
    say "all $seeds went well"
}

# Messages as long, and as many, as the Autobahn test suite has them.
soak_cases() {
    say "WebSocket's cases in full"
    CK_TIMEOUT_MULTIPLIER=1000 OURO_TEST_FULL=1 \
        fixed_addresses build/asan/tests/test_web_ws_cases_deflate &> build/soak/cases.log
}

# soak_arena [MINUTES [BOTS [GROWTH]]]: memory may grow by so many percent. The page replaces the one in the
# tree, unless SNAKEPIT names another program than the release build, one with sanitizers for example.
soak_arena() {
    local minutes=${1-20} bots=${2-2000} growth=${3-10} program=${SNAKEPIT-} page=build/soak/arena.md
    [[ "$minutes $bots $growth" =~ ^[1-9][0-9]*\ [1-9][0-9]*\ [0-9]+$ ]] ||
        die "say how many minutes, and how many bots: ./do soak arena 20 2000"
    need build
    have_version 18 node --version || need test
    if [[ -z $program ]]; then
        build release snakepit || exit
        program=$PWD/build/release/bin/snakepit page=bench/results/soak.md
    fi
    mkdir -p build/soak
    SNAKEPIT=$program fixed_addresses node tests/soak/arena.mjs "$minutes" "$bots" "$growth" "$page" ||
        die "not all went well; $page says what did not hold."
}

# One world, which may take as long as it takes.
soak_seed() {
    local log=build/soak/$1.log began=$SECONDS
    local tests=build/asan/tests
    export CK_TIMEOUT_MULTIPLIER=1000 OURO_TEST_SEED=$1
    if fixed_addresses $tests/test_sim_rooms &> "$log" && fixed_addresses $tests/test_sim_arena &>> "$log"; then
        printf 'seed %d: well (%d s)\n' "$1" "$((SECONDS - began))"
    else
        printf 'seed %d: FAILED (%d s), see %s\n' "$1" "$((SECONDS - began))" "$log"
        return 1
    fi
}

#: lint                 the laws, the format, clang-tidy, shellcheck
do_lint() {
    need build lint
    configure debug || exit # for its list of compilations
    local bad=0
    say "laws";       { tools/check_floors.sh && tools/check_docs.sh && tools/check_snippets.sh; } || bad=1
    say "format";     c_files | xargs clang-format --dry-run -Werror || bad=1
    say "clang-tidy"; c_files src apps | grep '\.c$' | tidy || bad=1
    say "shellcheck"; shell_files | xargs shellcheck || bad=1
    ((bad == 0)) || die "lint found what is named above. 'clang-format -i FILE' mends the format."
}

# The files named on stdin, one per process: version 14 remembers a va_list of the file before.
tidy() {
    xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/debug 2> >(grep -v ' generated\.$' >&2)
}

#: help                 this
do_help() {
    printf 'usage: ./do VERB [ARGS]\n\n'
    sed -n 's/^#: /    /p' 'do'
}

# --- parts of the tests ----------------------------------------------------------------------

# A part counts its cases with good and bad, and goes on after a failure: one run shows all.
passed=0 failed=0 report=()

begin_part() { part=$1 part_good=0 part_bad=0 part_began=$SECONDS; }
good() { part_good=$((part_good + ${1:-1})); }
bad() { part_bad=$((part_bad + ${1:-1})); }

end_part() {
    ((part_good + part_bad)) || complain "part $part found nothing to test." || bad
    passed=$((passed + part_good)) failed=$((failed + part_bad))
    report+=("$(printf '%-8s %5d passed, %d failed  (%d s)' \
        "$part" "$part_good" "$part_bad" "$((SECONDS - part_began))")")
}

close_report() {
    printf '\n'
    printf '%s\n' "${report[@]}"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0))
}

# try WHAT COMMAND...: a command that is one case.
try() {
    local what=$1
    shift
    if "$@"; then
        good
    else
        bad
        printf 'FAILED: %s\n' "$what" >&2
    fi
}

# The floors, and the check of the check; what the headers promise.
test_laws() {
    try "the law of floors" tools/check_floors.sh
    try "its judge" tools/test_check_floors.sh
    try "public headers" tools/check_docs.sh
    try "quoted code" tools/check_snippets.sh
    try "its judge" tools/test_check_snippets.sh
    try "all of asyncio" tools/check_asyncio_table.sh
    try "a page per header" tools/check_header_pages.sh
    try "its judge" tools/test_check_header_pages.sh
}

# The optimiser warns of more than the other builds do.
test_release() { try "the release build" build release; }

# Every C test, with ASan and UBSan.
test_c() {
    if build asan; then run_ctest asan; else bad; fi
}

# Those that sanitizers are in the way of, without: guards of stacks, the bare switch, gdb, Valgrind.
test_plain() {
    if build debug plain_tests; then run_ctest debug --label-regex plain; else bad; fi
}

# Those that start threads, with TSan.
test_threads() {
    if build tsan thread_tests; then run_ctest tsan --label-regex threads; else bad; fi
}

# The page's scripts, the clients, and the judge of the soak, without a browser.
test_page() { run_node tests/snakepit/page; run_node tests/clients; run_node tests/soak; }

# The whole server, and the examples, with sanitizers on, met from outside: sockets, and a browser.
test_server() {
    if need_node_modules && build asan snakepit example_programs; then
        SNAKEPIT=$PWD/build/asan/bin/snakepit EXAMPLES=$PWD/build/asan/bin/examples run_node tests/e2e
    else
        bad
    fi
}

# Installed, and built against by a stranger.
test_embed() { try "embedding" tests/e2e/embed.sh build/release; }

# Each fuzzer over its corpus, and a few seconds beyond it that are the same every time.
test_fuzz() {
    build fuzz fuzzers || { bad; return; }
    export -f smoke_fuzzer run_fuzzer fixed_addresses complain
    local log=build/test/fuzz.log names
    mapfile -t names < <(fuzzer_names)
    printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I NAME bash -c 'smoke_fuzzer NAME' | tee "$log" || true
    good "$(grep -c ': runs: ' "$log")"
    bad $((${#names[@]} - part_good))
}

smoke_fuzzer() {
    local finds=build/test/fuzz/$1 log=build/test/fuzz_$1.log
    rm -rf "$finds"
    if run_fuzzer "$1" "$finds" -seed=1 -runs=20000 -max_total_time=4 &> "$log"; then
        sed -nE "s/^stat::number_of_executed_units: +/fuzz_$1: runs: /p" "$log"
    else
        printf 'FAILED: fuzz_%s\n%s\n' "$1" "$(tail -n 40 "$log")"
    fi
}

# How many tests in C run at a time: some wait, so there is one more than there are cores.
at_once() { echo $(($(nproc) + 1)); }

# run_ctest PRESET [ARGS...]
run_ctest() {
    local preset=$1 log=build/$1/Testing/Temporary/LastTest.log cases_good cases_bad
    shift
    rm -f "$log"
    fixed_addresses ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
        -j "$(at_once)" "$@" || true # what failed is in the log, and is counted there
    [[ -e $log ]] || { bad; return; }
    read -r cases_good cases_bad < <(count_ctest "$log")
    good "$cases_good"
    bad "$cases_bad"
}

# Cases passed and failed: what Check says of each program; a program that says nothing, or whose
# end (a leak, a timeout) is worse than its words, is one case.
count_ctest() {
    awk '
        function close_program() {
            if (program != "" && !checks && fine) good++
            if (program != "" && !failures && !fine) bad++
        }
        /^ *[0-9]+\/[0-9]+ Test: / { close_program(); program = $0; checks = failures = fine = 0 }
        /^[0-9]+%: Checks: / {
            gsub(/[^0-9 ]/, "")
            checks += $2; failures += $3 + $4
            good += $2 - $3 - $4; bad += $3 + $4
        }
        /^Test Passed\.$/ { fine = 1 }
        END { close_program(); print good + 0, bad + 0 }
    ' "$1"
}

# run_node FOLDER: its *.test.mjs, some at a time where node can; but one that says so at its head (ALONE: why) has
# the machine for itself.
run_node() {
    local files alone
    mapfile -t files < <(find "$1" -name node_modules -prune -o -name '*.test.*js' -print | sort)
    ((${#files[@]})) || return 0
    mapfile -t alone < <(grep -l '^// ALONE: ' "${files[@]}")
    mapfile -t files < <(grep -L '^// ALONE: ' "${files[@]}")
    ((${#alone[@]} == 0)) || node_test "$1, alone" 1 "${alone[@]}"
    ((${#files[@]} == 0)) || node_test "$1" "$(nproc)" "${files[@]}"
}

# node_test WHAT AT_ONCE FILE...: counted by node's own summary.
node_test() {
    local what=$1 log=build/test/${1//[^a-z0-9]/-}.log cases concurrency=()
    [[ $(node --help) != *--test-concurrency* ]] || concurrency=("--test-concurrency=$2")
    shift 2
    fixed_addresses timeout 900 node --test "${concurrency[@]}" --test-reporter=spec "$@" 2>&1 | tee "$log" || true
    mapfile -t cases < <(sed -nE 's/^[^a-z]*(pass|fail|cancelled) ([0-9]+)$/\2/p' "$log" | tail -n 3)
    if ((${#cases[@]} == 3)); then
        good "${cases[0]}"
        bad $((cases[1] + cases[2]))
    else
        complain "the node tests of $what ended without a summary." || bad
    fi
}

# --- fuzzers and benchmarks ------------------------------------------------------------------

fuzzer_names() { find fuzz -maxdepth 1 -name 'fuzz_*.c' | sed 's|.*/fuzz_||; s|\.c$||' | sort; }

# run_fuzzer NAME FINDS ARGS...: over its corpus; what it adds goes to the folder FINDS.
run_fuzzer() {
    local name=$1 finds=$2 corpus=fuzz/corpus/$1
    shift 2
    mkdir -p "$finds"
    [[ -d $corpus ]] || corpus=
    # Without a corpus that argument is left out.
    # shellcheck disable=SC2086
    fixed_addresses "build/fuzz/fuzz/fuzz_$name" "$@" -print_final_stats=1 -timeout=10 \
        -artifact_prefix="$finds/" "$finds" $corpus ||
        complain "fuzz_$name found something; replay it with build/fuzz/fuzz/fuzz_$name FILE, the file named above."
}

bench_names() {
    find build/release/bin bench -maxdepth 1 \( -name 'bench_*' ! -name '*.*' -o -name '*.sh' -o -name '*.mjs' \) |
        sed 's|.*/||; s|^bench_||; s|\.[a-z]*$||' | sort -u
}

run_bench() {
    local name=$1
    shift
    say "bench: $name"
    if [[ -x build/release/bin/bench_$name ]]; then
        "build/release/bin/bench_$name" "$@"
    elif [[ -x bench/$name.sh ]]; then
        "bench/$name.sh" "$@"
    elif [[ -e bench/$name.mjs ]]; then
        need test
        need_node_modules || exit
        node "bench/$name.mjs" "$@"
    else
        die "there is no benchmark '$name'; there is: $(bench_names | xargs)"
    fi
}

# --- files -----------------------------------------------------------------------------------

c_files() { # c_files [FOLDER...]: ours, not what was built or fetched
    (($#)) || set -- src include apps tests fuzz bench examples
    find "$@" -name node_modules -prune -o -name '*.[ch]' -print | sort
}

shell_files() {
    printf '%s\n' 'do' .ci/run
    find tools tests bench deploy -name node_modules -prune -o -name '*.sh' -print 2> /dev/null | sort
}

verb=${1:-help}
[[ $verb != -h && $verb != --help ]] || verb=help
[[ $(type -t "do_$verb") == function ]] || die "there is no '$verb'; see ./do help."
"do_$verb" "${@:2}"
