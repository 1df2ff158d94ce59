/* SPDX-License-Identifier: MIT */
/* A game loop in a thread of its own, for what blocks. It may not touch what belongs to the loop of
 * the tasks, so it asks that loop to announce the tick, and waits until that has been done. It ends
 * when the program does. */
#include "demo/demo.h"

#include <semaphore.h>
#include <time.h>

static struct ouro_condition tick;
static sem_t stop; /* posted once, when the thread is to end */

/* On the loop: */
static int announce(void *arg)
{
    (void)arg;
    ouro_condition_notify_all(&tick);
    return 0;
}

/* In the thread: sleep for a second; true when it is time to end. */
static bool told_to_stop(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    return sem_clockwait(&stop, CLOCK_MONOTONIC, &until) == 0;
}

static int game_thread(void *arg)
{
    struct ouro_loop *loop = arg;
    while (!told_to_stop()) {
        struct ouro_future *announced;
        int rc = ouro_submit(loop, announce, NULL, NULL, &announced);
        if (rc < 0)
            return rc;
        ouro_future_wait(announced, ouro_after(OURO_SEC(1)), NULL);
        ouro_future_unref(announced);
    }
    return 0;
}

/* A task that lives as long as the program, beside the thread that it has started. */
static int game_loop(void *arg)
{
    (void)arg;
    struct ouro_pool *pool;
    int rc = ouro_pool_new(&(struct ouro_pool_options){.threads_max = 1, .name = "game"}, &pool);
    if (rc < 0)
        return rc;
    struct ouro_loop *loop = ouro_loop_ref(ouro_loop_self());
    rc = ouro_offload_start(pool, game_thread, loop, NULL);
    if (rc == 0)
        rc = ouro_sleep_until(OURO_FOREVER);
    sem_post(&stop);
    ouro_pool_free(pool); /* waits for the thread */
    ouro_loop_unref(loop);
    return rc;
}

static void player(struct ouro_ws *ws)
{
    struct ouro_ws_message key;
    struct ouro_case events[] = {
        ouro_on_message(ws, &key),
        ouro_on_condition(&tick),
    };
    int which;
    while ((which = ouro_select(events, 2, OURO_FOREVER)) >= 0 && events[which].result >= 0) {
        if (which == 0)
            demo_answer(ws, &key);
        else
            demo_say(ws, "game loop ticks");
    }
}

int main(int argc, char **argv)
{
    sem_init(&stop, 0, 0);
    ouro_condition_init(&tick);
    return demo_main(argc, argv, game_loop, player);
}
