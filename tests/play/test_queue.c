/* SPDX-License-Identifier: MIT */
/* More come than may join in a second: each is told where it stands, and gets in in its turn. */
#include "house.h"

static const struct ouro_room_type type = {.name = "test", .body = house_idle, .seats_max = 100};

static int64_t number_in(const json_t *json, const char *member)
{
    return json_integer_value(json_object_get(json, member));
}

/* --- over HTTP -------------------------------------------------------------------------------- */

/* The answer's body, the caller's; `queue` is the place of before, or NULL. */
static json_t *join(const struct house *house, const char *queue, int *ret_status)
{
    char url[64], body[128] = "{}";
    struct ouro_http_client *client;
    const char *text;
    size_t len;
    if (queue)
        snprintf(body, sizeof body, "{\"queue\":\"%s\"}", queue);
    struct ouro_http_ask ask = {.method = "POST",
                                .target = "/ouro/rooms/test/join",
                                .fields = "Content-Type: application/json\r\n",
                                .body = body,
                                .len = strlen(body)};
    snprintf(url, sizeof url, "http://%s", ouro_server_address(house->server));
    expect_ok(ouro_http_client_open(url, NULL, SOON, &client));
    *ret_status = ouro_http_client_ask(client, &ask, SOON);
    expect_ok(ouro_http_client_body(client, 4096, SOON, &text, &len));
    json_t *json = json_loadb(text, len, 0, NULL);
    ouro_http_client_close(client);
    ck_assert_ptr_nonnull(json);
    return json;
}

SIM_TEST(who_has_to_wait_has_a_place_and_asks_again)
{
    struct house house = {.joins_per_second_max = 1};
    int status;
    house_open(&house, &type, NULL);
    json_decref(join(&house, NULL, &status));
    ck_assert_int_eq(status, 200);
    json_t *first = join(&house, NULL, &status);
    ck_assert_int_eq(status, 202);
    json_t *second = join(&house, NULL, &status), *place = json_object_get(first, "queue");
    ck_assert_int_eq(number_in(place, "position"), 1);
    ck_assert_int_eq(number_in(json_object_get(second, "queue"), "position"), 2);
    expect_ok(ouro_sleep(OURO_MS(number_in(place, "retry_ms"))));
    const char *token = json_string_value(json_object_get(place, "token"));
    json_t *seat = join(&house, token, &status);
    ck_assert_int_eq(status, 200);
    ck_assert_int_eq(number_in(seat, "player"), 2);
    json_decref(seat);
    json_decref(first);
    json_decref(second);
    house_close(&house);
    return 0;
}

/* --- over the WebSocket ----------------------------------------------------------------------- */

SIM_TEST(a_hello_that_waits_is_told_its_place_until_it_is_welcome)
{
    struct house house = {.joins_per_second_max = 1};
    house_open(&house, &type, NULL);
    struct ouro_ws *ws[4];
    for (int i = 0; i < 4; i++) {
        ws[i] = knock(&house, "test", NULL);
        json_t *news = hear_of(ws[i], i == 0 ? "welcome" : "queue");
        ck_assert_int_eq(number_in(news, "position"), i);
        json_decref(news);
    }
    ouro_ws_free(ws[2]); /* does not want to wait */
    json_decref(hear_of(ws[1], "welcome"));
    json_t *news = hear_of(ws[3], "queue");
    ck_assert_int_lt(number_in(news, "position"), 3);
    json_decref(news);
    json_t *welcome = hear_of(ws[3], "welcome");
    ck_assert_int_eq(number_in(welcome, "player"), 3); /* nobody took a seat for who went away */
    json_decref(welcome);
    ouro_ws_free(ws[0]);
    ouro_ws_free(ws[1]);
    ouro_ws_free(ws[3]);
    house_close(&house);
    return 0;
}
