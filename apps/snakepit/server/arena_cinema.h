/* SPDX-License-Identifier: MIT */
/* The room type "arena-replay": an arena is seen again, from a tape, or some time after it was
 * played. docs/arena.md has what its clients see and say. */
#ifndef SNAKEPIT_ARENA_CINEMA_H
#define SNAKEPIT_ARENA_CINEMA_H

#include "server/arena.h"
#include "server/arena_stage.h"

/* That are shown at a time; what is live has a room beside these. When there are so many, and
 * somebody whose household (struct ouro_user) has fewer than another one, also with the new one,
 * wants to see another, the first of those that the one with most has shows no more. So nobody has
 * all of them for long, however many users he is. */
#define ARENA_TAPES_MAX 8
#define ARENA_SPEED_MAX 800

/* 0; as ouro_lobby_add_type(). */
int arena_cinema_add_type(struct arena_house *house, struct ouro_lobby *lobby);

/* What is shown in such a room. */
const struct arena_stage *arena_cinema_stage(const struct ouro_room *room);

#endif
