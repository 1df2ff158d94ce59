/* SPDX-License-Identifier: MIT */
/* The room in general: who is in, what the inbox takes, who is behind, and a body that fails. */
#include "test.h"

#include <ouro/game.h>

#include <pthread.h>

enum { MOVE = OURO_INPUT_OWN };

/* A player without a session: counts what it is sent, and does as it is told. */
struct fake {
    struct ouro_player player;
    unsigned told;        /* of its turn, since the last one: 321 for 3, 2, 1 */
    unsigned told_in_all; /* the same, before what it was sent last */
    size_t frames, backlog_bytes;
    bool no_memory; /* for what is sent to it */
    uint16_t closed_with;
    int closes, releases;
};

static struct fake *fake_of(const struct ouro_player *player)
{
    return ouro_container(player, struct fake, player);
}

static int fake_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    struct fake *fake = fake_of(player);
    (void)frames;
    if (fake->no_memory)
        return -ENOMEM;
    fake->frames += count;
    fake->told_in_all = fake->told;
    fake->told = 0;
    return 0;
}

static void fake_prefetch(const struct ouro_player *player, unsigned turns)
{
    fake_of(player)->told = 10 * fake_of(player)->told + turns;
}

static size_t fake_backlog_bytes(const struct ouro_player *player)
{
    return fake_of(player)->backlog_bytes;
}

static void fake_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    (void)reason;
    fake_of(player)->closed_with = code;
    fake_of(player)->closes++;
}

static void fake_released(struct ouro_player *player)
{
    fake_of(player)->releases++;
}

static const struct ouro_player_ops fake_ops = {
    .send = fake_send,
    .backlog_bytes = fake_backlog_bytes,
    .close = fake_close,
    .released = fake_released,
    .prefetch = fake_prefetch,
};

static struct fake fake_new(uint32_t id)
{
    return (struct fake){.player = {.ops = &fake_ops, .id = id}};
}

/* --- bodies ----------------------------------------------------------------------------------- */

static struct {
    int begun, failures_wanted;
    size_t moves, players_at_begin;
} seen;

/* Counts moves; fails at its first moves, as often as wanted. */
static int counting_body(struct ouro_room *room, void *ud)
{
    (void)ud;
    struct ouro_input input;
    int rc;
    seen.begun++;
    seen.players_at_begin = ouro_room_player_count(room);
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind != MOVE)
            continue;
        seen.moves++;
        if (seen.begun <= seen.failures_wanted)
            return -EIO;
    }
    return rc;
}

/* Takes nothing from its inbox. */
static int deaf_body(struct ouro_room *room, void *ud)
{
    (void)room, (void)ud;
    return ouro_sleep_until(OURO_FOREVER);
}

static int sent_by_broadcasts;

/* Tells everyone, ten times a second. */
static int telling_body(struct ouro_room *room, void *ud)
{
    (void)ud;
    struct ouro_input input;
    int64_t next = ouro_now();
    for (;;) {
        int rc;
        next += OURO_MS(100);
        while ((rc = ouro_room_next(room, next, &input)) == 0)
            ;
        if (rc != -ETIMEDOUT)
            return rc;
        struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "x", 1);
        ouro_room_broadcast(room, frame);
        ouro_frame_unref(frame);
        sent_by_broadcasts++;
    }
}

static struct ouro_room *start(const struct ouro_room_options *options, ouro_room_body *body)
{
    struct ouro_room *room;
    ck_assert_int_eq(ouro_room_start(options, body, NULL, &room), 0);
    return room;
}

#define ROOM_TEST(NAME)                                                \
    static int NAME##_body(void *unused);                              \
    TEST(NAME)                                                         \
    {                                                                  \
        ck_assert_int_eq(ouro_sim_run(1, NULL, NAME##_body, NULL), 0); \
    }                                                                  \
    static int NAME##_body(void *unused __attribute__((unused)))

/* --- tests ------------------------------------------------------------------------------------ */

ROOM_TEST(who_enters_and_leaves_is_released_once)
{
    struct ouro_room *room = start(&(struct ouro_room_options){.name = "test"}, counting_body);
    struct fake stays = fake_new(1), leaves = fake_new(2);
    ck_assert_int_eq(ouro_room_enter(room, &stays.player), 0);
    ck_assert_int_eq(ouro_room_enter(room, &leaves.player), 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_room_player_count(room), 2);
    ouro_room_leave(room, &leaves.player);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_room_player_count(room), 1);
    ck_assert_ptr_eq(ouro_room_player(room, 0), &stays.player);
    ck_assert_int_eq(leaves.releases, 1);
    ouro_room_stop(room);
    ck_assert_int_eq(stays.releases, 1);
    return 0;
}

ROOM_TEST(a_full_room_takes_nobody_until_somebody_has_gone)
{
    struct ouro_room_options options = {.name = "test", .players_max = 1};
    struct ouro_room *room = start(&options, counting_body);
    struct fake first = fake_new(1), second = fake_new(2);
    ck_assert_int_eq(ouro_room_enter(room, &first.player), 0);
    ck_assert_int_eq(ouro_room_enter(room, &second.player), -OURO_ELIMIT);
    ouro_room_leave(room, &first.player);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(ouro_room_enter(room, &second.player), 0);
    ouro_room_stop(room);
    ck_assert_int_eq(first.releases + second.releases, 2);
    return 0;
}

/* However full of inputs it is, who leaves is heard. */
ROOM_TEST(a_full_inbox_refuses_inputs_and_never_a_leave)
{
    struct ouro_room_options options = {.name = "test", .inputs_max = 8, .players_max = 2};
    struct ouro_room *room = start(&options, deaf_body);
    struct fake player = fake_new(1);
    ck_assert_int_eq(ouro_room_enter(room, &player.player), 0);
    int taken = 0;
    while (ouro_room_input(room, &player.player, MOVE, taken) == 0)
        taken++;
    ck_assert_int_ge(taken, 7);
    ck_assert_int_le(taken, 8);
    ck_assert_int_eq(ouro_room_input(room, &player.player, MOVE, 0), -OURO_ELIMIT);
    ck_assert_uint_eq(ouro_room_stats(room).inputs_refused, 2);
    ouro_room_leave(room, &player.player);
    ouro_room_stop(room);
    ck_assert_int_eq(player.releases, 1);
    return 0;
}

static int lines_logged;

static void count_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    ck_assert_int_eq(level, OURO_LOG_ERROR);
    ck_assert_ptr_nonnull(strstr(line, "room test failed"));
    lines_logged++;
}

