/* SPDX-License-Identifier: MIT */
/* Writing an arena's log. A record is made beside the log and then taken over whole. */
#include "rules/arena_log.h"

#include "rules/arena_log_sum.h"

#include <ouro/wire.h>

#include <string.h>

/* A record, or the header, in the making. */
struct draft {
    struct ouro_writer bits;
    uint8_t bytes[ARENA_LOG_HEADER_BYTES];
};
_Static_assert(ARENA_LOG_HEADER_BYTES >= ARENA_LOG_RECORD_BYTES, "a draft has room for either");

static void begin_draft(struct draft *draft)
{
    ouro_writer_init(&draft->bits, draft->bytes, sizeof draft->bytes);
}

static void put_word(struct draft *draft, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        ouro_writer_bits(&draft->bits, (uint8_t)(value >> 8 * i), 8);
}

/* The sum of all that was written, and of the draft so far. */
static void put_sum(struct draft *draft, const struct arena_log_writer *writer)
{
    put_word(draft, arena__log_sum(writer->sum, draft->bytes, draft->bits.len), 4);
}

static void take_over(struct arena_log_writer *writer, struct draft *draft)
{
    int len = ouro_writer_end(&draft->bits);
    ouro_assert(len > 0);
    if (writer->failed || (size_t)len > writer->cap - writer->len) {
        writer->failed = true;
        return;
    }
    memcpy(writer->data + writer->len, draft->bytes, (size_t)len);
    writer->len += (size_t)len;
    writer->sum = arena__log_sum(writer->sum, draft->bytes, (size_t)len);
}

static void begin_record(struct draft *draft, enum arena_log_kind kind, uint32_t more)
{
    begin_draft(draft);
    ouro_writer_bits(&draft->bits, kind, ARENA__LOG_KIND_BITS);
    ouro_writer_bits(&draft->bits, more, 8 - ARENA__LOG_KIND_BITS);
}

void arena_log_begin(struct arena_log_writer *writer, void *data, size_t cap,
                     const struct arena_log_header *header)
{
    const struct arena_settings *s = &header->settings;
    const uint64_t numbers[] = {
        ARENA_LOG_VERSION, (uint64_t)s->width, (uint64_t)s->height, (uint64_t)s->length_start,
        s->snakes_max,     s->food_ppm,        s->food_max,         header->seed,
        header->tick_ns,   header->recorded_s};
    struct draft draft;
    ouro_assert(!arena_settings_fault(s));
    ouro_assert(header->tick_ns >= ARENA_LOG_TICK_NS_MIN &&
                header->tick_ns <= ARENA_LOG_TICK_NS_MAX);
    *writer = (struct arena_log_writer){.data = data, .cap = cap, .sum = ARENA__LOG_SUM_START};
    begin_draft(&draft);
    ouro_writer_bytes(&draft.bits, ARENA__LOG_MAGIC, ARENA__LOG_MAGIC_BYTES);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ouro_writer_varint(&draft.bits, numbers[i]);
    put_sum(&draft, writer);
    take_over(writer, &draft);
}

/* Ticks are counted as they come and written when something else is. */
static void write_run(struct arena_log_writer *writer)
{
    struct draft draft;
    bool is_short = writer->run <= ARENA__LOG_MORE_MAX;
    if (writer->run == 0)
        return;
    begin_record(&draft, ARENA_LOG_TICKS, is_short ? writer->run : 0);
    if (!is_short)
        ouro_writer_varint(&draft.bits, writer->run);
    take_over(writer, &draft);
    writer->run = 0;
}

static void begin_call(struct arena_log_writer *writer, struct draft *draft,
                       enum arena_log_kind kind, uint32_t more, uint32_t id)
{
    write_run(writer);
    if (++writer->calls > ARENA_LOG_CALLS_MAX)
        writer->failed = true;
    begin_record(draft, kind, more);
    ouro_writer_varint(&draft->bits, id);
}

void arena_log_join(struct arena_log_writer *writer, uint32_t id, const struct arena_face *face)
{
    struct draft draft;
    size_t len = strlen(face->name);
    begin_call(writer, &draft, ARENA_LOG_JOIN, face->bot, id);
    put_word(&draft, face->colour, 1);
    put_word(&draft, len, 1);
    ouro_writer_bytes(&draft.bits, face->name, len);
    take_over(writer, &draft);
}

void arena_log_leave(struct arena_log_writer *writer, uint32_t id)
{
    struct draft draft;
    begin_call(writer, &draft, ARENA_LOG_LEAVE, 0, id);
    take_over(writer, &draft);
}

void arena_log_input(struct arena_log_writer *writer, uint32_t id, uint8_t input)
{
    struct draft draft;
    begin_call(writer, &draft, ARENA_LOG_INPUT, input, id);
    take_over(writer, &draft);
}

void arena_log_tick(struct arena_log_writer *writer, const struct arena_world *world)
{
    struct draft draft;
    writer->run++;
    writer->calls = 0;
    if (++writer->ticks % ARENA_LOG_CHECK_TICKS != 0)
        return;
    write_run(writer);
    begin_record(&draft, ARENA_LOG_CHECK, 0);
    put_word(&draft, arena_digest(world), 8);
    put_sum(&draft, writer);
    take_over(writer, &draft);
}

void arena_log_end(struct arena_log_writer *writer, const struct arena_world *world)
{
    struct draft draft;
    write_run(writer);
    begin_record(&draft, ARENA_LOG_END, 0);
    put_word(&draft, writer->ticks, 4);
    put_word(&draft, arena_digest(world), 8);
    put_sum(&draft, writer);
    take_over(writer, &draft);
}

int64_t arena_log_swap(struct arena_log_writer *writer, void *data, size_t cap)
{
    write_run(writer);
    if (writer->failed)
        return -OURO_ELIMIT;
    size_t len = writer->len;
    writer->data = data;
    writer->cap = cap;
    writer->len = 0;
    return (int64_t)len;
}
