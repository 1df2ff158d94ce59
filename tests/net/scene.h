/* SPDX-License-Identifier: MIT */
/* What the tests of streams share: a run in the real or the simulated world that must end well,
 * tasks and what became of them, and bytes whose place can be told by their value. */
#ifndef OURO_TESTS_NET_SCENE_H
#define OURO_TESTS_NET_SCENE_H

#include "test.h"

#include <ouro/net.h>

#define SCENE_SEED 1

/* The body of a test as the first task of a simulation. */
#define SIM_TEST(name)                                                          \
    static int name##_body(void *unused);                                       \
    TEST(name)                                                                  \
    {                                                                           \
        ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, name##_body, NULL), 0); \
    }                                                                           \
    static int name##_body(__attribute__((unused)) void *unused)

/* The same in the real world, for what has to do with the kernel. */
#define REAL_TEST(name)                                   \
    static int name##_body(void *unused);                 \
    TEST(name)                                            \
    {                                                     \
        ck_assert_int_eq(ouro_run(name##_body, NULL), 0); \
    }                                                     \
    static int name##_body(__attribute__((unused)) void *unused)

/* Long enough for anything on one machine that must happen at all. */
#define SOON ouro_after(OURO_SEC(20))

static inline struct ouro_task *started_at(const char *place, ouro_task_fn *fn, void *arg)
{
    struct ouro_task *task;
    ck_assert_int_eq(ouro_spawn_at(fn, arg, NULL, &task, "test", place), 0);
    return task;
}
/* A task, with a reference that status_of() gives back. */
#define started(fn, arg) started_at(OURO_HERE, (fn), (arg))

/* What became of a task. */
static inline int status_of(struct ouro_task *task)
{
    int status = 1;
    ck_assert_int_eq(ouro_await(task, SOON, &status), 0);
    ouro_task_unref(task);
    return status;
}

/* Let every task that can do so come to where it waits; so many turns that the kernel is asked. */
static inline void settle(void)
{
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(ouro_yield(), 0);
}

/* --- one call as a task of its own ---------------------------------------------------------- */

struct io_call {
    struct ouro_stream *stream;
    char *data;
    size_t len;
    int64_t deadline;
};

/* Reads once. The status is what ouro_read() said. */
static inline int read_once(void *arg)
{
    struct io_call *call = arg;
    return ouro_read(call->stream, call->data, call->len, call->deadline);
}

static inline int write_whole(void *arg)
{
    struct io_call *call = arg;
    return ouro_write(call->stream, call->data, call->len, call->deadline);
}

/* --- bytes that tell their place ------------------------------------------------------------ */

static inline char byte_at(size_t place)
{
    return (char)((place * 2654435761u) >> 13);
}

static inline char *pattern_new(size_t len)
{
    char *data = malloc(len);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < len; i++)
        data[i] = byte_at(i);
    return data;
}

/* Read `len` bytes, in pieces of at most `piece`, and check each. */
static inline void expect_pattern(struct ouro_stream *stream, size_t len, size_t piece)
{
    char data[8192];
    ck_assert_uint_le(piece, sizeof data);
    for (size_t at = 0; at < len;) {
        size_t want = len - at < piece ? len - at : piece;
        int got = ouro_read(stream, data, want, SOON);
        ck_assert_int_gt(got, 0);
        for (int i = 0; i < got; i++)
            ck_assert_int_eq(data[i], byte_at(at + (size_t)i));
        at += (size_t)got;
    }
}

static inline void expect_end(struct ouro_stream *stream)
{
    char byte;
    ck_assert_int_eq(ouro_read(stream, &byte, 1, SOON), 0);
}

#endif
