/* SPDX-License-Identifier: MIT */
/* Where somebody looks who has no snake: at one, at who killed that, at the first of the leaders;
 * or at one place. */
#ifndef SNAKEPIT_ARENA_GAZE_H
#define SNAKEPIT_ARENA_GAZE_H

#include "server/arena_stage.h"

struct arena_gaze {
    uint32_t watch;    /* an id, or 0: the first of the leaders */
    uint32_t watching; /* what it was told to be looking at */
    bool told;
    bool stays; /* where it is */
    int x, y;
};

/* At the middle of a world, until there is somebody to look at. */
void arena_gaze_begin(struct arena_gaze *gaze, const struct arena_settings *world);
/* The message "watch". */
void arena_gaze_set(struct arena_gaze *gaze, const struct json_t *data);
/* After a tick: find where that is, tell the player whom it follows if it is another, look there.
 */
void arena_gaze_follow(struct arena_gaze *gaze, const struct arena_stage *stage,
                       struct ouro_room *room, struct ouro_player *player);

#endif
