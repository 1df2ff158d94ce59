/* SPDX-License-Identifier: MIT */
/* The log of an arena: what is written is read, and nothing else is. */
#include "arena_game.h"
#include "rules/arena_log_sum.h"

#include <ouro/wire.h>

/* Read all records. The last return value: 0, where more bytes are needed, or what is wrong. */
static int read_all(const uint8_t *log, size_t len, struct arena_log_reader *reader)
{
    struct arena_log_header header;
    struct arena_log_entry entry;
    *reader = (struct arena_log_reader){0};
    int rc = arena_log_read_header(reader, log, len, &header);
    while (rc > 0 && reader->offset < len)
        rc = arena_log_read(reader, log + reader->offset, len - reader->offset, &entry);
    return rc < 0 ? rc : 0;
}

TEST(a_log_is_read_as_it_was_written)
{
    struct game *game = game_play(1, 700);
    struct arena_log_reader reader;
    ck_assert_int_eq(read_all(game->log, game->len, &reader), 0);
    ck_assert(reader.ended);
    ck_assert_uint_eq(reader.offset, game->len);
    ck_assert_uint_eq(reader.ticks, 700);
    game_free(game);
}

static void write_small(struct arena_log_writer *writer, uint8_t *log, size_t cap)
{
    const struct arena_log_header header = {
        .settings = game_settings, .seed = UINT64_MAX, .tick_ns = 5000000, .recorded_s = 7};
    arena_log_begin(writer, log, cap, &header);
}

TEST(each_entry_comes_back)
{
    uint8_t log[1024];
    struct arena_log_writer writer;
    struct arena_log_reader reader;
    struct arena_log_header header;
    struct arena_log_entry entry;
    const struct arena_face face = {.name = "Zoë", .colour = 200, .bot = true};
    struct arena_world *world =
        arena_world_init(malloc(arena_world_bytes(&game_settings)), &game_settings, 1);
    write_small(&writer, log, sizeof log);
    arena_log_join(&writer, 77, &face);
    arena_log_input(&writer, UINT32_MAX, 6);
    arena_log_leave(&writer, 1);
    for (int i = 0; i < 40; i++)
        arena_log_tick(&writer, world);
    arena_log_end(&writer, world);
    size_t len = writer.len, at = (size_t)arena_log_read_header(&reader, log, len, &header);

    ck_assert_mem_eq(&header.settings, &game_settings, sizeof game_settings);
    ck_assert(header.seed == UINT64_MAX && header.tick_ns == 5000000 && header.recorded_s == 7);
    at += (size_t)arena_log_read(&reader, log + at, len - at, &entry);
    ck_assert(entry.kind == ARENA_LOG_JOIN && entry.id == 77);
    ck_assert_str_eq(entry.face.name, "Zoë");
    ck_assert(entry.face.colour == 200 && entry.face.bot);
    at += (size_t)arena_log_read(&reader, log + at, len - at, &entry);
    ck_assert(entry.kind == ARENA_LOG_INPUT && entry.id == UINT32_MAX && entry.input == 6);
    at += (size_t)arena_log_read(&reader, log + at, len - at, &entry);
    ck_assert(entry.kind == ARENA_LOG_LEAVE && entry.id == 1);
    at += (size_t)arena_log_read(&reader, log + at, len - at, &entry);
    ck_assert(entry.kind == ARENA_LOG_TICKS && entry.ticks == 40);
    at += (size_t)arena_log_read(&reader, log + at, len - at, &entry);
    ck_assert(entry.kind == ARENA_LOG_END && entry.ticks == 40);
    ck_assert_uint_eq(entry.digest, arena_digest(world));
    ck_assert_uint_eq(at, len);
    free(world);
}

TEST(ticks_without_calls_cost_next_to_nothing)
{
    uint8_t log[1024];
    struct arena_log_writer writer;
    struct arena_world *world =
        arena_world_init(malloc(arena_world_bytes(&game_settings)), &game_settings, 1);
    write_small(&writer, log, sizeof log);
    size_t header = writer.len;
    for (int i = 0; i < 4 * ARENA_LOG_CHECK_TICKS; i++)
        arena_log_tick(&writer, world);
    ck_assert_uint_eq(writer.len - header, 4 * (3 + 13));
    free(world);
}

