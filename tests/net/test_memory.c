/* SPDX-License-Identifier: MIT */
/* Streams in memory: order, back-pressure, ends, and edges. */
#include "scene.h"

#include <limits.h>
#include <sys/uio.h>

static void open_pair(struct ouro_stream *ends[2])
{
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
}

static void close_pair(struct ouro_stream *ends[2])
{
    ends[0] = ouro_stream_close(ends[0]);
    ends[1] = ouro_stream_close(ends[1]);
}

/* More than five rings full, in pieces that never divide the ring's size. */
SIM_TEST(order_is_kept_through_the_wrap)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    size_t len = 5 * OURO_STREAM_PAIR_BYTES + 77;
    char *data = pattern_new(len);
    struct io_call call = {ends[0], data, len, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &call);
    expect_pattern(ends[1], len, 4093);
    ck_assert_int_eq(status_of(writer), 0);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(both_directions_are_independent)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    char got[8];
    ck_assert_int_eq(ouro_write(ends[0], "to one", 6, SOON), 0);
    ck_assert_int_eq(ouro_write(ends[1], "to nil", 6, SOON), 0);
    ck_assert_int_eq(ouro_read(ends[0], got, sizeof got, SOON), 6);
    ck_assert_mem_eq(got, "to nil", 6);
    ck_assert_int_eq(ouro_read(ends[1], got, sizeof got, SOON), 6);
    ck_assert_mem_eq(got, "to one", 6);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_full_stream_holds_its_writer_back)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    size_t len = OURO_STREAM_PAIR_BYTES + 1;
    char *data = pattern_new(len);
    ck_assert_int_eq(ouro_stream_try_write(ends[0], data, len), OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_stream_try_write(ends[0], data, 1), -EAGAIN);
    struct io_call call = {ends[0], data + OURO_STREAM_PAIR_BYTES, 1, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &call);
    settle();
    ck_assert(!ouro_task_done(writer));
    expect_pattern(ends[1], 1, 1);
    ck_assert_int_eq(status_of(writer), 0);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(gathered_parts_arrive_as_one)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    char *data = pattern_new(300);
    struct iovec parts[] = {{data, 100}, {data + 100, 0}, {data + 100, 200}};
    ck_assert_int_eq(ouro_stream_try_writev(ends[0], parts, 3), 300);
    expect_pattern(ends[1], 300, 299);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(shutdown_ends_one_direction)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    ck_assert_int_eq(ouro_write(ends[0], "x", 1, SOON), 0);
    ck_assert_int_eq(ouro_stream_shutdown(ends[0]), 0);
    ck_assert_int_eq(ouro_write(ends[0], "y", 1, SOON), -EPIPE);
    ck_assert_int_eq(ouro_read(ends[1], &byte, 1, SOON), 1);
    expect_end(ends[1]);
    ck_assert_int_eq(ouro_write(ends[1], "z", 1, SOON), 0);
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, SOON), 1);
    ck_assert_int_eq(byte, 'z');
    close_pair(ends);
    return 0;
}

SIM_TEST(the_other_side_closes_under_a_reader_and_a_writer)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES + 1);
    struct io_call reading = {ends[0], &byte, 1, OURO_FOREVER};
    struct io_call writing = {ends[0], data, OURO_STREAM_PAIR_BYTES + 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    struct ouro_task *writer = started(write_whole, &writing);
    settle();
    ends[1] = ouro_stream_close(ends[1]);
    ck_assert_int_eq(status_of(reader), 0);
    ck_assert_int_eq(status_of(writer), -EPIPE);
    ck_assert_int_eq(ouro_write(ends[0], data, 1, SOON), -EPIPE);
    free(data);
    close_pair(ends);
    return 0;
}

/* --- deadlines and cancellation --------------------------------------------------------------- */

