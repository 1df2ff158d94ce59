/* SPDX-License-Identifier: MIT */
/* The same room as one of a lobby: players join over ouro.v1, have a seat, and make binary inputs.
 */
#include "bench_input_room.h"

#include <ouro/play.h>

#include <stdio.h>

#define PLAYERS_MAX 65536
#define INPUTS_MAX  65536

static struct {
    const struct bench_input_options *options;
    struct input_room of;
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    struct ouro_play *play;
} game;

static int live(struct ouro_room *room, void *data)
{
    (void)data;
    return input_room_live(room, &game.of);
}

static int handle(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    (void)ud;
    return ouro_play_handle(game.play, http, guest);
}

static int start_lobby(void)
{
    const struct ouro_lobby_options options = {.joins_per_second_max = OURO_JOINS_PER_SECOND_MAX};
    const struct ouro_room_type type = {.name = "input",
                                        .body = live,
                                        .seats_max = PLAYERS_MAX,
                                        .inputs_max = INPUTS_MAX,
                                        .hold_ns = -1, /* who has gone is to be gone */
                                        .tick_ns = game.options->tick_ns,
                                        .reads_at_once = !game.options->once_per_tick};
    int rc = ouro_lobby_start(&options, &game.lobby);
    return rc < 0 ? rc : ouro_lobby_add_type(game.lobby, &type);
}

static int start_play(void)
{
    int rc = ouro_auth_new(&(struct ouro_auth_options){0}, &game.auth);
    const struct ouro_play_options options = {.lobby = game.lobby,
                                              .auth = game.auth,
                                              .messages_per_second_max = 2000,
                                              .calls_per_second_max = PLAYERS_MAX};
    return rc < 0 ? rc : ouro_play_start(&options, &game.play);
}

/* Until it is killed, as the other one. */
static int run(void *unused)
{
    (void)unused;
    struct ouro_server_options options = {
        .listen = "127.0.0.1:0", .handler = handle, .connections_max = PLAYERS_MAX};
    struct ouro_server *server;
    int rc = input_room_init(&game.of, game.options, OURO_INPUT_BYTES);
    if (rc == 0)
        rc = start_lobby();
    if (rc == 0)
        rc = start_play();
    if (rc == 0)
        rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("http://%s\n", ouro_server_address(server));
    fflush(stdout);
    return ouro_sleep_until(OURO_FOREVER);
}

int bench_input_serve_lobby(const struct bench_input_options *options)
{
    game.options = options;
    ouro_server_allow_connections(PLAYERS_MAX);
    return ouro_run(run, NULL);
}
