/* SPDX-License-Identifier: MIT */
/* What holds for whole games: colours, crowds, order, and games by lot that the model follows. */
#include "rules_scene.h"

static bool colour_taken(const struct scene *scene, int number_end, int colour)
{
    for (int i = 0; i < number_end; i++)
        if (classic_living_at(scene->world, i).colour == colour)
            return true;
    return false;
}

TEST(six_snakes_have_six_colours_and_the_seventh_a_second_one)
{
    struct scene scene;
    scene_init(&scene);
    for (uint32_t id = 0; id < 10; id++)
        put_snake(&scene, id, 10, 2 + 2 * (int)id, CLASSIC_RIGHT);
    for (int i = 0; i < 6; i++)
        ck_assert(!colour_taken(&scene, i, classic_living_at(scene.world, i).colour));
    for (int i = 6; i < 10; i++)
        ck_assert(colour_taken(&scene, 6, classic_living_at(scene.world, i).colour));
    model_check(&scene.model);
    scene_done(&scene);
}

TEST(a_colour_is_given_back_at_death)
{
    struct scene scene;
    scene_init(&scene);
    for (uint32_t id = 0; id < 6; id++)
        put_snake(&scene, id, 10, 2 + 2 * (int)id, CLASSIC_RIGHT);
    int colour = classic_living_at(scene.world, 3).colour;
    ck_assert_int_eq(classic_leave(scene.world, 3), 0);
    scene_tick(&scene);
    ck_assert(!colour_taken(&scene, 5, colour));
    put_snake(&scene, 6, 10, 20, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_living_at(scene.world, 5).colour, colour);
    scene_done(&scene);
}

TEST(the_first_colour_is_any)
{
    bool colours[CLASSIC_COLOURS + 1] = {false};
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct scene scene;
        scene_init_with(&scene, quiet_settings(), seed);
        put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
        colours[classic_living_at(scene.world, 0).colour] = true;
        scene_done(&scene);
    }
    for (int colour = 0; colour <= CLASSIC_COLOURS; colour++)
        ck_assert_int_eq(colours[colour], colour > 0);
}

static void fill_field(struct scene *scene, char glyph)
{
    for (int place = 0; place < classic__cell_count(&scene->world->settings); place++)
        if (scene->world->cells[place].shown.glyph == CLASSIC_EMPTY)
            classic__show(scene->world, place, glyph, 0);
    scene_settle(scene);
}

TEST(a_newborn_without_room_is_told_and_may_join_again)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    fill_field(&scene, '1');
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    scene_tick(&scene);
    ck_assert_int_eq(count_events(&scene, CLASSIC_NO_ROOM), 1);
    ck_assert_int_eq(count_events(&scene, CLASSIC_JOINED), 0);
    ck_assert_int_eq(classic_turn(scene.world, 2, CLASSIC_UP), -ENOENT);
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    scene_done(&scene);
}

TEST(newborns_lie_on_free_cells_only)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct scene scene;
        struct classic_settings settings = quiet_settings();
        settings.width = 19;
        settings.height = 10;
        scene_init_with(&scene, settings, seed);
        for (uint32_t id = 0; id < 10; id++)
            ck_assert_int_eq(classic_join(scene.world, id), 0);
        scene_tick(&scene);
        int born = count_events(&scene, CLASSIC_JOINED);
        ck_assert_int_eq(born + count_events(&scene, CLASSIC_NO_ROOM), 10);
        ck_assert_int_eq(count_glyphs(&scene, "*@%"), 3 * born);
        ck_assert_int_eq(count_glyphs(&scene, "123456789"), born);
        scene_done(&scene);
    }
}

TEST(the_last_free_cell_is_found_for_a_digit)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.digit_ppm = 1000000;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    fill_field(&scene, '#');
    put(&scene, 13, 10, ' ');
    scene_tick(&scene);
    ck_assert_int_eq(count_glyphs(&scene, " "), 0);
    ck_assert_int_eq(count_glyphs(&scene, "123456789"), 1);
    ck_assert_int_ge(classic_cell(scene.world, 10, 10).glyph, '1');
    scene_done(&scene);
}

TEST(a_full_field_takes_no_digit_and_no_stone)
{
    struct scene scene;
    struct classic_settings settings = quiet_settings();
    settings.digit_ppm = settings.stone_ppm = 1000000;
    scene_init_with(&scene, settings, 1);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    fill_field(&scene, '9');
    scene_tick(&scene); /* frees the cell of the tail, which the digit takes */
    scene_tick(&scene); /* grows: nothing is free */
    ck_assert_int_eq(count_glyphs(&scene, " #"), 0);
    ck_assert_int_eq(count_events(&scene, CLASSIC_RENDER), 2);
    ck_assert(lives(&scene, 1));
    scene_done(&scene);
}

/* --- games by lot ---------------------------------------------------------------------------- */

struct inputs {
    struct ouro_rng rng;
    bool reversed; /* the turns of a tick, given in the other order */
};

static void join_or_begin_anew(struct model *m, uint32_t id)
{
    if (classic_join(m->world, id) != -OURO_ECLOSED)
        return;
    model_reset(m);
    ck_assert_int_eq(classic_join(m->world, id), 0);
}

