/* SPDX-License-Identifier: MIT */
/* A game loop that runs only while it is needed: the first player starts it, and it ends by itself
 * when it finds that nobody is there any more. */
#include "demo/demo.h"

#include <stdio.h>

static bool loop_is_running;

static int game_loop(void *arg)
{
    (void)arg;
    puts("game loop started");
    int rc = 0;
    while (rc == 0 && !demo_nobody_there()) {
        demo_say_to_all("game loop says: tick");
        rc = ouro_sleep(OURO_SEC(2));
    }
    loop_is_running = false;
    puts("game loop ended");
    return rc;
}

/* Between the question and the answer nothing else runs: two players never start two loops. */
static int start_loop_if_needed(void)
{
    if (loop_is_running)
        return 0;
    int rc = ouro_spawn(game_loop, NULL, NULL, NULL);
    loop_is_running = rc == 0;
    return rc;
}

static void player(struct ouro_ws *ws)
{
    struct demo_seat seat;
    struct ouro_ws_message key;
    demo_sit(&seat, ws);
    if (start_loop_if_needed() == 0) {
        while (ouro_ws_recv(ws, OURO_FOREVER, &key) == 0)
            demo_answer(ws, &key);
    }
    demo_stand_up(&seat);
}

int main(int argc, char **argv)
{
    return demo_main(argc, argv, NULL, player);
}
