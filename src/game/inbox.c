/* SPDX-License-Identifier: MIT */
#include "game/inbox.h"

#include <stdlib.h>

static size_t power_of_two(size_t least)
{
    size_t size = 1;
    while (size < least)
        size *= 2;
    return size;
}

int ouro__inbox_init(struct ouro__inbox *inbox, size_t inputs_max, size_t reserve)
{
    size_t size = power_of_two(inputs_max + reserve);
    struct ouro__inbox_cell *cells = malloc(size * sizeof *cells);
    if (!cells)
        return -ENOMEM;
    for (size_t i = 0; i < size; i++)
        atomic_init(&cells[i].turn, i);
    *inbox = (struct ouro__inbox){.cells = cells, .mask = size - 1, .inputs_max = inputs_max};
    return 0;
}

void ouro__inbox_done(struct ouro__inbox *inbox)
{
    free(inbox->cells);
    inbox->cells = NULL;
}

/* Roughly: others may be putting at the same time. The reserve makes up for that. */
static bool has_room(const struct ouro__inbox *inbox)
{
    return atomic_load_explicit(&inbox->tail, memory_order_relaxed) -
               atomic_load_explicit(&inbox->taken, memory_order_relaxed) <
           inbox->inputs_max;
}

int ouro__inbox_put(struct ouro__inbox *inbox, const struct ouro_input *input, bool reserved)
{
    if (!reserved && !has_room(inbox))
        return -OURO_ELIMIT;
    size_t at = atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    for (;;) {
        struct ouro__inbox_cell *cell = &inbox->cells[at & inbox->mask];
        size_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
        if (turn == at) {
            if (!atomic_compare_exchange_weak_explicit(&inbox->tail, &at, at + 1,
                                                       memory_order_relaxed, memory_order_relaxed))
                continue;
            cell->input = *input;
            atomic_store_explicit(&cell->turn, at + 1, memory_order_release);
            return 0;
        }
        if ((ptrdiff_t)(turn - at) < 0)
            return -OURO_ELIMIT; /* the ring is full */
        at = atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    }
}

bool ouro__inbox_empty(const struct ouro__inbox *inbox)
{
    const struct ouro__inbox_cell *cell = &inbox->cells[inbox->head & inbox->mask];
    return atomic_load_explicit(&cell->turn, memory_order_acquire) != inbox->head + 1;
}

bool ouro__inbox_take(struct ouro__inbox *inbox, struct ouro_input *ret_input)
{
    if (ouro__inbox_empty(inbox))
        return false;
    struct ouro__inbox_cell *cell = &inbox->cells[inbox->head & inbox->mask];
    *ret_input = cell->input;
    atomic_store_explicit(&cell->turn, inbox->head + inbox->mask + 1, memory_order_release);
    inbox->head++;
    atomic_store_explicit(&inbox->taken, inbox->head, memory_order_relaxed);
    return true;
}
