/* SPDX-License-Identifier: MIT */
/* The finished game of docs/tutorial.md on the virtual clock, as its players see it. */
#include "../lobby/watcher.h"
#include "seeds.h"
#include "tutorial/game.h"

#include <math.h>

#define TICK   OURO_MS(50)
#define SIDE   100.0
#define ROUND  600 /* ticks */
#define SOON   4   /* ticks after which what is done can be seen */
#define HOLD   OURO_SEC(30)
#define AT_ALL 0 /* of whichever player, or of none */

enum { WAITING, COUNTING, PLAYING, OVER };

struct walker {
    struct watcher watcher;
    uint32_t player, sequence;
};

static struct walker *come(struct ouro_lobby *lobby, const char *name)
{
    struct walker *walker = calloc(1, sizeof *walker);
    struct ouro_place place;
    watcher_init(&walker->watcher, game_type.state->types);
    ck_assert_int_eq(join_as(lobby, "lantern", name, &place), 0);
    enter_place(lobby, &place, &walker->watcher.line);
    walker->player = place.player;
    ouro_sleep(SOON * TICK);
    return walker;
}

static void go(struct walker *walker)
{
    watcher_done(&walker->watcher);
    free(walker);
}

/* --- what one sees ---------------------------------------------------------------------------- */

static double number_at(const struct ouro_field *field, const void *record)
{
    const char *member = (const char *)record + field->offset;
    uint64_t number = 0;
    float real;
    if (field->type == OURO_FIELD_FLOAT) {
        memcpy(&real, member, sizeof real);
        return (double)real;
    }
    memcpy(&number, member, field->bytes); /* the lowest byte first */
    return (double)number;
}

static const struct ouro_field *field_named(const struct ouro_type *type, const char *name)
{
    const struct ouro_field *field = type->fields;
    while (field->name && strcmp(field->name, name) != 0)
        field++;
    return field->name ? field : NULL;
}

/* -1: there is none. */
static double see(const struct walker *walker, const char *type, uint32_t player, const char *name)
{
    struct ouro_seen seen;
    for (uint32_t i = 0; ouro_picture_next(walker->watcher.picture, i, &seen); i = seen.index + 1) {
        const struct ouro_field *owner = field_named(seen.type, "player");
        if (strcmp(seen.type->name, type) == 0 &&
            (player == AT_ALL || number_at(owner, seen.record) == player))
            return number_at(field_named(seen.type, name), seen.record);
    }
    return -1;
}

static int stage(const struct walker *walker)
{
    return (int)see(walker, "round", AT_ALL, "stage");
}

static uint32_t holder(const struct walker *walker)
{
    return (uint32_t)see(walker, "light", AT_ALL, "holder");
}

/* How many ticks it takes to come to that stage. */
static int ticks_until(const struct walker *walker, int wanted)
{
    int ticks = 0;
    for (; stage(walker) != wanted; ticks++) {
        ck_assert_int_le(ticks, 2 * ROUND);
        ouro_sleep(TICK);
    }
    return ticks;
}

/* --- what one does ---------------------------------------------------------------------------- */

static void step_towards(struct walker *walker, double x, double y)
{
    double right = x - see(walker, "walker", walker->player, "x");
    double down = y - see(walker, "walker", walker->player, "y");
    double far = fmax(hypot(right, down), 1e-3);
    const int8_t way[] = {(int8_t)(127 * right / far), (int8_t)(127 * down / far)};
    ck_assert_int_eq(ouro_seat_input(walker->watcher.line.connection.seat, ++walker->sequence, 0,
                                     way, sizeof way),
                     0);
}

static void step_to_light(struct walker *walker)
{
    step_towards(walker, see(walker, "light", AT_ALL, "x"), see(walker, "light", AT_ALL, "y"));
}

static void fetch_light(struct walker *walker)
{
    for (int ticks = 0; holder(walker) != walker->player; ticks++) {
        ck_assert_int_lt(ticks, 200); /* the meadow is not that wide */
        step_to_light(walker);
        ouro_sleep(TICK);
    }
}

/* Returns the token that it can come back with. */
static struct ouro_seat_info lose_connection(struct walker *walker)
{
    struct ouro_seat_info info = info_of(&walker->watcher.line);
    drop_line(&walker->watcher.line);
    ouro_sleep(SOON * TICK);
    return info;
}

static void come_back(struct ouro_lobby *lobby, struct walker *walker,
                      const struct ouro_seat_info *info)
{
    struct ouro_connection *connection = &walker->watcher.line.connection;
    watcher_reset(&walker->watcher, game_type.state->types);
    ck_assert_int_eq(ouro_seat_return(lobby, info->reconnect, 0, connection), 0);
    ouro_seat_begin(connection->seat);
    ouro_sleep(SOON * TICK);
}

/* --- the tests -------------------------------------------------------------------------------- */

LOBBY_TEST(one_waits_and_two_play, &game_type)
{
    struct walker *ada = come(lobby, "ada");
    ouro_sleep(OURO_SEC(3600));
    ck_assert_int_eq(stage(ada), WAITING);
    struct walker *bob = come(lobby, "bob");
    ck_assert_int_eq(stage(ada), COUNTING);
    ck_assert_double_eq(see(bob, "round", AT_ALL, "seconds"), 3);
    ticks_until(ada, PLAYING);
    ck_assert_double_eq(see(bob, "round", AT_ALL, "seconds"), 30);
    go(ada);
    go(bob);
}

