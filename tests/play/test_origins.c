/* SPDX-License-Identifier: MIT */
/* Pages of others: those whose origins are listed may call and connect, all others can't look at
 * an answer, nor open a connection, whatever they call themselves. */
#include "house.h"

static const struct ouro_room_type type = {.name = "test", .body = house_idle, .seats_max = 100};

#define FRIEND "https://game.example"

static const char *const friends[] = {FRIEND, "http://localhost:3000", NULL};

static const char *const strangers[] = {
    "https://evil.example",
    "null",
    "*",
    "",
    "https://game.example.evil.example",
    "https://game.exampl",
    "https://evil.example/https://game.example",
    "https://evil.example#https://game.example",
    "https://game.example@evil.example",
    "https://evilgame.example",
    "https://game.example:8443",
    "http://game.example",
    "http://localhost:300",
    "http://localhost:30000",
    "https://game.example, https://evil.example",
    "https://game.example http://localhost:3000",
};
#define STRANGERS (sizeof strangers / sizeof *strangers)

static const struct call {
    const char *method, *target;
} calls[] = {
    {"POST", "/ouro/guest"},
    {"GET", "/ouro/rooms/test"},
    {"POST", "/ouro/rooms/test/join"},
    {"POST", "/ouro/room/ABCDEF/join"},
};
#define CALLS (sizeof calls / sizeof *calls)

/* --- requests --------------------------------------------------------------------------------- */

static const char *const cors_fields[] = {
    "Access-Control-Allow-Origin",   "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",  "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers", "Access-Control-Max-Age",
};

/* The status; the answer's fields are the client's, which the caller closes. */
static int ask(const struct house *house, const struct call *call, const char *fields,
               struct ouro_http_client **ret_client)
{
    struct ouro_http_ask ask = {.method = call->method, .target = call->target, .fields = fields};
    char url[64];
    snprintf(url, sizeof url, "http://%s", ouro_server_address(house->server));
    expect_ok(ouro_http_client_open(url, NULL, SOON, ret_client));
    return ouro_http_client_ask(*ret_client, &ask, SOON);
}

/* As a browser asks first, before a call that could do something. */
static int ask_preflight(const struct house *house, const char *origin, const struct call *call,
                         struct ouro_http_client **ret_client)
{
    char fields[256];
    snprintf(fields, sizeof fields,
             "Origin: %s\r\nAccess-Control-Request-Method: %s\r\n"
             "Access-Control-Request-Headers: authorization, x-evil\r\n",
             origin, call->method);
    return ask(house, &(struct call){"OPTIONS", call->target}, fields, ret_client);
}

static void expect_header(struct ouro_http_client *client, const char *name, const char *value)
{
    const char *field = ouro_http_client_header(client, name);
    ck_assert_msg(field && strcmp(field, value) == 0, "%s: %s", name, field ? field : "(none)");
}

static void expect_nothing_allowed(struct ouro_http_client *client, const char *origin)
{
    for (size_t i = 0; i < sizeof cors_fields / sizeof *cors_fields; i++)
        ck_assert_msg(!ouro_http_client_header(client, cors_fields[i]), "%s for '%s'",
                      cors_fields[i], origin);
}

SIM_TEST(preflights_of_strangers_allow_nothing)
{
    struct house house = {.origins = friends};
    struct ouro_http_client *client;
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < STRANGERS * CALLS; i++) {
        const char *origin = strangers[i / CALLS];
        ck_assert_int_eq(ask_preflight(&house, origin, &calls[i % CALLS], &client), 204);
        expect_nothing_allowed(client, origin);
        expect_header(client, "Vary", "Origin"); /* or a cache would give it to friends */
        ouro_http_client_close(client);
    }
    house_close(&house);
    return 0;
}

SIM_TEST(preflights_of_friends_allow_what_a_client_needs_and_no_cookies)
{
    struct house house = {.origins = friends};
    struct ouro_http_client *client;
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < 2 * CALLS; i++) {
        const char *origin = friends[i / CALLS];
        ck_assert_int_eq(ask_preflight(&house, origin, &calls[i % CALLS], &client), 204);
        expect_header(client, "Access-Control-Allow-Origin", origin);
        expect_header(client, "Access-Control-Allow-Headers", "Content-Type, Authorization");
        expect_header(client, "Vary", "Origin");
        const char *methods = ouro_http_client_header(client, "Access-Control-Allow-Methods");
        ck_assert(methods && strstr(methods, calls[i % CALLS].method));
        ck_assert_ptr_null(ouro_http_client_header(client, "Access-Control-Allow-Credentials"));
        ouro_http_client_close(client);
    }
    house_close(&house);
    return 0;
}

