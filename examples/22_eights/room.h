/* SPDX-License-Identifier: MIT */
/* The room of a game of Crazy Eights. What goes over the wire, beside what every room has
 * (docs/protocol.md):
 *
 *     request  play {"card": "QH"}, suit {"suit": "H"}, draw, pass, again
 *     state    one "table", two "place"s; see table.c for the fields, and for who sees them
 */
#ifndef EIGHTS_ROOM_H
#define EIGHTS_ROOM_H

#include <ouro/lobby.h>

#define EIGHTS_TURN_NS  OURO_SEC(20) /* for a turn; an eight and its suit are one */
#define EIGHTS_HOLD_NS  OURO_SEC(30) /* who has dropped may come back */
#define EIGHTS_AGAIN_NS OURO_SEC(60) /* to look at the result, and ask for another game */

/* To be registered with a lobby. */
extern const struct ouro_room_type eights_type;

#endif
