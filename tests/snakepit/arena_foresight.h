/* SPDX-License-Identifier: MIT */
/* The rules of the arena once more, slow and obvious, with lists of cells: what a tick's moves will
 * do is worked out before it, as the events that must come. arena_model.h holds a world against it.
 */
#ifndef SNAKEPIT_ARENA_FORESIGHT_H
#define SNAKEPIT_ARENA_FORESIGHT_H

#include "rules/arena_world.h"

#include <stdlib.h>
#include <string.h>

struct model_cell {
    int x, y;
};

struct model_snake {
    bool lives, boosts, left;
    uint32_t id, score, kills, born;
    uint8_t way, wants;
    int length, growth, gained, moved;
    struct model_cell *body; /* from the tail to the head */
    struct model_cell target;
    enum arena_why why;
    int by; /* a number, or -1 */
};

struct model {
    struct arena_world *world;
    struct arena_settings settings;
    struct model_snake *snakes; /* by their numbers */
    uint32_t *newborns;         /* ids, in no order */
    int newborn_count;
    uint8_t *food; /* values, row by row */
    bool *sown;
    int food_count, sown_count;
    int *owner; /* the number of whose cell it is, or -1; made anew for each phase */
    struct arena_event *expected;
    size_t expected_count, heard;
    uint32_t ticks, tries; /* of sowing, in this tick, that met a free cell */
    int count[ARENA_NO_ROOM + 1], died_of[ARENA_LEFT + 1];
    uint64_t trace; /* a hash of all events so far */
};

static inline int model_cells(const struct model *m)
{
    return m->settings.width * m->settings.height;
}

static inline int model_numbers(const struct model *m)
{
    return (int)m->settings.snakes_max;
}

static inline void model_init(struct model *m, const struct arena_settings *settings, uint64_t seed)
{
    *m = (struct model){.settings = *settings, .trace = 14695981039346656037u};
    size_t cells = (size_t)model_cells(m);
    m->world = arena_world_init(malloc(arena_world_bytes(settings)), settings, seed);
    m->snakes = calloc(settings->snakes_max, sizeof *m->snakes);
    m->newborns = calloc(settings->snakes_max, sizeof *m->newborns);
    m->food = calloc(cells, sizeof *m->food);
    m->sown = calloc(cells, sizeof *m->sown);
    m->owner = calloc(cells, sizeof *m->owner);
    m->expected = calloc(2 * cells + 2 * settings->snakes_max, sizeof *m->expected);
    for (int i = 0; i < model_numbers(m); i++)
        m->snakes[i].body = calloc(ARENA_LENGTH_MAX + 2, sizeof(struct model_cell));
}

static inline void model_done(struct model *m)
{
    for (int i = 0; i < model_numbers(m); i++)
        free(m->snakes[i].body);
    free(m->world);
    free(m->snakes);
    free(m->newborns);
    free(m->food);
    free(m->sown);
    free(m->owner);
    free(m->expected);
}

/* --- the field ---------------------------------------------------------------------------------
 */

static inline bool model_inside(const struct model *m, struct model_cell c)
{
    return c.x >= 0 && c.x < m->settings.width && c.y >= 0 && c.y < m->settings.height;
}

static inline int model_index(const struct model *m, struct model_cell c)
{
    return c.y * m->settings.width + c.x;
}

static inline struct model_cell model_next(struct model_cell c, int way)
{
    c.x += way == ARENA_RIGHT_WAY ? 1 : way == ARENA_LEFT_WAY ? -1 : 0;
    c.y += way == ARENA_DOWN_WAY ? 1 : way == ARENA_UP_WAY ? -1 : 0;
    return c;
}

static inline struct model_cell model_head(const struct model_snake *s)
{
    return s->body[s->length - 1];
}

static inline void model_find_owners(struct model *m)
{
    for (int i = 0; i < model_cells(m); i++)
        m->owner[i] = -1;
    for (int i = 0; i < model_numbers(m); i++)
        for (int j = 0; m->snakes[i].lives && j < m->snakes[i].length; j++) {
            int at = model_index(m, m->snakes[i].body[j]);
            ouro_assert(m->owner[at] == -1 && m->food[at] == 0);
            m->owner[at] = i;
        }
}

