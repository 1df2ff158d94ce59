/* SPDX-License-Identifier: MIT */
/* Who dies, when, and what remains: above all within one tick. */
#include "rules_scene.h"

TEST(outside_the_field_is_death_on_every_side)
{
    const struct {
        int x, y;
        enum classic_direction direction;
    } edges[] = {{2, 10, CLASSIC_LEFT},
                 {10, 2, CLASSIC_UP},
                 {47, 10, CLASSIC_RIGHT},
                 {10, 22, CLASSIC_DOWN}};
    for (int i = 0; i < 4; i++) {
        struct scene scene;
        scene_init(&scene);
        put_snake(&scene, 1, edges[i].x, edges[i].y, edges[i].direction);
        scene_tick(&scene);
        ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 1);
        ck_assert(!lives(&scene, 1));
        scene_done(&scene);
    }
}

TEST(the_edge_itself_is_inside)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 3, 0, CLASSIC_LEFT);
    put_snake(&scene, 2, 46, 24, CLASSIC_RIGHT);
    scene_tick(&scene);
    expect_row(&scene, 0, 0, "%@* ");
    expect_row(&scene, 46, 24, " *@%");
    scene_done(&scene);
}

TEST(the_dead_lie_where_they_were_in_colour_0)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 10, 2, CLASSIC_RIGHT);
    put(&scene, 13, 10, '#');
    scene_tick(&scene);
    expect_row(&scene, 9, 10, " +@x#");
    expect_colours(&scene, 10, 10, 3, 0);
    ck_assert(lives(&scene, 2));
    scene_ticks(&scene, 5);
    expect_row(&scene, 9, 10, " +@x#");
    scene_done(&scene);
}

/* One snake runs into whatever stands there; another, far away, keeps the world going. */
static void expect_deadly(char glyph)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 10, 2, CLASSIC_RIGHT);
    put(&scene, 13, 10, glyph);
    scene_tick(&scene);
    ck_assert_msg(!lives(&scene, 1), "'%c' does not kill", glyph);
    ck_assert(lives(&scene, 2));
    scene_done(&scene);
}

TEST(stones_and_the_dead_kill)
{
    expect_deadly(CLASSIC_STONE);
    expect_deadly(CLASSIC_DEAD_HEAD);
    expect_deadly(CLASSIC_DEAD_BODY);
    expect_deadly(CLASSIC_DEAD_TAIL);
}

TEST(every_digit_is_food)
{
    for (char digit = '1'; digit <= '9'; digit++) {
        struct scene scene;
        scene_init(&scene);
        put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
        put(&scene, 13, 10, digit);
        scene_tick(&scene);
        ck_assert_uint_eq(score_of(&scene, 1), (uint32_t)(digit - '0'));
        scene_done(&scene);
    }
}

TEST(the_body_of_another_kills)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 13, 9, CLASSIC_DOWN);
    scene_tick(&scene);
    ck_assert(!lives(&scene, 1));
    ck_assert(lives(&scene, 2));
    scene_done(&scene);
}

TEST(the_own_body_kills)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 2, 10, 2, CLASSIC_RIGHT);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put(&scene, 13, 10, '9');
    scene_ticks(&scene, 5);
    const enum classic_direction way[] = {CLASSIC_DOWN, CLASSIC_LEFT, CLASSIC_UP};
    for (int i = 0; i < 3; i++) {
        ck_assert(lives(&scene, 1));
        ck_assert_int_eq(classic_turn(scene.world, 1, way[i]), 1);
        scene_tick(&scene);
    }
    ck_assert(!lives(&scene, 1));
    ck_assert(lives(&scene, 2));
    scene_done(&scene);
}

TEST(a_cell_that_a_tail_leaves_in_this_tick_still_kills)
{
    /* Both orders of joining: who moves first must not matter. */
    for (uint32_t hunter = 1; hunter <= 2; hunter++) {
        struct scene scene;
        scene_init(&scene);
        for (uint32_t id = 1; id <= 2; id++)
            put_snake(&scene, id, id == hunter ? 10 : 13, 10, CLASSIC_RIGHT);
        scene_tick(&scene);
        ck_assert(!lives(&scene, hunter));
        ck_assert(lives(&scene, 3 - hunter));
        expect_row(&scene, 10, 10, "+@x *@%");
        scene_done(&scene);
    }
}