static void play_tick(struct model *m, struct inputs *in)
{
    int players = m->world->settings.players_max + 2;
    uint32_t id = ouro_rng_below(&in->rng, (uint32_t)players);
    if (ouro_rng_chance(&in->rng, 300000))
        join_or_begin_anew(m, id);
    if (ouro_rng_chance(&in->rng, 20000))
        classic_leave(m->world, id);
    uint64_t turns = ouro_rng_next(&in->rng);
    for (int i = 0; i < players; i++) {
        int whose = in->reversed ? players - 1 - i : i;
        uint64_t turn = turns >> (whose * 5 % 59);
        if ((turn & 4) != 0)
            classic_turn(m->world, (uint32_t)whose, (enum classic_direction)(turn & 3));
    }
    model_tick(m);
}

/* The hash of all events of a game, in which something happens; every tick passes the model. */
static uint64_t play(struct classic_settings settings, uint64_t seed, bool reversed, int ticks)
{
    struct model m;
    struct inputs in = {.reversed = reversed};
    ouro_rng_seed(&in.rng, seed + 1);
    model_init(&m, &settings, seed);
    while (ticks-- > 0)
        play_tick(&m, &in);
    ck_assert_int_gt(m.count[CLASSIC_JOINED], 5);
    ck_assert_int_gt(m.count[CLASSIC_GAMEOVER], 5);
    uint64_t trace = m.trace;
    model_done(&m);
    return trace;
}

TEST(events_replayed_by_a_client_give_the_world_in_games_by_lot)
{
    for (uint64_t seed = 0; seed < 100; seed++)
        play(classic_settings_default(), seed, false, 400);
}

TEST(crowded_games_by_lot_keep_all_promises)
{
    struct classic_settings settings = classic_settings_default();
    settings.width = 24;
    settings.height = 12;
    settings.players_max = 40;
    settings.digit_ppm = 500000;
    for (settings.length_start = 2; settings.length_start <= 4; settings.length_start++)
        for (uint64_t seed = 0; seed < 40; seed++)
            play(settings, seed, false, 500);
}

TEST(the_largest_world_keeps_all_promises)
{
    struct classic_settings settings = classic_settings_default();
    settings.width = settings.height = CLASSIC_SIDE_MAX;
    settings.players_max = CLASSIC_PLAYERS_MAX;
    play(settings, 1, false, 300);
}

TEST(the_same_seed_and_inputs_give_the_same_events)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t trace = play(classic_settings_default(), seed, false, 200);
        ck_assert_uint_eq(trace, play(classic_settings_default(), seed, false, 200));
        ck_assert_uint_ne(trace, play(classic_settings_default(), seed + 1000, false, 200));
    }
}

TEST(the_order_of_turns_of_different_snakes_does_not_matter)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        ck_assert_uint_eq(play(classic_settings_default(), seed, false, 200),
                          play(classic_settings_default(), seed, true, 200));
}

/* --- the order of events --------------------------------------------------------------------- */

struct record {
    struct classic_event events[200];
    int count;
};

static void keep_event(void *ud, const struct classic_event *event)
{
    struct record *record = ud;
    ck_assert_int_lt(record->count, 200);
    record->events[record->count++] = *event;
}

TEST(events_come_in_the_order_of_the_wire_protocol)
{
    struct scene scene;
    struct record record = {.count = 0};
    scene_init(&scene);
    put_snake(&scene, 1, 2, 0, CLASSIC_LEFT);
    put_snake(&scene, 2, 10, 2, CLASSIC_RIGHT);
    put(&scene, 13, 2, '4');
    ck_assert_int_eq(classic_join(scene.world, 3), 0);
    classic_tick(scene.world, keep_event, &record);

    ck_assert_int_eq(record.events[0].kind, CLASSIC_GAMEOVER);
    ck_assert_uint_eq(record.events[0].id, 1);
    ck_assert_int_eq(record.events[1].kind, CLASSIC_JOINED);
    ck_assert_uint_eq(record.events[1].id, 3);
    int last = record.count - 1;
    for (int i = 2; i < last; i++)
        ck_assert_int_eq(record.events[i].kind, CLASSIC_RENDER);
    ck_assert_int_eq(last - 2, 3 + 4 + 3 + 1); /* dead, moved, newborn, digit */
    ck_assert_int_eq(record.events[last].kind, CLASSIC_SCORE);
    ck_assert_uint_eq(record.events[last].id, 2);
    ck_assert_uint_eq(record.events[last].score, 4);
    scene_done(&scene);
}

TEST(a_reset_in_the_middle_of_a_game_leaves_nothing)
{
    struct scene scene;
    scene_init(&scene);
    put_snake(&scene, 1, 10, 10, CLASSIC_RIGHT);
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    model_reset(&scene.model);
    ck_assert_int_eq(classic_living(scene.world), 0);
    ck_assert_int_eq(count_glyphs(&scene, " "), 50 * 25);
    ck_assert_int_eq(classic_leave(scene.world, 1), -ENOENT);
    ck_assert_int_eq(classic_join(scene.world, 2), 0);
    scene_tick(&scene);
    ck_assert(lives(&scene, 2));
    scene_done(&scene);
}
