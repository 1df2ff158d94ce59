/* SPDX-License-Identifier: MIT */
/* Groups: leaving one leaves nothing running, and says what went wrong first. */
#include "scene.h"

/* What is left of members: they count themselves out at their end, however that comes. */
static int living;

static void count_out(void *arg)
{
    (void)arg;
    living--;
}

static struct ouro_spawn_options counted = {.arg_done = count_out};

#define spawn_counted(group, fn, arg) \
    ck_assert_int_eq((living++, ouro_group_spawn(group, fn, arg, &counted, NULL)), 0)

static struct nap soon = {OURO_MS(1), 0}, later = {OURO_MS(9), 0}, breaks = {OURO_MS(3), -EIO},
                  breaks_too = {OURO_MS(3), -EPIPE};

static int ms(void)
{
    return (int)(ouro_now() / OURO_MS(1));
}

SIM_TEST(close_waits_for_all)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, end_after, &soon);
    spawn_counted(&group, end_after, &later);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(ms(), 9);
    return 0;
}

SIM_TEST(an_empty_group_closes_at_once)
{
    struct ouro_group group;
    ouro_group_open(&group, 0);
    ck_assert_int_eq(ouro_group_close(&group), -ETIMEDOUT);
    ouro_group_open(&group, OURO_FOREVER);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(ms(), 0);
    return 0;
}

SIM_TEST(the_first_failure_cancels_the_rest_and_what_the_owner_waits_for)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, sleep_forever, NULL);
    spawn_counted(&group, end_after, &breaks);
    spawn_counted(&group, end_after, &later);
    ck_assert_int_eq(ouro_sleep_until(OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ms(), 3);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_group_close(&group), -EIO);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(ms(), 3);
    ck_assert_str_eq(group.culprit, "end_after");
    ck_assert_uint_eq(group.failures, 1); /* to be cancelled is no failure */
    ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).failures, 0); /* the group has looked */
    return 0;
}

SIM_TEST(a_failure_during_close_ends_it)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, sleep_forever, NULL);
    spawn_counted(&group, end_after, &breaks);
    ck_assert_int_eq(ouro_group_close(&group), -EIO);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(ms(), 3);
    return 0;
}

SIM_TEST(the_last_member_may_be_the_one_that_fails)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, end_after, &breaks);
    ck_assert_int_eq(ouro_group_close(&group), -EIO);
    ck_assert_int_eq(ouro_yield(), 0);
    return 0;
}

SIM_TEST(of_several_failures_the_first_is_told_and_all_are_counted)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, end_after, &breaks_too); /* armed first, fires first */
    spawn_counted(&group, end_after, &breaks);
    ck_assert_int_eq(ouro_group_close(&group), -EPIPE);
    ck_assert_uint_eq(group.failures, 2);
    return 0;
}

static int fails_when_cancelled(void *arg)
{
    (void)arg;
    ouro_sleep_until(OURO_FOREVER);
    return -EBADMSG;
}

static void note_failures(const struct ouro_group *group)
{
    for (struct ouro_task *task = NULL; (task = ouro_group_failed(group, task));)
        note("%s:%d", ouro_task_name(task), ouro_task_status(task));
}

SIM_TEST(every_failure_can_be_looked_at_in_the_order_in_which_they_came)
{
    struct ouro_group group;
    struct ouro_task *held;
    ouro_group_open(&group, OURO_FOREVER);
    ck_assert_int_eq(ouro_group_spawn(&group, fails_when_cancelled, NULL, NULL, &held), 0);
    spawn_counted(&group, sleep_forever, NULL);
    spawn_counted(&group, end_after, &breaks_too);
    spawn_counted(&group, fails_when_cancelled, NULL);
    spawn_counted(&group, end_after, &soon);
    spawn_counted(&group, end_after, &breaks);
    ck_assert_ptr_null(ouro_group_failed(&group, NULL));
    ck_assert_int_eq(ouro_group_wait(&group), -EPIPE);
    ck_assert_int_eq(living, 0);
    note_failures(&group);
    assert_trace("end_after:-32 end_after:-5 fails_when_cancelled:-74 fails_when_cancelled:-74");
    ck_assert_uint_eq(group.failures, 4);
    ck_assert_int_eq(ouro_group_close(&group), -EPIPE);
    ouro_task_unref(held);
    return 0;
}

