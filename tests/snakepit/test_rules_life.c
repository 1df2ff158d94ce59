/* SPDX-License-Identifier: MIT */
/* Birth, moves, digits, turns: the rules as long as nobody dies. */
#include "rules_scene.h"

#define SEEDS 300

TEST(a_newborn_is_placed_in_the_next_tick_and_does_not_move_in_it)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct scene scene;
        scene_init_with(&scene, quiet_settings(), seed);
        ck_assert_int_eq(classic_join(scene.world, 7), 0);
        ck_assert_int_eq(classic_living(scene.world), 0);
        scene_tick(&scene);
        ck_assert_int_eq(count_events(&scene, CLASSIC_JOINED), 1);
        ck_assert_int_eq(classic_living(scene.world), 1);
        const struct classic__snake *s = &scene.world->snakes[0];
        int head = s->tail, x = s->tail % 50, y = s->tail / 50;
        for (int i = 0; i < 2; i++)
            head = classic__neighbour(scene.world, head, s->moved);
        ck_assert_int_eq(head, s->head);
        ck_assert(x >= 5 && x <= 45 && y >= 5 && y <= 20);
        ck_assert_int_eq(count_glyphs(&scene, "*@%"), 3);
        scene_done(&scene);
    }
}

TEST(newborns_come_everywhere_within_the_margin_and_point_everywhere)
{
    bool columns[50] = {false}, rows[25] = {false}, directions[4] = {false};
    struct scene scene;
    scene_init(&scene);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(classic_join(scene.world, 1), 0);
        scene_tick(&scene);
        const struct classic__snake *s = &scene.world->snakes[0];
        columns[s->tail % 50] = rows[s->tail / 50] = directions[s->moved] = true;
        model_reset(&scene.model);
    }
    for (int x = 0; x < 50; x++)
        ck_assert_int_eq(columns[x], x >= 5 && x <= 45);
    for (int y = 0; y < 25; y++)
        ck_assert_int_eq(rows[y], y >= 5 && y <= 20);
    for (int direction = 0; direction < 4; direction++)
        ck_assert(directions[direction]);
    scene_done(&scene);
}

TEST(a_birth_surely_brings_one_digit)
{
    struct scene scene;
    scene_init(&scene);
    for (uint32_t id = 1; id <= 3; id++)
        ck_assert_int_eq(classic_join(scene.world, id), 0);
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, "123456789"), 3);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 3 * 3 + 3);
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, "123456789") + count_events(&scene, CLASSIC_SCORE), 3);
    scene_done(&scene);
}

TEST(a_snake_is_drawn_from_tail_to_head_in_its_colour)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    expect_row(&scene, 9, 10, " *@% ");
    int colour = classic_living_at(scene.world, 0).colour;
    ck_assert(colour >= 1 && colour <= 6);
    expect_colours(&scene, 10, 10, 3, colour);
    scene_done(&scene);
}

TEST(a_move_draws_head_body_tail_and_frees_the_old_tail)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    scene_tick(&scene);
    expect_row(&scene, 9, 10, "  *@% ");
    expect_colours(&scene, 11, 10, 3, classic_living_at(scene.world, 0).colour);
    expect_colours(&scene, 10, 10, 1, 0);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 4);
    scene_done(&scene);
}

TEST(a_snake_of_two_has_no_body)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.length_start = 2;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    expect_row(&scene, 9, 10, " *% ");
    scene_tick(&scene);
    expect_row(&scene, 9, 10, "  *% ");
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 3);
    scene_done(&scene);
}

TEST(a_snake_goes_every_way)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    const enum classic_direction way[] = {CLASSIC_DOWN, CLASSIC_LEFT, CLASSIC_UP};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(classic_turn(scene.world, 1, way[i]), 1);
        scene_tick(&scene);
    }
    expect_row(&scene, 10, 10, " % ");
    expect_row(&scene, 10, 11, " @*");
    scene_done(&scene);
}

TEST(a_digit_lets_the_tail_stay_for_as_many_moves_after_the_one_that_ate_it)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put(&scene, 13, 10, '2');
    scene_tick(&scene);
    expect_row(&scene, 10, 10, " *@% ");
    ck_assert_uint_eq(score_of(&scene, 1), 2);
    ck_assert_int_eq(count_events(&scene, CLASSIC_SCORE), 1);
    scene_tick(&scene);
    expect_row(&scene, 10, 10, " *@@% ");
    ck_assert_int_eq(count_events(&scene, CLASSIC_SCORE), 0);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 2);
    scene_tick(&scene);
    expect_row(&scene, 10, 10, " *@@@% ");
    scene_tick(&scene);
    expect_row(&scene, 10, 10, "  *@@@% ");
    ck_assert_uint_eq(score_of(&scene, 1), 2);
    scene_done(&scene);
}

TEST(digits_eaten_while_growing_add_up)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 2, 10, CLASSIC_RIGHT);
    for (int x = 5; x < 14; x++)
        put(&scene, x, 10, (char)('1' + x - 5));
    scene_ticks(&scene, 9);
    ck_assert_uint_eq(score_of(&scene, 1), 45);
    expect_row(&scene, 2, 10, " *@@@@@@@@@% ");
    scene_ticks(&scene, 30);
    expect_row(&scene, 2, 10, " *");
    ck_assert_int_eq(count_glyphs(&scene, "*@%"), 3 + 8 + 30);
    scene_done(&scene);
}

