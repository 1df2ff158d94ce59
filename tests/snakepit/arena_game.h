/* SPDX-License-Identifier: MIT */
/* A recorded game by lot, for the tests of logs and replays. */
#ifndef SNAKEPIT_ARENA_GAME_H
#define SNAKEPIT_ARENA_GAME_H

#include "rules/arena_log.h"
#include "test.h"

#include <ouro/base.h>

#define GAME_BYTES_MAX (1 << 20)
#define GAME_TICKS_MAX 4096

struct game {
    uint8_t log[GAME_BYTES_MAX];
    size_t len;
    uint64_t traces[GAME_TICKS_MAX + 1]; /* a hash of all events up to a tick */
    uint64_t digests[GAME_TICKS_MAX + 1];
    uint64_t trace;
    uint32_t ticks, calls;
    struct arena_world *world;
    struct arena_log_writer writer;
    struct ouro_rng rng;
};

static const struct arena_settings game_settings = {.width = 64,
                                                    .height = 80,
                                                    .length_start = 4,
                                                    .snakes_max = 30,
                                                    .food_ppm = 30000,
                                                    .food_max = 600};

static inline uint64_t trace_on(uint64_t trace, const struct arena_event *e)
{
    const uint64_t parts[] = {e->kind, e->snake,       e->id,          e->by,
                              e->why,  (uint64_t)e->x, (uint64_t)e->y, e->value};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        trace = (trace ^ parts[i]) * 1099511628211u;
    return trace;
}

static inline void keep_trace(void *ud, const struct arena_event *event)
{
    uint64_t *trace = ud;
    *trace = trace_on(*trace, event);
}

static inline void game_join(struct game *game, uint32_t id)
{
    struct arena_face face = {.colour = (uint8_t)id, .bot = id % 3 == 0};
    snprintf(face.name, sizeof face.name, "%s %u", id % 2 ? "Zoë" : "Bea", id);
    if (arena_join(game->world, id) != 0)
        return;
    arena_log_join(&game->writer, id, &face);
    game->calls++;
}

static inline void game_call(struct game *game, uint32_t id)
{
    uint8_t input = (uint8_t)ouro_rng_below(&game->rng, 8);
    if (ouro_rng_chance(&game->rng, 30000))
        game_join(game, id);
    if (ouro_rng_chance(&game->rng, 1000) && arena_leave(game->world, id) == 0)
        arena_log_leave(&game->writer, id);
    if (ouro_rng_chance(&game->rng, 30000) && arena_input(game->world, id, input) == 0)
        arena_log_input(&game->writer, id, input);
}

static inline void game_tick(struct game *game)
{
    for (uint32_t id = 1; id <= 40; id++)
        game_call(game, id == 40 ? UINT32_MAX : id * id);
    arena_tick(game->world, keep_trace, &game->trace);
    arena_log_tick(&game->writer, game->world);
    game->ticks++;
    game->traces[game->ticks] = game->trace;
    game->digests[game->ticks] = arena_digest(game->world);
}

static inline struct game *game_begin(uint64_t seed)
{
    struct game *game = calloc(1, sizeof *game);
    const struct arena_log_header header = {
        .settings = game_settings, .seed = seed, .tick_ns = 100000000, .recorded_s = 1700000000};
    game->world = arena_world_init(malloc(arena_world_bytes(&game_settings)), &game_settings, seed);
    arena_log_begin(&game->writer, game->log, GAME_BYTES_MAX, &header);
    ouro_rng_seed(&game->rng, seed + 1);
    game->digests[0] = arena_digest(game->world);
    return game;
}

static inline void game_end(struct game *game)
{
    uint8_t none;
    arena_log_end(&game->writer, game->world);
    int64_t len = arena_log_swap(&game->writer, &none, 0);
    ck_assert_int_gt(len, 0);
    game->len = (size_t)len;
}

/* A whole game of so many ticks. */
static inline struct game *game_play(uint64_t seed, uint32_t ticks)
{
    struct game *game = game_begin(seed);
    while (game->ticks < ticks)
        game_tick(game);
    game_end(game);
    return game;
}

static inline void game_free(struct game *game)
{
    free(game->world);
    free(game);
}

#endif