/* What the group kept is given back: this would need a thousand stacks, and is told of (see
 * a_reference_that_is_never_given_back_is_told) if one stays. */
SIM_TEST(a_closed_group_keeps_nobody)
{
    for (int i = 0; i < 1000; i++) {
        struct ouro_group group;
        ouro_group_open(&group, OURO_FOREVER);
        spawn_counted(&group, end_after, &breaks);
        spawn_counted(&group, fails_when_cancelled, NULL);
        ck_assert_int_lt(ouro_group_close(&group), 0);
    }
    ck_assert_uint_le(ouro_loop_stats(ouro_loop_self()).stacks_kept, 2);
    return 0;
}

SIM_TEST(who_has_waited_for_all_may_spawn_more)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    for (int round = 1; round <= 3; round++) {
        spawn_counted(&group, end_after, &soon);
        spawn_counted(&group, end_after, &soon);
        ck_assert_int_eq(ouro_group_wait(&group), 0);
        ck_assert_int_eq(living, 0);
    }
    ck_assert_int_eq(ouro_group_close(&group), 0);
    return 0;
}

SIM_TEST(waiting_is_told_what_closing_is_told)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_MS(5));
    spawn_counted(&group, end_after, &later);
    ck_assert_int_eq(ouro_group_wait(&group), -ETIMEDOUT);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(ouro_group_spawn(&group, end_after, &soon, NULL, NULL), -ECANCELED);
    ck_assert_int_eq(ouro_group_close(&group), -ETIMEDOUT);

    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, sleep_forever, NULL);
    ouro_cancel(ouro_task_self());
    ck_assert_int_eq(ouro_group_wait(&group), -ECANCELED);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(ouro_group_close(&group), -ECANCELED);
    return 0;
}

SIM_TEST(failing_at_being_cancelled_is_a_failure)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, fails_when_cancelled, NULL);
    ouro_yield();
    ouro_group_cancel(&group);
    ck_assert_int_eq(ouro_group_close(&group), -EBADMSG);
    return 0;
}

static int says_cancelled(void *arg)
{
    (void)arg;
    return -ECANCELED;
}

SIM_TEST(saying_cancelled_without_being_asked_is_a_failure)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, says_cancelled, NULL);
    ck_assert_int_eq(ouro_group_close(&group), -ECANCELED);
    ck_assert_uint_eq(group.failures, 1);
    return 0;
}

SIM_TEST(a_cancelled_group_closes_with_success_and_takes_no_more)
{
    struct ouro_group group;
    struct ouro_task *untouched = NULL;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, sleep_forever, NULL);
    ouro_group_cancel(&group);
    ck_assert_int_eq(ouro_group_spawn(&group, end_after, &soon, &counted, &untouched), -ECANCELED);
    ck_assert_ptr_null(untouched);
    ck_assert_int_eq(ouro_yield(), 0); /* the owner goes on */
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(living, 0); /* arg_done was not called for what was not taken */
    return 0;
}

SIM_TEST(the_groups_deadline_cancels_and_is_told)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_MS(5));
    spawn_counted(&group, end_after, &soon);
    spawn_counted(&group, end_after, &later);
    ck_assert_int_eq(ouro_group_close(&group), -ETIMEDOUT);
    ck_assert_int_eq(ms(), 5);
    ck_assert_int_eq(living, 0);
    return 0;
}

SIM_TEST(past_its_deadline_a_group_takes_no_more)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_MS(5));
    ck_assert_int_eq(ouro_sleep(OURO_MS(7)), -ECANCELED);
    ck_assert_int_eq(ouro_group_spawn(&group, end_after, &soon, &counted, NULL), -ECANCELED);
    ck_assert_int_eq(ouro_group_close(&group), -ETIMEDOUT);
    return 0;
}

