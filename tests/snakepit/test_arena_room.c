/* SPDX-License-Identifier: MIT */
/* The arena as a room, on the virtual clock: what its clients see is what is. */
#include "arena_room_scene.h"

typedef void scene(struct pit *pit);

struct setup {
    struct arena_options options;
    scene *scene;
};

static int run_pit(void *arg)
{
    static struct pit pit;
    const struct setup *setup = arg;
    memset(&pit, 0, sizeof pit);
    pit_open(&pit, &setup->options);
    setup->scene(&pit);
    pit_close(&pit);
    return 0;
}

static void run_with(const struct arena_options *options, scene *fn)
{
    struct setup setup = {*options, fn};
    ck_assert_int_eq(ouro_sim_run(1, NULL, run_pit, &setup), 0);
}

#define PIT_TEST(NAME)                                  \
    static void NAME##_scene(struct pit *pit);          \
    TEST(NAME)                                          \
    {                                                   \
        struct arena_options options = small_options(); \
        run_with(&options, NAME##_scene);               \
    }                                                   \
    static void NAME##_scene(struct pit *pit)

static struct arena_player *own(const struct fan *fan)
{
    struct arena *arena = ouro_room_data(ouro_seat_room(fan->connection.seat));
    for (size_t i = 0; i < ouro_room_player_count(arena->room); i++) {
        struct ouro_player *player = ouro_room_player(arena->room, i);
        if (player->id == fan->player)
            return ouro_player_data(player);
    }
    return NULL;
}

/* --- what is seen ----------------------------------------------------------------------------- */

/* Whoever is dead plays again; some boost, some turn. */
static void stir(struct pit *pit, struct ouro_rng *rng, int from)
{
    for (int i = from; i < pit->count; i++) {
        struct fan *fan = &pit->fans[i];
        if (!own(fan)->entrant)
            play(fan);
        else if (ouro_rng_below(rng, 4) == 0)
            steer(fan, (uint8_t)ouro_rng_below(rng, ARENA_INPUT_MAX + 1));
    }
}

PIT_TEST(the_picture_is_the_world_for_thousands_of_ticks)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 3);
    struct fan *watcher = pit_enter(pit);
    for (int i = 0; i < 24; i++)
        pit_enter(pit);
    pit_wait(2);
    struct arena *arena = pit_arena(pit);
    for (int i = 0; i < 4000; i++) {
        stir(pit, &rng, 1);
        pit_wait(0);
        expect_same(watcher->picture, arena->stage.world);
    }
    ck_assert_uint_gt(pit->house.figures.deaths, 500);
    ck_assert_uint_eq(arena->stage.shown.failed, 0);
}