ROOM_TEST(a_body_that_fails_is_told_of_and_begins_anew_with_its_players)
{
    ouro_log_to(count_line, NULL);
    seen.failures_wanted = 2;
    struct ouro_room *room = start(&(struct ouro_room_options){.name = "test"}, counting_body);
    struct fake player = fake_new(1);
    ck_assert_int_eq(ouro_room_enter(room, &player.player), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ouro_room_input(room, &player.player, MOVE, i), 0);
        ouro_sleep(OURO_SEC(1));
    }
    ck_assert_int_eq(seen.begun, 3);
    ck_assert_int_eq(lines_logged, 2);
    ck_assert_uint_eq(seen.moves, 3);
    ck_assert_uint_eq(seen.players_at_begin, 1);
    ck_assert_uint_eq(ouro_room_stats(room).failures, 2);
    ck_assert_int_eq(player.closes, 0);
    ouro_room_stop(room);
    ck_assert_int_eq(player.releases, 1);
    return 0;
}

static int resyncs, resync_rc;

static int count_resync(struct ouro_room *room, struct ouro_player *player, void *ud)
{
    (void)room, (void)player, (void)ud;
    resyncs++;
    return resync_rc;
}

ROOM_TEST(who_is_behind_gets_nothing_then_the_whole_picture)
{
    struct ouro_room_options options = {
        .name = "test", .backlog_bytes_max = 100, .resync = count_resync};
    struct ouro_room *room = start(&options, telling_body);
    struct fake healthy = fake_new(1), slow = fake_new(2);
    ouro_room_enter(room, &healthy.player);
    ouro_room_enter(room, &slow.player);
    ouro_sleep(OURO_MS(350));
    ck_assert_uint_eq(slow.frames, healthy.frames);
    slow.backlog_bytes = 101;
    size_t before = slow.frames;
    ouro_sleep(OURO_SEC(1));
    ck_assert_uint_eq(slow.frames, before);
    ck_assert_uint_ge(ouro_room_stats(room).frames_skipped, 9);
    slow.backlog_bytes = 0;
    ouro_sleep(OURO_MS(300));
    ck_assert_int_eq(resyncs, 1);
    ck_assert_uint_gt(slow.frames, before);
    ck_assert_uint_eq(healthy.frames, (size_t)sent_by_broadcasts);
    ck_assert_int_eq(slow.closes, 0);
    ouro_room_stop(room);
    return 0;
}

ROOM_TEST(who_could_not_be_sent_something_for_want_of_memory_is_behind)
{
    struct ouro_room_options options = {.name = "test", .resync = count_resync};
    struct ouro_room *room = start(&options, telling_body);
    struct fake player = fake_new(1);
    resyncs = 0;
    resync_rc = -ENOMEM;
    ouro_room_enter(room, &player.player);
    ouro_sleep(OURO_MS(150));
    player.no_memory = true;
    ouro_sleep(OURO_MS(300));
    ck_assert_int_ge(resyncs, 2); /* its picture, too, and then again */
    player.no_memory = false;
    resync_rc = 0;
    ouro_sleep(OURO_MS(100));
    resyncs = 0;
    ouro_sleep(OURO_MS(300));
    ck_assert_int_eq(resyncs, 0);
    ck_assert_uint_gt(player.frames, 2);
    ouro_room_stop(room);
    return 0;
}

