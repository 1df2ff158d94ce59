/* SPDX-License-Identifier: MIT */
/* Inputs and ticks in turn, players that are away for a while, payloads, and a tick that is too
 * long. */
#include "test.h"

#include <ouro/game.h>
#include <ouro/net.h>

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static char seen[256];
static int64_t step_ns;

static void note(const char *what)
{
    strcat(seen, what);
}

static int body(struct ouro_room *room, void *ud)
{
    static const char *const names[] = {"+", "-", "?", "!", "m", "r", "b"};
    struct ouro_ticker *ticker = ud;
    struct ouro_input input;
    int rc;
    ck_assert_ptr_eq(ouro_room_owner(room), ud);
    while ((rc = ouro_room_turn(room, ticker, &input)) >= 0) {
        note(rc == OURO_TURN_TICK ? "." : names[input.kind]);
        if (rc == OURO_TURN_TICK && step_ns > 0)
            rc = ouro_sleep(step_ns);
    }
    return rc;
}

/* --- a player --------------------------------------------------------------------------------- */

static size_t sent, released, done;

static int fake_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    (void)player, (void)frames;
    sent += count;
    return 0;
}

static size_t fake_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static void fake_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    (void)player, (void)code, (void)reason;
}

static void fake_released(struct ouro_player *player)
{
    (void)player;
    released++;
}

static const struct ouro_player_ops ops = {fake_send, fake_backlog, fake_close, fake_released};

static void payload_done(struct ouro_payload *payload)
{
    (void)payload;
    done++;
}

static void expect_seen(const char *text)
{
    ouro_sleep(OURO_MS(1));
    ck_assert_str_eq(seen, text);
    seen[0] = '\0';
}

static int in_turn(void *arg)
{
    struct ouro_ticker ticker;
    struct ouro_player player = {.ops = &ops, .id = 1};
    struct ouro_payload payload = {.name = "x", .done = payload_done};
    struct ouro_room *room;
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "x", 1);
    (void)arg;
    ouro_ticker_start(&ticker, "turn", OURO_SEC(1));
    ck_assert_int_eq(ouro_room_start(&(struct ouro_room_options){0}, body, &ticker, &room), 0);
    ck_assert_int_eq(ouro_room_enter(room, &player), 0);
    expect_seen("+.");
    ck_assert_int_eq(ouro_room_input_with(room, &player, OURO_INPUT_MESSAGE, &payload), 0);
    ouro_room_drop(room, &player);
    expect_seen("m?");
    ck_assert_uint_eq(done, 1);
    ouro_room_broadcast(room, frame); /* it is away */
    ck_assert_uint_eq(sent, 0);
    ouro_room_return(room, &player);
    ouro_room_drop(room, &player);
    expect_seen(""); /* still away, as the body knows */
    ouro_room_return(room, &player);
    ouro_room_drop(room, &player);
    ouro_room_return(room, &player);
    expect_seen("!");
    ouro_room_broadcast(room, frame);
    ck_assert_uint_eq(sent, 1);
    ouro_sleep(OURO_SEC(2));
    expect_seen("..");
    ck_assert_int_eq(ouro_room_input_with(room, &player, OURO_INPUT_REQUEST, &payload), 0);
    ouro_room_leave(room, &player);
    ouro_room_stop(room); /* with both in the inbox */
    ck_assert_uint_eq(done, 2);
    ck_assert_uint_eq(released, 1);
    ouro_frame_unref(frame);
    return 0;
}

TEST(inputs_and_ticks_come_in_turn_whoever_is_away)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, in_turn, NULL), 0);
}

/* --- many inputs ------------------------------------------------------------------------------ */

/* More in a second than its inbox holds at a time. */
static int much_is_said(void *arg)
{
    struct ouro_ticker ticker;
    struct ouro_player player = {.ops = &ops, .id = 1};
    struct ouro_room *room;
    (void)arg;
    ouro_ticker_start(&ticker, "turn", OURO_SEC(1));
    ck_assert_int_eq(
        ouro_room_start(&(struct ouro_room_options){.inputs_max = 2}, body, &ticker, &room), 0);
    ck_assert_int_eq(ouro_room_enter(room, &player), 0);
    expect_seen("+.");
    for (int i = 0; i < 3; i++) {
        struct ouro_payload payload = {.name = "x", .done = payload_done};
        ck_assert_int_eq(ouro_room_input_with(room, &player, OURO_INPUT_MESSAGE, &payload), 0);
        expect_seen("m");
    }
    ouro_sleep(OURO_SEC(1));
    expect_seen(".");
    ouro_room_leave(room, &player);
    ouro_room_stop(room);
    return 0;
}

