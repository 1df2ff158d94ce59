/* SPDX-License-Identifier: MIT */
/* Reading an arena's log, a record at a time. A record is read into a draft, and only if all of it
 * is there and nothing in it is wrong does the reader move on. */
#include "rules/arena_log.h"

#include "rules/arena_log_sum.h"

#include <ouro/wire.h>

#include <string.h>

/* What is being read: `good` is false once something is there that can't have been written. */
struct draft {
    struct ouro_reader bits;
    bool good;
};

static void expect(struct draft *draft, bool holds)
{
    draft->good = draft->good && (holds || draft->bits.failed);
}

static uint64_t read_word(struct draft *draft, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)ouro_reader_bits(&draft->bits, 8) << 8 * i;
    return value;
}

/* A number up to `most`; 0, if it is larger. */
static uint64_t read_number(struct draft *draft, uint64_t most)
{
    uint64_t value = ouro_reader_varint(&draft->bits);
    expect(draft, value <= most);
    return value <= most ? value : 0;
}

static void read_sum(struct draft *draft, uint32_t sum)
{
    uint32_t expected = arena__log_sum(sum, draft->bits.data, draft->bits.bit / 8);
    expect(draft, read_word(draft, 4) == expected);
}

/* How many bytes the draft has taken, or why it has not. What needs more bytes than there can be is
 * as malformed as what is wrong. */
static int end_draft(const struct draft *draft, size_t bytes_max)
{
    if (!draft->good || (draft->bits.failed && draft->bits.len >= bytes_max))
        return -OURO_EMALFORMED;
    return draft->bits.failed ? 0 : (int)(draft->bits.bit / 8);
}

static void begin_draft(struct draft *draft, const void *data, size_t len, size_t bytes_max)
{
    draft->good = true;
    ouro_reader_init(&draft->bits, data, len < bytes_max ? len : bytes_max);
}

/* --- the header ------------------------------------------------------------------------------ */

static void read_magic(struct draft *draft)
{
    for (int i = 0; i < ARENA__LOG_MAGIC_BYTES; i++)
        expect(draft, ouro_reader_bits(&draft->bits, 8) == (uint8_t)ARENA__LOG_MAGIC[i]);
    expect(draft, read_number(draft, UINT32_MAX) == ARENA_LOG_VERSION);
}

static void read_settings(struct draft *draft, struct arena_settings *ret_settings)
{
    *ret_settings = (struct arena_settings){
        .width = (int)read_number(draft, ARENA_SIDE_MAX),
        .height = (int)read_number(draft, ARENA_SIDE_MAX),
        .length_start = (int)read_number(draft, ARENA_LENGTH_MAX),
        .snakes_max = (uint32_t)read_number(draft, ARENA_SNAKES_MAX),
        .food_ppm = (uint32_t)read_number(draft, UINT32_MAX),
        .food_max = (uint32_t)read_number(draft, ARENA_FOOD_MAX),
    };
    expect(draft, !arena_settings_fault(ret_settings));
}

int arena_log_read_header(struct arena_log_reader *ret_reader, const void *data, size_t len,
                          struct arena_log_header *ret_header)
{
    struct draft draft;
    struct arena_log_header header;
    begin_draft(&draft, data, len, ARENA_LOG_HEADER_BYTES);
    read_magic(&draft);
    read_settings(&draft, &header.settings);
    header.seed = read_number(&draft, UINT64_MAX);
    header.tick_ns = read_number(&draft, ARENA_LOG_TICK_NS_MAX);
    expect(&draft, header.tick_ns >= ARENA_LOG_TICK_NS_MIN);
    header.recorded_s = read_number(&draft, UINT64_MAX);
    read_sum(&draft, ARENA__LOG_SUM_START);
    int taken = end_draft(&draft, ARENA_LOG_HEADER_BYTES);
    if (taken <= 0)
        return taken;
    *ret_header = header;
    *ret_reader =
        (struct arena_log_reader){.offset = (uint64_t)taken,
                                  .sum = arena__log_sum(ARENA__LOG_SUM_START, data, (size_t)taken)};
    return taken;
}

/* --- records --------------------------------------------------------------------------------- */

static bool is_check_due(const struct arena_log_reader *reader)
{
    return reader->ticks > 0 && reader->ticks % ARENA_LOG_CHECK_TICKS == 0 && !reader->checked;
}

