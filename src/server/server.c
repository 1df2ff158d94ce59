/* SPDX-License-Identifier: MIT */
/* The front door as a whole: options, start, drain, stop. */
#include "server/door.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_DEFAULT 16384
#define HANDSHAKES_DEFAULT  64
#define HELLO_NS_DEFAULT    OURO_SEC(10)
#define STOP_NS_DEFAULT     OURO_MS(100)

/* --- the task that holds the group of connections open -----------------------------------------
 */

static int server_main(void *arg)
{
    struct ouro_server *server = arg;
    ouro_group_open(&server->group, OURO_FOREVER);
    ouro_event_set(&server->opened);
    ouro_sleep_until(OURO_FOREVER);
    ouro_group_cancel(&server->group);
    return ouro_group_close(&server->group);
}

/* --- start ------------------------------------------------------------------------------------ */

static int parse_trusted(struct ouro_server *server)
{
    const char *const *text = server->options.trusted_proxies;
    for (; text && *text; text++) {
        if (strcmp(*text, "unix") == 0) {
            server->trusts_unix = true;
            continue;
        }
        if (server->trusted_count == OURO_SETTING_ITEMS_MAX)
            return -E2BIG;
        if (ouro__network_parse(*text, &server->trusted[server->trusted_count]) < 0)
            return -EINVAL;
        server->trusted_count++;
    }
    return 0;
}

static void complete(struct ouro_server_options *options)
{
    if (!options->connections_max)
        options->connections_max = CONNECTIONS_DEFAULT;
    if (!options->connections_per_address_max)
        options->connections_per_address_max = options->connections_max;
    if (!options->handshakes_per_address_max)
        options->handshakes_per_address_max = HANDSHAKES_DEFAULT;
    if (!options->hello_ns_max)
        options->hello_ns_max = HELLO_NS_DEFAULT;
    if (!options->stop_ns_max)
        options->stop_ns_max = STOP_NS_DEFAULT;
}

static struct ouro_server *server_free(struct ouro_server *server)
{
    ouro__addresses_done(&server->addresses);
    ouro_event_done(&server->opened);
    ouro_event_done(&server->idle);
    ouro_tls_config_unref(server->options.tls);
    free(server);
    return NULL;
}

void ouro__server_free_if_over(struct ouro_server *server)
{
    if (server->stopped && server->stats.connections == 0)
        server_free(server);
}

static struct ouro_server *server_new(const struct ouro_server_options *options)
{
    struct ouro_server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->options = *options;
    complete(&server->options);
    if (ouro__addresses_init(&server->addresses, server->options.connections_max) < 0) {
        free(server);
        return NULL;
    }
    ouro__leavers_init(&server->leavers);
    ouro_event_init(&server->opened);
    ouro_event_init(&server->idle);
    ouro_event_set(&server->idle);
    if (options->tls)
        ouro_tls_config_ref(options->tls);
    return server;
}

int ouro_server_start(const struct ouro_server_options *options, struct ouro_server **ret_server)
{
    struct ouro_server *server = server_new(options);
    if (!server)
        return -ENOMEM;
    int rc = parse_trusted(server);
    if (rc == 0)
        rc = ouro__doors_open(server);
    if (rc == 0)
        rc = ouro_spawn(server_main, server, NULL, &server->task);
    if (rc == 0)
        rc = ouro__doors_start(server);
    if (rc < 0)
        ouro_server_stop(server);
    else
        *ret_server = server;
    return rc;
}

/* --- telling ---------------------------------------------------------------------------------- */

const char *ouro_server_address_at(const struct ouro_server *server, size_t number)
{
    return number < server->door_count ? ouro_listener_address(server->doors[number].listener)
                                       : NULL;
}

const char *ouro_server_address(const struct ouro_server *server)
{
    return ouro_server_address_at(server, 0);
}

struct ouro_server_stats ouro_server_stats(const struct ouro_server *server)
{
    struct ouro_server_stats stats = server->stats;
    stats.addresses = server->addresses.count;
    return stats;
}

/* --- the end ---------------------------------------------------------------------------------- */

void ouro_server_drain(struct ouro_server *server)
{
    server->draining = true;
}

bool ouro_server_is_draining(const struct ouro_server *server)
{
    return server->draining;
}

static void end_connections(struct ouro_server *server)
{
    if (!server->task)
        return; /* the start did not come that far */
    ouro_event_wait(&server->idle, ouro_after(server->options.stop_ns_max));
    ouro_cancel(server->task);
    ouro_await(server->task, OURO_FOREVER, NULL);
    ouro_task_unref(server->task);
}

struct ouro_server *ouro_server_stop(struct ouro_server *server)
{
    if (!server)
        return NULL;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro_server_drain(server);
    ouro__doors_close(server);
    end_connections(server);
    ouro__leavers_done(&server->leavers);
    ouro_scope_close(&shield);
    server->stopped = true;
    ouro__server_free_if_over(server);
    return NULL;
}
