/* SPDX-License-Identifier: MIT */
/* The classic game as a room: what players do goes into the rules, what happens goes to everyone.
 *
 * The life of the room is one function: wait until somebody wants to play, play until nobody lives,
 * and again. It ticks only while somebody plays. */
#ifndef SNAKEPIT_CLASSIC_ROOM_H
#define SNAKEPIT_CLASSIC_ROOM_H

#include "rules/classic.h"
#include "rules/name.h"

#include <ouro/game.h>
#include <ouro/store.h>

/* A player as the game knows it: the head of a session. */
struct classic_player {
    struct ouro_player player;
    char name[NAME_BYTES];
};

/* What a session may put into the room's inbox. */
enum { CLASSIC_JOIN = OURO_INPUT_OWN, CLASSIC_TURN /* value: enum classic_direction */ };

/* The leaderboard in the store. */
#define CLASSIC_BOARD "classic"

struct classic_options {
    struct classic_settings rules;
    int64_t tick_ns;
    uint64_t seed;
    uint32_t players_max;     /* spectators included */
    struct ouro_store *store; /* outlives the game */
    size_t top_max;           /* best scores that are shown */
};

struct classic;

/* Start the game on this loop. 0, -ENOMEM. */
int classic_start(const struct classic_options *options, struct classic **ret_game);
/* The room to enter. */
struct ouro_room *classic_room(struct classic *game);
/* The rhythm of the rounds, and what was counted in all of them. */
const struct ouro_ticker *classic_ticker(const struct classic *game);
/* End the game; every player has left or is released. NULL is fine. From a task. */
struct classic *classic_stop(struct classic *game);

/* How long the message with a whole world may become: what a client's queue must be able to hold.
 */
size_t classic_picture_bytes_max(const struct classic_settings *rules);

#endif