SIM_TEST(a_read_ends_at_its_deadline_and_the_next_one_gets_the_bytes)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, ouro_after(OURO_SEC(3))), -ETIMEDOUT);
    ck_assert_int_ge(ouro_now(), OURO_SEC(3));
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, 0), -ETIMEDOUT);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, 0), 0);
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, 0), 1);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_write_cut_in_the_middle_breaks_the_stream)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    size_t len = OURO_STREAM_PAIR_BYTES + 1;
    char *data = pattern_new(len);
    ck_assert_int_eq(ouro_write(ends[0], data, len, ouro_after(OURO_SEC(1))), -ETIMEDOUT);
    expect_pattern(ends[1], OURO_STREAM_PAIR_BYTES, 8192);
    ck_assert_int_eq(ouro_write(ends[0], data, 1, SOON), -EPIPE);
    ck_assert_int_eq(ouro_stream_try_write(ends[0], data, 1), -EPIPE);
    struct iovec part = {data, 1};
    ck_assert_int_eq(ouro_stream_try_writev(ends[0], &part, 1), -EPIPE);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_write_cut_before_its_first_byte_has_not_happened)
{
    struct ouro_stream *ends[2];
    open_pair(ends);
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_write(ends[0], data, OURO_STREAM_PAIR_BYTES, SOON), 0);
    ck_assert_int_eq(ouro_write(ends[0], "x", 1, ouro_after(OURO_SEC(1))), -ETIMEDOUT);
    expect_pattern(ends[1], OURO_STREAM_PAIR_BYTES, 8192);
    ck_assert_int_eq(ouro_write(ends[0], data, 10, SOON), 0);
    expect_pattern(ends[1], 10, 10);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(cancelled_reader_and_writer_leave_the_stream_whole)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_write(ends[0], data, OURO_STREAM_PAIR_BYTES, SOON), 0);
    struct io_call reading = {ends[0], &byte, 1, OURO_FOREVER};
    struct io_call writing = {ends[0], data, 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    struct ouro_task *writer = started(write_whole, &writing);
    settle();
    ouro_cancel(reader);
    ouro_cancel(writer);
    ck_assert_int_eq(status_of(reader), -ECANCELED);
    ck_assert_int_eq(status_of(writer), -ECANCELED);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, SOON), 1);
    expect_pattern(ends[1], OURO_STREAM_PAIR_BYTES, 8192);
    free(data);
    close_pair(ends);
    return 0;
}

/* It has been told of room when it is cancelled, and there is not enough. */
SIM_TEST(a_writer_that_is_cancelled_on_its_way_waits_no_more)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    char *data = pattern_new(2 * OURO_STREAM_PAIR_BYTES);
    struct io_call writing = {ends[0], data, 2 * OURO_STREAM_PAIR_BYTES, OURO_FOREVER};
    struct ouro_task *writer = started(write_whole, &writing);
    settle();
    ck_assert_int_eq(ouro_read(ends[1], &byte, 1, SOON), 1);
    ouro_cancel(writer);
    ck_assert_int_eq(status_of(writer), -ECANCELED);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_second_reader_and_a_second_writer_are_busy)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES + 1);
    struct io_call reading = {ends[0], &byte, 1, OURO_FOREVER};
    struct io_call writing = {ends[0], data, OURO_STREAM_PAIR_BYTES + 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    struct ouro_task *writer = started(write_whole, &writing);
    settle();
    ck_assert_int_eq(ouro_read(ends[0], &byte, 1, SOON), -EBUSY);
    expect_pattern(ends[1], 1, 1);
    /* There is room again and the first writer has not run yet: these bytes must not go between. */
    ck_assert_int_eq(ouro_write(ends[0], "!", 1, SOON), -EBUSY);
    ck_assert_int_eq(status_of(writer), 0);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    ck_assert_int_eq(status_of(reader), 1);
    free(data);
    close_pair(ends);
    return 0;
}

/* --- closed under those who wait -------------------------------------------------------------- */

enum closing_order { NOTHING_BEFORE, WOKEN_BEFORE, CANCELLED_BEFORE };

static void close_under_waiters(bool with_reader, bool with_writer, enum closing_order order)
{
    struct ouro_stream *ends[2];
    char byte;
    open_pair(ends);
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES + 1);
    struct io_call reading = {ends[0], &byte, 1, OURO_FOREVER};
    struct io_call writing = {ends[0], data, OURO_STREAM_PAIR_BYTES + 1, OURO_FOREVER};
    struct ouro_task *reader = with_reader ? started(read_once, &reading) : NULL;
    struct ouro_task *writer = with_writer ? started(write_whole, &writing) : NULL;
    settle();
    if (order == WOKEN_BEFORE) { /* both can go on, but have not run yet */
        ck_assert_int_eq(ouro_stream_try_write(ends[1], "x", 1), 1);
        if (with_writer)
            ck_assert_int_eq(ouro_stream_try_read(ends[1], &byte, 1), 1);
    }
    if (order == CANCELLED_BEFORE && reader)
        ouro_cancel(reader);
    ends[0] = ouro_stream_close(ends[0]);
    if (reader)
        ck_assert_int_eq(status_of(reader), -OURO_ECLOSED);
    if (writer)
        ck_assert_int_eq(status_of(writer), -OURO_ECLOSED);
    free(data);
    ends[1] = ouro_stream_close(ends[1]);
}

