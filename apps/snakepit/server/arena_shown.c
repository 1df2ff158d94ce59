/* SPDX-License-Identifier: MIT */
#include "server/arena_shown.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* A body that is no longer lies between head and anchor alone, when it goes straight. */
#define SHORT_CELLS 8
_Static_assert(SHORT_CELLS < ARENA_KNOT_CELLS, "it does, when its anchor is so far behind");

/* Half a million entities come or go in a tenth of a second: others are let in between. */
#define CELLS_AT_ONCE (64 * 1024)

#define KNOTS_PER_SNAKE 12
#define KNOTS_MIN       4096

struct shown_knot {
    struct ouro_entity entity;
    uint32_t at;
    uint32_t next; /* the next younger one, or of those that are free */
};

/* A straight piece of a body, in the way that the snake went there. */
struct piece {
    uint8_t way, cells;
};

struct shown_snake {
    bool alive;
    struct arena_owner owner;
    struct ouro_entity anchor; /* id 0: it could not be shown, so far */
    int anchor_x, anchor_y;
    int x, y; /* its head after the last tick */
    uint8_t way;
    bool boost;
    uint32_t length, gone; /* cells since its birth */
    uint32_t anchor_at, since;
    struct piece trail[ARENA_TRAIL_PIECES + 1]; /* from the anchor back; one is about to go */
    uint8_t pieces;
    uint32_t oldest, youngest; /* knots, or none */
    uint32_t knots;            /* ever */
    uint32_t oldest_ends;      /* where the next one is: how long the oldest is needed */
};

static const int8_t right[] = {-1, 0, 1, 0}, down[] = {0, -1, 0, 1};

uint32_t arena_knots_max(uint32_t snakes_max)
{
    return snakes_max * KNOTS_PER_SNAKE + KNOTS_MIN;
}

uint32_t arena_entities_max(const struct arena_settings *settings)
{
    uint64_t all = (uint64_t)settings->snakes_max + arena_knots_max(settings->snakes_max) +
                   settings->food_max + ARENA_LEADERS + 1;
    return all < OURO_ENTITIES_MAX ? (uint32_t)all : OURO_ENTITIES_MAX;
}

/* --- life ------------------------------------------------------------------------------------- */

static void free_knot(struct arena_shown *shown, uint32_t number)
{
    shown->knots[number].next = shown->knot_free;
    shown->knot_free = number;
}

int arena_shown_init(struct arena_shown *shown, struct ouro_state *state,
                     const struct arena_settings *settings)
{
    uint32_t knots = arena_knots_max(settings->snakes_max);
    *shown = (struct arena_shown){.state = state,
                                  .width = settings->width,
                                  .cells = (size_t)settings->width * (size_t)settings->height,
                                  .snakes_max = settings->snakes_max,
                                  .knot_free = NONE};
    shown->snakes = calloc(settings->snakes_max, sizeof *shown->snakes);
    shown->knots = calloc(knots, sizeof *shown->knots);
    shown->food = calloc(shown->cells, sizeof *shown->food);
    if (!shown->snakes || !shown->knots || !shown->food)
        return -ENOMEM;
    for (uint32_t i = knots; i-- > 0;)
        free_knot(shown, i);
    return 0;
}

void arena_shown_done(struct arena_shown *shown)
{
    free(shown->snakes);
    free(shown->knots);
    free(shown->food);
    *shown = (struct arena_shown){0};
}

/* --- food ------------------------------------------------------------------------------------- */

static void hide_food(struct arena_shown *shown, size_t cell)
{
    ouro_entity_end(shown->state, (struct ouro_entity){shown->food[cell]});
    shown->food[cell] = 0;
}

static void show_food(struct arena_shown *shown, size_t cell, const struct food_record *record)
{
    struct ouro_entity entity;
    if (ouro_entity_new(shown->state, ARENA_FOOD_TYPE, &entity) < 0) {
        shown->failed++;
        return;
    }
    *(struct food_record *)ouro_entity_record(shown->state, entity) = *record;
    shown->food[cell] = entity.id;
}

