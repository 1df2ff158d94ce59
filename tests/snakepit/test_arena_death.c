/* SPDX-License-Identifier: MIT */
/* Who dies in the arena, of what, and by whom. */
#include "arena_scene.h"

TEST(a_wall_kills_on_every_side)
{
    const struct {
        int x, y;
        const char *ways;
    } edges[] = {{3, 20, "lll"}, {20, 3, "uuu"}, {60, 30, "rrr"}, {30, 60, "ddd"}};
    struct model m;
    scene_init(&m);
    for (uint32_t i = 0; i < 4; i++)
        put_snake(&m, i + 1, edges[i].x, edges[i].y, edges[i].ways);
    model_tick(&m);
    for (uint32_t id = 1; id <= 4; id++)
        expect_death(&m, id, ARENA_WALL, 0);
    model_done(&m);
}

TEST(the_edge_itself_is_inside)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 4, 0, "lll");
    put_snake(&m, 2, 59, 63, "rrr");
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).x, 0);
    ck_assert_int_eq(snake_of(&m, 2).x, 63);
    model_done(&m);
}

TEST(the_body_of_another_kills_and_its_owner_gets_the_kill)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    put_snake(&m, 2, 14, 8, "dddd");
    model_tick(&m);
    expect_death(&m, 1, ARENA_SNAKE, 2);
    ck_assert_uint_eq(snake_of(&m, 2).kills, 1);
    model_done(&m);
}

TEST(a_tail_that_leaves_in_this_tick_kills)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    put_snake(&m, 2, 14, 10, "rrr");
    model_tick(&m);
    expect_death(&m, 1, ARENA_SNAKE, 2);
    model_done(&m);
}

TEST(what_a_tail_left_in_the_tick_before_is_free)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 9, 10, "rrr");
    put_snake(&m, 2, 14, 10, "rrr");
    scene_ticks(&m, 10);
    ck_assert(lives(&m, 1));
    model_done(&m);
}

TEST(the_own_body_kills_and_nobody_gets_the_kill)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrrrdll");
    model_input(&m, 1, ARENA_UP_WAY);
    model_tick(&m);
    expect_death(&m, 1, ARENA_SELF, 0);
    model_done(&m);
}

TEST(the_own_tail_that_leaves_kills_too)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rdl");
    model_input(&m, 1, ARENA_UP_WAY);
    model_tick(&m);
    expect_death(&m, 1, ARENA_SELF, 0);
    model_done(&m);
}

TEST(heads_that_want_into_one_cell_all_die)
{
    struct model m;
    scene_init(&m);
    put_food(&m, 14, 10, 5);
    put_snake(&m, 1, 10, 10, "rrr");
    put_snake(&m, 2, 18, 10, "lll");
    put_snake(&m, 3, 14, 6, "ddd");
    model_tick(&m);
    expect_death(&m, 1, ARENA_HEAD_ON, 2);
    expect_death(&m, 2, ARENA_HEAD_ON, 1);
    expect_death(&m, 3, ARENA_HEAD_ON, 1);
    ck_assert_int_eq(food_at(&m, 14, 10), 5);
    model_done(&m);
}

TEST(heads_that_would_change_places_both_die)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    put_snake(&m, 2, 17, 10, "lll");
    model_tick(&m);
    expect_death(&m, 1, ARENA_SNAKE, 2);
    expect_death(&m, 2, ARENA_SNAKE, 1);
    model_done(&m);
}

TEST(the_dead_of_a_tick_still_kill_in_it_and_get_their_kills)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 60, 10, "rrr");
    put_snake(&m, 2, 61, 6, "ddd");
    model_tick(&m);
    expect_death(&m, 1, ARENA_WALL, 0);
    expect_death(&m, 2, ARENA_SNAKE, 1);
    model_done(&m);
}