SIM_TEST(closing_under_a_reader_or_a_writer_or_both)
{
    for (int who = 1; who < 4; who++) {
        close_under_waiters(who & 1, who & 2, NOTHING_BEFORE);
        close_under_waiters(who & 1, who & 2, WOKEN_BEFORE);
        close_under_waiters(who & 1, who & 2, CANCELLED_BEFORE);
    }
    return 0;
}

/* --- without a task --------------------------------------------------------------------------- */

struct watcher {
    unsigned edges;
    int calls;
    bool in_task, closes;
};

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct watcher *watcher = ud;
    watcher->edges |= edges;
    watcher->calls++;
    watcher->in_task |= ouro_task_self() != NULL;
    if (watcher->closes)
        ouro_stream_close(stream);
}

SIM_TEST(a_watcher_is_told_outside_any_task)
{
    struct ouro_stream *ends[2];
    struct watcher watcher = {0};
    char *data = pattern_new(OURO_STREAM_PAIR_BYTES);
    open_pair(ends);
    ouro_stream_watch(ends[0], on_edge, &watcher);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    ck_assert_int_eq(watcher.calls, 0); /* not from inside the writer's call */
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(watcher.calls, 1);
    ck_assert_uint_eq(watcher.edges, OURO_EDGE_READ);

    ck_assert_int_eq(ouro_stream_try_write(ends[0], data, OURO_STREAM_PAIR_BYTES),
                     OURO_STREAM_PAIR_BYTES);
    ck_assert_int_eq(ouro_stream_try_write(ends[0], data, 1), -EAGAIN);
    expect_pattern(ends[1], 5, 5);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_ne(watcher.edges & OURO_EDGE_WRITE, 0);

    ck_assert_int_eq(ouro_stream_shutdown(ends[1]), 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_ne(watcher.edges & OURO_EDGE_HANGUP, 0);
    ck_assert(!watcher.in_task);
    free(data);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_watcher_may_close_and_is_not_told_again)
{
    struct ouro_stream *ends[2];
    struct watcher watcher = {.closes = true};
    open_pair(ends);
    ouro_stream_watch(ends[0], on_edge, &watcher);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    ck_assert_int_eq(ouro_stream_shutdown(ends[1]), 0);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(watcher.calls, 1);
    expect_end(ends[1]);
    ck_assert_int_eq(ouro_write(ends[1], "y", 1, SOON), -EPIPE);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(watcher.calls, 1);
    ends[1] = ouro_stream_close(ends[1]);
    return 0;
}

SIM_TEST(an_edge_that_is_under_way_dies_with_the_stream)
{
    struct ouro_stream *ends[2];
    struct watcher watcher = {0};
    open_pair(ends);
    ouro_stream_watch(ends[0], on_edge, &watcher);
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    close_pair(ends);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(watcher.calls, 0);
    return 0;
}

SIM_TEST(after_a_watcher_tasks_wait_again)
{
    struct ouro_stream *ends[2];
    struct watcher watcher = {0};
    char byte;
    open_pair(ends);
    ouro_stream_watch(ends[0], on_edge, &watcher);
    ouro_stream_watch(ends[0], NULL, NULL);
    struct io_call reading = {ends[0], &byte, 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    settle();
    ck_assert_int_eq(ouro_write(ends[1], "x", 1, SOON), 0);
    ck_assert_int_eq(status_of(reader), 1);
    ck_assert_int_eq(watcher.calls, 0);
    close_pair(ends);
    return 0;
}

SIM_TEST(a_peer_in_memory_has_a_name)
{
    struct ouro_stream *ends[2];
    char text[OURO_ADDRESS_BYTES];
    open_pair(ends);
    ck_assert_int_eq(ouro_stream_peer(ends[0], true, text), 0);
    ck_assert_str_eq(text, "memory");
    close_pair(ends);
    ck_assert_ptr_null(ouro_stream_close(NULL));
    return 0;
}
