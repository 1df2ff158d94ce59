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
    const struct ouro_asset *assets; /* NULL: there is no page */
    struct ouro_lobby_options options;
    struct ouro_signal *stop;
    struct ouro_files *page;
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
    struct ouro_play *play;
};

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    const struct demo *demo = ud;
    int rc = ouro_play_handle(demo->play, http, guest);
    if (rc != -ENOENT)
        return rc;
    return demo->page ? ouro_http_respond_file(http, demo->page)
                      : ouro_http_respond_error(http, 404, "there is nothing here");
}

/* Until the signal. */
static int serve(struct demo *demo)
{
    struct ouro_server_options options = {.listen = demo->listen, .handler = on_http, .ud = demo};
    struct ouro_server *server;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("open http://%s/\n", ouro_server_address(server));
    rc = ouro_signal_wait(demo->stop, OURO_FOREVER);
    ouro_server_stop(server);
    return rc;
}

static int start_play(struct demo *demo)
{
    static const char *const anywhere[] = {"*", NULL};
    struct ouro_play_options options = {
        .lobby = demo->lobby, .auth = demo->auth, .origins = anywhere};
    int rc = demo->add(demo->lobby);
    return rc < 0 ? rc : ouro_play_start(&options, &demo->play);
}

static int play_until_stopped(struct demo *demo)
{
    int rc = start_play(demo);
    if (rc < 0)
        return rc;
    rc = serve(demo);
    ouro_play_stop(demo->play, ouro_after(OURO_SEC(1)));
    return rc;
}

static int run(void *arg)
{
    struct demo *demo = arg;
    int rc = ouro_signal_open(SIGTERM, &demo->stop);
    if (rc == 0 && demo->assets)
        rc = ouro_files_of_assets(demo->assets, NULL, &demo->page);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &demo->auth);
    if (rc == 0)
        rc = ouro_lobby_start(&demo->options, &demo->lobby);
    if (rc == 0)
        rc = play_until_stopped(demo);
    ouro_lobby_stop(demo->lobby);
    ouro_auth_free(demo->auth);
    ouro_files_free(demo->page);
    ouro_signal_close(demo->stop);
    return rc;
}

int demo_rooms_main(int argc, char **argv, int (*add)(struct ouro_lobby *lobby))
{
    return demo_rooms_main_with(argc, argv, add, NULL, &(struct ouro_chat_options){0});
}

int demo_rooms_main_with(int argc, char **argv, int (*add)(struct ouro_lobby *lobby),
                         const struct ouro_asset *page, const struct ouro_chat_options *chat)
{
    bool told = argc == 3 && strcmp(argv[1], "--listen") == 0;
    struct demo demo = {.listen = told ? argv[2] : "127.0.0.1:8080",
                        .add = add,
                        .assets = page,
                        .options = {.chat = *chat}};
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    return ouro_run(run, &demo) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