TEST(the_own_leaving_tail_kills_too)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.length_start = 4;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    const enum classic_direction way[] = {CLASSIC_DOWN, CLASSIC_LEFT, CLASSIC_UP};
    for (int i = 0; i < 3; i++) {
        ck_assert(lives(&scene, 1));
        ck_assert_int_eq(classic_turn(scene.world, 1, way[i]), 1);
        scene_tick(&scene);
    }
    ck_assert(!lives(&scene, 1));
    scene_done(&scene);
}

TEST(two_heads_into_one_cell_kill_both)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 16, 10, CLASSIC_LEFT);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 2);
    expect_row(&scene, 10, 10, "+@x x@+");
    scene_done(&scene);
}

TEST(a_digit_between_two_heads_is_eaten_by_nobody)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 13, 7, CLASSIC_DOWN);
    put_snake(&scene, 3, 10, 2, CLASSIC_RIGHT);
    put(&scene, 13, 10, '5');
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 2);
    ck_assert_int_eq(count_events(&scene, CLASSIC_SCORE), 0);
    expect_row(&scene, 10, 10, "+@x5");
    scene_done(&scene);
}

TEST(four_heads_into_one_cell_kill_all_four)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 17, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 23, 10, CLASSIC_LEFT);
    put_snake(&scene, 3, 20, 7, CLASSIC_DOWN);
    put_snake(&scene, 4, 20, 13, CLASSIC_UP);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 4);
    expect_row(&scene, 17, 10, "+@x x@+");
    scene_done(&scene);
}

TEST(two_heads_that_would_change_places_kill_both)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 15, 10, CLASSIC_LEFT);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 2);
    expect_row(&scene, 10, 10, "+@xx@+");
    scene_done(&scene);
}

TEST(a_head_that_dies_in_this_tick_kills_where_it_was)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 13, 8, CLASSIC_DOWN); /* its head at 13, 10 meets the stone */
    put(&scene, 13, 11, '#');
    put_snake(&scene, 2, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 3, 10, 2, CLASSIC_RIGHT);
    scene_tick(&scene);
    ck_assert(!lives(&scene, 1));
    ck_assert(!lives(&scene, 2));
    ck_assert(lives(&scene, 3));
    scene_done(&scene);
}

TEST(a_snake_whose_player_left_dies_in_the_next_tick_and_blocks_nobody_ahead)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 16, 10, CLASSIC_LEFT);
    ck_assert_int_eq(classic_leave(scene.world, 1), 0);
    ck_assert(lives(&scene, 1));
    ck_assert_int_eq(classic_join(scene.world, 1), -EEXIST);
    scene_tick(&scene);
    ck_assert(!lives(&scene, 1));
    ck_assert(lives(&scene, 2));
    expect_row(&scene, 10, 10, "+@x%@*");
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 1);
    scene_tick(&scene);
    ck_assert(!lives(&scene, 2));
    scene_done(&scene);
}

TEST(a_newborn_whose_player_left_is_never_born)
{
    struct scene scene;
    scene_init(&scene);
    for (uint32_t id = 1; id <= 3; id++)
        ck_assert_int_eq(classic_join(scene.world, id), 0);
    ck_assert_int_eq(classic_leave(scene.world, 2), 0);
    ck_assert_int_eq(classic_leave(scene.world, 2), -ENOENT);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_JOINED), 2);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 0);
    ck_assert(lives(&scene, 1) && !lives(&scene, 2) && lives(&scene, 3));
    scene_done(&scene);
}

static struct classic_event last_gameover;

static void keep_gameover(void *ud, const struct classic_event *event)
{
    (void)ud;
    if (event->kind == CLASSIC_GAMEOVER)
        last_gameover = *event;
}

