/* SPDX-License-Identifier: MIT */
/* A film, and the stage that it is played on, tick by tick. */
#ifndef SNAKEPIT_ARENA_PROJECTOR_H
#define SNAKEPIT_ARENA_PROJECTOR_H

#include "server/arena_film.h"
#include "server/arena_news.h"
#include "server/arena_stage.h"

/* All zero, until its film is opened and its stage is made. Stays where it is. */
struct arena_projector {
    struct arena_film film;
    struct arena_stage stage;
    struct arena_news news; /* of those who died since they were taken */
    uint32_t ticks;         /* of the world that the film has, and that were not played yet */
    bool over;              /* the film can't go on */
};

/* A tick of the world, and what was called before it. False: the film has none, so far; or it is
 * over. Waits for the disk. */
bool arena_projector_step(struct arena_projector *projector);
/* To the beginning of a tape. Waits, for the disk too. 0, or a failure: it is over. */
int arena_projector_rewind(struct arena_projector *projector);

#endif
