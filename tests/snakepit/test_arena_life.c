/* SPDX-License-Identifier: MIT */
/* Moving, eating, boosting, being born, and what is sown. */
#include "arena_scene.h"

/* --- moves ----------------------------------------------------------------------------------- */

TEST(the_last_input_before_a_tick_counts)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    model_input(&m, 1, ARENA_UP_WAY);
    model_input(&m, 1, ARENA_DOWN_WAY);
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).y, 11);
    ck_assert_int_eq(snake_of(&m, 1).way, ARENA_DOWN_WAY);
    model_done(&m);
}

TEST(the_opposite_of_the_last_move_is_not_taken_and_its_boost_is)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrrrr");
    model_input(&m, 1, ARENA_UP_WAY);
    model_input(&m, 1, ARENA_LEFT_WAY | ARENA_INPUT_BOOST);
    ck_assert(snake_of(&m, 1).boosting);
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).x, 15);
    ck_assert_int_eq(snake_of(&m, 1).y, 8);
    model_done(&m);
}

TEST(two_inputs_in_a_tick_can_not_turn_a_snake_round)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    model_input(&m, 1, ARENA_UP_WAY);
    model_input(&m, 1, ARENA_LEFT_WAY);
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).way, ARENA_UP_WAY);
    model_done(&m);
}

TEST(inputs_that_there_are_not_are_refused)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    for (int input = 0; input < 256; input++)
        ck_assert_int_eq(arena_input(m.world, 1, (uint8_t)input),
                         input <= ARENA_INPUT_MAX ? 0 : -EINVAL);
    ck_assert_int_eq(arena_input(m.world, 2, 0), -ENOENT);
    model_done(&m);
}

/* --- food ------------------------------------------------------------------------------------ */

TEST(food_makes_longer_by_its_value_from_the_next_move_on)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    put_food(&m, 14, 10, 3);
    static const uint32_t lengths[] = {4, 5, 6, 7, 7, 7};
    for (int i = 0; i < 6; i++) {
        model_tick(&m);
        ck_assert_uint_eq(snake_of(&m, 1).length, lengths[i]);
        ck_assert_uint_eq(snake_of(&m, 1).score, 3);
    }
    ck_assert_uint_eq(arena_food(m.world), 0);
    model_done(&m);
}

TEST(beyond_the_greatest_length_food_is_score_alone)
{
    struct model m;
    scene_init(&m);
    uint32_t number = put_snake(&m, 1, 10, 10, "rrr");
    m.snakes[number].growth = ARENA_LENGTH_MAX - 4 - 2;
    arena__snake(m.world, number)->growth = ARENA_LENGTH_MAX - 4 - 2;
    put_food(&m, 14, 10, 15);
    model_tick(&m);
    ck_assert_uint_eq(snake_of(&m, 1).score, 15);
    ck_assert_uint_eq(snake_of(&m, 1).length + arena__snake(m.world, number)->growth,
                      ARENA_LENGTH_MAX);
    model_done(&m);
}

/* Along the rows of the field, one below the other; the whole field but the way back. */
static uint8_t winding_way(struct arena_snake s, int side)
{
    if (s.way == ARENA_DOWN_WAY)
        return s.x == 0 ? ARENA_RIGHT_WAY : ARENA_LEFT_WAY;
    bool at_end = s.x == (s.way == ARENA_RIGHT_WAY ? side - 1 : 0);
    return at_end ? ARENA_DOWN_WAY : s.way;
}

TEST(a_snake_may_be_as_long_as_the_world_is_large)
{
    struct model m;
    scene_init(&m);
    uint32_t number = put_snake(&m, 1, 0, 0, "rrr");
    m.snakes[number].growth = ARENA_LENGTH_MAX - 4;
    arena__snake(m.world, number)->growth = ARENA_LENGTH_MAX - 4;
    for (uint32_t length = 4; length < 64 * 64; length++) {
        if (length == 64 * 64 - 1)
            model_join(&m, 2); /* no room in the tick that fills the world */
        model_input(&m, 1, winding_way(snake_of(&m, 1), 64));
        model_tick(&m);
        ck_assert(lives(&m, 1));
    }
    ck_assert_uint_eq(snake_of(&m, 1).length, 64 * 64);
    ck_assert_int_eq(m.count[ARENA_NO_ROOM], 1);
    model_tick(&m);
    ck_assert_uint_eq(arena_living(m.world), 0);
    ck_assert_uint_eq(arena_food(m.world), 2000); /* food_max */
    model_done(&m);
}

/* --- boost ----------------------------------------------------------------------------------- */

TEST(boosting_costs_a_cell_for_each_so_many_gained)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 2, 10, "rrrrrrr");
    model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    scene_ticks(&m, ARENA_BOOST_CELLS - 1);
    ck_assert_uint_eq(snake_of(&m, 1).length, 8);
    model_tick(&m);
    ck_assert_uint_eq(snake_of(&m, 1).length, 7);
    ck_assert_int_eq(snake_of(&m, 1).x, 9 + 2 * ARENA_BOOST_CELLS);
    ck_assert_uint_eq(arena_food(m.world), 1);
    ck_assert_int_eq(food_at(&m, snake_of(&m, 1).x - 7, 10), 1); /* just behind the tail */
    model_done(&m);
}

TEST(who_is_no_longer_than_a_start_does_not_boost)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 2, 10, "rrrr");
    model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    scene_ticks(&m, ARENA_BOOST_CELLS);
    ck_assert(!snake_of(&m, 1).boosting);
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).moved, 1);
    ck_assert_uint_eq(snake_of(&m, 1).length, 4);
    model_done(&m);
}

