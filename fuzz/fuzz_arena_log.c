/* SPDX-License-Identifier: MIT */
/* An arena's log, of any bytes: reading it never looks beyond its end, a piece of it reads no
 * further than all of it, and a replay of it ends, and goes back. The first byte says where it is
 * cut. Sums keep most bytes from getting far; the header's and those of checks are set right. */
#include "rules/arena_log_sum.h"
#include "rules/arena_replay.h"

#include <ouro/base.h>

#include <stdlib.h>
#include <string.h>

#define TICKS_MAX 600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How far the first `cut` bytes can be read. */
static uint64_t read_up_to(const uint8_t *log, size_t cut)
{
    struct arena_log_reader reader = {0};
    struct arena_log_header header;
    struct arena_log_entry entry;
    uint8_t *exact = malloc(cut ? cut : 1);
    memcpy(exact, log, cut);
    int rc = arena_log_read_header(&reader, exact, cut, &header);
    while (rc > 0) {
        size_t at = (size_t)reader.offset;
        ouro_assert(at <= cut);
        rc = arena_log_read(&reader, exact + at, cut - at, &entry);
        ouro_assert(rc <= 0 || reader.offset == at + (size_t)rc);
    }
    free(exact);
    return reader.offset;
}

static void put_sum(uint8_t *at, uint32_t sum)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(sum >> 8 * i);
}

/* Where a record is malformed only for its sum, the one that it should have. The header ends with
 * its sum, wherever that is. */
static void mend_sums(uint8_t *log, size_t len)
{
    struct arena_log_reader reader = {0};
    struct arena_log_header header;
    struct arena_log_entry entry;
    int rc = 0;
    for (size_t at = ARENA__LOG_MAGIC_BYTES;
         rc <= 0 && at + 4 <= len && at < ARENA_LOG_HEADER_BYTES; at++) {
        uint8_t was[4];
        memcpy(was, log + at, 4);
        put_sum(log + at, arena__log_sum(ARENA__LOG_SUM_START, log, at));
        rc = arena_log_read_header(&reader, log, at + 4, &header);
        if (rc <= 0)
            memcpy(log + at, was, 4);
    }
    while (rc > 0) {
        uint8_t *at = log + reader.offset;
        size_t left = len - (size_t)reader.offset;
        rc = arena_log_read(&reader, at, left, &entry);
        size_t before = left == 0 ? 0 : (at[0] & 7) == ARENA_LOG_CHECK ? 9 : 13;
        if (rc != -OURO_EMALFORMED || at[0] >> 3 || (at[0] & 7) < ARENA_LOG_CHECK ||
            left < before + 4)
            continue;
        put_sum(at + before, arena__log_sum(reader.sum, at, before));
        rc = arena_log_read(&reader, at, left, &entry);
    }
}

static void emit_nothing(void *ud, const struct arena_event *event)
{
    (void)ud;
    (void)event;
}

/* Small worlds alone: the memory of a large one takes the time that others need. */
static bool is_small(const struct arena_settings *s)
{
    return s->width * s->height <= 2 * ARENA_SIDE_MIN * ARENA_SIDE_MIN && s->snakes_max <= 100;
}

static void play(const uint8_t *log, size_t len)
{
    struct arena_log_reader reader;
    struct arena_log_header header;
    if (arena_log_read_header(&reader, log, len, &header) <= 0 || !is_small(&header.settings))
        return;
    void *memory = malloc(arena_replay_bytes(&header.settings, 2));
    struct arena_replay *replay = arena_replay_init(memory, &header.settings, 2, log, len);
    ouro_assert(replay);
    int rc = 1;
    for (int i = 0; rc == 1 && i < TICKS_MAX; i++)
        rc = arena_replay_step(replay, emit_nothing, NULL);
    ouro_assert(rc == 1 || rc == 0 || rc == -OURO_EMALFORMED || rc == -EBADMSG);
    uint32_t ticks = arena_ticks(arena_replay_world(replay));
    ouro_assert(arena_replay_seek(replay, ticks / 2, TICKS_MAX) == 1);
    ouro_assert(arena_ticks(arena_replay_world(replay)) == ticks / 2);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t cut = (size_t)data[0] % size, len = size - 1;
    uint8_t *log = malloc(size);
    memcpy(log, data + 1, len);
    mend_sums(log, len);
    ouro_assert(read_up_to(log, cut) <= read_up_to(log, len));
    play(log, len);
    free(log);
    return 0;
}
