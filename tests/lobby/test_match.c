/* SPDX-License-Identifier: MIT */
/* Waiting for a match on a connection: alone, as a party, and for a room that has places. */
#include "scene.h"

static int idle_body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        ;
    return rc;
}

static const struct ouro_room_type small = {.name = "test", .body = idle_body, .seats_max = 2};
static const struct ouro_room_type large = {.name = "test", .body = idle_body, .seats_max = 8};
static const struct ouro_room_type hasty = {
    .name = "test", .body = idle_body, .seats_max = 8, .hold_ns = -1};

/* --- alone ------------------------------------------------------------------------------------ */

LOBBY_TEST(who_is_matched_is_sent_to_a_room_of_their_own, &small)
{
    struct ouro_match_options pair = {.players_min = 2, .give_up_ns = OURO_SEC(30)};
    ck_assert_int_eq(ouro_lobby_match(lobby, "none", &pair, 0), -ENOENT);
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), 0);
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), -EEXIST);
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b"),
                *c = enter(lobby, "lobby", "c");
    ask_line(a, "match.ticket", json_pack("{s:s, s:s}", "type", "test", "query", "map=cave"));
    expect_in(a, "\"ticket\":\"1\"");
    ask_line(b, "match.ticket",
             json_pack("{s:s, s:{s:s}}", "type", "test", "properties", "map", "cave"));
    ask_line(c, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(c, "match.cancel", json_pack("{s:s}", "ticket", "3"));
    ask_line(c, "match.cancel", json_pack("{s:s}", "ticket", "3"));
    expect_in(c, "not_found");
    ask_line(c, "match.ticket", json_pack("{s:s, s:s}", "type", "test", "query", "map=none"));
    ouro_sleep(OURO_SEC(1));
    const char *news = heard(a);
    ck_assert_ptr_nonnull(strstr(news, "match.matched"));
    ck_assert_ptr_nonnull(strstr(news, "\"type\":\"travel\""));
    expect_in(b, "\"room_type\":\"test\"");
    struct ouro_lobby_stats stats = ouro_lobby_stats(lobby);
    ck_assert_uint_eq(stats.rooms, 2);
    ck_assert_uint_eq(stats.reserved, 2);
    ouro_sleep(OURO_SEC(30));
    expect_in(c, "timeout");
    ask_line(c, "match.ticket", json_pack("{s:s}", "type", "test"));
    drop_line(a);
    drop_line(b);
    drop_line(c); /* its ticket waits as long as its seat is held */
    free(a);
    free(b);
    free(c);
}

LOBBY_TEST(what_is_no_ticket_is_refused_and_not_half_read, &small)
{
    static const char *const wrong[] = {
        "\"query\":5",
        "\"query\":\"?\"",
        "\"properties\":[]",
        "\"properties\":\"x\"",
        "\"skill\":\"high\"",
        "\"skill\":1e300",
        "\"min\":\"2\"",
        "\"min\":0",
        "\"max\":65",
        "\"max\":1.5",
        "\"properties\":{\"a\":{}}",
        "\"wait_ms\":0",
        "\"wait_ms\":-5",
        "\"wait_ms\":-1e300",
        "\"wait_ms\":0.5",
        "\"wait_ms\":\"1000\"",
        "\"wait_ms\":null",
        "\"wait_ms\":[]",
    };
    struct ouro_match_options pair = {.players_min = 2, .skill_apart = 1};
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), 0);
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"type\":\"test\",%s}", wrong[i]);
        ask_line(a, "match.ticket", json_loads(text, 0, NULL));
        expect_in(a, "bad_request");
    }
    /* Half a point is not worth the whole skill. */
    ask_line(a, "match.ticket", json_pack("{s:s, s:f}", "type", "test", "skill", 1400.5));
    ask_line(b, "match.ticket", json_pack("{s:s, s:i}", "type", "test", "skill", 1401));
    ouro_sleep(OURO_SEC(1));
    expect_in(a, "match.matched");
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

