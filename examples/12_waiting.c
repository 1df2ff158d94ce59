/* SPDX-License-Identifier: MIT */
/* Waiting for tasks: for one, for the first, for all, and not for ever.
 *
 * Three bots think about their moves, all at the same time. Prints: Cid still thinks, Ada has
 * decided, the first is Ada, Bob has decided, Cid has decided, all have decided. */
#include <ouro/sync.h>

#include <stdio.h>

#define BOTS 3

static struct bot {
    const char *name;
    int64_t thinks_ns;
} bots[BOTS] = {
    {"Ada", OURO_MS(300)},
    {"Bob", OURO_MS(600)},
    {"Cid", OURO_MS(900)},
};

static int think(void *arg)
{
    const struct bot *bot = arg;
    int rc = ouro_sleep(bot->thinks_ns);
    if (rc == 0)
        printf("%s has decided\n", bot->name);
    return rc;
}

/* Two results: `rc` is what became of this wait, `status` what became of the bot. A wait that has
 * run out of time does the bot no harm: it goes on thinking. */
static int wait_a_little(struct ouro_task *bot)
{
    int status = 0;
    int rc = ouro_await(bot, ouro_after(OURO_MS(50)), &status);
    if (rc == -ETIMEDOUT)
        puts("Cid still thinks");
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int wait_for_first(struct ouro_task *const *tasks)
{
    int which = ouro_wait(tasks, BOTS, OURO_FIRST_COMPLETED, OURO_FOREVER);
    if (which < 0)
        return which; /* this task was cancelled */
    printf("the first is %s\n", bots[which].name);
    return 0;
}

static int wait_for_all(struct ouro_task *const *tasks)
{
    int status = 0;
    int rc = ouro_gather(tasks, BOTS, ouro_after(OURO_SEC(10)), &status);
    if (rc == 0)
        puts(status == 0 ? "all have decided" : "a bot has failed");
    return rc;
}

static int move(void *arg)
{
    (void)arg;
    struct ouro_task *tasks[BOTS];
    int count = 0, rc = 0;
    while (rc == 0 && count < BOTS) {
        rc = ouro_spawn(think, &bots[count], NULL, &tasks[count]);
        count += rc == 0;
    }
    if (rc == 0)
        rc = wait_a_little(tasks[2]);
    if (rc == 0)
        rc = wait_for_first(tasks);
    if (rc == 0)
        rc = wait_for_all(tasks);
    while (count > 0)
        ouro_task_unref(tasks[--count]);
    return rc;
}

int main(void)
{
    return ouro_run(move, NULL) < 0;
}
