/* SPDX-License-Identifier: MIT */
#include "server/door.h"

#include <ouro/offload.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* --- TLS -------------------------------------------------------------------------------------- */

static int load_certificates(struct door *door)
{
    static const char *const alpn[] = {"http/1.1", NULL};
    const struct snakepit_tls *tls = &door->settings->tls;
    struct ouro_tls_certificate certificates[OURO_SETTING_ITEMS_MAX];
    char fault[OURO_TLS_FAULT_BYTES];
    struct ouro_tls_options options = {.certificates = certificates,
                                       .alpn = alpn,
                                       .version_min = tls->version_min,
                                       .handshakes_max = tls->handshakes_max};
    for (size_t i = 0; tls->certificates.items[i]; i++, options.certificate_count++)
        certificates[i] =
            (struct ouro_tls_certificate){tls->certificates.items[i], tls->keys.items[i]};
    int rc = options.certificate_count ? ouro_tls_server_new(&options, fault, &door->tls) : 0;
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "--tls-cert, --tls-key: %s", fault);
    return rc;
}

/* Reads files, in a thread. */
struct reload {
    struct ouro_tls_config *tls;
    char fault[OURO_TLS_FAULT_BYTES];
};

static int reload(void *arg)
{
    struct reload *job = arg;
    return ouro_tls_reload(job->tls, job->fault);
}

static int reload_at_hangup(void *arg)
{
    struct door *door = arg;
    struct reload job = {.tls = door->tls};
    int rc;
    while ((rc = ouro_signal_wait(door->hangup, OURO_FOREVER)) > 0) {
        rc = ouro_offload(NULL, reload, &job, OURO_FOREVER);
        if (rc == 0)
            ouro_log(OURO_LOG_INFO, "the certificates have been loaded again");
        else if (rc != -ECANCELED)
            ouro_log(OURO_LOG_ERROR, "the certificates stay what they were: %s",
                     *job.fault ? job.fault : ouro_error_text(rc));
    }
    return rc;
}

/* Without TLS there is nothing to load again, and the signal keeps its meaning. */
static int start_reloader(struct door *door)
{
    if (!door->tls)
        return 0;
    int rc = ouro_signal_open(SIGHUP, &door->hangup);
    return rc < 0 ? rc : ouro_spawn(reload_at_hangup, door, NULL, &door->reloader);
}

/* As many as there can be open files for, those of the back door set aside: it is there when the
 * front door is full. */
static uint32_t allow_connections(uint32_t wanted)
{
    int allowed = ouro_server_allow_connections(wanted + OURO_ADMIN_CONNECTIONS_MAX);
    if (allowed < 0 || (uint32_t)allowed >= wanted + OURO_ADMIN_CONNECTIONS_MAX)
        return wanted;
    int players = allowed > 2 * OURO_ADMIN_CONNECTIONS_MAX ? allowed - OURO_ADMIN_CONNECTIONS_MAX
                                                           : OURO_ADMIN_CONNECTIONS_MAX;
    ouro_log(OURO_LOG_WARN,
             "the limit of open files (ulimit -Hn) is enough for %d connections, not for the %u "
             "of --connections-max",
             players, wanted);
    return (uint32_t)players;
}

int door_prepare(struct door *door, const struct snakepit_settings *settings)
{
    *door = (struct door){.settings = settings};
    door->connections_max = allow_connections(settings->connections_max);
    int rc = load_certificates(door);
    return rc < 0 ? rc : start_reloader(door);
}

/* --- the front door --------------------------------------------------------------------------- */

static const char *const *list_or_any(const struct ouro_setting_items *list)
{
    return list->items[0] ? (const char *const *)list->items : NULL;
}