TEST(the_way_back_is_refused)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_LEFT), 0);
    scene_tick(&scene);
    expect_row(&scene, 10, 10, " *@%");
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_LEFT), 0);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_RIGHT), 1);
    scene_done(&scene);
}

TEST(two_turns_in_one_tick_cannot_reverse_a_snake)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_UP), 1);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_LEFT), 0);
    scene_tick(&scene);
    ck_assert(lives(&scene, 1));
    expect_row(&scene, 10, 9, "  %");
    expect_row(&scene, 10, 10, " *@");
    scene_done(&scene);
}

TEST(the_last_valid_turn_before_a_tick_counts)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_UP), 1);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_DOWN), 1);
    scene_tick(&scene);
    expect_row(&scene, 12, 11, "%");
    scene_done(&scene);
}

TEST(a_newborn_without_a_place_takes_no_turn)
{
    struct scene scene;
    scene_init(&scene);
    ck_assert_int_eq(classic_join(scene.world, 1), 0);
    for (int direction = 0; direction < 4; direction++)
        ck_assert_int_eq(classic_turn(scene.world, 1, direction), 0);
    scene_done(&scene);
}

TEST(who_lives_is_listed_in_the_order_of_joining)
{
    struct scene scene;
    scene_init(&scene);
    const uint32_t ids[] = {30, 10, 20};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(classic_join(scene.world, ids[i]), 0);
    scene_tick(&scene);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(classic_living_at(scene.world, i).id, ids[i]);
    ck_assert_int_eq(classic_leave(scene.world, 10), 0);
    scene_tick(&scene);
    ck_assert_int_eq(classic_living(scene.world), 2);
    ck_assert_uint_eq(classic_living_at(scene.world, 0).id, 30);
    ck_assert_uint_eq(classic_living_at(scene.world, 1).id, 20);
    scene_done(&scene);
}

TEST(each_move_has_its_chance_for_a_digit)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.digit_ppm = 1000000;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 2, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 2, 12, CLASSIC_RIGHT);
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, "123456789"), 2);
    ck_assert_int_eq(count_glyphs(&scene, "#"), 0);
    scene_done(&scene);
}

TEST(each_tick_has_one_chance_for_a_stone)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.stone_ppm = 1000000;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 2, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 2, 12, CLASSIC_RIGHT);
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, "#"), 1);
    ck_assert_int_eq(count_glyphs(&scene, "123456789"), 0);
    scene_done(&scene);
}

TEST(a_birth_has_no_chance_for_a_second_digit)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.digit_ppm = 1000000;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 2, 2, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, "123456789"), 2);
    scene_done(&scene);
}

/* What digits and stones came to be in games by lot: where, which, and in what colours. */
struct finds {
    bool digit_in[50 * 25], stone_in[50 * 25];
    bool value[10], colour[CLASSIC_COLOURS + 1];
};

static void collect(struct finds *finds, const struct classic_world *world)
{
    for (int i = 0; i < 50 * 25; i++) {
        struct classic_cell cell = world->cells[i].shown;
        if (cell.glyph >= '1' && cell.glyph <= '9') {
            finds->digit_in[i] = finds->value[cell.glyph - '0'] = true;
            finds->colour[cell.colour] = true;
        } else if (cell.glyph == CLASSIC_STONE) {
            ck_assert_int_eq(cell.colour, 0);
            finds->stone_in[i] = true;
        }
    }
}

/* A snake that goes in circles, here and there, until it meets a stone. The field stays nearly
 * empty, so that what is tested is the lot and not the search of a crowded field. */
static void go_in_circles(struct finds *finds, uint64_t seed)
{
    struct scene scene;
    struct classic_settings settings = classic_settings_default();
    settings.digit_ppm = settings.stone_ppm = 1000000;
    scene_init_with(&scene, settings, seed);
    put_snake(&scene, 1, 2 + (int)(seed % 40), 2 + (int)(seed % 20), CLASSIC_RIGHT);
    for (int i = 0; i < 60 && !classic_is_over(scene.world); i++) {
        classic_turn(scene.world, 1, (scene.world->snakes[0].moved + 1) % 4);
        scene_tick(&scene);
    }
    collect(finds, scene.world);
    scene_done(&scene);
}

TEST(digits_and_stones_come_everywhere_row_0_and_column_0_included)
{
    struct finds finds = {0};
    for (uint64_t seed = 0; seed < 1000; seed++)
        go_in_circles(&finds, seed);
    for (int i = 0; i < 50 * 25; i++) {
        ck_assert_msg(finds.digit_in[i], "no digit at %d, %d", i % 50, i / 50);
        ck_assert_msg(finds.stone_in[i], "no stone at %d, %d", i % 50, i / 50);
    }
    for (int i = 1; i <= 9; i++)
        ck_assert(finds.value[i]);
    for (int i = 0; i <= CLASSIC_COLOURS; i++)
        ck_assert_int_eq(finds.colour[i], i > 0);
}

TEST(the_default_rates_are_six_in_a_hundred)
{
    int digits = 0, stones = 0, moves = 0;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct scene scene;
        scene_init_with(&scene, classic_settings_default(), seed);
        put_snake(&scene, 1, 2, 10, CLASSIC_RIGHT);
        scene_tick(&scene);
        digits += count_glyphs(&scene, "123456789");
        stones += count_glyphs(&scene, "#");
        moves++;
        scene_done(&scene);
    }
    /* 240 expected of each; 15 is one standard deviation. */
    ck_assert_int_eq(moves, 4000);
    ck_assert_int_lt(abs(digits - 240), 75);
    ck_assert_int_lt(abs(stones - 240), 75);
}
