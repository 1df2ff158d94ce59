/* SPDX-License-Identifier: MIT */
/* The sockets that a server listens at, and for each the task that accepts. */
#include "server/door.h"

#include "net/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Out of descriptors or memory: the system's queue holds who comes meanwhile. */
#define ACCEPT_PAUSE_NS OURO_MS(100)
#define REPORT_NS_MIN   OURO_SEC(10)

/* --- opening ---------------------------------------------------------------------------------- */

static int open_door(struct ouro_server *server, const char *address, bool tls)
{
    struct ouro__door *door = &server->doors[server->door_count];
    if (server->door_count == OURO_SERVER_LISTENERS_MAX)
        return -E2BIG;
    int rc = ouro_listen(address, &server->options.socket, &door->listener);
    if (rc < 0) {
        ouro_log(OURO_LOG_ERROR, "can't listen on %s: %s", address, ouro_error_text(rc));
        return rc;
    }
    door->server = server;
    door->tls = tls;
    server->door_count++;
    return 0;
}

/* How many sockets the service manager has opened for this process: sd_listen_fds(3). */
static int inherited_count(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    return pid && count && atol(pid) == (long)getpid() ? atoi(count) : 0;
}

/* The name of each, with colons between them, in LISTEN_FDNAMES. */
static bool has_name(int number, const char *name)
{
    const char *names = getenv("LISTEN_FDNAMES");
    for (; names && number > 0; number--) {
        names = strchr(names, ':');
        names += names ? 1 : 0;
    }
    size_t len = names ? strcspn(names, ":") : 0;
    return len == strlen(name) && strncmp(names ? names : "", name, len) == 0;
}

/* They begin at descriptor 3. `name` NULL: all of them. */
static int open_inherited(struct ouro_server *server, const char *name, bool tls)
{
    int found = 0, rc = 0;
    for (int i = 0; i < inherited_count() && rc == 0; i++) {
        char address[sizeof "fd:-2147483648"];
        if (name && !has_name(i, name))
            continue;
        found++;
        snprintf(address, sizeof address, "fd:%d", STDERR_FILENO + 1 + i);
        rc = open_door(server, address, tls);
    }
    if (rc < 0 || found)
        return rc;
    ouro_log(OURO_LOG_ERROR, "the service manager has opened no socket %s%s (LISTEN_FDS)",
             name ? "named " : "for us", name ? name : "");
    return -ENOENT;
}

static int open_item(struct ouro_server *server, const char *item, bool tls)
{
    static const char inherited[] = "systemd";
    size_t len = sizeof inherited - 1;
    if (strncmp(item, inherited, len) == 0 && (!item[len] || item[len] == ':'))
        return open_inherited(server, item[len] ? item + len + 1 : NULL, tls);
    return open_door(server, item, tls);
}

static int open_list(struct ouro_server *server, const char *list, bool tls)
{
    struct ouro_setting_items items;
    int rc = ouro_setting_list.parse(list, &items);
    for (const char **item = items.items; rc == 0 && *item; item++)
        rc = open_item(server, *item, tls);
    return rc;
}

int ouro__doors_open(struct ouro_server *server)
{
    const struct ouro_server_options *options = &server->options;
    int rc = open_list(server, options->listen, options->tls != NULL);
    return rc < 0 || !options->listen_plain ? rc : open_list(server, options->listen_plain, false);
}

/* --- accepting -------------------------------------------------------------------------------- */

/* A listener is level-triggered in spirit: without a pause it would fail again at once, for as long
 * as somebody waits in its queue. */
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

/* Where TLS is spoken there is nothing to be said so early. */
static void refuse(struct ouro__door *door, struct ouro_stream *stream,
                   const struct ouro__farewell *farewell)
{
    if (door->tls)
        ouro_stream_close(stream);
    else
        ouro__turn_away(door->server, stream, farewell);
}

static void meet(struct ouro__door *door, const struct ouro__address *peer,
                 struct ouro_stream *stream)
{
    struct ouro_guest *guest;
    int rc = ouro__guest_new(door->server, peer, &guest);
    if (rc == 0)
        ouro__welcome(door, stream, guest);
    else
        refuse(door, stream, rc == -EAGAIN ? &ouro__farewell_too_fast : &ouro__farewell_full);
}

static int accept_all(struct ouro__door *door)
{
    int rc = ouro_event_wait(&door->server->opened, OURO_FOREVER);
    while (rc == 0) {
        struct ouro__address peer;
        struct ouro_stream *stream;
        rc = ouro__accept(door->listener, OURO_FOREVER, &peer, &stream);
        if (rc == 0)
            meet(door, &peer, stream);
        else if (rc != -ECANCELED)
            rc = pause_after(door->server, rc);
    }
    return rc;
}

static int door_main(void *arg)
{
    return accept_all(arg);
}

int ouro__doors_start(struct ouro_server *server)
{
    static const struct ouro_spawn_options options = {.name = "door"};
    int rc = 0;
    for (size_t i = 0; i < server->door_count && rc == 0; i++)
        rc = ouro_spawn(door_main, &server->doors[i], &options, &server->doors[i].task);
    return rc;
}

static void door_close(struct ouro__door *door)
{
    if (door->task) {
        ouro_cancel(door->task);
        ouro_await(door->task, OURO_FOREVER, NULL);
        door->task = ouro_task_unref(door->task);
    }
    door->listener = ouro_listener_close(door->listener);
}

void ouro__doors_close(struct ouro_server *server)
{
    for (size_t i = 0; i < server->door_count; i++)
        door_close(&server->doors[i]);
}
