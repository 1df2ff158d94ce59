/* SPDX-License-Identifier: MIT */
/* Waiting for several tasks: the first, the first that fails, all. */
#include "../runtime/scene.h"

#include <ouro/sync.h>

enum { TASKS = 3 };
static struct ouro_task *tasks[TASKS];
static struct nap naps[TASKS];

/* Three tasks that end after 1, 2 and 3 ms with these. */
static void begin(int first, int second, int third)
{
    int statuses[TASKS] = {first, second, third};
    for (int i = 0; i < TASKS; i++) {
        naps[i] = (struct nap){OURO_MS(i + 1), statuses[i]};
        tasks[i] = started(end_after, &naps[i]);
    }
}

static void end(void)
{
    for (int i = 0; i < TASKS; i++)
        status_of(tasks[i]);
}

static int wait_for(enum ouro_wait_for what, int64_t deadline)
{
    return ouro_wait(tasks, TASKS, what, deadline);
}

SIM_TEST(the_first_that_completes)
{
    begin(0, -EIO, 0);
    ck_assert_int_eq(wait_for(OURO_FIRST_COMPLETED, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_now(), OURO_MS(1));
    ck_assert(!ouro_task_done(tasks[1]));
    ck_assert_int_eq(wait_for(OURO_FIRST_COMPLETED, 0), 0); /* it still is */
    ck_assert_int_eq(ouro_wait(tasks + 1, 2, OURO_FIRST_COMPLETED, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_task_status(tasks[1]), -EIO);
    end();
    return 0;
}

SIM_TEST(the_first_that_fails)
{
    begin(0, -EIO, -EPIPE);
    ck_assert_int_eq(wait_for(OURO_FIRST_ERROR, OURO_FOREVER), 1);
    ck_assert_int_eq(ouro_now(), OURO_MS(2));
    ck_assert(!ouro_task_done(tasks[2]));
    end();
    ck_assert_int_eq(ouro_now(), OURO_MS(3));
    return 0;
}

SIM_TEST(of_several_that_have_failed_the_first_in_the_array)
{
    begin(0, -EIO, -EPIPE);
    ck_assert_int_eq(ouro_sleep(OURO_MS(5)), 0);
    ck_assert_int_eq(wait_for(OURO_FIRST_ERROR, 0), 1);
    end();
    return 0;
}

SIM_TEST(all_end_and_none_fails)
{
    begin(0, 7, 0);
    ck_assert_int_eq(wait_for(OURO_FIRST_ERROR, OURO_FOREVER), TASKS);
    ck_assert_int_eq(ouro_now(), OURO_MS(3));
    end();
    return 0;
}

SIM_TEST(to_be_cancelled_is_not_to_fail)
{
    begin(0, 0, 0);
    ck_assert_int_eq(ouro_yield(), 0);
    ouro_cancel(tasks[1]);
    ck_assert_int_eq(wait_for(OURO_FIRST_ERROR, OURO_FOREVER), TASKS);
    end();
    return 0;
}

SIM_TEST(all_whatever_becomes_of_them)
{
    begin(-EIO, 0, -EPIPE);
    ck_assert_int_eq(wait_for(OURO_ALL_COMPLETED, OURO_FOREVER), TASKS);
    ck_assert_int_eq(ouro_now(), OURO_MS(3));
    end();
    return 0;
}

SIM_TEST(too_late_the_tasks_run_on)
{
    for (int what = OURO_FIRST_COMPLETED; what <= OURO_ALL_COMPLETED; what++) {
        begin(0, 0, 0);
        int64_t deadline = ouro_after(OURO_US(500));
        ck_assert_int_eq(wait_for(what, deadline), -ETIMEDOUT);
        ck_assert_int_eq(ouro_now(), deadline);
        ck_assert_int_eq(wait_for(OURO_ALL_COMPLETED, OURO_FOREVER), TASKS);
        for (int i = 0; i < TASKS; i++)
            ck_assert_int_eq(status_of(tasks[i]), 0);
    }
    return 0;
}

static int wait_body(void *arg)
{
    return wait_for(*(const enum ouro_wait_for *)arg, OURO_FOREVER);
}

SIM_TEST(cancelled_the_tasks_run_on)
{
    for (enum ouro_wait_for what = OURO_FIRST_COMPLETED; what <= OURO_ALL_COMPLETED; what++) {
        begin(0, 0, 0);
        struct ouro_task *waiter = started(wait_body, &what);
        ck_assert_int_eq(ouro_yield(), 0);
        ouro_cancel(waiter);
        ck_assert_int_eq(status_of(waiter), -ECANCELED);
        for (int i = 0; i < TASKS; i++)
            ck_assert_int_eq(status_of(tasks[i]), 0);
    }
    return 0;
}

SIM_TEST(there_is_no_first_of_none)
{
    for (int what = OURO_FIRST_COMPLETED; what <= OURO_ALL_COMPLETED; what++)
        ck_assert_int_eq(ouro_wait(NULL, 0, what, OURO_FOREVER), 0);
    return 0;
}

SIM_TEST(a_limit_for_the_first_and_none_for_all)
{
    enum { MANY = OURO_WAIT_TASKS_MAX + 1 };
    struct ouro_task *many[MANY];
    int ok = 0;
    for (int i = 0; i < MANY; i++)
        many[i] = started(end_with, &ok);
    ck_assert_int_eq(ouro_wait(many, MANY, OURO_FIRST_ERROR, OURO_FOREVER), -OURO_ELIMIT);
    ck_assert_int_eq(ouro_wait(many, MANY, OURO_ALL_COMPLETED, OURO_FOREVER), MANY);
    ck_assert_int_eq(ouro_wait(many, MANY - 1, OURO_FIRST_ERROR, 0), MANY - 1);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(status_of(many[i]), 0);
    return 0;
}

SIM_TEST(one_task_may_be_awaited_in_every_way_at_once)
{
    enum ouro_wait_for first = OURO_FIRST_COMPLETED, whole = OURO_ALL_COMPLETED;
    begin(5, 0, 0);
    struct ouro_task *waiters[] = {started(wait_body, &first), started(wait_body, &whole)};
    int status = 0;
    ck_assert_int_eq(ouro_await(tasks[0], OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 5);
    ck_assert_int_eq(status_of(waiters[0]), 0);
    ck_assert_int_eq(status_of(waiters[1]), TASKS);
    end();
    return 0;
}

/* --- gather ----------------------------------------------------------------------------------- */

SIM_TEST(gathered_all_have_ended)
{
    int status = 1;
    begin(1, 2, 3);
    ck_assert_int_eq(ouro_gather(tasks, TASKS, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(ouro_now(), OURO_MS(3));
    ck_assert_int_eq(ouro_gather(tasks, TASKS, 0, NULL), 0);
    end();
    return 0;
}

SIM_TEST(gathered_the_first_failure_in_the_array_is_the_status)
{
    int status = 1;
    begin(0, -EPIPE, -EIO);
    ck_assert_int_eq(ouro_gather(tasks, TASKS, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -EPIPE);
    ck_assert_int_eq(ouro_now(), OURO_MS(3)); /* the others were waited for */
    end();
    return 0;
}

SIM_TEST(gathered_too_late_they_are_cancelled)
{
    int status = 1;
    begin(0, 0, 0);
    ck_assert_int_eq(ouro_gather(tasks, TASKS, ouro_after(OURO_US(1500)), &status), -ETIMEDOUT);
    ck_assert_int_eq(status, 1); /* untouched */
    ck_assert_int_eq(status_of(tasks[0]), 0);
    ck_assert_int_eq(status_of(tasks[1]), -ECANCELED);
    ck_assert_int_eq(status_of(tasks[2]), -ECANCELED);
    return 0;
}

static int gather_body(__attribute__((unused)) void *arg)
{
    return ouro_gather(tasks, TASKS, OURO_FOREVER, NULL);
}

SIM_TEST(gathered_by_who_is_cancelled_they_are_cancelled)
{
    begin(0, 0, 0);
    struct ouro_task *gatherer = started(gather_body, NULL);
    ck_assert_int_eq(ouro_yield(), 0);
    ouro_cancel(gatherer);
    ck_assert_int_eq(status_of(gatherer), -ECANCELED);
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(status_of(tasks[i]), -ECANCELED);
    return 0;
}