/* Neither by a second ticket, nor by a second connection. */
LOBBY_TEST(nobody_plays_with_oneself, &small)
{
    struct ouro_match_options pair = {.players_min = 2};
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), 0);
    struct line *a = enter(lobby, "lobby", "a"), *also_a = enter(lobby, "lobby", "a"),
                *b = enter(lobby, "lobby", "b");
    ask_line(a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(also_a, "match.ticket", json_pack("{s:s}", "type", "test"));
    heard(a);
    heard(also_a);
    ouro_sleep(OURO_SEC(1));
    expect_heard(a, "");
    expect_heard(also_a, "");
    ask_line(b, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    expect_in(a, "match.matched");
    expect_in(b, "match.matched");
    drop_line(a);
    drop_line(also_a);
    drop_line(b);
    free(a);
    free(also_a);
    free(b);
}

LOBBY_TEST(a_player_says_how_long_it_will_wait, &small)
{
    struct ouro_match_options pair = {.players_min = 2, .give_up_ns = OURO_SEC(30)};
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), 0);
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b");
    const char *format = "{s:s, s:s, s:f}", *nobody = "map=none";
    ask_line(a, "match.ticket", json_pack(format, "type", "test", "query", nobody, "wait_ms", 5e3));
    ask_line(b, "match.ticket",
             json_pack(format, "type", "test", "query", nobody, "wait_ms", 1e300));
    expect_in(a, "\"ticket\":\"1\"");
    expect_in(b, "\"ticket\":\"2\"");
    ouro_sleep(OURO_MS(4900));
    expect_heard(a, "");
    ouro_sleep(OURO_MS(500)); /* of which a pass may take half */
    expect_in(a, "timeout");
    ouro_sleep(OURO_SEC(24));
    expect_heard(b, "");
    ouro_sleep(OURO_SEC(1)); /* no longer than the pool lets it */
    expect_in(b, "timeout");
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

static const struct ouro_room_type once = {
    .name = "test", .body = idle_body, .seats_max = 2, .many = OURO_MANY_REFUSE};

/* The seat from which it looks for a match is left for the other, and so is no second one. */
LOBBY_TEST(who_may_have_one_seat_finds_a_match_from_there, &once)
{
    struct ouro_match_options pair = {.players_min = 2};
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &pair, 0), 0);
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b");
    ask_line(a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(b, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    expect_in(a, "\"type\":\"travel\"");
    expect_in(b, "\"type\":\"travel\"");
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

/* --- parties ---------------------------------------------------------------------------------- */

static void allow_matches(struct ouro_lobby *lobby, uint32_t players, uint32_t teams)
{
    struct ouro_match_options options = {
        .players_min = players, .teams = teams, .give_up_ns = OURO_SEC(30)};
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &options, 0), 0);
}

static void ask_as_party(struct line *line, const char *name, int size)
{
    ask_line(line, "match.ticket",
             json_pack("{s:s, s:{s:s, s:i}}", "type", "test", "party", "name", name, "size", size));
}

static void expect_nothing(struct line *line)
{
    ouro_sleep(OURO_SEC(1));
    expect_heard(line, "");
}

/* Where somebody was sent. */
struct match {
    char room[OURO_ROOM_ID_BYTES];
    int team;
};

static struct match match_of(struct line *line)
{
    struct match match;
    const char *news = strstr(heard(line), "match.matched");
    ck_assert_ptr_nonnull(news);
    const char *team = strstr(news, "\"team\":"), *room = strstr(news, "\"room\":\"");
    ck_assert(team && room);
    ck_assert_int_eq(sscanf(team, "\"team\":%d", &match.team), 1);
    room += strlen("\"room\":\"");
    snprintf(match.room, sizeof match.room, "%.*s", (int)strcspn(room, "\""), room);
    return match;
}

struct four {
    struct line *a, *b, *c, *d;
};

static struct four enter_four(struct ouro_lobby *lobby, const char *type)
{
    return (struct four){enter(lobby, type, "a"), enter(lobby, type, "b"), enter(lobby, type, "c"),
                         enter(lobby, type, "d")};
}

static void free_four(struct four *four)
{
    struct line *lines[] = {four->a, four->b, four->c, four->d};
    for (int i = 0; i < 4; i++) {
        if (lines[i]->connection.seat)
            drop_line(lines[i]);
        free(lines[i]);
    }
}

