/* SPDX-License-Identifier: MIT */
/* Bots of the arena: what they see, what they do in a few plain cases, and how a world of them
 * fares. */
#include "arena_scene.h"
#include "rules/arena_brain.h"
#include "runtime/sanitizer.h"

static uint8_t seen_at(const struct arena_sight *sight, int x, int y)
{
    return sight->cells[(y + ARENA_SIGHT_FAR) * ARENA_SIGHT_SIDE + x + ARENA_SIGHT_FAR];
}

static struct arena_sight look(const struct model *m, uint32_t id)
{
    struct arena_sight sight;
    arena_look(m->world, (uint32_t)arena_find(m->world, id), &sight);
    return sight;
}

/* --- looking --------------------------------------------------------------------------------- */

TEST(a_sight_shows_what_is_around_the_head)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 27, 30, "rrr");
    put_snake(&m, 2, 32, 28, "uuu");
    put_food(&m, 31, 32, 7);
    put_food(&m, 14, 14, 3);
    put_food(&m, 46, 46, 4);
    struct arena_sight sight = look(&m, 1);
    ck_assert_int_eq(seen_at(&sight, 0, 0), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, -3, 0), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, -4, 0), 0);
    ck_assert_int_eq(seen_at(&sight, 2, -2), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, 2, -5), ARENA_SIGHT_HEAD + ARENA_UP_WAY);
    ck_assert_int_eq(seen_at(&sight, 1, 2), 7);
    ck_assert_int_eq(seen_at(&sight, -16, -16), 3);
    ck_assert_int_eq(seen_at(&sight, 16, 16), 4);
    ck_assert(sight.way == ARENA_RIGHT_WAY && !sight.can_boost && sight.length[0] == 4);
    model_done(&m);
}

TEST(beyond_the_world_all_is_blocked)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 3, 0, "lll");
    put_snake(&m, 2, 59, 63, "rrrr");
    struct arena_sight sight = look(&m, 1);
    ck_assert_int_eq(seen_at(&sight, -1, 0), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, 0, -1), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, -16, 16), ARENA_SIGHT_BLOCKED);
    ck_assert_int_eq(seen_at(&sight, 0, 1), 0);
    model_done(&m);
}

TEST(a_seed_stays_and_a_lot_does_not)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    struct arena_sight before = look(&m, 1);
    int same = 0;
    for (int i = 0; i < 20; i++) {
        model_tick(&m);
        struct arena_sight sight = look(&m, 1);
        ck_assert_uint_eq(sight.seed, before.seed);
        same += sight.lot == before.lot;
    }
    ck_assert_int_lt(same, 3);
    model_done(&m);
}

/* --- thinking -------------------------------------------------------------------------------- */

/* A free field; the snake goes to the right. */
static struct arena_sight open_sight(uint8_t seed)
{
    return (struct arena_sight){.way = ARENA_RIGHT_WAY, .length = {6}, .seed = seed, .lot = 0x5a};
}

static void put(struct arena_sight *sight, int x, int y, uint8_t what)
{
    sight->cells[(y + ARENA_SIGHT_FAR) * ARENA_SIGHT_SIDE + x + ARENA_SIGHT_FAR] = what;
}

static void put_wall(struct arena_sight *sight, int x, int y, int to_x, int to_y)
{
    for (int j = y; j <= to_y; j++)
        for (int i = x; i <= to_x; i++)
            put(sight, i, j, ARENA_SIGHT_BLOCKED);
}

TEST(every_temper_turns_away_from_what_kills)
{
    for (uint8_t seed = 0; seed < 4; seed++) {
        struct arena_sight sight = open_sight(seed);
        put_wall(&sight, 1, -16, 1, 16);
        ck_assert_uint_ne(arena_think(&sight) & ARENA_INPUT_WAY, ARENA_RIGHT_WAY);
        put_wall(&sight, 0, -1, 0, -1);
        ck_assert_uint_eq(arena_think(&sight) & ARENA_INPUT_WAY, ARENA_DOWN_WAY);
    }
}

TEST(every_temper_stays_out_of_a_room_that_is_too_small)
{
    for (uint8_t seed = 0; seed < 4; seed++) {
        struct arena_sight sight = open_sight(seed);
        put_wall(&sight, 1, -1, 5, -1); /* a dead end ahead, with food in it */
        put_wall(&sight, 1, 1, 5, 1);
        put_wall(&sight, 5, -1, 5, 1);
        put(&sight, 1, 0, 15);
        put(&sight, 2, 0, 15);
        ck_assert_uint_ne(arena_think(&sight) & ARENA_INPUT_WAY, ARENA_RIGHT_WAY);
    }
}

TEST(every_temper_goes_round_a_wall_for_food)
{
    for (uint8_t seed = 0; seed < 4; seed++) {
        struct arena_sight sight = open_sight(seed);
        put_wall(&sight, 2, -16, 2, 1);
        put_wall(&sight, 1, -16, 1, 0);
        put(&sight, 0, 2, 15);
        ck_assert_uint_eq(arena_think(&sight) & ARENA_INPUT_WAY, ARENA_DOWN_WAY);
    }
}

