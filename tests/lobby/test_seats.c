/* SPDX-License-Identifier: MIT */
/* Seats: reserved, taken, dropped, returned to; tokens and events on the way. */
#include "scene.h"

/* --- a room that notes what it is told, and does as it is told ----------------------------------
 */

static char notes[4096];

static void note(const char *what, const struct ouro_input *input)
{
    size_t len = strlen(notes);
    snprintf(notes + len, sizeof notes - len, "%s%s%u", len ? " " : "", what, input->player->id);
}

static void expect_notes(const char *text)
{
    ouro_sleep(OURO_MS(1));
    ck_assert_str_eq(notes, text);
    notes[0] = '\0';
}

static int on_message(struct ouro_room *room, const struct ouro_input *input)
{
    const char *name = input->payload->name;
    json_t *data = input->payload->data;
    if (strcmp(name, "event") == 0)
        return ouro_room_event_all(room, NULL, "e", json_incref(data));
    if (strcmp(name, "mine") == 0)
        return ouro_room_event(room, input->player, "m", json_incref(data));
    if (strcmp(name, "others") == 0)
        return ouro_room_event_all(room, (struct ouro_player *[]){input->player, NULL}, "o",
                                   json_incref(data));
    if (strcmp(name, "kick") == 0)
        ouro_room_kick(room, input->player, 4000, "out");
    if (strcmp(name, "lock") == 0)
        ouro_room_lock(room, json_is_true(data));
    if (strcmp(name, "travel") == 0)
        ck_assert_int_eq(
            ouro_room_travel(room, input->player, &(struct ouro_travel){.type = "lobby"}), 0);
    return strcmp(name, "fail") == 0 ? -EIO : 0;
}

static int noting_body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_ENTER)
            note("+", &input);
        else if (input.kind == OURO_INPUT_LEAVE)
            note("-", &input);
        else if (input.kind == OURO_INPUT_DROP)
            note("?", &input);
        else if (input.kind == OURO_INPUT_RETURN)
            note("!", &input);
        else if (input.kind == OURO_INPUT_BYTES)
            note("b", &input);
        else if (input.kind == OURO_INPUT_MESSAGE && (rc = on_message(room, &input)) < 0)
            return rc;
        else if (input.kind == OURO_INPUT_REQUEST && strcmp(input.payload->name, "late") != 0)
            ouro_room_answer(room, input.payload->request, json_incref(input.payload->data));
    }
    return rc;
}

static const struct ouro_room_type type = {
    .name = "test", .body = noting_body, .seats_max = 2, .events_max = 4};

static void say(struct line *line, const char *name, json_t *data)
{
    ck_assert_int_eq(ouro_seat_message(line->connection.seat, name, data), 0);
    ouro_sleep(OURO_MS(1));
}

/* --- tokens ----------------------------------------------------------------------------------- */

LOBBY_TEST(a_token_is_good_once, &type)
{
    struct ouro_place place;
    struct line *first = line_new(), *second = line_new();
    ck_assert_int_eq(join_as(lobby, "test", "a", &place), 0);
    ck_assert_uint_eq(strlen(place.token), OURO_TOKEN_BYTES - 1);
    enter_place(lobby, &place, first);
    ck_assert_int_eq(ouro_seat_take(lobby, place.token, &second->connection), -OURO_ECLOSED);
    ck_assert_ptr_null(second->connection.seat);
    expect_notes("+1");
    free(second);
    drop_line(first);
    free(first);
}

LOBBY_TEST(a_token_that_is_nearly_right_is_wrong, &type)
{
    struct ouro_place place;
    struct line *line = line_new();
    ck_assert_int_eq(join_as(lobby, "test", "a", &place), 0);
    for (size_t i = 0; i < OURO_TOKEN_BYTES - 1; i++) {
        char token[OURO_TOKEN_BYTES];
        memcpy(token, place.token, sizeof token);
        token[i] = token[i] == 'A' ? 'B' : 'A';
        ck_assert_int_eq(ouro_seat_take(lobby, token, &line->connection), -OURO_ECLOSED);
    }
    ck_assert_int_eq(ouro_seat_take(lobby, "", &line->connection), -OURO_ECLOSED);
    enter_place(lobby, &place, line);
    drop_line(line);
    free(line);
}

