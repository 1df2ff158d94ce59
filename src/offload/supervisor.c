/* SPDX-License-Identifier: MIT */
/* A group of servers on one address, and the process that watches over them.
 *
 *     first process ---- TERM, KILL ----> server 0   its loop, its listening socket
 *          |  ^------- heartbeats --------'
 *          |  ^------- heartbeats --------- server 1 ...
 *
 * Each server has a listening socket of its own on the same port (SO_REUSEPORT): the kernel deals
 * connections out evenly. On one shared socket, whose loop wakes up first takes all it finds: of
 * 2,000 connections to four processes they got 1, 990, 663 and 346, and with a socket each 500,
 * 480, 521 and 499. A UNIX socket can't be had several times, nor can one that somebody else has
 * opened ("fd:3"): these are shared.
 *
 * The sockets are the first process's: what comes in while a server is missing waits in its queue,
 * or, when it is missing for longer, goes to the others. */
#include "net/pipe.h"
#include "offload/backoff.h"
#include "offload/process.h"
#include "ouro/sync.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Which server a process is: its number. Its descriptors are fixed. */
#define SERVER_VARIABLE "OURO_SERVER"
#define HEARTBEAT_FD    3
#define LISTENER_FD     4
/* A server that is not started again at once gives its share of the connections to the others. */
#define MISSED_NS_MAX   OURO_SEC(1)
#define BACKLOG         4096
#define ARGUMENTS_BYTES (2 * 1024 * 1024) /* what Linux allows is less */

struct server {
    struct watch *watch;
    int number, fd;
    struct ouro__backoff backoff;
    struct ouro_process *process;
    struct ouro_stream *heartbeat;
};

/* The first process. */
struct watch {
    struct ouro_supervise_options options;
    struct ouro_buf arguments; /* each ends in NUL */
    const char **argv;
    struct server *servers;
    bool shared;
};

static struct ouro_supervise_options with_defaults(const struct ouro_supervise_options *given)
{
    struct ouro_supervise_options options = *given;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options.processes == 0)
        options.processes = processors > 0 ? (size_t)processors : 1;
    if (options.heartbeat_ns == 0)
        options.heartbeat_ns = OURO_HEARTBEAT_NS;
    if (options.silent_ns_max == 0)
        options.silent_ns_max = OURO_SILENT_NS_MAX;
    if (options.stop_ns_max == 0)
        options.stop_ns_max = OURO_STOP_NS_MAX;
    return options;
}

/* --- a server: what the program is there ------------------------------------------------------ */

struct life {
    struct ouro_supervise_options options;
    ouro_server_fn *fn;
    void *arg;
    int number;
    struct ouro_listener *listener;
    struct ouro_stream *heartbeat;
    struct ouro_signal *term;
    struct ouro_group group; /* of what goes on beside fn; its scope is around fn */
};

/* A task of the loop that serves: if that stands still, so does this. A full pipe means that nobody
 * listens just now, and that enough has been said. */
static int beat(void *arg)
{
    struct life *life = arg;
    int rc = 0;
    while (rc >= 0) {
        ouro_stream_try_write(life->heartbeat, "", 1);
        rc = ouro_sleep(life->options.heartbeat_ns);
    }
    return rc;
}

static int stop_when_told(void *arg)
{
    struct life *life = arg;
    int rc = ouro_signal_wait(life->term, OURO_FOREVER);
    if (rc > 0)
        ouro_scope_cancel(&life->group.scope);
    return rc < 0 ? rc : 0;
}

/* What fn returned; or why it could not be watched. */
static int serve(struct life *life)
{
    int rc = -ECANCELED;
    ouro_group_open(&life->group, OURO_FOREVER);
    if (ouro_group_spawn(&life->group, stop_when_told, life, NULL, NULL) >= 0 &&
        ouro_group_spawn(&life->group, beat, life, NULL, NULL) >= 0)
        rc = life->fn(life->listener, life->number, life->arg);
    ouro_group_cancel(&life->group);
    int failed = ouro_group_close(&life->group);
    return failed < 0 && failed != -ECANCELED ? failed : rc;
}

/* TERM is heard before fn begins, which may go far before it waits for the first time. */
static int server_main(void *arg)
{
    struct life *life = arg;
    int rc = ouro_signal_open(SIGTERM, &life->term);
    fcntl(HEARTBEAT_FD, F_SETFD, FD_CLOEXEC);
    if (rc >= 0)
        rc = ouro__stream_of_pipe(HEARTBEAT_FD, &life->heartbeat);
    if (rc >= 0)
        rc = ouro_listen_fd(LISTENER_FD, &life->listener);
    if (rc >= 0)
        rc = serve(life);
    ouro_listener_close(life->listener);
    ouro_stream_close(life->heartbeat);
    ouro_signal_close(life->term);
    return rc;
}