static inline void model_put_food(struct model *m, struct model_cell at, int value, bool sown)
{
    m->food[model_index(m, at)] = (uint8_t)value;
    m->sown[model_index(m, at)] = sown;
    m->food_count++;
    m->sown_count += sown;
}

/* The value of what was there, maybe 0. */
static inline int model_take_food(struct model *m, struct model_cell at)
{
    int value = m->food[model_index(m, at)];
    m->food[model_index(m, at)] = 0;
    m->food_count -= value > 0;
    m->sown_count -= value > 0 && m->sown[model_index(m, at)];
    return value;
}

/* --- calls ------------------------------------------------------------------------------------ */

static inline int model_find(const struct model *m, uint32_t id)
{
    for (int i = 0; i < model_numbers(m); i++)
        if (m->snakes[i].lives && m->snakes[i].id == id)
            return i;
    return -1;
}

static inline int model_find_newborn(const struct model *m, uint32_t id)
{
    for (int i = 0; i < m->newborn_count; i++)
        if (m->newborns[i] == id)
            return i;
    return -1;
}

static inline int model_living(const struct model *m)
{
    int count = 0;
    for (int i = 0; i < model_numbers(m); i++)
        count += m->snakes[i].lives;
    return count;
}

static inline void model_join(struct model *m, uint32_t id)
{
    bool in = model_find(m, id) >= 0 || model_find_newborn(m, id) >= 0;
    bool full = model_living(m) + m->newborn_count == model_numbers(m);
    int rc = arena_join(m->world, id);
    ouro_assert(rc == (in ? -EEXIST : full ? -OURO_ELIMIT : 0));
    if (rc == 0)
        m->newborns[m->newborn_count++] = id;
}

static inline void model_leave(struct model *m, uint32_t id)
{
    int number = model_find(m, id), newborn = model_find_newborn(m, id);
    ouro_assert(arena_leave(m->world, id) == (number >= 0 || newborn >= 0 ? 0 : -ENOENT));
    if (number >= 0)
        m->snakes[number].left = true;
    if (newborn >= 0)
        m->newborns[newborn] = m->newborns[--m->newborn_count];
}

static inline void model_input(struct model *m, uint32_t id, uint8_t input)
{
    static const uint8_t back[] = {ARENA_RIGHT_WAY, ARENA_DOWN_WAY, ARENA_LEFT_WAY, ARENA_UP_WAY};
    bool idle = arena_wants(m->world, id, input);
    int number = model_find(m, id), rc = arena_input(m->world, id, input);
    ouro_assert(rc == (input > 7 ? -EINVAL : number < 0 ? -ENOENT : 0));
    if (rc < 0)
        return;
    struct model_snake *s = &m->snakes[number], before = *s;
    if ((input & 3) != back[s->way])
        s->wants = input & 3;
    s->boosts = input >= 4;
    ouro_assert(idle == (before.wants == s->wants && before.boosts == s->boosts));
}

/* --- what the moves will do ------------------------------------------------------------------- */

static inline struct arena_event *model_expect(struct model *m, enum arena_event_kind kind)
{
    struct arena_event *event = &m->expected[m->expected_count++];
    *event = (struct arena_event){.kind = kind};
    return event;
}

static inline void model_expect_food(struct model *m, enum arena_event_kind kind,
                                     struct model_cell at, int value)
{
    struct arena_event *event = model_expect(m, kind);
    event->x = at.x;
    event->y = at.y;
    event->value = (uint8_t)value;
}

static inline void model_leave_food(struct model *m, struct model_cell at, int value)
{
    if (m->food_count >= (int)m->settings.food_max)
        return;
    model_put_food(m, at, value, false);
    model_expect_food(m, ARENA_FOOD, at, value);
}

/* The smallest number but its own of those that want into the same cell, or -1. */
static inline int model_rival(const struct model *m, const bool *moves, int number)
{
    struct model_cell to = m->snakes[number].target;
    for (int i = 0; i < model_numbers(m); i++) {
        const struct model_snake *other = &m->snakes[i];
        if (i != number && moves[i] && !other->left && other->target.x == to.x &&
            other->target.y == to.y)
            return i;
    }
    return -1;
}