void arena_shown_food(struct arena_shown *shown, const struct arena_event *event)
{
    struct food_record record = {(uint16_t)event->x, (uint16_t)event->y, event->value};
    size_t cell = (size_t)event->y * (size_t)shown->width + (size_t)event->x;
    hide_food(shown, cell);
    if (event->kind == ARENA_FOOD)
        show_food(shown, cell, &record);
}

/* --- knots ------------------------------------------------------------------------------------ */

/* A last one is of no use alone. */
static void set_end_of_oldest(struct arena_shown *shown, struct shown_snake *snake)
{
    const struct shown_knot *oldest = &shown->knots[snake->oldest];
    bool last = snake->oldest == snake->youngest;
    snake->oldest_ends = last ? oldest->at : shown->knots[oldest->next].at;
}

static void drop_oldest_knot(struct arena_shown *shown, struct shown_snake *snake)
{
    uint32_t number = snake->oldest;
    struct shown_knot *knot = &shown->knots[number];
    bool last = number == snake->youngest;
    ouro_entity_end(shown->state, knot->entity);
    snake->oldest = last ? NONE : knot->next;
    snake->youngest = last ? NONE : snake->youngest;
    free_knot(shown, number);
    if (!last)
        set_end_of_oldest(shown, snake);
}

/* From the pool; if that is empty, the snake's tail is shown shorter than it is. */
static uint32_t take_knot(struct arena_shown *shown, struct shown_snake *snake)
{
    if (shown->knot_free == NONE && snake->oldest != NONE) {
        shown->failed++;
        drop_oldest_knot(shown, snake);
    }
    uint32_t number = shown->knot_free;
    if (number != NONE)
        shown->knot_free = shown->knots[number].next;
    return number;
}

static int show_knot(struct arena_shown *shown, struct shown_knot *knot,
                     const struct knot_record *record)
{
    int rc = ouro_entity_new(shown->state, ARENA_KNOT_TYPE, &knot->entity);
    if (rc == 0)
        *(struct knot_record *)ouro_entity_record(shown->state, knot->entity) = *record;
    return rc;
}

/* The youngest of that snake. */
static void put_knot(struct arena_shown *shown, struct shown_snake *snake, uint32_t at,
                     const struct knot_record *record)
{
    uint32_t number = take_knot(shown, snake);
    if (number == NONE || show_knot(shown, &shown->knots[number], record) < 0) {
        shown->failed++;
        if (number != NONE)
            free_knot(shown, number);
        return;
    }
    shown->knots[number].at = at;
    if (snake->youngest != NONE)
        shown->knots[snake->youngest].next = number;
    else
        snake->oldest = number;
    snake->youngest = number;
    set_end_of_oldest(shown, snake);
}

/* --- trails ----------------------------------------------------------------------------------- */

static uint32_t trail_cells(const struct shown_snake *snake)
{
    uint32_t cells = 0;
    for (unsigned i = 0; i < snake->pieces; i++)
        cells += snake->trail[i].cells;
    return cells;
}

static uint32_t pack_trail(const struct shown_snake *snake)
{
    uint32_t packed = 0;
    for (unsigned i = snake->pieces; i-- > 0;) {
        const struct piece *piece = &snake->trail[i];
        packed = packed << ARENA_PIECE_BITS | (uint32_t)piece->way << ARENA_PIECE_CELLS_BITS |
                 piece->cells;
    }
    return packed;
}

/* Where so many of its pieces begin. */
static void add_knot(struct arena_shown *shown, struct shown_snake *snake, unsigned pieces)
{
    int x = snake->anchor_x, y = snake->anchor_y;
    uint32_t at = snake->anchor_at;
    for (unsigned i = 0; i < pieces; i++) {
        const struct piece *piece = &snake->trail[i];
        x -= right[piece->way] * piece->cells;
        y -= down[piece->way] * piece->cells;
        at -= piece->cells;
    }
    struct knot_record record = {(uint16_t)x, (uint16_t)y, snake->owner.player, snake->knots++};
    put_knot(shown, snake, at, &record);
}

/* Does its body go on behind that place? */
static bool reaches_behind(const struct shown_snake *snake, uint32_t at)
{
    return at + snake->length > snake->gone + 1;
}

