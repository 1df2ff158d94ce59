/* SPDX-License-Identifier: MIT */
/* The server that bench_input measures: a room, a WebSocket for each player, and nothing between.
 */
#include "bench_input_room.h"

#include <ouro/server.h>

#include <stdio.h>
#include <stdlib.h>

#define PLAYERS_MAX 65536
#define INPUTS_MAX  65536

enum { MOVE = OURO_INPUT_OWN };

static struct {
    const struct bench_input_options *options;
    struct input_room of;
    struct ouro_room *room;
    struct ouro_stream_set *set; /* NULL: everybody is read when something comes */
} game;

/* --- sessions --------------------------------------------------------------------------------- */

struct session {
    struct ouro_player player;
    struct ouro_ws *ws; /* NULL: ended */
    struct ouro_guest *guest;
};

static struct session *session_of(const struct ouro_player *player)
{
    return ouro_container(player, struct session, player);
}

static int session_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    return ouro_ws_send(session_of(player)->ws, frames, count);
}

static size_t session_backlog(const struct ouro_player *player)
{
    return ouro_ws_backlog_bytes(session_of(player)->ws);
}

static void session_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    ouro_ws_close(session_of(player)->ws, code, reason);
}

static void session_prefetch(const struct ouro_player *player, unsigned turns)
{
    const struct session *session = session_of(player);
    if (turns > 2)
        __builtin_prefetch(&session->ws);
    else
        ouro_ws_prefetch(session->ws, turns);
}

static void session_released(struct ouro_player *player)
{
    struct session *session = session_of(player);
    ouro_ws_free(session->ws);
    ouro_guest_unref(session->guest);
    free(session);
}

static const struct ouro_player_ops session_ops = {
    .send = session_send,
    .backlog_bytes = session_backlog,
    .close = session_close,
    .released = session_released,
    .prefetch = session_prefetch,
};

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    struct session *session = ud;
    (void)ws;
    ouro_room_input(game.room, &session->player, MOVE, (int32_t)message->len);
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct session *session = ud;
    (void)ws;
    ouro_room_leave(game.room, &session->player);
}

static int play(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    struct ouro_ws *ws;
    (void)ud;
    int rc = ouro_ws_accept(http, NULL, &ws);
    if (rc < 0)
        return rc;
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return -ENOMEM;
    *session = (struct session){{.ops = &session_ops}, ws, ouro_guest_ref(guest)};
    if (game.set)
        ouro_stream_set_add(game.set, ouro_ws_stream(ws));
    ouro_room_enter(game.room, &session->player);
    ouro_ws_consume(ws, &consumer, session);
    return 0;
}

/* --- the room --------------------------------------------------------------------------------- */

static void look_at_players(void *ud)
{
    (void)ud;
    if (game.set)
        ouro_stream_set_look(game.set);
}

static int live(struct ouro_room *room, void *ud)
{
    (void)ud;
    return input_room_live(room, &game.of);
}

/* --- the server ------------------------------------------------------------------------------- */

static int start_room(void)
{
    struct ouro_room_options options = {.name = "input",
                                        .players_max = PLAYERS_MAX,
                                        .inputs_max = INPUTS_MAX,
                                        .before_deadline = look_at_players};
    int rc = game.options->once_per_tick ? ouro_stream_set_new(0, &game.set) : 0;
    return rc < 0 ? rc : ouro_room_start(&options, live, NULL, &game.room);
}

/* Until it is killed: nothing is left behind that would matter. */
static int run(void *unused)
{
    (void)unused;
    struct ouro_server_options options = {
        .listen = "127.0.0.1:0", .handler = play, .connections_max = PLAYERS_MAX};
    struct ouro_server *server;
    int rc = input_room_init(&game.of, game.options, MOVE);
    if (rc == 0)
        rc = start_room();
    if (rc == 0)
        rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("http://%s\n", ouro_server_address(server));
    fflush(stdout);
    return ouro_sleep_until(OURO_FOREVER);
}

int bench_input_serve(const struct bench_input_options *options)
{
    game.options = options;
    ouro_server_allow_connections(PLAYERS_MAX);
    return ouro_run(run, NULL);
}
