/* SPDX-License-Identifier: MIT */
/* The server that bench_http measures: a small answer in JSON, made for each request, and a file.
 */
#include "bench_http.h"

#include <ouro/server.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static struct ouro_files *files;

static int respond_json(struct ouro_http *http, void *unused)
{
    (void)unused;
    json_t *json = json_pack("{s:i, s:s, s:b}", "number", 7, "text", "milk and bread", "done", 0);
    int rc = json ? ouro_http_respond_json(http, 200, json) : -ENOMEM;
    json_decref(json);
    return rc;
}

static int respond_file(struct ouro_http *http, void *unused)
{
    (void)unused;
    return ouro_http_respond_file(http, files);
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    static const struct ouro_route routes[] = {{"GET", "/notes/:number", respond_json}, {0}};
    static const struct ouro_router router = {.routes = routes, .otherwise = respond_file};
    (void)guest;
    return ouro_http_route(http, &router, ud);
}

static int make_files(void)
{
    static uint8_t page[HTTP_FILE_BYTES];
    static const struct ouro_asset assets[] = {{"page.html", page, sizeof page}, {0}};
    for (size_t i = 0; i < sizeof page; i++)
        page[i] = (uint8_t)("<p>a page</p>\n"[i % 14]);
    return ouro_files_of_assets(assets, NULL, &files);
}

/* Until it is killed: nothing is left behind that would matter. */
static int run(void *unused)
{
    (void)unused;
    static char address[] = "127.0.0.1:0";
    struct ouro_server_options options = {
        .listen = address, .handler = on_request, .http = {.requests_max = UINT32_MAX}};
    struct ouro_server *server;
    int rc = make_files();
    if (rc == 0)
        rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("http://%s\n", ouro_server_address(server));
    fflush(stdout);
    return ouro_sleep_until(OURO_FOREVER);
}

int bench_http_serve(void)
{
    return ouro_run(run, NULL);
}
