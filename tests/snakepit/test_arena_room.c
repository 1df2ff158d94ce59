/* SPDX-License-Identifier: MIT */
/* The arena as a room, on the virtual clock: what its clients see is what is. */
#include "arena_room_scene.h"

/* --- what is seen ----------------------------------------------------------------------------- */

PIT_TEST(the_picture_is_the_world_for_thousands_of_ticks)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 3);
    struct fan *watcher = pit_enter(pit);
    for (int i = 0; i < 24; i++)
        pit_enter(pit);
    pit_wait(2);
    struct arena *arena = pit_arena(pit);
    for (int i = 0; i < 2000; i++) {
        stir(pit, &rng, 1);
        pit_wait(1);
        expect_same(watcher->picture, pit);
    }
    ck_assert_uint_gt(pit->house.figures.deaths, 300);
    ck_assert_uint_eq(arena->stage.shown.failed, 0);
}

static void few_entities(struct pit *pit)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 4);
    for (int i = 0; i < 24; i++)
        pit_enter(pit);
    pit_wait(2);
    for (int i = 0; i < 500; i++) {
        stir(pit, &rng, 0);
        pit_wait(1);
    }
    ck_assert_uint_gt(pit_arena(pit)->stage.shown.failed, 100);
    ck_assert_uint_gt(pit->house.figures.births, 24);
}

TEST(the_game_goes_on_when_entities_are_out)
{
    struct arena_options options = small_options();
    options.entities_max = 40;
    run_with(&options, few_entities);
}

/* --- to play ---------------------------------------------------------------------------------- */

PIT_TEST(play_is_answered_when_the_snake_is_there)
{
    char answer[128];
    struct fan *fan = enter_and_play(pit);
    struct arena_snake snake = snake_of(pit, fan);
    snprintf(answer, sizeof answer, "{\"tick\":%u,\"x\":%d,\"y\":%d,\"way\":%d}", snake.born,
             snake.x, snake.y, snake.way);
    expect_heard(fan, answer);
    play(fan);
    pit_wait(1);
    expect_heard(fan, "\"alive\"");
}

PIT_TEST(names_are_checked_and_the_users_is_the_default)
{
    struct fan *fan = pit_enter(pit);
    static const char *const wrong[] = {"{\"name\":\"\"}", "{\"name\":7}", "{\"name\":null}",
                                        "{\"name\":\"0123456789abcdef\"}", "{\"name\":\"a\\nb\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ask(fan, "play", json_loads(wrong[i], 0, NULL));
        pit_wait(1);
        expect_heard(fan, "\"bad_name\"");
        forget(fan);
    }
    ask(fan, "dance", json_null());
    pit_wait(1);
    expect_heard(fan, "\"unknown\"");
    play(fan);
    pit_wait(1);
    ck_assert_str_eq(own(fan)->entrant->owner.face.name, "Fan 0");
    struct fan *other = pit_enter(pit);
    pit_wait(1);
    ask(other, "play", json_pack("{s:s}", "name", " Ada "));
    pit_wait(1);
    ck_assert_str_eq(own(other)->entrant->owner.face.name, "Ada");
}

static void two_want_one_snake(struct pit *pit)
{
    enter_and_play(pit);
    struct fan *second = enter_and_play(pit);
    expect_heard(second, "\"full\"");
}

TEST(no_more_snakes_than_there_may_be)
{
    struct arena_options options = small_options();
    options.rules.snakes_max = 1;
    run_with(&options, two_want_one_snake);
}

PIT_TEST(inputs_steer_and_nonsense_does_not)
{
    struct fan *fan = enter_and_play(pit);
    uint8_t way = snake_of(pit, fan).way;
    uint8_t long_one[2] = {(uint8_t)((way + 1) & 3), 0};
    expect_ok(ouro_seat_input(fan->connection.seat, ++fan->inputs, 0, long_one, 2));
    expect_ok(ouro_seat_input(fan->connection.seat, ++fan->inputs, 0, long_one, 0));
    steer(fan, 255);
    pit_wait(1);
    ck_assert_uint_eq(snake_of(pit, fan).way, way);
    steer(fan, (way + 1) & 3);
    pit_wait(1);
    ck_assert_uint_eq(snake_of(pit, fan).way, (way + 1) & 3);
    ck_assert_uint_eq(ouro_picture_snapshot(fan->picture)->input, fan->inputs);
}