LOBBY_TEST(a_reservation_expires_and_gives_its_place_back_once, &type)
{
    struct ouro_place places[3];
    ck_assert_int_eq(join_as(lobby, "test", "a", &places[0]), 0);
    ck_assert_int_eq(join_as(lobby, "test", "b", &places[1]), 0);
    ck_assert_str_eq(places[0].room, places[1].room);
    ck_assert_int_eq(join_as(lobby, "test", "c", &places[2]), 0); /* another room */
    ck_assert_str_ne(places[0].room, places[2].room);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 3);
    ouro_sleep(OURO_SEC(15) + 1);
    struct ouro_lobby_stats stats = ouro_lobby_stats(lobby);
    ck_assert_uint_eq(stats.seats, 0);
    ck_assert_uint_eq(stats.reserved, 0);
    ck_assert_uint_eq(stats.expired, 3);
    struct line *line = line_new();
    ck_assert_int_eq(ouro_seat_take(lobby, places[0].token, &line->connection), -OURO_ECLOSED);
    free(line);
    ouro_sleep(OURO_SEC(6));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0); /* they were empty for too long */
}

/* --- dropping and returning ------------------------------------------------------------------- */

LOBBY_TEST(who_comes_back_gets_what_it_missed_once_and_in_order, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"), *again = line_new();
    say(b, "event", json_integer(1));
    say(b, "mine", json_integer(2));
    expect_heard(a, "{\"type\":\"event\",\"n\":1,\"name\":\"e\",\"data\":1}\n");
    struct ouro_seat_info info = info_of(a);
    drop_line(a);
    say(b, "event", json_integer(3));
    say(b, "others", json_integer(4));
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 1, &again->connection), 0);
    ck_assert_uint_eq(info_of(again).events, 1);
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_heard(again, "{\"type\":\"event\",\"n\":3,\"name\":\"e\",\"data\":3}\n"
                        "{\"type\":\"event\",\"n\":4,\"name\":\"o\",\"data\":4}\n");
    expect_heard(b, "{\"type\":\"event\",\"n\":1,\"name\":\"e\",\"data\":1}\n"
                    "{\"type\":\"event\",\"n\":2,\"name\":\"m\",\"data\":2}\n"
                    "{\"type\":\"event\",\"n\":3,\"name\":\"e\",\"data\":3}\n");
    expect_notes("+1 +2 ?1 !1");
    drop_line(again);
    drop_line(b);
    free(a);
    free(b);
    free(again);
}

LOBBY_TEST(a_token_rotates_and_the_former_is_good_until_the_client_speaks, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = line_new(), *c = line_new();
    struct ouro_seat_info first = info_of(a);
    drop_line(a);
    ck_assert_int_eq(ouro_seat_return(lobby, first.reconnect, 0, &b->connection), 0);
    struct ouro_seat_info second = info_of(b);
    ck_assert_str_ne(first.reconnect, second.reconnect);
    drop_line(b); /* the welcome was lost */
    ck_assert_int_eq(ouro_seat_return(lobby, first.reconnect, 0, &c->connection), 0);
    ouro_seat_begin(c->connection.seat);
    ck_assert_int_eq(ouro_seat_seen(c->connection.seat, 0), 0);
    struct ouro_seat_info third = info_of(c);
    drop_line(c);
    ck_assert_int_eq(ouro_seat_return(lobby, first.reconnect, 0, &a->connection), -OURO_ECLOSED);
    ck_assert_int_eq(ouro_seat_return(lobby, second.reconnect, 0, &a->connection), -OURO_ECLOSED);
    ck_assert_int_eq(ouro_seat_return(lobby, third.reconnect, 0, &a->connection), 0);
    drop_line(a);
    free(a);
    free(b);
    free(c);
}

