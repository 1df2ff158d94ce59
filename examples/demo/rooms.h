/* SPDX-License-Identifier: MIT */
/* The server around rooms of a lobby: what a program with room types needs and has no choice in. */
#ifndef DEMO_ROOMS_H
#define DEMO_ROOMS_H

#include <ouro/play.h>

/* Serve ouro.v1 until SIGTERM. --listen HOST:PORT; the address is printed when it is ready. `add`
 * adds the program's room types, and what else a lobby can be told. For main(). */
int demo_rooms_main(int argc, char **argv, int (*add)(struct ouro_lobby *lobby));
/* The same, with a page that is served, and a chat by these options. */
int demo_rooms_main_with(int argc, char **argv, int (*add)(struct ouro_lobby *lobby),
                         const struct ouro_asset *page, const struct ouro_chat_options *chat);

#endif
