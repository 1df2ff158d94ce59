/* SPDX-License-Identifier: MIT */
/* A second opinion on a classic world, for the random games and for the fuzzer. It holds what a
 * client would show who follows the events, works out on its own who must die in a tick, and after
 * each tick compares all that and the inside of the world with what the rules promise. */
#ifndef SNAKEPIT_RULES_MODEL_H
#define SNAKEPIT_RULES_MODEL_H

#include "rules/classic_world.h"

#include <stdlib.h>
#include <string.h>

struct model {
    struct classic_world *world;
    struct classic_cell *seen; /* by the client, per place */
    int *rendered_in;          /* the number of the tick that last rendered the place */
    int tick;
    enum classic_event_kind last_kind;
    uint32_t doomed[CLASSIC_PLAYERS_MAX]; /* ids, in the order of joining */
    int doomed_count, deaths;
    int count[CLASSIC_WORLD_OVER + 1]; /* events of each kind so far */
    uint64_t trace;                    /* a hash of all events so far */
};

static inline void model_wipe(struct model *m)
{
    for (int i = 0; i < classic__cell_count(&m->world->settings); i++)
        m->seen[i] = (struct classic_cell){.glyph = CLASSIC_EMPTY};
}

static inline void model_init(struct model *m, const struct classic_settings *settings,
                              uint64_t seed)
{
    size_t cells = (size_t)classic__cell_count(settings);
    *m = (struct model){.trace = 14695981039346656037u};
    m->world = classic_world_init(malloc(classic_world_bytes(settings)), settings, seed);
    m->seen = calloc(cells, sizeof *m->seen);
    m->rendered_in = calloc(cells, sizeof *m->rendered_in);
    model_wipe(m);
}

static inline void model_done(struct model *m)
{
    free(m->world);
    free(m->seen);
    free(m->rendered_in);
}

static inline void model_reset(struct model *m)
{
    classic_reset(m->world);
    model_wipe(m);
}

/* --- who must die, the slow way -------------------------------------------------------------- */

struct model_step {
    int x, y;
};

static inline struct model_step model_step(const struct classic_world *w,
                                           const struct classic__snake *s)
{
    int width = w->settings.width;
    struct model_step to = {s->head % width, s->head / width};
    to.x += s->next == CLASSIC_RIGHT ? 1 : s->next == CLASSIC_LEFT ? -1 : 0;
    to.y += s->next == CLASSIC_DOWN ? 1 : s->next == CLASSIC_UP ? -1 : 0;
    return to;
}

static inline bool model_must_die(const struct classic_world *w, int number)
{
    const struct classic__snake *s = &w->snakes[number];
    struct model_step to = model_step(w, s);
    if (s->left || to.x < 0 || to.x >= w->settings.width || to.y < 0 || to.y >= w->settings.height)
        return true;
    char glyph = classic_cell(w, to.x, to.y).glyph;
    if (!strchr(" 123456789", glyph))
        return true;
    for (int i = 0; i < w->living; i++) {
        struct model_step other = model_step(w, &w->snakes[i]);
        if (i != number && !w->snakes[i].left && other.x == to.x && other.y == to.y)
            return true;
    }
    return false;
}

static inline void model_foresee(struct model *m)
{
    m->doomed_count = m->deaths = 0;
    for (int i = 0; i < m->world->living; i++)
        if (model_must_die(m->world, i))
            m->doomed[m->doomed_count++] = m->world->snakes[i].id;
}

/* --- what the events say --------------------------------------------------------------------- */

static inline void model_hash(struct model *m, const struct classic_event *e)
{
    const uint64_t parts[] = {
        e->kind, e->id, (uint64_t)e->x, (uint64_t)e->y, (uint64_t)e->glyph, e->colour, e->score};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        m->trace = (m->trace ^ parts[i]) * 1099511628211u;
}

static inline void model_see(struct model *m, const struct classic_event *e)
{
    const struct classic_settings *s = &m->world->settings;
    ouro_assert(e->x >= 0 && e->x < s->width && e->y >= 0 && e->y < s->height);
    int place = e->y * s->width + e->x;
    ouro_assert(m->rendered_in[place] != m->tick);
    m->rendered_in[place] = m->tick;
    m->seen[place] = (struct classic_cell){.glyph = e->glyph, .colour = e->colour};
}

