/* SPDX-License-Identifier: MIT */
/* The server around rooms of a lobby: what a program with room types needs and has no choice in. */
#ifndef DEMO_ROOMS_H
#define DEMO_ROOMS_H

#include <ouro/play.h>

/* Serve ouro.v1 until SIGTERM. --listen HOST:PORT; the address is printed when it is ready. `add`
 * adds the program's room types, and what else a lobby can be told. For main(). */
int demo_rooms_main(int argc, char **argv, int (*add)(struct ouro_lobby *lobby));

#endif
