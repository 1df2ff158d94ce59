/* SPDX-License-Identifier: MIT */
#include "server/arena_stage.h"

#include <ouro/offload.h>

#include <stdlib.h>
#include <string.h>

/* --- life ------------------------------------------------------------------------------------- */

struct making {
    void *memory;
    const struct arena_settings *settings;
    uint64_t seed;
};

static int make_world(void *arg)
{
    const struct making *making = arg;
    arena_world_init(making->memory, making->settings, making->seed);
    return 0;
}

/* In a thread: for a large world, the kernel has 64 MiB to clear. */
static int make_elsewhere(void *memory, const struct arena_settings *settings, uint64_t seed)
{
    struct making making = {memory, settings, seed};
    return ouro_offload(NULL, make_world, &making, OURO_FOREVER);
}

int arena_stage_init(struct arena_stage *stage, struct ouro_state *state,
                     const struct arena_settings *settings, uint64_t seed, uint32_t leaders_ticks)
{
    *stage = (struct arena_stage){.state = state, .leaders_ticks = leaders_ticks};
    stage->world = malloc(arena_world_bytes(settings));
    stage->deaths = calloc(settings->snakes_max, sizeof *stage->deaths);
    if (!stage->world || !stage->deaths)
        return -ENOMEM;
    int rc = make_elsewhere(stage->world, settings, seed);
    if (rc == 0)
        rc = arena_shown_init(&stage->shown, state, settings);
    /* The dead stay until the end of the tick, while newborns take their places in the world. */
    return rc < 0 ? rc : arena_roster_init(&stage->roster, 2 * settings->snakes_max);
}

void arena_stage_done(struct arena_stage *stage)
{
    free(stage->world);
    free(stage->deaths);
    arena_shown_done(&stage->shown);
    arena_roster_done(&stage->roster);
}

/* --- all of it -------------------------------------------------------------------------------- */

int arena_stage_restart(struct arena_stage *stage, uint64_t seed)
{
    struct arena_settings settings = *arena_settings(stage->world);
    int rc = make_elsewhere(stage->world, &settings, seed);
    if (rc < 0)
        return rc;
    arena_shown_clear(&stage->shown);
    arena_roster_clear(&stage->roster);
    arena_leaders_hide(&stage->leaders, stage->state);
    return 0;
}

void arena_stage_copy(struct arena_stage *stage, const struct arena_stage *from, uint32_t tick)
{
    arena_world_copy(stage->world, from->world);
    arena_roster_copy(&stage->roster, &from->roster);
    arena_shown_copy(&stage->shown, stage->world, &from->shown, from->tick, tick);
}

/* --- notes ------------------------------------------------------------------------------------ */

#define FOR_ALL_NOTES(notes, stage)                                               \
    for (struct arena_notes **at_ = (stage)->notes, *notes;                       \
         at_ < (stage)->notes + ARENA_NOTES_MAX && ((notes = *at_), true); at_++) \
        if (notes)

/* --- who plays -------------------------------------------------------------------------------- */

int arena_stage_join(struct arena_stage *stage, const struct arena_owner *owner,
                     struct arena_entrant **ret_entrant)
{
    int rc = arena_join(stage->world, owner->player);
    if (rc < 0)
        return rc;
    *ret_entrant = arena_roster_add(&stage->roster, owner->player);
    ouro_assert(*ret_entrant); /* the roster has more places than the world */
    (*ret_entrant)->owner = *owner;
    FOR_ALL_NOTES(notes, stage)
    arena_notes_join(notes, owner->player, &owner->face);
    return 0;
}

void arena_stage_input(struct arena_stage *stage, const struct arena_entrant *entrant,
                       uint8_t input)
{
    if (arena_wants(stage->world, entrant->owner.player, input) ||
        arena_input(stage->world, entrant->owner.player, input) < 0)
        return;
    FOR_ALL_NOTES(notes, stage)
    arena_notes_input(notes, entrant->owner.player, input);
}

void arena_stage_leave(struct arena_stage *stage, struct arena_entrant *entrant)
{
    entrant->player = NULL;
    if (arena_leave(stage->world, entrant->owner.player) == 0)
        FOR_ALL_NOTES(notes, stage)
    arena_notes_leave(notes, entrant->owner.player);
    if (entrant->snake == ARENA_NO_SNAKE)
        arena_roster_remove(&stage->roster, entrant);
}

