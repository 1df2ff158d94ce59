/* SPDX-License-Identifier: MIT */
/* Files that lie in memory. */
#include "ouro/web.h"

#include <string.h>

static const char *media_type(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++) {
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    }
    return "application/octet-stream";
}

static const struct ouro_asset *find(const struct ouro_asset *assets, const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    for (; assets->path; assets++) {
        if (strcmp(assets->path, wanted) == 0)
            return assets;
    }
    return NULL;
}

static bool is_get_or_head(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* A page may load what lies beside it and talk to its own server, and nothing else. */
static void set_security_headers(struct ouro_http *http)
{
    ouro_http_set_header(http, "Content-Security-Policy",
                         "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; "
                         "form-action 'none'; frame-ancestors 'self'");
    ouro_http_set_header(http, "X-Content-Type-Options", "nosniff");
    ouro_http_set_header(http, "Referrer-Policy", "no-referrer");
    ouro_http_set_header(http, "Cache-Control", "no-cache");
}

int ouro_http_respond_asset(struct ouro_http *http, const struct ouro_asset *assets)
{
    const struct ouro_asset *asset = find(assets, ouro_http_path(http));
    if (!asset)
        return ouro_http_respond_text(http, 404, "there is nothing here\n");
    if (!is_get_or_head(ouro_http_method(http))) {
        ouro_http_set_header(http, "Allow", "GET, HEAD");
        return ouro_http_respond_text(http, 405, "this can only be read\n");
    }
    set_security_headers(http);
    return ouro_http_respond(http, 200, media_type(asset->path), asset->data, asset->len);
}
