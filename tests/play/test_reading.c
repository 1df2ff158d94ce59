/* SPDX-License-Identifier: MIT */
/* When clients are read: those of a room that ticks fast right before each tick, and all of them
 * then; those of another as they speak. */
#include "../net/tls_scene.h"
#include "house.h"

#define TICK_NS OURO_MS(40)
#define LIMIT   OURO_US(100) /* what busy turns of a simulated loop take */

/* --- a room that notes when it hears of what -------------------------------------------------- */

static struct {
    unsigned counts[OURO_INPUT_OWN]; /* by kind */
    unsigned early;                  /* messages, requests and bytes that came before their tick */
    int64_t heard_at;                /* the last input */
    int64_t next_tick;
} noted;

static void note(const struct ouro_input *input, bool early)
{
    noted.counts[input->kind]++;
    noted.heard_at = ouro_now();
    noted.early += early && input->kind >= OURO_INPUT_MESSAGE;
}

static void answer(struct ouro_room *room, const struct ouro_input *input)
{
    if (input->kind == OURO_INPUT_REQUEST)
        ouro_room_answer(room, input->payload->request, json_null());
}

static int ticking(struct ouro_room *room, void *data)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    int rc;
    (void)data;
    ouro_ticker_start(&ticker, "test", TICK_NS);
    while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
        noted.next_tick = ticker.next;
        if (rc == OURO_TURN_TICK)
            continue;
        note(&input, ouro_now() < ticker.next);
        answer(room, &input);
    }
    return rc;
}

/* It says it ticks, but does not at the moment. */
static int waiting(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        note(&input, false);
        answer(room, &input);
    }
    return rc;
}

static const struct ouro_room_type ticks = {
    .name = "ticks", .body = ticking, .tick_ns = TICK_NS, .hold_ns = -1};
static const struct ouro_room_type ticks_at_once = {
    .name = "at-once", .body = ticking, .tick_ns = TICK_NS, .reads_at_once = true};
static const struct ouro_room_type waits = {.name = "waits", .body = waiting, .tick_ns = TICK_NS};
static const struct ouro_room_type slow = {
    .name = "slow", .body = waiting, .tick_ns = OURO_READ_TICK_NS_MAX + 1};

static void wait_for(unsigned kind, unsigned count)
{
    int64_t deadline = SOON;
    while (noted.counts[kind] < count) {
        expect_ok(ouro_sleep(OURO_US(10)));
        ck_assert_int_lt(ouro_now(), deadline);
    }
}

/* To the middle between two ticks. */
static void wait_for_half_a_tick(void)
{
    int64_t half = noted.next_tick - TICK_NS / 2;
    expect_ok(ouro_sleep_until(half > ouro_now() ? half : half + TICK_NS));
}

static int64_t ask(struct ouro_ws *ws)
{
    int64_t asked_at = ouro_now();
    say_to(ws, "{\"type\":\"request\",\"id\":1,\"name\":\"x\"}");
    json_decref(hear_of(ws, "response"));
    return ouro_now() - asked_at;
}

/* --- on the virtual clock --------------------------------------------------------------------- */

SIM_TEST(players_of_a_room_that_ticks_are_read_at_the_tick)
{
    struct house house = {0};
    house_open(&house, &ticks, NULL);
    struct ouro_ws *a = visit(&house, "ticks", NULL), *b = visit(&house, "ticks", NULL);
    for (int i = 1; i <= 5; i++) {
        wait_for_half_a_tick();
        say_to(a, "{\"type\":\"message\",\"name\":\"x\"}");
        say_to(a, "{\"type\":\"message\",\"name\":\"y\"}");
        say_to(b, "{\"type\":\"message\",\"name\":\"z\"}");
        int64_t tick = noted.next_tick;
        wait_for(OURO_INPUT_MESSAGE, 3 * (unsigned)i);
        ck_assert_int_ge(noted.heard_at, tick);
        ck_assert_int_lt(noted.heard_at, tick + LIMIT);
    }
    ck_assert_uint_eq(noted.early, 0);
    ouro_ws_free(a);
    ouro_ws_free(b);
    house_close(&house);
    return 0;
}

SIM_TEST(a_room_that_wants_it_reads_at_once)
{
    struct house house = {0};
    house_open(&house, &ticks_at_once, NULL);
    struct ouro_ws *ws = visit(&house, "at-once", NULL);
    wait_for_half_a_tick();
    ck_assert_int_lt(ask(ws), LIMIT);
    ck_assert_uint_eq(noted.early, 1);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

SIM_TEST(a_room_with_a_slow_tick_reads_at_once)
{
    struct house house = {0};
    house_open(&house, &slow, NULL);
    struct ouro_ws *ws = visit(&house, "slow", NULL);
    ck_assert_int_lt(ask(ws), LIMIT);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

SIM_TEST(a_room_that_does_not_tick_now_answers_in_time)
{
    struct house house = {0};
    house_open(&house, &waits, NULL);
    struct ouro_ws *ws = visit(&house, "waits", NULL);
    for (int i = 0; i < 5; i++) {
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(1))));
        ck_assert_int_le(ask(ws), OURO_READ_WAIT_NS_MAX + LIMIT);
    }
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

