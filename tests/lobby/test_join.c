/* SPDX-License-Identifier: MIT */
/* Which room somebody gets, who has to wait, what is listed; and what users say to each other. */
#include "scene.h"

static int idle_body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    ouro_room_set_metadata(room, json_incref(ouro_room_options(room)));
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        ;
    return rc;
}

static const struct ouro_room_type small = {.name = "test", .body = idle_body, .seats_max = 2};
static const struct ouro_room_type single = {
    .name = "test", .body = idle_body, .seats_max = 4, .many = OURO_MANY_REPLACE};
static const struct ouro_room_type strict = {
    .name = "test", .body = idle_body, .seats_max = 4, .many = OURO_MANY_REFUSE};

static int join(struct ouro_lobby *lobby, struct ouro_join wanted, const char *id,
                struct ouro_place *ret_place)
{
    struct ouro_user user = user_of(id);
    wanted.user = &user;
    int rc = ouro_lobby_join(lobby, &wanted, ret_place);
    ouro_sleep(OURO_MS(1));
    return rc;
}

/* --- which room ------------------------------------------------------------------------------- */

LOBBY_TEST(the_fullest_room_that_fits_is_filled_first, &small)
{
    struct ouro_place a, b, c, d;
    json_t *forest = json_pack("{s:s, s:i}", "map", "forest", "level", 3);
    ck_assert_int_eq(join(lobby, (struct ouro_join){.how = OURO_JOIN, .type = "test"}, "a", &a),
                     -ENOENT);
    ck_assert_int_eq(join(lobby,
                          (struct ouro_join){.how = OURO_CREATE, .type = "test", .options = forest},
                          "a", &a),
                     0);
    json_t *cave = json_pack("{s:s}", "map", "cave");
    ck_assert_int_eq(
        join(lobby, (struct ouro_join){.type = "test", .filter = cave, .options = cave}, "b", &b),
        0);
    ck_assert_str_ne(a.room, b.room);
    json_t *level = json_pack("{s:{s:i, s:i}}", "level", "min", 2, "max", 3);
    ck_assert_int_eq(join(lobby, (struct ouro_join){.type = "test", .filter = level}, "c", &c), 0);
    ck_assert_str_eq(a.room, c.room);
    ck_assert_int_eq(
        join(lobby, (struct ouro_join){.how = OURO_JOIN_ROOM, .room = a.room}, "d", &d),
        -OURO_ELIMIT);
    json_t *list = ouro_lobby_list(lobby, "test", NULL, 10);
    ck_assert_uint_eq(json_array_size(list), 1); /* the other one is full */
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "room")), b.room);
    ck_assert_ptr_null(ouro_lobby_list(lobby, "none", NULL, 10));
    json_t *wrong = json_pack("{s:[]}", "level");
    ck_assert_ptr_null(ouro_lobby_list(lobby, "test", wrong, 10));
    json_decref(wrong);
    json_decref(list);
    json_decref(level);
    json_decref(cave);
    json_decref(forest);
}

LOBBY_TEST(a_private_room_is_found_by_its_code_alone, &small)
{
    struct ouro_place a, b;
    ck_assert_int_eq(join(lobby, (struct ouro_join){.type = "test", .is_private = true}, "a", &a),
                     0);
    ck_assert_uint_eq(strlen(a.code), 6);
    ck_assert_int_eq(join(lobby, (struct ouro_join){.how = OURO_JOIN, .type = "test"}, "b", &b),
                     -ENOENT);
    for (char *c = a.code; *c; c++)
        *c = (char)(*c >= 'A' ? *c - 'A' + 'a' : *c);
    ck_assert_int_eq(
        join(lobby, (struct ouro_join){.how = OURO_JOIN_ROOM, .room = a.code}, "b", &b), 0);
    ck_assert_str_eq(a.room, b.room);
}

LOBBY_TEST(a_second_seat_of_a_user_replaces_the_first, &single)
{
    struct line *first = enter(lobby, "test", "a"), *second = enter(lobby, "test", "a");
    ck_assert_uint_eq(first->closed_with, OURO_CLOSE_REPLACED);
    ck_assert_uint_eq(second->closed_with, 0);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 1);
    struct ouro_place reserved[2];
    ck_assert_int_eq(join_as(lobby, "test", "b", &reserved[0]), 0);
    ck_assert_int_eq(join_as(lobby, "test", "b", &reserved[1]), 0);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 2);
    drop_line(second);
    free(first);
    free(second);
}

/* Counts who is there, as the body sees it. */
static int count_body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    size_t *most = ouro_room_ud(room);
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        *most = ouro_room_player_count(room) > *most ? ouro_room_player_count(room) : *most;
    return rc;
}