ROOM_TEST(who_is_sent_something_soon_is_told_some_turns_before)
{
    struct ouro_room_options options = {.name = "test"};
    struct ouro_room *room = start(&options, telling_body);
    struct fake players[4];
    for (uint32_t i = 0; i < 4; i++) {
        players[i] = fake_new(i + 1);
        ouro_room_enter(room, &players[i].player);
    }
    ouro_sleep(OURO_MS(150));
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(players[i].frames, 1);
    ck_assert_uint_eq(players[0].told_in_all, 0); /* there was nobody before it */
    ck_assert_uint_eq(players[1].told_in_all, 1);
    ck_assert_uint_eq(players[2].told_in_all, 21);
    ck_assert_uint_eq(players[3].told_in_all, 321);
    ouro_sleep(OURO_MS(100)); /* another one begins */
    ck_assert_uint_eq(players[1].told_in_all, 0);
    ck_assert_uint_eq(players[0].told_in_all, 321);
    ouro_room_stop(room);
    return 0;
}

ROOM_TEST(who_is_behind_for_too_long_is_asked_to_go_once)
{
    struct ouro_room_options options = {
        .name = "test", .backlog_bytes_max = 100, .behind_ns_max = OURO_SEC(3)};
    struct ouro_room *room = start(&options, telling_body);
    struct fake healthy = fake_new(1), deaf = fake_new(2);
    ouro_room_enter(room, &healthy.player);
    ouro_room_enter(room, &deaf.player);
    deaf.backlog_bytes = 1000;
    ouro_sleep(OURO_SEC(2));
    ck_assert_int_eq(deaf.closes, 0);
    ouro_sleep(OURO_SEC(20));
    ck_assert_int_eq(deaf.closes, 1);
    ck_assert_uint_eq(deaf.closed_with, 4101);
    ck_assert_int_eq(healthy.closes, 0);
    ck_assert_uint_eq(ouro_room_stats(room).kicked, 1);
    ouro_room_stop(room);
    return 0;
}

/* What the hook brings is handed out before the deadline is told, and it is called once for each.
 */
static struct {
    struct ouro_room *room;
    struct fake player;
    int calls, moves, ticks;
} looked;

static void bring_a_move(void *ud)
{
    (void)ud;
    looked.calls++;
    ck_assert_int_eq(ouro_room_input(looked.room, &looked.player.player, MOVE, looked.calls), 0);
}

static int ticking_body(struct ouro_room *room, void *ud)
{
    (void)ud;
    int64_t next = ouro_now();
    for (;;) {
        struct ouro_input input;
        int rc;
        next += OURO_MS(100);
        while ((rc = ouro_room_next(room, next, &input)) == 0)
            looked.moves += input.kind == MOVE;
        if (rc != -ETIMEDOUT)
            return rc;
        looked.ticks++;
        ck_assert_int_eq(looked.calls, looked.ticks);
        ck_assert_int_eq(looked.moves, looked.ticks);
    }
}

ROOM_TEST(inputs_are_looked_for_once_before_each_tick)
{
    struct ouro_room_options options = {.name = "test", .before_deadline = bring_a_move};
    looked.room = start(&options, ticking_body);
    looked.player = fake_new(1);
    ck_assert_int_eq(ouro_room_enter(looked.room, &looked.player.player), 0);
    ouro_sleep(OURO_MS(1050));
    ck_assert_int_eq(looked.ticks, 10);
    ouro_room_stop(looked.room);
    return 0;
}

/* --- sessions in other threads ---------------------------------------------------------------- */

enum { THREADS = 4, MOVES_PER_THREAD = 20000 };

struct thread {
    pthread_t id;
    struct ouro_room *room;
    struct fake fake;
};

static void *move_often(void *arg)
{
    struct thread *thread = arg;
    while (ouro_room_enter(thread->room, &thread->fake.player) < 0)
        ;
    for (int i = 0; i < MOVES_PER_THREAD; i++) {
        while (ouro_room_input(thread->room, &thread->fake.player, MOVE, i) == -OURO_ELIMIT)
            ; /* the room is behind: once more */
    }
    ouro_room_leave(thread->room, &thread->fake.player);
    return NULL;
}

static int32_t last_move[THREADS + 1];
static size_t leavers;

/* The moves of one player stay in order, and none is lost. */
static int ordering_body(struct ouro_room *room, void *ud)
{
    (void)ud;
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        int32_t *last = &last_move[input.player->id];
        if (input.kind == MOVE)
            ck_assert_int_eq(input.value, (*last)++);
        else if (input.kind == OURO_INPUT_LEAVE)
            leavers++;
    }
    return rc;
}

static int sessions_in_threads(void *arg)
{
    (void)arg;
    struct thread threads[THREADS];
    struct ouro_room_options options = {.name = "test", .inputs_max = 64};
    struct ouro_room *room = start(&options, ordering_body);
    for (uint32_t i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){.room = room, .fake = fake_new(i + 1)};
        ck_assert_int_eq(pthread_create(&threads[i].id, NULL, move_often, &threads[i]), 0);
    }
    while (leavers < THREADS)
        ouro_sleep(OURO_MS(1));
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i].id, NULL);
        ck_assert_int_eq(last_move[i + 1], MOVES_PER_THREAD);
    }
    ouro_room_stop(room);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(threads[i].fake.releases, 1);
    return 0;
}

TEST(sessions_may_be_in_other_threads)
{
    ck_assert_int_eq(ouro_run(sessions_in_threads, NULL), 0);
}
