/* SPDX-License-Identifier: MIT */
/**
 * The rules of Snakepit classic, and nothing else: inputs in, events out. No clock, socket, task,
 * allocation or float, so the server, a bot, a test and the fuzzer drive the same functions, and
 * the same settings, seed and calls give the same events on every machine.
 *
 * The field: x to the right from 0, y down from 0. What its cells show (colour 0 is white):
 *
 *      *@@@%     a living snake, tail to head, in its colour 1..6
 *      +@@@x     a dead one, in colour 0, until the world is reset
 *      1 .. 9    a digit, in a random colour 1..6: worth that many points and cells
 *      #         a stone, in colour 0
 *      space     free, in colour 0
 *
 * Everything in one tick sees the same frame: where snakes go is judged on the field as the last
 * tick left it, all at once, so that no snake profits from having joined earlier.
 *
 *  - Outside the field, or a cell that is neither free nor a digit: the snake dies, and stays
 *    where it was. A cell that a tail leaves in this very tick still kills, and so do two heads
 *    that would change places: each is in the other's way.
 *  - Two or more heads into one cell: all of them die. A digit there is eaten by nobody and stays.
 *  - A snake whose player left does not move any more and dies in the next tick; what it would
 *    have entered is free for others, what it lies on kills as ever.
 *  - Then the survivors move and eat, each with its chance for a digit; then the newborns are
 *    placed, each with its digit; then comes the chance for a stone. Each in the order of joining.
 *  - A tick that ends without a snake ends the world.
 *
 * Not thread-safe; nothing blocks; the caller's callback must not call back into the world.
 */
#ifndef SNAKEPIT_CLASSIC_H
#define SNAKEPIT_CLASSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLASSIC_HEAD      '%'
#define CLASSIC_BODY      '@'
#define CLASSIC_TAIL      '*'
#define CLASSIC_DEAD_HEAD 'x'
#define CLASSIC_DEAD_BODY '@'
#define CLASSIC_DEAD_TAIL '+'
#define CLASSIC_STONE     '#'
#define CLASSIC_EMPTY     ' '

/** Snakes, digits and the text have one of the colours 1..CLASSIC_COLOURS, all else colour 0. */
#define CLASSIC_COLOURS 6

/** Drawn at the middle of the field when the last living snake died. */
#define CLASSIC_OVER_TEXT " >>> GAME OVER <<< "

/* --- settings -------------------------------------------------------------------------------- */

#define CLASSIC_SIDE_MAX    500 /* cells, of each side of the field */
#define CLASSIC_LENGTH_MIN  2   /* cells: a head and a tail */
#define CLASSIC_PLAYERS_MAX 256

struct classic_settings {
    int width, height;  /* of the field, in cells */
    int length_start;   /* of a newborn, in cells */
    uint32_t digit_ppm; /* chance of each snake that moved to place a digit, in a million */
    uint32_t stone_ppm; /* chance of each tick to place a stone, in a million */
    int players_max;    /* snakes at a time, newborns included */
};

/** The game of 2016: 50 x 25 cells, length 3, digits and stones at 6 %, 10 players. */
struct classic_settings classic_settings_default(void);

/**
 * One sentence on the first thing that is wrong with the settings, for the person who wrote them;
 * NULL when a world can be made of them. Static storage.
 */
const char *classic_settings_fault(const struct classic_settings *settings);

/**
 * How far from the field's sides a newborn's tail is placed, in cells: it lies
 * inside, with two cells in front of it at least, whichever way it points. Its x is in margin ..
 * width - margin, its y in margin .. height - margin (5..45 and 5..20 by default).
 */
int classic_newborn_margin(const struct classic_settings *settings);

/* --- events ---------------------------------------------------------------------------------- */

/**
 * What a tick tells, kind after kind in this order, which is the wire protocol's: a server turns
 * each into its message, puts the top scores in front of the first RENDER, and has its frame. The
 * fates of the newborns, JOINED or NO_ROOM, come in the order of joining, so these two mix; the
 * latter concerns one client only.
 */