LOBBY_TEST(a_former_connection_that_ends_late_frees_nothing, &type)
{
    struct line *old = enter(lobby, "test", "a"), *new = line_new();
    struct ouro_seat_info info = info_of(old);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &new->connection), 0);
    ck_assert_uint_eq(old->closed_with, OURO_CLOSE_REPLACED);
    ck_assert_ptr_null(old->connection.seat);
    ouro_connection_lost(&old->connection); /* its close arrives */
    expect_notes("+1 !1");
    ck_assert_ptr_nonnull(new->connection.seat);
    ouro_sleep(OURO_SEC(60));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 1);
    drop_line(new);
    free(old);
    free(new);
}

LOBBY_TEST(a_seat_is_held_for_so_long_and_no_longer, &type)
{
    struct line *a = enter(lobby, "test", "a");
    struct ouro_seat_info info = info_of(a);
    drop_line(a);
    ouro_sleep(OURO_SEC(19));
    expect_notes("+1 ?1");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).held, 1);
    ouro_sleep(OURO_SEC(1));
    expect_notes("-1");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).held, 0);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &a->connection), -OURO_ECLOSED);
    free(a);
}

LOBBY_TEST(who_was_not_sent_an_event_that_is_lost_has_lost_its_seat, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b");
    drop_line(a);
    for (int i = 0; i < 4; i++)
        say(b, "event", json_integer(i));
    expect_notes("+1 +2 ?1");
    say(b, "event", json_integer(4)); /* the ring has four places */
    expect_notes("-1");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).lost, 1);
    drop_line(b);
    free(a);
    free(b);
}

/* Not even one that comes back after they are gone. */
LOBBY_TEST(who_was_left_out_of_what_is_lost_has_missed_nothing, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"), *again = line_new();
    struct ouro_seat_info info = info_of(a);
    for (int i = 0; i < 5; i++)
        say(a, "others", json_integer(i));
    drop_line(a);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &again->connection), 0);
    drop_line(again);
    info = info_of(b); /* but to the other they are lost */
    drop_line(b);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &b->connection), -OURO_ECLOSED);
    notes[0] = '\0';
    free(a);
    free(b);
    free(again);
}

LOBBY_TEST(what_all_have_seen_makes_room_for_more, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"), *again = line_new();
    for (int i = 0; i < 100; i++) {
        say(a, "event", json_integer(i));
        ouro_seat_seen(a->connection.seat, (uint64_t)i + 1);
        ouro_seat_seen(b->connection.seat, (uint64_t)i + 1);
    }
    ck_assert_int_eq(ouro_seat_seen(a->connection.seat, 101), -EINVAL);
    struct ouro_seat_info info = info_of(a);
    drop_line(a);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 100, &again->connection), 0);
    drop_line(again);
    drop_line(b);
    free(a);
    free(b);
    free(again);
}

/* What it had seen was dropped for that, so who has lost it can't be whole again. */
LOBBY_TEST(who_takes_back_what_it_has_seen_has_lost_its_seat, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"), *again = line_new();
    for (int i = 0; i < 3; i++)
        say(a, "event", json_integer(i));
    ck_assert_int_eq(ouro_seat_seen(a->connection.seat, 3), 0);
    struct ouro_seat_info info = info_of(a);
    drop_line(a);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 2, &again->connection), 0);
    info = info_of(again); /* b still needs them: they are there */
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_in(again, "\"n\":3");
    drop_line(again);
    ck_assert_int_eq(ouro_seat_seen(b->connection.seat, 3), 0);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 2, &again->connection), -OURO_ECLOSED);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).lost, 1);
    drop_line(b);
    free(a);
    free(b);
    free(again);
}

LOBBY_TEST(who_is_too_slow_for_an_event_goes_and_comes_back_for_it, &type)
{
    struct line *a = enter(lobby, "test", "a"), *again = line_new();
    struct ouro_seat_info info = info_of(a);
    a->full = true;
    say(a, "event", json_integer(1));
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_TOO_SLOW);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).too_slow, 1);
    expect_notes("+1 ?1");
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &again->connection), 0);
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_heard(again, "{\"type\":\"event\",\"n\":1,\"name\":\"e\",\"data\":1}\n");
    drop_line(again);
    free(a);
    free(again);
}

