/* SPDX-License-Identifier: MIT */
/**
 * The inside of an arena's world, shared by the files of its rules and by their tests.
 *
 *      | struct arena_world | snakes[] | ids[] | newborns[] | movers[] | cells[] |
 *
 * The parts are found by their offsets, so the whole may be moved and copied.
 *
 * The cells have a frame of wall around them, so that whoever looks at the cell next to one needs
 * not ask whether there is one:
 *
 *      #######
 *      #     #      A place is the number of a cell of this field, row by row;
 *      #  *> #      `stride` is a row's length.
 *      #######
 *
 * A snake knows the places of its head and tail. The way between lies in the cells, each of which
 * points at the next one towards the head. So a move touches both ends only, however long the snake
 * is.
 */
#ifndef SNAKEPIT_ARENA_WORLD_H
#define SNAKEPIT_ARENA_WORLD_H

#include "ouro/base.h"
#include "rules/arena.h"

/** What a cell of the frame has for its snake. */
#define ARENA__WALL 0xffffu
/** The number that no snake has; the end of a list of numbers. */
#define ARENA__NOBODY 0xffffu

struct arena__cell {
    uint32_t snake : 16;  /* number + 1 of the one that it is under; 0: none; or WALL */
    uint32_t food : 4;    /* its value; 0: none. Never under a snake */
    uint32_t sown : 1;    /* the food was */
    uint32_t ahead : 2;   /* under a snake, but not its head: where it goes on */
    uint32_t claimed : 1; /* during a judgement: no body yet, the first head that wants in */
};
_Static_assert(sizeof(struct arena__cell) == 4, "a world of 4,096 x 4,096 cells takes 64 MiB");
_Static_assert(ARENA_SNAKES_MAX < ARENA__NOBODY, "numbers fit into 16 bits");

enum arena__state {
    ARENA__FREE,    /* nobody's; in the list of the free */
    ARENA__NEWBORN, /* has joined; the next tick places it */
    ARENA__LIVES,
};

struct arena__snake {
    uint32_t id;
    uint32_t head, tail; /* places */
    uint32_t target;     /* during a judgement: where the head goes */
    uint32_t length;     /* cells, now */
    uint32_t growth;     /* how many more moves the tail stays */
    uint32_t score, kills;
    uint32_t born;
    uint16_t next;   /* the number of the next that is free */
    uint16_t cradle; /* of a newborn: where in newborns[] */
    uint16_t by;     /* during a tick: the number of whose fault it is that it dies */
    uint8_t state;   /* enum arena__state */
    uint8_t why;     /* during a tick: 0, or enum arena_why it dies */
    uint8_t way;     /* of the last move, or of birth */
    uint8_t wants;   /* of the next move, never opposite to `way` */
    uint8_t moved;   /* cells, in the last tick; during a tick: in it so far */
    uint8_t gained;  /* cells by boosting that have not been paid for */
    bool boosts;     /* wants to */
    bool left;       /* its player did */
};

struct arena_world {
    struct arena_settings settings;
    struct ouro_rng rng;
    size_t ids_at, newborns_at, movers_at, cells_at; /* bytes from the world's beginning */
    uint32_t ids_mask;                               /* the size of the table, minus 1 */
    uint32_t stride;
    uint32_t ticks;
    uint32_t living, newborns;
    uint32_t numbers; /* beyond the largest number that was ever given */
    uint32_t free;    /* the first of the free below that, or NOBODY */
    uint32_t food, sown;
    uint64_t food_hash; /* of all food and its places, whatever the order it came in */
};

/* --- the parts ------------------------------------------------------------------------------- */

static inline struct arena__snake *arena__snake(struct arena_world *world, uint32_t number)
{
    return (struct arena__snake *)(void *)(world + 1) + number;
}
static inline const struct arena__snake *arena__snake_of(const struct arena_world *world,
                                                         uint32_t number)
{
    return (const struct arena__snake *)(const void *)(world + 1) + number;
}
/** The snakes by their ids: numbers + 1, at the place of the id's hash or behind it; 0: none. */
static inline uint16_t *arena__ids(struct arena_world *world)
{
    return (uint16_t *)(void *)((char *)world + world->ids_at);
}
/** The numbers of those that the next tick places. */
static inline uint16_t *arena__newborns(struct arena_world *world)
{
    return (uint16_t *)(void *)((char *)world + world->newborns_at);
}
/** The numbers of those that a phase of the running tick moves. */
static inline uint16_t *arena__movers(struct arena_world *world)
{
    return (uint16_t *)(void *)((char *)world + world->movers_at);
}
static inline struct arena__cell *arena__cells(struct arena_world *world)
{
    return (struct arena__cell *)(void *)((char *)world + world->cells_at);
}
static inline const struct arena__cell *arena__cells_of(const struct arena_world *world)
{
    return (const struct arena__cell *)(const void *)((const char *)world + world->cells_at);
}

/* --- places ---------------------------------------------------------------------------------- */

static inline uint32_t arena__place(const struct arena_world *world, int x, int y)
{
    return (uint32_t)(y + 1) * world->stride + (uint32_t)(x + 1);
}
static inline int arena__x(const struct arena_world *world, uint32_t place)
{
    return (int)(place % world->stride) - 1;
}
static inline int arena__y(const struct arena_world *world, uint32_t place)
{
    return (int)(place / world->stride) - 1;
}
/** The place next to one inside the field; it may be wall. */
static inline uint32_t arena__next(const struct arena_world *world, uint32_t place, unsigned way)
{
    uint32_t step = way & 1 ? world->stride : 1;
    return way & 2 ? place + step : place - step;
}

/* --- what the rules' files share ---------------------------------------------------------------
 */

/** It is long enough, and wants to. */
static inline bool arena__can_boost(const struct arena_world *world, const struct arena__snake *s)
{
    return s->boosts && s->length > (uint32_t)world->settings.length_start;
}

/** How many cells with food are to be sown. */
uint32_t arena__food_wanted(const struct arena_settings *settings);

/** A running tick: its world, and who is told. */
struct arena__tick {
    struct arena_world *world;
    struct arena__cell *cells;
    arena_emit *emit;
    void *ud;
    uint32_t movers; /* how many numbers are in arena__movers(): who moves in this phase */
};

static inline void arena__tell(const struct arena__tick *tick, struct arena_event event)
{
    tick->emit(tick->ud, &event);
}

/** Put food into a cell without any and under no snake, and tell; nothing, if there is too much. */
void arena__leave_food(const struct arena__tick *tick, uint32_t place, uint8_t value, bool sown);
/** Take a cell's food, if any, and tell. Returns its value. */
uint8_t arena__eat(const struct arena__tick *tick, uint32_t place);

void arena__place_newborns(const struct arena__tick *tick);
void arena__sow(const struct arena__tick *tick);

/** The number of the id's snake or newborn, or NOBODY. */
uint32_t arena__id_find(const struct arena_world *world, uint32_t id);
/** Note a snake that is not in the table, by its id. */
void arena__id_put(struct arena_world *world, uint32_t number);
/** Forget a snake that is. */
void arena__id_take(struct arena_world *world, uint32_t number);

/** Forget a snake or newborn: its number may be given again. Its cells are the caller's. */
void arena__free(struct arena_world *world, uint32_t number);

#endif
