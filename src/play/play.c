/* SPDX-License-Identifier: MIT */
#include "play/play.h"
#include "web/ws.h"

#include <stdlib.h>
#include <string.h>

#define PATH          "/ouro/"
#define MESSAGES      60
#define BAD_MESSAGES  16
#define CALLS         50
#define QUEUE_BYTES   (256 * 1024)
#define MESSAGE_BYTES (64 * 1024)
#define HELLO_NS      OURO_SEC(10)
#define PING_NS       OURO_SEC(20)
#define IDLE_NS       OURO_SEC(60)
#define SWEEP_NS_MAX  OURO_SEC(1)
#define STOP_STEP_NS  OURO_MS(5)

static const char *const protocols[] = {"ouro.v1", NULL};

/* Zero means the default. */
#define DEFAULT(member, value) ((member) = (member) ? (member) : (value))

static void complete(struct ouro_play_options *options)
{
    DEFAULT(options->messages_per_second_max, MESSAGES);
    DEFAULT(options->bad_messages_max, BAD_MESSAGES);
    DEFAULT(options->calls_per_second_max, CALLS);
    DEFAULT(options->queue_bytes_max, QUEUE_BYTES);
    DEFAULT(options->hello_ns_max, HELLO_NS);
    DEFAULT(options->ping_ns, PING_NS);
    DEFAULT(options->idle_ns_max, IDLE_NS);
}

static int sweep(void *arg)
{
    struct ouro_play *play = arg;
    int64_t ns = play->options.ping_ns / 4;
    int rc;
    while ((rc = ouro_sleep(ns < SWEEP_NS_MAX ? ns : SWEEP_NS_MAX)) == 0) {
        int64_t now = ouro_now();
        ouro_list_each_safe (link, &play->sessions)
            ouro__session_look_after(ouro_container(link, struct ouro__session, link), now);
    }
    return rc;
}

int ouro_play_start(const struct ouro_play_options *options, struct ouro_play **ret_play)
{
    struct ouro_spawn_options spawn = {.name = "sessions"};
    struct ouro_play *play = calloc(1, sizeof *play);
    if (!play)
        return -ENOMEM;
    play->options = *options;
    complete(&play->options);
    play->ws_options = (struct ouro_ws_options){.origins = options->origins,
                                                .protocols = protocols,
                                                .message_bytes_max = MESSAGE_BYTES,
                                                .queue_bytes_max = play->options.queue_bytes_max};
    play->router = (struct ouro_router){.routes = ouro__play_routes,
                                        .origins = options->origins,
                                        .request_headers = "Content-Type, Authorization"};
    ouro_list_init(&play->sessions);
    int rc = ouro_spawn(sweep, play, &spawn, &play->sweeper);
    if (rc < 0) {
        free(play);
        return rc;
    }
    *ret_play = play;
    return 0;
}

/* --- requests --------------------------------------------------------------------------------- */

static int open_session(struct ouro_play *play, struct ouro_http *http, struct ouro_guest *guest)
{
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &play->ws_options, &ws);
    if (rc < 0)
        return rc;
    rc = ouro__session_add(play, ws, guest);
    if (rc < 0)
        ouro_ws_free(ws);
    return rc;
}

int ouro_play_handle(struct ouro_play *play, struct ouro_http *http, struct ouro_guest *guest)
{
    const char *path = ouro_http_path(http);
    if (strncmp(path, PATH, strlen(PATH)) != 0)
        return -ENOENT;
    if (strcmp(path, PATH "connect") == 0)
        return open_session(play, http, guest);
    struct ouro__call call = {play, guest};
    return ouro_http_route(http, &play->router, &call);
}

struct ouro_play_stats ouro_play_stats(const struct ouro_play *play)
{
    return play->stats;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void close_all(struct ouro_play *play)
{
    play->closing = true;
    ouro_list_each_safe (link, &play->sessions) {
        struct ouro__session *session = ouro_container(link, struct ouro__session, link);
        if (session->joining)
            ouro_cancel(session->joining);
        ouro__session_close(session, OURO_CLOSE_GOING_DOWN, "the server is going down");
    }
}

/* Also those that are closing: freed, they would live on until they are answered. */
static void cut_all(struct ouro_play *play)
{
    ouro_list_each_safe (link, &play->sessions) {
        struct ouro__session *session = ouro_container(link, struct ouro__session, link);
        if (session->ws)
            ouro__ws_end(session->ws);
    }
}

struct ouro_play *ouro_play_stop(struct ouro_play *play, int64_t deadline)
{
    struct ouro_scope shield;
    if (!play)
        return NULL;
    ouro_shield_open(&shield, OURO_FOREVER);
    close_all(play);
    while (play->stats.sessions > 0 && ouro_now() < deadline)
        ouro_sleep(STOP_STEP_NS);
    cut_all(play);
    while (play->stats.sessions > 0) /* a hello that joins ends at its next wait */
        ouro_yield();
    ouro_cancel(play->sweeper);
    ouro_await(play->sweeper, OURO_FOREVER, NULL);
    ouro_task_unref(play->sweeper);
    ouro_scope_close(&shield);
    free(play);
    return NULL;
}