static _Noreturn void be_server(const char *number, struct life *life)
{
    life->number = atoi(number);
    unsetenv(SERVER_VARIABLE);                         /* it is not for our children */
    prctl(PR_SET_NAME, program_invocation_short_name); /* it was started as "exe" */
    signal(SIGINT, SIG_IGN); /* from a terminal it reaches all; the first process decides */
    int rc = ouro_run(server_main, life);
    if (rc < 0 && rc != -ECANCELED)
        ouro_log(OURO_LOG_ERROR, "server %d: %s", life->number, ouro_error_text(rc));
    exit(rc < 0 && rc != -ECANCELED ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- the first process: one server ------------------------------------------------------------ */

/* Our environment and the number. */
static const char **environment_with(const char *variable)
{
    size_t count = 0;
    while (environ[count])
        count++;
    const char **env = calloc(count + 2, sizeof *env);
    if (!env)
        return NULL;
    memcpy(env, environ, count * sizeof *env);
    env[count] = variable;
    return env;
}

static int start_process(struct server *server, int heartbeat_fd)
{
    char variable[64];
    snprintf(variable, sizeof variable, SERVER_VARIABLE "=%d", server->number);
    const char **env = environment_with(variable);
    if (!env)
        return -ENOMEM;
    struct ouro__launch launch = {
        .path = OURO__SELF,
        .argv = server->watch->argv,
        .env = env,
        .fd_count = LISTENER_FD + 1,
        .fds = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, heartbeat_fd, server->fd},
    };
    int rc = ouro__process_start(&launch, &server->process);
    free(env);
    return rc;
}

static int start(struct server *server)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    int rc = ouro__stream_of_pipe(ends[0], &server->heartbeat);
    if (rc < 0)
        close(ends[0]);
    else
        rc = start_process(server, ends[1]);
    close(ends[1]);
    if (rc < 0)
        server->heartbeat = ouro_stream_close(server->heartbeat);
    return rc;
}

/* Until it ends (0), is silent (-ETIMEDOUT), or the group ends (-ECANCELED). */
static int listen_to_beats(struct server *server)
{
    char beats[64];
    int rc;
    do
        rc = ouro_read(server->heartbeat, beats, sizeof beats,
                       ouro_after(server->watch->options.silent_ns_max));
    while (rc > 0);
    return rc;
}

/* Returns the status. Who has stopped telling that it lives without being silent is ending already;
 * and who is silent hears no TERM either. */
static int end(struct server *server, int why)
{
    int status = 0;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    if (why == -ECANCELED)
        ouro_process_signal(server->process, SIGTERM);
    else if (why == -ETIMEDOUT)
        ouro_process_signal(server->process, SIGKILL);
    ouro_process_wait(server->process, ouro_after(server->watch->options.stop_ns_max), &status);
    server->process = ouro_process_free(server->process); /* kills it if it has not ended */
    server->heartbeat = ouro_stream_close(server->heartbeat);
    ouro_scope_close(&shield);
    return status;
}

static void log_end(const struct server *server, int why, int status, int64_t pause)
{
    char how[128];
    if (why == -ETIMEDOUT)
        snprintf(how, sizeof how, "was silent and has been killed");
    else if (status < 0)
        snprintf(how, sizeof how, "was killed by signal %d (%s)", -status, sigdescr_np(-status));
    else
        snprintf(how, sizeof how, "ended with code %d", status);
    ouro_log(OURO_LOG_WARN, "server %d %s; again in %lld ms", server->number, how,
             (long long)(pause / OURO_MS(1)));
}

/* Shut down, a socket listens no more but keeps its port; start_listening() undoes it. */
static int pause_before_next(struct server *server, int64_t pause)
{
    const struct watch *watch = server->watch;
    if (pause > MISSED_NS_MAX && !watch->shared && watch->options.processes > 1)
        shutdown(server->fd, SHUT_RDWR);
    int rc = ouro_sleep(pause);
    listen(server->fd, BACKLOG);
    return rc;
}

static int live_once(struct server *server)
{
    int64_t since = ouro_now();
    int why = listen_to_beats(server), status = end(server, why);
    if (why == -ECANCELED)
        return why;
    if (ouro_now() - since >= server->backoff.max)
        ouro__backoff_reset(&server->backoff);
    int64_t pause = ouro__backoff_take(&server->backoff);
    log_end(server, why, status, pause);
    return pause_before_next(server, pause);
}

static int keep(void *arg)
{
    struct server *server = arg;
    int rc = 0;
    while (rc >= 0) {
        int started = start(server);
        if (started >= 0) {
            rc = live_once(server);
            continue;
        }
        ouro_log(OURO_LOG_ERROR, "server %d can't be started: %s", server->number,
                 ouro_error_text(started));
        rc = pause_before_next(server, ouro__backoff_take(&server->backoff));
    }
    return rc;
}

/* --- the first process: all of them ----------------------------------------------------------- */