static void drop_last_piece(struct arena_shown *shown, struct shown_snake *snake)
{
    unsigned last = snake->pieces - 1u;
    uint32_t end = snake->anchor_at - trail_cells(snake) + snake->trail[last].cells;
    if (reaches_behind(snake, end)) {
        if (snake->oldest == NONE)
            add_knot(shown, snake, last + 1);
        add_knot(shown, snake, last);
    }
    snake->pieces--;
}

/* What lies between the anchor before and this one. */
static void add_piece(struct arena_shown *shown, struct shown_snake *snake, uint32_t cells)
{
    struct piece *first = &snake->trail[0];
    if (cells == 0)
        return;
    if (snake->pieces > 0 && first->way == snake->way && first->cells + cells <= ARENA_KNOT_CELLS) {
        first->cells = (uint8_t)(first->cells + cells);
    } else {
        memmove(first + 1, first, snake->pieces * sizeof *first);
        *first = (struct piece){snake->way, (uint8_t)cells};
        snake->pieces++;
    }
    while (snake->pieces > ARENA_TRAIL_PIECES || trail_cells(snake) > ARENA_TRAIL_CELLS)
        drop_last_piece(shown, snake);
}

/* --- snakes ----------------------------------------------------------------------------------- */

/* A snake without an entity gets one as soon as there are any. */
static void show_snake(struct arena_shown *shown, struct shown_snake *snake)
{
    if (!snake->anchor.id && ouro_entity_new(shown->state, ARENA_SNAKE_TYPE, &snake->anchor) < 0) {
        shown->failed++;
        return;
    }
    struct snake_record *record = ouro_entity_record(shown->state, snake->anchor);
    record->x = (uint16_t)snake->anchor_x;
    record->y = (uint16_t)snake->anchor_y;
    record->since = (uint8_t)(snake->since % (1u << ARENA_SINCE_BITS));
    record->way = snake->way;
    record->boost = snake->boost;
    record->trail = pack_trail(snake);
    record->colour = snake->owner.face.colour;
    record->length = snake->length;
    record->player = snake->owner.player;
    memcpy(record->name, snake->owner.face.name, sizeof record->name);
}

void arena_shown_born(struct arena_shown *shown, const struct arena_event *event, uint8_t way,
                      const struct arena_owner *owner, uint32_t tick)
{
    struct shown_snake *snake = &shown->snakes[event->snake];
    *snake = (struct shown_snake){
        .alive = true,
        .owner = *owner,
        .anchor_x = event->x,
        .anchor_y = event->y,
        .x = event->x,
        .y = event->y,
        .way = way,
        .length = 1,
        .since = tick,
        .oldest = NONE,
        .youngest = NONE,
    };
    show_snake(shown, snake);
}

void arena_shown_died(struct arena_shown *shown, uint32_t number)
{
    struct shown_snake *snake = &shown->snakes[number];
    while (snake->oldest != NONE)
        drop_oldest_knot(shown, snake);
    ouro_entity_end(shown->state, snake->anchor);
    snake->alive = false;
}

/* So many cells behind its head, where it was at that tick; it has gone straight since. */
static void move_anchor(struct arena_shown *shown, struct shown_snake *snake, uint32_t back,
                        uint32_t since)
{
    uint32_t cells = snake->gone - back - snake->anchor_at;
    snake->anchor_x = snake->x - right[snake->way] * (int)back;
    snake->anchor_y = snake->y - down[snake->way] * (int)back;
    snake->anchor_at = snake->gone - back;
    snake->since = since;
    add_piece(shown, snake, cells);
}

/* It has gone straight for long. The anchor of one that is short goes no further than to its tail,
 * so that it is long until the next time. With a boost it is two cells per tick, so its cell is an
 * even number behind. */
static void follow(struct arena_shown *shown, struct shown_snake *snake, uint32_t tick)
{
    uint32_t back = 0;
    if (snake->length <= SHORT_CELLS)
        back = snake->boost ? snake->length / 2 * 2 : snake->length - 1;
    move_anchor(shown, snake, back, tick - (snake->boost ? back / 2 : back));
}

static void step(struct arena_shown *shown, struct shown_snake *snake,
                 const struct arena_snake *now)
{
    snake->x = now->x;
    snake->y = now->y;
    snake->gone += now->moved;
    snake->length = now->length;
    while (snake->oldest != NONE && snake->oldest_ends + snake->length <= snake->gone + 1)
        drop_oldest_knot(shown, snake);
}