static inline void model_hear(void *ud, const struct classic_event *e)
{
    struct model *m = ud;
    /* The fates of the newborns, JOINED and NO_ROOM, share a place in the order. */
    ouro_assert(e->kind >= m->last_kind ||
                (e->kind == CLASSIC_JOINED && m->last_kind == CLASSIC_NO_ROOM));
    m->last_kind = e->kind;
    m->count[e->kind]++;
    model_hash(m, e);
    if (e->kind == CLASSIC_RENDER)
        model_see(m, e);
    if (e->kind == CLASSIC_JOINED)
        ouro_assert(e->score == 0 && e->colour >= 1 && e->colour <= CLASSIC_COLOURS);
    if (e->kind == CLASSIC_GAMEOVER)
        ouro_assert(m->deaths < m->doomed_count && e->id == m->doomed[m->deaths++]);
}

/* --- what must always hold ------------------------------------------------------------------- */

static inline void model_check_cells(const struct model *m)
{
    const struct classic_world *w = m->world;
    int heads = 0;
    for (int i = 0; i < classic__cell_count(&w->settings); i++) {
        const struct classic__cell *cell = &w->cells[i];
        ouro_assert(cell->shown.glyph == m->seen[i].glyph);
        ouro_assert(cell->shown.colour == m->seen[i].colour);
        ouro_assert(!cell->touched && !cell->heads);
        heads += cell->shown.glyph == CLASSIC_HEAD;
    }
    ouro_assert(heads == w->living);
}

static inline void model_check_part(const struct classic_world *w, int place, char glyph,
                                    uint8_t colour)
{
    ouro_assert(w->cells[place].shown.glyph == glyph);
    ouro_assert(w->cells[place].shown.colour == colour);
}

/* From tail to head, all parts are there; what was eaten is length, or will be. */
static inline void model_check_snake(const struct classic_world *w, const struct classic__snake *s)
{
    uint32_t length = 1;
    ouro_assert(s->tail != s->head && (s->next ^ s->moved) != 2);
    model_check_part(w, s->tail, CLASSIC_TAIL, s->colour);
    model_check_part(w, s->head, CLASSIC_HEAD, s->colour);
    for (int at = s->tail; at != s->head; length++) {
        if (at != s->tail)
            model_check_part(w, at, CLASSIC_BODY, s->colour);
        at = classic__neighbour(w, at, w->cells[at].ahead);
        ouro_assert(at != CLASSIC__NOWHERE && length < (uint32_t)classic__cell_count(&w->settings));
    }
    ouro_assert(length + s->growth == (uint32_t)w->settings.length_start + s->score);
}

/* Of each colour, as many as the pool was filled: with the living, or in the pool. */
static inline void model_check_colours(const struct classic_world *w)
{
    int of[CLASSIC_COLOURS + 1] = {0}, total = 0;
    for (int i = 0; i < w->living; i++)
        of[w->snakes[i].colour]++;
    for (int colour = 1; colour <= CLASSIC_COLOURS; colour++) {
        ouro_assert(of[colour] + w->pool[colour] == of[1] + w->pool[1]);
        total += w->pool[colour];
    }
    ouro_assert(total == w->pool_total);
    ouro_assert(total < CLASSIC_COLOURS + w->settings.players_max);
}

static inline void model_check(const struct model *m)
{
    model_check_cells(m);
    model_check_colours(m->world);
    ouro_assert(m->world->living <= m->world->joined);
    ouro_assert(m->world->joined <= m->world->settings.players_max);
    for (int i = 0; i < m->world->living; i++)
        model_check_snake(m->world, &m->world->snakes[i]);
}

static inline void model_tick(struct model *m)
{
    bool was_over = classic_is_over(m->world);
    uint64_t trace = m->trace;
    model_foresee(m);
    m->tick++;
    m->last_kind = CLASSIC_GAMEOVER;
    classic_tick(m->world, model_hear, m);

    ouro_assert(m->deaths == m->doomed_count);
    ouro_assert(classic_is_over(m->world) == (classic_living(m->world) == 0));
    ouro_assert(was_over ? m->trace == trace
                         : (m->last_kind == CLASSIC_WORLD_OVER) == classic_is_over(m->world));
    model_check(m);
}

#endif