static int wait_for_stop(void)
{
    struct ouro_signal *term, *interrupt;
    int rc = ouro_signal_open(SIGTERM, &term);
    if (rc < 0)
        return rc;
    rc = ouro_signal_open(SIGINT, &interrupt);
    if (rc >= 0) {
        struct ouro_case cases[] = {ouro_on_signal(term), ouro_on_signal(interrupt)};
        rc = ouro_select(cases, 2, OURO_FOREVER);
        ouro_signal_close(interrupt);
    }
    ouro_signal_close(term);
    return rc < 0 ? rc : 0;
}

static int run_servers(void *arg)
{
    struct watch *watch = arg;
    struct ouro_group group;
    int rc = 0;
    ouro_group_open(&group, OURO_FOREVER);
    for (size_t i = 0; i < watch->options.processes && rc >= 0; i++)
        rc = ouro_group_spawn(&group, keep, &watch->servers[i], NULL, NULL);
    if (rc >= 0)
        rc = wait_for_stop();
    ouro_group_cancel(&group);
    ouro_group_close(&group);
    return rc;
}

static int open_socket(const char *address, bool reuse_port, char ret_address[OURO_ADDRESS_BYTES])
{
    struct ouro_listener *listener;
    struct ouro_listen_options options = {.reuse_port = reuse_port, .backlog = BACKLOG};
    int rc = ouro_listen(address, &options, &listener);
    if (rc < 0)
        return rc;
    snprintf(ret_address, OURO_ADDRESS_BYTES, "%s", ouro_listener_address(listener));
    return ouro_listener_release(listener);
}

static bool is_unix(const char *address)
{
    return strncmp(address, "unix:", 5) == 0;
}

static bool can_be_had_once(const char *address)
{
    return is_unix(address) || strncmp(address, "fd:", 3) == 0;
}

/* The first one, which wants the port for itself, finds out whether somebody has it already, and
 * picks it if it is to be picked. Then it makes way. */
static int open_sockets(struct watch *watch)
{
    char address[OURO_ADDRESS_BYTES], same[OURO_ADDRESS_BYTES];
    int first = open_socket(watch->options.address, false, address), rc = first;
    if (first < 0)
        return first;
    watch->shared = can_be_had_once(watch->options.address);
    if (!watch->shared)
        close(first);
    for (size_t i = 0; i < watch->options.processes && rc >= 0; i++) {
        rc = watch->shared ? fcntl(first, F_DUPFD_CLOEXEC, 0) : open_socket(address, true, same);
        watch->servers[i].fd = rc;
    }
    if (watch->shared)
        close(first);
    if (rc >= 0)
        ouro_log(OURO_LOG_INFO, "%zu servers on %s", watch->options.processes, address);
    return rc < 0 ? rc : 0;
}

static void close_sockets(struct watch *watch)
{
    for (size_t i = 0; i < watch->options.processes; i++) {
        if (watch->servers[i].fd >= 0)
            close(watch->servers[i].fd);
    }
    if (watch->shared && is_unix(watch->options.address))
        unlink(watch->options.address + strlen("unix:"));
}

static int split_arguments(struct watch *watch)
{
    size_t count = 0;
    for (size_t i = 0; i < watch->arguments.len; i++)
        count += watch->arguments.data[i] == '\0';
    watch->argv = calloc(count + 1, sizeof *watch->argv);
    if (!watch->argv)
        return -ENOMEM;
    const char *at = watch->arguments.data;
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
        watch->argv[i] = at;
    return 0;
}

static int make_servers(struct watch *watch)
{
    const struct ouro_supervise_options *options = &watch->options;
    watch->servers = calloc(options->processes, sizeof *watch->servers);
    if (!watch->servers)
        return -ENOMEM;
    for (size_t i = 0; i < options->processes; i++) {
        struct server *server = &watch->servers[i];
        *server = (struct server){.watch = watch, .number = (int)i, .fd = -1};
        ouro__backoff_init(&server->backoff, options->backoff_ns_min, options->backoff_ns_max);
    }
    return 0;
}

static int watch_main(void *arg)
{
    struct watch *watch = arg;
    int rc = ouro_file_read("/proc/self/cmdline", ARGUMENTS_BYTES, OURO_FOREVER, &watch->arguments);
    if (rc >= 0)
        rc = split_arguments(watch);
    if (rc >= 0)
        rc = make_servers(watch);
    if (rc >= 0) {
        rc = open_sockets(watch);
        if (rc >= 0)
            rc = run_servers(watch);
        close_sockets(watch);
    }
    free(watch->servers);
    free(watch->argv);
    ouro_buf_done(&watch->arguments);
    return rc;
}

int ouro_supervise(const struct ouro_supervise_options *options, ouro_server_fn *fn, void *arg)
{
    const char *number = getenv(SERVER_VARIABLE);
    struct life life = {.options = with_defaults(options), .fn = fn, .arg = arg};
    if (number)
        be_server(number, &life);
    struct watch watch = {.options = life.options};
    return ouro_run(watch_main, &watch);
}
