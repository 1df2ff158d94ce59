/* SPDX-License-Identifier: MIT */
/* Odd and ill-meaning clients: what they do must stay theirs. */
#include "scene.h"

/* What is asked may be refused at once. */
static void ask(struct line *line, const char *name, json_t *data)
{
    ouro_seat_request(line->connection.seat, 1, name, data);
    ouro_sleep(OURO_MS(1));
}

static const char *asked(struct line *line, const char *name, json_t *data)
{
    heard(line);
    ask(line, name, data);
    return heard(line);
}

static void part(struct line *line)
{
    drop_line(line);
    free(line);
}

/* --- rooms ------------------------------------------------------------------------------------ */

/* "go" goes to another room of the type, "fail" fails; a late one takes a minute to end. */
static int body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    if (json_object_get(ouro_room_options(room), "wide"))
        ck_assert_int_eq(ouro_room_set_metadata(room, json_incref(ouro_room_options(room))), 0);
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        const char *name = input.kind == OURO_INPUT_MESSAGE ? input.payload->name : "";
        if (strcmp(name, "go") == 0)
            ck_assert_int_eq(
                ouro_room_travel(room, input.player, &(struct ouro_travel){.type = "test"}), 0);
        if (strcmp(name, "fail") == 0)
            return -EIO;
    }
    if (json_object_get(ouro_room_options(room), "late")) {
        struct ouro_scope shield;
        ouro_shield_open(&shield, OURO_FOREVER);
        ouro_sleep(OURO_SEC(60));
        ouro_scope_close(&shield);
    }
    return rc;
}

static const struct ouro_room_type strict = {
    .name = "test", .body = body, .seats_max = 2, .many = OURO_MANY_REFUSE};
static const struct ouro_room_type replacing = {
    .name = "test", .body = body, .seats_max = 2, .many = OURO_MANY_REPLACE};
static const struct ouro_room_type unheld = {
    .name = "test", .body = body, .seats_max = 2, .hold_ns = -1};

static void travel_within_the_type(struct ouro_lobby *lobby)
{
    struct line *before = enter(lobby, "test", "a"), *after = line_new();
    char room[OURO_ROOM_ID_BYTES], token[OURO_TOKEN_BYTES] = "";
    memcpy(room, info_of(before).room, sizeof room);
    ck_assert_int_eq(ouro_seat_message(before->connection.seat, "go", json_null()), 0);
    ouro_sleep(OURO_MS(1));
    const char *found = strstr(heard(before), "\"token\":\"");
    ck_assert_ptr_nonnull(found);
    memcpy(token, found + strlen("\"token\":\""), sizeof token - 1);
    ck_assert_int_eq(ouro_seat_take(lobby, token, &after->connection), 0);
    ck_assert_str_ne(info_of(after).room, room);
    ck_assert_uint_eq(before->closed_with, OURO_CLOSE_CONSENTED);
    part(before);
    part(after);
}

LOBBY_TEST(who_travels_to_a_room_of_the_same_type_comes_to_another_one, &strict)
{
    travel_within_the_type(lobby);
}

LOBBY_TEST(who_travels_has_gone_and_was_not_replaced, &replacing)
{
    travel_within_the_type(lobby);
}

static struct line *enter_late(struct ouro_lobby *lobby)
{
    struct ouro_user user = user_of("late");
    json_t *options = json_pack("{s:b}", "late", 1);
    struct ouro_join join = {.how = OURO_CREATE, .type = "test", .user = &user, .options = options};
    struct ouro_place place;
    struct line *line = line_new();
    ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), 0);
    json_decref(options);
    enter_place(lobby, &place, line);
    return line;
}

