/* SPDX-License-Identifier: MIT */
/* The bots of an arena: players like any other, but that they sit in the room itself. While
 * somebody is there they see to it that enough snakes live.
 *
 *      tick n      sights of those whose turn it is  --batch-->  a thread, or a worker process
 *      tick n + k  inputs  <-- answers, whenever they come --
 *
 * The tick never waits. The snake of a player who has lost its connection is steered along. */
#ifndef SNAKEPIT_ARENA_BOTS_H
#define SNAKEPIT_ARENA_BOTS_H

#include "server/arena_stage.h"

#include <ouro/offload.h>
#include <ouro/sync.h>

#define ARENA_BOTS_MAX     5000
#define ARENA_THINKERS_MAX 64
#define ARENA_BATCH_MAX    256 /* sights at a time */
#define ARENA_HELPED_MAX   64  /* players that are steered along, in a tick; more take turns */
/* What worker processes are called with: see ouro_worker_job. */
#define ARENA_THINK_JOB "arena_think"
int arena_bots_think(const void *in, size_t len, struct ouro_buf *out);

/* One batch under way, with the task that waits for it. */
struct arena_thinker {
    struct arena_bots *bots;
    struct ouro_task *task;
    struct ouro_event begin;
    bool busy, done;
    uint32_t count;
    uint32_t ids[ARENA_BATCH_MAX];
    struct ouro_buf sights, answers;
};

struct arena_bots {
    struct arena_stage *stage;
    struct ouro_workers *workers; /* NULL: in threads */
    uint32_t wanted;              /* as many snakes are to live */
    struct arena_entrant **all;   /* wanted of them at the most */
    uint32_t count;
    uint32_t turn;   /* whose it is to think */
    uint32_t unseen; /* of this tick: whose turn may still come */
    uint32_t helped[ARENA_HELPED_MAX], helped_count;
    uint32_t away;      /* of this tick: who could be helped */
    uint32_t away_from; /* so many of them are not helped in this one */
    uint32_t lives;     /* of bots so far: each has an id of its own */
    struct arena_thinker *thinkers;
    uint32_t thinker_count;
    bool reported; /* that they can't think */
};

/* `workers`: NULL, or where they think, `thinkers` batches at a time. 0, -ENOMEM; done in any case.
 */
int arena_bots_start(struct arena_bots *bots, struct arena_stage *stage, uint32_t wanted,
                     struct ouro_workers *workers, uint32_t thinkers);
void arena_bots_stop(struct arena_bots *bots);
/* Before the rules' step: what they have thought of is their input; some come, or go. `players`:
 * how many are there. */
void arena_bots_act(struct arena_bots *bots, uint32_t players);
/* After it: they look around, and have until the next one to think. */
void arena_bots_look(struct arena_bots *bots);
/* That player is away: think for it, too. Once per tick, as long as it is. */
void arena_bots_help(struct arena_bots *bots, uint32_t player);
/* Somebody has died, or found no room: perhaps a bot. */
void arena_bots_gone(struct arena_bots *bots, struct arena_entrant *entrant);

#endif
