/* SPDX-License-Identifier: MIT */
#include "runtime/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A longer line is cut. */
#define LINE_BYTES 512

OURO_PRINTF(3, 4)
static void tell(struct ouro__trace *trace, struct ouro_loop *loop, const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list args;
    int len = snprintf(line, sizeof line, "%" PRId64 " ", loop->driver->ops->now(loop->driver));
    va_start(args, fmt);
    vsnprintf(line + len, sizeof line - (size_t)len, fmt, args);
    va_end(args);
    trace->sink(line, trace->ud);
}

/* A place without the folders, which are another's on another machine. */
static const char *short_place(const char *place)
{
    const char *slash = strrchr(place, '/');
    return slash ? slash + 1 : place;
}

/* New tasks stand at the end of the list, and none can end before its first step: looking for them
 * when there is something to tell finds all, in order, and costs spawning nothing. */
static void tell_spawned(struct ouro__trace *trace, struct ouro_loop *loop)
{
    struct ouro_link *link = &loop->tasks;
    for (uint64_t left = loop->stats.spawned - trace->spawned_told; left > 0; left--)
        link = link->prev;
    for (; trace->spawned_told < loop->stats.spawned; trace->spawned_told++) {
        const struct ouro_task *task = ouro_container(link, struct ouro_task, live);
        tell(trace, loop, "#%" PRIu64 " %s: spawned at %s", task->number, task->name,
             short_place(task->place));
        link = link->next;
    }
}

/* The name of an error, or the number. */
static const char *result_text(int result, char buf[16])
{
    if (result < 0)
        return ouro_error_name(result);
    snprintf(buf, 16, "%d", result);
    return buf;
}

void ouro__trace_step_begins(struct ouro__trace *trace, const struct ouro_task *task)
{
    char buf[16];
    tell_spawned(trace, task->loop);
    if (task->started)
        tell(trace, task->loop, "#%" PRIu64 " %s: goes on with %s", task->number, task->name,
             result_text(task->wake_result, buf));
    else
        tell(trace, task->loop, "#%" PRIu64 " %s: begins", task->number, task->name);
}

static void tell_wait(struct ouro__trace *trace, const struct ouro_task *task)
{
    if (task->timer.place)
        tell(trace, task->loop, "#%" PRIu64 " %s: waits for %s until %" PRId64, task->number,
             task->name, task->waits_for, task->timer.when);
    else
        tell(trace, task->loop, "#%" PRIu64 " %s: waits for %s", task->number, task->name,
             task->waits_for);
}

void ouro__trace_step_ended(struct ouro__trace *trace, const struct ouro_task *task)
{
    char buf[16];
    tell_spawned(trace, task->loop);
    if (task->state == OURO__WAITING)
        tell_wait(trace, task);
    else if (task->state == OURO__READY)
        tell(trace, task->loop, "#%" PRIu64 " %s: yields", task->number, task->name);
    else
        tell(trace, task->loop, "#%" PRIu64 " %s: ends with %s", task->number, task->name,
             result_text(task->status, buf));
}

void ouro__trace_timer(struct ouro__trace *trace, struct ouro_loop *loop,
                       const struct ouro_timer *timer)
{
    tell_spawned(trace, loop);
    tell(trace, loop, "timer %" PRIu64 " fires", timer->order);
}

void ouro__trace_text(struct ouro__trace *trace, struct ouro_loop *loop, const char *fmt,
                      va_list args)
{
    char text[LINE_BYTES];
    tell_spawned(trace, loop);
    vsnprintf(text, sizeof text, fmt, args);
    tell(trace, loop, "%s", text);
}