static int open_front(struct door *door)
{
    const struct snakepit_settings *settings = door->settings;
    struct ouro_server_options options = {
        .listen = settings->listen,
        .listen_plain = settings->listen_plain,
        .socket = settings->socket,
        .handler = door->house.handler,
        .ud = door->house.ud,
        .connections_max = door->connections_max,
        .connections_per_address_max = settings->connections_per_address_max,
        .arrivals_per_second_max = settings->arrivals_per_address_max,
        .messages_per_second_max = settings->messages_per_address_max,
        .handshakes_per_address_max = settings->tls.handshakes_per_address_max,
        .tls = door->tls,
        .hello_ns_max = settings->hello_ns_max,
        .trusted_proxies = list_or_any(&settings->trusted_proxies),
        .proxy_header = settings->proxy_header,
        .hosts = list_or_any(&settings->hosts),
        .http = settings->http,
    };
    options.http.on_access = settings->access_log ? ouro_http_access_log : NULL;
    int rc = ouro_server_start(&options, &door->server);
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "players can't come in: %s; choose other addresses with --listen",
                 ouro_error_text(rc));
    return rc;
}

/* --- the back door ---------------------------------------------------------------------------- */

static bool is_ready(void *ud)
{
    const struct door *door = ud;
    return !ouro_server_is_draining(door->server);
}

static void put_metrics(struct ouro_buf *out, void *ud)
{
    const struct door *door = ud;
    ouro_metrics_put_server(out, door->server);
    if (door->tls)
        ouro_metrics_put_tls(out, door->tls);
    door->house.metrics(out, door->house.ud);
}

static int open_back(struct door *door)
{
    const struct ouro_admin_options options = {
        .listen = door->settings->admin,
        .is_ready = is_ready,
        .metrics = put_metrics,
        .ud = door,
    };
    int rc = options.listen ? ouro_admin_start(&options, &door->admin) : 0;
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "nobody can look in: %s; choose other addresses with --admin",
                 ouro_error_text(rc));
    return rc;
}

int door_open(struct door *door, const struct door_house *house)
{
    door->house = *house;
    int rc = open_front(door);
    return rc < 0 ? rc : open_back(door);
}

/* --- telling ---------------------------------------------------------------------------------- */

/* "[::]:80" is of both families if "*:80" was asked for. What stands for every address is none that
 * a browser can open. */
static const char *host_of(const struct door *door, const char *address)
{
    if (strncmp(address, "0.0.0.0:", 8) == 0)
        return "127.0.0.1";
    if (strncmp(address, "[::]:", 5) == 0)
        return strncmp(door->settings->listen, "[::]", 4) == 0 ? "[::1]" : "127.0.0.1";
    return NULL;
}

/* The last line of the start: a script may wait for it. */
static void tell_where_to_play(const struct door *door, const char *address)
{
    const char *scheme = door->tls ? "https" : "http", *host = host_of(door, address);
    if (host)
        printf("snakepit: play at %s://%s%s/ or any other address of this machine\n", scheme, host,
               strrchr(address, ':'));
    else
        printf("snakepit: play at %s://%s/\n", scheme, address);
}

void door_tell(const struct door *door)
{
    const char *address, *first = ouro_server_address(door->server);
    if (door->admin)
        printf("snakepit: health and metrics at http://%s/\n", ouro_admin_address(door->admin));
    for (size_t i = 1; (address = ouro_server_address_at(door->server, i)); i++)
        printf("snakepit: also listening on %s\n", address);
    if (strncmp(first, "unix:", 5) == 0)
        printf("snakepit: listening on %s\n", first);
    else
        tell_where_to_play(door, first);
    fflush(stdout);
}

/* --- the end ---------------------------------------------------------------------------------- */

void door_drain(struct door *door)
{
    if (door->server)
        ouro_server_drain(door->server);
}

void door_close(struct door *door)
{
    ouro_admin_stop(door->admin);
    ouro_server_stop(door->server);
    if (door->reloader) {
        ouro_cancel(door->reloader);
        ouro_await(door->reloader, OURO_FOREVER, NULL);
        ouro_task_unref(door->reloader);
    }
    ouro_signal_close(door->hangup);
    ouro_tls_config_unref(door->tls);
}