/* For want of memory, it is the same. */
LOBBY_TEST(an_event_that_could_not_be_sent_is_not_forgotten, &type)
{
    struct line *a = enter(lobby, "test", "a"), *again = line_new();
    struct ouro_seat_info info = info_of(a);
    a->no_memory = true;
    say(a, "event", json_integer(1));
    a->no_memory = false;
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_TOO_SLOW);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &again->connection), 0);
    ouro_seat_begin(again->connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_heard(again, "{\"type\":\"event\",\"n\":1,\"name\":\"e\",\"data\":1}\n");
    notes[0] = '\0';
    drop_line(again);
    free(a);
    free(again);
}

/* --- leaving, failing, travelling ------------------------------------------------------------- */

LOBBY_TEST(who_leaves_is_gone_at_once, &type)
{
    struct line *a = enter(lobby, "test", "a");
    struct ouro_seat_info info = info_of(a);
    ouro_seat_leave(a->connection.seat);
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_CONSENTED);
    expect_notes("+1 -1");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 0);
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &a->connection), -OURO_ECLOSED);
    free(a);
}

LOBBY_TEST(a_room_that_fails_tells_its_players_and_no_other, &type)
{
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "test", "b"),
                *c = enter(lobby, "test", "c");
    say(a, "fail", json_null());
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_FAILED);
    ck_assert_uint_eq(b->closed_with, OURO_CLOSE_FAILED);
    ck_assert_uint_eq(c->closed_with, 0);
    struct ouro_lobby_stats stats = ouro_lobby_stats(lobby);
    ck_assert_uint_eq(stats.rooms_failed, 1);
    ck_assert_uint_eq(stats.rooms, 1);
    ck_assert_uint_eq(stats.seats, 1);
    drop_line(c);
    free(a);
    free(b);
    free(c);
    notes[0] = '\0';
}

LOBBY_TEST(who_is_kicked_has_no_seat, &type)
{
    struct line *a = enter(lobby, "test", "a");
    say(a, "kick", json_null());
    ck_assert_uint_eq(a->closed_with, 4000);
    expect_notes("+1 -1");
    free(a);
}

/* The token of a travel message. */
static void token_of(struct line *line, char token[OURO_TOKEN_BYTES])
{
    json_error_t error;
    json_t *json = json_loads(heard(line), JSON_DISABLE_EOF_CHECK, &error);
    ck_assert_str_eq(json_string_value(json_object_get(json, "type")), "travel");
    snprintf(token, OURO_TOKEN_BYTES, "%s", json_string_value(json_object_get(json, "token")));
    json_decref(json);
}

LOBBY_TEST(who_travels_leaves_when_it_has_arrived, &type)
{
    char token[OURO_TOKEN_BYTES];
    struct line *a = enter(lobby, "test", "a"), *there = line_new();
    say(a, "travel", json_null());
    token_of(a, token);
    ck_assert_uint_eq(a->closed_with, 0);
    ck_assert_int_eq(ouro_seat_take(lobby, token, &there->connection), 0);
    ck_assert_str_eq(info_of(there).type, "lobby");
    ck_assert_str_eq(info_of(there).user->id, "a");
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_CONSENTED);
    expect_notes("+1 -1");
    drop_line(there);
    free(a);
    free(there);
}

static json_int_t expires_ms_of(struct line *line)
{
    json_error_t error;
    json_t *json = json_loads(heard(line), JSON_DISABLE_EOF_CHECK, &error);
    json_t *expires = json_object_get(json, "expires_ms");
    ck_assert(json_is_integer(expires));
    json_int_t ms = json_integer_value(expires);
    json_decref(json);
    return ms;
}