/* --- a tick ----------------------------------------------------------------------------------- */

static void on_died(struct arena_stage *stage, const struct arena_event *event)
{
    struct arena_snake snake;
    struct arena_entrant *entrant = arena_roster_find(&stage->roster, event->id);
    bool known = arena_snake(stage->world, event->snake, &snake);
    ouro_assert(entrant && known);
    entrant->dead = true;
    entrant->heir = event->by;
    stage->deaths[stage->death_count++] = (struct arena_death){
        .entrant = entrant,
        .why = event->why,
        .by = event->by,
        .score = snake.score,
        .length = snake.length,
        .kills = snake.kills,
        .ticks = arena_ticks(stage->world) - snake.born,
    };
    arena_shown_died(&stage->shown, event->snake);
}

static void on_born(struct arena_stage *stage, const struct arena_event *event)
{
    struct arena_snake snake;
    struct arena_entrant *entrant = arena_roster_find(&stage->roster, event->id);
    bool known = arena_snake(stage->world, event->snake, &snake);
    ouro_assert(entrant && known);
    entrant->snake = event->snake;
    arena_shown_born(&stage->shown, event, snake.way, &entrant->owner, stage->tick);
    stage->ops->born(stage->ud, entrant, event->x, event->y, snake.way);
}

static void on_no_room(struct arena_stage *stage, const struct arena_event *event)
{
    struct arena_entrant *entrant = arena_roster_find(&stage->roster, event->id);
    ouro_assert(entrant);
    stage->ops->no_room(stage->ud, entrant);
    arena_roster_remove(&stage->roster, entrant);
}

static void on_event(void *ud, const struct arena_event *event)
{
    struct arena_stage *stage = ud;
    switch (event->kind) {
    case ARENA_DIED:
        on_died(stage, event);
        break;
    case ARENA_BORN:
        on_born(stage, event);
        break;
    case ARENA_NO_ROOM:
        on_no_room(stage, event);
        break;
    case ARENA_FOOD:
    case ARENA_FOOD_GONE:
        arena_shown_food(&stage->shown, event);
        break;
    }
}

void arena_stage_tick(struct arena_stage *stage, uint32_t tick)
{
    stage->tick = tick;
    arena_tick(stage->world, on_event, stage);
    FOR_ALL_NOTES(notes, stage)
    arena_notes_tick(notes, stage->world);
    arena_shown_moves(&stage->shown, stage->world, tick);
    if (arena_ticks(stage->world) % stage->leaders_ticks == 0) {
        arena_leaders_count(&stage->leaders, stage->world);
        arena_leaders_show(&stage->leaders, stage->state, &stage->roster);
    }
}

void arena_stage_end(struct arena_stage *stage)
{
    for (uint32_t i = 0; i < stage->death_count; i++)
        arena_roster_remove(&stage->roster, stage->deaths[i].entrant);
    stage->death_count = 0;
}

/* --- looking ---------------------------------------------------------------------------------- */

static const struct arena_entrant *alive(const struct arena_stage *stage, uint32_t id)
{
    const struct arena_entrant *entrant = id ? arena_roster_find(&stage->roster, id) : NULL;
    return entrant && !entrant->dead && entrant->snake != ARENA_NO_SNAKE ? entrant : NULL;
}

static const struct arena_entrant *first_leader(const struct arena_stage *stage)
{
    const struct arena_entrant *entrant = NULL;
    for (uint32_t i = 0; !entrant && i < stage->leaders.count; i++)
        entrant = alive(stage, stage->leaders.top[i].id);
    return entrant;
}

bool arena_stage_follow(const struct arena_stage *stage, uint32_t *id, int *ret_x, int *ret_y)
{
    const struct arena_entrant *entrant = *id ? arena_roster_find(&stage->roster, *id) : NULL;
    if (entrant && entrant->dead)
        entrant = alive(stage, entrant->heir);
    if (!entrant || entrant->snake == ARENA_NO_SNAKE)
        entrant = first_leader(stage);
    if (!entrant)
        return false;
    *id = entrant->owner.player;
    return arena_shown_head(&stage->shown, entrant->snake, ret_x, ret_y);
}
