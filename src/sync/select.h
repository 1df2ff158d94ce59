/* SPDX-License-Identifier: MIT */
/* The seam by which anything can stand in a select: rooms above add kinds of their own (a stream
 * that can be read, a signal) with a table like this and a function that makes the case. */
#ifndef OURO_SYNC_SELECT_H
#define OURO_SYNC_SELECT_H

#include "ouro/sync.h"
#include "runtime/wait.h"

struct ouro__selectable_ops {
    /* Do it now. 0, or an error that is a result all the same; -EAGAIN: it would have to wait. */
    int (*try)(struct ouro_case *self);
    /* Put self->waiter where it is found and woken with the result, once the thing has been done
     * for it (its value has gone into or come out of waiter.slot). try has just said -EAGAIN. */
    void (*attach)(struct ouro_case *self);
    /* Take it back, attached or not, woken or not. NULL: it is in a list, unlinking is enough. */
    void (*detach)(struct ouro_case *self);
    /* Being woken with 0 only means that trying is worth it again: nothing was handed over. */
    bool retries;
};

/* `slot` is what a task that waits for the same would give to ouro__wait(). */
static inline struct ouro_case ouro__case(const struct ouro__selectable_ops *ops, void *object,
                                          void *slot)
{
    return (struct ouro_case){
        .ops = ops, .object = object, .when = OURO_FOREVER, .waiter.slot = slot};
}

#endif
