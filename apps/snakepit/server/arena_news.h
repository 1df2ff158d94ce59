/* SPDX-License-Identifier: MIT */
/* What everybody in an arena is told now and then: how many there are, where, and who killed whom.
 */
#ifndef SNAKEPIT_ARENA_NEWS_H
#define SNAKEPIT_ARENA_NEWS_H

#include "server/arena_stage.h"

#define ARENA_NEWS_NS  OURO_SEC(2) /* from one to the next */
#define ARENA_MAP_SIDE 32
#define ARENA_FEED_MAX 4

struct arena_kill {
    char by[NAME_BYTES], who[NAME_BYTES]; /* by: "" if it was nobody */
    uint32_t score;
};

struct arena_news {
    struct arena_kill feed[ARENA_FEED_MAX]; /* of the largest, the largest first */
    uint32_t count;
};

/* To be in the next news, if it is large enough. */
void arena_news_death(struct arena_news *news, const struct arena_stage *stage,
                      const struct arena_death *death);
/* The message's data, a new reference or NULL; and a new feed. */
struct json_t *arena_news_take(struct arena_news *news, const struct arena_world *world,
                               uint32_t watching);

#endif
