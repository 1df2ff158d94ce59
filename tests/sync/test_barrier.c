/* SPDX-License-Identifier: MIT */
#include "../runtime/scene.h"

#include <ouro/sync.h>

static struct ouro_barrier barrier;

struct party {
    int64_t deadline;
    int result;
    struct ouro_task *task;
};

static int party_body(void *arg)
{
    struct party *self = arg;
    self->result = ouro_barrier_wait(&barrier, self->deadline);
    return 0;
}

static void begin(struct party *party, int64_t deadline)
{
    party->deadline = deadline;
    party->result = INT32_MIN;
    party->task = started(party_body, party);
    ck_assert_int_eq(ouro_yield(), 0);
}

static int result_of(struct party *party)
{
    ck_assert_int_eq(status_of(party->task), 0);
    return party->result;
}

SIM_TEST(all_pass_when_the_last_has_come_round_after_round)
{
    struct party parties[2];
    ouro_barrier_init(&barrier, 3);
    for (int round = 0; round < 3; round++) {
        begin(&parties[0], OURO_FOREVER);
        begin(&parties[1], OURO_FOREVER);
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
        ck_assert(!ouro_task_done(parties[0].task) && !ouro_task_done(parties[1].task));
        ck_assert_int_eq(ouro_barrier_wait(&barrier, 0), 2); /* nothing to wait for */
        ck_assert_int_eq(result_of(&parties[0]), 0);
        ck_assert_int_eq(result_of(&parties[1]), 1);
    }
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(alone_there_is_nobody_to_wait_for)
{
    ouro_barrier_init(&barrier, 1);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, 0), 0);
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(who_gives_up_has_not_come)
{
    struct party late, cancelled, stays;
    ouro_barrier_init(&barrier, 3);
    begin(&late, ouro_after(OURO_MS(1)));
    begin(&cancelled, OURO_FOREVER);
    begin(&stays, OURO_FOREVER);
    ck_assert_int_eq(result_of(&stays), 2); /* the third */
    ck_assert_int_eq(result_of(&late), 0);
    ck_assert_int_eq(result_of(&cancelled), 1);

    begin(&late, ouro_after(OURO_MS(1)));
    begin(&stays, OURO_FOREVER);
    ck_assert_int_eq(result_of(&late), -ETIMEDOUT);
    begin(&cancelled, OURO_FOREVER);
    ouro_cancel(cancelled.task);
    ck_assert_int_eq(result_of(&cancelled), -ECANCELED);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, 0), -ETIMEDOUT); /* the second, not the fourth */
    begin(&late, OURO_FOREVER);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, 0), 2);
    ck_assert_int_eq(result_of(&stays), 0);
    ck_assert_int_eq(result_of(&late), 1);
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(released_then_cancelled_or_broken_it_has_passed)
{
    struct party first, second;
    ouro_barrier_init(&barrier, 3);
    begin(&first, OURO_FOREVER);
    begin(&second, OURO_FOREVER);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, OURO_FOREVER), 2);
    ouro_cancel(first.task);
    ouro_barrier_break(&barrier);
    ck_assert_int_eq(result_of(&first), 0);
    ck_assert_int_eq(result_of(&second), 1);
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(cancelled_then_complete_it_has_not_passed)
{
    struct party first, second;
    ouro_barrier_init(&barrier, 3);
    begin(&first, OURO_FOREVER);
    begin(&second, OURO_FOREVER);
    ouro_cancel(first.task);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    ck_assert_int_eq(result_of(&first), -ECANCELED);
    ouro_barrier_reset(&barrier);
    ck_assert_int_eq(result_of(&second), -OURO_ECLOSED);
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(a_broken_barrier_lets_nobody_wait_until_it_is_reset)
{
    struct party party;
    ouro_barrier_init(&barrier, 2);
    begin(&party, OURO_FOREVER);
    ouro_barrier_break(&barrier);
    ck_assert_int_eq(result_of(&party), -OURO_ECLOSED);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, OURO_FOREVER), -OURO_ECLOSED);
    ouro_barrier_reset(&barrier);
    begin(&party, OURO_FOREVER);
    ck_assert_int_eq(ouro_barrier_wait(&barrier, OURO_FOREVER), 1);
    ck_assert_int_eq(result_of(&party), 0);
    ouro_barrier_done(&barrier);
    return 0;
}

SIM_TEST(a_reset_sends_away_who_waits_and_begins_anew)
{
    struct party old, new;
    ouro_barrier_init(&barrier, 2);
    begin(&old, OURO_FOREVER);
    ouro_barrier_reset(&barrier);
    begin(&new, OURO_FOREVER); /* in the same turn: it does not meet the old one */
    ck_assert_int_eq(result_of(&old), -OURO_ECLOSED);
    ck_assert(!ouro_task_done(new.task));
    ck_assert_int_eq(ouro_barrier_wait(&barrier, OURO_FOREVER), 1);
    ck_assert_int_eq(result_of(&new), 0);
    ouro_barrier_done(&barrier);
    return 0;
}
