/* SPDX-License-Identifier: MIT */
#include "rules_scene.h"

static void expect_fault(struct classic_settings settings, const char *part)
{
    const char *fault = classic_settings_fault(&settings);
    ck_assert_msg(fault && strstr(fault, part), "\"%s\" is not in: %s", part, fault);
}

TEST(the_defaults_are_the_game_of_2016)
{
    struct classic_settings s = classic_settings_default();
    ck_assert_ptr_null(classic_settings_fault(&s));
    ck_assert_int_eq(s.width, 50);
    ck_assert_int_eq(s.height, 25);
    ck_assert_int_eq(s.length_start, 3);
    ck_assert_uint_eq(s.digit_ppm, 60000);
    ck_assert_uint_eq(s.stone_ppm, 60000);
    ck_assert_int_eq(s.players_max, 10);
    ck_assert_int_eq(classic_newborn_margin(&s), 5);
}

TEST(a_field_takes_the_text_and_a_newborn)
{
    struct classic_settings s = classic_settings_default();
    s.width = 19;
    s.height = 10;
    ck_assert_ptr_null(classic_settings_fault(&s));
    s.width = 18;
    expect_fault(s, "too narrow for the text");
    s.width = 19;
    s.height = 9;
    expect_fault(s, "too small for a newborn");
    s.height = 10;
    s.length_start = 4;
    expect_fault(s, "too small for a newborn");
}

TEST(every_setting_has_its_bounds)
{
    struct classic_settings good = classic_settings_default(), s = good;
    s.width = s.height = CLASSIC_SIDE_MAX;
    s.players_max = CLASSIC_PLAYERS_MAX;
    s.digit_ppm = s.stone_ppm = 1000000;
    s.length_start = 248;
    ck_assert_ptr_null(classic_settings_fault(&s));
    expect_fault((s = good, s.width = 501, s), "at most 500 cells");
    expect_fault((s = good, s.height = 501, s), "at most 500 cells");
    expect_fault((s = good, s.width = -50, s), "too narrow");
    expect_fault((s = good, s.height = -25, s), "too small");
    expect_fault((s = good, s.length_start = 1, s), "at least 2 cells");
    expect_fault((s = good, s.length_start = INT32_MAX, s), "too small");
    expect_fault((s = good, s.digit_ppm = 1000001, s), "at most 1000000");
    expect_fault((s = good, s.stone_ppm = UINT32_MAX, s), "at most 1000000");
    expect_fault((s = good, s.players_max = 0, s), "1 to 256");
    expect_fault((s = good, s.players_max = 257, s), "1 to 256");
}

TEST(a_new_world_is_empty_and_not_over)
{
    struct scene scene;
    scene_init(&scene);
    ck_assert_int_eq(classic_living(scene.world), 0);
    ck_assert(!classic_is_over(scene.world));
    ck_assert_int_eq(count_glyphs(&scene, " "), 50 * 25);
    expect_colours(&scene, 0, 0, 50, 0);
    scene_done(&scene);
}

TEST(the_arrows_and_no_other_key_give_directions)
{
    ck_assert_int_eq(classic_key_direction(37), CLASSIC_LEFT);
    ck_assert_int_eq(classic_key_direction(38), CLASSIC_UP);
    ck_assert_int_eq(classic_key_direction(39), CLASSIC_RIGHT);
    ck_assert_int_eq(classic_key_direction(40), CLASSIC_DOWN);
    const int64_t others[] = {36, 41, 0, -1, -37, INT64_MAX, INT64_MIN, 37 + (INT64_C(1) << 32)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_int_eq(classic_key_direction(others[i]), -EINVAL);
}

TEST(joining_is_refused_with_a_reason)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.players_max = 2;
    scene_init_with(&scene, settings, 1);
    ck_assert_int_eq(classic_join(scene.world, 7), 0);
    ck_assert_int_eq(classic_join(scene.world, 7), -EEXIST);
    ck_assert_int_eq(classic_join(scene.world, 8), 0);
    ck_assert_int_eq(classic_join(scene.world, 9), -OURO_ELIMIT);
    scene_tick(&scene);
    ck_assert_int_eq(classic_join(scene.world, 7), -EEXIST);
    ck_assert_int_eq(classic_join(scene.world, 9), -OURO_ELIMIT);
    ck_assert_int_eq(classic_living(scene.world), 2);
    scene_done(&scene);
}

TEST(inputs_for_a_snake_that_is_not_there_are_refused)
{
    struct scene scene;
    scene_init(&scene);
    ck_assert_int_eq(classic_turn(scene.world, 1, CLASSIC_UP), -ENOENT);
    ck_assert_int_eq(classic_leave(scene.world, 1), -ENOENT);
    scene_done(&scene);
}
