/* SPDX-License-Identifier: MIT */
/* One tick of the arena: everybody's move, the second move of those that boost, births, food. Both
 * moves are the same phase: first each head says where it goes, then all are judged on the world
 * as the phase found it, then the dead are told and buried, and only then somebody moves. */
#include "rules/arena_world.h"

/* --- where they go --------------------------------------------------------------------------- */

/* The cells of heads and tails are all over the memory: they are asked for now, and there when the
 * judgement and the move look at them. */
static void aim(struct arena__tick *tick, struct arena__snake *snake)
{
    snake->target = snake->left ? snake->head : arena__next(tick->world, snake->head, snake->wants);
    __builtin_prefetch(&tick->cells[snake->target], 1);
    __builtin_prefetch(&tick->cells[snake->tail], 1);
}

static void aim_all(struct arena__tick *tick)
{
    uint16_t *movers = arena__movers(tick->world);
    tick->movers = 0;
    for (uint32_t number = 0; number < tick->world->numbers; number++) {
        struct arena__snake *snake = arena__snake(tick->world, number);
        if (snake->state != ARENA__LIVES)
            continue;
        snake->moved = 0;
        movers[tick->movers++] = (uint16_t)number;
        aim(tick, snake);
    }
}

static void aim_the_boosting(struct arena__tick *tick)
{
    uint16_t *movers = arena__movers(tick->world);
    uint32_t count = tick->movers;
    tick->movers = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct arena__snake *snake = arena__snake(tick->world, movers[i]);
        if (!arena__can_boost(tick->world, snake))
            continue;
        movers[tick->movers++] = movers[i];
        aim(tick, snake);
    }
}

/* --- judgement ------------------------------------------------------------------------------- */

static void doom(struct arena__snake *snake, enum arena_why why, uint32_t by)
{
    snake->why = (uint8_t)why;
    snake->by = (uint16_t)by;
}

/* Two heads want in here: the one that came first by number, and this one. */
static void doom_both(const struct arena__tick *tick, uint32_t first, uint32_t number)
{
    struct arena__snake *other = arena__snake(tick->world, first);
    doom(arena__snake(tick->world, number), ARENA_HEAD_ON, first);
    if (!other->why)
        doom(other, ARENA_HEAD_ON, number);
}

/* A head that could go where it wants claims the cell, for the next to see. */
static void judge(const struct arena__tick *tick, uint32_t number)
{
    struct arena__snake *snake = arena__snake(tick->world, number);
    struct arena__cell *cell = &tick->cells[snake->target];
    if (snake->left) {
        doom(snake, ARENA_LEFT, ARENA__NOBODY);
    } else if (cell->snake == 0) {
        cell->snake = (number + 1) & 0xffff;
        cell->claimed = 1;
    } else if (cell->claimed) {
        doom_both(tick, cell->snake - 1u, number);
    } else if (cell->snake == ARENA__WALL) {
        doom(snake, ARENA_WALL, ARENA__NOBODY);
    } else if (cell->snake == number + 1) {
        doom(snake, ARENA_SELF, ARENA__NOBODY);
    } else {
        doom(snake, ARENA_SNAKE, cell->snake - 1u);
    }
}

static void judge_all(const struct arena__tick *tick)
{
    for (uint32_t i = 0; i < tick->movers; i++)
        judge(tick, arena__movers(tick->world)[i]);
}

/* --- death ----------------------------------------------------------------------------------- */

/* What died of another head may have claimed the cell that nobody gets now. */
static void give_claim_up(const struct arena__tick *tick, const struct arena__snake *snake)
{
    struct arena__cell *cell = &tick->cells[snake->target];
    if (snake->why == ARENA_HEAD_ON && cell->claimed)
        cell->snake = cell->claimed = 0;
}

static void credit_kill(const struct arena__tick *tick, const struct arena__snake *victim)
{
    if (victim->by != ARENA__NOBODY)
        arena__snake(tick->world, victim->by)->kills++;
}

static void tell_of_death(const struct arena__tick *tick, uint32_t number)
{
    const struct arena__snake *snake = arena__snake(tick->world, number);
    bool by_somebody = snake->by != ARENA__NOBODY;
    arena__tell(tick, (struct arena_event){
                          .kind = ARENA_DIED,
                          .snake = number,
                          .id = snake->id,
                          .by = by_somebody ? arena__snake(tick->world, snake->by)->id : 0,
                          .why = snake->why,
                      });
}

