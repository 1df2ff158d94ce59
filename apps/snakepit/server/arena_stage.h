/* SPDX-License-Identifier: MIT */
/* An arena's world and all that is seen of it: what the arena itself and its replays have in
 * common. A tick is
 *
 *      arena_stage_tick()     the rules' step, shown; who died is in `deaths`
 *      ...                    whatever the room has to tell about that
 *      arena_stage_end()      the dead are gone
 *      ouro_state_publish()
 */
#ifndef SNAKEPIT_ARENA_STAGE_H
#define SNAKEPIT_ARENA_STAGE_H

#include "server/arena_leaders.h"
#include "server/arena_notes.h"

#define ARENA_NOTES_MAX 2

struct arena_death {
    struct arena_entrant *entrant; /* until arena_stage_end() */
    enum arena_why why;
    uint32_t by, score, length, kills;
    uint32_t ticks; /* that it lived */
};

/* What a tick brought beside deaths. The entrant of one who found no room is gone afterwards. */
struct arena_stage_ops {
    void (*born)(void *ud, struct arena_entrant *entrant, int x, int y, uint8_t way);
    void (*no_room)(void *ud, struct arena_entrant *entrant);
};

struct arena_stage {
    struct arena_world *world;
    struct ouro_state *state;
    struct arena_shown shown;
    struct arena_roster roster;
    struct arena_leaders leaders;
    struct arena_death *deaths; /* of this tick */
    uint32_t death_count;
    uint32_t tick;          /* of the state: the publish that this tick ends with */
    uint32_t leaders_ticks; /* how often it is found out who leads */
    const struct arena_stage_ops *ops;
    void *ud;
    struct arena_notes *notes[ARENA_NOTES_MAX]; /* where it is written down; NULL: nowhere */
};

/* An empty world; `leaders_ticks` is how often it is found out who leads. Waits: it is made in a
 * thread. 0, -ENOMEM, -ECANCELED; arena_stage_done() in any case. */
int arena_stage_init(struct arena_stage *stage, struct ouro_state *state,
                     const struct arena_settings *settings, uint64_t seed, uint32_t leaders_ticks);
void arena_stage_done(struct arena_stage *stage);
/* Make the world anew, as it was at first: it is empty. Waits, and lets others run. 0; -ECANCELED,
 * and nothing is changed. */
int arena_stage_restart(struct arena_stage *stage, uint64_t seed);
/* What another one shows now, between its ticks; both were made with the same settings, and ours is
 * new. The next publish will be as of `tick`. Once it has what it needs of the other it lets others
 * run, until all of it is shown. */
void arena_stage_copy(struct arena_stage *stage, const struct arena_stage *from, uint32_t tick);

/* Somebody asks for a snake. 0; as arena_join(). */
int arena_stage_join(struct arena_stage *stage, const struct arena_owner *owner,
                     struct arena_entrant **ret_entrant);
/* What it wants. As arena_input(). */
void arena_stage_input(struct arena_stage *stage, const struct arena_entrant *entrant,
                       uint8_t input);
/* It goes, born or not; who was not born is gone now. */
void arena_stage_leave(struct arena_stage *stage, struct arena_entrant *entrant);
/* A step of the world, to be published as of `tick`. */
void arena_stage_tick(struct arena_stage *stage, uint32_t tick);
void arena_stage_end(struct arena_stage *stage);

/* Where to look for who watches `id`. Who has died: on at its heir; nobody any more: at the first
 * of the leaders. False: at nobody, and where it was. */
bool arena_stage_follow(const struct arena_stage *stage, uint32_t *id, int *ret_x, int *ret_y);

#endif