/* --- to die, and to watch --------------------------------------------------------------------- */

/* Until it has died of going straight on. */
static void run_into_the_wall(struct fan *fan)
{
    for (int i = 0; i < 2 * SIDE && own(fan)->entrant; i++)
        pit_wait(1);
    ck_assert_ptr_null(own(fan)->entrant);
}

PIT_TEST(who_dies_of_the_wall_is_told_and_looks_at_where_it_was)
{
    struct fan *fan = enter_and_play(pit);
    uint32_t born = snake_of(pit, fan).born;
    char ticks[32];
    run_into_the_wall(fan);
    snprintf(ticks, sizeof ticks, "\"ticks\":%u,", arena_ticks(pit_arena(pit)->stage.world) - born);
    expect_heard(fan, ticks);
    expect_heard(fan, "\"name\":\"died\",\"data\":{\"by\":0,\"by_name\":\"\",\"why\":\"wall\"");
    expect_heard(fan, "\"name\":\"watching\",\"data\":{\"player\":0}");
    const struct arena_player *dead = own(fan);
    ck_assert(dead->gaze.x == 0 || dead->gaze.x == SIDE - 1 || dead->gaze.y == 0 ||
              dead->gaze.y == SIDE - 1);
    forget(fan);
    play(fan);
    pit_wait(1);
    ck_assert_ptr_nonnull(own(fan)->entrant);
    ck_assert(own(fan)->gaze.x == snake_of(pit, fan).x && own(fan)->gaze.y == snake_of(pit, fan).y);
}

PIT_TEST(who_leaves_takes_its_snake_along)
{
    struct fan *fan = enter_and_play(pit), *other = enter_and_play(pit);
    play(fan);
    ouro_seat_leave(fan->connection.seat);
    pit_wait(2);
    ck_assert_uint_eq(arena_living(pit_arena(pit)->stage.world), 1);
    struct fan *third = pit_enter(pit);
    pit_wait(1);
    play(third); /* and goes before its birth */
    ouro_sleep(OURO_MS(1));
    ouro_seat_leave(third->connection.seat);
    pit_wait(2);
    ck_assert_uint_eq(arena_living(pit_arena(pit)->stage.world), 1);
    expect_same(other->picture, pit);
}

PIT_TEST(who_watches_follows_and_is_told_whom)
{
    char told[64];
    struct fan *a = enter_and_play(pit), *b = enter_and_play(pit), *fan = pit_enter(pit);
    pit_wait(12); /* there are leaders */
    watch(fan, b->player);
    pit_wait(1);
    snprintf(told, sizeof told, "\"watching\",\"data\":{\"player\":%u}", b->player);
    expect_heard(fan, told);
    ck_assert(own(fan)->gaze.x == own(b)->gaze.x && own(fan)->gaze.y == own(b)->gaze.y);
    forget(fan);
    watch(fan, 4711); /* nobody: then the first of the leaders */
    pit_wait(1);
    ck_assert(own(fan)->gaze.watching == a->player || own(fan)->gaze.watching == b->player);
}

static void expect_middle(const struct fan *fan)
{
    ck_assert_int_eq(own(fan)->gaze.x, SIDE / 2);
    ck_assert_int_eq(own(fan)->gaze.y, SIDE / 2);
}

PIT_TEST(who_comes_to_an_empty_arena_looks_at_its_middle)
{
    struct fan *fan = pit_enter(pit);
    pit_wait(1);
    expect_middle(fan);
    enter_and_play(pit);
    pit_wait(12); /* there is a leader */
    ck_assert_uint_gt(own(fan)->gaze.watching, 0);
}

