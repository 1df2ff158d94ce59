/* SPDX-License-Identifier: MIT */
/* The end of a play: who takes part in it, and who does not. */
#include "house.h"

static const struct ouro_room_type type = {.name = "test", .body = house_idle, .seats_max = 100};

/* It is told, and that is all: nothing of it is left when the play has gone, whose options it used.
 * A test ends badly with a timer or memory that is. */
SIM_TEST(who_does_not_answer_the_farewell_in_time_is_cut)
{
    struct house house = {0};
    house_open(&house, &type, NULL);
    struct ouro_ws *ws = visit(&house, "test", NULL);
    house_close_within(&house, OURO_MS(100));
    ck_assert_uint_eq(hear_close(ws), OURO_CLOSE_GOING_DOWN);
    ouro_ws_free(ws);
    return 0;
}
