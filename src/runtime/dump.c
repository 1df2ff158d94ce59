/* SPDX-License-Identifier: MIT */
/* What all tasks are doing, for people and for programs. */
#include "runtime/dump.h"

#include "runtime/loop.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Who awaits a task is told up to so many. */
#define AWAITERS_TOLD_MAX 8
#define PAGES_PER_LOOK    64

/* --- what there is to say of a task ----------------------------------------------------------- */

struct facts {
    const struct ouro_task *task;
    const char *state;
    int64_t now;
    size_t depth_bytes;   /* of the stack, now */
    size_t touched_bytes; /* the deepest ever, in whole pages */
    size_t stack_bytes;
    struct ouro__backtrace trace;
};

static const char *state_of(const struct ouro_task *task)
{
    if (task->state == OURO__WAITING)
        return "waiting";
    if (task == task->loop->current)
        return "running";
    return task->started ? "ready" : "new";
}

/* Pages of a stack come to be when they are touched and stay until the pool gives them back. So the
 * lowest that is there tells how deep it has ever been. */
static char *lowest_touched(char *low, char *top)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char there[PAGES_PER_LOOK];
    for (char *at = low; at < top; at += page * PAGES_PER_LOOK) {
        size_t bytes = (size_t)(top - at), most = page * PAGES_PER_LOOK;
        if (mincore(at, bytes < most ? bytes : most, there) < 0)
            return top;
        for (size_t i = 0; i < PAGES_PER_LOOK && at + i * page < top; i++) {
            if (there[i] & 1)
                return at + i * page;
        }
    }
    return top;
}

static void look_at(struct ouro_task *task, int64_t now, struct facts *ret_facts)
{
    char *low = task->stack->low, *top = (char *)task;
    struct facts *facts = ret_facts;
    *facts = (struct facts){.task = task, .state = state_of(task), .now = now};
    facts->stack_bytes = (size_t)(top - low);
    facts->depth_bytes = ouro__stack_depth(task);
    facts->touched_bytes = (size_t)(top - lowest_touched(low, top));
    if (facts->touched_bytes < facts->depth_bytes) /* a container that refuses mincore() */
        facts->touched_bytes = facts->depth_bytes;
    if (task == task->loop->current)
        ouro__backtrace_here(&facts->trace);
    else if (task->started)
        ouro__backtrace_suspended(task, &facts->trace);
}

/* Their numbers, comma in between. */
static void put_awaiters(const struct ouro_task *task, struct ouro_buf *out)
{
    int told = 0;
    ouro_list_each (link, &task->awaiters) {
        if (told == AWAITERS_TOLD_MAX)
            break;
        ouro_buf_puts(out, told++ > 0 ? ", " : "");
        ouro_buf_putint(out, (int64_t)ouro__waiter_of(link)->task->number);
    }
}

/* --- as text ---------------------------------------------------------------------------------- */

static void put_duration(int64_t ns, struct ouro_buf *out)
{
    if (ns < OURO_MS(1))
        ouro_buf_printf(out, "%lld us", (long long)(ns / 1000));
    else if (ns < OURO_SEC(1))
        ouro_buf_printf(out, "%.1f ms", (double)ns / 1e6);
    else
        ouro_buf_printf(out, "%.1f s", (double)ns / 1e9);
}

/* A name may come from far away: it must not look like lines of ours. */
static void put_plain(const char *text, struct ouro_buf *out)
{
    for (; *text; text++)
        ouro_buf_putc(out, (unsigned char)*text < ' ' ? '?' : *text);
}

static void put_wait_text(const struct facts *facts, struct ouro_buf *out)
{
    const struct ouro_task *task = facts->task;
    ouro_buf_printf(out, "waits for %s (", task->waits_for);
    put_duration(facts->now - task->waits_since, out);
    if (task->timer.place) {
        ouro_buf_puts(out, ", at most ");
        put_duration(task->timer.when > facts->now ? task->timer.when - facts->now : 0, out);
        ouro_buf_puts(out, " more");
    }
    ouro_buf_putc(out, ')');
}

static void put_state_text(const struct facts *facts, struct ouro_buf *out)
{
    if (facts->task->state == OURO__WAITING)
        put_wait_text(facts, out);
    else
        ouro_buf_printf(out, "is %s", facts->state);
    if (facts->task->cancelled)
        ouro_buf_puts(out, ", cancelled");
}

