/* SPDX-License-Identifier: MIT */
/**
 * The rules of Snakepit arena, and nothing else: thousands of snakes in one world. Inputs in,
 * events out; no clock, socket, task, allocation or float, so the server, a bot, a replay, a test
 * and the fuzzer drive the same functions, and the same settings, seed and calls give the same
 * events on every machine.
 *
 * The world: x to the right from 0, y down from 0, walls around. A cell is free, has food of a
 * value 1..ARENA_FOOD_VALUE_MAX, or is under a snake.
 *
 * A tick, everybody at once, judged on the world as it was before:
 *
 *  - Each snake moves one cell the way it wants. A wall, any snake's body (its own, too), a tail
 *    that leaves in this very tick, another head that wants into the same cell: it dies, and stays
 *    where it was. So two heads that would change places both die. Food in a cell that two heads
 *    want is eaten by nobody and stays. A snake whose player left does not move, and dies.
 *  - Who was hit gets the kill, also when it dies itself. Of heads that meet, each has hit the one
 *    with the smallest number but its own.
 *  - The dead turn into food, on every second cell of theirs from the tail on, of value 1; more if
 *    they had not grown yet for all they ate: about half of that comes back.
 *  - Who lives has moved. Food makes longer by its value, from the next move on, and is that much
 *    score.
 *  - Then those that boost move one cell more, by the same rules, on the world as it is now.
 *  - Boosting costs: each ARENA_BOOST_CELLS cells that it gained, the snake is one cell shorter and
 *    leaves food of value 1 there. Who is no longer than a start does not boost.
 *  - Newborns are placed: one cell, from which they grow to their length, in a random direction,
 *    with ARENA_FREE_AHEAD cells ahead without wall or snake and no head within ARENA_HEADS_AWAY
 *    cells in x and in y. Food is in nobody's way; what it would lie on is gone.
 *  - Food of value 1..ARENA_SOWN_VALUE_MAX is sown into free cells until there is as much sown food
 *    as the settings want; what the dead leave comes on top.
 *
 * A world is one piece of memory without pointers into itself: it may be moved and copied.
 *
 * Not thread-safe; nothing blocks; the caller's callback must not call back into the world, but for
 * queries that say so.
 */
#ifndef SNAKEPIT_ARENA_H
#define SNAKEPIT_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_SIDE_MIN       64
#define ARENA_SIDE_MAX       4096
#define ARENA_SNAKES_MAX     20000  /* alive at a time */
#define ARENA_LENGTH_MIN     2      /* cells, of a start */
#define ARENA_LENGTH_MAX     4096   /* cells; who eats more gets score alone */
#define ARENA_FOOD_MAX       500000 /* cells with food of all kinds */
#define ARENA_FOOD_VALUE_MAX 15
#define ARENA_SOWN_VALUE_MAX 3
#define ARENA_BOOST_CELLS    4
#define ARENA_FREE_AHEAD     6   /* cells in front of a newborn */
#define ARENA_HEADS_AWAY     4   /* cells around a newborn */
#define ARENA_TRIES_MAX      64  /* looks for a place of a newborn */
#define ARENA_SOWN_MAX       256 /* looks for places of food in a tick */

/* --- settings -------------------------------------------------------------------------------- */

struct arena_settings {
    int width, height;   /* in cells */
    int length_start;    /* of a newborn, once it has grown */
    uint32_t snakes_max; /* at a time */
    uint32_t food_ppm;   /* cells with food that was sown, in a million */
    uint32_t food_max; /* food of all kinds at a time; beyond, nobody leaves and nothing sows any */
};

/** 1,000 x 1,000 cells, length 6, 10,000 snakes, food sown on 1 % of the cells, 5 % at most. */
struct arena_settings arena_settings_default(void);

/** One sentence on the first thing that is wrong with them; NULL: nothing is. Static storage. */
const char *arena_settings_fault(const struct arena_settings *settings);

/* --- events ---------------------------------------------------------------------------------- */

/**
 * A server can apply each to its picture as it comes. First those of everybody's move, then those
 * of the boosts; in both first each DIED, then the food of the dead, then what is eaten and left as
 * it comes. Then the births, each FOOD_GONE before its BORN; then what is sown.
 */
enum arena_event_kind {
    ARENA_DIED,      /* snake, id, by, why: it is about to vanish */
    ARENA_FOOD_GONE, /* x, y, value: eaten, or under a newborn */
    ARENA_FOOD,      /* x, y, value: there is food */
    ARENA_BORN,      /* snake, id, x, y: it is there, one cell, headed `way` */
    ARENA_NO_ROOM,   /* id: no place was found; it may be asked for again */
};

enum arena_why { ARENA_WALL = 1, ARENA_SNAKE, ARENA_SELF, ARENA_HEAD_ON, ARENA_LEFT };

