/* SPDX-License-Identifier: MIT */
/* Finding a snake by its id: a table of numbers with open addressing. It has at least two places
 * for each snake, so the runs stay short, and no gaps within a run: who leaves one makes others
 * move up, so that nothing but what is in it is ever looked at (Knuth, TAOCP 3, 6.4, algorithm R).
 */
#include "rules/arena_world.h"

static uint32_t home_of(const struct arena_world *world, uint32_t id)
{
    uint32_t mixed = id * 0x9e3779b1u;
    return (mixed ^ mixed >> 15) & world->ids_mask;
}

/* Where the id is, or the free place where it would be put. */
static uint32_t seat_of(const struct arena_world *world, const uint16_t *ids, uint32_t id)
{
    uint32_t seat = home_of(world, id);
    while (ids[seat] != 0 && arena__snake_of(world, ids[seat] - 1u)->id != id)
        seat = (seat + 1) & world->ids_mask;
    return seat;
}

uint32_t arena__id_find(const struct arena_world *world, uint32_t id)
{
    const uint16_t *ids = (const uint16_t *)(const void *)((const char *)world + world->ids_at);
    uint16_t found = ids[seat_of(world, ids, id)];
    return found != 0 ? found - 1u : ARENA__NOBODY;
}

void arena__id_put(struct arena_world *world, uint32_t number)
{
    uint16_t *ids = arena__ids(world);
    ids[seat_of(world, ids, arena__snake(world, number)->id)] = (uint16_t)(number + 1);
}

/* May who sits there move to the gap? Not if that lies before its home. */
static bool may_move_up(const struct arena_world *world, uint16_t found, uint32_t seat,
                        uint32_t gap)
{
    uint32_t home = home_of(world, arena__snake_of(world, found - 1u)->id);
    return ((seat - home) & world->ids_mask) >= ((seat - gap) & world->ids_mask);
}

void arena__id_take(struct arena_world *world, uint32_t number)
{
    uint16_t *ids = arena__ids(world);
    uint32_t gap = seat_of(world, ids, arena__snake(world, number)->id);
    for (uint32_t seat = (gap + 1) & world->ids_mask; ids[seat] != 0;
         seat = (seat + 1) & world->ids_mask) {
        if (!may_move_up(world, ids[seat], seat, gap))
            continue;
        ids[gap] = ids[seat];
        gap = seat;
    }
    ids[gap] = 0;
}
