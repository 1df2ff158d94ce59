/* SPDX-License-Identifier: MIT */
/**
 * The inside of a classic world, shared by the files of the rules and by their tests.
 *
 *      | struct classic_world | snakes[players_max] | touched[cells] | cells[cells] |
 *
 * A place is the number of a cell: y * width + x. A snake knows the places of its head and tail;
 * the way between lies in the cells, each of which points at the next one towards the head:
 *
 *      tail  *-> @-> @          cells on which a snake lies: `ahead`
 *                    |
 *                    v  % head
 *
 * So a move touches both ends only, however long the snake is, and all snakes together need no
 * more memory than the field has cells.
 */
#ifndef SNAKEPIT_CLASSIC_WORLD_H
#define SNAKEPIT_CLASSIC_WORLD_H

#include "ouro/base.h"
#include "rules/classic.h"

/** The place that is not on the field. */
#define CLASSIC__NOWHERE (-1)

struct classic__cell {
    struct classic_cell shown;
    unsigned char ahead : 2;   /* under a living snake, but not its head: where it goes on */
    unsigned char heads : 3;   /* during the judgement: how many heads want in, at most 4 */
    unsigned char touched : 1; /* during a tick: is in the list of the touched */
};

struct classic__snake {
    uint32_t id;
    uint32_t score;
    uint32_t growth; /* how many more moves the tail stays */
    int head, tail;  /* places */
    int target;      /* during a tick: where the head goes */
    uint8_t colour;
    uint8_t moved; /* direction of the last move, or of birth */
    uint8_t next;  /* direction of the next move, never opposite to `moved` */
    bool left;     /* its player did */
    bool dies;     /* during a tick: the judgement */
    bool ate;      /* in this tick */
};

struct classic_world {
    struct classic_settings settings;
    struct ouro_rng rng;
    /* In the order of joining: the living first, then the newborns that the next tick places. */
    struct classic__snake *snakes;
    int living, joined;
    /* The pool of colours: how many of each, [0] unused, and of all. Refilled when empty, so it
     * never holds more than CLASSIC_COLOURS + players_max - 1. */
    uint16_t pool[CLASSIC_COLOURS + 1];
    int pool_total;
    bool over;
    /* The places that the running tick changed, each once, in the order of their first change. */
    int *touched;
    int touched_count;
    struct classic__cell *cells;
};

static inline int classic__cell_count(const struct classic_settings *settings)
{
    return settings->width * settings->height;
}

/** The place next to `place` in that direction, or NOWHERE. */
int classic__neighbour(const struct classic_world *world, int place, int direction);

/** Change what a cell shows, and remember to render it at the end of the tick. */
void classic__show(struct classic_world *world, int place, char glyph, uint8_t colour);

/**
 * Lay the snake on the field, straight from its tail on, in a colour from the pool. False, and
 * nothing changed: the cells for it are not all free, or outside.
 */
bool classic__lay_snake(struct classic_world *world, struct classic__snake *snake, int tail,
                        enum classic_direction direction);

#endif
