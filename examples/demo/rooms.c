/* SPDX-License-Identifier: MIT */
#include "demo/rooms.h"

#include <ouro/offload.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct demo {
    const char *listen;
    int (*add)(struct ouro_lobby *lobby);
    struct ouro_signal *stop;
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
};

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *play)
{
    int rc = ouro_play_handle(play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_error(http, 404, "there is nothing here") : rc;
}

/* Until the signal. */
static int serve(const struct demo *demo, struct ouro_play *play)
{
    struct ouro_server_options options = {.listen = demo->listen, .handler = on_http, .ud = play};
    struct ouro_server *server;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("open http://%s/\n", ouro_server_address(server));
    rc = ouro_signal_wait(demo->stop, OURO_FOREVER);
    ouro_server_stop(server);
    return rc;
}

static int start_play(const struct demo *demo, struct ouro_play **ret_play)
{
    static const char *const anywhere[] = {"*", NULL};
    struct ouro_play_options options = {
        .lobby = demo->lobby, .auth = demo->auth, .origins = anywhere};
    int rc = demo->add(demo->lobby);
    return rc < 0 ? rc : ouro_play_start(&options, ret_play);
}

static int play_until_stopped(const struct demo *demo)
{
    struct ouro_play *play;
    int rc = start_play(demo, &play);
    if (rc < 0)
        return rc;
    rc = serve(demo, play);
    ouro_play_stop(play, ouro_after(OURO_SEC(1)));
    return rc;
}

static int run(void *arg)
{
    struct demo *demo = arg;
    int rc = ouro_signal_open(SIGTERM, &demo->stop);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &demo->auth);
    if (rc == 0)
        rc = ouro_lobby_start(&(struct ouro_lobby_options){0}, &demo->lobby);
    if (rc == 0)
        rc = play_until_stopped(demo);
    ouro_lobby_stop(demo->lobby);
    ouro_auth_free(demo->auth);
    ouro_signal_close(demo->stop);
    return rc;
}

int demo_rooms_main(int argc, char **argv, int (*add)(struct ouro_lobby *lobby))
{
    bool told = argc == 3 && strcmp(argv[1], "--listen") == 0;
    struct demo demo = {.listen = told ? argv[2] : "127.0.0.1:8080", .add = add};
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    return ouro_run(run, &demo) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
