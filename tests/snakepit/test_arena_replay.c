/* SPDX-License-Identifier: MIT */
/* What was recorded is played again: the same events, the same worlds, at any tick, and damage is
 * told with its place. */
#include "arena_game.h"
#include "rules/arena_replay.h"
#include "rules/arena_world.h"

static struct arena_replay *replay_of(const struct game *game, uint32_t checkpoints)
{
    void *memory = malloc(arena_replay_bytes(&game_settings, checkpoints));
    struct arena_replay *replay =
        arena_replay_init(memory, &game_settings, checkpoints, game->log, game->len);
    ck_assert_ptr_eq(replay, memory);
    return replay;
}

static uint32_t ticks_of(const struct arena_replay *replay)
{
    return arena_ticks(arena_replay_world(replay));
}

TEST(a_replay_gives_the_same_events_and_worlds)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct game *game = game_play(seed, 1100);
        struct arena_replay *replay = replay_of(game, 3);
        uint64_t trace = 0;
        while (arena_replay_step(replay, keep_trace, &trace) == 1) {
            ck_assert_uint_eq(trace, game->traces[ticks_of(replay)]);
            ck_assert_uint_eq(arena_digest(arena_replay_world(replay)),
                              game->digests[ticks_of(replay)]);
        }
        ck_assert_uint_eq(ticks_of(replay), 1100);
        ck_assert(arena_replay_is_whole(replay));
        ck_assert_uint_eq(arena_replay_digests(replay), 1100 / ARENA_LOG_CHECK_TICKS + 1);
        ck_assert_uint_eq(arena_replay_offset(replay), game->len);
        ck_assert_int_eq(arena_replay_step(replay, keep_trace, &trace), 0);
        free(replay);
        game_free(game);
    }
}

static void expect_faces(const struct arena_replay *replay)
{
    const struct arena_world *world = arena_replay_world(replay);
    struct arena_snake snake;
    char end[16];
    for (uint32_t number = 0; number < arena_snake_numbers(world); number++) {
        if (!arena_snake(world, number, &snake))
            continue;
        const struct arena_face *face = arena_replay_face(replay, number);
        snprintf(end, sizeof end, " %u", snake.id);
        ck_assert_ptr_nonnull(strstr(face->name, end));
        ck_assert_uint_eq(face->colour, snake.id & 255);
        ck_assert_int_eq(face->bot, snake.id % 3 == 0);
    }
}

static void seek(struct arena_replay *replay, uint32_t tick, uint32_t steps_max)
{
    int rc = 0;
    for (int calls = 0; rc == 0; calls++) {
        rc = arena_replay_seek(replay, tick, steps_max);
        ck_assert_int_ge(rc, 0);
        ck_assert_int_lt(calls, GAME_TICKS_MAX);
    }
}

TEST(any_tick_can_be_sought_in_any_order)
{
    struct game *game = game_play(1, GAME_TICKS_MAX);
    for (uint32_t checkpoints = ARENA_REPLAY_CHECKPOINTS_MIN; checkpoints <= 6; checkpoints++) {
        struct arena_replay *replay = replay_of(game, checkpoints);
        struct ouro_rng rng;
        ouro_rng_seed(&rng, checkpoints);
        for (int i = 0; i < 12; i++) {
            uint32_t tick = ouro_rng_below(&rng, GAME_TICKS_MAX + 1);
            seek(replay, tick, 1 + ouro_rng_below(&rng, 500));
            ck_assert_uint_eq(ticks_of(replay), tick);
            ck_assert_uint_eq(arena_digest(arena_replay_world(replay)), game->digests[tick]);
            expect_faces(replay);
        }
        free(replay);
    }
    game_free(game);
}

TEST(after_a_seek_the_events_go_on)
{
    struct game *game = game_play(2, 900);
    struct arena_replay *replay = replay_of(game, 2);
    seek(replay, 800, 1000);
    seek(replay, 345, 1000);
    uint64_t trace = game->traces[345];
    while (arena_replay_step(replay, keep_trace, &trace) == 1)
        ck_assert_uint_eq(trace, game->traces[ticks_of(replay)]);
    ck_assert_uint_eq(ticks_of(replay), 900);
    free(replay);
    game_free(game);
}

TEST(a_seek_does_no_more_steps_than_it_may)
{
    struct game *game = game_play(3, 600);
    struct arena_replay *replay = replay_of(game, 4);
    ck_assert_int_eq(arena_replay_seek(replay, 500, 100), 0);
    ck_assert_uint_eq(ticks_of(replay), 100);
    ck_assert_int_eq(arena_replay_seek(replay, 500, 399), 0);
    ck_assert_int_eq(arena_replay_seek(replay, 500, 1), 1);
    ck_assert_int_eq(arena_replay_seek(replay, 257, 1), 1); /* from the checkpoint at 256 */
    ck_assert_int_eq(arena_replay_seek(replay, 513, 10), 0);
    ck_assert_int_eq(arena_replay_seek(replay, 2, 2), 1);    /* from the start */
    ck_assert_int_eq(arena_replay_seek(replay, 300, 44), 1); /* forwards, over a checkpoint */
    free(replay);
    game_free(game);
}

