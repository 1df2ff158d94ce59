/* SPDX-License-Identifier: MIT */
/* Scenes for the tests of the classic rules: snakes and things laid where a test wants them, ticks
 * that keep their events, pictures to compare with. Each tick also passes the model. */
#ifndef SNAKEPIT_RULES_SCENE_H
#define SNAKEPIT_RULES_SCENE_H

#include "rules_model.h"
#include "test.h"

struct scene {
    struct model model;
    struct classic_world *world;
};

/* The default game without luck: no digit or stone comes but what a birth brings. */
static inline struct classic_settings quiet_settings(void)
{
    struct classic_settings settings = classic_settings_default();
    settings.digit_ppm = settings.stone_ppm = 0;
    return settings;
}

static inline void scene_init_with(struct scene *scene, struct classic_settings settings,
                                   uint64_t seed)
{
    model_init(&scene->model, &settings, seed);
    scene->world = scene->model.world;
}

static inline void scene_init(struct scene *scene)
{
    scene_init_with(scene, quiet_settings(), 1);
}

static inline void scene_done(struct scene *scene)
{
    model_done(&scene->model);
}

/* Things laid by hand are seen by the client as if they had always been there. */
static inline void scene_settle(struct scene *scene)
{
    struct classic_world *w = scene->world;
    while (w->touched_count > 0) {
        int place = w->touched[--w->touched_count];
        w->cells[place].touched = 0;
        scene->model.seen[place] = w->cells[place].shown;
    }
}

static inline void put(struct scene *scene, int x, int y, char glyph)
{
    classic__show(scene->world, y * scene->world->settings.width + x, glyph, 0);
    scene_settle(scene);
}

/* A living snake of the starting length, its tail at x, y. Not while newborns wait. */
static inline void put_snake(struct scene *scene, uint32_t id, int x, int y,
                             enum classic_direction direction)
{
    struct classic_world *w = scene->world;
    ck_assert_int_eq(w->living, w->joined);
    ck_assert_int_eq(classic_join(w, id), 0);
    ck_assert(classic__lay_snake(w, &w->snakes[w->living], y * w->settings.width + x, direction));
    w->living++;
    scene_settle(scene);
}

static inline void scene_tick(struct scene *scene)
{
    memset(scene->model.count, 0, sizeof scene->model.count);
    model_tick(&scene->model);
}

static inline void scene_ticks(struct scene *scene, int ticks)
{
    while (ticks-- > 0)
        scene_tick(scene);
}

static inline int count_events(const struct scene *scene, enum classic_event_kind kind)
{
    return scene->model.count[kind];
}

static inline bool lives(const struct scene *scene, uint32_t id)
{
    for (int i = 0; i < classic_living(scene->world); i++)
        if (classic_living_at(scene->world, i).id == id)
            return true;
    return false;
}

static inline uint32_t score_of(const struct scene *scene, uint32_t id)
{
    for (int i = 0; i < classic_living(scene->world); i++)
        if (classic_living_at(scene->world, i).id == id)
            return classic_living_at(scene->world, i).score;
    ck_abort_msg("no living snake %u", id);
    return 0;
}

static inline int count_glyphs(const struct scene *scene, const char *glyphs)
{
    int count = 0;
    for (int i = 0; i < classic__cell_count(&scene->world->settings); i++)
        count += strchr(glyphs, scene->world->cells[i].shown.glyph) != NULL;
    return count;
}

/* The cells to the right of x, y show that picture; '.' is a cell that does not matter. */
#define expect_row(scene, x, y, picture)                                           \
    do {                                                                           \
        char row_[CLASSIC_SIDE_MAX + 1];                                           \
        ck_assert_str_eq(read_row((scene), (x), (y), (picture), row_), (picture)); \
    } while (0)

static inline const char *read_row(const struct scene *scene, int x, int y, const char *picture,
                                   char *row)
{
    size_t i = 0;
    for (; picture[i]; i++)
        row[i] = picture[i] == '.' ? '.' : classic_cell(scene->world, x + (int)i, y).glyph;
    row[i] = '\0';
    return row;
}

static inline void expect_colours(const struct scene *scene, int x, int y, int count, int colour)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(classic_cell(scene->world, x + i, y).colour, colour);
}

#endif
