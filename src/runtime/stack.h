/* SPDX-License-Identifier: MIT */
/* Stacks for tasks: reserved in slabs, guarded below, committed by touch, used again last in
 * first out. A pool belongs to one loop; no locks. */
#ifndef OURO_RUNTIME_STACK_H
#define OURO_RUNTIME_STACK_H

#include "ouro/runtime.h"
#include "runtime/sanitizer.h"

/* The control block that lies at the very top of each stack; the task's own struct follows below.
 * Memory that lies with the stack costs no allocation and no page of its own. */
struct ouro__stack {
    struct ouro__stack *next; /* in the pool */
    char *low;                /* the lowest usable byte; the guard lies below */
    struct ouro__slab *slab;  /* NULL: a mapping of its own */
    size_t own_mapping_bytes;
    struct ouro__fiber fiber;
};

struct ouro__stacks {
    struct ouro__stack *warm; /* used before: their top page is there */
    size_t warm_count;
    struct ouro__stack *own; /* ended, with a mapping of their own: for the next trim */
    struct ouro_link open;   /* slabs with stacks that hold no memory */
    struct ouro_link full;   /* slabs without */
};

void ouro__stacks_init(struct ouro__stacks *pool);
/* How many used stacks are kept with their memory; what is more gives its pages back. */
#define OURO__STACKS_WARM_MAX 1024

/* One that has not been used yet: for ouro__stack_get(). */
int ouro__stack_make(struct ouro__stacks *pool, size_t bytes, struct ouro__stack **ret_stack);
/* A stack of at least OURO_STACK_BYTES, or of `bytes` if that is more. 0 or -ENOMEM. */
static inline int ouro__stack_get(struct ouro__stacks *pool, size_t bytes,
                                  struct ouro__stack **ret_stack)
{
    struct ouro__stack *stack = pool->warm;
    if (!stack || bytes > OURO_STACK_BYTES)
        return ouro__stack_make(pool, bytes, ret_stack);
    pool->warm = stack->next;
    pool->warm_count--;
    *ret_stack = stack;
    return 0;
}
/* Give back. The caller may still be running on it, and must leave before it next gets one. */
static inline void ouro__stack_put(struct ouro__stacks *pool, struct ouro__stack *stack)
{
    struct ouro__stack **list = stack->slab ? &pool->warm : &pool->own;
    pool->warm_count += stack->slab != NULL;
    stack->next = *list;
    *list = stack;
}
/* Is there something to trim? */
static inline bool ouro__stacks_want_trim(const struct ouro__stacks *pool)
{
    return pool->warm_count > OURO__STACKS_WARM_MAX || pool->own;
}
/* Give the memory of what is above the bound back to the system. Not from a stack of the pool. */
void ouro__stacks_trim(struct ouro__stacks *pool);
/* Unmap all. Every stack has been put back. */
void ouro__stacks_done(struct ouro__stacks *pool);

#endif
