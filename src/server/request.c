/* SPDX-License-Identifier: MIT */
/* What is asked of each request before the handler gets it: are we open, is it for us, and on whose
 * behalf has it come. */
#include "server/door.h"

#include "server/forwarded_parse.h"
#include "web/http.h"

#include <string.h>

/* A connection at HTTP. */
struct serving {
    struct ouro_guest *guest;
    struct ouro_server *server;
};

static int refuse(struct ouro_http *http, uint16_t status, const char *reason, const char *headers)
{
    struct ouro__http_refusal refusal = {.status = status, .reason = reason, .headers = headers};
    return ouro__http_refuse(http, &refusal);
}

/* --- is it for us? ---------------------------------------------------------------------------- */

/* Without a port, and without the dot that ends an absolute name. */
static struct ouro__slice host_of(const struct ouro_http *http)
{
    struct ouro__slice host = http->request->host;
    const char *bracket = host.len ? memchr(host.at, ']', host.len) : NULL;
    const char *from = bracket ? bracket : host.at;
    const char *colon = host.len ? memchr(from, ':', host.len - (size_t)(from - host.at)) : NULL;
    if (colon)
        host.len = (size_t)(colon - host.at);
    if (host.len > 0 && host.at[host.len - 1] == '.')
        host.len--;
    return host;
}

static bool is_ours(const struct ouro_server *server, const struct ouro_http *http)
{
    const char *const *name = server->options.hosts;
    if (!name)
        return true;
    struct ouro__slice host = host_of(http);
    while (*name && !ouro__slice_like(host, *name))
        name++;
    return *name != NULL;
}

/* --- on whose behalf? ------------------------------------------------------------------------- */

static int add_hops(const struct ouro_http *http, enum ouro_proxy_header header,
                    struct ouro__hops *hops)
{
    bool list = header == OURO_PROXY_X_FORWARDED_FOR;
    const char *name = list ? "X-Forwarded-For" : "Forwarded";
    const struct ouro__http_head *head = &http->request->head;
    int rc = 0;
    for (size_t i = 0; i < head->header_count && rc == 0; i++) {
        struct ouro__slice value = head->headers[i].value;
        if (!ouro__slice_like(head->headers[i].name, name))
            continue;
        if (list)
            ouro__hops_add_x_forwarded_for(hops, value.at, value.len);
        else
            rc = ouro__hops_add_forwarded(hops, value.at, value.len);
    }
    return rc;
}

/* The requests of one connection of a proxy may be of many clients: it is counted as the one whose
 * request is being answered, and as the last one's if it becomes a WebSocket. Not a part of its
 * caller's frame, which lies above all that the handler does: the hops are most of a KiB, and would
 * have tasks touch a second page. */
__attribute__((noinline)) static int find_client(struct serving *serving,
                                                 const struct ouro_http *http)
{
    struct ouro_guest *guest = serving->guest;
    const struct ouro_server *server = serving->server;
    enum ouro_proxy_header header = server->options.proxy_header;
    struct ouro__hops hops = {0};
    struct ouro__ip client;
    if (!guest->is_proxy || header == OURO_PROXY_PROTOCOL)
        return 0;
    if (add_hops(http, header, &hops) < 0)
        return -OURO_EMALFORMED;
    if (!ouro__hops_client(&hops, server->trusted, server->trusted_count, &client))
        ouro__guest_move_back(guest, http->stream);
    else if (!guest->has_ip || !ouro__ip_same(&client, &guest->ip) || !guest->address)
        return ouro__guest_move(guest, &client, 0);
    return 0;
}

/* --- the request ------------------------------------------------------------------------------ */

static int call_handler(struct serving *serving, struct ouro_http *http)
{
    struct ouro_server *server = serving->server;
    server->stats.requests++;
    if (server->answering++ == 0)
        ouro_event_clear(&server->idle);
    int rc = server->options.handler(http, serving->guest, server->options.ud);
    if (--server->answering == 0)
        ouro_event_set(&server->idle);
    return rc;
}

static int handle(struct ouro_http *http, void *ud)
{
    struct serving *serving = ud;
    struct ouro_server *server = serving->server;
    if (server->draining) {
        server->stats.refused_draining++;
        return refuse(http, 503, "the server is going down", OURO__RETRY_AFTER);
    }
    if (!is_ours(server, http)) {
        server->stats.refused_host++;
        return refuse(http, 421, "this server goes by other names", NULL);
    }
    int rc = find_client(serving, http);
    if (rc == -OURO_EMALFORMED)
        return refuse(http, 400, "the Forwarded field makes no sense", NULL);
    if (rc < 0)
        return refuse(http, 503, "too many connections from your address", OURO__RETRY_AFTER);
    if (http->request->head.upgrade && ouro__guest_arrive(serving->guest) < 0)
        return refuse(http, 429, "too many connections per second", OURO__RETRY_AFTER);
    return call_handler(serving, http);
}

/* The log is told of the client, not of the proxy. */
static void on_access(const struct ouro_http_access *access, void *ud)
{
    const struct serving *serving = ud;
    const struct ouro_http_options *options = &serving->server->options.http;
    char client[OURO_ADDRESS_BYTES];
    struct ouro_http_access told = *access;
    if (ouro__guest_print(serving->guest, client) == 0)
        told.peer = client;
    options->on_access(&told, options->access_ud);
}

void ouro__serve_requests(struct ouro_guest *guest, struct ouro_stream *stream)
{
    struct serving serving = {guest, guest->server};
    struct ouro_http_options options = guest->server->options.http;
    if (options.on_access) {
        options.on_access = on_access;
        options.access_ud = &serving;
    }
    ouro_http_serve(stream, handle, &serving, &options);
}