static void look_at(struct arena_shown *shown, struct shown_snake *snake,
                    const struct arena_snake *now, uint32_t tick)
{
    bool boost = now->moved == 2;
    bool turned = now->moved > 0 && (now->way != snake->way || boost != snake->boost);
    bool changed = turned || now->length != snake->length || !snake->anchor.id;
    if (turned) {
        move_anchor(shown, snake, 0, tick - 1);
        snake->way = now->way;
        snake->boost = boost;
    }
    step(shown, snake, now);
    bool far = snake->gone - snake->anchor_at >= ARENA_KNOT_CELLS;
    if (far)
        follow(shown, snake, tick);
    if (changed || far)
        show_snake(shown, snake);
}

void arena_shown_moves(struct arena_shown *shown, const struct arena_world *world, uint32_t tick)
{
    struct arena_snake now;
    uint32_t count = arena_snake_numbers(world);
    for (uint32_t i = 0; i < count; i++) {
        if (shown->snakes[i].alive && arena_snake(world, i, &now))
            look_at(shown, &shown->snakes[i], &now, tick);
    }
}

void arena_shown_prefetch(const struct arena_shown *shown, uint32_t number)
{
    if (number < shown->snakes_max)
        __builtin_prefetch(&shown->snakes[number].x);
}

bool arena_shown_head(const struct arena_shown *shown, uint32_t number, int *ret_x, int *ret_y)
{
    const struct shown_snake *snake = &shown->snakes[number];
    if (number >= shown->snakes_max || !snake->alive)
        return false;
    *ret_x = snake->x;
    *ret_y = snake->y;
    return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Whoever is cancelled finishes all the cells. */
static void let_others_in(size_t cell)
{
    if (cell % CELLS_AT_ONCE == CELLS_AT_ONCE - 1)
        (void)ouro_yield();
}

void arena_shown_clear(struct arena_shown *shown)
{
    for (uint32_t i = 0; i < shown->snakes_max; i++) {
        if (shown->snakes[i].alive)
            arena_shown_died(shown, i);
    }
    for (size_t cell = 0; cell < shown->cells; cell++) {
        if (shown->food[cell])
            hide_food(shown, cell);
        let_others_in(cell);
    }
}

static void copy_snake(struct arena_shown *shown, struct shown_snake *snake,
                       const struct arena_shown *from, const struct shown_snake *other)
{
    *snake = *other;
    snake->anchor = (struct ouro_entity){0};
    snake->oldest = snake->youngest = NONE;
    for (uint32_t i = other->oldest; i != NONE;
         i = i == other->youngest ? NONE : from->knots[i].next)
        put_knot(shown, snake, from->knots[i].at,
                 ouro_entity_record(from->state, from->knots[i].entity));
    show_snake(shown, snake);
}

static void show_food_of(struct arena_shown *shown, const struct arena_world *world)
{
    for (size_t cell = 0; cell < shown->cells; cell++) {
        int x = (int)(cell % (size_t)shown->width), y = (int)(cell / (size_t)shown->width);
        struct food_record record = {(uint16_t)x, (uint16_t)y, arena_cell(world, x, y).food};
        if (record.value > 0)
            show_food(shown, cell, &record);
        let_others_in(cell);
    }
}

void arena_shown_copy(struct arena_shown *shown, const struct arena_world *world,
                      const struct arena_shown *from, uint32_t from_tick, uint32_t tick)
{
    for (uint32_t i = 0; i < from->snakes_max; i++) {
        if (!from->snakes[i].alive)
            continue;
        struct shown_snake other = from->snakes[i];
        other.since += tick - from_tick;
        copy_snake(shown, &shown->snakes[i], from, &other);
    }
    show_food_of(shown, world);
}

void arena_shown_stand(struct arena_shown *shown, uint32_t ticks)
{
    for (uint32_t i = 0; i < shown->snakes_max; i++) {
        struct shown_snake *snake = &shown->snakes[i];
        if (!snake->alive)
            continue;
        snake->since += ticks;
        show_snake(shown, snake);
    }
}
