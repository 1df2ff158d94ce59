/* SPDX-License-Identifier: MIT */
#include "runtime/stack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22 /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif
#ifndef PIDFD_SELF
#define PIDFD_SELF (-10000) /* Linux 6.14 */
#endif

/* Elsewhere pages may have up to 64 KiB, by the kernel's configuration; what is laid out by the
 * largest is right for all. */
#ifdef __x86_64__
#define PAGE        4096u
#define GUARD_PAGES 5
#else
#define PAGE        65536u
#define GUARD_PAGES 1
#endif
#define GUARD_BYTES     (GUARD_PAGES * PAGE)
#define STACKS_PER_SLAB 64
/* New stacks are made ready by so many at once: see make_group_ready(). */
#define STACKS_PER_GROUP 16
/* 69 pages on x86-64: an odd number, so that the tops of many stacks do not fall into the same
 * cache sets. */
#define STRIDE_BYTES (GUARD_BYTES + OURO_STACK_BYTES)
#define SLAB_BYTES   ((size_t)STRIDE_BYTES * STACKS_PER_SLAB)
/* For the same reason the tops are shifted against each other within their page; those of
 * neighbours, whose tasks often work together, by more than what lies there. */
#define COLOURS          16
#define COLOUR_BYTES     128
#define COLOUR_OF(index) ((index)*5 % COLOURS)
/* Where a task's own struct and its first frames lie; on a page of its own where pages are small.
 */
#define TOP_BYTES 4096u

/* 64 stacks side by side, each with its guard below. A bit per stack in two words. */
struct ouro__slab {
    struct ouro_link link;
    char *memory;
    uint64_t cold;    /* free, and holds no memory */
    uint64_t guarded; /* the guard is in place; done once, at first use */
};

/* Who takes an advice that he doesn't know for a hint says yes to it and does nothing, as qemu-user
 * does. The first guard is looked at, and then all are believed in: the kernel can't read it. */
static bool is_believable(char *low)
{
    static _Atomic bool seen;
    if (!seen)
        seen = madvise(low, PAGE, MADV_POPULATE_READ) < 0 && errno == EFAULT;
    return seen;
}

/* One advice puts guard markers into the page table and leaves the mapping whole. Older kernels
 * need mprotect(), which splits it: two mappings per stack, and vm.max_map_count (65,530) ends the
 * party at some 32,000 tasks. */
static int guard(char *low)
{
    static _Atomic int advice_unknown; /* set once a kernel has said so */
    if (!advice_unknown) {
        if (madvise(low, GUARD_BYTES, MADV_GUARD_INSTALL) == 0 && is_believable(low))
            return 0;
        advice_unknown = 1;
    }
    if (mprotect(low, GUARD_BYTES, PROT_NONE) == 0)
        return 0;
    ouro_log(OURO_LOG_ERROR, "no memory for the guard page of another task's stack; "
                             "raise vm.max_map_count or use a kernel of 6.13 or later");
    return -ENOMEM;
}

/* The same advice on a piece of each stack of a group. Whether all of it was taken. */
static bool advise_group(char *first, size_t bytes, int advice)
{
    struct iovec pieces[STACKS_PER_GROUP];
    for (size_t i = 0; i < STACKS_PER_GROUP; i++)
        pieces[i] = (struct iovec){first + i * STRIDE_BYTES, bytes};
    return syscall(SYS_process_madvise, PIDFD_SELF, pieces, STACKS_PER_GROUP, advice, 0) ==
           (long)(bytes * STACKS_PER_GROUP);
}

/* Guards, and memory for the topmost page, which every task touches: two system calls in place of
 * an advice and a page fault each make first use a quarter cheaper. Who has few tasks pays for it
 * with up to 15 pages. False: this kernel can't, each stack is guarded at its own first use. */
static bool make_group_ready(char *first)
{
    static _Atomic bool refused;
    if (refused)
        return false;
    if (ouro__under_valgrind() || !advise_group(first, GUARD_BYTES, MADV_GUARD_INSTALL) ||
        !is_believable(first)) {
        refused = true;
        return false;
    }
    /* Without success (no memory, or larger pages) it is touched in time, and that decides. */
    advise_group(first + STRIDE_BYTES - TOP_BYTES, TOP_BYTES, MADV_POPULATE_WRITE);
    return true;
}

static char *map(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    /* A huge page would commit two megabytes for one touched page. */
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memory;
}

static struct ouro__slab *slab_new(struct ouro__stacks *pool)
{
    struct ouro__slab *slab = malloc(sizeof *slab);
    char *memory = slab ? map(SLAB_BYTES) : NULL;
    if (!memory) {
        free(slab);
        return NULL;
    }
    *slab = (struct ouro__slab){.memory = memory, .cold = UINT64_MAX};
    ouro_list_push(&pool->open, &slab->link);
    return slab;
}