TEST(a_log_is_read_in_whatever_pieces_it_comes)
{
    struct game *game = game_play(2, 300);
    struct arena_log_reader reader = {0};
    struct arena_log_header header;
    struct arena_log_entry entry;
    for (size_t have = 0; have <= game->len; have++) {
        size_t at = (size_t)reader.offset;
        int rc = at == 0 ? arena_log_read_header(&reader, game->log, have, &header)
                         : arena_log_read(&reader, game->log + at, have - at, &entry);
        if (reader.ended)
            break;
        ck_assert_int_eq(rc, (int)(reader.offset - at)); /* 0, or what was taken */
    }
    ck_assert(reader.ended);
    ck_assert_uint_eq(reader.offset, game->len);
    game_free(game);
}

TEST(what_is_cut_off_anywhere_is_read_up_to_there)
{
    struct game *game = game_play(3, 300);
    struct arena_log_reader reader;
    uint32_t ticks = 0;
    for (size_t len = 0; len < game->len; len++) {
        ck_assert_int_eq(read_all(game->log, len, &reader), 0);
        ck_assert(!reader.ended && reader.offset <= len && reader.ticks >= ticks);
        ck_assert_uint_lt(len - reader.offset,
                          reader.offset ? ARENA_LOG_RECORD_BYTES : ARENA_LOG_HEADER_BYTES);
        ticks = reader.ticks;
    }
    ck_assert_uint_eq(ticks, 300);
    game_free(game);
}

TEST(no_changed_byte_goes_unnoticed)
{
    struct game *game = game_play(4, 300);
    struct arena_log_reader reader;
    for (size_t at = 0; at < game->len; at++)
        for (int bit = 0; bit < 8; bit++) {
            game->log[at] ^= (uint8_t)(1 << bit);
            int rc = read_all(game->log, game->len, &reader);
            ck_assert(rc == -OURO_EMALFORMED || (rc == 0 && !reader.ended));
            ck_assert_uint_le(reader.offset, game->len);
            game->log[at] ^= (uint8_t)(1 << bit);
        }
    game_free(game);
}

TEST(nothing_may_follow_the_end)
{
    struct game *game = game_play(5, 10);
    struct arena_log_reader reader;
    for (int byte = 0; byte < 256; byte++) {
        game->log[game->len] = (uint8_t)byte;
        ck_assert_int_eq(read_all(game->log, game->len + 1, &reader), -OURO_EMALFORMED);
        ck_assert_uint_eq(reader.offset, game->len);
    }
    game_free(game);
}

TEST(what_does_not_fit_is_a_failure_and_leaves_a_good_log)
{
    struct game *game = game_play(6, 300);
    for (size_t cap = 0; cap < game->len; cap += 7) {
        struct arena_log_reader reader;
        struct game *small = game_begin(6);
        small->writer.cap = 0;
        const struct arena_log_header header = {
            .settings = game_settings, .seed = 6, .tick_ns = 100000000, .recorded_s = 1700000000};
        arena_log_begin(&small->writer, small->log, cap, &header);
        while (small->ticks < 300)
            game_tick(small);
        arena_log_end(&small->writer, small->world);
        ck_assert(small->writer.failed && small->writer.len <= cap);
        ck_assert_int_eq(arena_log_swap(&small->writer, NULL, 0), -OURO_ELIMIT);
        ck_assert_int_eq(read_all(small->log, small->writer.len, &reader), 0);
        ck_assert_mem_eq(small->log, game->log, small->writer.len);
        game_free(small);
    }
    game_free(game);
}

TEST(a_log_may_be_written_in_pieces)
{
    static uint8_t pieces[GAME_BYTES_MAX];
    struct game *whole = game_play(7, 400), *game = game_begin(7);
    size_t len = 0;
    while (game->ticks < 400) {
        game_tick(game);
        if (game->ticks % 50 != 49)
            continue;
        int64_t piece = arena_log_swap(&game->writer, game->log, GAME_BYTES_MAX);
        ck_assert_int_gt(piece, 0);
        memcpy(pieces + len, game->log, (size_t)piece);
        len += (size_t)piece;
        struct arena_log_reader reader;
        ck_assert_int_eq(read_all(pieces, len, &reader), 0);
        ck_assert_uint_eq(reader.ticks, game->ticks); /* complete up to now */
    }
    game_end(game);
    memcpy(pieces + len, game->log, game->len);
    len += game->len;
    struct arena_log_reader reader;
    ck_assert_int_eq(read_all(pieces, len, &reader), 0);
    ck_assert(reader.ended);
    ck_assert_uint_eq(reader.ticks, 400);
    game_free(game);
    game_free(whole);
}