TEST(a_seek_beyond_the_end_stops_there)
{
    struct game *game = game_play(4, 300);
    struct arena_replay *replay = replay_of(game, 4);
    seek(replay, 100000, 77);
    ck_assert_uint_eq(ticks_of(replay), 300);
    ck_assert(arena_replay_is_whole(replay));
    free(replay);
    game_free(game);
}

TEST(a_log_that_grows_is_played_as_it_grows)
{
    struct game *game = game_play(5, 300);
    struct arena_replay *replay = replay_of(game, 2);
    uint64_t trace = 0;
    arena_replay_extend(replay, game->log, 60);
    for (size_t len = 60; len <= game->len; len++) {
        uint8_t *elsewhere = malloc(len);
        memcpy(elsewhere, game->log, len);
        arena_replay_extend(replay, elsewhere, len);
        int rc;
        while ((rc = arena_replay_step(replay, keep_trace, &trace)) == 1)
            ck_assert_uint_eq(trace, game->traces[ticks_of(replay)]);
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(arena_replay_is_whole(replay), len == game->len);
        free(elsewhere);
    }
    ck_assert_uint_eq(ticks_of(replay), 300);
    free(replay);
    game_free(game);
}

/* --- damage ---------------------------------------------------------------------------------- */

static int play_to_the_end(struct arena_replay *replay)
{
    uint64_t trace = 0;
    int rc;
    do
        rc = arena_replay_step(replay, keep_trace, &trace);
    while (rc == 1);
    return rc;
}

TEST(no_changed_byte_goes_unnoticed_in_a_replay)
{
    struct game *game = game_play(6, 280);
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    void *memory = malloc(arena_replay_bytes(&game_settings, 2));
    for (size_t at = 0; at < game->len; at++) {
        uint8_t good = game->log[at];
        game->log[at] ^= (uint8_t)(1 + ouro_rng_below(&rng, 255));
        struct arena_replay *replay =
            arena_replay_init(memory, &game_settings, 2, game->log, game->len);
        int rc = replay ? play_to_the_end(replay) : -OURO_EMALFORMED;
        ck_assert(rc < 0 || !arena_replay_is_whole(replay));
        ck_assert(rc == 0 || rc == -OURO_EMALFORMED || rc == -EBADMSG);
        game->log[at] = good;
    }
    free(memory);
    game_free(game);
}

TEST(a_world_that_is_not_the_recorded_one_is_told_with_its_tick)
{
    struct game *game = game_begin(7);
    while (game->ticks < 600) {
        game_tick(game);
        if (game->ticks == 300) /* a call that is not noted */
            arena_join(game->world, 4711);
    }
    game_end(game);
    struct arena_replay *replay = replay_of(game, 2);
    ck_assert_int_eq(play_to_the_end(replay), -EBADMSG);
    ck_assert_uint_gt(ticks_of(replay), 300);
    ck_assert_uint_le(ticks_of(replay), 512);
    ck_assert_uint_eq(arena_replay_digests(replay), 1);
    ck_assert_int_eq(arena_replay_seek(replay, 10, 1000), 1); /* back is fine */
    ck_assert_int_eq(arena_replay_seek(replay, 550, 1000), -EBADMSG);
    free(replay);
    game_free(game);
}

TEST(a_digest_that_differs_is_told_with_its_tick)
{
    struct game *game = game_begin(7);
    while (game->ticks < 600) {
        ouro_rng_next(&game->world->rng);
        game->ticks++;
        arena_tick(game->world, keep_trace, &game->trace);
        arena_log_tick(&game->writer, game->world);
    }
    game_end(game);
    struct arena_replay *replay = replay_of(game, 2);
    ck_assert_int_eq(play_to_the_end(replay), -EBADMSG);
    ck_assert_uint_eq(ticks_of(replay), 256);
    ck_assert_uint_eq(arena_replay_digests(replay), 0);
    free(replay);
    game_free(game);
}

TEST(a_call_that_can_not_have_been_is_told_with_its_place)
{
    struct game *game = game_begin(8);
    size_t at = game->writer.len;
    arena_log_input(&game->writer, 99, 1);
    arena_log_tick(&game->writer, game->world);
    game_end(game);
    struct arena_replay *replay = replay_of(game, 2);
    ck_assert_int_eq(play_to_the_end(replay), -EBADMSG);
    ck_assert_uint_eq(arena_replay_offset(replay), at);
    free(replay);
    game_free(game);
}

TEST(what_is_no_log_of_this_world_makes_no_replay)
{
    struct game *game = game_play(9, 5);
    struct arena_settings other = game_settings;
    other.food_max++;
    void *memory = malloc(arena_replay_bytes(&other, 2));
    ck_assert_ptr_null(arena_replay_init(memory, &other, 2, game->log, game->len));
    ck_assert_ptr_null(arena_replay_init(memory, &game_settings, 2, game->log, 20));
    game->log[0] ^= 1;
    ck_assert_ptr_null(arena_replay_init(memory, &game_settings, 2, game->log, game->len));
    free(memory);
    game_free(game);
}