TEST(death_tells_the_final_score_and_a_new_life_starts_at_0)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    put_snake(&scene, 2, 2, 2, CLASSIC_RIGHT);
    put(&scene, 13, 10, '7');
    put(&scene, 14, 10, '#');
    scene_tick(&scene);
    int colour = classic_living_at(scene.world, 0).colour;
    classic_tick(scene.world, keep_gameover, NULL);
    ck_assert_uint_eq(last_gameover.id, 1);
    ck_assert_uint_eq(last_gameover.score, 7);
    ck_assert_int_eq(last_gameover.colour, colour);
    ck_assert_int_eq(classic_join(scene.world, 1), 0);
    classic_tick(scene.world, keep_gameover, NULL);
    ck_assert_uint_eq(score_of(&scene, 1), 0);
    ck_assert_uint_eq(classic_living_at(scene.world, 1).id, 1);
    scene_done(&scene);
}

/* --- the end of the world -------------------------------------------------------------------- */

static void expect_text_at(int width, int height, int x, int y)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.width = width;
    settings.height = height;
    scene_init_with(&scene, settings, 3);
    put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
    scene_tick(&scene);
    expect_row(&scene, x, y, " >>> GAME OVER <<< ");
    int colour = classic_cell(scene.world, x, y).colour;
    ck_assert(colour >= 1 && colour <= CLASSIC_COLOURS);
    expect_colours(&scene, x, y, 19, colour);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 3 + 19);
    scene_done(&scene);
}

TEST(the_text_is_in_the_middle_of_any_field)
{
    expect_text_at(50, 25, 15, 12);
    expect_text_at(19, 10, 0, 5);
    expect_text_at(20, 11, 0, 5);
    expect_text_at(500, 500, 240, 250);
}

TEST(the_text_has_any_one_colour)
{
    bool colours[CLASSIC_COLOURS + 1] = {false};
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct scene scene;
        scene_init_with(&scene, quiet_settings(), seed);
        put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
        scene_tick(&scene);
        colours[classic_cell(scene.world, 15, 12).colour] = true;
        scene_done(&scene);
    }
    for (int colour = 0; colour <= CLASSIC_COLOURS; colour++)
        ck_assert_int_eq(colours[colour], colour > 0);
}

TEST(the_world_ends_with_its_last_snake_only)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
    put_snake(&scene, 2, 3, 4, CLASSIC_LEFT);
    scene_tick(&scene);
    ck_assert(!classic_is_over(scene.world));
    ck_assert_int_eq(count_events(&scene, CLASSIC_WORLD_OVER), 0);
    scene_tick(&scene);
    ck_assert(classic_is_over(scene.world));
    ck_assert_int_eq(count_events(&scene, CLASSIC_WORLD_OVER), 1);
    scene_done(&scene);
}

TEST(a_birth_in_the_tick_of_the_last_death_keeps_the_world)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 1);
    ck_assert_int_eq(count_events(&scene, CLASSIC_JOINED), 1);
    ck_assert(!classic_is_over(scene.world));
    scene_done(&scene);
}

TEST(a_world_that_is_over_rests_until_it_is_reset)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
    scene_tick(&scene);
    ck_assert_int_eq(classic_join(scene.world, 1), -OURO_ECLOSED);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 0);
    ck_assert_int_eq(count_events(&scene, CLASSIC_WORLD_OVER), 0);

    model_reset(&scene.model);
    ck_assert(!classic_is_over(scene.world));
    ck_assert_int_eq(count_glyphs(&scene, " "), 50 * 25);
    ck_assert_int_eq(classic_join(scene.world, 1), 0);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_JOINED), 1);
    scene_done(&scene);
}

TEST(a_tick_without_any_snake_ends_the_world)
{
    struct scene scene;
    scene_init(&scene);
    ck_assert_int_eq(classic_join(scene.world, 1), 0);
    ck_assert_int_eq(classic_leave(scene.world, 1), 0);
    scene_tick(&scene);
    ck_assert(classic_is_over(scene.world));
    ck_assert_int_eq(count_events(&scene, CLASSIC_WORLD_OVER), 1);
    ck_assert_int_eq(count_events(&scene, CLASSIC_GAMEOVER), 0);
    scene_done(&scene);
}
