/* SPDX-License-Identifier: MIT */
/* A leaderboard that players see: who rolls dice in a room has points, of this week and of all
 * time, and every client may ask who is best, and who is near it. docs/leaderboards.md reads it.
 *
 *     24_best --listen 127.0.0.1:8080
 *
 * The scores are kept in memory here; name a file instead of ":memory:", and they stay. */
#include <ouro/offload.h>
#include <ouro/play.h>

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ouro_board boards[] = {{.name = "points",
                                            .counts = OURO_BOARD_SUM,
                                            .reset = OURO_RESET_WEEKLY,
                                            .weekday = 1, /* Monday */
                                            .periods_kept = 4,
                                            .all_time = true}};
static const char *const seen_by_clients[] = {"points", NULL};

/* --- the room --------------------------------------------------------------------------------- */

/* Points are the user's, not the seat's: they are there whatever room it is in. */
static int roll(struct ouro_room *room, const struct ouro_input *input)
{
    const struct ouro_user *user = ouro_player_user(input->player);
    int64_t points = 1 + (int64_t)ouro_rng_below(ouro_room_rng(room), 6);
    ouro_board_submit_as(ouro_room_ud(room), "points", user->id, user->name, points);
    return ouro_room_answer(room, input->payload->request, json_integer(points));
}

static int dice_room(struct ouro_room *room, void *unused)
{
    struct ouro_input input;
    int rc;
    (void)unused;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_REQUEST && strcmp(input.payload->name, "roll") == 0)
            roll(room, &input);
        else if (input.kind == OURO_INPUT_REQUEST)
            ouro_room_refuse(room, input.payload->request, "unknown", "roll");
    }
    return rc;
}

/* --- the server around it --------------------------------------------------------------------- */

/* What the program is made of, from the bottom up. */
struct parts {
    const char *listen;
    struct ouro_signal *stop;
    struct ouro_store *store;
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
    struct ouro_boards *boards;
    struct ouro_play *play;
    struct ouro_server *server;
};

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    const struct parts *parts = ud;
    int rc = ouro_play_handle(parts->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_error(http, 404, "there is nothing here") : rc;
}

static int open_store(struct parts *parts)
{
    struct ouro_store_options options = {.boards = boards, .board_count = 1};
    return ouro_store_open(":memory:", &options, &parts->store);
}

static int start_lobby(struct parts *parts)
{
    struct ouro_room_type dice = {.name = "dice", .body = dice_room, .ud = parts->store};
    int rc = ouro_lobby_start(&(struct ouro_lobby_options){0}, &parts->lobby);
    if (rc == 0)
        rc = ouro_lobby_add_type(parts->lobby, &dice);
    return rc < 0 ? rc
                  : ouro_boards_start(parts->lobby, parts->store, seen_by_clients, &parts->boards);
}

static int start_server(struct parts *parts)
{
    static const char *const anywhere[] = {"*", NULL};
    struct ouro_play_options play = {
        .lobby = parts->lobby, .auth = parts->auth, .origins = anywhere};
    struct ouro_server_options server = {.listen = parts->listen, .handler = on_http, .ud = parts};
    int rc = ouro_play_start(&play, &parts->play);
    return rc < 0 ? rc : ouro_server_start(&server, &parts->server);
}

/* From the top down: rooms submit to the store until the lobby has stopped. */
static int stop(struct parts *parts)
{
    ouro_server_stop(parts->server);
    ouro_play_stop(parts->play, ouro_after(OURO_SEC(1)));
    ouro_boards_stop(parts->boards);
    ouro_lobby_stop(parts->lobby);
    ouro_auth_free(parts->auth);
    ouro_signal_close(parts->stop);
    return parts->store ? ouro_store_close(parts->store, ouro_after(OURO_SEC(5))) : 0;
}

static int run(void *listen)
{
    struct parts parts = {.listen = listen};
    int rc = ouro_signal_open(SIGTERM, &parts.stop);
    if (rc == 0)
        rc = open_store(&parts);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &parts.auth);
    if (rc == 0)
        rc = start_lobby(&parts);
    if (rc == 0)
        rc = start_server(&parts);
    if (rc == 0) {
        printf("open http://%s/\n", ouro_server_address(parts.server));
        rc = ouro_signal_wait(parts.stop, OURO_FOREVER);
    }
    int stopped = stop(&parts);
    return rc < 0 ? rc : stopped;
}

int main(int argc, char **argv)
{
    char by_default[] = "127.0.0.1:8080";
    bool told = argc == 3 && strcmp(argv[1], "--listen") == 0;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    return ouro_run(run, told ? argv[2] : by_default) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
