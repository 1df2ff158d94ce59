/* SPDX-License-Identifier: MIT */
/* The front door: accept, count, serve. */
#include "ouro/server.h"
#include "server/addresses.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_DEFAULT 16384
/* Out of descriptors or memory: the system's queue holds who comes meanwhile. */
#define ACCEPT_PAUSE_NS OURO_MS(100)
#define REPORT_NS_MIN   OURO_SEC(10)

struct ouro_server {
    struct ouro_server_options options;
    struct ouro_listener *listener;
    struct ouro_task *task;
    struct ouro__addresses addresses;
    struct ouro_server_stats stats;
    int64_t reported_at;
    bool stopped;
};

struct ouro_guest {
    struct ouro_server *server;
    struct ouro__address_count *address; /* NULL: one without, such as a UNIX socket's */
    struct ouro_stream *stream;          /* until it is served */
    uint32_t refs;
};

/* --- guests ----------------------------------------------------------------------------------- */

static void free_if_over(struct ouro_server *server)
{
    if (server->stopped && server->stats.connections == 0)
        free(server);
}

struct ouro_guest *ouro_guest_ref(struct ouro_guest *guest)
{
    guest->refs++;
    return guest;
}

struct ouro_guest *ouro_guest_unref(struct ouro_guest *guest)
{
    if (!guest || --guest->refs > 0)
        return NULL;
    struct ouro_server *server = guest->server;
    if (guest->address)
        ouro__addresses_remove(&server->addresses, guest->address);
    server->stats.connections--;
    free(guest);
    free_if_over(server);
    return NULL;
}

/* Addresses that many share by nature are not counted. */
static bool is_shared(const char *address)
{
    return strncmp(address, "unix:", 5) == 0 || strcmp(address, "memory") == 0;
}

static int count_address(struct ouro_server *server, struct ouro_guest *guest)
{
    char address[OURO_ADDRESS_BYTES];
    if (ouro_stream_peer(guest->stream, true, address) < 0 || is_shared(address))
        return 0;
    int rc = ouro__addresses_add(&server->addresses, address,
                                 server->options.connections_per_address_max, &guest->address);
    server->stats.refused_address += rc == -OURO_ELIMIT;
    return rc;
}

static int guest_new(struct ouro_server *server, struct ouro_stream *stream,
                     struct ouro_guest **ret_guest)
{
    if (server->stats.connections >= server->options.connections_max) {
        server->stats.refused_full++;
        return -OURO_ELIMIT;
    }
    struct ouro_guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return -ENOMEM;
    *guest = (struct ouro_guest){.server = server, .stream = stream, .refs = 1};
    int rc = count_address(server, guest);
    if (rc < 0) {
        free(guest);
        return rc;
    }
    server->stats.accepted++;
    server->stats.connections++;
    *ret_guest = guest;
    return 0;
}

/* --- connections ------------------------------------------------------------------------------ */

struct serving {
    struct ouro_guest *guest;
    const struct ouro_server_options *options;
};

static int handle(struct ouro_http *http, void *ud)
{
    const struct serving *serving = ud;
    return serving->options->handler(http, serving->guest, serving->options->ud);
}

/* How a connection ends is between it and the handler: nothing that concerns the others. */
static int serve(void *arg)
{
    struct ouro_guest *guest = arg;
    struct serving serving = {guest, &guest->server->options};
    struct ouro_stream *stream = guest->stream;
    guest->stream = NULL;
    ouro_http_serve(stream, handle, &serving, &serving.options->http);
    return 0;
}

static void guest_done(void *arg)
{
    struct ouro_guest *guest = arg;
    ouro_stream_close(guest->stream); /* the task was cancelled before its first step */
    ouro_guest_unref(guest);
}

/* Best effort: who is turned away is not worth a task. */
static void turn_away(struct ouro_stream *stream)
{
    static const char sorry[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                                "Connection: close\r\nContent-Length: 0\r\n\r\n";
    ouro_stream_try_write(stream, sorry, sizeof sorry - 1);
    ouro_stream_close(stream);
}

static void welcome(struct ouro_server *server, struct ouro_group *group,
                    struct ouro_stream *stream)
{
    static const struct ouro_spawn_options options = {.name = "http", .arg_done = guest_done};
    struct ouro_guest *guest;
    if (guest_new(server, stream, &guest) < 0) {
        turn_away(stream);
        return;
    }
    if (ouro_group_spawn(group, serve, guest, &options, NULL) < 0) {
        turn_away(stream);
        ouro_guest_unref(guest);
    }
}

/* --- the task that accepts -------------------------------------------------------------------- */

static int pause_after(struct ouro_server *server, int failure)
{
    int64_t now = ouro_now();
    if (!server->reported_at || now - server->reported_at > REPORT_NS_MIN) {
        server->reported_at = now;
        ouro_log(OURO_LOG_WARN,
                 "can't accept connections for now: %s; raise the limit of open files (ulimit -n) "
                 "or lower --connections-max",
                 ouro_error_text(failure));
    }
    return ouro_sleep(ACCEPT_PAUSE_NS);
}

static int accept_all(struct ouro_server *server, struct ouro_group *group)
{
    for (;;) {
        struct ouro_stream *stream;
        int rc = ouro_accept(server->listener, OURO_FOREVER, &stream);
        if (rc == 0)
            welcome(server, group, stream);
        else if (rc == -ECANCELED || rc == -OURO_ECLOSED)
            return rc;
        else if ((rc = pause_after(server, rc)) < 0)
            return rc;
    }
}

static int server_main(void *arg)
{
    struct ouro_server *server = arg;
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    accept_all(server, &group);
    ouro_group_cancel(&group);
    return ouro_group_close(&group);
}

/* --- life ------------------------------------------------------------------------------------- */

static struct ouro_server *server_new(const struct ouro_server_options *options)
{
    struct ouro_server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->options = *options;
    if (!server->options.connections_max)
        server->options.connections_max = CONNECTIONS_DEFAULT;
    if (!server->options.connections_per_address_max)
        server->options.connections_per_address_max = server->options.connections_max;
    server->addresses.secret = ouro_random();
    return server;
}

int ouro_server_start(const struct ouro_server_options *options, struct ouro_server **ret_server)
{
    struct ouro_server *server = server_new(options);
    if (!server)
        return -ENOMEM;
    int rc = ouro_listen(options->listen, NULL, &server->listener);
    if (rc == 0)
        rc = ouro_spawn(server_main, server, NULL, &server->task);
    if (rc < 0) {
        ouro_listener_close(server->listener);
        free(server);
        return rc;
    }
    *ret_server = server;
    return 0;
}

const char *ouro_server_address(const struct ouro_server *server)
{
    return ouro_listener_address(server->listener);
}

struct ouro_server_stats ouro_server_stats(const struct ouro_server *server)
{
    return server->stats;
}

struct ouro_server *ouro_server_stop(struct ouro_server *server)
{
    if (!server)
        return NULL;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro_cancel(server->task);
    ouro_await(server->task, OURO_FOREVER, NULL);
    ouro_task_unref(server->task);
    ouro_scope_close(&shield);
    ouro_listener_close(server->listener);
    server->stopped = true;
    free_if_over(server);
    return NULL;
}
