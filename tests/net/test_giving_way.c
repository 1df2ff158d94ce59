/* SPDX-License-Identifier: MIT */
/* Calls that the outside world can satisfy again and again: whoever makes them, and never has to
 * wait, neither stops the others nor escapes its own deadlines. */
#include "scene.h"

#include <ouro/sync.h>

#define CALLS       200
#define TURNS_LEAST (CALLS / 20)

static struct ouro_stream *ends[2];
static char bytes[CALLS];

/* As many bytes lie ready as will be read, one at a time. */
static void connect_with_bytes(struct ouro_listener *listener)
{
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &ends[1]), 0);
    ck_assert_int_eq(ouro_write(ends[0], bytes, sizeof bytes, SOON), 0);
    ouro_sleep(OURO_MS(5)); /* until they have arrived */
}

static void close_ends(void)
{
    for (int i = 0; i < 2; i++)
        ends[i] = ouro_stream_close(ends[i]);
}

static int turns;

static int count_turns(__attribute__((unused)) void *arg)
{
    while (ouro_yield() == 0)
        turns++;
    return 0;
}

static struct ouro_listener *listening(void)
{
    struct ouro_listener *listener;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    return listener;
}

/* How many turns somebody else has while the call is made so often. */
static int turns_during(void (*call)(int64_t deadline), int64_t deadline)
{
    struct ouro_task *other = started(count_turns, NULL);
    ouro_yield();
    turns = 0;
    for (int i = 0; i < CALLS; i++)
        call(deadline);
    int had = turns;
    ouro_cancel(other);
    status_of(other);
    return had;
}

static void read_one(int64_t deadline)
{
    char byte;
    ck_assert_int_eq(ouro_read(ends[1], &byte, 1, deadline), 1);
}

static void write_one(int64_t deadline)
{
    ck_assert_int_eq(ouro_write(ends[0], "x", 1, deadline), 0);
}

static void select_one(int64_t deadline)
{
    char byte;
    struct ouro_case cases[] = {ouro_on_read(ends[1], &byte, 1)};
    ck_assert_int_eq(ouro_select(cases, 1, deadline), 0);
    ck_assert_int_eq(cases[0].result, 1);
}

static void (*const calls[])(int64_t deadline) = {read_one, write_one, select_one};

REAL_TEST(who_reads_writes_or_selects_without_ever_waiting)
{
    struct ouro_listener *listener = listening();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        connect_with_bytes(listener);
        ck_assert_int_ge(turns_during(calls[i], OURO_FOREVER), TURNS_LEAST);
        close_ends();
    }
    ouro_listener_close(listener);
    return 0;
}

/* A deadline of 0 is a promise not to wait. */
REAL_TEST(who_only_tries_is_not_interrupted)
{
    struct ouro_listener *listener = listening();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        connect_with_bytes(listener);
        ck_assert_int_eq(turns_during(calls[i], 0), 0);
        close_ends();
    }
    ouro_listener_close(listener);
    return 0;
}

static struct ouro_listener *crowded;

static void accept_one(int64_t deadline)
{
    struct ouro_stream *stream;
    ck_assert_int_eq(ouro_accept(crowded, deadline, &stream), 0);
    ouro_stream_close(stream);
}

REAL_TEST(who_accepts_from_a_crowd)
{
    struct ouro_stream *crowd[CALLS];
    crowded = listening();
    for (int i = 0; i < CALLS; i++)
        ck_assert_int_eq(ouro_connect(ouro_listener_address(crowded), SOON, &crowd[i]), 0);
    ck_assert_int_ge(turns_during(accept_one, OURO_FOREVER), TURNS_LEAST);
    for (int i = 0; i < CALLS; i++)
        ouro_stream_close(crowd[i]);
    ouro_listener_close(crowded);
    return 0;
}

/* The peer is always faster: there is always a byte. */
REAL_TEST(a_scope_ends_who_never_waits)
{
    struct ouro_listener *listener = listening();
    struct ouro_scope scope;
    char byte;
    int rc, count = 0;
    connect_with_bytes(listener);
    ouro_scope_open(&scope, ouro_after(OURO_MS(10)));
    while ((rc = ouro_read(ends[1], &byte, 1, OURO_FOREVER)) > 0) {
        int64_t until = ouro_after(OURO_MS(1));
        while (ouro_now() < until) {
        }
        count++;
    }
    ck_assert_int_eq(rc, -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    ck_assert_int_lt(count, CALLS / 2);
    close_ends();
    ouro_listener_close(listener);
    return 0;
}
