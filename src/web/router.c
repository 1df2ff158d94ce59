/* SPDX-License-Identifier: MIT */
/* Routes: which handler a request goes to, and what is said to those that have none. */
#include "web/http.h"
#include "web/http_path.h"

#include <stdio.h>
#include <string.h>

#define PREFLIGHT_SECONDS "600" /* what browsers may remember of a preflight; all take as much */
#define METHODS_BYTES     128   /* "GET, HEAD, OPTIONS, ..." */

/* --- patterns ----------------------------------------------------------------------------------
 *
 *      pattern:  /rooms/:room/players
 *      path:     /rooms/the%20pit/players      -> room NUL the pit NUL
 */

/* The next segment, without slashes; the rest begins with the slash behind it, or is empty. */
static struct ouro__slice take_segment(struct ouro__slice *rest)
{
    struct ouro__slice segment = {rest->at + 1, rest->len - 1};
    const char *slash = memchr(segment.at, '/', segment.len);
    if (slash)
        segment.len = (size_t)(slash - segment.at);
    *rest = (struct ouro__slice){segment.at + segment.len, rest->len - 1 - segment.len};
    return segment;
}

static int add_param(struct ouro_buf *params, struct ouro__slice name, const char *value)
{
    size_t len = strlen(value);
    if (params->len + name.len + len + 2 > OURO_ROUTE_PARAMS_BYTES_MAX)
        return -ENAMETOOLONG;
    ouro_buf_append(params, name.at, name.len);
    ouro_buf_putc(params, '\0');
    ouro_buf_append(params, value, len + 1);
    return ouro_buf_failed(params) ? -ENOMEM : 1;
}

/* 1: they fit; 0: they don't; -OURO_EMALFORMED and such. */
static int match_segment(struct ouro__slice pattern, struct ouro__slice segment,
                         struct ouro_buf *params)
{
    char text[OURO_ROUTE_PARAMS_BYTES_MAX];
    int rc = ouro__http_decode(segment, text, sizeof text);
    if (rc < 0)
        return rc;
    if (pattern.len > 0 && pattern.at[0] == ':')
        return rc == 0
                   ? 0
                   : add_param(params, (struct ouro__slice){pattern.at + 1, pattern.len - 1}, text);
    return pattern.len == (size_t)rc && memcmp(pattern.at, text, pattern.len) == 0;
}

/* As above, for the whole; both begin with a slash. */
static int match(const char *pattern_text, struct ouro__slice path, struct ouro_buf *params)
{
    struct ouro__slice pattern = {pattern_text, strlen(pattern_text)};
    int rc = 1;
    ouro_buf_clear(params);
    while (rc > 0 && pattern.len > 0 && path.len > 0) {
        struct ouro__slice name = take_segment(&pattern);
        rc = match_segment(name, take_segment(&path), params);
    }
    return rc > 0 ? pattern.len == 0 && path.len == 0 : rc;
}

const char *ouro_http_param(const struct ouro_http *http, const char *name)
{
    const char *at = http->params.data;
    for (size_t left = http->params.len; left > 0;) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, name) == 0)
            return value;
        const char *next = value + strlen(value) + 1;
        left -= (size_t)(next - at);
        at = next;
    }
    return NULL;
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool answers(const struct ouro_route *route, const char *method)
{
    bool head_of_get = strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0;
    return head_of_get || strcmp(route->method, method) == 0;
}

/* The path's methods, each once. All there are have room. */
static void add_method(char methods[METHODS_BYTES], const char *method)
{
    size_t len = strlen(methods);
    if (!strstr(methods, method))
        snprintf(methods + len, METHODS_BYTES - len, "%s%s", len ? ", " : "", method);
}

/* The route, or NULL, and then which methods the path has instead: "": it is nobody's. */
static int find(const struct ouro_router *router, struct ouro_http *http,
                const struct ouro_route **ret_route, char ret_methods[METHODS_BYTES])
{
    const char *method = ouro_http_method(http);
    ret_methods[0] = '\0';
    *ret_route = NULL;
    for (const struct ouro_route *route = router->routes; route->method; route++) {
        int rc = match(route->pattern, http->request->path, &http->params);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        if (answers(route, method)) {
            *ret_route = route;
            return 0;
        }
        add_method(ret_methods, route->method);
        if (strcmp(route->method, "GET") == 0)
            add_method(ret_methods, "HEAD");
    }
    if (ret_methods[0])
        add_method(ret_methods, "OPTIONS");
    return 0;
}

/* --- other origins (CORS, fetch.spec.whatwg.org section 3.2) ---------------------------------- */

static bool lists(const char *const *origins, const char *origin)
{
    for (; *origins; origins++)
        if (strcmp(*origins, origin) == 0)
            return true;
    return false;
}

/* Whether this one may look at the answer; caches have to know if that depends on who asks. */
static bool allow_origin(struct ouro_http *http, const struct ouro_router *router)
{
    if (!router->origins)
        return false;
    bool any = lists(router->origins, "*");
    const char *origin = ouro_http_header(http, "Origin");
    if (!any)
        ouro_http_set_header(http, "Vary", "Origin");
    if (!origin || (!any && !lists(router->origins, origin)))
        return false;
    ouro_http_set_header(http, "Access-Control-Allow-Origin", any ? "*" : origin);
    ouro_http_set_header(http, "Access-Control-Expose-Headers", "X-Request-Id");
    return true;
}

static int respond_options(struct ouro_http *http, const struct ouro_router *router,
                           const char *methods, bool allowed)
{
    ouro_http_set_header(http, "Allow", methods);
    if (allowed && ouro_http_header(http, "Access-Control-Request-Method")) {
        const char *headers = router->request_headers;
        ouro_http_set_header(http, "Access-Control-Allow-Methods", methods);
        ouro_http_set_header(http, "Access-Control-Allow-Headers",
                             headers ? headers : "Content-Type");
        ouro_http_set_header(http, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }
    return ouro_http_respond(http, 204, NULL, NULL, 0);
}

/* --- requests --------------------------------------------------------------------------------- */

static int respond_unrouted(struct ouro_http *http, const struct ouro_router *router,
                            const char *methods, bool allowed)
{
    if (http->request->method == OURO__HTTP_OPTIONS)
        return respond_options(http, router, methods, allowed);
    ouro_http_set_header(http, "Allow", methods);
    return ouro_http_respond_error(http, 405, "this method is not for that path");
}

int ouro_http_route(struct ouro_http *http, const struct ouro_router *router, void *ud)
{
    const struct ouro_route *route;
    char methods[METHODS_BYTES];
    int rc = find(router, http, &route, methods);
    if (rc == 0 && !route && !methods[0] && router->otherwise)
        return router->otherwise(http, ud);
    ouro_http_id(http);
    if (rc == -OURO_EMALFORMED)
        return ouro_http_respond_error(http, 400, "the path can't be decoded");
    if (rc < 0 && rc != -ENAMETOOLONG)
        return rc;
    bool allowed = allow_origin(http, router);
    if (route)
        return route->handler(http, ud);
    if (!methods[0])
        return ouro_http_respond_error(http, 404, "there is nothing here");
    return respond_unrouted(http, router, methods, allowed);
}
