/* SPDX-License-Identifier: MIT */
/* What a step of the tutorial is: a type of rooms, and a page. serve.c makes a program of the two.
 */
#ifndef TUTORIAL_GAME_H
#define TUTORIAL_GAME_H

#include <ouro/play.h>

extern const struct ouro_room_type game_type;
extern const struct ouro_asset game_page[]; /* made of the step's page/ by embed_files() */

#endif
