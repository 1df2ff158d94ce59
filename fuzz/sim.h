/* SPDX-License-Identifier: MIT */
/* For fuzzers of what is not pure: both ends of a connection in memory, in a simulation; the bytes
 * are dealt out by a task of their own. */
#ifndef OURO_FUZZ_SIM_H
#define OURO_FUZZ_SIM_H

#include "../tests/web/drive.h"

#include <ouro/web.h>

struct sender {
    struct ouro_stream *stream;
    const uint8_t *data;
    size_t len;
    struct split split;
};

/* Says it all, or as much as is wanted, and that it was all. */
static inline int send_split(void *arg)
{
    struct sender *sender = arg;
    for (size_t at = 0; at < sender->len;) {
        size_t piece = split_next(&sender->split, sender->len - at);
        if (ouro_write(sender->stream, sender->data + at, piece, OURO_FOREVER) < 0)
            break;
        at += piece;
        ouro_yield();
    }
    ouro_stream_shutdown(sender->stream);
    return 0;
}

static inline struct ouro_task *spawned(ouro_task_fn *fn, void *arg)
{
    struct ouro_task *task;
    if (ouro_spawn(fn, arg, NULL, &task) < 0)
        abort();
    return task;
}

static inline int ended(struct ouro_task *task)
{
    int status;
    if (ouro_await(task, OURO_FOREVER, &status) < 0)
        abort();
    ouro_task_unref(task);
    return status;
}

static inline void connected(struct ouro_stream *ends[2])
{
    if (ouro_stream_pair(ends) < 0)
        abort();
}

#endif
