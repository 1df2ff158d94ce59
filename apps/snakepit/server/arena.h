/* SPDX-License-Identifier: MIT */
/* The arena: thousands of snakes in one world, as a room type of a lobby. docs/arena.md has what
 * its clients see and say. */
#ifndef SNAKEPIT_SERVER_ARENA_H
#define SNAKEPIT_SERVER_ARENA_H

#include "rules/arena.h"

#include "server/arena_library.h"

#include <ouro/offload.h>

#define ARENA_VIEW_WIDTH_MAX  128
#define ARENA_VIEW_HEIGHT_MAX 96

/* Faultless ones; zero means the default in parentheses. Texts live on. */
struct arena_options {
    struct arena_settings rules;
    int64_t tick_ns;
    uint64_t seed;
    uint32_t players_max;  /* in the room, those that watch included */
    uint32_t entities_max; /* that are shown (enough for all there is) */
    uint32_t bots;         /* see struct arena_bots (none) */
    uint32_t bot_processes;
    const char *record; /* the folder of recordings (none are made, and there are none) */
    uint64_t record_bytes_max;
    uint32_t recordings_max; /* in the folder; the oldest are removed (any number) */
    int64_t delay_ns;        /* of who watches live (nobody does) */
};

/* How an arena is doing, for who looks after it. */
struct arena_figures {
    uint32_t living, bots, players;
    uint32_t replays, tapes; /* rooms, and those among them that show a recording */
    uint64_t ticks, late, births, deaths;
    struct ouro_state_stats state; /* of the arena that is played */
};

/* What there is of arenas in a lobby. It outlives that. */
struct arena_house {
    struct arena_options options;
    struct ouro_state_options shown;
    struct arena_figures figures;
    struct arena_library library;
    struct ouro_workers *workers; /* where bots think; NULL: in threads */
    struct arena *live;           /* the arena that is played; NULL: none is */
    struct ouro_link
        cinemas; /* that show tapes, figures.tapes of them, the first that came first */
};

/* Add the room types. 0; as ouro_lobby_add_type() and ouro_workers_new(). arena_close() in any
 * case. */
int arena_open(struct arena_house *house, const struct arena_options *options,
               struct ouro_lobby *lobby);
/* Before ouro_lobby_stop(): nobody is told of recordings any more. From a task. */
void arena_shut(struct arena_house *house);
/* After it. From a task. */
void arena_close(struct arena_house *house);

#endif
