/* SPDX-License-Identifier: MIT */
/* What the sanitizers and Valgrind must be told about stacks of our own. Everything here vanishes
 * in a plain build. */
#ifndef OURO_RUNTIME_SANITIZER_H
#define OURO_RUNTIME_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define OURO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OURO_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define OURO_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OURO_TSAN 1
#endif
#endif

#ifdef OURO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef OURO_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define OURO_VALGRIND 1
#endif

#include <stdbool.h>
#include <stddef.h>

/* It knows fewer system calls than the kernel, and tells of each that it does not. */
static inline bool ouro__under_valgrind(void)
{
#ifdef OURO_VALGRIND
    return RUNNING_ON_VALGRIND;
#else
    return false;
#endif
}

/* For the functions at the bottom of a stack, which a task leaves without returning: TSan would
 * keep them in its own stack of calls, a few more with each task that the stack carries, until that
 * overflows. */
#if defined(OURO_TSAN) && defined(__clang__)
#define OURO_NEVER_RETURNED_FROM __attribute__((disable_sanitizer_instrumentation))
#elif defined(OURO_TSAN)
#define OURO_NEVER_RETURNED_FROM __attribute__((no_sanitize("thread")))
#else
#define OURO_NEVER_RETURNED_FROM
#endif

/* What a stack is known by; one with each stack, one in the loop for the thread's own. */
struct ouro__fiber {
#ifdef OURO_ASAN
    void *fake_stack;
    const void *low;
    size_t bytes;
#endif
#ifdef OURO_TSAN
    void *tsan;
#endif
#ifdef OURO_VALGRIND
    unsigned valgrind;
#endif
    char unused[0];
};

/* A stack comes to be, with its bytes from `low` on. */
static inline void ouro__fiber_new(struct ouro__fiber *fiber, char *low, size_t bytes)
{
    (void)fiber, (void)low, (void)bytes;
#ifdef OURO_VALGRIND
    /* Or it takes a switch for one huge frame, and what lies in between for undefined. */
    fiber->valgrind = VALGRIND_STACK_REGISTER(low, low + bytes - 1);
#endif
#ifdef OURO_TSAN
    fiber->tsan = __tsan_create_fiber(0);
#endif
}

/* A task begins on it; it may have carried others before. */
static inline void ouro__fiber_start(struct ouro__fiber *fiber, char *low, char *top,
                                     const char *name)
{
    (void)fiber, (void)low, (void)top, (void)name;
#ifdef OURO_ASAN
    fiber->fake_stack = NULL;
    fiber->low = low;
    fiber->bytes = (size_t)(top - low);
    __asan_unpoison_memory_region(low, fiber->bytes);
#endif
#ifdef OURO_TSAN
    __tsan_set_fiber_name(fiber->tsan, name);
#endif
}

/* For the stack that the thread was born with. */
static inline void ouro__fiber_of_thread(struct ouro__fiber *fiber)
{
    (void)fiber;
#ifdef OURO_TSAN
    fiber->tsan = __tsan_get_current_fiber();
#endif
}

static inline void ouro__fiber_done(struct ouro__fiber *fiber)
{
    (void)fiber;
#ifdef OURO_ASAN
    /* Whoever gets the memory next knows nothing of what was poisoned on it. */
    if (fiber->low)
        __asan_unpoison_memory_region(fiber->low, fiber->bytes);
#endif
#ifdef OURO_TSAN
    __tsan_destroy_fiber(fiber->tsan);
#endif
#ifdef OURO_VALGRIND
    VALGRIND_STACK_DEREGISTER(fiber->valgrind);
#endif
}

/* Just before the switch; `dying`: we will not come back. */
static inline void ouro__fiber_leave(struct ouro__fiber *from, struct ouro__fiber *to, int dying)
{
    (void)from, (void)to, (void)dying;
#ifdef OURO_ASAN
    __sanitizer_start_switch_fiber(dying ? NULL : &from->fake_stack, to->low, to->bytes);
#endif
#ifdef OURO_TSAN
    __tsan_switch_to_fiber(to->tsan, 0);
#endif
}

/* First thing after the switch, on the stack that was gone to; `thread` learns its own bounds. */
static inline void ouro__fiber_enter(struct ouro__fiber *self, struct ouro__fiber *thread)
{
    (void)self, (void)thread;
#ifdef OURO_ASAN
    const void *low;
    size_t bytes;
    __sanitizer_finish_switch_fiber(self->fake_stack, &low, &bytes);
    if (thread && !thread->low) {
        thread->low = low;
        thread->bytes = bytes;
    }
#endif
}

#endif
