/* SPDX-License-Identifier: MIT */
#include "demo/demo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct ouro_asset demo_page[];

static struct {
    ouro_task_fn *loop;
    demo_player *player;
    const char *listen;
    const struct ouro_asset *assets;
    struct ouro_files *page;
} demo = {.assets = demo_page};

/* --- players --------------------------------------------------------------------------------- */

static struct ouro_link seats = {&seats, &seats};

void demo_sit(struct demo_seat *seat, struct ouro_ws *ws)
{
    seat->ws = ws;
    ouro_list_push(&seats, &seat->link);
}

void demo_stand_up(struct demo_seat *seat)
{
    ouro_unlink(&seat->link);
}

bool demo_nobody_there(void)
{
    return ouro_list_empty(&seats);
}

void demo_say(struct ouro_ws *ws, const char *line)
{
    ouro_ws_send_text(ws, line, strlen(line));
}

void demo_say_to_all(const char *line)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, line, strlen(line));
    if (!frame)
        return;
    ouro_list_each (link, &seats)
        ouro_ws_send(ouro_container(link, struct demo_seat, link)->ws, &frame, 1);
    ouro_frame_unref(frame);
}

void demo_answer(struct ouro_ws *ws, const struct ouro_ws_message *key)
{
    char line[128];
    snprintf(line, sizeof line, "Pressed key code: %.*s", (int)(key->len < 64 ? key->len : 64),
             key->data);
    demo_say(ws, line);
}

/* --- the server ------------------------------------------------------------------------------ */

static const struct ouro_ws_options ws_options = {.close_ns_max = OURO_MS(500)};

/* Unless the player has left already. When the server ends, this task has been cancelled; it waits
 * all the same, under a shield, until the other side has heard of it. */
static void say_goodbye(struct ouro_ws *ws)
{
    struct ouro_ws_message rest;
    struct ouro_scope shield;
    ouro_ws_close(ws, 1001, "the server is going down");
    ouro_shield_open(&shield, ouro_after(OURO_SEC(1)));
    while (ouro_ws_recv(ws, OURO_FOREVER, &rest) == 0)
        ; /* what it had said before that */
    ouro_scope_close(&shield);
    ouro_ws_free(ws);
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    (void)guest, (void)ud;
    if (strcmp(ouro_http_path(http), "/connect") != 0)
        return ouro_http_respond_file(http, demo.page);
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &ws_options, &ws);
    if (rc < 0)
        return rc;
    demo.player(ws);
    say_goodbye(ws);
    return 0;
}

static int wait_for_stop(void)
{
    struct ouro_signal *interrupt, *terminate;
    int rc = ouro_signal_open(SIGINT, &interrupt);
    if (rc < 0)
        return rc;
    rc = ouro_signal_open(SIGTERM, &terminate);
    if (rc == 0) {
        struct ouro_case cases[] = {ouro_on_signal(interrupt), ouro_on_signal(terminate)};
        rc = ouro_select(cases, 2, OURO_FOREVER);
        ouro_signal_close(terminate);
    }
    ouro_signal_close(interrupt);
    return rc;
}

static int serve(void)
{
    struct ouro_server_options options = {.listen = demo.listen, .handler = on_request};
    struct ouro_server *server;
    struct ouro_task *loop = NULL;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("open http://%s/\n", ouro_server_address(server));
    if (demo.loop)
        rc = ouro_spawn(demo.loop, NULL, NULL, &loop);
    if (rc == 0)
        rc = wait_for_stop();
    ouro_server_stop(server);
    if (loop) {
        ouro_cancel(loop);
        ouro_await(loop, OURO_FOREVER, NULL);
        ouro_task_unref(loop);
    }
    return rc;
}

static int run(void *arg)
{
    (void)arg;
    int rc = ouro_files_of_assets(demo.assets, NULL, &demo.page);
    if (rc == 0)
        rc = serve();
    ouro_files_free(demo.page);
    return rc;
}

int demo_main(int argc, char **argv, ouro_task_fn *loop, demo_player *player)
{
    demo.loop = loop;
    demo.player = player;
    demo.listen = "127.0.0.1:8080";
    if (argc == 3 && strcmp(argv[1], "--listen") == 0) {
        demo.listen = argv[2];
    } else if (argc != 1) {
        fprintf(stderr, "usage: %s [--listen HOST:PORT]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    ouro_server_allow_connections(16384);
    int rc = ouro_run(run, NULL);
    if (rc < 0)
        fprintf(stderr, "%s: %s: %s\n", argv[0], demo.listen, ouro_error_text(rc));
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int demo_main_with(int argc, char **argv, const struct ouro_asset *page, demo_player *player)
{
    demo.assets = page;
    return demo_main(argc, argv, NULL, player);
}
