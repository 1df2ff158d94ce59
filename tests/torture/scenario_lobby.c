/* SPDX-License-Identifier: MIT */
/* lobby: rooms that are made, joined, lost, returned to and left, with whatever fails on the way.
 */
#include "torture.h"

#include <ouro/lobby.h>

#include <jansson.h>

struct line {
    struct ouro_connection connection;
    uint16_t closed_with;
};

static struct line *line_of(struct ouro_connection *connection)
{
    return ouro_container(connection, struct line, connection);
}

static int line_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                     size_t count)
{
    expect(connection && (count == 0 || frames[0]));
    return 0;
}

static size_t line_backlog(const struct ouro_connection *connection)
{
    expect(connection);
    return 0;
}

static void line_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    expect(reason);
    line_of(connection)->closed_with = code;
}

static const struct ouro_connection_ops line_ops = {
    .send = line_send, .backlog_bytes = line_backlog, .close = line_close};

/* --- a room that calls everything ------------------------------------------------------------- */

static void use_room_settings(struct ouro_room *room)
{
    expect(ouro_room_lobby(room) && ouro_room_data(room) && *ouro_room_id(room));
    expect(ouro_room_ud(room) == NULL && ouro_room_rng(room));
    (void)ouro_room_options(room), (void)ouro_room_seed(room);
    went(ouro_room_set_metadata(room, json_pack("{s:i}", "level", 3)), -ENOMEM);
    ouro_room_set_private(room, true);
    expect(strlen(ouro_room_code(room)) == OURO_ROOM_CODE_BYTES - 1);
    ouro_room_set_private(room, false);
    ouro_room_set_seats(room, 4);
    ouro_room_set_ends_empty(room, true);
    ouro_room_lock(room, false);
    struct ouro_match_ticket places = {.places = {1}, .players_max = 2};
    went(ouro_room_backfill(room, &places), -ENOMEM, -EINVAL);
}

static void tell(struct ouro_room *room, struct ouro_player *player)
{
    struct ouro_player *except[] = {player, NULL};
    expect(ouro_player_user(player) && ouro_player_data(player) && !ouro_player_away(player));
    expect(ouro_seat_room(ouro_player_seat(player)) == room);
    went(ouro_room_send(room, player, "m", json_string("x")), -ENOMEM, -OURO_ECLOSED);
    went(ouro_room_send_all(room, except, "m", json_string("x")), -ENOMEM);
    went(ouro_room_send_some(room, except, 1, "m", json_string("x")), -ENOMEM);
    went(ouro_room_event(room, player, "e", json_string("x")), -ENOMEM);
    went(ouro_room_event_all(room, except, "e", json_string("x")), -ENOMEM);
}

static void answer(struct ouro_room *room, const struct ouro_input *input)
{
    uint64_t request = input->payload->request;
    if (strcmp(input->payload->name, "travel") == 0) {
        struct ouro_travel travel = {.type = "lobby"};
        went(ouro_room_travel(room, input->player, &travel), -ENOMEM);
        ouro_room_refuse(room, request, "code", "text");
    } else {
        went(ouro_room_answer(room, request, json_integer(1)), -ENOMEM);
    }
}

static int body(struct ouro_room *room, void *data)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc;
    (void)data;
    use_room_settings(room);
    ouro_ticker_start(&ticker, "torture", OURO_SEC(1));
    while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            continue;
        if (input.kind == OURO_INPUT_ENTER)
            tell(room, input.player);
        else if (input.kind == OURO_INPUT_REQUEST)
            answer(room, &input);
        else if (input.kind == OURO_INPUT_MESSAGE)
            ouro_room_kick(room, input.player, 4000, "away");
    }
    return rc;
}

/* --- services --------------------------------------------------------------------------------- */

static void serve(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name, json_t *data,
                  uint64_t request, void *ud)
{
    expect(name && ud == NULL);
    (void)data;
    expect(ouro_lobby_seat(lobby, ouro_seat_id(seat)) == seat && *ouro_seat_user(seat)->id);
    went(ouro_seat_push(seat, "s.m", json_null()), -ENOMEM);
    went(ouro_seat_push_event(seat, "s.e", json_null()), -ENOMEM);
    if (strcmp(name, "s.no") == 0)
        ouro_lobby_refuse(lobby, request, "no", "no");
    else
        went(ouro_lobby_answer(lobby, request, json_null()), -ENOMEM);
}

static struct ouro_service service = {.prefix = "s.", .handle = serve};

/* --- a client --------------------------------------------------------------------------------- */

static bool join(struct ouro_lobby *lobby, const char *type, const char *id,
                 struct ouro_place *ret_place)
{
    struct ouro_user user = {.name = "Ada"};
    snprintf(user.id, sizeof user.id, "%s", id);
    struct ouro_join wanted = {.type = type, .user = &user};
    return went(ouro_lobby_join(lobby, &wanted, ret_place), -ENOMEM);
}

static void ask(struct line *line, const char *name, json_t *data)
{
    struct ouro_seat *seat = line->connection.seat;
    if (seat)
        went(ouro_seat_request(seat, 1, name, data), -ENOMEM, -EINVAL, -OURO_ELIMIT);
    else
        json_decref(data);
    ouro_sleep(OURO_MS(1));
}

