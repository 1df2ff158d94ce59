/* SPDX-License-Identifier: MIT */
#include "snakes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* A turn that is sent now is taken one tick later or two: who sees something that far ahead still
 * gets away. */
#define LOOK_AHEAD 8
/* A side that is free for so long is as good as any. */
#define LOOK_ASIDE 8
/* Who has heard nothing for longer has lost its way, and waits for its death. */
#define TICKS_MISSED_MAX 1000

struct snake {
    bool alive;
    uint8_t way;    /* of its last move */
    uint8_t wanted; /* the same, unless a turn is under way */
    int x, y;
    uint32_t tick;     /* as of */
    uint32_t sequence; /* of its last input */
    uint32_t turn_at;  /* the tick of the next turn without need */
};

struct snakes {
    struct snakes_options options;
    uint64_t seed;
    struct snake *snakes;
    uint32_t *until; /* for each cell: there is something in it in ticks before that */
};

/* --- life ------------------------------------------------------------------------------------ */

int snakes_new(const struct snakes_options *options, struct snakes **ret)
{
    struct snakes *snakes = calloc(1, sizeof *snakes);
    if (!snakes)
        return -ENOMEM;
    snakes->options = *options;
    snakes->seed = 1;
    snakes->snakes = calloc(options->count, sizeof *snakes->snakes);
    snakes->until = calloc((size_t)options->width * (size_t)options->height, sizeof(uint32_t));
    if (!snakes->snakes || !snakes->until) {
        snakes_free(snakes);
        return -ENOMEM;
    }
    *ret = snakes;
    return 0;
}

struct snakes *snakes_free(struct snakes *snakes)
{
    if (!snakes)
        return NULL;
    free(snakes->snakes);
    free(snakes->until);
    free(snakes);
    return NULL;
}

/* Knuth's MMIX generator, its upper bits: enough to choose a direction. */
static uint32_t choose(struct snakes *snakes, uint32_t bound)
{
    snakes->seed = snakes->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(snakes->seed >> 33) % bound;
}

/* --- the map --------------------------------------------------------------------------------- */

static void step(uint8_t way, int *x, int *y)
{
    static const int8_t DX[] = {-1, 0, 1, 0}, DY[] = {0, -1, 0, 1};
    *x += DX[way & 3];
    *y += DY[way & 3];
}

static bool inside(const struct snakes *snakes, int x, int y)
{
    return x >= 0 && y >= 0 && x < snakes->options.width && y < snakes->options.height;
}

static uint32_t *cell_at(const struct snakes *snakes, int x, int y)
{
    return &snakes->until[(size_t)y * (size_t)snakes->options.width + (size_t)x];
}

static void draw(struct snakes *snakes, int x, int y, uint32_t until)
{
    if (inside(snakes, x, y) && *cell_at(snakes, x, y) < until)
        *cell_at(snakes, x, y) = until;
}

/* How many cells from there on are free, of so many. */
static unsigned free_ahead(const struct snakes *snakes, const struct snake *snake, uint8_t way,
                           unsigned most)
{
    int x = snake->x, y = snake->y;
    for (unsigned i = 0; i < most; i++) {
        step(way, &x, &y);
        if (!inside(snakes, x, y) || *cell_at(snakes, x, y) > snake->tick)
            return i;
    }
    return most;
}

/* --- steering -------------------------------------------------------------------------------- */

static void set_next_turn(struct snakes *snakes, struct snake *snake)
{
    snake->turn_at = snake->tick + 1 + choose(snakes, 2 * snakes->options.straight);
}

/* To the side with more room, if there is more than ahead. Returns whether it does. */
static bool turn(struct snakes *snakes, struct snake *snake, unsigned ahead)
{
    uint8_t side = choose(snakes, 2) ? 1 : 3;
    uint8_t one = (snake->way + side) & 3, other = one ^ 2;
    unsigned to_one = free_ahead(snakes, snake, one, LOOK_ASIDE);
    unsigned to_other = to_one < LOOK_ASIDE ? free_ahead(snakes, snake, other, LOOK_ASIDE) : 0;
    if ((to_one > to_other ? to_one : to_other) <= ahead)
        return false;
    snake->wanted = to_one >= to_other ? one : other;
    snake->sequence++;
    set_next_turn(snakes, snake);
    return true;
}

/* One turn at a time: of two before the same tick the second alone would count. */
static bool steer(struct snakes *snakes, struct snake *snake)
{
    if (snake->wanted != snake->way)
        return false;
    unsigned ahead = free_ahead(snakes, snake, snake->way, LOOK_AHEAD);
    if (ahead == LOOK_AHEAD && snake->tick < snake->turn_at)
        return false;
    return turn(snakes, snake, ahead);
}

/* --- moving ---------------------------------------------------------------------------------- */

static void move(struct snakes *snakes, struct snake *snake)
{
    step(snake->way, &snake->x, &snake->y);
    snake->tick++;
    draw(snakes, snake->x, snake->y, snake->tick + snakes->options.length);
}

/* So that nobody else wants to go there; it is itself past it when it looks again. */
static void claim_next(struct snakes *snakes, const struct snake *snake)
{
    int x = snake->x, y = snake->y;
    step(snake->wanted, &x, &y);
    draw(snakes, x, y, snake->tick + 2);
}

void snakes_born(struct snakes *snakes, size_t index, uint32_t tick, int x, int y, uint8_t way)
{
    struct snake *snake = &snakes->snakes[index];
    snake->alive = inside(snakes, x, y);
    snake->way = snake->wanted = way & 3;
    snake->x = x;
    snake->y = y;
    snake->tick = tick;
    set_next_turn(snakes, snake);
    draw(snakes, x, y, tick + snakes->options.length);
}

void snakes_died(struct snakes *snakes, size_t index)
{
    snakes->snakes[index].alive = false;
}

/* Had the turn been taken in a tick before this one, that tick's snapshot had come: where an input
 * was dealt with, there is one. */
int snakes_see(struct snakes *snakes, size_t index, uint32_t tick, uint32_t input,
               struct snakes_turn *ret_turn)
{
    struct snake *snake = &snakes->snakes[index];
    if (!snake->alive || (int32_t)(tick - snake->tick) <= 0)
        return 0;
    snake->alive = tick - snake->tick <= TICKS_MISSED_MAX;
    if (!snake->alive)
        return 0;
    while (snake->tick + 1 != tick)
        move(snakes, snake);
    if ((int32_t)(input - snake->sequence) >= 0)
        snake->way = snake->wanted;
    move(snakes, snake);
    bool turns = steer(snakes, snake);
    claim_next(snakes, snake);
    if (turns)
        *ret_turn = (struct snakes_turn){snake->sequence, snake->wanted};
    return turns;
}

int snakes_place(const struct snakes *snakes, size_t index, uint32_t *ret_tick, int *ret_x,
                 int *ret_y)
{
    const struct snake *snake = &snakes->snakes[index];
    if (!snake->alive)
        return -ENOENT;
    *ret_tick = snake->tick;
    *ret_x = snake->x;
    *ret_y = snake->y;
    return 0;
}
