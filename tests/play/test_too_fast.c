/* SPDX-License-Identifier: MIT */
/* What a connection may say in a second. Pings and pongs count, for they cost us as much. */
#include "house.h"

#define MESSAGES 10             /* in a second */
#define BURST    (2 * MESSAGES) /* at once, by somebody who has been silent */
#define POLICY   1008

static const struct ouro_room_type type = {.name = "test", .body = house_idle};

enum { PING = 0x89, PONG = 0x8a };
static const unsigned char kinds[] = {PING, PONG};

/* One for which nobody has asked, masked with zeros. */
static void send_control(struct ouro_ws *ws, unsigned char kind)
{
    const unsigned char frame[] = {kind, 0x80, 0, 0, 0, 0};
    ck_assert_int_eq(ouro_stream_try_write(ouro_ws_stream(ws), frame, sizeof frame), sizeof frame);
}

static void expect_too_fast(const struct house *house, uint64_t count)
{
    expect_ok(ouro_sleep(OURO_MS(10))); /* in which it has arrived */
    ck_assert_uint_eq(ouro_play_stats(house->play).too_fast, count);
}

static void send_one_too_many(const struct house *house, unsigned char kind)
{
    uint64_t before = ouro_play_stats(house->play).too_fast;
    struct ouro_ws *ws = visit(house, "test", NULL);
    for (int i = 0; i < BURST - 1; i++) /* the hello was one */
        send_control(ws, kind);
    expect_too_fast(house, before);
    send_control(ws, kind);
    expect_too_fast(house, before + 1);
    ck_assert_uint_eq(hear_close(ws), POLICY);
    ouro_ws_free(ws);
}

SIM_TEST(pings_and_pongs_count_as_messages)
{
    struct house house = {.messages_per_second_max = MESSAGES};
    house_open(&house, &type, NULL);
    for (size_t i = 0; i < sizeof kinds; i++)
        send_one_too_many(&house, kinds[i]);
    house_close(&house);
    return 0;
}

SIM_TEST(a_flood_of_pings_is_told_of_once)
{
    struct house house = {.messages_per_second_max = MESSAGES};
    house_open(&house, &type, NULL);
    struct ouro_ws *ws = visit(&house, "test", NULL);
    for (int i = 0; i < 50 * BURST; i++)
        send_control(ws, PING);
    expect_too_fast(&house, 1);
    ck_assert_uint_eq(ouro_play_stats(house.play).messages, 1); /* pings are not told to a room */
    ck_assert_uint_eq(hear_close(ws), POLICY);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

/* As one does that answers all our pings, and sends some of its own. */
SIM_TEST(pings_at_the_rate_are_answered_for_ever)
{
    struct house house = {.messages_per_second_max = MESSAGES};
    house_open(&house, &type, NULL);
    struct ouro_ws *ws = visit(&house, "test", NULL);
    for (int i = 0; i < 60 * MESSAGES; i++) {
        send_control(ws, kinds[i % 2]);
        expect_ok(ouro_sleep(OURO_SEC(1) / MESSAGES));
    }
    expect_too_fast(&house, 0);
    ck_assert_uint_eq(ouro_play_stats(house.play).sessions, 1);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

/* Who opens a second connection has no second allowance. */
SIM_TEST(connections_of_one_address_share_its_limit)
{
    struct house house = {.messages_per_address_max = MESSAGES};
    house_open(&house, &type, NULL);
    struct ouro_ws *first = visit(&house, "test", NULL), *second = visit(&house, "test", NULL);
    for (int i = 0; i < MESSAGES; i++)
        send_control(i % 2 ? first : second, PING);
    expect_too_fast(&house, 1);
    ck_assert_uint_ge(ouro_server_stats(house.server).messages_refused, 1);

    expect_ok(ouro_sim_host("10.0.0.7")); /* another address has its own */
    struct ouro_ws *other = visit(&house, "test", NULL);
    ouro_ws_free(first);
    ouro_ws_free(second);
    ouro_ws_free(other);
    house_close(&house);
    return 0;
}
