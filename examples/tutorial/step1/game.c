/* SPDX-License-Identifier: MIT */
/* Keep the light, step 1: a room, and nothing in it. */
#include "tutorial/game.h"

static int lantern_room(struct ouro_room *room, void *unused)
{
    struct ouro_input input;
    int rc;
    (void)unused;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        ;
    return rc;
}

const struct ouro_room_type game_type = {
    .name = "lantern",
    .body = lantern_room,
    .seats_max = 12,
};
