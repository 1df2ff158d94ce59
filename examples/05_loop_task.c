/* SPDX-License-Identifier: MIT */
/* A game loop that is managed as a task: the first player starts it, the last one who leaves
 * cancels it at once, and if it fails, that is told loudly. */
#include "demo/demo.h"

#include <stdio.h>

static struct ouro_task *loop; /* NULL: it does not run */
static struct ouro_done_callback loop_done;

static int game_loop(void *arg)
{
    (void)arg;
    puts("game loop started");
    int rc = 0;
    while (rc == 0) {
        demo_say_to_all("game loop passed");
        rc = ouro_sleep(OURO_SEC(2));
    }
    return rc;
}

static int start_loop_if_needed(void);

/* Fail loudly, unless it was cancelled. Between the wish to cancel a task and its end others run:
 * somebody may have come meanwhile, has seen that there is a loop, and needs one now. */
static void on_loop_done(struct ouro_done_callback *self, struct ouro_task *task)
{
    (void)self;
    bool as_wished = ouro_task_cancelled(task);
    if (!as_wished)
        fprintf(stderr, "the game loop failed: %s\n", ouro_error_text(ouro_task_status(task)));
    loop = ouro_task_unref(task);
    if (as_wished && !demo_nobody_there())
        start_loop_if_needed();
}

static int start_loop_if_needed(void)
{
    if (loop)
        return 0;
    int rc = ouro_spawn(game_loop, NULL, NULL, &loop);
    if (rc < 0)
        return rc;
    loop_done.fn = on_loop_done;
    ouro_task_on_done(loop, &loop_done);
    return 0;
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
    if (demo_nobody_there() && loop) {
        puts("stopping the game loop");
        ouro_cancel(loop);
    }
}

int main(int argc, char **argv)
{
    return demo_main(argc, argv, NULL, player);
}
