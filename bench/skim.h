/* SPDX-License-Identifier: MIT */
/**
 * skim: of the messages of `ouro.v1` (docs/protocol.md, docs/state.md) as much as a player needs
 * that knows the world without looking at it, and the few that it sends. Pure.
 */
#ifndef BENCH_SKIM_H
#define BENCH_SKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a snapshot begins with. */
struct skim_snapshot {
    bool more; /* the next message goes on with it */
    uint32_t tick, step, input, interval;
};

/** 0; -EBADMSG: that is none. */
int skim_snapshot(const uint8_t *data, size_t len, struct skim_snapshot *ret);

/** Does it stand there? */
bool skim_has(const char *text, size_t len, const char *words);
/** The whole number behind the first `"key":` of a JSON text. -ENOENT: there is none. */
int skim_number(const char *text, size_t len, const char *key, int64_t *ret);
/** The text behind the first `"key":`, without escapes, cut to fit, ended by a NUL. -ENOENT. */
int skim_text(const char *text, size_t len, const char *key, char *ret, size_t ret_bytes);

#define SKIM_INPUT_BYTES 12
/** A binary input with a payload of one byte; returns its length. */
size_t skim_write_input(uint8_t out[SKIM_INPUT_BYTES], uint32_t sequence, uint32_t tick,
                        uint8_t payload);

#endif
