/* SPDX-License-Identifier: MIT */
/* What an address may ask for in a second: seats, accounts, lists, in whatever way it asks. */
#include "house.h"

#define CALLS 5

static const struct ouro_room_type type = {.name = "test", .body = house_idle, .seats_max = 100};

/* The status. */
static int ask(const struct house *house, const char *method, const char *target)
{
    char url[64];
    struct ouro_http_client *client;
    struct ouro_http_ask ask = {.method = method, .target = target};
    snprintf(url, sizeof url, "http://%s", ouro_server_address(house->server));
    expect_ok(ouro_http_client_open(url, NULL, SOON, &client));
    int status = ouro_http_client_ask(client, &ask, SOON);
    ouro_http_client_close(client);
    return status;
}

static void use_up(const struct house *house, const char *method, const char *target, int status)
{
    for (int i = 0; i < CALLS; i++)
        ck_assert_int_eq(ask(house, method, target), status);
    ck_assert_int_eq(ask(house, method, target), 429);
}

SIM_TEST(an_address_may_ask_so_often_in_a_second)
{
    struct house house = {.calls_per_second_max = CALLS};
    house_open(&house, &type, NULL);
    use_up(&house, "POST", "/ouro/guest", 200);
    expect_ok(ouro_sleep(OURO_SEC(1)));
    use_up(&house, "GET", "/ouro/rooms/test", 200);
    expect_ok(ouro_sleep(OURO_SEC(1)));
    use_up(&house, "POST", "/ouro/room/ABCDEF/join", 404); /* who guesses codes, too */
    ck_assert_uint_eq(ouro_server_stats(house.server).calls_refused, 3);

    expect_ok(ouro_sim_host("10.0.0.7")); /* another address has its own */
    ck_assert_int_eq(ask(&house, "POST", "/ouro/rooms/test/join"), 200);
    house_close(&house);
    return 0;
}

SIM_TEST(a_hello_that_joins_is_a_call_too)
{
    struct house house = {.calls_per_second_max = CALLS};
    struct ouro_ws *ws[CALLS + 1];
    house_open(&house, &type, NULL);
    for (int i = 0; i < CALLS; i++)
        ws[i] = visit(&house, "test", NULL);
    ws[CALLS] = knock(&house, "test", NULL);
    ck_assert_uint_eq(hear_close(ws[CALLS]), OURO_CLOSE_TRY_AGAIN);
    for (int i = 0; i <= CALLS; i++)
        ouro_ws_free(ws[i]);
    house_close(&house);
    return 0;
}

/* However long it says that it will be: nothing of it is waited for, or kept. */
SIM_TEST(a_body_that_is_too_long_is_refused_unread)
{
    static const char *const framings[] = {
        "Content-Length: 61441\r\n\r\n",
        "Content-Length: 99999999\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nf001\r\n",
    };
    struct house house = {0};
    _Static_assert(OURO_DATA_BYTES_MAX == 61440, "the first and the last are a byte too long");
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
        struct ouro_stream *stream;
        char text[1024];
        int len =
            snprintf(text, sizeof text, "POST /ouro/guest HTTP/1.1\r\nHost: h\r\n%s", framings[i]);
        expect_ok(ouro_connect(ouro_server_address(house.server), SOON, &stream));
        expect_ok(ouro_write(stream, text, (size_t)len, SOON));
        len = ouro_read(stream, text, sizeof text - 1, SOON);
        ck_assert_int_gt(len, 0);
        text[len] = '\0';
        ck_assert_msg(strstr(text, " 413 ") && strstr(text, "\"too_large\""), "%s", text);
        ouro_stream_close(stream);
    }
    house_close(&house);
    return 0;
}

static uint64_t household; /* of who asked last */

static int note_household(const struct ouro_user *user, json_t *options, void *ud)
{
    (void)options, (void)ud;
    household = user->household;
    return 0;
}

SIM_TEST(rooms_know_who_comes_from_one_household)
{
    static const struct ouro_room_type noting = {
        .name = "test", .body = house_idle, .hooks.auth = note_household};
    struct house house = {0};
    house_open(&house, &noting, NULL);
    ask(&house, "POST", "/ouro/rooms/test/join");
    uint64_t ours = household;
    ck_assert_uint_ne(ours, 0);
    household = 0;
    ouro_ws_free(visit(&house, "test", NULL));
    ck_assert_uint_eq(household, ours);

    expect_ok(ouro_sim_host("10.0.0.7"));
    ask(&house, "POST", "/ouro/rooms/test/join");
    ck_assert_uint_ne(household, 0);
    ck_assert_uint_ne(household, ours);
    house_close(&house);
    return 0;
}
