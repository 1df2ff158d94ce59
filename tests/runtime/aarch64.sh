#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The switch for AArch64, on a machine that is none: base and runtime cross-built with a small program
# that uses them, and run by QEMU. Needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user;
# without them it says that it was skipped, and succeeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cc=aarch64-linux-gnu-gcc
emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if ! command -v "$cc" > /dev/null || [[ -z $emulator ]]; then
    echo "aarch64: skipped, there is no $cc or no qemu-aarch64"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for flags in "-O0" "-O2" "-O2 -DOURO_UCONTEXT=1" "-O2 -mbranch-protection=standard"; do
    # The flags are words.
    # shellcheck disable=SC2086
    "$cc" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-missing-field-initializers $flags \
        -fstack-clash-protection -fno-omit-frame-pointer -Iinclude -Isrc -static -pthread \
        src/base/*.c src/runtime/*.c src/runtime/*.S tests/runtime/aarch64.c -o "$work/program"
    timeout 120 "$emulator" "$work/program"
    echo "aarch64: passed with $flags"
done
