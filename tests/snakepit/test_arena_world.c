/* SPDX-License-Identifier: MIT */
/* The arena as a whole: games by lot, each tick of which passes the model; bounds; copies. */
#include "arena_model.h"
#include "test.h"

static struct arena_settings small_settings(void)
{
    return (struct arena_settings){.width = 64,
                                   .height = 64,
                                   .length_start = 4,
                                   .snakes_max = 120,
                                   .food_ppm = 50000,
                                   .food_max = 600};
}

/* --- games by lot ---------------------------------------------------------------------------- */

struct lot {
    struct ouro_rng rng;
    uint32_t joins_ppm, leaves_ppm, turns_ppm, boosts_ppm; /* per id and tick */
};

static void play_tick(struct model *m, struct lot *lot)
{
    uint32_t ids = m->settings.snakes_max + 5;
    for (uint32_t id = 1; id <= ids; id++) {
        if (ouro_rng_chance(&lot->rng, lot->joins_ppm))
            model_join(m, id * 977);
        if (ouro_rng_chance(&lot->rng, lot->leaves_ppm))
            model_leave(m, id * 977);
        uint8_t boost = ouro_rng_chance(&lot->rng, lot->boosts_ppm) ? ARENA_INPUT_BOOST : 0;
        if (ouro_rng_chance(&lot->rng, lot->turns_ppm))
            model_input(m, id * 977, (uint8_t)ouro_rng_below(&lot->rng, 4) | boost);
    }
    model_tick(m);
}

static const struct lot lively = {
    .joins_ppm = 100000, .leaves_ppm = 1000, .turns_ppm = 150000, .boosts_ppm = 300000};

static uint64_t play(const struct arena_settings *settings, struct lot lot, uint64_t seed,
                     int ticks)
{
    struct model m;
    ouro_rng_seed(&lot.rng, seed + 1);
    model_init(&m, settings, seed);
    while (ticks-- > 0)
        play_tick(&m, &lot);
    for (int why = ARENA_WALL; why <= ARENA_LEFT; why++)
        ck_assert_msg(m.died_of[why] > 0, "nobody died of %d", why);
    uint64_t trace = m.trace ^ arena_digest(m.world);
    model_done(&m);
    return trace;
}

TEST(games_by_lot_keep_all_promises)
{
    struct arena_settings settings = small_settings();
    for (uint64_t seed = 0; seed < 8; seed++)
        play(&settings, lively, seed, 300);
}

TEST(the_same_seed_and_calls_give_the_same_events)
{
    struct arena_settings settings = small_settings();
    for (uint64_t seed = 0; seed < 3; seed++) {
        uint64_t trace = play(&settings, lively, seed, 150);
        ck_assert_uint_eq(trace, play(&settings, lively, seed, 150));
        ck_assert_uint_ne(trace, play(&settings, lively, seed + 1000, 150));
    }
}
