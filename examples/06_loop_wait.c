/* SPDX-License-Identifier: MIT */
/* A game loop that knows no player: it announces its tick, and who wants to hear of it waits for
 * it. A player waits for two things at once, its next key and the next tick, and does whichever
 * comes first. One that leaves takes nothing from the others. */
#include "demo/demo.h"

static struct ouro_condition tick;

static int game_loop(void *arg)
{
    (void)arg;
    int rc = 0;
    while (rc == 0) {
        ouro_condition_notify_all(&tick);
        rc = ouro_sleep(OURO_SEC(1));
    }
    return rc;
}

static void player(struct ouro_ws *ws)
{
    struct ouro_ws_message key;
    struct ouro_case events[] = {
        ouro_on_message(ws, &key),
        ouro_on_condition(&tick),
    };
    for (;;) {
        switch (ouro_select(events, 2, OURO_FOREVER)) {
        case 0:
            if (events[0].result < 0)
                return; /* gone */
            demo_answer(ws, &key);
            break;
        case 1:
            demo_say(ws, "game loop ticks");
            break;
        default:
            return; /* cancelled: the server ends */
        }
    }
}

int main(int argc, char **argv)
{
    ouro_condition_init(&tick);
    return demo_main(argc, argv, game_loop, player);
}
