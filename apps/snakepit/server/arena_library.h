/* SPDX-License-Identifier: MIT */
/* What recordings there are. Looked up in a thread, for whoever asks, as many as ask in one go. */
#ifndef SNAKEPIT_ARENA_LIBRARY_H
#define SNAKEPIT_ARENA_LIBRARY_H

#include <ouro/lobby.h>
#include <ouro/sync.h>

#define ARENA_LISTED_MAX    100 /* the newest */
#define ARENA_QUESTIONS_MAX 64  /* that wait; more are refused */

/* All zero: there is none. Stays where it was opened. */
struct arena_library {
    struct ouro_lobby *lobby;
    const char *folder; /* NULL: nothing is in it */
    struct ouro_task *librarian;
    struct ouro_event asked;
    uint64_t questions[ARENA_QUESTIONS_MAX];
    uint32_t question_count;
};

/* 0, -ENOMEM; arena_library_close() in any case. */
int arena_library_open(struct arena_library *library, struct ouro_lobby *lobby, const char *folder);
/* Before ouro_lobby_stop(). From a task. */
void arena_library_close(struct arena_library *library);
/* The request "recordings": answered here, or later. */
void arena_library_ask(struct arena_library *library, struct ouro_room *room, uint64_t request);

#endif