static uint32_t read_ticks(struct draft *draft, const struct arena_log_reader *reader,
                           uint32_t more)
{
    uint32_t left = ARENA_LOG_CHECK_TICKS - reader->ticks % ARENA_LOG_CHECK_TICKS;
    uint32_t ticks = more > 0 ? more : (uint32_t)read_number(draft, left);
    expect(draft, ticks >= 1 && ticks <= left && reader->ticks <= UINT32_MAX - ticks);
    return ticks;
}

static void read_name(struct draft *draft, char ret_name[NAME_BYTES])
{
    char raw[NAME_BYTES], clean[NAME_BYTES];
    size_t len = (size_t)read_word(draft, 1);
    expect(draft, len < NAME_BYTES);
    if (len >= NAME_BYTES)
        return;
    ouro_reader_bytes(&draft->bits, raw, len);
    if (draft->bits.failed)
        return;
    bool good = snakepit_name_clean(raw, len, clean) == 0 && strlen(clean) == len;
    expect(draft, good);
    if (good)
        memcpy(ret_name, clean, len + 1);
}

static void read_join(struct draft *draft, uint32_t more, struct arena_face *ret_face)
{
    expect(draft, more <= 1);
    ret_face->bot = more == 1;
    ret_face->colour = (uint8_t)read_word(draft, 1);
    read_name(draft, ret_face->name);
}

static void read_call(struct draft *draft, const struct arena_log_reader *reader, uint32_t more,
                      struct arena_log_entry *entry)
{
    entry->id = (uint32_t)read_number(draft, UINT32_MAX);
    expect(draft, entry->id != 0 && reader->calls < ARENA_LOG_CALLS_MAX);
    if (entry->kind == ARENA_LOG_JOIN) {
        read_join(draft, more, &entry->face);
    } else if (entry->kind == ARENA_LOG_INPUT) {
        expect(draft, more <= ARENA_INPUT_MAX);
        entry->input = (uint8_t)more;
    } else {
        expect(draft, more == 0);
    }
}

static void read_check(struct draft *draft, const struct arena_log_reader *reader, uint32_t more,
                       struct arena_log_entry *entry)
{
    expect(draft, more == 0);
    if (entry->kind == ARENA_LOG_END) {
        entry->ticks = (uint32_t)read_word(draft, 4);
        expect(draft, entry->ticks == reader->ticks);
    }
    entry->digest = read_word(draft, 8);
    read_sum(draft, reader->sum);
}

static void read_record(struct draft *draft, const struct arena_log_reader *reader,
                        struct arena_log_entry *entry)
{
    entry->kind = ouro_reader_bits(&draft->bits, ARENA__LOG_KIND_BITS);
    uint32_t more = ouro_reader_bits(&draft->bits, 8 - ARENA__LOG_KIND_BITS);
    expect(draft, !reader->ended && entry->kind <= ARENA_LOG_END);
    expect(draft, (entry->kind == ARENA_LOG_CHECK) == is_check_due(reader));
    if (entry->kind == ARENA_LOG_TICKS)
        entry->ticks = read_ticks(draft, reader, more);
    else if (entry->kind <= ARENA_LOG_LEAVE)
        read_call(draft, reader, more, entry);
    else
        read_check(draft, reader, more, entry);
}

static void move_on(struct arena_log_reader *reader, const void *data, size_t taken,
                    const struct arena_log_entry *entry)
{
    bool is_ticks = entry->kind == ARENA_LOG_TICKS;
    reader->offset += taken;
    reader->sum = arena__log_sum(reader->sum, data, taken);
    reader->ticks += is_ticks ? entry->ticks : 0;
    reader->calls = is_ticks ? 0 : reader->calls + (entry->kind < ARENA_LOG_CHECK);
    reader->checked = entry->kind == ARENA_LOG_CHECK || (reader->checked && !is_ticks);
    reader->ended = entry->kind == ARENA_LOG_END;
}

int arena_log_read(struct arena_log_reader *reader, const void *data, size_t len,
                   struct arena_log_entry *ret_entry)
{
    struct draft draft;
    struct arena_log_entry entry = {.kind = ARENA_LOG_TICKS};
    begin_draft(&draft, data, len, ARENA_LOG_RECORD_BYTES);
    read_record(&draft, reader, &entry);
    int taken = end_draft(&draft, ARENA_LOG_RECORD_BYTES);
    if (taken <= 0)
        return taken;
    move_on(reader, data, (size_t)taken, &entry);
    *ret_entry = entry;
    return taken;
}