static json_int_t expires_ms_when_back(struct ouro_lobby *lobby, struct line *line)
{
    struct ouro_seat_info info = info_of(line);
    drop_line(line);
    ouro_sleep(OURO_SEC(9));
    ck_assert_int_eq(ouro_seat_return(lobby, info.reconnect, 0, &line->connection), 0);
    ouro_seat_begin(line->connection.seat);
    ouro_sleep(OURO_MS(1));
    return expires_ms_of(line);
}

LOBBY_TEST(who_hears_later_of_its_way_hears_how_long_it_is_open_then, &type)
{
    struct line *a = enter(lobby, "test", "a");
    say(a, "travel", json_null());
    ck_assert_int_eq(expires_ms_of(a), 15000);
    json_int_t left = expires_ms_when_back(lobby, a);
    ck_assert(left > 5900 && left < 6000);
    ck_assert_int_eq(expires_ms_when_back(lobby, a), 0);
    notes[0] = '\0';
    drop_line(a);
    free(a);
}

/* --- requests and inputs ---------------------------------------------------------------------- */

LOBBY_TEST(a_request_is_answered_once_in_time_or_refused, &type)
{
    struct line *a = enter(lobby, "test", "a");
    ck_assert_int_eq(ouro_seat_request(a->connection.seat, 7, "same", json_integer(5)), 0);
    ck_assert_int_eq(ouro_seat_request(a->connection.seat, 8, "late", json_integer(5)), 0);
    ouro_sleep(OURO_MS(1));
    expect_heard(a, "{\"type\":\"response\",\"id\":7,\"data\":5}\n");
    ouro_sleep(OURO_SEC(10));
    expect_heard(a, "{\"type\":\"response\",\"id\":8,\"error\":{\"code\":\"timeout\",\"text\":"
                    "\"there was no answer in time\"}}\n");
    for (uint32_t i = 0; i < OURO_REQUESTS_MAX; i++)
        ck_assert_int_eq(ouro_seat_request(a->connection.seat, i, "late", json_null()), 0);
    ck_assert_int_eq(ouro_seat_request(a->connection.seat, 99, "late", json_null()), -OURO_ELIMIT);
    ouro_sleep(OURO_MS(1));
    ck_assert_ptr_nonnull(strstr(heard(a), "too_many"));
    ck_assert_int_eq(ouro_seat_message(a->connection.seat, "with.dot", json_null()), -EINVAL);
    drop_line(a);
    free(a);
}

LOBBY_TEST(a_player_may_have_so_many_inputs_waiting, &type)
{
    struct line *a = enter(lobby, "test", "a");
    expect_notes("+1");
    for (uint32_t i = 0; i < 64; i++)
        ck_assert_int_eq(ouro_seat_input(a->connection.seat, i, 0, "x", 1), 0);
    ck_assert_int_eq(ouro_seat_input(a->connection.seat, 64, 0, "x", 1), -OURO_ELIMIT);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).inputs_lost, 1);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(ouro_seat_input(a->connection.seat, 65, 0, "x", 1), 0);
    drop_line(a);
    free(a);
    notes[0] = '\0';
}

static int stop_in_the_middle(void *unused)
{
    struct ouro_lobby *lobby;
    struct ouro_place place;
    (void)unused;
    ck_assert_int_eq(ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby), 0);
    ck_assert_int_eq(ouro_lobby_add_type(lobby, &type), 0);
    ck_assert_int_eq(ouro_lobby_add_type(lobby, &type), -EEXIST);
    struct line *a = enter(lobby, "test", "a"), *b = enter(lobby, "lobby", "b");
    struct line *held = enter(lobby, "test", "c");
    drop_line(held);
    ck_assert_int_eq(join_as(lobby, "test", "d", &place), 0); /* and never taken */
    ouro_lobby_stop(lobby);
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_GOING_DOWN);
    ck_assert_uint_eq(b->closed_with, OURO_CLOSE_GOING_DOWN);
    ck_assert_ptr_null(a->connection.seat);
    free(a);
    free(b);
    free(held);
    return 0;
}

TEST(stopping_a_lobby_tells_everybody)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, stop_in_the_middle, NULL), 0);
}
