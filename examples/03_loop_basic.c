/* SPDX-License-Identifier: MIT */
/* A game loop, as simple as can be: it runs from the start to the end of the program, whether or
 * not somebody is there, and says something to everyone every two seconds. */
#include "demo/demo.h"

static int game_loop(void *arg)
{
    (void)arg;
    int rc = 0;
    while (rc == 0) {
        demo_say_to_all("game loop says: tick");
        rc = ouro_sleep(OURO_SEC(2));
    }
    return rc;
}

static void player(struct ouro_ws *ws)
{
    struct demo_seat seat;
    struct ouro_ws_message key;
    demo_sit(&seat, ws);
    while (ouro_ws_recv(ws, OURO_FOREVER, &key) == 0)
        demo_answer(ws, &key);
    demo_stand_up(&seat);
}

int main(int argc, char **argv)
{
    return demo_main(argc, argv, game_loop, player);
}