LOBBY_TEST(a_party_waits_for_its_members_and_travels_as_one, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 4, 2);
    ask_line(they.c, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(they.d, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_as_party(they.a, "ours", 2);
    expect_in(they.a, "\"ticket\"");
    expect_nothing(they.a);
    ask_as_party(they.b, "ours", 2);
    ouro_sleep(OURO_SEC(1));
    struct match a = match_of(they.a), b = match_of(they.b), c = match_of(they.c),
                 d = match_of(they.d);
    ck_assert_int_eq(a.team, b.team);
    ck_assert_int_eq(c.team, d.team);
    ck_assert_int_ne(a.team, c.team);
    ck_assert_str_eq(a.room, b.room);
    ck_assert_str_eq(a.room, c.room);
    ck_assert_str_eq(a.room, d.room);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).reserved, 4);
    ask_as_party(they.a, "ours", 2); /* the name is free again */
    expect_in(they.a, "\"ticket\"");
    free_four(&they);
}

LOBBY_TEST(a_party_is_as_strong_as_its_members_are_together, &large)
{
    struct ouro_match_options near = {.players_min = 3, .skill_apart = 10, .skill_apart_max = 10};
    struct four they = enter_four(lobby, "lobby");
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &near, 0), 0);
    const char *party = "{s:s, s:i, s:{s:s, s:i}}";
    ask_line(they.a, "match.ticket",
             json_pack(party, "type", "test", "skill", 100, "party", "name", "ours", "size", 2));
    ask_line(they.b, "match.ticket",
             json_pack(party, "type", "test", "skill", 300, "party", "name", "ours", "size", 2));
    ask_line(they.c, "match.ticket", json_pack("{s:s, s:i}", "type", "test", "skill", 100));
    expect_in(they.c, "\"ticket\"");
    expect_nothing(they.c);
    ask_line(they.d, "match.ticket", json_pack("{s:s, s:i}", "type", "test", "skill", 205));
    ouro_sleep(OURO_SEC(1));
    expect_in(they.d, "match.matched");
    expect_in(they.a, "match.matched");
    free_four(&they);
}

LOBBY_TEST(a_party_that_stays_incomplete_gives_up, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 3, 1);
    ask_as_party(they.a, "ours", 3);
    ask_as_party(they.b, "ours", 3);
    expect_in(they.a, "\"ticket\"");
    expect_in(they.b, "\"ticket\"");
    ouro_sleep(OURO_SEC(29));
    expect_heard(they.a, "");
    ouro_sleep(OURO_SEC(2));
    expect_in(they.a, "timeout");
    expect_in(they.b, "timeout");
    free_four(&they);
}

LOBBY_TEST(a_party_in_the_pool_gives_up_as_one, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 3, 1);
    ask_as_party(they.a, "ours", 2);
    ask_as_party(they.b, "ours", 2);
    ouro_sleep(OURO_SEC(31));
    expect_in(they.a, "timeout");
    expect_in(they.b, "timeout");
    free_four(&they);
}

static void ask_and_wait(struct line *line, const char *name, int size, int wait_ms)
{
    ask_line(line, "match.ticket",
             json_pack("{s:s, s:i, s:{s:s, s:i}}", "type", "test", "wait_ms", wait_ms, "party",
                       "name", name, "size", size));
}

LOBBY_TEST(a_party_waits_as_long_as_its_least_patient_member, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 4, 1);
    ask_and_wait(they.a, "gathers", 3, 20000);
    ouro_sleep(OURO_SEC(2));
    ask_and_wait(they.b, "gathers", 3, 5000);
    expect_in(they.a, "\"ticket\"");
    expect_in(they.b, "\"ticket\"");
    ouro_sleep(OURO_MS(4900));
    expect_heard(they.a, "");
    ouro_sleep(OURO_MS(200));
    expect_in(they.a, "timeout");
    expect_in(they.b, "timeout");
    ask_and_wait(they.c, "pool", 2, 8000); /* both together, gathering included */
    ouro_sleep(OURO_SEC(6));
    ask_as_party(they.d, "pool", 2);
    expect_in(they.c, "\"ticket\"");
    expect_in(they.d, "\"ticket\"");
    ouro_sleep(OURO_MS(1900));
    expect_heard(they.c, "");
    ouro_sleep(OURO_MS(500));
    expect_in(they.c, "timeout");
    expect_in(they.d, "timeout");
    free_four(&they);
}

/* Whoever is refused has said nothing. */
LOBBY_TEST(a_party_does_not_hurry_for_who_did_not_get_in, &large)
{
    struct ouro_match_options options = {
        .players_min = 3, .tickets_max = 1, .give_up_ns = OURO_SEC(30)};
    struct four they = enter_four(lobby, "lobby");
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &options, 0), 0);
    ask_as_party(they.a, "ours", 2);
    ask_line(they.c, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_and_wait(they.b, "ours", 2, 1000);
    expect_in(they.b, "too_many");
    expect_in(they.a, "\"ticket\"");
    ouro_sleep(OURO_SEC(29));
    expect_heard(they.a, "");
    ouro_sleep(OURO_SEC(2));
    expect_in(they.a, "timeout");
    free_four(&they);
}