static void expect_nobody_followed(struct pit *pit)
{
    struct fan *player = enter_and_play(pit), *fan = pit_enter(pit);
    pit_wait(12); /* there is a leader */
    expect_heard(fan, "\"watching\",\"data\":{\"player\":0}");
    forget(fan);
    watch(fan, player->player);
    pit_wait(2);
    expect_heard(fan, "\"watching\",\"data\":{\"player\":0}");
    expect_middle(fan);
    play(fan);
    pit_wait(1);
    ck_assert_int_eq(own(fan)->gaze.x, snake_of(pit, fan).x); /* its own it sees */
    ck_assert_int_eq(own(fan)->gaze.y, snake_of(pit, fan).y);
}

static void expect_killers_not_followed(struct pit *pit)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 5);
    for (int i = 0; i < 30; i++)
        pit_enter(pit);
    int killed = 0;
    for (int i = 0; i < 300; i++) {
        stir(pit, &rng, 0);
        pit_wait(1);
        for (int j = 0; j < pit->count; j++) {
            killed += heard(&pit->fans[j], "\"why\":\"snake\"");
            forget(&pit->fans[j]);
            ck_assert_uint_eq(own(&pit->fans[j])->gaze.watching, 0);
        }
    }
    ck_assert_int_gt(killed, 0);
}

TEST(with_a_delay_nobody_follows_another_without_it)
{
    struct arena_options options = small_options();
    options.delay_ns = OURO_SEC(5);
    run_with(&options, expect_nobody_followed);
    run_with(&options, expect_killers_not_followed);
}

/* Both turn towards each other, until one has hit the other or the wall. */
PIT_TEST(who_is_killed_looks_at_who_did_it)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 5);
    struct fan *watcher = pit_enter(pit);
    for (int i = 0; i < 30; i++)
        pit_enter(pit);
    bool seen = false;
    for (int i = 0; i < 1000 && !seen; i++) {
        stir(pit, &rng, 1);
        pit_wait(1);
        for (int j = 1; j < pit->count && !seen; j++)
            seen = !own(&pit->fans[j])->entrant && own(&pit->fans[j])->gaze.watching > 0;
    }
    ck_assert(seen);
    pit_wait(20);
    expect_heard(watcher, "\"feed\":[[\"");
}

PIT_TEST(news_have_the_number_of_all_and_a_map)
{
    struct fan *fan = enter_and_play(pit), *watcher = pit_enter(pit);
    (void)fan;
    pit_wait(25);
    expect_heard(watcher, "\"living\":1,\"watching\":1,\"map\":\"");
    const char *map = strstr(watcher->text, "\"map\":\"") + 7;
    size_t cells = strspn(map, "09");
    ck_assert_uint_eq(cells, ARENA_MAP_SIDE * ARENA_MAP_SIDE);
    ck_assert_ptr_nonnull(memchr(map, '9', cells));
}

/* How many of them have news in their ears; then nobody has. */
static int count_told(struct pit *pit)
{
    int told = 0;
    for (int i = 0; i < pit->count; i++) {
        told += heard(&pit->fans[i], "\"name\":\"news\"");
        forget(&pit->fans[i]);
    }
    return told;
}

PIT_TEST(each_has_the_news_in_its_own_turn)
{
    const int ticks = 20; /* two seconds */
    int most = 0, all = 0;
    for (int i = 0; i < 2 * ticks; i++)
        pit_enter(pit);
    pit_wait(2 * ticks);
    count_told(pit);
    for (int i = 0; i < ticks; i++) {
        pit_wait(1);
        int told = count_told(pit);
        all += told;
        most = told > most ? told : most;
    }
    ck_assert_int_eq(all, 2 * ticks);
    ck_assert_int_eq(most, 2);
}

