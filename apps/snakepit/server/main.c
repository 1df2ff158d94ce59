/* SPDX-License-Identifier: MIT */
/* Snakepit: the server. Settings, store, game, front door; then wait to be told to stop. */
#include "server/session.h"
#include "server/settings.h"

#include <ouro/offload.h>
#include <ouro/server.h>
#include <ouro/store.h>
#include <ouro/sync.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parts of the second that a stop may take. */
#define CLOSE_NS_MAX OURO_MS(500) /* for one client to answer */
#define GONE_NS_MAX  OURO_MS(600) /* for all to be gone: longer, so that none has to be cut */
#define FLUSH_NS_MAX OURO_MS(300)

#define PATH_BYTES_MAX 4096

extern const struct ouro_asset snakepit_pages[];
extern char **environ;

struct program {
    const struct snakepit_settings *settings;
    struct ouro_ws_options ws;
    struct ouro_files *pages;
    struct ouro_store *store;
    struct classic *game;
    struct sessions sessions;
    struct ouro_server *server;
};

/* --- requests --------------------------------------------------------------------------------- */

static int connect_player(struct ouro_http *http, struct ouro_guest *guest, struct program *program)
{
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, &program->ws, &ws);
    if (rc < 0)
        return rc;
    rc = sessions_add(&program->sessions, ws, guest);
    if (rc < 0)
        ouro_ws_free(ws);
    return rc;
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct program *program = ud;
    if (strcmp(ouro_http_path(http), "/connect") == 0)
        return connect_player(http, guest, program);
    return ouro_http_respond_file(http, program->pages);
}

/* --- start ------------------------------------------------------------------------------------ */

static int open_pages(struct program *program)
{
    const char *folder = program->settings->pages;
    if (!folder)
        return ouro_files_of_assets(snakepit_pages, NULL, &program->pages);
    int rc = ouro_files_of_folder(folder, NULL, &program->pages);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "can't serve the folder %s: %s; name another with --pages DIR",
                 folder, ouro_error_text(rc));
    return rc;
}

static int open_store(struct program *program)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/scores.db", program->settings->data);
    if (len >= (int)sizeof path)
        return -ENAMETOOLONG;
    return ouro_store_open(path, NULL, &program->store);
}

static int start_game(struct program *program)
{
    const struct snakepit_settings *settings = program->settings;
    struct classic_options options = {
        .rules = settings->rules,
        .tick_ns = settings->tick_ns,
        .seed = settings->seed_is_set ? (uint64_t)settings->seed : ouro_random(),
        .players_max = settings->connections_max,
        .store = program->store,
        .top_max = settings->top,
    };
    return classic_start(&options, &program->game);
}

static int start_sessions(struct program *program)
{
    const struct snakepit_settings *settings = program->settings;
    size_t picture = 2 * classic_picture_bytes_max(&settings->rules);
    program->ws = (struct ouro_ws_options){
        .origins = settings->origins.items,
        .message_bytes_max = settings->message_bytes_max,
        /* A whole picture has to go in, however small the setting. */
        .queue_bytes_max =
            settings->queue_bytes_max > picture ? settings->queue_bytes_max : (uint32_t)picture,
        .close_ns_max = CLOSE_NS_MAX,
    };
    struct session_limits limits = {
        .messages_per_second_max = settings->messages_per_second_max,
        .bad_messages_max = settings->bad_messages_max,
        .ping_ns = settings->ping_ns,
        .idle_ns_max = settings->idle_ns_max,
        .new_player_ns_max = settings->new_player_ns_max,
    };
    return sessions_start(&program->sessions, &limits, classic_room(program->game));
}

static int open_door(struct program *program)
{
    struct ouro_server_options options = {
        .listen = program->settings->listen,
        .handler = on_request,
        .ud = program,
        .connections_max = program->settings->connections_max,
        .connections_per_address_max = program->settings->connections_per_address_max,
        .http = {.on_access = program->settings->access_log ? ouro_http_access_log : NULL},
    };
    int rc = ouro_server_start(&options, &program->server);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "can't listen on %s: %s; choose another with --listen HOST:PORT",
                 options.listen, ouro_error_text(rc));
    return rc;
}

