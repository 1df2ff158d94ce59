/* SPDX-License-Identifier: MIT */
/* The inside of an arena's room, shared by its files. */
#ifndef SNAKEPIT_ARENA_ROOM_H
#define SNAKEPIT_ARENA_ROOM_H

#include "server/arena.h"
#include "server/arena_news.h"
#include "server/arena_stage.h"

struct arena {
    struct arena_house *house;
    struct ouro_room *room;
    struct arena_stage stage;
    struct arena_news news;
    struct ouro_ticker ticker;
    uint32_t per_second, news_ticks; /* ticks in a second, and between two news */
};

/* A player's own: ouro_player_data(). */
struct arena_player {
    struct arena_entrant *entrant; /* NULL: it watches */
    uint32_t watch;                /* an id, or 0: the first of the leaders */
    uint32_t watching;             /* what it was told to be looking at */
    bool stays;                    /* it died of nobody, and looks at where that was */
    bool told;
    int x, y; /* where it looks */
};

/* arena_player.c: what players say, and what they are told. */

/* An input of a player's. */
void arena_player_input(struct arena *arena, const struct ouro_input *input);
extern const struct arena_stage_ops arena_player_ops;
/* Its snake has died in this tick. */
void arena_player_died(struct arena *arena, const struct arena_death *death);
/* Its look comes in so many steps, ARENA_PREFETCH_STEPS and down to 1: have memory bring it. */
#define ARENA_PREFETCH_STEPS 3
void arena_player_prefetch(const struct arena *arena, const struct ouro_player *player,
                           unsigned steps);
/* Look where there is something to be seen. Once per tick. */
void arena_player_look(struct arena *arena, struct ouro_player *player);

#endif
