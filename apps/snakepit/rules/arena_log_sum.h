/* SPDX-License-Identifier: MIT */
/** What the writer and the reader of an arena's log share. */
#ifndef SNAKEPIT_ARENA_LOG_SUM_H
#define SNAKEPIT_ARENA_LOG_SUM_H

#include <stddef.h>
#include <stdint.h>

#define ARENA__LOG_MAGIC       "arenalog"
#define ARENA__LOG_MAGIC_BYTES 8
#define ARENA__LOG_KIND_BITS   3
#define ARENA__LOG_MORE_MAX    31 /* in the first byte of a record, beside its kind */
#define ARENA__LOG_SUM_START   2166136261u

/** FNV-1a: go on with a sum over these bytes. Each byte decides a state of its own, so a single
 *  changed one always shows. */
static inline uint32_t arena__log_sum(uint32_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ data[i]) * 16777619u;
    return sum;
}

#endif
