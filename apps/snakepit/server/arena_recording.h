/* SPDX-License-Identifier: MIT */
/* A recording of an arena, from its beginning: the rules' log on a tape. */
#ifndef SNAKEPIT_ARENA_RECORDING_H
#define SNAKEPIT_ARENA_RECORDING_H

#include "server/arena.h"
#include "server/arena_stage.h"
#include "server/tape.h"

#define ARENA_TAPE_KIND "arena"

/* All zero: nothing is recorded. Stays where it was started. */
struct arena_recording {
    struct arena_stage *stage;
    struct arena_notes notes;
    struct tape *tape;
    uint64_t set_aside; /* bytes, for the last tick and the end */
};

/* The world of the stage was just made. If it can't be, the log has said so. Waits for the disk. */
void arena_recording_start(struct arena_recording *recording, const struct arena_options *options,
                           struct arena_stage *stage);
/* A tick is over. One that can't go on is stopped as soon as that is known. */
void arena_recording_flush(struct arena_recording *recording);
/* Waits for the disk. */
void arena_recording_stop(struct arena_recording *recording);

#endif