static void put_task_text(const struct facts *facts, struct ouro__symbols *symbols,
                          struct ouro_buf *out)
{
    const struct ouro_task *task = facts->task;
    ouro_buf_printf(out, "task %llu ", (unsigned long long)task->number);
    put_plain(task->name, out);
    ouro_buf_printf(out, " (spawned at %s) ", task->place);
    put_state_text(facts, out);
    ouro_buf_printf(out, "; stack %.1f KiB, %.0f at most, of %.0f",
                    (double)facts->depth_bytes / 1024, (double)facts->touched_bytes / 1024,
                    (double)facts->stack_bytes / 1024);
    if (!ouro_list_empty(&task->awaiters)) {
        ouro_buf_puts(out, "; awaited by ");
        put_awaiters(task, out);
    }
    ouro_buf_putc(out, '\n');
    ouro__backtrace_print(&facts->trace, symbols, "    ", out);
    if (facts->trace.count == 0 && task->started)
        ouro_buf_puts(out, "    (no backtrace: in this build tasks are switched with ucontext)\n");
}

static void put_loop_text(const struct ouro_loop *loop, struct ouro_buf *out)
{
    struct ouro_loop_stats stats = ouro_loop_stats(loop);
    ouro_buf_printf(out, "loop: %zu tasks, %zu stacks kept; since its start ", stats.tasks,
                    stats.stacks_kept);
    ouro_buf_printf(out, "%llu steps, %llu polls, %llu wakes, %llu timers, %llu tasks spawned, ",
                    (unsigned long long)stats.steps, (unsigned long long)stats.polls,
                    (unsigned long long)stats.wakes, (unsigned long long)stats.timers,
                    (unsigned long long)stats.spawned);
    ouro_buf_printf(out, "%llu failures, %llu long steps; idle ",
                    (unsigned long long)stats.failures, (unsigned long long)stats.long_steps);
    put_duration(stats.idle_ns, out);
    ouro_buf_puts(out, "; timers late by ");
    put_duration(stats.timers ? stats.late_ns_total / (int64_t)stats.timers : 0, out);
    ouro_buf_puts(out, ", ");
    put_duration(stats.late_ns_max, out);
    ouro_buf_puts(out, " at most\n");
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static void put_string(const char *key, const char *text, struct ouro_buf *out)
{
    size_t len = text ? strlen(text) : 0;
    ouro_buf_printf(out, "\"%s\":", key);
    if (!text)
        ouro_buf_puts(out, "null");
    else if (ouro_utf8_valid(text, len))
        ouro_buf_putjson(out, text, len);
    else
        ouro_buf_puts(out, "\"(not UTF-8)\"");
}

static void put_number(const char *key, int64_t value, struct ouro_buf *out)
{
    ouro_buf_printf(out, "\"%s\":", key);
    ouro_buf_putint(out, value);
}

static void put_frames_json(const struct ouro__backtrace *trace, struct ouro__symbols *symbols,
                            struct ouro_buf *out)
{
    ouro_buf_puts(out, "\"backtrace\":[");
    for (unsigned i = 0; i < trace->count; i++) {
        const struct ouro__symbol *symbol = ouro__symbol_of(symbols, trace->at[i]);
        ouro_buf_puts(out, i > 0 ? ",{" : "{");
        put_string("function", symbol->function, out);
        ouro_buf_putc(out, ',');
        put_string("module", symbol->module, out);
        ouro_buf_printf(out, ",\"offset\":\"0x%zx\"}",
                        symbol->module ? symbol->offset : (size_t)symbol->address);
    }
    ouro_buf_putc(out, ']');
}

static void put_wait_json(const struct facts *facts, struct ouro_buf *out)
{
    const struct ouro_task *task = facts->task;
    bool waits = task->state == OURO__WAITING;
    put_string("waits_for", waits ? task->waits_for : NULL, out);
    ouro_buf_putc(out, ',');
    put_number("waits_ns", waits ? facts->now - task->waits_since : 0, out);
    ouro_buf_puts(out, ",\"wakes_in_ns\":");
    if (task->timer.place)
        ouro_buf_putint(out, task->timer.when - facts->now);
    else
        ouro_buf_puts(out, "null");
}

static void put_stack_json(const struct facts *facts, struct ouro_buf *out)
{
    ouro_buf_puts(out, "\"stack\":{");
    put_number("depth_bytes", (int64_t)facts->depth_bytes, out);
    ouro_buf_putc(out, ',');
    put_number("touched_bytes", (int64_t)facts->touched_bytes, out);
    ouro_buf_putc(out, ',');
    put_number("bytes", (int64_t)facts->stack_bytes, out);
    ouro_buf_putc(out, '}');
}

static void put_task_json(const struct facts *facts, struct ouro__symbols *symbols,
                          struct ouro_buf *out)
{
    const struct ouro_task *task = facts->task;
    ouro_buf_putc(out, '{');
    put_number("number", (int64_t)task->number, out);
    ouro_buf_putc(out, ',');
    put_string("name", task->name, out);
    ouro_buf_putc(out, ',');
    put_string("place", task->place, out);
    ouro_buf_putc(out, ',');
    put_string("state", facts->state, out);
    ouro_buf_printf(out, ",\"cancelled\":%s,", task->cancelled ? "true" : "false");
    put_wait_json(facts, out);
    ouro_buf_puts(out, ",\"awaited_by\":[");
    put_awaiters(task, out);
    ouro_buf_puts(out, "],");
    put_stack_json(facts, out);
    ouro_buf_putc(out, ',');
    put_frames_json(&facts->trace, symbols, out);
    ouro_buf_putc(out, '}');
}

static void put_loop_json(const struct ouro_loop *loop, struct ouro_buf *out)
{
    struct ouro_loop_stats stats = ouro_loop_stats(loop);
    const struct {
        const char *key;
        int64_t value;
    } rows[] = {
        {"tasks", (int64_t)stats.tasks},
        {"stacks_kept", (int64_t)stats.stacks_kept},
        {"steps", (int64_t)stats.steps},
        {"polls", (int64_t)stats.polls},
        {"polls_full", (int64_t)stats.polls_full},
        {"wakes", (int64_t)stats.wakes},
        {"timers", (int64_t)stats.timers},
        {"spawned", (int64_t)stats.spawned},
        {"failures", (int64_t)stats.failures},
        {"long_steps", (int64_t)stats.long_steps},
        {"idle_ns", stats.idle_ns},
        {"late_ns_max", stats.late_ns_max},
        {"late_ns_total", stats.late_ns_total},
    };
    ouro_buf_puts(out, "\"loop\":{");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ouro_buf_puts(out, i > 0 ? "," : "");
        put_number(rows[i].key, rows[i].value, out);
    }
    ouro_buf_putc(out, '}');
}

