/* SPDX-License-Identifier: MIT */
#include "bench_rooms.h"

#include <ouro/state.h>

#include <stdlib.h>

#define SPEED 5.0f

struct walker {
    float x, y;
    float angle;
    uint16_t score;
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct walker, x), OURO_FIELD_FLOAT, .bits = 16, .max = WORLD_SIDE,
     .axis = OURO_AXIS_X},
    {OURO_FIELD(struct walker, y), OURO_FIELD_FLOAT, .bits = 16, .max = WORLD_SIDE,
     .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct walker, angle), OURO_FIELD_FLOAT, .bits = 8, .max = 6.3},
    {OURO_FIELD(struct walker, score), OURO_FIELD_UINT},
    {0},
};
static const struct ouro_type types[] = {{"walker", fields, sizeof(struct walker)}, {0}};

struct world {
    struct ouro_rng rng;
    struct ouro_state *state;
    uint32_t tick;
    struct walker *walkers[WORLD_ENTITIES];
};

static float place(struct world *world)
{
    return (float)ouro_rng_below(&world->rng, (uint32_t)WORLD_SIDE);
}

static int add_walker(struct world *world, size_t number)
{
    struct ouro_entity entity;
    int rc = ouro_entity_new(world->state, 0, &entity);
    if (rc < 0)
        return rc;
    struct walker *walker = world->walkers[number] = ouro_entity_record(world->state, entity);
    *walker = (struct walker){.x = place(world), .y = place(world)};
    return 0;
}

struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    struct ouro_state_options options = {.types = types, .cell = WORLD_CELL};
    if (!world)
        return NULL;
    ouro_rng_seed(&world->rng, 1);
    int rc = ouro_state_new(&options, &world->state);
    for (size_t i = 0; rc == 0 && i < WORLD_ENTITIES; i++)
        rc = add_walker(world, i);
    return rc == 0 ? world : world_free(world);
}

struct world *world_free(struct world *world)
{
    if (world)
        ouro_state_free(world->state);
    free(world);
    return NULL;
}

struct ouro_state *world_state(struct world *world)
{
    return world->state;
}

static float step(struct world *world, float at)
{
    at += (float)ouro_rng_below(&world->rng, 200) / 100 * SPEED - SPEED;
    return at < 0 ? 0 : at >= (float)WORLD_SIDE ? (float)WORLD_SIDE - 1 : at;
}

void world_tick(struct world *world)
{
    for (size_t i = 0; i < WORLD_ENTITIES; i++) {
        struct walker *walker = world->walkers[i];
        walker->x = step(world, walker->x);
        walker->y = step(world, walker->y);
        walker->angle = (float)ouro_rng_below(&world->rng, 628) / 100;
    }
    ouro_state_publish(world->state, ++world->tick);
}

void world_look(struct ouro_view *view, uint32_t number)
{
    double x = number * 37 % 1000, y = number * 91 % 1000;
    ouro_view_look(view, &(struct ouro_rect){x, y, WORLD_VIEW, WORLD_VIEW});
}