TEST(more_calls_than_there_may_be_fail)
{
    size_t cap = 4 * (ARENA_LOG_CALLS_MAX + 10);
    uint8_t *log = malloc(cap);
    struct arena_log_writer writer;
    struct arena_log_reader reader;
    write_small(&writer, log, cap);
    for (int i = 0; i < ARENA_LOG_CALLS_MAX; i++)
        arena_log_leave(&writer, 1);
    ck_assert(!writer.failed);
    ck_assert_int_eq(read_all(log, writer.len, &reader), 0);
    log[writer.len] = log[writer.len - 2];
    log[writer.len + 1] = log[writer.len - 1];
    ck_assert_int_eq(read_all(log, writer.len + 2, &reader), -OURO_EMALFORMED);
    arena_log_leave(&writer, 1);
    ck_assert(writer.failed);
    free(log);
}

/* --- what is no header ------------------------------------------------------------------------ */

#define TICK_BYTES 4 /* of write_small()'s, as a varint; behind it are a byte and the sum */

/* What write_small() writes, but for the time of a tick, with a sum that is right. */
static int read_header_with(uint64_t tick_ns)
{
    uint8_t log[ARENA_LOG_HEADER_BYTES];
    struct arena_log_writer writer;
    struct arena_log_reader reader;
    struct arena_log_header header;
    struct ouro_writer bits;
    write_small(&writer, log, sizeof log);
    size_t at = writer.len - 4 - 1 - TICK_BYTES;
    ouro_writer_init(&bits, log + at, sizeof log - at);
    ouro_writer_varint(&bits, tick_ns);
    ouro_writer_varint(&bits, 7);
    at += (size_t)ouro_writer_end(&bits);
    uint32_t sum = arena__log_sum(ARENA__LOG_SUM_START, log, at);
    for (int i = 0; i < 4; i++)
        log[at++] = (uint8_t)(sum >> 8 * i);
    return arena_log_read_header(&reader, log, at, &header);
}

TEST(a_tick_takes_a_time_that_can_be_waited_for)
{
    static const uint64_t wrong[] = {
        0, 1, ARENA_LOG_TICK_NS_MIN - 1, ARENA_LOG_TICK_NS_MAX + 1, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(read_header_with(wrong[i]), -OURO_EMALFORMED);
    ck_assert_int_gt(read_header_with(ARENA_LOG_TICK_NS_MIN), 0);
    ck_assert_int_gt(read_header_with(ARENA_LOG_TICK_NS_MAX), 0);
}

/* --- what is no record ------------------------------------------------------------------------ */

static int read_after_header(const char *record, size_t len)
{
    uint8_t log[512] = {0};
    struct arena_log_writer writer;
    struct arena_log_reader reader;
    write_small(&writer, log, sizeof log);
    memcpy(log + writer.len, record, len);
    return read_all(log, writer.len + len + ARENA_LOG_RECORD_BYTES, &reader);
}

TEST(records_that_nobody_writes_are_malformed)
{
    static const struct {
        const char *bytes;
        size_t len;
    } records[] = {
        {"\x06", 1},                     /* a kind that there is not */
        {"\x07", 1},                     /* the other one */
        {"\x00\x00", 2},                 /* no tick */
        {"\x00\x81\x02", 3},             /* 257 ticks */
        {"\x41\x01", 2},                 /* input 8 */
        {"\x01\x00", 2},                 /* of nobody */
        {"\x01\x80\x80\x80\x80\x10", 6}, /* id 2^32 */
        {"\x0b\x01", 2},                 /* leave, with something more */
        {"\x12\x01\x05\x01"              /* join, with 2 for the bot */
         "A",
         5},
        {"\x02\x01\x05\x00", 4},     /* no name */
        {"\x02\x01\x05\x02 A", 6},   /* a name with a space in front */
        {"\x02\x01\x05\x01\xff", 5}, /* no UTF-8 */
        {"\x02\x01\x05\x03"          /* a NUL within */
         "A\0B",
         7},
        {"\x02\x01\x05\x3d", 4}, /* 61 bytes */
        {"\x04", 1},             /* a check that is not due */
        {"\x02\x01\x05\x10"
         "0123456789abcdef",
         20}, /* 16 characters */
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        ck_assert_msg(read_after_header(records[i].bytes, records[i].len) == -OURO_EMALFORMED,
                      "record %zu", i);
}

TEST(a_check_can_not_be_left_out)
{
    struct arena_log_reader reader;
    uint8_t log[512];
    struct arena_log_writer writer;
    write_small(&writer, log, sizeof log);
    memcpy(log + writer.len, "\x00\x80\x02\x08", 4); /* 256 ticks, one tick */
    ck_assert_int_eq(read_all(log, writer.len + 4, &reader), -OURO_EMALFORMED);
    ck_assert_uint_eq(reader.ticks, 256);
    ck_assert_uint_eq(reader.offset, writer.len + 3);
}
