/* SPDX-License-Identifier: MIT */
/* Who says nothing is asked whether it is there, and is gone when it does not answer. */
#include "house.h"

static const struct ouro_room_type type = {.name = "test", .body = house_idle};

/* The second is hardly longer than the first. */
static const struct {
    int64_t ping_ns, idle_ns_max;
} times[] = {
    {OURO_SEC(20), OURO_SEC(60)},
    {OURO_MS(300), OURO_MS(900)},
    {OURO_SEC(1), OURO_SEC(1) + 1},
    {OURO_MS(100), OURO_MS(101)},
};
#define TIMES (sizeof times / sizeof *times)

static struct house house_of(size_t i)
{
    return (struct house){.ping_ns = times[i].ping_ns, .idle_ns_max = times[i].idle_ns_max};
}

SIM_TEST(who_answers_stays)
{
    for (size_t i = 0; i < TIMES; i++) {
        struct house house = house_of(i);
        struct ouro_ws_message message;
        house_open(&house, &type, NULL);
        struct ouro_ws *ws = visit(&house, "test", NULL);
        int64_t until = ouro_after(20 * times[i].idle_ns_max); /* pings are answered on the way */
        ck_assert_int_eq(ouro_ws_recv(ws, until, &message), -ETIMEDOUT);
        ck_assert_uint_eq(ouro_play_stats(house.play).idle, 0);
        ouro_ws_free(ws);
        house_close(&house);
    }
    return 0;
}

SIM_TEST(who_does_not_is_gone_and_counted_once)
{
    for (size_t i = 0; i < TIMES; i++) {
        struct house house = house_of(i);
        house_open(&house, &type, NULL);
        struct ouro_ws *ws = visit(&house, "test", NULL);
        expect_ok(ouro_sleep(2 * times[i].idle_ns_max + OURO_SEC(10)));
        ck_assert_uint_eq(ouro_play_stats(house.play).idle, 1);
        ck_assert_uint_eq(hear_close(ws), OURO_CLOSE_IDLE);
        ouro_ws_free(ws);
        house_close(&house);
    }
    return 0;
}