/* Every second cell, from the tail on. What it had not grown yet is in there, too. */
static void turn_into_food(const struct arena__tick *tick, const struct arena__snake *snake)
{
    uint32_t value = 1 + snake->growth / snake->length, place = snake->tail;
    if (value > ARENA_FOOD_VALUE_MAX)
        value = ARENA_FOOD_VALUE_MAX;
    for (uint32_t i = 0; i < snake->length; i++) {
        uint32_t next = arena__next(tick->world, place, tick->cells[place].ahead);
        tick->cells[place] = (struct arena__cell){.snake = 0};
        if (i % 2 == 0)
            arena__leave_food(tick, place, (uint8_t)value, false);
        place = next;
    }
}

static void bury(const struct arena__tick *tick, uint32_t number)
{
    turn_into_food(tick, arena__snake(tick->world, number));
    arena__free(tick->world, number);
    tick->world->living--;
}

/* Everyone's kills are counted before anyone's death is told, and all deaths are told before the
 * first is forgotten, because they name each other. */
static void bury_the_dead(struct arena__tick *tick)
{
    uint16_t *movers = arena__movers(tick->world);
    uint32_t live = 0;
    for (uint32_t i = 0; i < tick->movers; i++) {
        const struct arena__snake *snake = arena__snake(tick->world, movers[i]);
        if (!snake->why)
            continue;
        give_claim_up(tick, snake);
        credit_kill(tick, snake);
    }
    for (uint32_t i = 0; i < tick->movers; i++)
        if (arena__snake(tick->world, movers[i])->why)
            tell_of_death(tick, movers[i]);
    for (uint32_t i = 0; i < tick->movers; i++) {
        if (arena__snake(tick->world, movers[i])->why)
            bury(tick, movers[i]);
        else
            movers[live++] = movers[i];
    }
    tick->movers = live;
}

/* --- life ------------------------------------------------------------------------------------ */

static void pull_tail(const struct arena__tick *tick, struct arena__snake *snake)
{
    struct arena__cell *cell = &tick->cells[snake->tail];
    snake->tail = arena__next(tick->world, snake->tail, cell->ahead);
    *cell = (struct arena__cell){.snake = 0};
}

static void grow(struct arena__snake *snake, uint32_t cells)
{
    uint32_t room = ARENA_LENGTH_MAX - snake->length - snake->growth;
    snake->growth += cells < room ? cells : room;
}

/* The judgement has claimed the cell, so it is under the snake already. */
static void move(const struct arena__tick *tick, struct arena__snake *snake)
{
    tick->cells[snake->head].ahead = snake->wants & 3;
    tick->cells[snake->target].claimed = 0;
    snake->head = snake->target;
    snake->way = snake->wants;
    snake->moved++;
    if (snake->growth > 0) {
        snake->growth--;
        snake->length++;
    } else {
        pull_tail(tick, snake);
    }
    /* Only now: what was eaten keeps the tail from the next move on, not in this one. */
    uint8_t value = arena__eat(tick, snake->head);
    snake->score += value;
    grow(snake, value);
}

static void pay_for_boost(const struct arena__tick *tick, struct arena__snake *snake)
{
    if (++snake->gained < ARENA_BOOST_CELLS)
        return;
    uint32_t left = snake->tail;
    snake->gained = 0;
    snake->length--;
    pull_tail(tick, snake);
    arena__leave_food(tick, left, 1, false);
}

static void move_all(struct arena__tick *tick)
{
    judge_all(tick);
    bury_the_dead(tick);
    for (uint32_t i = 0; i < tick->movers; i++)
        move(tick, arena__snake(tick->world, arena__movers(tick->world)[i]));
}

static void boost(struct arena__tick *tick)
{
    aim_the_boosting(tick);
    move_all(tick);
    for (uint32_t i = 0; i < tick->movers; i++)
        pay_for_boost(tick, arena__snake(tick->world, arena__movers(tick->world)[i]));
}

void arena_tick(struct arena_world *world, arena_emit *emit, void *ud)
{
    struct arena__tick tick = {
        .world = world, .cells = arena__cells(world), .emit = emit, .ud = ud};
    world->ticks++;
    aim_all(&tick);
    move_all(&tick);
    boost(&tick);
    arena__place_newborns(&tick);
    arena__sow(&tick);
}