TEST(however_much_is_said_no_tick_comes_before_its_time)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, much_is_said, NULL), 0);
}

/* --- a tick that is too long ------------------------------------------------------------------ */

static char logged[512];

static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)ud;
    if (strstr(line, "took")) /* and not that the next one is late for it */
        snprintf(logged, sizeof logged, "%s", line);
}

static int too_long(void *arg)
{
    struct ouro_ticker ticker;
    struct ouro_room *room;
    (void)arg;
    step_ns = OURO_US(150500); /* turns take a little themselves */
    ouro_log_to(keep_line, NULL);
    ouro_ticker_start(&ticker, "turn", OURO_MS(100));
    ck_assert_int_eq(ouro_room_start(&(struct ouro_room_options){0}, body, &ticker, &room), 0);
    ouro_sleep(OURO_MS(152)); /* one is over */
    ck_assert_str_eq(logged, "turn: tick 1 took 150 ms, its period is 100 ms (1 too long so far)");
    ck_assert_uint_eq(ticker.too_long, 1);
    ck_assert_int_ge(ticker.took_ns_max, OURO_MS(150));
    ouro_room_stop(room);
    ouro_log_to(NULL, NULL);
    return 0;
}

TEST(a_tick_that_outlasts_its_period_is_named)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, too_long, NULL), 0);
}

/* --- more to read than one look brings -------------------------------------------------------- */

/* The kernel is asked for 256 events at a time, and twice before the room's own first turn. */
#define CROWD 900

struct talker {
    int fd; /* an eventfd: half as many descriptors as pairs of ends */
    struct ouro_stream *stream;
    struct ouro_task *task;
};

static size_t heard;

static int listen_once(void *arg)
{
    struct talker *talker = arg;
    uint64_t word;
    int rc = ouro_read(talker->stream, &word, sizeof word, OURO_FOREVER);
    heard += rc == sizeof word;
    return rc;
}

static void begin_to_listen(struct talker *talker)
{
    talker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ck_assert_int_ge(talker->fd, 0);
    ck_assert_int_eq(ouro_stream_open_fd(talker->fd, &talker->stream), 0);
    ck_assert_int_eq(ouro_spawn(listen_once, talker, NULL, &talker->task), 0);
}

static void speak(struct talker *talker)
{
    uint64_t word = 1;
    ck_assert_int_eq(write(talker->fd, &word, sizeof word), sizeof word);
}

/* Its second tick is late from the beginning; how many were heard by then? */
static int ticks_of_the_late(struct ouro_room *room, void *ud)
{
    struct ouro_ticker ticker;
    struct ouro_input input;
    ouro_ticker_start(&ticker, "late", OURO_SEC(10));
    ticker.next -= OURO_SEC(15);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(ouro_room_turn(room, &ticker, &input), OURO_TURN_TICK);
    *(size_t *)ud = heard;
    return 0;
}

static int a_crowd_speaks(void *arg)
{
    static struct talker crowd[CROWD];
    struct ouro_room *room;
    size_t heard_at_tick = SIZE_MAX;
    (void)arg;
    heard = 0;
    for (size_t i = 0; i < CROWD; i++)
        begin_to_listen(&crowd[i]);
    ouro_sleep(OURO_MS(1)); /* all listen */
    for (size_t i = 0; i < CROWD; i++)
        speak(&crowd[i]);
    ck_assert_int_eq(
        ouro_room_start(&(struct ouro_room_options){0}, ticks_of_the_late, &heard_at_tick, &room),
        0);
    while (heard_at_tick == SIZE_MAX)
        ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(heard_at_tick, CROWD);
    ouro_room_stop(room);
    for (size_t i = 0; i < CROWD; i++) {
        ouro_task_unref(crowd[i].task);
        ouro_stream_close(crowd[i].stream);
    }
    return 0;
}

TEST(a_room_that_is_late_lets_all_that_came_in_be_read)
{
    ck_assert_int_eq(ouro_run(a_crowd_speaks, NULL), 0);
}
