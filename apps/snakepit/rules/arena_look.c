/* SPDX-License-Identifier: MIT */
#include "rules/arena_brain.h"
#include "rules/arena_world.h"

#include <string.h>

static uint8_t look_at(const struct arena_world *world, uint32_t place, struct arena__cell cell)
{
    if (cell.snake == 0)
        return (uint8_t)cell.food;
    if (cell.snake == ARENA__WALL)
        return ARENA_SIGHT_BLOCKED;
    const struct arena__snake *snake = arena__snake_of(world, cell.snake - 1u);
    return snake->head == place ? ARENA_SIGHT_HEAD + snake->way : ARENA_SIGHT_BLOCKED;
}

/* One row of the sight, of which the part inside the world is looked at. */
static void look_along(const struct arena_world *world, int left, int y, uint8_t *ret_cells)
{
    const struct arena__cell *cells = arena__cells_of(world);
    int width = world->settings.width, first = left < 0 ? -left : 0;
    int end = left + ARENA_SIGHT_SIDE > width ? width - left : ARENA_SIGHT_SIDE;
    if (y < 0 || y >= world->settings.height)
        return;
    uint32_t place = arena__place(world, left + first, y);
    for (int i = first; i < end; i++, place++)
        ret_cells[i] = look_at(world, place, cells[place]);
}

static uint8_t hash_of(uint32_t id, uint32_t tick)
{
    uint64_t hash = ((uint64_t)id << 32 | tick) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return (uint8_t)(hash >> 56);
}

void arena_look(const struct arena_world *world, uint32_t number, struct arena_sight *ret_sight)
{
    const struct arena__snake *snake = arena__snake_of(world, number);
    ouro_assert(number < world->numbers && snake->state == ARENA__LIVES);
    int x = arena__x(world, snake->head), y = arena__y(world, snake->head);
    memset(ret_sight->cells, ARENA_SIGHT_BLOCKED, sizeof ret_sight->cells);
    for (int i = 0; i < ARENA_SIGHT_SIDE; i++)
        look_along(world, x - ARENA_SIGHT_FAR, y - ARENA_SIGHT_FAR + i,
                   &ret_sight->cells[i * ARENA_SIGHT_SIDE]);
    ret_sight->cells[ARENA_SIGHT_FAR * ARENA_SIGHT_SIDE + ARENA_SIGHT_FAR] = ARENA_SIGHT_BLOCKED;
    ret_sight->way = snake->way;
    ret_sight->can_boost = snake->length > (uint32_t)world->settings.length_start;
    ret_sight->length[0] = (uint8_t)snake->length;
    ret_sight->length[1] = (uint8_t)(snake->length >> 8);
    ret_sight->seed = hash_of(snake->id, 0);
    ret_sight->lot = hash_of(snake->id, world->ticks);
}
