/* SPDX-License-Identifier: MIT */
/* Calls from other threads: a stack of posts that any thread pushes to and the loop takes whole.
 * Only who finds the loop asleep wakes it: an eventfd write costs 430 ns, the push 20. */
#include "runtime/loop.h"

/* The inbox of a loop that has ended. */
static struct ouro_post closed;

int ouro_post(struct ouro_loop *loop, struct ouro_post *post)
{
    struct ouro_post *top = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
    do {
        if (top == &closed)
            return -OURO_ECLOSED;
        post->next = top;
    } while (!atomic_compare_exchange_weak(&loop->inbox, &top, post));
    /* The loop announces its sleep before it looks at the inbox for the last time: one of us sees
     * the other. */
    if (atomic_exchange(&loop->sleeping, false))
        loop->driver->ops->wake(loop->driver);
    return 0;
}

bool ouro__posts_waiting(const struct ouro_loop *loop)
{
    struct ouro_post *top = atomic_load(&loop->inbox);
    return top && top != &closed;
}

static void run_in_order(struct ouro_post *newest)
{
    struct ouro_post *oldest = NULL;
    while (newest) {
        struct ouro_post *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct ouro_post *post = oldest;
        oldest = post->next; /* the callback may free or reuse the post */
        post->fn(post);
    }
}

void ouro__posts_run(struct ouro_loop *loop)
{
    run_in_order(atomic_exchange(&loop->inbox, NULL));
}

void ouro__posts_drop(struct ouro_loop *loop)
{
    atomic_store(&loop->inbox, &closed);
}

void ouro__posts_close(struct ouro_loop *loop)
{
    run_in_order(atomic_exchange(&loop->inbox, &closed));
}
