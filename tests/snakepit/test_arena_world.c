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

/* --- bounds ---------------------------------------------------------------------------------- */

TEST(no_more_snakes_are_taken_in_than_there_may_be)
{
    struct model m;
    struct arena_settings settings = small_settings();
    settings.snakes_max = 5;
    model_init(&m, &settings, 1);
    for (uint32_t id = 1; id <= 5; id++)
        model_join(&m, id);
    ck_assert_int_eq(arena_join(m.world, 6), -OURO_ELIMIT);
    model_tick(&m);
    ck_assert_int_eq(arena_join(m.world, 6), -OURO_ELIMIT);
    model_leave(&m, 3);
    model_tick(&m);
    ck_assert_int_eq(arena_join(m.world, 6), 0);
    ck_assert_uint_eq(arena_snake_numbers(m.world), 5); /* the number is given again */
    model_done(&m);
}

static void ignore(void *ud, const struct arena_event *event)
{
    (void)ud;
    (void)event;
}

/* Nobody steers: a stream of births and deaths at the walls. */
static void run_full(struct arena_world *world, int ticks)
{
    uint32_t id = 1;
    while (ticks-- > 0) {
        while (arena_join(world, id) == 0)
            id++;
        arena_tick(world, ignore, NULL);
    }
}

TEST(the_largest_world_takes_the_most_snakes)
{
    struct arena_settings settings = arena_settings_default();
    settings.width = settings.height = ARENA_SIDE_MAX;
    settings.snakes_max = ARENA_SNAKES_MAX;
    settings.food_max = ARENA_FOOD_MAX;
    ck_assert_ptr_null(arena_settings_fault(&settings));
    struct arena_world *world =
        arena_world_init(malloc(arena_world_bytes(&settings)), &settings, 1);
    run_full(world, 3);
    ck_assert_uint_gt(arena_living(world), ARENA_SNAKES_MAX * 9 / 10);
    ck_assert_uint_le(arena_snake_numbers(world), ARENA_SNAKES_MAX);
    for (uint32_t id = 1; id <= 1000; id++)
        ck_assert_int_eq(arena_leave(world, id) == 0, arena_find(world, id) >= 0);
    free(world);
}

TEST(crowded_games_by_lot_keep_all_promises)
{
    struct arena_settings settings = small_settings();
    settings.snakes_max = 400;
    settings.length_start = 12;
    settings.food_max = 250;
    settings.food_ppm = 20000;
    struct lot lot = lively;
    lot.joins_ppm = 900000;
    for (uint64_t seed = 0; seed < 2; seed++)
        play(&settings, lot, seed, 120);
}

TEST(long_snakes_by_lot_keep_all_promises)
{
    struct arena_settings settings = small_settings();
    settings.length_start = ARENA_LENGTH_MIN;
    settings.snakes_max = 12;
    settings.food_ppm = 500000;
    settings.food_max = 4000;
    struct lot lot = lively;
    for (uint64_t seed = 0; seed < 4; seed++)
        play(&settings, lot, seed, 600);
}

/* --- copies ---------------------------------------------------------------------------------- */

TEST(a_copy_goes_on_as_its_original_does)
{
    struct arena_settings settings = small_settings();
    struct arena_world *copy = arena_world_init(malloc(arena_world_bytes(&settings)), &settings, 9);
    struct model m;
    struct lot lot = lively;
    ouro_rng_seed(&lot.rng, 3);
    model_init(&m, &settings, 1);
    for (int i = 0; i < 100; i++)
        play_tick(&m, &lot);
    ck_assert_uint_ne(arena_digest(copy), arena_digest(m.world));
    arena_world_copy(copy, m.world);
    for (int i = 0; i < 50; i++) {
        ck_assert_uint_eq(arena_digest(copy), arena_digest(m.world));
        model_tick(&m);
        arena_tick(copy, ignore, NULL);
    }
    free(copy);
    model_done(&m);
}

TEST(a_world_may_be_moved)
{
    struct arena_settings settings = small_settings();
    size_t bytes = arena_world_bytes(&settings);
    struct arena_world *there = malloc(bytes), *here = malloc(bytes);
    arena_world_init(there, &settings, 1);
    run_full(there, 20);
    memcpy(here, there, bytes);
    memset(there, 0xff, bytes);
    free(there);
    run_full(here, 20);
    ck_assert_uint_gt(arena_living(here), 0);
    free(here);
}