LOBBY_TEST(who_leaves_a_party_ends_it_for_the_others, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 4, 1);
    ask_as_party(they.a, "ours", 3);
    ask_as_party(they.b, "ours", 3);
    ask_line(they.a, "match.cancel", json_pack("{s:s}", "ticket", "1")); /* while it gathers */
    expect_in(they.b, "\"ticket\"");
    ouro_sleep(OURO_SEC(1));
    expect_in(they.b, "\"why\":\"party\"");
    expect_in(they.a, "\"response\"");
    expect_nothing(they.a);
    ask_as_party(they.b, "ours", 2);
    ask_as_party(they.c, "ours", 2);
    expect_in(they.b, "\"ticket\"");
    ouro_sleep(OURO_SEC(1));
    ouro_connection_lost(&they.c->connection); /* in the pool; it is held for 20 seconds */
    ouro_sleep(OURO_SEC(19));
    expect_heard(they.b, "");
    ouro_sleep(OURO_SEC(2));
    expect_in(they.b, "\"why\":\"party\"");
    free_four(&they);
}

LOBBY_TEST(a_party_whose_members_all_go_is_forgotten, &large)
{
    struct four they = enter_four(lobby, "lobby");
    allow_matches(lobby, 4, 1);
    ask_as_party(they.a, "ours", 3);
    ask_as_party(they.b, "ours", 3);
    ouro_seat_leave(they.a->connection.seat);
    ouro_seat_leave(they.b->connection.seat);
    ask_as_party(they.c, "ours", 2); /* the name is free */
    expect_in(they.c, "\"ticket\"");
    ouro_sleep(OURO_SEC(1));
    ask_as_party(they.d, "ours", 2);
    ouro_seat_leave(they.d->connection.seat); /* and the lobby stops before that is told */
    free_four(&they);
}

static void expect_refused(struct line *line, json_t *party, const char *code)
{
    ask_line(line, "match.ticket", json_pack("{s:s, s:o}", "type", "test", "party", party));
    expect_in(line, code);
}

LOBBY_TEST(what_is_no_party_is_refused, &large)
{
    static const struct ouro_room_type other = {.name = "other", .body = idle_body};
    struct ouro_match_options pair = {.players_min = 2};
    struct four they = enter_four(lobby, "lobby");
    const char *format = "{s:s, s:i}";
    allow_matches(lobby, 4, 1);
    ck_assert_int_eq(ouro_lobby_add_type(lobby, &other), 0);
    ck_assert_int_eq(ouro_lobby_match(lobby, "other", &pair, 0), 0);
    expect_refused(they.a, json_null(), "bad_request");
    expect_refused(they.a, json_pack("{s:s}", "name", "ours"), "bad_request");
    expect_refused(they.a, json_pack(format, "name", "", "size", 2), "bad_request");
    expect_refused(they.a, json_pack(format, "name", "a b", "size", 2), "bad_request");
    expect_refused(they.a,
                   json_pack(format, "name", "123456789012345678901234567890123", "size", 2),
                   "bad_request");
    expect_refused(they.a, json_pack(format, "name", "ours", "size", 1), "bad_request");
    expect_refused(they.a, json_pack(format, "name", "ours", "size", 65), "bad_request");
    expect_refused(they.a, json_pack(format, "name", "ours", "size", 5), "bad_request");
    ask_line(they.a, "match.ticket",
             json_pack("{s:s, s:s, s:{s:s, s:i}}", "type", "test", "query", "?", "party", "name",
                       "ours", "size", 2)); /* the first hears it at once */
    expect_in(they.a, "bad_request");
    ask_as_party(they.a, "ours", 2);
    expect_in(they.a, "\"ticket\"");
    ask_as_party(they.a, "ours", 2);
    expect_in(they.a, "party_member");
    ask_as_party(they.b, "ours", 3);
    expect_in(they.b, "party_differs");
    ask_line(they.b, "match.ticket",
             json_pack("{s:s, s:{s:s, s:i}}", "type", "other", "party", "name", "ours", "size", 2));
    expect_in(they.b, "party_differs");
    ask_as_party(they.b, "ours", 2);
    expect_in(they.b, "\"ticket\"");
    ask_as_party(they.c, "ours", 2);
    expect_in(they.c, "party_full");
    free_four(&they);
}

