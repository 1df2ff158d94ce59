/* SPDX-License-Identifier: MIT */
/* A game loop whose heavy calculation runs in a process of its own, on another core, with a queue
 * of messages between: the process blocks as it likes, and here a task waits for its results. If it
 * crashes it is started again; it ends when the program does, however that ends. */
#include "demo/demo.h"

#include <stdio.h>
#include <unistd.h>

static struct ouro_condition tick;

/* --- in the worker process ------------------------------------------------------------------- */

static unsigned heavy_calculation(void)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 10000000; i++)
        sum = sum * 31 + i;
    return sum;
}

static int calculate(struct ouro_channel *channel)
{
    struct ouro_buf message = {0};
    int64_t next = ouro_now();
    int rc = 0;
    while (rc == 0) {
        unsigned result = heavy_calculation();
        rc = ouro_channel_write(channel, &result, sizeof result);
        next += OURO_SEC(1);
        if (rc == 0) /* nothing comes, but that the channel is closed is noticed at once */
            rc = ouro_channel_read(channel, next, &message);
        if (rc == -ETIMEDOUT)
            rc = 0;
    }
    ouro_buf_done(&message);
    return 0;
}

static const struct ouro_worker_job jobs[] = {
    {"calculate", .body = calculate},
    {NULL},
};

/* --- in the server --------------------------------------------------------------------------- */

/* Until the worker has ended. */
static int announce_results(struct ouro_worker *worker)
{
    struct ouro_buf result = {0};
    int rc = 0;
    while (rc == 0) {
        rc = ouro_worker_receive(worker, OURO_FOREVER, &result);
        if (rc == 0)
            ouro_condition_notify_all(&tick);
    }
    ouro_buf_done(&result);
    return rc;
}

static int game_loop(void *arg)
{
    (void)arg;
    int rc;
    do {
        struct ouro_worker *worker;
        rc = ouro_worker_start("calculate", &worker);
        if (rc < 0)
            return rc;
        printf("calculating in process %d, serving in %d\n",
               ouro_process_id(ouro_worker_process(worker)), getpid());
        announce_results(worker);
        ouro_worker_free(worker, ouro_after(OURO_SEC(1)));
        rc = ouro_sleep(OURO_SEC(1)); /* it has crashed, or this task was cancelled */
    } while (rc == 0);
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
    ouro_workers_init(argc, argv, jobs); /* a worker does not get past this line */
    ouro_condition_init(&tick);
    return demo_main(argc, argv, game_loop, player);
}