static size_t most_seen;
static const struct ouro_room_type pair = {.name = "test",
                                           .body = count_body,
                                           .seats_max = 2,
                                           .many = OURO_MANY_REPLACE,
                                           .ud = &most_seen};

LOBBY_TEST(ones_own_seat_is_not_in_the_way_where_it_is_full, &pair)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"), *again = line_new();
    struct ouro_join by_id = {.how = OURO_JOIN_ROOM,
                              .room = ouro_room_id(ouro_seat_room(a->connection.seat))};
    struct ouro_place place, other;
    ck_assert_int_eq(join(lobby, by_id, "c", &place), -OURO_ELIMIT);
    ck_assert_int_eq(join(lobby, by_id, "a", &place), 0);
    ck_assert_int_eq(join(lobby, by_id, "a", &place), 0);            /* instead of that one */
    ck_assert_int_eq(join(lobby, by_id, "b", &other), -OURO_ELIMIT); /* one at a time */
    ck_assert_uint_eq(a->closed_with, 0);                            /* until it is there */
    enter_place(lobby, &place, again);
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_REPLACED);
    ck_assert_uint_eq(b->closed_with, 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 2);
    ck_assert_uint_eq(most_seen, 2);
    ouro_connection_lost(&b->connection); /* and where its former one is only held */
    ck_assert_int_eq(join(lobby, by_id, "b", &other), 0);
    enter_place(lobby, &other, b);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 2);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).held, 0);
    drop_line(again);
    drop_line(b);
    free(a);
    free(b);
    free(again);
}

LOBBY_TEST(a_second_seat_of_a_user_is_refused, &strict)
{
    struct ouro_place place;
    struct line *first = enter(lobby, "test", "a");
    ck_assert_int_eq(join_as(lobby, "test", "a", &place), -EBUSY);
    ouro_seat_leave(first->connection.seat);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(join_as(lobby, "test", "a", &place), 0);
    free(first);
}

/* --- a storm ---------------------------------------------------------------------------------- */

LOBBY_TEST(who_comes_in_a_storm_waits_its_turn, NULL, .joins_per_second_max = 10,
           .joins_waiting_max = 20)
{
    static struct ouro_place places[31];
    char id[16];
    for (int i = 0; i < 31; i++) {
        snprintf(id, sizeof id, "u%d", i);
        int rc = join_as(lobby, "lobby", id, &places[i]);
        ck_assert_int_eq(rc, i < 10 ? 0 : i < 30 ? 1 : -OURO_ELIMIT);
        if (rc == 1)
            ck_assert_uint_eq(places[i].position, (size_t)i - 9);
    }
    ouro_sleep(OURO_SEC(1)); /* ten more may go, wherever they ask from */
    for (int i = 29; i >= 10; i--) {
        struct ouro_user user = user_of("late");
        struct ouro_join wanted = {.type = "lobby", .user = &user, .queued = places[i].token};
        ck_assert_int_eq(ouro_lobby_join(lobby, &wanted, &places[i]), i < 20 ? 0 : 1);
    }
    ck_assert_uint_eq(ouro_lobby_stats(lobby).waiting, 10);
    ouro_sleep(OURO_SEC(20)); /* nobody asks again */
    ck_assert_int_eq(join_as(lobby, "lobby", "x", &places[0]), 0);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).waiting, 0);
}

LOBBY_TEST(however_many_may_join_there_is_no_division_by_zero, NULL,
           .joins_per_second_max = UINT32_MAX)
{
    struct ouro_place place;
    ck_assert_int_eq(join_as(lobby, "lobby", "x", &place), 0);
}

/* --- chat ------------------------------------------------------------------------------------- */

static json_t *text_to_all(const char *text)
{
    return json_pack("{s:s, s:s}", "to", "global", "text", text);
}