/* --- the digest ------------------------------------------------------------------------------ */

/* A world, and what its digest is after something small is different. */
static void expect_other_digest(void (*change)(struct arena_world *world))
{
    struct arena_settings settings = small_settings();
    struct arena_world *world =
        arena_world_init(malloc(arena_world_bytes(&settings)), &settings, 1);
    run_full(world, 3);
    uint64_t before = arena_digest(world);
    change(world);
    ck_assert_uint_ne(arena_digest(world), before);
    free(world);
}

static uint32_t first_id(const struct arena_world *world)
{
    struct arena_snake snake;
    for (uint32_t number = 0; number < arena_snake_numbers(world); number++)
        if (arena_snake(world, number, &snake))
            return snake.id;
    ck_abort_msg("nobody lives");
}

static void leave(struct arena_world *world)
{
    arena_leave(world, first_id(world));
}

static void boost(struct arena_world *world)
{
    struct arena_snake snake;
    uint32_t id = first_id(world);
    arena_snake(world, (uint32_t)arena_find(world, id), &snake);
    ck_assert_int_eq(arena_input(world, id, snake.way | ARENA_INPUT_BOOST), 0);
}

static void turn(struct arena_world *world)
{
    struct arena_snake snake;
    uint32_t id = first_id(world);
    arena_snake(world, (uint32_t)arena_find(world, id), &snake);
    ck_assert_int_eq(arena_input(world, id, (snake.way + 1) & 3), 0);
}

static void draw(struct arena_world *world)
{
    ouro_rng_next(&world->rng);
}

/* The same count of food and snakes, but one lies elsewhere. */
static void carry_food(struct arena_world *world)
{
    const struct arena__tick tick = {world, arena__cells(world), ignore, NULL, 0};
    struct arena_cell cell = {0};
    int at = -1, to = 0;
    while (cell.food == 0 && ++at < 64 * 64)
        cell = arena_cell(world, at % 64, at / 64);
    arena__eat(&tick, arena__place(world, at % 64, at / 64));
    while (to == at || arena_cell(world, to % 64, to / 64).is_snake ||
           arena_cell(world, to % 64, to / 64).food)
        to++;
    arena__leave_food(&tick, arena__place(world, to % 64, to / 64), cell.food, true);
}

TEST(the_digest_tells_worlds_apart)
{
    expect_other_digest(leave);
    expect_other_digest(boost);
    expect_other_digest(turn);
    expect_other_digest(draw);
    expect_other_digest(carry_food);
}

TEST(the_digest_of_a_known_game_is_the_same_on_every_machine)
{
    struct arena_settings settings = small_settings();
    struct arena_world *world =
        arena_world_init(malloc(arena_world_bytes(&settings)), &settings, 1);
    run_full(world, 100);
    ck_assert_uint_eq(arena_digest(world), 6726523819063602596u);
    free(world);
}

/* --- settings -------------------------------------------------------------------------------- */

TEST(settings_that_make_no_world_are_told)
{
    const struct {
        struct arena_settings settings;
        const char *word;
    } wrong[] = {
        {{63, 64, 4, 10, 0, 0}, "width"},
        {{64, 4097, 4, 10, 0, 0}, "width"},
        {{64, 64, 1, 10, 0, 0}, "starting length"},
        {{64, 64, 4097, 10, 0, 0}, "starting length"},
        {{64, 64, 4, 0, 0, 0}, "number of snakes"},
        {{64, 64, 4, 20001, 0, 0}, "number of snakes"},
        {{64, 64, 4, 10, 1000001, 5000}, "in a million"},
        {{64, 64, 4, 10, 0, 500001}, "at most 500000"},
        {{64, 64, 4, 10, 100000, 408}, "as is sown"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *fault = arena_settings_fault(&wrong[i].settings);
        ck_assert_msg(fault && strstr(fault, wrong[i].word), "%zu: %s", i, fault);
    }
    struct arena_settings settings = {64, 4096, 2, 20000, 100000, 26214};
    ck_assert_ptr_null(arena_settings_fault(&settings));
    settings = arena_settings_default();
    ck_assert_ptr_null(arena_settings_fault(&settings));
}
