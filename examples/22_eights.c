/* SPDX-License-Identifier: MIT */
/* A game of the other kind: two players, turns with a time limit, hands that nobody else may see.
 * docs/card-game.md reads it.
 *
 *     22_eights --listen 127.0.0.1:8080
 *
 * Open the page in two windows. Here is the server around the game; the rules, the room and the
 * page are in 22_eights/. */
#include "22_eights/room.h"

#include <ouro/offload.h>
#include <ouro/play.h>
#include <ouro/sync.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct ouro_asset eights_page[];

/* What the program is made of, from the bottom up. */
struct parts {
    const char *listen;
    struct ouro_signal *interrupt, *terminate;
    struct ouro_files *page;
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
    struct ouro_play *play;
    struct ouro_server *server;
};

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct parts *parts = ud;
    int rc = ouro_play_handle(parts->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_file(http, parts->page) : rc;
}

static int open_signals(struct parts *parts)
{
    int rc = ouro_signal_open(SIGINT, &parts->interrupt);
    return rc < 0 ? rc : ouro_signal_open(SIGTERM, &parts->terminate);
}

static int start_lobby(struct parts *parts)
{
    int rc = ouro_lobby_start(&(struct ouro_lobby_options){0}, &parts->lobby);
    return rc < 0 ? rc : ouro_lobby_add_type(parts->lobby, &eights_type);
}

static int start_server(struct parts *parts)
{
    struct ouro_play_options play = {.lobby = parts->lobby, .auth = parts->auth};
    struct ouro_server_options server = {.listen = parts->listen, .handler = on_http, .ud = parts};
    int rc = ouro_play_start(&play, &parts->play);
    return rc < 0 ? rc : ouro_server_start(&server, &parts->server);
}

static int wait_for_stop(const struct parts *parts)
{
    struct ouro_case cases[] = {ouro_on_signal(parts->interrupt), ouro_on_signal(parts->terminate)};
    printf("open http://%s/\n", ouro_server_address(parts->server));
    return ouro_select(cases, 2, OURO_FOREVER);
}

/* In the order in which the headers want it; what was never there is fine. */
static void stop(struct parts *parts)
{
    ouro_server_stop(parts->server);
    ouro_play_stop(parts->play, ouro_after(OURO_SEC(1)));
    ouro_lobby_stop(parts->lobby);
    ouro_auth_free(parts->auth);
    ouro_files_free(parts->page);
    ouro_signal_close(parts->terminate);
    ouro_signal_close(parts->interrupt);
}

static int run(void *listen)
{
    struct parts parts = {.listen = listen};
    int rc = open_signals(&parts);
    if (rc == 0)
        rc = ouro_files_of_assets(eights_page, NULL, &parts.page);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &parts.auth);
    if (rc == 0)
        rc = start_lobby(&parts);
    if (rc == 0)
        rc = start_server(&parts);
    if (rc == 0)
        rc = wait_for_stop(&parts);
    stop(&parts);
    return rc;
}

int main(int argc, char **argv)
{
    char by_default[] = "127.0.0.1:8080";
    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--listen") != 0)) {
        fprintf(stderr, "usage: %s [--listen HOST:PORT]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    int rc = ouro_run(run, argc == 3 ? argv[2] : by_default);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], ouro_error_text(rc));
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
