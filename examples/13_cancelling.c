/* SPDX-License-Identifier: MIT */
/* How tasks end before they are through: on request, in time, together; and never in silence.
 *
 * Prints one line about each. */
#include <ouro/runtime.h>

#include <stdio.h>

/* --- on request ------------------------------------------------------------------------------ */

/* Who is cancelled finds out where it waits. From then on every wait returns at once; what has to
 * wait even now, to clean up, is put under a shield, with a time limit of its own. */
static int player(void *arg)
{
    (void)arg;
    int rc = ouro_sleep_until(OURO_FOREVER);
    struct ouro_scope shield;
    ouro_shield_open(&shield, ouro_after(OURO_SEC(1)));
    if (ouro_sleep(OURO_MS(10)) == 0) /* as if it were written to a disk */
        puts("player: the score is saved");
    ouro_scope_close(&shield);
    return rc;
}

static int kick(void)
{
    struct ouro_task *task;
    int rc = ouro_spawn(player, NULL, NULL, &task);
    if (rc < 0)
        return rc;
    rc = ouro_yield(); /* it begins */
    ouro_cancel(task); /* only asks */
    if (rc == 0)
        rc = ouro_await(task, OURO_FOREVER, NULL);
    if (rc == 0 && ouro_task_cancelled(task))
        puts("player: gone, as asked");
    ouro_task_unref(task);
    return rc;
}

/* --- in time --------------------------------------------------------------------------------- */

static int make_moves(int count)
{
    int rc = 0;
    for (int i = 0; i < count && rc == 0; i++)
        rc = ouro_sleep(OURO_MS(20));
    return rc;
}

/* One limit for all the waits inside, however many there are and however deep they are called. None
 * of them has to know of it. */
static int play_against_the_clock(void)
{
    struct ouro_scope limit;
    ouro_scope_open(&limit, ouro_after(OURO_MS(100)));
    int rc = make_moves(1000);
    int late = ouro_scope_close(&limit);
    if (late == -ETIMEDOUT) {
        puts("against the clock: time is up");
        return 0;
    }
    return rc;
}

/* --- together -------------------------------------------------------------------------------- */

static int break_down(void *arg)
{
    (void)arg;
    int rc = ouro_sleep(OURO_MS(10));
    return rc < 0 ? rc : -EIO;
}

/* The first failure cancels the other, and closing waits until both are gone: whatever happens,
 * behind the closing nothing of the match runs. */
static int play_match(void)
{
    struct ouro_group match;
    ouro_group_open(&match, OURO_FOREVER);
    int rc = ouro_group_spawn(&match, player, NULL, NULL, NULL);
    if (rc == 0)
        rc = ouro_group_spawn(&match, break_down, NULL, NULL, NULL);
    int failure = ouro_group_close(&match);
    if (rc == 0 && failure == -EIO)
        printf("match: %s failed with %s, and all have left\n", match.culprit,
               ouro_error_name(failure));
    return rc;
}

/* --- never in silence ------------------------------------------------------------------------ */

static void tell(const struct ouro_failure *failure, void *ud)
{
    (void)ud;
    printf("nobody looked: %s failed with %s\n", failure->task, ouro_error_name(failure->status));
}

/* A task that nobody awaits fails: the loop tells. Without this hook it is a line in the log. */
static int forget_a_task(void)
{
    ouro_loop_on_failure(ouro_loop_self(), tell, NULL);
    int rc = ouro_spawn(break_down, NULL, NULL, NULL);
    return rc < 0 ? rc : ouro_sleep(OURO_MS(50));
}

static int all(void *arg)
{
    (void)arg;
    int rc = kick();
    if (rc == 0)
        rc = play_against_the_clock();
    if (rc == 0)
        rc = play_match();
    if (rc == 0)
        rc = forget_a_task();
    return rc;
}

int main(void)
{
    return ouro_run(all, NULL) < 0;
}
