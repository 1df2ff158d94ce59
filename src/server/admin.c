/* SPDX-License-Identifier: MIT */
/* The back door: health and counters, on a listener with connections of its own. */
#include "ouro/server.h"

#include <stdlib.h>
#include <string.h>

struct ouro_admin {
    struct ouro_admin_options options;
    struct ouro_server *server;
};

static int respond_health(struct ouro_http *http, const struct ouro_admin_options *options)
{
    bool ready = !options->is_ready || options->is_ready(options->ud);
    ouro_http_set_header(http, "Cache-Control", "no-store");
    return ouro_http_respond_text(http, ready ? 200 : 503, ready ? "ok\n" : "draining\n");
}

static int respond_metrics(struct ouro_http *http, const struct ouro_admin_options *options)
{
    struct ouro_buf out = {0};
    ouro_metrics_put_loop(&out, ouro_loop_self());
    if (options->metrics)
        options->metrics(&out, options->ud);
    int rc = ouro_buf_failed(&out)
                 ? -ENOMEM
                 : ouro_http_respond(http, 200, "text/plain; version=0.0.4; charset=utf-8",
                                     out.data, out.len);
    ouro_buf_done(&out);
    return rc;
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    const struct ouro_admin *admin = ud;
    const char *method = ouro_http_method(http), *path = ouro_http_path(http);
    (void)guest;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        ouro_http_set_header(http, "Allow", "GET, HEAD");
        return ouro_http_respond_text(http, 405, "only looking is possible here\n");
    }
    if (strcmp(path, "/healthz") == 0)
        return respond_health(http, &admin->options);
    if (strcmp(path, "/metrics") == 0)
        return respond_metrics(http, &admin->options);
    return ouro_http_respond_text(http, 404, "here are /healthz and /metrics\n");
}

int ouro_admin_start(const struct ouro_admin_options *options, struct ouro_admin **ret_admin)
{
    struct ouro_admin *admin = malloc(sizeof *admin);
    if (!admin)
        return -ENOMEM;
    admin->options = *options;
    const struct ouro_server_options server = {
        .listen = options->listen,
        .handler = on_request,
        .ud = admin,
        .connections_max = OURO_ADMIN_CONNECTIONS_MAX,
    };
    int rc = ouro_server_start(&server, &admin->server);
    if (rc < 0)
        free(admin);
    else
        *ret_admin = admin;
    return rc;
}

const char *ouro_admin_address(const struct ouro_admin *admin)
{
    return ouro_server_address(admin->server);
}

struct ouro_admin *ouro_admin_stop(struct ouro_admin *admin)
{
    if (!admin)
        return NULL;
    ouro_server_stop(admin->server); /* no guest outlives its request here */
    free(admin);
    return NULL;
}