SIM_TEST(answers_are_not_for_strangers)
{
    struct house house = {.origins = friends, .calls_per_second_max = 1000};
    struct ouro_http_client *client;
    char fields[256];
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < STRANGERS * CALLS; i++) {
        snprintf(fields, sizeof fields, "Origin: %s\r\n", strangers[i / CALLS]);
        ask(&house, &calls[i % CALLS], fields, &client);
        expect_nothing_allowed(client, strangers[i / CALLS]);
        ouro_http_client_close(client);
    }
    house_close(&house);
    return 0;
}

SIM_TEST(a_house_without_the_setting_allows_no_page_of_others)
{
    struct house house = {0};
    struct ouro_http_client *client;
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < CALLS; i++) {
        ck_assert_int_eq(ask_preflight(&house, FRIEND, &calls[i], &client), 204);
        expect_nothing_allowed(client, FRIEND);
        ouro_http_client_close(client);
    }
    house_close(&house);
    return 0;
}

/* They do nothing, so they use up nothing of what the address may ask for. */
SIM_TEST(a_flood_of_preflights_takes_nothing_from_those_who_call)
{
    struct house house = {.origins = friends, .calls_per_second_max = 1};
    struct ouro_http_client *client;
    house_open(&house, &type, NULL);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(ask_preflight(&house, strangers[0], &calls[0], &client), 204);
        ouro_http_client_close(client);
    }
    ck_assert_int_eq(ask(&house, &calls[0], "Origin: " FRIEND "\r\n", &client), 200);
    expect_header(client, "Access-Control-Allow-Origin", FRIEND);
    ouro_http_client_close(client);
    ck_assert_uint_eq(ouro_server_stats(house.server).calls_refused, 0);
    house_close(&house);
    return 0;
}

/* --- connections ------------------------------------------------------------------------------ */

/* With these fields in its handshake. */
static int connect_with(const struct house *house, const char *fields)
{
    static const char *const protocols[] = {"ouro.v1", NULL};
    static const struct ouro_ws_options options = {.protocols = protocols};
    struct ouro_ws_call call = {.fields = fields};
    struct ouro_ws *ws;
    char url[128];
    snprintf(url, sizeof url, "ws://%s/ouro/connect", ouro_server_address(house->server));
    int rc = ouro_ws_connect(url, &options, &call, SOON, &ws);
    if (rc == 0)
        ouro_ws_free(ws);
    return rc;
}

SIM_TEST(strangers_cannot_connect)
{
    struct house house = {.origins = friends};
    char fields[256];
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < STRANGERS; i++) {
        snprintf(fields, sizeof fields, "Origin: %s\r\n", strangers[i]);
        ck_assert_msg(connect_with(&house, fields) == -ECONNREFUSED, "'%s' may", strangers[i]);
    }
    /* A friend's name beside one's own does not help, in either order. */
    ck_assert_int_eq(connect_with(&house, "Origin: " FRIEND "\r\nOrigin: https://evil.example\r\n"),
                     -ECONNREFUSED);
    ck_assert_int_eq(connect_with(&house, "Origin: https://evil.example\r\nOrigin: " FRIEND "\r\n"),
                     -ECONNREFUSED);
    ck_assert_uint_eq(ouro_play_stats(house.play).opened, 0);
    house_close(&house);
    return 0;
}

SIM_TEST(friends_and_programs_can_connect)
{
    struct house house = {.origins = friends};
    house_open(&house, &type, NULL);
    ck_assert_int_eq(connect_with(&house, "Origin: " FRIEND "\r\n"), 0);
    ck_assert_int_eq(connect_with(&house, "Origin: http://localhost:3000\r\n"), 0);
    ck_assert_int_eq(connect_with(&house, NULL), 0); /* no browser */
    ck_assert_uint_eq(ouro_play_stats(house.play).opened, 3);
    house_close(&house);
    return 0;
}

SIM_TEST(without_the_setting_only_pages_of_the_own_host_connect)
{
    struct house house = {0};
    char fields[256];
    house_open(&house, &type, NULL);
    snprintf(fields, sizeof fields, "Origin: http://%s\r\n", ouro_server_address(house.server));
    ck_assert_int_eq(connect_with(&house, fields), 0);
    ck_assert_int_eq(connect_with(&house, "Origin: " FRIEND "\r\n"), -ECONNREFUSED);
    for (size_t i = 0; i < STRANGERS; i++) {
        snprintf(fields, sizeof fields, "Origin: %s\r\n", strangers[i]);
        ck_assert_msg(connect_with(&house, fields) == -ECONNREFUSED, "'%s' may", strangers[i]);
    }
    house_close(&house);
    return 0;
}
