/* SPDX-License-Identifier: MIT */
/* A second opinion on an arena, for the random games and for the fuzzer. It holds every event of
 * the moves against what the rules, told once more, foresaw; births and what is sown, which are the
 * world's lot, against what the rules promise of them; and after each tick the whole world, outside
 * and inside, against its own. */
#ifndef SNAKEPIT_ARENA_MODEL_H
#define SNAKEPIT_ARENA_MODEL_H

#include "arena_foresight.h"

/* --- what the events say -----------------------------------------------------------------------
 */

static inline void model_hash(struct model *m, const struct arena_event *e)
{
    const uint64_t parts[] = {e->kind, e->snake,       e->id,          e->by,
                              e->why,  (uint64_t)e->x, (uint64_t)e->y, e->value};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        m->trace = (m->trace ^ parts[i]) * 1099511628211u;
}

static inline bool model_is_head_near(const struct model *m, struct model_cell at)
{
    for (int i = 0; i < model_numbers(m); i++) {
        if (!m->snakes[i].lives)
            continue;
        struct model_cell head = model_head(&m->snakes[i]);
        if (abs(head.x - at.x) <= ARENA_HEADS_AWAY && abs(head.y - at.y) <= ARENA_HEADS_AWAY)
            return true;
    }
    return false;
}

static inline void model_hear_birth(struct model *m, const struct arena_event *e)
{
    struct model_cell at = {e->x, e->y};
    struct arena_snake told;
    int newborn = model_find_newborn(m, e->id);
    struct model_snake *s = &m->snakes[e->snake];
    ouro_assert(newborn >= 0 && !s->lives && arena_snake(m->world, e->snake, &told));
    ouro_assert(m->food[model_index(m, at)] == 0);
    m->newborns[newborn] = m->newborns[--m->newborn_count];
    struct model_cell *body = s->body, ahead = at;
    for (int i = 0; i <= ARENA_FREE_AHEAD; i++, ahead = model_next(ahead, told.way))
        ouro_assert(model_inside(m, ahead) && m->owner[model_index(m, ahead)] == -1);
    ouro_assert(!model_is_head_near(m, at));
    *s = (struct model_snake){.lives = true,
                              .id = e->id,
                              .born = m->ticks,
                              .way = told.way,
                              .wants = told.way,
                              .length = 1,
                              .growth = m->settings.length_start - 1,
                              .body = body};
    s->body[0] = at;
    m->owner[model_index(m, at)] = (int)e->snake;
}

static inline void model_hear_sown(struct model *m, const struct arena_event *e)
{
    struct model_cell at = {e->x, e->y};
    ouro_assert(m->food[model_index(m, at)] == 0 && m->owner[model_index(m, at)] == -1);
    ouro_assert(e->value >= 1 && e->value <= ARENA_SOWN_VALUE_MAX);
    ouro_assert(++m->tries <= ARENA_SOWN_MAX && m->newborn_count == 0);
    ouro_assert(m->sown_count < (int)arena__food_wanted(&m->settings));
    model_put_food(m, at, e->value, true);
}

/* What only the world's lot knows, after the moves. */
static inline void model_hear_lot(struct model *m, const struct arena_event *e)
{
    ouro_assert(e->kind != ARENA_DIED);
    if (e->kind == ARENA_BORN)
        model_hear_birth(m, e);
    if (e->kind == ARENA_FOOD)
        model_hear_sown(m, e);
    if (e->kind == ARENA_NO_ROOM) {
        int newborn = model_find_newborn(m, e->id);
        ouro_assert(newborn >= 0);
        m->newborns[newborn] = m->newborns[--m->newborn_count];
    }
    if (e->kind == ARENA_FOOD_GONE) {
        int value = model_take_food(m, (struct model_cell){e->x, e->y});
        ouro_assert(value == e->value && value > 0 && m->newborn_count > 0);
    }
}

static inline void model_hear(void *ud, const struct arena_event *e)
{
    struct model *m = ud;
    m->count[e->kind]++;
    model_hash(m, e);
    if (m->heard == m->expected_count) {
        model_hear_lot(m, e);
        return;
    }
    const struct arena_event *x = &m->expected[m->heard++];
    ouro_assert(e->kind == x->kind && e->snake == x->snake && e->id == x->id && e->by == x->by);
    ouro_assert(e->why == x->why && e->x == x->x && e->y == x->y && e->value == x->value);
    struct arena_snake told;
    if (e->kind == ARENA_DIED)
        ouro_assert(arena_snake(m->world, e->snake, &told) && told.id == e->id);
}

/* --- what must always hold ---------------------------------------------------------------------
 */

static inline void model_check_snake(const struct model *m, int number)
{
    const struct model_snake *s = &m->snakes[number];
    const struct arena__snake *inside = arena__snake_of(m->world, (uint32_t)number);
    struct arena_snake told;
    ouro_assert(arena_snake(m->world, (uint32_t)number, &told) == s->lives);
    if (!s->lives)
        return;
    ouro_assert(told.id == s->id && arena_find(m->world, s->id) == number);
    ouro_assert(told.x == model_head(s).x && told.y == model_head(s).y && told.way == s->way);
    ouro_assert(told.moved == s->moved && told.boosting == model_boosts(m, s));
    ouro_assert((int)told.length == s->length && told.score == s->score);
    ouro_assert(told.kills == s->kills && told.born == s->born);
    ouro_assert((int)inside->growth == s->growth && !inside->why);
    ouro_assert(s->length >= 1 && s->length + s->growth <= ARENA_LENGTH_MAX);
    uint32_t place = inside->tail;
    for (int i = 0; i < s->length; i++) {
        ouro_assert(place == arena__place(m->world, s->body[i].x, s->body[i].y));
        if (i < s->length - 1)
            place = arena__next(m->world, place, arena__cells_of(m->world)[place].ahead);
    }
    ouro_assert(place == inside->head);
}

static inline void model_check_cells(struct model *m)
{
    int food = 0, sown = 0;
    model_find_owners(m);
    for (int y = 0; y < m->settings.height; y++)
        for (int x = 0; x < m->settings.width; x++) {
            int at = model_index(m, (struct model_cell){x, y});
            struct arena_cell cell = arena_cell(m->world, x, y);
            ouro_assert(cell.food == m->food[at] && cell.is_snake == (m->owner[at] >= 0));
            ouro_assert(!cell.is_snake || (int)cell.snake == m->owner[at]);
            ouro_assert(!arena__cells(m->world)[arena__place(m->world, x, y)].claimed);
            food += m->food[at] > 0;
            sown += m->food[at] > 0 && m->sown[at];
        }
    ouro_assert((int)arena_food(m->world) == food && m->food_count == food);
    ouro_assert((int)m->world->sown == sown && m->sown_count == sown);
    ouro_assert(arena_food(m->world) <= m->settings.food_max);
}

static inline void model_check(struct model *m)
{
    for (int i = 0; i < model_numbers(m); i++)
        model_check_snake(m, i);
    model_check_cells(m);
    ouro_assert((int)arena_living(m->world) == model_living(m));
    ouro_assert(arena_snake_numbers(m->world) <= m->settings.snakes_max);
    ouro_assert(arena_ticks(m->world) == m->ticks);
}

static inline void model_tick(struct model *m)
{
    m->ticks++;
    m->tries = 0;
    model_foresee(m);
    arena_tick(m->world, model_hear, m);
    ouro_assert(m->heard == m->expected_count && m->newborn_count == 0);
    model_check(m);
}

#endif
