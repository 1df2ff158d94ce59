/* SPDX-License-Identifier: MIT */
/* lobby: a room with a state, and a client that looks, is lost, and comes back. */
#include "torture.h"

#include <ouro/lobby.h>

#include <jansson.h>

static int line_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                     size_t count)
{
    expect(connection && frames[0] && count > 0);
    return 0;
}

static int line_send_parts(struct ouro_connection *connection, const struct ouro_part *parts,
                           size_t count)
{
    expect(connection && count > 0 && parts[0].len > 0);
    return 0;
}

static size_t line_backlog(const struct ouro_connection *connection)
{
    expect(connection);
    return 0;
}

static void line_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    expect(connection && code && reason);
}

static const struct ouro_connection_ops line_ops = {
    .send = line_send,
    .backlog_bytes = line_backlog,
    .send_parts = line_send_parts,
    .close = line_close,
};

/* --- the room --------------------------------------------------------------------------------- */

struct ball {
    uint16_t x, y;
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct ball, x), OURO_FIELD_UINT, .bits = 16, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct ball, y), OURO_FIELD_UINT, .bits = 16, .axis = OURO_AXIS_Y},
    {0},
};
static const struct ouro_type types[] = {{"ball", fields, sizeof(struct ball)}, {0}};
static const struct ouro_state_options state_options = {.types = types, .cell = 10};

static void tick(struct ouro_room *room, uint32_t number)
{
    for (size_t i = 0; i < ouro_room_player_count(room); i++) {
        struct ouro_player *player = ouro_room_player(room, i);
        expect(ouro_player_view(player) != NULL);
        ouro_player_look(player, number, 0);
    }
    went(ouro_room_event_all(room, NULL, "e", json_null()), -ENOMEM);
    ouro_state_publish(ouro_room_state(room), number);
}

static int body(struct ouro_room *room, void *data)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    struct ouro_entity entity;
    int rc;
    (void)data;
    went(ouro_entity_new(ouro_room_state(room), 0, &entity), -ENOMEM);
    ouro_ticker_start(&ticker, "torture", OURO_MS(10));
    while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            tick(room, (uint32_t)ticker.ticks);
    }
    return rc;
}

/* --- the client ------------------------------------------------------------------------------- */

static void welcome(struct ouro_connection *connection)
{
    json_t *text = json_object();
    if (text)
        went(ouro_seat_welcome(connection->seat, "0123456789abcdef", text), -ENOMEM);
    json_decref(text);
    ouro_seat_begin(connection->seat);
    ouro_sleep(OURO_MS(30));
}

static void look(struct ouro_lobby *lobby, struct ouro_connection *connection, const char *token)
{
    struct ouro_seat_info info;
    if (!went(ouro_seat_take(lobby, token, connection), -ENOMEM))
        return;
    welcome(connection);
    if (!connection->seat)
        return;
    ouro_seat_view(connection->seat, 20, 20);
    ouro_seat_rate(connection->seat, 50);
    went(ouro_seat_input(connection->seat, 1, 1, "x", 1), -OURO_ELIMIT);
    ouro_seat_info(connection->seat, &info);
    ouro_connection_lost(connection);
    ouro_sleep(OURO_MS(30));
    if (went(ouro_seat_return(lobby, info.reconnect, info.events, connection), -OURO_ECLOSED))
        welcome(connection);
    if (connection->seat)
        ouro_seat_leave(connection->seat);
}

static int with_lobby(void *arg)
{
    static const struct ouro_room_type type = {.name = "test",
                                               .body = body,
                                               .state = &state_options,
                                               .tick_ns = OURO_MS(10),
                                               .view_width = 50,
                                               .view_height = 50};
    struct ouro_connection connection = {.ops = &line_ops};
    struct ouro_user user = {.id = "ada", .name = "Ada"};
    struct ouro_join join = {.type = "test", .user = &user};
    struct ouro_lobby *lobby;
    struct ouro_place place;
    (void)arg;
    if (!went(ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby), -ENOMEM))
        return 0;
    if (went(ouro_lobby_add_type(lobby, &type), -ENOMEM) &&
        went(ouro_lobby_join(lobby, &join, &place), -ENOMEM))
        look(lobby, &connection, place.token);
    expect(ouro_lobby_stop(lobby) == NULL);
    return 0;
}

SCENARIO(lobby_state, view)
{
    in_sim(with_lobby);
}
