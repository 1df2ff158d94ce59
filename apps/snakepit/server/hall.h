/* SPDX-License-Identifier: MIT */
/* The hall: where games of rooms are played. Who somebody is, the lobby with its room types, and
 * the way in for ouro.v1 (docs/protocol.md). */
#ifndef SNAKEPIT_HALL_H
#define SNAKEPIT_HALL_H

#include "server/arena.h"
#include "server/settings.h"

#include <ouro/play.h>

/* All zero: it is closed. Stays where it was opened. */
struct hall {
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
    struct ouro_play *play;
    struct arena_house arena;
};

/* 0, or why not; hall_close() in any case. */
int hall_open(struct hall *hall, const struct snakepit_settings *settings);
/* As ouro_play_handle(): -ENOENT: the request is for somebody else. */
int hall_handle(struct hall *hall, struct ouro_http *http, struct ouro_guest *guest);
size_t hall_sessions(const struct hall *hall);
void hall_put_metrics(const struct hall *hall, struct ouro_buf *out);
/* Once nobody comes in any more. Who is in gets until the deadline to go. From a task. */
void hall_close(struct hall *hall, int64_t deadline);

#endif