TEST(who_left_does_not_move_but_is_in_the_way)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrr");
    put_snake(&m, 2, 13, 6, "ddd");
    put_snake(&m, 3, 14, 14, "uuu");
    model_leave(&m, 1);
    model_tick(&m);
    expect_death(&m, 1, ARENA_LEFT, 0);
    expect_death(&m, 2, ARENA_SNAKE, 1);
    ck_assert(lives(&m, 3)); /* the cell that 1 would have entered */
    model_done(&m);
}

TEST(a_boost_is_judged_on_the_world_after_the_first_move)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrrrr");
    put_snake(&m, 2, 17, 10, "rrr"); /* its tail has left when the second cell is entered */
    put_snake(&m, 3, 10, 20, "rrrrr");
    put_snake(&m, 4, 17, 24, "uuu"); /* comes into the cell that the second move wants */
    model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    model_input(&m, 3, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    model_tick(&m);
    ck_assert_int_eq(snake_of(&m, 1).x, 17);
    ck_assert_int_eq(snake_of(&m, 1).moved, 2);
    expect_death(&m, 3, ARENA_SNAKE, 4);
    model_done(&m);
}

TEST(two_boosts_into_one_cell_kill_both)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 10, 10, "rrrrr");
    put_snake(&m, 2, 24, 10, "lllll");
    model_input(&m, 1, ARENA_RIGHT_WAY | ARENA_INPUT_BOOST);
    model_input(&m, 2, ARENA_LEFT_WAY | ARENA_INPUT_BOOST);
    model_tick(&m);
    expect_death(&m, 1, ARENA_HEAD_ON, 2);
    expect_death(&m, 2, ARENA_HEAD_ON, 1);
    ck_assert_int_eq(food_at(&m, 11, 10), 1); /* their tails had moved once */
    ck_assert_int_eq(food_at(&m, 10, 10), 0);
    model_done(&m);
}

/* --- what remains ----------------------------------------------------------------------------- */

static int corpse_value(struct model *m, int y, int *cells)
{
    int sum = 0;
    *cells = 0;
    for (int x = 0; x < m->settings.width; x++) {
        sum += food_at(m, x, y);
        *cells += food_at(m, x, y) > 0;
    }
    return sum;
}

TEST(the_dead_turn_into_food_on_every_second_cell)
{
    struct model m;
    scene_init(&m);
    put_snake(&m, 1, 55, 10, "rrrrrrrr");
    model_tick(&m);
    for (int x = 55; x < 64; x++)
        ck_assert_int_eq(food_at(&m, x, 10), x % 2 == 1);
    ck_assert_uint_eq(arena_food(m.world), 5);
    model_done(&m);
}

TEST(half_of_what_had_not_grown_yet_comes_back_too)
{
    struct model m;
    int cells;
    scene_init(&m);
    uint32_t number = put_snake(&m, 1, 56, 10, "rrrrrrr");
    m.snakes[number].growth = 24;
    arena__snake(m.world, number)->growth = 24;
    model_tick(&m);
    ck_assert_int_eq(corpse_value(&m, 10, &cells), (8 + 24) / 2);
    ck_assert_int_eq(cells, 4);
    model_done(&m);
}

TEST(no_food_of_the_dead_is_worth_more_than_the_most)
{
    struct model m;
    int cells;
    scene_init(&m);
    uint32_t number = put_snake(&m, 1, 60, 10, "rrr");
    m.snakes[number].growth = 2000;
    arena__snake(m.world, number)->growth = 2000;
    model_tick(&m);
    ck_assert_int_eq(corpse_value(&m, 10, &cells), 2 * ARENA_FOOD_VALUE_MAX);
    model_done(&m);
}

TEST(beyond_the_most_food_the_dead_leave_nothing)
{
    struct model m;
    struct arena_settings settings = quiet_settings();
    settings.food_max = 3;
    model_init(&m, &settings, 1);
    put_snake(&m, 1, 54, 10, "rrrrrrrrr");
    model_tick(&m);
    ck_assert_uint_eq(arena_food(m.world), 3);
    model_done(&m);
}
