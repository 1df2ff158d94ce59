/* SPDX-License-Identifier: MIT */
/* Who is best among the living: counted now and then, shown to all. */
#ifndef SNAKEPIT_ARENA_LEADERS_H
#define SNAKEPIT_ARENA_LEADERS_H

#include "server/arena_roster.h"

/* Scores from here on are one and the same for arena_leaders_rank(). */
#define ARENA_RANKED_SCORES 4096

struct arena_leaders {
    struct ouro_entity entities[ARENA_LEADERS];
    struct arena_snake top[ARENA_LEADERS]; /* best first */
    uint32_t count;
    uint32_t better[ARENA_RANKED_SCORES]; /* by score: how many had more */
};

/* Find out, in one go over the living. All zero: nobody was counted yet. */
void arena_leaders_count(struct arena_leaders *leaders, const struct arena_world *world);
/* Let them be seen. */
void arena_leaders_show(struct arena_leaders *leaders, struct ouro_state *state,
                        const struct arena_roster *roster);
/* Nobody leads, and nobody is seen to. */
void arena_leaders_hide(struct arena_leaders *leaders, struct ouro_state *state);
/* From 1: the place of such a score when it was last counted. */
uint32_t arena_leaders_rank(const struct arena_leaders *leaders, uint32_t score);

#endif