/* --- the whole -------------------------------------------------------------------------------- */

/* The two formats, as far as they differ. */
struct format {
    void (*task)(const struct facts *facts, struct ouro__symbols *symbols, struct ouro_buf *out);
    const char *between;
};
static const struct format as_text = {put_task_text, ""};
static const struct format as_json = {put_task_json, ",\n"};

/* Returns how many there are beyond `tasks_max`. */
static size_t put_tasks(struct ouro_loop *loop, size_t tasks_max, const struct format *format,
                        struct ouro__symbols *symbols, struct ouro_buf *out)
{
    size_t told = 0;
    int64_t now = ouro_now();
    ouro_list_each (link, &loop->tasks) {
        struct facts facts;
        if (told == tasks_max)
            break;
        look_at(ouro_container(link, struct ouro_task, live), now, &facts);
        ouro_buf_puts(out, told++ > 0 ? format->between : "");
        format->task(&facts, symbols, out);
    }
    return loop->stats.tasks - told;
}

static void put_all_text(struct ouro_loop *loop, size_t tasks_max, struct ouro__symbols *symbols,
                         struct ouro_buf *out)
{
    size_t left_out = put_tasks(loop, tasks_max, &as_text, symbols, out);
    if (left_out > 0)
        ouro_buf_printf(out, "and %zu more\n", left_out);
}

static void put_all_json(struct ouro_loop *loop, struct ouro__symbols *symbols,
                         struct ouro_buf *out)
{
    ouro_buf_putc(out, '{');
    put_loop_json(loop, out);
    ouro_buf_puts(out, ",\n\"tasks\":[");
    size_t left_out = put_tasks(loop, OURO_DUMP_TASKS_MAX, &as_json, symbols, out);
    ouro_buf_printf(out, "],\n\"left_out\":%zu}\n", left_out);
}

int ouro_dump(struct ouro_loop *loop, enum ouro_dump_format format, struct ouro_buf *out)
{
    ouro_assert(loop == ouro__loop);
    struct ouro__symbols *symbols = ouro__symbols_new();
    if (!symbols)
        return -ENOMEM;
    if (format == OURO_DUMP_JSON) {
        put_all_json(loop, symbols, out);
    } else {
        put_loop_text(loop, out);
        put_all_text(loop, OURO_DUMP_TASKS_MAX, symbols, out);
    }
    ouro__symbols_free(symbols);
    return ouro_buf_failed(out) ? -ENOMEM : 0;
}

void ouro__dump_tasks(struct ouro_loop *loop, size_t tasks_max, struct ouro_buf *out)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    if (symbols)
        put_all_text(loop, tasks_max, symbols, out);
    ouro__symbols_free(symbols);
}
