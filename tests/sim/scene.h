/* SPDX-License-Identifier: MIT */
/* What the tests of the simulation share: traces in memory, and a network to play in. */
#ifndef OURO_TESTS_SIM_SCENE_H
#define OURO_TESTS_SIM_SCENE_H

#include "../net/scene.h"
#include "seeds.h"

#include <ouro/sync.h>

static inline void append_line(const char *line, void *buf)
{
    ouro_buf_puts(buf, line);
    ouro_buf_putc(buf, '\n');
}

/* Run it with these options and keep the trace, which is the caller's to free. */
static inline char *trace_of(uint64_t seed, struct ouro_sim_options options, ouro_task_fn *fn,
                             void *arg)
{
    struct ouro_buf trace = {0};
    options.trace = append_line;
    options.ud = &trace;
    ck_assert_int_eq(ouro_sim_run_at(seed, &options, fn, arg, "first", "here"), 0);
    ouro_buf_putc(&trace, '\0');
    ck_assert(!ouro_buf_failed(&trace));
    return trace.data;
}

/* A task that nobody awaits. */
static inline void spawned(ouro_task_fn *fn, void *arg)
{
    ck_assert_int_eq(ouro_spawn(fn, arg, NULL, NULL), 0);
}

static inline void expect_ok(int rc)
{
    ck_assert_msg(rc >= 0, "%s", ouro_error_name(rc));
}

/* As expect_pattern(), for what begins at that place. */
static inline void expect_pattern_from(struct ouro_stream *stream, size_t place, size_t len)
{
    char data[4096];
    for (size_t at = 0; at < len;) {
        size_t want = len - at < sizeof data ? len - at : sizeof data;
        int got = ouro_read(stream, data, want, SOON);
        ck_assert_int_gt(got, 0);
        for (int i = 0; i < got; i++)
            ck_assert_int_eq(data[i], byte_at(place + at + (size_t)i));
        at += (size_t)got;
    }
}

#endif