LOBBY_TEST(a_round_ends_with_a_winner_and_another_begins, &game_type)
{
    struct walker *ada = come(lobby, "ada"), *bob = come(lobby, "bob");
    ticks_until(bob, PLAYING);
    ck_assert_uint_eq(holder(bob), 0);
    fetch_light(ada);
    int left = ticks_until(bob, OVER);
    ck_assert_int_lt(left, ROUND);
    ouro_sleep(TICK);
    ck_assert_double_eq(see(bob, "round", AT_ALL, "winner"), ada->player);
    ck_assert_double_eq(see(bob, "walker", ada->player, "wins"), 1);
    ck_assert_double_eq_tol(see(bob, "walker", ada->player, "score"), left, SOON);
    ck_assert_double_eq(see(bob, "walker", bob->player, "score"), 0);
    ck_assert_int_le(ticks_until(bob, COUNTING), 100);
    ck_assert_int_le(ticks_until(bob, PLAYING), 60);
    ck_assert_int_lt((int)see(bob, "walker", ada->player, "score"), SOON);
    ck_assert_double_eq(see(bob, "walker", ada->player, "wins"), 1);
    go(ada);
    go(bob);
}

LOBBY_TEST(who_comes_late_sees_the_round_as_it_is, &game_type)
{
    struct walker *ada = come(lobby, "ada"), *bob = come(lobby, "bob");
    ticks_until(ada, PLAYING);
    ouro_sleep(OURO_SEC(10));
    struct walker *cid = come(lobby, "cid");
    ck_assert_int_eq(stage(cid), PLAYING);
    ck_assert_double_eq(see(cid, "round", AT_ALL, "seconds"), see(ada, "round", AT_ALL, "seconds"));
    ck_assert_double_ge(see(cid, "walker", bob->player, "x"), 0);
    go(ada);
    go(bob);
    go(cid);
}

LOBBY_TEST(who_loses_the_connection_lets_go_and_comes_back_with_the_score, &game_type)
{
    struct walker *ada = come(lobby, "ada"), *bob = come(lobby, "bob");
    ticks_until(ada, PLAYING);
    fetch_light(ada);
    ouro_sleep(OURO_SEC(1));
    double score = see(bob, "walker", ada->player, "score");
    ck_assert_double_ge(score, 20);
    struct ouro_seat_info info = lose_connection(ada);
    ck_assert_double_eq(see(bob, "walker", ada->player, "away"), 1);
    ck_assert_uint_eq(holder(bob), 0);
    ouro_sleep(OURO_SEC(10)); /* she stands where the light lies */
    ck_assert_uint_eq(holder(bob), 0);
    come_back(lobby, ada, &info);
    ck_assert_double_eq(see(bob, "walker", ada->player, "away"), 0);
    ck_assert_double_ge(see(ada, "walker", ada->player, "score"), score);
    ck_assert_uint_eq(holder(ada), ada->player);
    go(ada);
    go(bob);
}

LOBBY_TEST(who_does_not_come_back_has_left_and_the_other_has_won, &game_type)
{
    struct walker *ada = come(lobby, "ada"), *bob = come(lobby, "bob");
    ticks_until(bob, PLAYING);
    fetch_light(bob);
    lose_connection(ada);
    ouro_sleep(OURO_SEC(20));
    ck_assert_int_eq(stage(bob), PLAYING); /* she may come back */
    go(ada);
    ouro_sleep(HOLD - OURO_SEC(20));
    ck_assert_double_eq(see(bob, "round", AT_ALL, "winner"), bob->player);
    ticks_until(bob, WAITING);
    go(bob);
}

/* All run for the light, and lines break. */
static void some_rounds(struct ouro_lobby *lobby)
{
    struct walker *all[3] = {come(lobby, "ada"), come(lobby, "bob"), come(lobby, "cid")};
    for (int tick = 0; tick < 2 * ROUND; tick++) {
        struct walker *one = all[tick % 3], *other = all[(tick + 1) % 3];
        if (stage(one) == PLAYING)
            step_to_light(one);
        if (ouro_random() % 100 == 0) {
            struct ouro_seat_info info = lose_connection(one);
            ck_assert_uint_ne(holder(other), one->player);
            come_back(lobby, one, &info);
        }
        ouro_sleep(TICK);
        double score = 0;
        for (int i = 0; i < 3; i++) {
            ck_assert_double_le(fabs(see(other, "walker", all[i]->player, "x") - SIDE / 2),
                                SIDE / 2);
            score += see(other, "walker", all[i]->player, "score");
        }
        ck_assert_double_le(score, ROUND); /* there is one light */
    }
    for (int i = 0; i < 3; i++)
        go(all[i]);
}

TEST(there_is_one_light_whatever_breaks)
{
    FOR_ALL_SEEDS (seed, 20) {
        struct scene_setup setup = {.type = &game_type, .play = some_rounds};
        ck_assert_int_eq(ouro_sim_run(seed, NULL, run_scene, &setup), 0);
    }
}
