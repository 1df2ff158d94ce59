/* SPDX-License-Identifier: MIT */
/* The inside of an arena's room, shared by its files. */
#ifndef SNAKEPIT_ARENA_ROOM_H
#define SNAKEPIT_ARENA_ROOM_H

#include "server/arena.h"
#include "server/arena_bots.h"
#include "server/arena_gaze.h"
#include "server/arena_news.h"
#include "server/arena_recording.h"
#include "server/arena_stage.h"

struct arena {
    struct arena_house *house;
    struct ouro_room *room;
    struct arena_stage stage;
    struct arena_news news;
    struct json_t *told;       /* the last news */
    struct ouro_player **turn; /* who hear them in this tick; room for all */
    struct arena_bots bots;
    struct arena_recording recording;
    struct ouro_ticker ticker;
    uint32_t per_second, news_ticks; /* ticks in a second, and between two news */
};

/* How many ticks are in that time; one at the least. */
static inline uint32_t arena_ticks_in(int64_t ns, int64_t tick_ns)
{
    return ns > tick_ns ? (uint32_t)(ns / tick_ns) : 1;
}

/* A player's own: ouro_player_data(). */
struct arena_player {
    struct arena_entrant *entrant; /* NULL: it watches */
    struct arena_gaze gaze;
};

/* What a client has to know of a world before it sees it: the member "arena" of its welcome. */
struct json_t *arena_describe(const struct arena_settings *rules, int64_t tick_ns, bool replay);

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
/* Where its snake stands among the living, if it has one by now. */
void arena_player_tell_standing(struct arena *arena, struct ouro_player *player);
/* Look where there is something to be seen. Once per tick. */
void arena_player_look(struct arena *arena, struct ouro_player *player);

#endif
