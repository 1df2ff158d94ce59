/* SPDX-License-Identifier: MIT */
/* Everybody who has a snake in an arena, or has asked for one, by id. */
#ifndef SNAKEPIT_ARENA_ROSTER_H
#define SNAKEPIT_ARENA_ROSTER_H

#include "server/arena_shown.h"

#define ARENA_NO_SNAKE UINT32_MAX
#define ARENA_NO_BOT   UINT32_MAX

struct arena_entrant {
    struct arena_owner owner;
    struct ouro_player *player; /* NULL: a bot, or it has left */
    bool dead;
    uint32_t bot;     /* its place among the bots, or ARENA_NO_BOT */
    uint64_t request; /* to be answered when it is born */
    uint32_t snake;   /* its number; ARENA_NO_SNAKE: not born yet */
    uint32_t heir;    /* once it is dead: the id of who did it, or 0 */
    uint32_t next;
};

struct arena_roster {
    struct arena_entrant *entrants; /* they stay where they are */
    uint32_t *buckets;
    uint32_t bucket_mask, entrants_max, free;
};

/* 0, -ENOMEM; arena_roster_done() in any case. */
int arena_roster_init(struct arena_roster *roster, uint32_t entrants_max);
void arena_roster_done(struct arena_roster *roster);
/* Nobody is in it. */
void arena_roster_clear(struct arena_roster *roster);
/* Those that are in another of the same size, as nobody's players. It is new. */
void arena_roster_copy(struct arena_roster *roster, const struct arena_roster *from);
/* NULL: there are entrants_max. The id is none that is in it. */
struct arena_entrant *arena_roster_add(struct arena_roster *roster, uint32_t id);
/* NULL: nobody has that id. */
struct arena_entrant *arena_roster_find(const struct arena_roster *roster, uint32_t id);
void arena_roster_remove(struct arena_roster *roster, struct arena_entrant *entrant);

#endif