LOBBY_TEST(a_room_that_takes_long_to_end_holds_up_no_other, &unheld)
{
    struct line *late = enter_late(lobby);
    ouro_seat_leave(late->connection.seat);
    ouro_sleep(OURO_SEC(6)); /* it is empty, and being ended */
    struct line *other = enter(lobby, "test", "b");
    ck_assert_int_eq(ouro_seat_message(other->connection.seat, "fail", json_null()), 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(other->closed_with, OURO_CLOSE_FAILED);
    part(late);
    part(other);
}

/* --- who breaks while it is told ---------------------------------------------------------------
 */

LOBBY_TEST(a_watcher_may_break_over_what_it_is_told, &unheld)
{
    struct line *watched = enter(lobby, "lobby", "a"), *watcher = enter(lobby, "test", "w");
    ask(watcher, "presence.watch", json_pack("{s:[s, s]}", "users", "a", "a"));
    ouro_seat_request(watched->connection.seat, 1, "presence.set",
                      json_pack("{s:s}", "status", "busy"));
    watcher->full = true;
    for (int i = 0; i < 15; i++) /* with one more they leave, and can't */
        ck_assert_int_eq(ouro_seat_push_event(watcher->connection.seat, "x.y", json_null()), 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(watcher->closed_with, OURO_CLOSE_TOO_SLOW);
    ck_assert_ptr_null(watcher->connection.seat);
    ck_assert_ptr_nonnull(strstr(asked(watched, "presence.get", json_pack("{s:[s]}", "users", "w")),
                                 "\"online\":false"));
    part(watched);
    part(watcher);
}

LOBBY_TEST(who_can_not_take_a_refusal_is_too_slow, &unheld)
{
    struct line *line = enter(lobby, "test", "a");
    line->full = true;
    ask(line, "", json_null());
    ck_assert_uint_eq(line->closed_with, OURO_CLOSE_TOO_SLOW);
    part(line);
}

/* --- answers that are long ---------------------------------------------------------------------
 */

LOBBY_TEST(a_list_of_rooms_that_say_much_is_as_long_as_a_message, &unheld)
{
    char text[2001], room[OURO_ROOM_ID_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    json_t *wide = json_pack("{s:s}", "wide", text);
    struct line *line = enter(lobby, "lobby", "a");
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(ouro_lobby_make_room(lobby, "test", wide, false, room), 0);
    ouro_sleep(OURO_MS(1));
    const char *list =
        asked(line, "rooms.list", json_pack("{s:s, s:i}", "type", "test", "limit", 100));
    ck_assert_ptr_nonnull(strstr(list, "\"rooms\":[{"));
    ck_assert_uint_gt(strlen(list), 50000);
    json_decref(wide);
    part(line);
}

LOBBY_TEST(a_status_is_a_line, NULL)
{
    struct line *line = enter(lobby, "lobby", "a");
    ck_assert_ptr_nonnull(
        strstr(asked(line, "presence.set", json_pack("{s:s}", "status", "\1")), "bad_request"));
    ck_assert_ptr_nonnull(
        strstr(asked(line, "presence.set", json_pack("{s:s}", "status", "")), "\"data\":{}"));
    part(line);
}

/* --- the queue -------------------------------------------------------------------------------- */

static int ask_again(struct ouro_lobby *lobby, struct ouro_place *place)
{
    struct ouro_user user = user_of("late");
    struct ouro_join join = {.type = "lobby", .user = &user, .queued = place->token};
    return ouro_lobby_join(lobby, &join, place);
}

LOBBY_TEST(who_is_first_and_does_not_ask_holds_nobody_up, NULL, .joins_per_second_max = 10)
{
    static struct ouro_place places[30];
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(join_as(lobby, "lobby", "a", &places[i]), i >= 10);
    ouro_sleep(OURO_SEC(1));
    for (int i = 11; i < 20; i++) /* the first in the queue, 10, has gone away */
        ck_assert_int_eq(ask_again(lobby, &places[i]), 0);
    ouro_sleep(OURO_SEC(1));
    for (int i = 20; i < 29; i++)
        ck_assert_int_eq(ask_again(lobby, &places[i]), 0);
    ck_assert_int_eq(ask_again(lobby, &places[29]), 1);
    ck_assert_uint_eq(places[29].position, 2);
}

/* --- chat ------------------------------------------------------------------------------------- */

/* Codes that are guessed take no share of those who join. */
LOBBY_TEST(who_asks_for_no_room_holds_nobody_up, NULL, .joins_per_second_max = 1, .joins_burst = 1)
{
    struct ouro_user user = user_of("guesser");
    struct ouro_join guess = {.how = OURO_JOIN_ROOM, .room = "ABCDEF", .user = &user};
    struct ouro_place place;
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(ouro_lobby_join(lobby, &guess, &place), -ENOENT);
    ck_assert_int_eq(join_as(lobby, "lobby", "u", &place), 0);
}

LOBBY_TEST(texts_that_grow_when_they_are_written_do_not_hide_the_history, NULL,
           .chat = {.burst = 40, .per_minute_max = 40, .global_per_second_max = 40})
{
    struct line *a = enter(lobby, "lobby", "a");
    char text[501];
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 40; i++) {
        heard(a);
        ask(a, "chat.send", json_pack("{s:s, s:s}", "to", "global", "text", text));
    }
    const char *history = asked(a, "chat.history", json_pack("{s:s}", "to", "global"));
    ck_assert_ptr_nonnull(strstr(history, "\"messages\":[{\"id\":"));
    ck_assert_ptr_nonnull(strstr(history, "\"id\":40"));
    part(a);
}

LOBBY_TEST(who_leaves_and_comes_again_may_not_write_more, NULL, .chat = {.burst = 1})
{
    struct line *line = enter(lobby, "lobby", "a");
    ask(line, "chat.send", json_pack("{s:s, s:s}", "to", "global", "text", "one"));
    ouro_seat_leave(line->connection.seat);
    part(line);
    ouro_sleep(OURO_MS(1));
    line = enter(lobby, "lobby", "a");
    ck_assert_ptr_nonnull(
        strstr(asked(line, "chat.send", json_pack("{s:s, s:s}", "to", "global", "text", "two")),
               "too_fast"));
    part(line);
}
