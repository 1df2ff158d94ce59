/* SPDX-License-Identifier: MIT */
/* A stream in a select, on memory and on sockets. */
#include "test.h"

#include <ouro/net.h>
#include <ouro/sync.h>

static int say_later(void *arg)
{
    struct ouro_stream *stream = arg;
    ouro_sleep(OURO_MS(10));
    return ouro_write(stream, "hello", 5, OURO_FOREVER);
}

static int close_later(void *arg)
{
    struct ouro_stream **stream = arg;
    ouro_sleep(OURO_MS(10));
    *stream = ouro_stream_close(*stream);
    return 0;
}

static void spawn(ouro_task_fn *fn, void *arg)
{
    ck_assert_int_eq(ouro_spawn(fn, arg, NULL, NULL), 0);
}

/* What comes is read by the select itself; a timeout takes nothing; the end is a count of 0. */
static void read_in_select(struct ouro_stream *ends[2])
{
    char buf[16];
    struct ouro_event never;
    ouro_event_init(&never);
    struct ouro_case cases[] = {ouro_on_event(&never), ouro_on_read(ends[1], buf, sizeof buf)};

    ck_assert_int_eq(ouro_select(cases, 2, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    spawn(say_later, ends[0]);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 1);
    ck_assert_int_eq(cases[1].result, 5);
    ck_assert_mem_eq(buf, "hello", 5);

    spawn(close_later, &ends[0]);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 1);
    ck_assert_int_eq(cases[1].result, 0);
}

/* Closed under the select, by another task. */
static void close_under_select(struct ouro_stream *ends[2])
{
    char buf[16];
    struct ouro_case cases[] = {ouro_on_read(ends[1], buf, sizeof buf)};
    spawn(close_later, &ends[1]);
    ck_assert_int_eq(ouro_select(cases, 1, OURO_FOREVER), 0);
    ck_assert_int_eq(cases[0].result, -OURO_ECLOSED);
}

static void close_both(struct ouro_stream *ends[2])
{
    for (int i = 0; i < 2; i++)
        ends[i] = ouro_stream_close(ends[i]);
}

static int in_memory(void *arg)
{
    (void)arg;
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    read_in_select(ends);
    close_both(ends);
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    close_under_select(ends);
    close_both(ends);
    return 0;
}

TEST(a_stream_in_memory_in_a_select)
{
    ck_assert_int_eq(ouro_run(in_memory, NULL), 0);
}

static void connect_pair(struct ouro_listener *listener, struct ouro_stream *ends[2])
{
    ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), OURO_FOREVER, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, OURO_FOREVER, &ends[1]), 0);
}

static int over_tcp(void *arg)
{
    (void)arg;
    struct ouro_listener *listener;
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    connect_pair(listener, ends);
    read_in_select(ends);
    close_both(ends);
    connect_pair(listener, ends);
    close_under_select(ends);
    close_both(ends);
    ouro_listener_close(listener);
    return 0;
}

TEST(a_tcp_stream_in_a_select)
{
    ck_assert_int_eq(ouro_run(over_tcp, NULL), 0);
}

static int select_once(void *arg)
{
    char buf[16];
    struct ouro_case cases[] = {ouro_on_read(arg, buf, sizeof buf)};
    int rc = ouro_select(cases, 1, OURO_FOREVER);
    return rc < 0 ? rc : cases[0].result;
}

/* Bytes come and the stream is closed, and only then the task that selects goes on. */
static int close_behind_bytes(void *arg)
{
    (void)arg;
    int status = -1;
    struct ouro_stream *ends[2];
    struct ouro_task *task;
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    ck_assert_int_eq(ouro_spawn(select_once, ends[1], NULL, &task), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_int_eq(ouro_write(ends[0], "hello", 5, OURO_FOREVER), 0);
    uint64_t timers = ouro_loop_stats(ouro_loop_self()).timers;
    while (ouro_loop_stats(ouro_loop_self()).timers == timers) /* until the edge is told */
        ck_assert_int_eq(ouro_yield(), 0);
    close_both(ends);
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 5);
    ouro_task_unref(task);
    return 0;
}

TEST(what_a_select_has_been_woken_for_is_its_own)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, close_behind_bytes, NULL), 0);
}