enum classic_event_kind {
    CLASSIC_GAMEOVER,  /* id, colour, score: the snake died, with this final score */
    CLASSIC_JOINED,    /* id, colour, score (0): the newborn was placed */
    CLASSIC_NO_ROOM,   /* id: no place was found for the newborn; it may join again */
    CLASSIC_RENDER,    /* x, y, glyph, colour: what a changed cell shows after the tick */
    CLASSIC_SCORE,     /* id, score: the snake ate and has this score now */
    CLASSIC_WORLD_OVER /* the last snake is gone (the text is among the RENDERs); ticks do nothing
                          until the reset */
};

/**
 * A cell is rendered at most once in a tick, so a tick has at most width x height RENDERs; with
 * the world as it was, they give the world as it is.
 */
struct classic_event {
    enum classic_event_kind kind;
    uint32_t id;    /* all but RENDER and WORLD_OVER */
    int x, y;       /* RENDER */
    char glyph;     /* RENDER */
    uint8_t colour; /* RENDER, JOINED, GAMEOVER */
    uint32_t score; /* JOINED, GAMEOVER, SCORE */
};

/** The event is valid during the call. */
typedef void classic_emit(void *ud, const struct classic_event *event);

/* --- life cycle ------------------------------------------------------------------------------ */

struct classic_world;

/** How many bytes a world with these faultless settings takes. */
size_t classic_world_bytes(const struct classic_settings *settings);

/**
 * Make an empty world in the caller's memory: classic_world_bytes() of it, aligned as malloc
 * does. The memory stays the caller's, who gives it back when the world is no longer needed; until
 * then it must not move. The settings are copied and must be faultless. Returns `memory`.
 */
struct classic_world *classic_world_init(void *memory, const struct classic_settings *settings,
                                         uint64_t seed);

/** Empty the world for the next round: no snakes (also no living ones), no obstacles, not over. */
void classic_reset(struct classic_world *world);

/* --- inputs ---------------------------------------------------------------------------------- */

/** In the order of the browser's key codes of the arrows, 37 to 40. */
enum classic_direction { CLASSIC_LEFT, CLASSIC_UP, CLASSIC_RIGHT, CLASSIC_DOWN };

/** The direction that a key code from a client stands for; -EINVAL: none. */
int classic_key_direction(int64_t key);

/**
 * The next tick places a newborn for this id, which the caller chose and which JOINED or NO_ROOM
 * will name. Score and length start afresh. 0, or
 *  -EEXIST         the id has a snake already (or had one until the next tick: its player left)
 *  -OURO_ELIMIT    players_max snakes are in
 *  -OURO_ECLOSED   the world is over: reset it first
 */
int classic_join(struct classic_world *world, uint32_t id);

/**
 * Head that way from the next tick on; the last turn before a tick counts. 1 when taken; 0 when
 * refused, without harm to an earlier turn: opposite to the last move (a newborn: to the way it
 * points), or a newborn without a place yet; -ENOENT: no such snake.
 */
int classic_turn(struct classic_world *world, uint32_t id, enum classic_direction direction);

/**
 * The player is gone: the snake dies in the next tick, with its GAMEOVER. A newborn without a
 * place yet just vanishes, without an event. 0, or -ENOENT: no such snake.
 */
int classic_leave(struct classic_world *world, uint32_t id);

/**
 * One step of the world; emits what happened. Its work is bounded: a few steps for each snake
 * whatever its length, plus the cells of what dies, plus at worst one look at each cell for
 * a digit or stone on a nearly full field. A world that is over stays as it is.
 */
void classic_tick(struct classic_world *world, classic_emit *emit, void *ud);

/* --- queries: any time but during a tick ------------------------------------------------------ */

struct classic_cell {
    char glyph;
    uint8_t colour;
};

/** What the cell shows; x and y inside the field. */
struct classic_cell classic_cell(const struct classic_world *world, int x, int y);

struct classic_snake {
    uint32_t id;
    uint32_t score;
    uint8_t colour;
};

/** How many snakes live: are placed and not dead. */
int classic_living(const struct classic_world *world);
/** The living snake of that number, 0 .. classic_living() - 1, in the order of joining. */
struct classic_snake classic_living_at(const struct classic_world *world, int number);
bool classic_is_over(const struct classic_world *world);

#endif
