/* SPDX-License-Identifier: MIT */
/* Snakepit: the server. Settings, store, game, front door; then wait to be told to stop. */
#include "server/arena_bots.h"
#include "server/door.h"
#include "server/hall.h"
#include "server/memory.h"
#include "server/replay_main.h"
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

/* Parts of the second that a stop may take; the door has another 100 ms of it. */
#define CLOSE_NS_MAX OURO_MS(400) /* for one client to answer */
#define GONE_NS_MAX  OURO_MS(450) /* for all to be gone: longer, so that none has to be cut */
#define HALL_NS_MAX  OURO_MS(200) /* for those in the hall, after the others */
#define FLUSH_NS_MAX OURO_MS(200)

#define SDK_PREFIX "/sdk/"

#define DRAIN_LOOK_NS OURO_MS(50) /* how often it is seen whether the last player has gone */

#define PATH_BYTES_MAX 4096

static const struct ouro_worker_job jobs[] = {
    {ARENA_THINK_JOB, .call = arena_bots_think},
    {0},
};

extern const struct ouro_asset snakepit_pages[];
extern char **environ;

struct stop_signals {
    struct ouro_signal *interrupt, *terminate;
};

struct program {
    const struct snakepit_settings *settings;
    struct ouro_ws_options ws;
    struct ouro_files *pages, *embedded; /* the first: NULL, or a folder in place of the others */
    struct ouro_store *store;
    struct classic *game;
    struct sessions sessions;
    struct hall hall;
    struct door door;
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

/* The next character of a path, which may be percent-encoded; two digits follow a percent sign. */
static char take_char(const char **path)
{
    char digits[3] = "";
    if (**path != '%')
        return *(*path)++;
    memcpy(digits, *path + 1, 2);
    *path += 3;
    return (char)strtoul(digits, NULL, 16);
}

static bool is_of_sdk(const char *path)
{
    const char *wanted = SDK_PREFIX;
    while (*wanted && take_char(&path) == *wanted)
        wanted++;
    return !*wanted;
}

/* The client's library is in the program, whatever page uses it. */
static struct ouro_files *files_for(const struct program *program, const char *path)
{
    return program->pages && !is_of_sdk(path) ? program->pages : program->embedded;
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct program *program = ud;
    const char *path = ouro_http_path(http);
    if (strcmp(path, "/connect") == 0)
        return connect_player(http, guest, program);
    int rc = hall_handle(&program->hall, http, guest);
    return rc == -ENOENT ? ouro_http_respond_file(http, files_for(program, path)) : rc;
}

/* --- start ------------------------------------------------------------------------------------ */

static int open_pages(struct program *program)
{
    const char *folder = program->settings->pages;
    int rc = ouro_files_of_assets(snakepit_pages, NULL, &program->embedded);
    if (rc < 0 || !folder)
        return rc;
    rc = ouro_files_of_folder(folder, NULL, &program->pages);
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

static void put_metrics(struct ouro_buf *out, void *ud)
{
    const struct program *program = ud;
    ouro_metrics_put_room(out, classic_room(program->game));
    hall_put_metrics(&program->hall, out);
}

static int open_door(struct program *program)
{
    const struct door_house house = {on_request, put_metrics, program};
    return door_open(&program->door, &house);
}

/* What needs no more than the settings comes first: a wrong certificate leaves no folder behind. */
static int start(struct program *program)
{
    int rc = door_prepare(&program->door, program->settings);
    if (rc == 0)
        rc = open_pages(program);
    if (rc == 0)
        rc = open_store(program);
    if (rc == 0)
        rc = start_game(program);
    if (rc == 0)
        rc = start_sessions(program);
    if (rc == 0)
        rc = hall_open(&program->hall, program->settings);
    if (rc == 0)
        rc = open_door(program);
    if (rc == 0)
        door_tell(&program->door);
    return rc;
}

/* --- stop ------------------------------------------------------------------------------------- */

/* From the door inwards; each part may be missing, if the start went only half-way. Who comes while
 * the players leave is still told that we are going. */
static void stop(struct program *program)
{
    door_drain(&program->door);
    sessions_stop(&program->sessions, ouro_after(GONE_NS_MAX));
    door_close(&program->door);
    hall_close(&program->hall, ouro_after(HALL_NS_MAX));
    classic_stop(program->game);
    if (program->store)
        ouro_store_close(program->store, ouro_after(FLUSH_NS_MAX));
    ouro_files_free(program->pages);
    ouro_files_free(program->embedded);
}

/* The operator, or the service manager, says that it is enough. */
static int wait_for_stop(const struct stop_signals *signals, int64_t deadline)
{
    struct ouro_case cases[] = {ouro_on_signal(signals->interrupt),
                                ouro_on_signal(signals->terminate)};
    return ouro_select(cases, 2, deadline);
}

static bool is_played(const struct program *program)
{
    return program->sessions.count > 0 || hall_sessions(&program->hall) > 0;
}

/* Who plays may go on for a while; a second signal ends that. */
static int drain(struct program *program, const struct stop_signals *signals)
{
    int64_t deadline = ouro_after(program->settings->drain_ns);
    int rc = -ETIMEDOUT;
    door_drain(&program->door);
    while (rc == -ETIMEDOUT && is_played(program) && ouro_now() < deadline) {
        int64_t look = ouro_after(DRAIN_LOOK_NS);
        rc = wait_for_stop(signals, look < deadline ? look : deadline);
    }
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int serve(struct program *program, const struct stop_signals *signals)
{
    int rc = start(program);
    if (rc == 0)
        rc = wait_for_stop(signals, OURO_FOREVER);
    return rc < 0 ? rc : drain(program, signals);
}

/* SIGUSR1 writes what every task does into the log; a step that takes too long is named there. */
static int let_be_seen(void)
{
    int rc = ouro_dump_on_signal(SIGUSR1);
    return rc < 0 ? rc : ouro_watchdog_start(ouro_loop_self(), NULL);
}

static int run(void *arg)
{
    struct stop_signals signals = {NULL, NULL};
    struct program program = {.settings = arg};
    int rc = ouro_signal_open(SIGINT, &signals.interrupt);
    if (rc == 0)
        rc = ouro_signal_open(SIGTERM, &signals.terminate);
    if (rc == 0)
        rc = let_be_seen();
    if (rc == 0)
        rc = serve(&program, &signals);
    stop(&program);
    ouro_dump_on_signal(0);
    ouro_signal_close(signals.terminate);
    ouro_signal_close(signals.interrupt);
    return rc;
}

int main(int argc, char **argv)
{
    struct snakepit_settings settings;
    char fault[OURO_SETTINGS_FAULT_BYTES];
    ouro_workers_init(argc, argv, jobs);
    if (argc > 1 && strcmp(argv[1], "replay") == 0)
        return replay_main(argc - 2, argv + 2);
    int rc = snakepit_settings_load(argv, environ, &settings, fault);
    if (rc != 0)
        return ouro_settings_tell(&snakepit_settings, rc, fault);
    snakepit_memory_in_large_pages();
    signal(SIGPIPE, SIG_IGN); /* who started us may stop reading the log; the game goes on */
    rc = ouro_run(run, &settings);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "snakepit ended: %s: %s", ouro_error_name(rc),
                 ouro_error_text(rc));
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