static void talk(struct line *line)
{
    ask(line, "add", json_integer(1));
    ask(line, "travel", json_null());
    ask(line, "s.yes", json_null());
    ask(line, "s.no", json_null());
    ask(line, "rooms.list", json_pack("{s:s}", "type", "test"));
    ask(line, "chat.send", json_pack("{s:s, s:s}", "to", "global", "text", "hi"));
    ask(line, "chat.send", json_pack("{s:s, s:s, s:s}", "to", "user", "user", "ada", "text", "x"));
    ask(line, "chat.history", json_pack("{s:s}", "to", "global"));
    ask(line, "chat.block", json_pack("{s:s}", "user", "eve"));
    ask(line, "chat.blocked", json_null());
    ask(line, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask(line, "match.ticket", json_pack("{s:s}", "type", "test"));
    ask(line, "match.cancel", json_pack("{s:s}", "ticket", "3"));
    ask(line, "presence.watch", json_pack("{s:[s]}", "users", "ada"));
    ask(line, "presence.set", json_pack("{s:s}", "status", "here"));
}

static void enter(struct ouro_lobby *lobby, const char *token, struct line *line)
{
    if (ouro_seat_take(lobby, token, &line->connection) < 0)
        return;
    json_t *welcome = json_object();
    if (welcome)
        went(ouro_seat_welcome(line->connection.seat, NULL, welcome), -ENOMEM);
    json_decref(welcome);
    ouro_seat_begin(line->connection.seat);
    ouro_sleep(OURO_MS(1));
}

/* Whether it is still there depends on what has failed: a hold needs a timer. */
static void come_back(struct ouro_lobby *lobby, struct line *line)
{
    struct ouro_seat_info info;
    if (!line->connection.seat)
        return;
    ouro_seat_info(line->connection.seat, &info);
    ouro_connection_lost(&line->connection);
    ouro_sleep(OURO_MS(1));
    if (went(ouro_seat_return(lobby, info.reconnect, info.events, &line->connection),
             -OURO_ECLOSED))
        ouro_seat_begin(line->connection.seat);
    ouro_sleep(OURO_MS(1));
}

static void say_the_rest(struct line *line)
{
    struct ouro_seat *seat = line->connection.seat;
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "x", 1);
    if (seat && frame)
        expect(ouro_seat_send(seat, frame) == 0);
    ouro_frame_unref(frame);
    if (!seat)
        return;
    ouro_seat_view(seat, 1, 1);
    ouro_seat_rate(seat, 1);
    expect(ouro_seat_seen(seat, 0) == 0);
    went(ouro_seat_input(seat, 1, 1, "x", 1), -OURO_ELIMIT);
    went(ouro_seat_message(seat, "kick", json_null()), -ENOMEM, -OURO_ELIMIT);
    ouro_sleep(OURO_MS(1));
}

/* A party that is matched, and one that waits for a third until one of them leaves. */
static void gather(struct line *line, struct line *other)
{
    for (int size = 2; size <= 3; size++) {
        const char *name = size == 2 ? "two" : "three", *format = "{s:s, s:{s:s, s:i}}";
        ask(line, "match.ticket",
            json_pack(format, "type", "test", "party", "name", name, "size", size));
        ask(other, "match.ticket",
            json_pack(format, "type", "test", "party", "name", name, "size", size));
    }
    ouro_sleep(OURO_SEC(1));
}

static void use_lobby(struct ouro_lobby *lobby)
{
    struct line line = {.connection.ops = &line_ops}, other = {.connection.ops = &line_ops};
    struct ouro_place place, there;
    char room[OURO_ROOM_ID_BYTES];
    if (join(lobby, "test", "ada", &place))
        enter(lobby, place.token, &line);
    talk(&line);
    come_back(lobby, &line);
    say_the_rest(&line);
    if (join(lobby, "lobby", "bob", &place))
        enter(lobby, place.token, &other);
    gather(&line, &other);
    if (other.connection.seat && join(lobby, "test", "bob", &there))
        went(ouro_seat_travel(other.connection.seat, &there), -ENOMEM);
    json_decref(ouro_lobby_list(lobby, "test", NULL, 5));
    went(ouro_lobby_make_room(lobby, "test", NULL, true, room), -ENOMEM);
    went(ouro_chat_announce(lobby, "news"), -ENOMEM);
    went(ouro_chat_mute(lobby, "eve", OURO_SEC(1)), -ENOMEM);
    expect(!ouro_lobby_online(lobby, "eve"));
    if (other.connection.seat)
        ouro_seat_leave(other.connection.seat);
    ouro_connection_lost(&line.connection);
    ouro_sleep(OURO_SEC(60));
    struct ouro_lobby_stats stats = ouro_lobby_stats(lobby);
    expect(stats.seats == 0 && stats.held == 0 && stats.reserved == 0);
}

static int with_lobby(void *arg)
{
    static const struct ouro_room_type type = {.name = "test", .body = body, .seats_max = 4};
    struct ouro_lobby *lobby;
    char name[OURO_USER_NAME_BYTES];
    (void)arg;
    expect(ouro_user_id_valid("ada") && ouro_user_name_clean("Ada", 3, name) == 0);
    if (!went(ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby), -ENOMEM))
        return 0;
    ouro_lobby_add_service(lobby, &service);
    struct ouro_match_options pair = {.players_min = 2, .players_max = 4};
    if (went(ouro_lobby_add_type(lobby, &type), -ENOMEM) &&
        went(ouro_lobby_match(lobby, "test", &pair, 0), -ENOMEM))
        use_lobby(lobby);
    ouro_lobby_remove_service(lobby, &service);
    expect(ouro_lobby_stop(lobby) == NULL);
    return 0;
}

SCENARIO(lobby, seats)
{
    in_sim(with_lobby);
}