LOBBY_TEST(the_last_of_a_party_is_refused_when_the_pool_is_full, &large)
{
    struct ouro_match_options options = {.players_min = 3, .tickets_max = 1};
    struct four they = enter_four(lobby, "lobby");
    ck_assert_int_eq(ouro_lobby_match(lobby, "test", &options, 0), 0);
    ask_as_party(they.a, "ours", 2);
    ask_line(they.c, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_as_party(they.b, "ours", 2);
    expect_in(they.b, "too_many");
    ask_line(they.c, "match.cancel", json_pack("{s:s}", "ticket", "2"));
    ask_as_party(they.b, "ours", 2); /* they have waited for it */
    expect_in(they.b, "\"ticket\"");
    free_four(&they);
}

LOBBY_TEST(so_many_parties_have_a_name_and_no_more, &large, .joins_per_second_max = 1000)
{
    static struct line *lines[1024 / 4 + 1]; /* four tickets each */
    char name[32];
    allow_matches(lobby, 2, 1);
    for (int i = 0; i < 1025; i++) {
        snprintf(name, sizeof name, "u%d", i / 4);
        if (i % 4 == 0)
            lines[i / 4] = enter(lobby, "lobby", name);
        snprintf(name, sizeof name, "party-%d", i);
        ask_as_party(lines[i / 4], name, 2);
        expect_in(lines[i / 4], i < 1024 ? "\"ticket\"" : "too_many");
    }
    ask_as_party(lines[0], "one-too-many", 2);
    expect_in(lines[0], "too_many");
    ask_as_party(lines[256], "party-0", 2); /* that is none more */
    expect_in(lines[256], "\"ticket\"");
    for (int i = 0; i < 257; i++) {
        ouro_seat_leave(lines[i]->connection.seat);
        free(lines[i]);
    }
}

LOBBY_TEST(a_member_that_is_lost_by_the_news_takes_nobody_along, &hasty)
{
    struct four they = enter_four(lobby, "test");
    allow_matches(lobby, 4, 1);
    struct line *lines[] = {they.a, they.b, they.c, they.d};
    for (int i = 0; i < 4; i++)
        ask_as_party(lines[i], i < 2 ? "ours" : "theirs", 2);
    they.a->full = they.d->full = true; /* a seat of this type is not held */
    ouro_sleep(OURO_SEC(1));
    expect_in(they.b, "\"type\":\"travel\"");
    expect_in(they.c, "\"type\":\"travel\"");
    ck_assert_ptr_null(they.a->connection.seat);
    ck_assert_ptr_null(they.d->connection.seat);
    free_four(&they);
}

/* --- rooms that have places ------------------------------------------------------------------- */

LOBBY_TEST(a_room_with_places_is_filled_before_one_is_made, &large)
{
    struct ouro_match_ticket places = {.places = {0, 1}}, wrong = {.query = "?", .places = {1}};
    struct four they = enter_four(lobby, "lobby");
    struct line *host = enter(lobby, "test", "host");
    struct ouro_room *room = ouro_seat_room(host->connection.seat);
    ck_assert_int_eq(ouro_room_backfill(room, &places), -ENOENT); /* no matches of its type */
    allow_matches(lobby, 2, 2);
    ck_assert_int_eq(ouro_room_backfill(room, &wrong), -EINVAL);
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0); /* the last call counts */
    ask_line(they.a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    struct match match = match_of(they.a);
    ck_assert_int_eq(match.team, 1);
    ck_assert_str_eq(match.room, ouro_room_id(room));
    ask_line(they.b, "match.ticket", json_pack("{s:s}", "type", "test"));
    expect_in(they.b, "\"ticket\"");
    expect_nothing(they.b); /* its one place is taken */
    drop_line(host);
    free(host);
    free_four(&they);
}

LOBBY_TEST(who_is_in_a_room_does_not_take_its_places, &large)
{
    struct ouro_match_ticket places = {.places = {1}};
    struct line *host = enter(lobby, "test", "host"), *a = enter(lobby, "lobby", "a");
    struct ouro_room *room = ouro_seat_room(host->connection.seat);
    allow_matches(lobby, 2, 1);
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ask_line(host, "match.ticket", json_pack("{s:s}", "type", "test"));
    heard(host);
    expect_nothing(host);
    ask_line(a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    ck_assert_str_eq(match_of(a).room, ouro_room_id(room));
    drop_line(host);
    drop_line(a);
    free(host);
    free(a);
}

static int team_in(const struct ouro_room *room, const char *user)
{
    json_t *teams = json_object_get(ouro_room_options(room), "match");
    json_t *team = json_object_get(teams, user);
    return team ? (int)json_integer_value(team) : -1;
}

/* However many come and go, it remembers those who are here. */
LOBBY_TEST(a_room_is_told_the_teams_of_those_who_come_later, &large)
{
    struct ouro_match_ticket places = {.places = {1, 1}};
    struct four they = enter_four(lobby, "lobby");
    struct line *host = enter(lobby, "test", "host");
    struct ouro_room *room = ouro_seat_room(host->connection.seat);
    allow_matches(lobby, 2, 2);
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ask_line(they.a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask_line(they.b, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    struct match a = match_of(they.a), b = match_of(they.b);
    ck_assert_int_ne(a.team, b.team);
    ck_assert_int_eq(team_in(room, "a"), a.team);
    ck_assert_int_eq(team_in(room, "b"), b.team);
    ouro_sleep(OURO_SEC(16)); /* neither of them arrives */
    places = (struct ouro_match_ticket){.places = {0, 1}};
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ask_line(they.c, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    ck_assert_int_eq(match_of(they.c).team, 1);
    ck_assert_int_eq(team_in(room, "c"), 1);
    ck_assert_int_eq(team_in(room, "a"), -1);
    drop_line(host);
    free(host);
    free_four(&they);
}

/* Several may have been made with the same options. */
LOBBY_TEST(whoever_made_a_room_keeps_its_options_as_they_were, &large)
{
    struct ouro_match_ticket places = {.places = {1}};
    struct four they = enter_four(lobby, "lobby");
    json_t *options = json_pack("{s:s}", "map", "cave");
    struct ouro_user user = user_of("host");
    struct ouro_join join = {.type = "test", .user = &user, .options = options};
    struct ouro_place place;
    struct line *host = line_new();
    ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), 0);
    enter_place(lobby, &place, host);
    struct ouro_room *room = ouro_seat_room(host->connection.seat);
    allow_matches(lobby, 2, 1);
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ask_line(they.a, "match.ticket", json_pack("{s:s}", "type", "test"));
    ouro_sleep(OURO_SEC(1));
    ck_assert_int_eq(team_in(room, "a"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(ouro_room_options(room), "map")), "cave");
    ck_assert_uint_eq(json_object_size(options), 1);
    json_decref(options);
    drop_line(host);
    free(host);
    free_four(&they);
}

LOBBY_TEST(a_room_that_ends_has_no_places, &large)
{
    struct ouro_match_ticket places = {.places = {2}};
    struct four they = enter_four(lobby, "lobby");
    struct line *host = enter(lobby, "test", "host");
    allow_matches(lobby, 2, 1);
    ck_assert_int_eq(ouro_room_backfill(ouro_seat_room(host->connection.seat), &places), 0);
    ouro_seat_leave(host->connection.seat);
    ouro_sleep(OURO_SEC(10)); /* it was empty */
    ask_line(they.a, "match.ticket", json_pack("{s:s}", "type", "test"));
    expect_in(they.a, "\"ticket\"");
    expect_nothing(they.a);
    free(host);
    free_four(&they);
}

LOBBY_TEST(seats_of_a_party_are_reserved_all_or_none, &large)
{
    struct ouro_match_ticket places = {.places = {2}};
    struct four they = enter_four(lobby, "lobby");
    struct line *host = enter(lobby, "test", "host");
    struct ouro_room *room = ouro_seat_room(host->connection.seat);
    allow_matches(lobby, 2, 1);
    ouro_room_set_seats(room, 2); /* one less than it says */
    ck_assert_int_eq(ouro_room_backfill(room, &places), 0);
    ask_as_party(they.a, "ours", 2);
    ask_as_party(they.b, "ours", 2);
    ouro_sleep(OURO_SEC(1));
    expect_in(they.a, "\"why\":\"failed\"");
    expect_in(they.b, "\"why\":\"failed\"");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).reserved, 0);
    drop_line(host);
    free(host);
    free_four(&they);
}
