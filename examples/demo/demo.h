/* SPDX-License-Identifier: MIT */
/* What the six demonstrations of a game loop have in common, so that each can be about its loop:
 * a page at /, a WebSocket at /connect, and one task for each player. */
#ifndef DEMO_H
#define DEMO_H

#include <ouro/offload.h>
#include <ouro/server.h>
#include <ouro/sync.h>

/* The life of a player, in a task of its own, from connecting to leaving. */
typedef void demo_player(struct ouro_ws *ws);

/* Serve until SIGINT or SIGTERM. --listen HOST:PORT; the address is printed when it is ready.
 * `loop` is started as a task, and cancelled at the end; NULL: there is none yet. For main(). */
int demo_main(int argc, char **argv, ouro_task_fn *loop, demo_player *player);
/* The same with a page of its own, and no loop. */
int demo_main_with(int argc, char **argv, const struct ouro_asset *page, demo_player *player);

/* Send a line to a player. */
void demo_say(struct ouro_ws *ws, const char *line);
/* Answer a key: "Pressed key code: 37". */
void demo_answer(struct ouro_ws *ws, const struct ouro_ws_message *key);

/* --- who is there, for loops that speak to all ----------------------------------------------- */

struct demo_seat {
    struct ouro_link link;
    struct ouro_ws *ws;
};

void demo_sit(struct demo_seat *seat, struct ouro_ws *ws);
void demo_stand_up(struct demo_seat *seat);
/* Send a line to everyone: one frame, made once. */
void demo_say_to_all(const char *line);
bool demo_nobody_there(void);

#endif
