/* SPDX-License-Identifier: MIT */
/* A client of the classic game, from its WebSocket to the room and back. Without a task: what it
 * sends is fed here whole, checked, and put into the room's inbox. */
#ifndef SNAKEPIT_SESSION_H
#define SNAKEPIT_SESSION_H

#include "server/classic.h"

#include <ouro/server.h>
#include <ouro/web.h>

/* What clients may do, shared by all sessions. */
struct session_limits {
    uint32_t messages_per_second_max;
    uint32_t bad_messages_max;
    int64_t ping_ns;           /* silence after which a client is asked whether it is there */
    int64_t idle_ns_max;       /* silence after which it is not */
    int64_t new_player_ns_max; /* for its first message */
};

/* All sessions of a server. */
struct sessions {
    struct session_limits limits;
    struct ouro_room *room;
    struct ouro_link all;
    size_t count;
    uint32_t last_id;
    struct ouro_task *sweeper;
    bool closing;
};

/* Start looking after sessions, on this loop. 0, -ENOMEM. */
int sessions_start(struct sessions *sessions, const struct session_limits *limits,
                   struct ouro_room *room);
/* Take a WebSocket in. The session frees it, and releases the guest. 0; else the caller still has
 * both. */
int sessions_add(struct sessions *sessions, struct ouro_ws *ws, struct ouro_guest *guest);
/* Close all with 1001, wait until they have gone, up to a deadline; then cut them. From a task. */
void sessions_stop(struct sessions *sessions, int64_t deadline);

#endif