static void allow_connections(const struct program *program)
{
    uint32_t wanted = program->settings->connections_max;
    int allowed = ouro_server_allow_connections(wanted);
    if (allowed >= 0 && (uint32_t)allowed < wanted)
        ouro_log(
            OURO_LOG_WARN,
            "the limit of open files (ulimit -Hn) is enough for %d connections, not for the %u "
            "of --connections-max",
            allowed, wanted);
}

static const char *skip_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* What stands for every address is none that a browser can open. */
static void tell_place(const char *address)
{
    const char *port;
    if ((port = skip_prefix(address, "0.0.0.0:")))
        printf("snakepit: play at http://127.0.0.1:%s/ or any other address of this machine\n",
               port);
    else if ((port = skip_prefix(address, "[::]:")))
        printf("snakepit: play at http://[::1]:%s/ or any other address of this machine\n", port);
    else
        printf("snakepit: play at http://%s/\n", address);
}

/* The last line of the start: a script may wait for it. */
static void tell_address(const struct program *program)
{
    const char *address = ouro_server_address(program->server);
    if (skip_prefix(address, "unix:"))
        printf("snakepit: listening on %s\n", address);
    else
        tell_place(address);
    fflush(stdout);
}

static int start(struct program *program)
{
    allow_connections(program);
    int rc = open_pages(program);
    if (rc == 0)
        rc = open_store(program);
    if (rc == 0)
        rc = start_game(program);
    if (rc == 0)
        rc = start_sessions(program);
    if (rc == 0)
        rc = open_door(program);
    if (rc == 0)
        tell_address(program);
    return rc;
}

/* --- stop ------------------------------------------------------------------------------------- */

/* From the door inwards; each part may be missing, if the start went only half-way. */
static void stop(struct program *program)
{
    ouro_server_stop(program->server);
    sessions_stop(&program->sessions, ouro_after(GONE_NS_MAX));
    classic_stop(program->game);
    if (program->store)
        ouro_store_close(program->store, ouro_after(FLUSH_NS_MAX));
    ouro_files_free(program->pages);
}

/* Until the operator, or the service manager, says that it is enough. */
static int wait_for_stop(struct ouro_signal *interrupt, struct ouro_signal *terminate)
{
    struct ouro_case cases[] = {ouro_on_signal(interrupt), ouro_on_signal(terminate)};
    return ouro_select(cases, 2, OURO_FOREVER);
}

/* SIGUSR1 writes what every task does into the log; a step that takes too long is named there. */
static int let_be_seen(void)
{
    int rc = ouro_dump_on_signal(SIGUSR1);
    return rc < 0 ? rc : ouro_watchdog_start(ouro_loop_self(), NULL);
}

static int run(void *arg)
{
    struct ouro_signal *interrupt = NULL, *terminate = NULL;
    struct program program = {.settings = arg};
    int rc = ouro_signal_open(SIGINT, &interrupt);
    if (rc == 0)
        rc = ouro_signal_open(SIGTERM, &terminate);
    if (rc == 0)
        rc = let_be_seen();
    if (rc == 0)
        rc = start(&program);
    if (rc == 0)
        rc = wait_for_stop(interrupt, terminate);
    stop(&program);
    ouro_dump_on_signal(0);
    ouro_signal_close(terminate);
    ouro_signal_close(interrupt);
    return rc;
}

int main(int argc, char **argv)
{
    struct snakepit_settings settings;
    char fault[OURO_SETTINGS_FAULT_BYTES];
    (void)argc;
    int rc = snakepit_settings_load(argv, environ, &settings, fault);
    if (rc != 0)
        return ouro_settings_tell(&snakepit_settings, rc, fault);
    signal(SIGPIPE, SIG_IGN); /* who started us may stop reading the log; the game goes on */
    rc = ouro_run(run, &settings);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "snakepit ended: %s: %s", ouro_error_name(rc),
                 ouro_error_text(rc));
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
