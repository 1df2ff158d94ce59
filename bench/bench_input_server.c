/* SPDX-License-Identifier: MIT */
/* The server that bench_input measures: one room of players who say something in each tick, and to
 * whom something is said in each. */
#include "bench_input.h"

#include <ouro/game.h>
#include <ouro/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAYERS_MAX 65536
#define INPUTS_MAX  65536

enum { MOVE = OURO_INPUT_OWN };

static struct {
    const struct bench_input_options *options;
    struct ouro_room *room;
    struct ouro_stream_set *set; /* NULL: everybody is read when something comes */
    struct ouro_frame *frames[BENCH_INPUT_MESSAGES_MAX];
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

static int wait_for_a_move(struct ouro_room *room)
{
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0 && input.kind != MOVE)
        ;
    return rc;
}

static void tell_everyone(struct ouro_room *room)
{
    for (size_t i = 0; i < ouro_room_player_count(room); i++) {
        struct ouro_player *player = ouro_room_player(room, i);
        player->ops->send(player, game.frames, game.options->messages);
    }
}

/* One message is a broadcast. Several, as a room has them that tells each player something else,
 * go out in one send for each. */
static int play_until_all_have_gone(struct ouro_room *room)
{
    struct ouro_ticker ticker;
    ouro_ticker_start(&ticker, "input", game.options->tick_ns);
    while (ouro_room_player_count(room) > 0) {
        struct ouro_input input;
        int rc;
        while ((rc = ouro_room_next(room, ticker.next, &input)) == 0)
            ;
        if (rc != -ETIMEDOUT)
            return rc;
        ouro_ticker_begin(&ticker);
        if (game.options->messages == 1)
            ouro_room_broadcast(room, game.frames[0]);
        else
            tell_everyone(room);
    }
    return 0;
}

static int live(struct ouro_room *room, void *ud)
{
    (void)ud;
    int rc = 0;
    while (rc == 0) {
        rc = wait_for_a_move(room);
        if (rc == 0)
            rc = play_until_all_have_gone(room);
    }
    return rc;
}

/* --- the server ------------------------------------------------------------------------------- */

static int make_frames(void)
{
    static char text[4096];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < game.options->messages; i++) {
        game.frames[i] = ouro_frame_new(OURO_FRAME_TEXT, text, game.options->bytes);
        if (!game.frames[i])
            return -ENOMEM;
    }
    return 0;
}

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
    int rc = make_frames();
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