TEST(what_was_gained_is_owed_over_a_pause)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 2, 10, "rrrrrrr");
    for (int i = 0; i < ARENA_BOOST_CELLS; i++) {
        ck_assert_uint_eq(snake_of(&m, 1).length, 8);
        model_input(&m, 1, ARENA_RIGHT_WAY);
        model_tick(&m);
        model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
        model_tick(&m);
    }
    ck_assert_uint_eq(snake_of(&m, 1).length, 7);
    model_done(&m);
}

TEST(where_there_is_the_most_food_a_boost_leaves_none_and_still_costs)
{
    struct model m;
    struct arena_settings settings = quiet_settings();
    settings.food_max = 1;
    model_init(&m, &settings, 1);
    put_food(&m, 1, 1, 1);
    put_snake(&m, 1, 2, 10, "rrrrrrr");
    model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    scene_ticks(&m, ARENA_BOOST_CELLS);
    ck_assert_uint_eq(snake_of(&m, 1).length, 7);
    ck_assert_uint_eq(arena_food(m.world), 1);
    model_done(&m);
}

/* --- birth ----------------------------------------------------------------------------------- */

TEST(a_newborn_is_one_cell_and_grows_to_its_length)
{
    struct model m;
    scene_init(&m);
    model_join(&m, 7);
    ck_assert_int_eq(arena_find(m.world, 7), -ENOENT);
    ck_assert_int_eq(arena_input(m.world, 7, ARENA_UP_WAY), -ENOENT);
    model_tick(&m);
    ck_assert_uint_eq(snake_of(&m, 7).length, 1);
    ck_assert_int_eq(snake_of(&m, 7).moved, 0);
    ck_assert_uint_eq(snake_of(&m, 7).born, 1);
    for (uint32_t length = 2; length <= 4; length++) {
        model_tick(&m);
        ck_assert_uint_eq(snake_of(&m, 7).length, length);
    }
    model_tick(&m);
    ck_assert_uint_eq(snake_of(&m, 7).length, 4);
    model_done(&m);
}

TEST(newborns_go_into_every_direction_and_everywhere)
{
    int ways[4] = {0}, quarters[4] = {0};
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct model m;
        struct arena_settings settings = quiet_settings();
        model_init(&m, &settings, seed);
        model_join(&m, 1);
        model_tick(&m);
        struct arena_snake s = snake_of(&m, 1);
        ways[s.way]++;
        quarters[s.x / 32 + s.y / 32 * 2]++;
        model_done(&m);
    }
    for (int i = 0; i < 4; i++)
        ck_assert(ways[i] > 0 && quarters[i] > 0);
}

TEST(an_id_has_one_snake)
{
    struct model m;
    scene_init(&m);
    model_join(&m, 7);
    ck_assert_int_eq(arena_join(m.world, 7), -EEXIST);
    model_tick(&m);
    ck_assert_int_eq(arena_join(m.world, 7), -EEXIST);
    model_leave(&m, 7);
    ck_assert_int_eq(arena_join(m.world, 7), -EEXIST);
    model_tick(&m);
    ck_assert_int_eq(arena_join(m.world, 7), 0);
    model_done(&m);
}

TEST(a_newborn_that_leaves_before_it_has_a_place_vanishes)
{
    struct model m;
    scene_init(&m);
    for (uint32_t id = 1; id <= 5; id++)
        model_join(&m, id);
    model_leave(&m, 2);
    model_leave(&m, 5);
    model_join(&m, 2);
    model_leave(&m, 2);
    ck_assert_int_eq(arena_leave(m.world, 2), -ENOENT);
    model_tick(&m);
    ck_assert_int_eq(m.count[ARENA_BORN], 3);
    ck_assert_int_eq(m.count[ARENA_DIED] + m.count[ARENA_NO_ROOM], 0);
    model_done(&m);
}

TEST(food_under_a_newborn_is_gone)
{
    struct model m;
    scene_init(&m);
    for (int i = 0; i < 2000; i++)
        put_food(&m, i % 64, i / 64, 1);
    for (uint32_t id = 1; id <= 8; id++)
        model_join(&m, id);
    model_tick(&m);
    ck_assert_int_gt(m.count[ARENA_FOOD_GONE], 0);
    ck_assert_int_eq(m.count[ARENA_BORN], 8);
    model_done(&m);
}

/* --- sowing ---------------------------------------------------------------------------------- */

TEST(food_is_sown_until_there_is_as_much_as_wanted)
{
    struct model m;
    struct arena_settings settings = quiet_settings();
    settings.food_ppm = 100000;
    model_init(&m, &settings, 1);
    model_tick(&m);
    ck_assert_uint_le(arena_food(m.world), ARENA_SOWN_MAX);
    ck_assert_uint_gt(arena_food(m.world), ARENA_SOWN_MAX / 2);
    scene_ticks(&m, 4);
    ck_assert_uint_eq(arena_food(m.world), 64 * 64 / 10);
    model_done(&m);
}

TEST(what_the_dead_leave_comes_on_top_of_what_is_sown)
{
    struct model m;
    struct arena_settings settings = quiet_settings();
    settings.food_ppm = 10000;
    model_init(&m, &settings, 1);
    scene_ticks(&m, 2);
    ck_assert_uint_eq(arena_food(m.world), 40);
    put_food(&m, 0, 0, 15);
    put_food(&m, 1, 0, 15);
    model_tick(&m);
    ck_assert_uint_eq(arena_food(m.world), 42);
    model_done(&m);
}
