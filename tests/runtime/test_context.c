/* SPDX-License-Identifier: MIT */
/* The switch itself, without tasks: what it carries over, how a new stack begins. Sanitizers must
 * be told of each switch, which only tasks do; with them on, test_stack and the rest have to do. */
#include "scene.h"

#include "runtime/context.h"
#include "runtime/sanitizer.h"

#include <execinfo.h>

static struct ouro_context main_context, other;
static _Alignas(64) char stack[256 * 1024];

#if defined(OURO_ASAN) || defined(OURO_TSAN)
#define CONTEXT_TEST(name) __attribute__((unused)) static void name(void)
#else
#define CONTEXT_TEST(name) TEST(name)
#endif

static void begin(void (*entry)(void *arg), void *arg)
{
    ouro__context_make(&other, stack, stack + sizeof stack, entry, arg);
}

static int go(int result)
{
    return ouro__context_switch(&main_context, &other, result);
}

static int back(int result)
{
    return ouro__context_switch(&other, &main_context, result);
}

static void add_up(void *arg)
{
    int sum = *(int *)arg;
    for (;;)
        sum += back(sum);
}

CONTEXT_TEST(a_switch_carries_a_result_each_way)
{
    int first = 100;
    begin(add_up, &first);
    ck_assert_int_eq(go(-1), 100); /* the first result has nobody to take it */
    ck_assert_int_eq(go(5), 105);
    ck_assert_int_eq(go(-7), 98);
}

/* More values than there are registers that a call preserves, so that those are all in use; and the
 * other side changes them all. */
__attribute__((noinline)) static uint64_t mix(uint64_t a, uint64_t b, int (*swap)(int result))
{
    uint64_t v[12], sum = 0;
    double d[12], dsum = 0;
    for (unsigned i = 0; i < 12; i++) {
        v[i] = (a += b) * (i + 1);
        d[i] = (double)(a % 1000) / (i + 2);
    }
    uint64_t v0 = v[0], v1 = v[1], v2 = v[2], v3 = v[3], v4 = v[4], v5 = v[5], v6 = v[6], v7 = v[7];
    double d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4], d5 = d[5], d6 = d[6], d7 = d[7];
    for (unsigned i = 0; i < 4; i++) {
        swap(0);
        sum = sum * 31 + (v0 ^ v1 ^ v2 ^ v3) + (v4 ^ v5 ^ v6 ^ v7);
        dsum = dsum / 3 + d0 - d1 + d2 - d3 + d4 - d5 + d6 - d7;
        v0 += v1, v2 += v3, v4 += v5, v6 += v7;
        d0 += d1, d2 += d3, d4 += d5, d6 += d7;
    }
    return sum ^ (uint64_t)(int64_t)(dsum * 4096);
}

static int stay(int result)
{
    return result;
}

static uint64_t mixed_there;

static void mix_there(void *arg)
{
    (void)arg;
    mixed_there = mix(3, 5, back);
    for (;;)
        back(0);
}

CONTEXT_TEST(registers_survive_on_both_sides)
{
    uint64_t here = mix(7, 11, stay), there = mix(3, 5, stay);
    begin(mix_there, NULL);
    go(0);
    ck_assert_uint_eq(mix(7, 11, go), here);
    ck_assert_uint_eq(mixed_there, there);
}

static uintptr_t frame_of_entry;

static void look_at_stack(void *arg)
{
    *(uintptr_t *)arg = (uintptr_t)__builtin_frame_address(0);
    for (;;)
        back(0);
}

CONTEXT_TEST(a_stack_begins_aligned_wherever_its_top_is)
{
    for (size_t off = 0; off < 64; off += 8) {
        ouro__context_make(&other, stack, stack + sizeof stack - off, look_at_stack,
                           &frame_of_entry);
        go(0);
        ck_assert_uint_eq(frame_of_entry % 16, 0);
        ck_assert_uint_gt(frame_of_entry, (uintptr_t)stack);
        ck_assert_uint_le(frame_of_entry, (uintptr_t)(stack + sizeof stack - off));
    }
}

#ifndef OURO_UCONTEXT
CONTEXT_TEST(a_suspended_context_tells_where_it_is)
{
    void *sp, *pc, *fp;
    int first = 1;
    begin(add_up, &first);
    go(0);
    ouro__context_registers(&other, &sp, &pc, &fp);
    ck_assert((char *)sp > stack && (char *)sp < stack + sizeof stack);
    ck_assert((char *)fp > (char *)sp && (char *)fp < stack + sizeof stack);
    void *sp_again, *pc_again, *fp_again;
    go(0); /* once round its loop: it is where it was */
    ouro__context_registers(&other, &sp_again, &pc_again, &fp_again);
    ck_assert_ptr_nonnull(pc);
    ck_assert_ptr_eq(pc_again, pc);
    ck_assert_ptr_eq(sp_again, sp);
}
#endif

static int frames;

static int unwind(void *arg)
{
    void *pcs[64];
    (void)arg;
    frames = backtrace(pcs, 64);
    return 0;
}

/* An unwinder that runs on beyond the bottom frame reads what is not there. */
SIM_TEST(a_backtrace_in_a_task_ends_at_its_bottom)
{
    ck_assert_int_eq(status_of(started(unwind, NULL)), 0);
    ck_assert_int_ge(frames, 2);
    ck_assert_int_lt(frames, 10);
    return 0;
}