static struct ouro__slab *slab_with_room(struct ouro__stacks *pool)
{
    struct ouro_link *first = ouro_list_first(&pool->open);
    return first ? ouro_container(first, struct ouro__slab, link) : slab_new(pool);
}

static struct ouro__stack *stack_in(char *low, size_t bytes, unsigned colour)
{
    struct ouro__stack *stack = (void *)(low + bytes - sizeof *stack - colour * COLOUR_BYTES);
    *stack = (struct ouro__stack){.low = low};
    ouro__fiber_new(&stack->fiber, low, bytes);
    return stack;
}

/* Stacks are first used in order: when the first of a group is, the group is untouched. */
static int make_ready(struct ouro__slab *slab, unsigned index)
{
    const uint64_t group = (UINT64_C(1) << STACKS_PER_GROUP) - 1;
    char *base = slab->memory + (size_t)index * STRIDE_BYTES;
    if (index % STACKS_PER_GROUP == 0 && make_group_ready(base)) {
        slab->guarded |= group << index;
        return 0;
    }
    if (guard(base) < 0)
        return -ENOMEM;
    slab->guarded |= UINT64_C(1) << index;
    return 0;
}

static int get_from_slab(struct ouro__stacks *pool, struct ouro__stack **ret_stack)
{
    struct ouro__slab *slab = slab_with_room(pool);
    if (!slab)
        return -ENOMEM;
    unsigned index = (unsigned)__builtin_ctzll(slab->cold);
    uint64_t bit = UINT64_C(1) << index;
    if (!(slab->guarded & bit) && make_ready(slab, index) < 0)
        return -ENOMEM;

    slab->cold &= ~bit;
    if (!slab->cold) {
        ouro_unlink(&slab->link);
        ouro_list_push(&pool->full, &slab->link);
    }
    char *base = slab->memory + (size_t)index * STRIDE_BYTES;
    *ret_stack = stack_in(base + GUARD_BYTES, OURO_STACK_BYTES, COLOUR_OF(index));
    (*ret_stack)->slab = slab;
    return 0;
}

static void give_to_slab(struct ouro__stacks *pool, struct ouro__stack *stack)
{
    struct ouro__slab *slab = stack->slab;
    char *low = stack->low;
    ouro__fiber_done(&stack->fiber);
    madvise(low, OURO_STACK_BYTES, MADV_DONTNEED); /* `stack` itself is gone with it */
    slab->cold |= UINT64_C(1) << ((size_t)(low - slab->memory) / STRIDE_BYTES);
    ouro_unlink(&slab->link);
    ouro_list_push(&pool->open, &slab->link);
}

static int map_own(size_t bytes, struct ouro__stack **ret_stack)
{
    if (bytes > SIZE_MAX / 2)
        return -ENOMEM;
    size_t usable = (bytes + PAGE - 1) & ~(size_t)(PAGE - 1), all = GUARD_BYTES + usable;
    char *memory = map(all);
    if (!memory)
        return -ENOMEM;
    if (guard(memory) < 0) {
        munmap(memory, all);
        return -ENOMEM;
    }
    *ret_stack = stack_in(memory + GUARD_BYTES, usable, 0);
    (*ret_stack)->own_mapping_bytes = all;
    return 0;
}

void ouro__stacks_init(struct ouro__stacks *pool)
{
    *pool = (struct ouro__stacks){0};
    ouro_list_init(&pool->open);
    ouro_list_init(&pool->full);
}

int ouro__stack_make(struct ouro__stacks *pool, size_t bytes, struct ouro__stack **ret_stack)
{
    return bytes > OURO_STACK_BYTES ? map_own(bytes, ret_stack) : get_from_slab(pool, ret_stack);
}

static void keep_warm_at_most(struct ouro__stacks *pool, size_t count)
{
    while (pool->warm_count > count) {
        struct ouro__stack *stack = pool->warm;
        pool->warm = stack->next;
        pool->warm_count--;
        give_to_slab(pool, stack);
    }
}

void ouro__stacks_trim(struct ouro__stacks *pool)
{
    while (pool->own) {
        struct ouro__stack *stack = pool->own;
        pool->own = stack->next;
        ouro__fiber_done(&stack->fiber);
        munmap(stack->low - GUARD_BYTES, stack->own_mapping_bytes);
    }
    keep_warm_at_most(pool, OURO__STACKS_WARM_MAX);
}

static void unmap_slabs(struct ouro_link *slabs)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(slabs))) {
        struct ouro__slab *slab = ouro_container(link, struct ouro__slab, link);
        munmap(slab->memory, SLAB_BYTES);
        free(slab);
    }
}

void ouro__stacks_done(struct ouro__stacks *pool)
{
    ouro__stacks_trim(pool);
    keep_warm_at_most(pool, 0);
    unmap_slabs(&pool->open);
    unmap_slabs(&pool->full);
    *pool = (struct ouro__stacks){0};
}