SIM_TEST(who_has_gone_is_noticed_at_the_tick)
{
    struct house house = {0};
    house_open(&house, &ticks, NULL);
    struct ouro_ws *a = visit(&house, "ticks", NULL), *b = visit(&house, "ticks", NULL);
    wait_for_half_a_tick();
    int64_t tick = noted.next_tick;
    ouro_ws_free(a);
    ouro_sim_reset(ouro_ws_stream(b));
    wait_for(OURO_INPUT_LEAVE, 2);
    ck_assert_int_ge(noted.heard_at, tick);
    ck_assert_int_lt(noted.heard_at, tick + LIMIT);
    ck_assert_uint_eq(ouro_play_stats(house.play).sessions, 0);
    ouro_ws_free(b);
    house_close(&house);
    return 0;
}

/* Its farewell needs no tick: who has left is read as it speaks. */
SIM_TEST(who_leaves_is_out_of_the_rooms_rhythm)
{
    struct house house = {0};
    house_open(&house, &ticks, NULL);
    struct ouro_ws *ws = visit(&house, "ticks", NULL);
    wait_for_half_a_tick();
    int64_t tick = noted.next_tick;
    say_to(ws, "{\"type\":\"leave\"}");
    ck_assert_uint_eq(hear_close(ws), OURO_CLOSE_CONSENTED);
    ck_assert_int_lt(ouro_now(), tick + LIMIT);
    while (ouro_play_stats(house.play).sessions > 0)
        expect_ok(ouro_sleep(OURO_US(10)));
    ck_assert_int_lt(ouro_now(), tick + LIMIT);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

/* A pong tells when its ping was read and not more: half of the wait before that is what a clock
 * can be wrong by. */
SIM_TEST(a_pong_says_when_its_ping_was_read)
{
    struct house house = {0};
    house_open(&house, &ticks, NULL);
    struct ouro_ws *ws = visit(&house, "ticks", NULL);
    wait_for_half_a_tick();
    double tick_ms = (double)noted.next_tick / 1e6;
    say_to(ws, "{\"type\":\"ping\",\"t0\":7}");
    json_t *pong = hear_of(ws, "pong");
    double t1 = json_real_value(json_object_get(pong, "t1"));
    double t2 = json_real_value(json_object_get(pong, "t2"));
    ck_assert_double_ge(t1, tick_ms);
    ck_assert_double_ge(t2, t1);
    ck_assert_double_lt(t2, tick_ms + LIMIT / 1e6);
    json_decref(pong);
    ouro_ws_free(ws);
    house_close(&house);
    return 0;
}

/* --- with the kernel, and with TLS ------------------------------------------------------------ */

#define VISITORS 20
#define ROUNDS   10

/* All that they say is heard, nothing of it before its tick. */
static void play_rounds(const struct house *house, struct ouro_tls_config *tls)
{
    struct ouro_ws *visitors[VISITORS];
    for (int i = 0; i < VISITORS; i++)
        visitors[i] = visit(house, "many", tls);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < VISITORS; i++) {
            say_to(visitors[i], "{\"type\":\"message\",\"name\":\"x\"}");
            say_to(visitors[i], "{\"type\":\"message\",\"name\":\"y\"}");
        }
        ask(visitors[round % VISITORS]);
        wait_for(OURO_INPUT_MESSAGE, 2 * VISITORS * round);
    }
    ck_assert_uint_eq(noted.early, 0);
    say_to(visitors[0], "{\"type\":\"leave\"}");
    ck_assert_uint_eq(hear_close(visitors[0]), OURO_CLOSE_CONSENTED);
    for (int i = 0; i < VISITORS; i++)
        ouro_ws_free(visitors[i]);
    wait_for(OURO_INPUT_LEAVE, VISITORS);
}

static const struct ouro_room_type many = {
    .name = "many", .body = ticking, .tick_ns = TICK_NS, .seats_max = VISITORS, .hold_ns = -1};

REAL_TEST(over_sockets)
{
    struct house house = {0};
    house_open(&house, &many, NULL);
    play_rounds(&house, NULL);
    house_close(&house);
    return 0;
}

REAL_TEST(over_tls)
{
    struct tls_world world;
    struct house house = {0};
    world_open(&world);
    house_open(&house, &many, world.server);
    play_rounds(&house, world.client);
    house_close(&house);
    world_close(&world);
    return 0;
}
