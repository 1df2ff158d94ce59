/* SPDX-License-Identifier: MIT */
/* Routes and JSON: who gets a request, and what is said to the others. */
#include "ask.h"

#include <jansson.h>

/* Which route it was, and its parameters. */
static int tell(struct ouro_http *http, const char *name)
{
    char text[512];
    const char *room = ouro_http_param(http, "room"), *player = ouro_http_param(http, "player");
    snprintf(text, sizeof text, "%s room=%s player=%s", name, room ? room : "-",
             player ? player : "-");
    return ouro_http_respond_text(http, 200, text);
}

#define HANDLER(name)                                 \
    static int name(struct ouro_http *http, void *ud) \
    {                                                 \
        ck_assert_ptr_null(ud);                       \
        return tell(http, #name);                     \
    }
HANDLER(root)
HANDLER(rooms)
HANDLER(new_room)
HANDLER(newest)
HANDLER(one_room)
HANDLER(drop_room)
HANDLER(one_player)
HANDLER(others)

static const struct ouro_route routes[] = {
    {"GET", "/", root},
    {"GET", "/rooms", rooms},
    {"POST", "/rooms", new_room},
    {"GET", "/rooms/newest", newest},
    {"GET", "/rooms/:room", one_room},
    {"DELETE", "/rooms/:room", drop_room},
    {"GET", "/rooms/:room/players/:player", one_player},
    {0},
};

static const struct ouro_router plain = {.routes = routes};

static int route(struct ouro_http *http, void *router)
{
    return ouro_http_route(http, router, NULL);
}

static char *ask(const struct ouro_router *router, const char *method, const char *target,
                 const char *fields)
{
    return ask_target(route, (void *)(uintptr_t)router, method, target, fields);
}

SIM_TEST(a_request_goes_to_the_first_route_that_fits)
{
    static const char *const rows[][3] = {
        {"GET", "/", "root room=- player=-"},
        {"GET", "/?a=b", "root room=- player=-"},
        {"GET", "/rooms", "rooms room=- player=-"},
        {"GET", "/%72ooms", "rooms room=- player=-"},
        {"POST", "/rooms", "new_room room=- player=-"},
        {"GET", "/rooms/newest", "newest room=- player=-"},
        {"GET", "/rooms/7", "one_room room=7 player=-"},
        {"DELETE", "/rooms/7", "drop_room room=7 player=-"},
        {"DELETE", "/rooms/newest", "drop_room room=newest player=-"},
        {"GET", "/rooms/the%20pit/players/a%2Fb", "one_player room=the pit player=a/b"},
        {"GET", "/rooms/%2e%2e/players/%C3%A4", "one_player room=.. player=\xc3\xa4"},
        {"GET", "/rooms/%253a", "one_room room=%3a player=-"},
        {"GET", "/rooms/:room", "one_room room=:room player=-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = ask(&plain, rows[i][0], rows[i][1], "");
        ck_assert_str_eq(heard_body(heard), rows[i][2]);
        ck_assert_ptr_nonnull(heard_field(heard, "X-Request-Id"));
        free(heard);
    }
    char *heard = ask(&plain, "HEAD", "/rooms/7", "");
    ck_assert_int_eq(heard_status(heard), 200);
    expect_field(heard, "Content-Length", "24");
    ck_assert_str_eq(heard_body(heard), "");
    free(heard);
    return 0;
}

static void expect_error(const char *heard, int status, const char *body)
{
    ck_assert_int_eq(heard_status(heard), status);
    expect_field(heard, "Content-Type", "application/json");
    expect_field(heard, "Cache-Control", "no-store");
    ck_assert_str_eq(heard_body(heard), body);
}

SIM_TEST(what_is_nowhere_is_not_found)
{
    static const char *const rows[] = {"/rooms/",  "/rooms//",         "/rooms/7/",
                                       "/nothing", "/rooms/7/players", "/rooms/7/players/",
                                       "//",       "/ROOMS",           "/rooms%2f7"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = ask(&plain, "GET", rows[i], "");
        expect_error(heard, 404, "{\"error\":\"there is nothing here\"}");
        free(heard);
    }
    char target[4096 - 64] = "/rooms/"; /* longer than what parameters may be, with its name */
    memset(target + 7, 'x', sizeof target - 8);
    char *heard = ask(&plain, "GET", target, "");
    ck_assert_int_eq(heard_status(heard), 200);
    free(heard);
    return 0;
}

SIM_TEST(what_can_not_be_decoded_is_refused)
{
    static const char *const rows[] = {"/rooms/%00", "/rooms/a%0d%0a", "/rooms/%c0%af", "/%ff"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = ask(&plain, "GET", rows[i], "");
        expect_error(heard, 400, "{\"error\":\"the path can't be decoded\"}");
        free(heard);
    }
    return 0;
}

SIM_TEST(another_method_is_told_which_there_are)
{
    static const char *const rows[][3] = {
        {"PUT", "/rooms", "GET, HEAD, POST, OPTIONS"},
        {"POST", "/rooms/7", "GET, HEAD, DELETE, OPTIONS"},
        {"POST", "/rooms/newest", "GET, HEAD, DELETE, OPTIONS"},
        {"DELETE", "/", "GET, HEAD, OPTIONS"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *heard = ask(&plain, rows[i][0], rows[i][1], "");
        expect_error(heard, 405, "{\"error\":\"this method is not for that path\"}");
        expect_field(heard, "Allow", rows[i][2]);
        free(heard);
    }
    char *heard = ask(&plain, "OPTIONS", "/rooms", "");
    ck_assert_int_eq(heard_status(heard), 204);
    expect_field(heard, "Allow", "GET, HEAD, POST, OPTIONS");
    free(heard);
    return 0;
}

SIM_TEST(what_is_no_route_goes_to_the_others)
{
    static const struct ouro_router with_others = {.routes = routes, .otherwise = others};
    char *heard = ask(&with_others, "GET", "/index.html", "");
    ck_assert_str_eq(heard_body(heard), "others room=- player=-");
    free(heard);
    heard = ask(&with_others, "PUT", "/rooms", "");
    ck_assert_int_eq(heard_status(heard), 405);
    free(heard);
    return 0;
}

/* --- other origins ---------------------------------------------------------------------------- */

#define ORIGIN    "Origin: https://a.example\r\n"
#define STRANGER  "Origin: https://b.example\r\n"
#define PREFLIGHT "Access-Control-Request-Method: POST\r\n"

static const char *const some[] = {"https://a.example", "https://c.example", NULL};
static const char *const any[] = {"*", NULL};

SIM_TEST(without_the_setting_nothing_is_said_of_origins)
{
    char *heard = ask(&plain, "OPTIONS", "/rooms", ORIGIN PREFLIGHT);
    ck_assert_int_eq(heard_status(heard), 204);
    ck_assert_ptr_null(strstr(heard, "Access-Control"));
    ck_assert_ptr_null(heard_field(heard, "Vary"));
    free(heard);
    return 0;
}

SIM_TEST(listed_origins_may_look)
{
    const struct ouro_router router = {.routes = routes, .origins = some};
    char *heard = ask(&router, "GET", "/rooms", ORIGIN);
    expect_field(heard, "Access-Control-Allow-Origin", "https://a.example");
    expect_field(heard, "Vary", "Origin");
    free(heard);
    heard = ask(&router, "GET", "/nothing", ORIGIN); /* the reason of a failure is for them too */
    expect_field(heard, "Access-Control-Allow-Origin", "https://a.example");
    free(heard);
    static const char *const others_fields[] = {STRANGER, "", "Origin: null\r\n",
                                                "Origin: https://a.example.evil\r\n"};
    for (size_t i = 0; i < 4; i++) {
        heard = ask(&router, "GET", "/rooms", others_fields[i]);
        ck_assert_int_eq(heard_status(heard), 200);
        ck_assert_ptr_null(heard_field(heard, "Access-Control-Allow-Origin"));
        expect_field(heard, "Vary", "Origin");
        free(heard);
    }
    return 0;
}

SIM_TEST(a_preflight_is_answered)
{
    const struct ouro_router router = {
        .routes = routes, .origins = some, .request_headers = "Content-Type, X-Token"};
    char *heard = ask(&router, "OPTIONS", "/rooms", ORIGIN PREFLIGHT);
    ck_assert_int_eq(heard_status(heard), 204);
    expect_field(heard, "Access-Control-Allow-Origin", "https://a.example");
    expect_field(heard, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
    expect_field(heard, "Access-Control-Allow-Headers", "Content-Type, X-Token");
    expect_field(heard, "Access-Control-Max-Age", "600");
    free(heard);
    heard = ask(&router, "OPTIONS", "/rooms", STRANGER PREFLIGHT);
    ck_assert_ptr_null(strstr(heard, "Access-Control"));
    free(heard);
    return 0;
}

SIM_TEST(any_origin_is_any)
{
    const struct ouro_router router = {.routes = routes, .origins = any};
    char *heard = ask(&router, "OPTIONS", "/rooms", STRANGER PREFLIGHT);
    expect_field(heard, "Access-Control-Allow-Origin", "*");
    expect_field(heard, "Access-Control-Allow-Headers", "Content-Type");
    ck_assert_ptr_null(heard_field(heard, "Vary"));
    free(heard);
    return 0;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* Says what it understood, or hands the failure on. */
static int echo(struct ouro_http *http, void *ud)
{
    json_t *json;
    int rc = ouro_http_json_body(http, &json);
    *(int *)ud = rc;
    if (rc < 0)
        return rc;
    rc = ouro_http_respond_json(http, 201, json);
    json_decref(json);
    return rc;
}

static char *post(int *ret_rc, const char *type, const char *body, size_t len)
{
    static const struct ouro_http_options options = {.body_bytes_max = 4096};
    char *said = malloc(len + 512);
    ck_assert_ptr_nonnull(said);
    int head =
        snprintf(said, 512, "POST /a HTTP/1.1\r\nHost: h\r\n%s%s%sContent-Length: %zu\r\n\r\n",
                 type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", len);
    memcpy(said + head, body, len);
    said[(size_t)head + len] = '\0';
    char *heard = ask_with(&options, echo, ret_rc, said);
    free(said);
    return heard;
}

SIM_TEST(json_comes_in_and_goes_out)
{
    static const char *const rows[][2] = {
        {"{\"a\": [1, 2.5, null, true, \"\\u00e4\"]}", "{\"a\":[1,2.5,null,true,\"\xc3\xa4\"]}"},
        {" [] ", "[]"},
        {"\"[[[[{{{\"", "\"[[[[{{{\""},
        {"7", "7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int rc;
        char *heard = post(&rc, "application/json", rows[i][0], strlen(rows[i][0]));
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(heard_status(heard), 201);
        expect_field(heard, "Content-Type", "application/json");
        expect_field(heard, "Cache-Control", "no-store");
        ck_assert_str_eq(heard_body(heard), rows[i][1]);
        free(heard);
    }
    return 0;
}

SIM_TEST(json_has_to_be_announced)
{
    static const struct {
        const char *type;
        bool fine;
    } rows[] = {
        {"application/json", true},
        {"Application/JSON", true},
        {"application/json; charset=utf-8", true},
        {"application/json;charset=utf-8", true},
        {"application/merge-patch+json", true},
        {NULL, false},
        {"text/plain", false},
        {"application/jsonp", false},
        {"application/x-www-form-urlencoded", false},
        {"text/plain; application/json", false},
        {"+json", false},
        {"text/x+json", false},
        {"application/xjson", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int rc;
        char *heard = post(&rc, rows[i].type, "{}", 2);
        ck_assert_msg(heard_status(heard) == (rows[i].fine ? 201 : 415), "%s", rows[i].type);
        ck_assert_int_eq(rc, rows[i].fine ? 0 : -EINVAL);
        if (!rows[i].fine)
            expect_field(heard, "Accept", "application/json");
        free(heard);
    }
    return 0;
}

static void expect_bad(const char *body, size_t len, int status, int wanted_rc, const char *part)
{
    int rc;
    char *heard = post(&rc, "application/json", body, len);
    ck_assert_int_eq(heard_status(heard), status);
    ck_assert_int_eq(rc, wanted_rc);
    ck_assert_msg(strstr(heard_body(heard), part), "%s is not in %s", part, heard_body(heard));
    expect_field(heard, "Content-Type", "application/json");
    free(heard);
}

SIM_TEST(what_is_no_json_is_refused_with_its_place)
{
    expect_bad("", 0, 400, -OURO_EMALFORMED, "no JSON: line 1, column 0");
    expect_bad("{\n  \"a\": }", 10, 400, -OURO_EMALFORMED, "no JSON: line 2, column 8");
    expect_bad("{} x", 4, 400, -OURO_EMALFORMED, "no JSON");
    expect_bad("{\"a\":1,\"a\":2}", 13, 400, -OURO_EMALFORMED, "no JSON");
    expect_bad("\"\xff\"", 3, 400, -OURO_EMALFORMED, "no JSON");
    expect_bad("\"\\ud800\"", 8, 400, -OURO_EMALFORMED, "no JSON");
    return 0;
}

SIM_TEST(what_is_too_deep_or_too_long_is_refused)
{
    char text[5000];
    memset(text, ' ', sizeof text);
    expect_bad(text, sizeof text, 413, -OURO_ELIMIT, "{\"error\":\"the body is too long\"}");
    memset(text, '[', OURO_HTTP_JSON_DEPTH_MAX + 1);
    memset(text + OURO_HTTP_JSON_DEPTH_MAX + 1, ']', OURO_HTTP_JSON_DEPTH_MAX + 1);
    expect_bad(text, 2 * OURO_HTTP_JSON_DEPTH_MAX + 2, 400, -OURO_EMALFORMED, "nests too deeply");
    int rc;
    char *heard = post(&rc, "application/json", text + 1, 2 * OURO_HTTP_JSON_DEPTH_MAX);
    ck_assert_int_eq(rc, 0);
    free(heard);
    return 0;
}

SIM_TEST(the_connection_goes_on_after_a_refusal_that_read_all)
{
    int rc;
    char *heard = ask_with(NULL, echo, &rc,
                           "POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                           "Content-Length: 1\r\n\r\nx"
                           "POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                           "Content-Length: 2\r\n\r\n[]");
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 400"), 1);
    ck_assert_int_eq(count_of(heard, "HTTP/1.1 201"), 1);
    free(heard);
    return 0;
}
