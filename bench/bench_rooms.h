/* SPDX-License-Identifier: MIT */
/* The parts of bench_rooms. */
#ifndef BENCH_ROOMS_H
#define BENCH_ROOMS_H

#include <stdint.h>
#include <stdio.h>

/** Be a server of a world with moving entities and a view for each client, until killed. */
int rooms_serve(double tick_hz);
/** Per-client views, and the bare loop with as many bytes, in turns. */
int rooms_compare_views(FILE *out, char *self, double seconds, unsigned rounds);
/** What a tick costs, by the number of spectators, without sockets. */
int rooms_curve(FILE *out);
/** Many small rooms of a lobby on one loop, without sockets. */
int rooms_many(FILE *out);

/* --- the world, the same for both ------------------------------------------------------------- */

#define WORLD_SIDE     1000.0
#define WORLD_CELL     100.0
#define WORLD_VIEW     300.0
#define WORLD_ENTITIES 100

struct ouro_state;
struct ouro_view;
struct world;

struct world *world_new(void);
struct world *world_free(struct world *world);
struct ouro_state *world_state(struct world *world);
/** All entities move; publish. */
void world_tick(struct world *world);
/** Look at a place that depends on the number. */
void world_look(struct ouro_view *view, uint32_t number);

#endif