static inline void model_doom(struct model_snake *s, enum arena_why why, int by)
{
    s->why = why;
    s->by = by;
}

static inline void model_judge(struct model *m, const bool *moves, int number)
{
    struct model_snake *s = &m->snakes[number];
    int owner = model_inside(m, s->target) ? m->owner[model_index(m, s->target)] : -1;
    int rival = model_rival(m, moves, number);
    if (s->left)
        model_doom(s, ARENA_LEFT, -1);
    else if (!model_inside(m, s->target))
        model_doom(s, ARENA_WALL, -1);
    else if (owner == number)
        model_doom(s, ARENA_SELF, -1);
    else if (owner >= 0)
        model_doom(s, ARENA_SNAKE, owner);
    else if (rival >= 0)
        model_doom(s, ARENA_HEAD_ON, rival);
    else
        model_doom(s, 0, -1);
}

static inline void model_expect_death(struct model *m, int number)
{
    const struct model_snake *s = &m->snakes[number];
    struct arena_event *event = model_expect(m, ARENA_DIED);
    event->snake = (uint32_t)number;
    event->id = s->id;
    event->by = s->by >= 0 ? m->snakes[s->by].id : 0;
    event->why = s->why;
    if (s->by >= 0)
        m->snakes[s->by].kills++;
    m->died_of[s->why]++;
}

static inline void model_bury(struct model *m, struct model_snake *s)
{
    int value = (s->length + s->growth) / s->length;
    for (int i = 0; i < s->length; i += 2)
        model_leave_food(m, s->body[i], value < 15 ? value : 15);
    s->lives = false;
}

static inline void model_pull_tail(struct model_snake *s)
{
    s->length--;
    memmove(s->body, s->body + 1, (size_t)s->length * sizeof *s->body);
}

static inline void model_move(struct model *m, struct model_snake *s)
{
    int food = model_take_food(m, s->target);
    s->body[s->length++] = s->target;
    s->way = s->wants;
    s->moved++;
    if (s->growth > 0)
        s->growth--;
    else
        model_pull_tail(s);
    if (food)
        model_expect_food(m, ARENA_FOOD_GONE, s->target, food);
    s->growth += food;
    s->score += (uint32_t)food;
    if (s->length + s->growth > ARENA_LENGTH_MAX)
        s->growth = ARENA_LENGTH_MAX - s->length;
}

static inline void model_phase(struct model *m, bool *moves)
{
    model_find_owners(m);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i])
            m->snakes[i].target = model_next(model_head(&m->snakes[i]), m->snakes[i].wants);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i])
            model_judge(m, moves, i);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i] && m->snakes[i].why)
            model_expect_death(m, i);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i] && m->snakes[i].why)
            model_bury(m, &m->snakes[i]);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i] && !m->snakes[i].why)
            model_move(m, &m->snakes[i]);
}

static inline void model_pay(struct model *m, struct model_snake *s)
{
    if (++s->gained < ARENA_BOOST_CELLS)
        return;
    s->gained = 0;
    struct model_cell tail = s->body[0];
    model_pull_tail(s);
    model_leave_food(m, tail, 1);
}

static inline bool model_boosts(const struct model *m, const struct model_snake *s)
{
    return s->lives && s->boosts && s->length > m->settings.length_start;
}

static inline void model_foresee(struct model *m)
{
    bool *moves = calloc(m->settings.snakes_max, sizeof *moves);
    m->expected_count = m->heard = 0;
    for (int i = 0; i < model_numbers(m); i++) {
        moves[i] = m->snakes[i].lives;
        m->snakes[i].moved = 0;
    }
    model_phase(m, moves);
    for (int i = 0; i < model_numbers(m); i++)
        moves[i] = model_boosts(m, &m->snakes[i]);
    model_phase(m, moves);
    for (int i = 0; i < model_numbers(m); i++)
        if (moves[i] && m->snakes[i].lives)
            model_pay(m, &m->snakes[i]);
    free(moves);
    model_find_owners(m);
}

#endif
