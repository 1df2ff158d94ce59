/* SPDX-License-Identifier: MIT */
/* The arena's bots: they come when somebody is there, live for long, and go. */
#include "arena_room_scene.h"

static struct arena_options with_bots(uint32_t bots)
{
    struct arena_options options = small_options();
    options.bots = bots;
    return options;
}

static uint32_t living(const struct pit *pit)
{
    return arena_living(pit_arena(pit)->stage.world);
}

static void fill(struct pit *pit)
{
    struct fan *fan = pit_enter(pit);
    pit_wait(10);
    ck_assert_uint_eq(living(pit), 20);
    for (int i = 0; i < 300; i++) {
        pit_wait(1);
        expect_same(fan->picture, pit);
    }
    ck_assert_uint_ge(living(pit), 17); /* who dies comes again */
    ck_assert_uint_lt(pit->house.figures.deaths, 40);
    ck_assert_uint_eq(pit->house.figures.bots, living(pit));
}

TEST(bots_fill_a_quiet_world)
{
    struct arena_options options = with_bots(20);
    run_with(&options, fill);
}

static void make_way(struct pit *pit)
{
    for (int i = 0; i < 4; i++)
        enter_and_play(pit);
    pit_wait(10);
    ck_assert_uint_le(living(pit), 8);
    for (int i = 0; i < 12; i++)
        play(enter_and_play(pit));
    pit_wait(3);
    ck_assert_uint_le(pit_arena(pit)->bots.count, 2);
}

TEST(bots_make_way_for_players)
{
    struct arena_options options = with_bots(8);
    run_with(&options, make_way);
}

static void go_with_the_last(struct pit *pit)
{
    struct fan *fan = pit_enter(pit);
    pit_wait(10);
    struct arena *arena = pit_arena(pit);
    ouro_seat_leave(fan->connection.seat);
    pit_wait(10);
    ck_assert_uint_eq(arena_living(arena->stage.world), 0);
    ck_assert_uint_eq(arena->bots.count, 0);
}

TEST(nobody_plays_for_himself)
{
    struct arena_options options = with_bots(20);
    run_with(&options, go_with_the_last);
}

/* A player whose connection is lost would be at the wall soon. */
static void steer_along(struct pit *pit)
{
    struct fan *fan = enter_and_play(pit);
    pit_enter(pit);
    struct arena_player *player = own(fan);
    ouro_connection_lost(&fan->connection);
    pit_wait(100);
    ck_assert_ptr_nonnull(player->entrant);
}

TEST(who_is_away_is_steered_along)
{
    struct arena_options options = small_options();
    run_with(&options, steer_along);
}

/* So many are away: whom a tick helps, from that number on. */
static void expect_helped(struct arena_bots *bots, uint32_t away, uint32_t first, uint32_t last)
{
    for (uint32_t player = 1; player <= away; player++)
        arena_bots_help(bots, player);
    ck_assert_uint_eq(bots->helped_count, last - first + 1);
    ck_assert_uint_eq(bots->helped[0], first);
    ck_assert_uint_eq(bots->helped[bots->helped_count - 1], last);
}

/* As a thinker that is not busy does. */
static void take_helped(struct arena_bots *bots)
{
    bots->helped_count = 0;
    arena_bots_look(bots);
}

TEST(if_very_many_are_away_they_take_turns)
{
    struct arena_bots bots = {0};
    expect_helped(&bots, 100, 1, ARENA_HELPED_MAX);
    take_helped(&bots);
    expect_helped(&bots, 100, ARENA_HELPED_MAX + 1, 100);
    arena_bots_look(&bots); /* nobody had time for them */
    expect_helped(&bots, 100, ARENA_HELPED_MAX + 1, 100);
    take_helped(&bots);
    expect_helped(&bots, 100, 1, ARENA_HELPED_MAX);
    take_helped(&bots);
    for (uint32_t player = 1; player <= 3; player++) /* the others have come back */
        arena_bots_help(&bots, player);
    take_helped(&bots);
    expect_helped(&bots, 3, 1, 3);
}

TEST(what_is_no_batch_of_sights_is_refused)
{
    struct ouro_buf out = {0};
    ck_assert_int_eq(arena_bots_think("x", 1, &out), -EINVAL);
    ck_assert_int_eq(arena_bots_think("", 0, &out), 0);
    ck_assert_uint_eq(out.len, 0);
    ouro_buf_done(&out);
}