TEST(every_temper_gives_way_to_a_head)
{
    for (uint8_t seed = 0; seed < 4; seed++) {
        struct arena_sight sight = open_sight(seed);
        put(&sight, 2, 0, ARENA_SIGHT_HEAD + ARENA_LEFT_WAY);
        ck_assert_uint_ne(arena_think(&sight) & ARENA_INPUT_WAY, ARENA_RIGHT_WAY);
    }
}

TEST(who_is_caught_goes_straight_on)
{
    struct arena_sight sight = open_sight(0);
    memset(sight.cells, ARENA_SIGHT_BLOCKED, sizeof sight.cells);
    ck_assert_uint_eq(arena_think(&sight), ARENA_RIGHT_WAY);
}

TEST(some_flee_and_some_hunt_if_they_can)
{
    int boosts = 0;
    for (uint8_t seed = 0; seed < 4; seed++) {
        struct arena_sight sight = open_sight(seed);
        sight.length[0] = 40;
        put(&sight, -2, -3, ARENA_SIGHT_HEAD + ARENA_RIGHT_WAY);
        ck_assert_uint_lt(arena_think(&sight), ARENA_INPUT_BOOST);
        sight.can_boost = 1;
        boosts += arena_think(&sight) >= ARENA_INPUT_BOOST;
        sight.length[0] = 8;
        ck_assert_uint_lt(arena_think(&sight), ARENA_INPUT_BOOST);
    }
    ck_assert_int_eq(boosts, 4);
}

TEST(any_bytes_make_a_thought)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    for (int i = 0; i < 300; i++) {
        struct arena_sight sight;
        uint8_t *bytes = (uint8_t *)&sight;
        uint32_t most = 1 + ouro_rng_below(&rng, 256);
        for (size_t at = 0; at < sizeof sight; at++)
            bytes[at] = (uint8_t)ouro_rng_below(&rng, most);
        uint8_t input = arena_think(&sight);
        ck_assert_uint_le(input, ARENA_INPUT_MAX);
        ck_assert_uint_ne((input ^ sight.way) & ARENA_INPUT_WAY, 2);
        ck_assert(sight.can_boost == 1 || input < ARENA_INPUT_BOOST);
    }
}

/* --- a world of bots -------------------------------------------------------------------------- */

#define BOTS 300
/* A sanitizer makes a thought take ten times as long. */
#if defined(OURO_ASAN) || defined(OURO_TSAN)
#define RUN 250
#else
#define RUN 1000
#endif

struct colony {
    struct arena_world *world;
    uint32_t lives[RUN + 1]; /* how many lives lasted so many ticks */
    uint32_t deaths, died_of[ARENA_LEFT + 1];
    uint32_t longest, boosts;
};

static void on_event(void *ud, const struct arena_event *event)
{
    struct colony *colony = ud;
    struct arena_snake snake;
    if (event->kind != ARENA_DIED)
        return;
    ck_assert(arena_snake(colony->world, event->snake, &snake));
    colony->lives[arena_ticks(colony->world) - snake.born]++;
    colony->died_of[event->why]++;
    colony->deaths++;
}

static void steer(struct colony *colony, uint32_t number)
{
    struct arena_snake snake;
    struct arena_sight sight;
    if (!arena_snake(colony->world, number, &snake))
        return;
    arena_look(colony->world, number, &sight);
    uint8_t input = arena_think(&sight);
    ck_assert_int_eq(arena_input(colony->world, snake.id, input), 0);
    ck_assert_uint_ne((input ^ snake.way) & ARENA_INPUT_WAY, 2);
    colony->boosts += input >= ARENA_INPUT_BOOST;
    if (snake.length > colony->longest)
        colony->longest = snake.length;
}

static uint32_t median_life(const struct colony *colony)
{
    uint32_t ticks = 0;
    for (uint32_t seen = colony->lives[0]; seen < colony->deaths / 2; seen += colony->lives[ticks])
        ticks++;
    return ticks;
}

TEST(a_world_of_bots_lives_long_and_grows)
{
    struct arena_settings settings = arena_settings_default();
    settings.width = settings.height = 300;
    settings.snakes_max = BOTS;
    struct colony *colony = calloc(1, sizeof *colony);
    colony->world = arena_world_init(malloc(arena_world_bytes(&settings)), &settings, 1);
    uint32_t id = 1;
    for (int tick = 0; tick < RUN; tick++) {
        while (arena_join(colony->world, id) == 0)
            id++;
        for (uint32_t number = 0; number < BOTS; number++)
            steer(colony, number);
        arena_tick(colony->world, on_event, colony);
    }
    ck_assert_uint_gt(median_life(colony), RUN > 500 ? 250 : 80);
    ck_assert_uint_gt(colony->longest, RUN > 500 ? 200 : 60);
    ck_assert_uint_gt(colony->boosts, 0);
    ck_assert_uint_eq(colony->died_of[ARENA_LEFT], 0);
    free(colony->world);
    free(colony);
}