LOBBY_TEST(what_is_said_is_heard_kept_and_limited, NULL, .chat = {.history_max = 3})
{
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b");
    for (int i = 0; i < 5; i++) {
        char text[32];
        snprintf(text, sizeof text, "text %d", i);
        ask_line(a, "chat.send", text_to_all(text));
        expect_in(b, text);
        expect_in(a, "\"response\"");
    }
    ask_line(a, "chat.send", text_to_all("too much"));
    expect_in(a, "too_fast");
    expect_heard(b, "");
    ask_line(b, "chat.history", json_pack("{s:s}", "to", "global"));
    const char *history = heard(b);
    ck_assert_ptr_null(strstr(history, "text 1"));
    ck_assert_ptr_nonnull(strstr(history, "text 2"));
    ck_assert_ptr_nonnull(strstr(history, "text 4"));
    ck_assert_int_eq(ouro_chat_mute(lobby, "a", OURO_SEC(60)), 0);
    ouro_sleep(OURO_SEC(10));
    ask_line(a, "chat.send", text_to_all("hm"));
    expect_in(a, "muted");
    ck_assert_int_eq(ouro_chat_announce(lobby, "news"), 0);
    ouro_sleep(OURO_MS(1));
    expect_in(a, "news");
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

/* However many they are: it is each one's first text. To a room they may write on. */
LOBBY_TEST(all_together_say_so_much_to_everybody, NULL, .chat = {.global_per_second_max = 3})
{
    struct line *lines[5];
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "u%d", i);
        lines[i] = enter(lobby, "lobby", id);
    }
    ouro_sleep(OURO_SEC(1));
    for (int i = 0; i < 5; i++) {
        heard(lines[i]);
        ask_line(lines[i], "chat.send", text_to_all("hello"));
        expect_in(lines[i], i < 3 ? "\"at_ms\"" : "too_fast");
    }
    ask_line(lines[4], "chat.send", json_pack("{s:s, s:s}", "to", "room", "text", "hello"));
    expect_in(lines[4], "\"at_ms\"");
    ouro_sleep(OURO_SEC(1));
    ask_line(lines[4], "chat.send", text_to_all("hello"));
    expect_in(lines[4], "\"at_ms\"");
    for (int i = 0; i < 5; i++) {
        drop_line(lines[i]);
        free(lines[i]);
    }
}

LOBBY_TEST(a_direct_text_reaches_one_and_not_who_blocks, NULL, .chat = {.directs_max = 1})
{
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b"),
                *c = enter(lobby, "lobby", "c");
    ask_line(a, "chat.send",
             json_pack("{s:s, s:s, s:s}", "to", "user", "user", "b", "text", "psst"));
    expect_in(b, "psst");
    expect_in(a, "psst");
    expect_heard(c, "");
    ask_line(b, "chat.history", json_pack("{s:s, s:s}", "to", "user", "user", "a"));
    expect_in(b, "psst");
    ask_line(b, "chat.block", json_pack("{s:s}", "user", "a"));
    ask_line(b, "chat.blocked", json_null());
    expect_in(b, "[\"a\"]");
    ask_line(a, "chat.send",
             json_pack("{s:s, s:s, s:s}", "to", "user", "user", "b", "text", "hey"));
    expect_in(a, "blocked");
    ask_line(a, "chat.send", text_to_all("all"));
    expect_in(c, "all");
    expect_heard(b, "");
    ask_line(a, "chat.send",
             json_pack("{s:s, s:s, s:s}", "to", "user", "user", "nobody", "text", "x"));
    expect_in(a, "not_found");
    drop_line(a);
    drop_line(b);
    drop_line(c);
    free(a);
    free(b);
    free(c);
}

/* Reading is no talking: who only looks keeps no texts alive. */
LOBBY_TEST(the_pair_that_was_silent_for_longest_is_forgotten, NULL, .chat = {.directs_max = 2})
{
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b"),
                *c = enter(lobby, "lobby", "c");
    const char *format = "{s:s, s:s, s:s}";
    ask_line(a, "chat.send", json_pack(format, "to", "user", "user", "b", "text", "first"));
    ask_line(a, "chat.send", json_pack(format, "to", "user", "user", "c", "text", "second"));
    ask_line(b, "chat.history", json_pack("{s:s, s:s}", "to", "user", "user", "a"));
    expect_in(b, "\"messages\":[{");
    ask_line(b, "chat.send", json_pack(format, "to", "user", "user", "c", "text", "third"));
    ask_line(b, "chat.history", json_pack("{s:s, s:s}", "to", "user", "user", "a"));
    expect_in(b, "\"messages\":[]");
    heard(c);
    ask_line(c, "chat.history", json_pack("{s:s, s:s}", "to", "user", "user", "a"));
    expect_in(c, "second");
    drop_line(a);
    drop_line(b);
    drop_line(c);
    free(a);
    free(b);
    free(c);
}

LOBBY_TEST(who_watches_is_told_of_comings_and_goings, NULL)
{
    struct line *a = enter(lobby, "lobby", "a");
    ask_line(a, "presence.watch", json_pack("{s:[s]}", "users", "b"));
    expect_in(a, "\"online\":false");
    struct line *b = enter(lobby, "lobby", "b");
    expect_in(a, "\"online\":true");
    ck_assert(ouro_lobby_online(lobby, "b"));
    ask_line(b, "presence.set", json_pack("{s:s}", "status", "busy"));
    expect_in(a, "\"status\":\"busy\"");
    drop_line(b);
    expect_in(a, "\"online\":false");
    ask_line(a, "presence.get", json_pack("{s:i}", "users", 5));
    expect_in(a, "bad_request");
    drop_line(a);
    free(a);
    free(b);
}