SIM_TEST(a_failure_weighs_more_than_the_deadline)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_MS(5));
    spawn_counted(&group, fails_when_cancelled, NULL);
    ck_assert_int_eq(ouro_group_close(&group), -EBADMSG);
    ck_assert_int_eq(ms(), 5);
    return 0;
}

static int takes_its_time(void *arg)
{
    struct ouro_scope shield;
    ouro_sleep_until(OURO_FOREVER);
    ouro_shield_open(&shield, ouro_after(OURO_SEC(1)));
    ouro_sleep(OURO_MS(4));
    ouro_scope_close(&shield);
    (void)arg;
    return -ECANCELED;
}

static int owner(void *arg)
{
    struct ouro_group group;
    (void)arg;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, takes_its_time, NULL);
    spawn_counted(&group, sleep_forever, NULL);
    int rc = ouro_group_close(&group);
    note("%d@%d living:%d", rc, ms(), living);
    return rc;
}

SIM_TEST(cancelled_while_it_closes_it_still_waits_for_all)
{
    struct ouro_task *task = started(owner, NULL);
    ouro_sleep(OURO_MS(2));
    ouro_cancel(task);
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    assert_trace("-125@6 living:0");
    return 0;
}

struct spawner {
    struct ouro_group *group;
    int generations;
};

static int spawns_the_next(void *arg)
{
    struct spawner *spawner = arg;
    if (spawner->generations-- == 0)
        return 0;
    spawn_counted(spawner->group, spawns_the_next, spawner);
    return ouro_sleep(OURO_MS(1));
}

SIM_TEST(members_may_spawn_members_while_the_group_closes)
{
    struct ouro_group group;
    struct spawner spawner = {&group, 5};
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, spawns_the_next, &spawner);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(spawner.generations, -1);
    return 0;
}

static int spawns_when_told(void *arg)
{
    struct ouro_group *group = arg;
    ouro_sleep_until(OURO_MS(1));
    spawn_counted(group, end_after, &later);
    return 0;
}

/* A stranger spawns after the last member's end, before the owner has taken its next step. */
SIM_TEST(one_spawned_just_after_the_last_has_ended_is_waited_for)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, end_after, &soon);
    struct ouro_task *stranger = started(spawns_when_told, &group);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(ms(), 10);
    ck_assert_int_eq(living, 0);
    ck_assert_int_eq(status_of(stranger), 0);
    return 0;
}

static int cancels_group(void *group)
{
    ouro_group_cancel(group);
    return ouro_yield();
}

SIM_TEST(a_member_may_cancel_its_group)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, sleep_forever, NULL);
    spawn_counted(&group, cancels_group, &group);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_int_eq(living, 0);
    return 0;
}

static int inner_group_fails(void *arg)
{
    struct ouro_group group;
    (void)arg;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, end_after, &breaks);
    spawn_counted(&group, sleep_forever, NULL);
    return ouro_group_close(&group);
}

SIM_TEST(a_failure_travels_up_from_group_to_group)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    spawn_counted(&group, inner_group_fails, NULL);
    spawn_counted(&group, sleep_forever, NULL);
    ck_assert_int_eq(ouro_group_close(&group), -EIO);
    ck_assert_str_eq(group.culprit, "inner_group_fails");
    ck_assert_int_eq(living, 0);
    return 0;
}

SIM_TEST(a_member_can_be_held_and_awaited_as_any_task)
{
    struct ouro_group group;
    struct ouro_task *task;
    struct nap nap = {OURO_MS(2), 8};
    ouro_group_open(&group, OURO_FOREVER);
    ck_assert_int_eq(ouro_group_spawn(&group, end_after, &nap, NULL, &task), 0);
    ck_assert_int_eq(status_of(task), 8);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    return 0;
}
