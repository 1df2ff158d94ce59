/* SPDX-License-Identifier: MIT */
/* An arena's world as entities of a state: the room tells what happened, and after each tick has
 * looked at who has turned. A snake that goes straight on costs a look, and nothing is touched.
 *
 *      knot          knot          corner          anchor ----> head
 *      (at 30) ----- (at 44) ----- (at 52) ------- (at 68)      (at 73)   `at`: cells since its
 * birth ^ tail (at 34)
 *
 * A corner is where an anchor was before. The last few pieces are its trail, in its own record.
 * When one is pushed out of there while the body still lies on it, both of its ends become knots;
 * so the youngest knot lies where the trail begins. The oldest goes when the tail has passed the
 * next. */
#ifndef SNAKEPIT_ARENA_SHOWN_H
#define SNAKEPIT_ARENA_SHOWN_H

#include "rules/arena_log.h"
#include "server/arena_types.h"

#include <ouro/lobby.h>

/* Whose a snake is. */
struct arena_owner {
    uint32_t player; /* the id that all see; the rules', too */
    struct arena_face face;
};

struct shown_snake;
struct shown_knot;

struct arena_shown {
    struct ouro_state *state;
    int width;
    size_t cells;
    struct shown_snake *snakes; /* by number */
    struct shown_knot *knots;   /* of all snakes: a bounded pool */
    uint32_t knot_free;         /* the first of its list */
    uint32_t snakes_max;
    uint32_t *food;  /* by cell: the entity's id; 0: none */
    uint64_t failed; /* what could not be shown, or not whole, for want of memory or entities */
};

/* How many knots there are for so many snakes. */
uint32_t arena_knots_max(uint32_t snakes_max);
/* How many entities a world needs at the most: the state's entities_max. */
uint32_t arena_entities_max(const struct arena_settings *settings);

/* An empty world. 0, -ENOMEM; arena_shown_done() in any case. */
int arena_shown_init(struct arena_shown *shown, struct ouro_state *state,
                     const struct arena_settings *settings);
void arena_shown_done(struct arena_shown *shown);

/* Both go through all cells, and let others run on the way. */
/* All of it goes: an empty world. */
void arena_shown_clear(struct arena_shown *shown);
/* What another shows, whose next publish is `from_tick`; ours is `tick`, and empty. Its snakes are
 * copied first, at once; food as `world` has it, which stays as it is. */
void arena_shown_copy(struct arena_shown *shown, const struct arena_world *world,
                      const struct arena_shown *from, uint32_t from_tick, uint32_t tick);
/* Time goes on by so many ticks of the state, and nobody moves. */
void arena_shown_stand(struct arena_shown *shown, uint32_t ticks);

/* What the rules tell, as they tell it; `tick` is the state's, of the next publish. */
void arena_shown_born(struct arena_shown *shown, const struct arena_event *event, uint8_t way,
                      const struct arena_owner *owner, uint32_t tick);
void arena_shown_died(struct arena_shown *shown, uint32_t number);
void arena_shown_food(struct arena_shown *shown, const struct arena_event *event);
/* The rules' tick is over: find out who turned, grew, has gone far. */
void arena_shown_moves(struct arena_shown *shown, const struct arena_world *world, uint32_t tick);

/* Have memory bring what the next looks at. */
void arena_shown_prefetch(const struct arena_shown *shown, uint32_t number);
/* Where its head was after the last tick. False: no such snake is shown. */
bool arena_shown_head(const struct arena_shown *shown, uint32_t number, int *ret_x, int *ret_y);

#endif
