/* SPDX-License-Identifier: MIT */
/* Walking a stack. The compiler's own unwinder does it, by the tables that every object file has
 * (.eh_frame): unlike a chain of frame pointers it comes through code that keeps none, which is
 * most of the C library, and that is where a step that takes too long usually is. */
#include "runtime/backtrace.h"

#include "runtime/loop.h"

#include <string.h>
#include <unwind.h>

struct walk {
    struct ouro__backtrace *trace;
    uintptr_t low, high; /* frames whose stack pointer is not in between don't count */
    unsigned skip;       /* nor do the first so many */
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    struct ouro__backtrace *trace = walk->trace;
    uintptr_t sp = _Unwind_GetCFA(context);
    if (sp < walk->low || sp >= walk->high)
        return trace->count > 0 ? _URC_END_OF_STACK : _URC_NO_REASON;
    if (walk->skip > 0) {
        walk->skip--;
        return _URC_NO_REASON;
    }

    /* A return address stands behind the call, maybe in the next line or even function. What a
     * signal has interrupted is exact; what was above that is the handler's own affair. */
    int exact = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &exact);
    if (pc == 0)
        return _URC_END_OF_STACK;
    if (exact)
        trace->count = 0;
    trace->at[trace->count++] = exact ? pc : pc - 1;
    return trace->count < OURO__FRAMES_MAX ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void ouro__backtrace_here(struct ouro__backtrace *ret_trace)
{
    struct walk walk = {.trace = ret_trace, .high = UINTPTR_MAX, .skip = 1};
    ret_trace->count = 0;
    _Unwind_Backtrace(add_frame, &walk);
}

#ifdef OURO_UCONTEXT

void ouro__backtrace_suspended(const struct ouro_task *task, struct ouro__backtrace *ret_trace)
{
    (void)task;
    ret_trace->count = 0;
}

#else

/* Calls fn(arg) in such a way that the suspended context looks like the caller. */
void ouro__backtrace_as_if_from(void *sp, void (*fn)(void *arg), void *arg);

static void unwind(void *walk)
{
    _Unwind_Backtrace(add_frame, walk);
}

void ouro__backtrace_suspended(const struct ouro_task *task, struct ouro__backtrace *ret_trace)
{
    struct walk walk = {
        .trace = ret_trace, .low = (uintptr_t)task->stack->low, .high = (uintptr_t)task};
    ret_trace->count = 0;
    ouro__backtrace_as_if_from(task->context.sp, unwind, &walk);
}

#endif

size_t ouro__stack_depth(const struct ouro_task *task)
{
    void *sp, *pc, *fp;
    if (task == task->loop->current)
        sp = __builtin_frame_address(0);
    else
        ouro__context_registers(&task->context, &sp, &pc, &fp);
    return sp ? (size_t)((uintptr_t)task - (uintptr_t)sp) : 0;
}

void ouro__backtrace_print(const struct ouro__backtrace *trace, struct ouro__symbols *symbols,
                           const char *indent, struct ouro_buf *out)
{
    for (unsigned i = 0; i < trace->count; i++) {
        const struct ouro__symbol *symbol = ouro__symbol_of(symbols, trace->at[i]);
        ouro_buf_printf(out, "%s%s", indent, symbol->function ? symbol->function : "?");
        if (symbol->module)
            ouro_buf_printf(out, "  %s+0x%zx\n", symbol->module, symbol->offset);
        else
            ouro_buf_printf(out, "  0x%zx\n", (size_t)symbol->address);
    }
}

void ouro__log_lines(enum ouro_log_level level, const struct ouro_buf *text)
{
    const char *line = text->data, *end = text->data + text->len;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        int len = (int)((newline ? newline : end) - line);
        ouro_log(level, "%.*s", len, line);
        line += len + 1;
    }
}
