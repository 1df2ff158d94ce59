/* SPDX-License-Identifier: MIT */
/* Calls of the library that fail on demand. The linker's --wrap leads each call that the library
 * makes of a function in calls.def through fail.c, which counts it, notes who makes it, and lets
 * the one fail that the plan names.
 *
 * Counted are all threads together, between fail_begin() and fail_end(). */
#ifndef OURO_TORTURE_FAIL_H
#define OURO_TORTURE_FAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAIL_SHORT (-1)
/* Errors per call, at the most. */
#define FAIL_WAYS_MAX 4

enum fail_call {
#define CALL(name, ...) FAIL_##name,
#define KIND(name, ...) FAIL_##name,
#include "calls.def"
#undef CALL
#undef KIND
    FAIL_CALLS
};

/* Which call fails and how. All zero: none. */
struct fail_plan {
    uint32_t number; /* of the call, from 1 */
    uint32_t way;    /* which of its errors; beyond the last: the first again */
    bool lasting;    /* and all that follow, with their first errors */
};

/* What a scenario calls, in memory that a child shares with us. */
#define FAIL_TRACE_MAX 65536
struct fail_trace {
    uint32_t count; /* may be more than there is room for */
    struct fail_step {
        uintptr_t caller;
        uint32_t call;
    } steps[FAIL_TRACE_MAX];
};

/** From here on calls are counted, and fail as the plan says. `trace` may be NULL. */
void fail_begin(const struct fail_plan *plan, struct fail_trace *trace);
/** From here on nothing fails. */
void fail_end(void);

/** In between, what this thread calls is not the library's: it is neither counted nor fails. */
void fail_pause(void);
void fail_resume(void);

/** Has anything been made to fail since fail_begin()? */
bool fail_hit(void);
/** Is it this that was made to fail with, negated, at some time? */
bool fail_was(int code);
/** The last call that was made to fail, and how, as text. */
const char *fail_what(void);

const char *fail_name(uint32_t call);
/** How many errors it has. */
uint32_t fail_ways(uint32_t call);
/** Does its first error last? */
bool fail_lasts(uint32_t call);
/** "ECONNRESET", or "short". */
const char *fail_way_name(uint32_t call, uint32_t way);

/** Memory of other libraries, by their own hooks: they fail as malloc() and realloc() do. */
void fail_hook_libraries(void);

#endif
