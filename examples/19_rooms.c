/* SPDX-License-Identifier: MIT */
/* Rooms that clients find, join, lose and come back to: ouro.v1, as docs/protocol.md has it.
 *
 *     19_rooms --listen 127.0.0.1:8080
 *     curl -X POST http://127.0.0.1:8080/ouro/rooms/echo/join
 *
 * A room repeats what it is told, adds numbers, tells the time once a second to all, and sends who
 * asks for it to another room, or to a match in one. */
#include <ouro/offload.h>
#include <ouro/play.h>

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the room --------------------------------------------------------------------------------- */

static void on_message(struct ouro_room *room, const struct ouro_input *input)
{
    const char *name = input->payload->name;
    json_t *data = input->payload->data;
    if (strcmp(name, "echo") == 0)
        ouro_room_send(room, input->player, "echo", json_incref(data));
    else if (strcmp(name, "say") == 0)
        ouro_room_event_all(room, NULL, "said", json_incref(data));
    else if (strcmp(name, "others") == 0)
        ouro_room_send_all(room, (struct ouro_player *[]){input->player, NULL}, "others",
                           json_incref(data));
    else if (strcmp(name, "travel") == 0)
        ouro_room_travel(room, input->player, &(struct ouro_travel){.type = "cave"});
    else if (strcmp(name, "kick") == 0)
        ouro_room_kick(room, input->player, OURO_CLOSE_CONSENTED, "as you like");
}

static int on_request(struct ouro_room *room, const struct ouro_input *input)
{
    const struct ouro_payload *asked = input->payload;
    json_t *a = json_array_get(asked->data, 0), *b = json_array_get(asked->data, 1);
    if (strcmp(asked->name, "fail") == 0)
        return -EIO; /* the room fails, and its players are told */
    if (strcmp(asked->name, "add") != 0 || !json_is_integer(a) || !json_is_integer(b))
        ouro_room_refuse(room, asked->request, "unknown", "add: [1, 2]");
    else
        ouro_room_answer(room, asked->request,
                         json_integer(json_integer_value(a) + json_integer_value(b)));
    return 0;
}

static void tell(struct ouro_room *room, const struct ouro_input *input, const char *what)
{
    ouro_room_event_all(room, NULL, what, json_integer(input->player->id));
}

static int echo_room(struct ouro_room *room, void *unused)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc, failed = 0;
    (void)unused;
    ouro_room_set_metadata(
        room, json_pack("{s:O*}", "map", json_object_get(ouro_room_options(room), "map")));
    ouro_ticker_start(&ticker, ouro_room_id(room), OURO_SEC(1));
    while (!failed && (rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            ouro_room_event_all(room, NULL, "tick", json_integer((json_int_t)ticker.ticks));
        else if (input.kind == OURO_INPUT_ENTER)
            tell(room, &input, "entered");
        else if (input.kind == OURO_INPUT_LEAVE)
            tell(room, &input, "left");
        else if (input.kind == OURO_INPUT_DROP)
            tell(room, &input, "dropped");
        else if (input.kind == OURO_INPUT_RETURN)
            tell(room, &input, "returned");
        else if (input.kind == OURO_INPUT_MESSAGE)
            on_message(room, &input);
        else if (input.kind == OURO_INPUT_REQUEST)
            failed = on_request(room, &input);
        else if (input.kind == OURO_INPUT_BYTES)
            ouro_room_send(room, input.player, "input",
                           json_pack("[I, I, I]", (json_int_t)input.payload->sequence,
                                     (json_int_t)input.payload->tick,
                                     (json_int_t)input.payload->len));
    }
    return failed ? failed : rc;
}

/* --- the server ------------------------------------------------------------------------------- */

static const struct ouro_room_type types[] = {
    {.name = "echo", .body = echo_room, .seats_max = 4, .tick_ns = OURO_SEC(1)},
    {.name = "cave", .body = echo_room, .seats_max = 4, .hold_ns = OURO_SEC(2)},
};

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *play)
{
    int rc = ouro_play_handle(play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_error(http, 404, "there is nothing here") : rc;
}

/* Until the signal. */
static int serve(const char *listen, struct ouro_play *play, struct ouro_signal *stop)
{
    struct ouro_server_options options = {.listen = listen, .handler = on_http, .ud = play};
    struct ouro_server *server;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("open http://%s/\n", ouro_server_address(server));
    rc = ouro_signal_wait(stop, OURO_FOREVER);
    ouro_server_stop(server);
    return rc;
}

static int run_play(const char *listen, struct ouro_lobby *lobby, struct ouro_auth *auth,
                    struct ouro_signal *stop)
{
    static const char *const anywhere[] = {"*", NULL};
    static const struct ouro_match_options pairs = {.players_min = 2, .players_max = 2, .teams = 2};
    struct ouro_play_options options = {.lobby = lobby, .auth = auth, .origins = anywhere};
    struct ouro_play *play;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof types / sizeof types[0]; i++)
        rc = ouro_lobby_add_type(lobby, &types[i]);
    if (rc == 0)
        rc = ouro_lobby_match(lobby, "cave", &pairs, OURO_MS(100));
    if (rc == 0)
        rc = ouro_play_start(&options, &play);
    if (rc < 0)
        return rc;
    rc = serve(listen, play, stop);
    ouro_play_stop(play, ouro_after(OURO_SEC(1)));
    return rc;
}

static int run(void *listen)
{
    struct ouro_lobby *lobby = NULL;
    struct ouro_auth *auth = NULL;
    struct ouro_signal *stop = NULL;
    int rc = ouro_signal_open(SIGTERM, &stop);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &auth);
    if (rc == 0)
        rc = ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby);
    if (rc == 0)
        rc = run_play(listen, lobby, auth, stop);
    ouro_lobby_stop(lobby);
    ouro_auth_free(auth);
    ouro_signal_close(stop);
    return rc;
}

int main(int argc, char **argv)
{
    char by_default[] = "127.0.0.1:8080";
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    int rc = ouro_run(run, argc == 3 && strcmp(argv[1], "--listen") == 0 ? argv[2] : by_default);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
