/* SPDX-License-Identifier: MIT */
/* Scenes for the tests of the arena's rules: snakes and food laid where a test wants them, ticks
 * whose events are kept. Each tick also passes the model. */
#ifndef SNAKEPIT_ARENA_SCENE_H
#define SNAKEPIT_ARENA_SCENE_H

#include "arena_model.h"
#include "test.h"

/* A small world without luck: nothing is sown. */
static inline struct arena_settings quiet_settings(void)
{
    return (struct arena_settings){
        .width = 64, .height = 64, .length_start = 4, .snakes_max = 50, .food_max = 2000};
}

static inline void scene_init(struct model *m)
{
    struct arena_settings settings = quiet_settings();
    model_init(m, &settings, 1);
}

/* One more cell ahead for a snake that is being laid. */
static inline void stretch(struct model *m, uint32_t number, struct model_cell to, int way)
{
    struct arena__snake *inside = arena__snake(m->world, number);
    struct arena__cell *cells = arena__cells(m->world);
    struct model_snake *s = &m->snakes[number];
    uint32_t place = arena__place(m->world, to.x, to.y);
    ck_assert_int_eq(cells[place].snake, 0);
    if (s->length > 0)
        cells[inside->head].ahead = way & 3;
    else
        inside->tail = place;
    inside->head = place;
    cells[place].snake = (number + 1) & 0xffff;
    s->body[s->length++] = to;
    inside->length = (uint32_t)s->length;
    inside->way = inside->wants = s->way = s->wants = (uint8_t)way;
}

/* A living snake whose tail is at x, y and whose body goes the ways that the letters say: "rrd" are
 * two cells to the right and one down, four in all. Returns its number. */
static inline uint32_t put_snake(struct model *m, uint32_t id, int x, int y, const char *ways)
{
    ck_assert_int_eq(arena_join(m->world, id), 0);
    uint32_t number = arena__id_find(m->world, id);
    struct model_snake *s = &m->snakes[number];
    m->world->newborns--;
    m->world->living++;
    arena__snake(m->world, number)->state = ARENA__LIVES;
    *s = (struct model_snake){.lives = true, .id = id, .body = s->body};
    struct model_cell at = {x, y};
    stretch(m, number, at, (int)(strchr("lurd", *ways) - "lurd"));
    for (; *ways; ways++) {
        int way = (int)(strchr("lurd", *ways) - "lurd");
        at = model_next(at, way);
        stretch(m, number, at, way);
    }
    return number;
}

static inline void ignore_event(void *ud, const struct arena_event *event)
{
    (void)ud;
    (void)event;
}

static inline void put_food(struct model *m, int x, int y, uint8_t value)
{
    const struct arena__tick tick = {
        .world = m->world, .cells = arena__cells(m->world), .emit = ignore_event};
    arena__leave_food(&tick, arena__place(m->world, x, y), value, false);
    model_put_food(m, (struct model_cell){x, y}, value, false);
}

static inline void scene_ticks(struct model *m, int ticks)
{
    while (ticks-- > 0)
        model_tick(m);
}

static inline bool lives(const struct model *m, uint32_t id)
{
    return arena_find(m->world, id) >= 0;
}

static inline struct arena_snake snake_of(const struct model *m, uint32_t id)
{
    struct arena_snake snake;
    ck_assert(arena_snake(m->world, (uint32_t)arena_find(m->world, id), &snake));
    return snake;
}

static inline int food_at(const struct model *m, int x, int y)
{
    return arena_cell(m->world, x, y).food;
}

/* The last tick's death of that snake: of what, and by whom. The model has held the world's events
 * against what it expected, so what it expected is what happened. */
static inline void expect_death(const struct model *m, uint32_t id, enum arena_why why, uint32_t by)
{
    ck_assert(!lives(m, id));
    for (size_t i = 0; i < m->expected_count; i++) {
        const struct arena_event *e = &m->expected[i];
        if (e->kind != ARENA_DIED || e->id != id)
            continue;
        ck_assert_int_eq(e->why, why);
        ck_assert_uint_eq(e->by, by);
        return;
    }
    ck_abort_msg("snake %u did not die in the last tick", id);
}

#endif
