/* SPDX-License-Identifier: MIT */
/* Where a task is: the calls that have led there, and their names. */
#ifndef OURO_RUNTIME_BACKTRACE_H
#define OURO_RUNTIME_BACKTRACE_H

#include "ouro/runtime.h"

#define OURO__FRAMES_MAX 32

/* Addresses within the calling instructions, innermost first; what is deeper is cut off. */
struct ouro__backtrace {
    uintptr_t at[OURO__FRAMES_MAX];
    unsigned count;
};

/* Of a task that has begun and is suspended. Where the context is a ucontext_t: empty. */
void ouro__backtrace_suspended(const struct ouro_task *task, struct ouro__backtrace *ret_trace);
/* Of the caller. In a signal handler: of what it has interrupted. It may be called there, if it has
 * been called outside one before. */
void ouro__backtrace_here(struct ouro__backtrace *ret_trace);

/* How far the task's stack is in use; of one that runs, the caller's own. */
size_t ouro__stack_depth(const struct ouro_task *task);

/* --- names ------------------------------------------------------------------------------------ */

#define OURO__MODULES_MAX       64
#define OURO__SYMBOLS_KEPT      256
#define OURO__MODULE_NAME_BYTES 64

struct ouro__symbol {
    uintptr_t address;
    const char *function; /* NULL: unknown */
    const char *module;   /* the file's name without folders; NULL: unknown */
    size_t offset;        /* in the module, as addr2line wants it */
};

/* The program or a shared library. */
struct ouro__module {
    char name[OURO__MODULE_NAME_BYTES];
    const char *path;
    uintptr_t bias, low, high;
    bool opened;
    const uint8_t *file; /* mapped when first asked; NULL: could not be */
    size_t bytes;
};

/* What is known of the program's files, and answers that were given: the tasks of a dump wait in
 * few places. All functions are the owner's; none may be called in a signal handler. */
struct ouro__symbols {
    struct ouro__module modules[OURO__MODULES_MAX];
    size_t module_count;
    struct ouro__symbol kept[OURO__SYMBOLS_KEPT];
};

/* NULL: no memory. */
struct ouro__symbols *ouro__symbols_new(void);
/* NULL is fine. Returns NULL. */
struct ouro__symbols *ouro__symbols_free(struct ouro__symbols *symbols);
/* Valid until the next call. */
const struct ouro__symbol *ouro__symbol_of(struct ouro__symbols *symbols, uintptr_t address);
/* A line per frame, each behind `indent`. */
void ouro__backtrace_print(const struct ouro__backtrace *trace, struct ouro__symbols *symbols,
                           const char *indent, struct ouro_buf *out);

/* Log a text of several lines. */
void ouro__log_lines(enum ouro_log_level level, const struct ouro_buf *text);

#endif