/* Nobody plays, and somebody comes: what was told to nobody is old. */
PIT_TEST(who_comes_first_is_counted_in_the_first_news)
{
    for (int i = 0; i < 5; i++) {
        struct fan *fan = pit_enter(pit);
        for (int waited = 0; !heard(fan, "\"news\"") && waited < 25; waited++)
            pit_wait(1);
        expect_heard(fan, "\"living\":0,\"watching\":1,");
        ck_assert(!heard(fan, "\"watching\":0"));
        ouro_seat_leave(fan->connection.seat);
        pit_wait(7 + 3 * i);
    }
}

PIT_TEST(who_plays_is_told_where_it_stands)
{
    struct fan *fan = enter_and_play(pit), *watcher = pit_enter(pit);
    pit_wait(25);
    expect_heard(fan, "\"name\":\"standing\",\"data\":{\"rank\":1,\"score\":");
    ck_assert(!heard(watcher, "\"standing\""));
}

/* --- to come back ----------------------------------------------------------------------------- */

PIT_TEST(who_comes_back_has_its_snake)
{
    struct fan *fan = enter_and_play(pit);
    ouro_connection_lost(&fan->connection);
    pit_wait(3);
    expect_ok(ouro_seat_return(pit->lobby, fan->reconnect, 0, &fan->connection));
    fan_note_seat(fan);
    pit_wait(1);
    ck_assert_ptr_nonnull(own(fan)->entrant);
    expect_same(fan->picture, pit);
}

#define CROWD 5000

static struct ouro_player *player_of(const struct pit *pit, const struct fan *fan)
{
    const struct ouro_room *room = pit_arena(pit)->room;
    for (uint32_t i = 0; i < ouro_room_player_count(room); i++) {
        struct ouro_player *player = ouro_room_player(room, i);
        if (player->id == fan->player)
            return player;
    }
    return NULL;
}

/* As many deaths as a crowd dies in the time that a seat is held, told to somebody else. */
static void die_by_the_thousand(const struct pit *pit, const struct fan *fan)
{
    for (int i = 0; i < 2 * CROWD - 10; i++)
        ouro_room_event(pit_arena(pit)->room, player_of(pit, fan), "died",
                        json_pack("{s:s, s:s, s:I}", "by_name", "fifteen letters", "why", "head_on",
                                  "ticks", (json_int_t)i));
}

static void die_away(struct pit *pit)
{
    struct fan *fan = enter_and_play(pit), *other = pit_enter(pit);
    ouro_connection_lost(&fan->connection);
    pit_wait(1);
    ouro_room_event(pit_arena(pit)->room, player_of(pit, fan), "died",
                    json_pack("{s:i}", "score", 4711));
    die_by_the_thousand(pit, other);
    expect_ok(ouro_seat_return(pit->lobby, fan->reconnect, 0, &fan->connection));
    fan_note_seat(fan);
    pit_wait(1);
    expect_heard(fan, "4711");
}

TEST(who_died_while_away_hears_of_it_however_many_others_die)
{
    struct arena_options options = small_options();
    options.players_max = CROWD;
    run_with(&options, die_away);
}

PIT_TEST(who_does_not_come_back_is_gone)
{
    struct fan *fan = enter_and_play(pit), *other = pit_enter(pit);
    ouro_connection_lost(&fan->connection);
    pit_wait(300);
    ck_assert_uint_eq(ouro_room_player_count(pit_arena(pit)->room), 1);
    ck_assert_uint_eq(arena_living(pit_arena(pit)->stage.world), 0);
    expect_same(other->picture, pit);
}

PIT_TEST(the_world_stays_for_a_minute_and_then_ends)
{
    struct fan *fan = pit_enter(pit);
    pit_wait(20);
    ouro_seat_leave(fan->connection.seat);
    pit_wait(500);
    ck_assert_uint_eq(ouro_lobby_stats(pit->lobby).rooms, 1);
    pit_wait(200);
    ck_assert_uint_eq(ouro_lobby_stats(pit->lobby).rooms, 0);
}