struct arena_event {
    enum arena_event_kind kind;
    uint32_t snake; /* its number in the world, 0 .. snakes_max - 1 */
    uint32_t id;    /* what its maker calls it */
    uint32_t by;    /* the id of whose body or head it was; 0: nobody's */
    enum arena_why why;
    int x, y;
    uint8_t value;
};

/** The event is valid during the call. Of a snake that died, arena_snake() still tells all: where
 * it was when it died, its kills with those of this move. */
typedef void arena_emit(void *ud, const struct arena_event *event);

/* --- life cycle ------------------------------------------------------------------------------ */

struct arena_world;

/** How many bytes a world with these faultless settings takes. */
size_t arena_world_bytes(const struct arena_settings *settings);

/** Make a world without snakes or food in the caller's memory: arena_world_bytes() of it, aligned
 * as malloc does. The settings are copied and must be faultless. Returns `memory`. */
struct arena_world *arena_world_init(void *memory, const struct arena_settings *settings,
                                     uint64_t seed);

/** Make `world` what `from` is; both were made with the same settings. */
void arena_world_copy(struct arena_world *world, const struct arena_world *from);

/* --- inputs: what they do, the next tick does --------------------------------------------------
 */

/** In the order of the browser's key codes of the arrows, 37 to 40. */
enum arena_way { ARENA_LEFT_WAY, ARENA_UP_WAY, ARENA_RIGHT_WAY, ARENA_DOWN_WAY };

/**
 * The next tick places a newborn for this id, not 0, which the caller chose and which BORN or
 * NO_ROOM will name. 0, or
 *  -EEXIST         the id has a snake, or will have one in the next tick
 *  -OURO_ELIMIT    snakes_max are in
 */
int arena_join(struct arena_world *world, uint32_t id);

/** Its player is gone: the snake dies in the next tick; a newborn without a place vanishes without
 *  an event. 0, or -ENOENT: no such snake. */
int arena_leave(struct arena_world *world, uint32_t id);

/** What a player wants, as one byte: the way in bits 0 and 1, bit 2: boost. */
#define ARENA_INPUT_WAY   3
#define ARENA_INPUT_BOOST 4
#define ARENA_INPUT_MAX   7

/**
 * From the next tick on; the last input before a tick counts. A way opposite to the last move, or
 * to birth, is not taken (that of the input before stays), its boost is. 0; -ENOENT: no such snake,
 * or none yet; -EINVAL: the input is beyond ARENA_INPUT_MAX.
 */
int arena_input(struct arena_world *world, uint32_t id, uint8_t input);
/** Would that input change nothing? Then it need not be written down. */
bool arena_wants(const struct arena_world *world, uint32_t id, uint8_t input);

/**
 * One step of the world; emits what happened. Its work is bounded: a few steps for each snake,
 * whatever its length, the cells of what dies, ARENA_TRIES_MAX looks for each newborn and
 * ARENA_SOWN_MAX for food.
 */
void arena_tick(struct arena_world *world, arena_emit *emit, void *ud);

/* --- queries: any time but during a tick, unless they say so ------------------------------------
 */

/** A living snake. Its body lies behind `head`, `length` cells of it; the room knows its turns by
 *  having watched them. */
struct arena_snake {
    uint32_t id;
    int x, y;        /* of its head */
    uint8_t way;     /* enum arena_way, of its last move */
    uint8_t moved;   /* cells that the last tick moved it: 0 (newborn), 1, 2 */
    bool boosting;   /* wants to and can: the next tick moves it two cells, if its input stays */
    uint32_t length; /* cells, now */
    uint32_t score;
    uint32_t kills;
    uint32_t born; /* what arena_ticks() was after the tick it was born in */
};

/** How many live. */
uint32_t arena_living(const struct arena_world *world);
/** The numbers of the living are 0 .. arena_snake_numbers() - 1, with holes. A number stays a
 *  snake's until it dies. */
uint32_t arena_snake_numbers(const struct arena_world *world);
/** False: nobody has that number. During a tick's ARENA_DIED and ARENA_BORN, too. */
bool arena_snake(const struct arena_world *world, uint32_t number, struct arena_snake *ret_snake);
/** The number of an id's living snake, or -ENOENT. */
int arena_find(const struct arena_world *world, uint32_t id);

/** What is in a cell; x and y inside the world. */
struct arena_cell {
    uint8_t food;   /* its value; 0: none */
    bool is_snake;  /* under a snake ... */
    uint32_t snake; /* ... of that number */
};
struct arena_cell arena_cell(const struct arena_world *world, int x, int y);

/** Ticks done so far; during a tick, with it. */
uint32_t arena_ticks(const struct arena_world *world);
uint32_t arena_food(const struct arena_world *world);
const struct arena_settings *arena_settings(const struct arena_world *world);
/** A number that two worlds of the same settings share only if they are the same, as good as
 *  surely: of all snakes and food and the state of the random numbers. The same on every machine.
 */
uint64_t arena_digest(const struct arena_world *world);

#endif
