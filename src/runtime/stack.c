/* SPDX-License-Identifier: MIT */
#include "runtime/stack.h"

#include "ouro/runtime.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
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
/* 69 pages on x86-64: an odd number, so that the tops of many stacks do not fall into the same
 * cache sets. */
#define STRIDE_BYTES (GUARD_BYTES + OURO_STACK_BYTES)
#define SLAB_BYTES   ((size_t)STRIDE_BYTES * STACKS_PER_SLAB)
/* For the same reason the tops are shifted against each other within their page. */
#define COLOURS      8
#define COLOUR_BYTES 192

/* 64 stacks side by side, each with its guard below. A bit per stack in two words. */
struct ouro__slab {
    struct ouro_link link;
    char *memory;
    uint64_t cold;    /* free, and holds no memory */
    uint64_t guarded; /* the guard is in place; done once, at first use */
};

/* One advice puts guard markers into the page table and leaves the mapping whole. Older kernels
 * need mprotect(), which splits it: two mappings per stack, and vm.max_map_count (65,530) ends the
 * party at some 32,000 tasks. */
static int guard(char *low)
{
    static _Atomic int advice_unknown; /* set once a kernel has said so */
    if (!advice_unknown) {
        if (madvise(low, GUARD_BYTES, MADV_GUARD_INSTALL) == 0)
            return 0;
        advice_unknown = 1;
    }
    if (mprotect(low, GUARD_BYTES, PROT_NONE) == 0)
        return 0;
    ouro_log(OURO_LOG_ERROR, "no memory for the guard page of another task's stack; "
                             "raise vm.max_map_count or use a kernel of 6.13 or later");
    return -ENOMEM;
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

static int get_from_slab(struct ouro__stacks *pool, struct ouro__stack **ret_stack)
{
    struct ouro__slab *slab = slab_with_room(pool);
    if (!slab)
        return -ENOMEM;
    unsigned index = (unsigned)__builtin_ctzll(slab->cold);
    uint64_t bit = UINT64_C(1) << index;
    char *base = slab->memory + (size_t)index * STRIDE_BYTES;
    if (!(slab->guarded & bit) && guard(base) < 0)
        return -ENOMEM;

    slab->guarded |= bit;
    slab->cold &= ~bit;
    if (!slab->cold) {
        ouro_unlink(&slab->link);
        ouro_list_push(&pool->full, &slab->link);
    }
    *ret_stack = stack_in(base + GUARD_BYTES, OURO_STACK_BYTES, index % COLOURS);
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

int ouro__stack_get(struct ouro__stacks *pool, size_t bytes, struct ouro__stack **ret_stack)
{
    if (bytes > OURO_STACK_BYTES)
        return map_own(bytes, ret_stack);
    struct ouro__stack *stack = pool->warm;
    if (!stack)
        return get_from_slab(pool, ret_stack);
    pool->warm = stack->next;
    pool->warm_count--;
    *ret_stack = stack;
    return 0;
}

void ouro__stack_put(struct ouro__stacks *pool, struct ouro__stack *stack)
{
    struct ouro__stack **list = stack->slab ? &pool->warm : &pool->own;
    pool->warm_count += stack->slab != NULL;
    stack->next = *list;
    *list = stack;
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
