/* SPDX-License-Identifier: MIT */
/* What the tests of the runtime share: a run on the virtual clock that must end well, a trace of
 * what happened when, and the tasks that every second test needs. */
#ifndef OURO_TESTS_RUNTIME_SCENE_H
#define OURO_TESTS_RUNTIME_SCENE_H

#include "test.h"

#include <ouro/runtime.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define SCENE_SEED 1

/* What happened, in order, as text: "a b c". A test compares it whole. */
static struct {
    char text[4096];
    size_t len;
} scene_trace;

__attribute__((unused, format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    size_t room = sizeof scene_trace.text - scene_trace.len;
    va_list args;
    va_start(args, fmt);
    int len = snprintf(scene_trace.text + scene_trace.len, room, scene_trace.len ? " " : "");
    len += vsnprintf(scene_trace.text + scene_trace.len + len, room - (size_t)len, fmt, args);
    va_end(args);
    ck_assert_uint_lt((size_t)len, room);
    scene_trace.len += (size_t)len;
}

/* Compare and begin anew. */
#define assert_trace(expected)                          \
    do {                                                \
        ck_assert_str_eq(scene_trace.text, (expected)); \
        scene_trace.text[scene_trace.len = 0] = 0;      \
    } while (0)

/* The body of a test as the first task of a simulation. */
#define SIM_TEST(name)                                                          \
    static int name##_body(void *unused);                                       \
    TEST(name)                                                                  \
    {                                                                           \
        ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, name##_body, NULL), 0); \
    }                                                                           \
    static int name##_body(__attribute__((unused)) void *unused)

/* The same in the real world, for what has to do with the kernel or with threads. */
#define REAL_TEST(name)                                   \
    static int name##_body(void *unused);                 \
    TEST(name)                                            \
    {                                                     \
        ck_assert_int_eq(ouro_run(name##_body, NULL), 0); \
    }                                                     \
    static int name##_body(__attribute__((unused)) void *unused)

__attribute__((unused)) static int sleep_forever(__attribute__((unused)) void *arg)
{
    return ouro_sleep_until(OURO_FOREVER);
}

/* arg: an int, the status to end with, at once. */
__attribute__((unused)) static int end_with(void *arg)
{
    return *(const int *)arg;
}

struct nap {
    int64_t ns;
    int status; /* to end with after that time */
};

__attribute__((unused)) static int end_after(void *arg)
{
    const struct nap *nap = arg;
    int rc = ouro_sleep(nap->ns);
    return rc < 0 ? rc : nap->status;
}

__attribute__((unused)) static struct ouro_task *started_at(const char *place, ouro_task_fn *fn,
                                                            void *arg)
{
    struct ouro_task *task;
    ck_assert_int_eq(ouro_spawn_at(fn, arg, NULL, &task, "test", place), 0);
    return task;
}
/* A task, with a reference that the test gives back. */
#define started(fn, arg) started_at(OURO_HERE, (fn), (arg))

/* What became of a task, and the reference given back. */
__attribute__((unused)) static int status_of(struct ouro_task *task)
{
    int status = 1;
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, &status), 0);
    ouro_task_unref(task);
    return status;
}

/* Calls fn(ud) on the loop, outside any task, at that time. */
struct call_later {
    struct ouro_timer timer;
    void (*fn)(void *ud);
    void *ud;
};

__attribute__((unused)) static void call_later_fired(struct ouro_timer *timer)
{
    struct call_later *call = ouro_container(timer, struct call_later, timer);
    call->fn(call->ud);
}

__attribute__((unused)) static void call_at(struct call_later *call, int64_t when,
                                            void (*fn)(void *ud), void *ud)
{
    *call = (struct call_later){.timer.fn = call_later_fired, .fn = fn, .ud = ud};
    ck_assert_int_eq(ouro_timer_start(&call->timer, when), 0);
}

__attribute__((unused)) static void cancel_task(void *task)
{
    ouro_cancel(task);
}

/* --- kernels and containers that can less --- */

/* From now on that system call fails with that error; only a process of one test is spoilt. */
__attribute__((unused)) static void forbid(int nr, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* seccomp_data.nr */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

#endif
