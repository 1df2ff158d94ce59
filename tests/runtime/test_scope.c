/* SPDX-License-Identifier: MIT */
/* Scopes: deadlines that nest, what closing one says, shields between them. */
#include "scene.h"

static int64_t ms(void)
{
    return ouro_now() / OURO_MS(1);
}

SIM_TEST(a_scope_in_which_nothing_happens_says_zero)
{
    struct ouro_scope scope;
    ouro_scope_open(&scope, ouro_after(OURO_MS(5)));
    ck_assert_int_eq(ouro_sleep(OURO_MS(2)), 0);
    ck_assert_int_eq(ouro_scope_close(&scope), 0);
    ck_assert_int_eq(ouro_sleep(OURO_MS(10)), 0); /* its deadline went with it */
    return 0;
}

SIM_TEST(past_its_deadline_every_wait_inside_is_cancelled_and_none_outside)
{
    struct ouro_scope scope;
    ouro_scope_open(&scope, OURO_MS(5));
    ck_assert_int_eq(ouro_sleep_until(OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ms(), 5);
    ck_assert_int_eq(ouro_sleep(OURO_MS(1)), -ECANCELED);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ms(), 5);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    ck_assert_int_eq(ouro_yield(), 0);
    return 0;
}

SIM_TEST(a_scope_whose_deadline_has_passed_lets_nothing_wait)
{
    struct ouro_scope scope;
    ouro_sleep(OURO_MS(1));
    ouro_scope_open(&scope, OURO_MS(1));
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    return 0;
}

SIM_TEST(what_ended_in_time_is_not_called_late)
{
    struct ouro_scope scope;
    struct nap nap = {OURO_MS(4), 0};
    struct ouro_task *task = started(end_after, &nap);
    ouro_scope_open(&scope, OURO_MS(5));
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, NULL), 0);
    ck_assert_int_eq(ouro_scope_close(&scope), 0);
    ouro_task_unref(task);
    return 0;
}

/* An inner and an outer deadline, either of them earlier. */
static void nested(int64_t outer_ms, int64_t inner_ms, const char *expected)
{
    struct ouro_scope outer, inner;
    int64_t start = ouro_now();
    ouro_scope_open(&outer, start + OURO_MS(outer_ms));
    ouro_scope_open(&inner, start + OURO_MS(inner_ms));
    int rc = ouro_sleep_until(start + OURO_MS(6));
    note("sleep:%d@%d", rc, (int)((ouro_now() - start) / OURO_MS(1)));
    note("inner:%d", ouro_scope_close(&inner));
    rc = ouro_sleep_until(start + OURO_MS(9));
    note("sleep:%d@%d", rc, (int)((ouro_now() - start) / OURO_MS(1)));
    note("outer:%d", ouro_scope_close(&outer));
    ck_assert_int_eq(ouro_yield(), 0);
    assert_trace(expected);
}

SIM_TEST(nested_deadlines_cut_what_they_enclose_in_each_order)
{
    nested(20, 3, "sleep:-125@3 inner:-110 sleep:0@9 outer:0");
    nested(3, 20, "sleep:-125@3 inner:0 sleep:-125@3 outer:-110");
    nested(7, 3, "sleep:-125@3 inner:-110 sleep:-125@7 outer:-110");
    nested(20, 20, "sleep:0@6 inner:0 sleep:0@9 outer:0");
    nested(3, 3, "sleep:-125@3 inner:-110 sleep:-125@3 outer:-110");
    return 0;
}

SIM_TEST(of_two_deadlines_at_the_same_time_the_scopes_counts)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    struct ouro_scope scope;
    ouro_scope_open(&scope, OURO_MS(5));
    ck_assert_int_eq(ouro_await(other, OURO_MS(5), NULL), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    ouro_scope_open(&scope, OURO_MS(9));
    ck_assert_int_eq(ouro_sleep_until(OURO_MS(9)), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    ouro_task_unref(other);
    return 0;
}

static void stand_still_until(void *when)
{
    while (ouro_now() < *(int64_t *)when) {
    }
}

SIM_TEST(a_calls_own_deadline_before_the_scopes_is_only_its_own)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    struct ouro_scope scope;
    ouro_scope_open(&scope, OURO_MS(5));
    ck_assert_int_eq(ouro_await(other, OURO_MS(4), NULL), -ETIMEDOUT);
    ck_assert_int_eq(ouro_scope_close(&scope), 0);
    ouro_task_unref(other);
    return 0;
}

/* A loop that stands still comes to both at once: the call ended by its own. */
REAL_TEST(late_or_not_the_first_of_two_deadlines_counts)
{
    struct ouro_task *other = started(sleep_forever, NULL);
    struct ouro_scope scope;
    int64_t now = ouro_now();
    struct call_later late;
    call_at(&late, now, stand_still_until, &(int64_t){now + OURO_MS(3)});
    ouro_scope_open(&scope, now + OURO_MS(2));
    ck_assert_int_eq(ouro_await(other, now + OURO_MS(1), NULL), -ETIMEDOUT);
    ck_assert_int_eq(ouro_scope_close(&scope), 0);
    ouro_task_unref(other);
    return 0;
}

SIM_TEST(cancelling_a_scope_leaves_the_rest_of_the_task_alone)
{
    struct ouro_scope outer, inner;
    ouro_scope_open(&outer, OURO_FOREVER);
    ouro_scope_open(&inner, OURO_FOREVER);
    ouro_scope_cancel(&inner);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&inner), -ECANCELED);
    ck_assert_int_eq(ouro_yield(), 0);
    ouro_scope_cancel(&outer);
    ouro_scope_open(&inner, OURO_FOREVER);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&inner), 0); /* it was the outer one */
    ck_assert_int_eq(ouro_scope_close(&outer), -ECANCELED);
    ck_assert(!ouro_task_cancelled(ouro_task_self()));
    return 0;
}

static void cancel_scope(void *scope)
{
    ouro_scope_cancel(scope);
}

SIM_TEST(a_scope_can_be_cancelled_from_outside_while_its_task_waits)
{
    struct ouro_scope scope;
    struct call_later call;
    ouro_scope_open(&scope, OURO_MS(9));
    call_at(&call, OURO_MS(4), cancel_scope, &scope);
    ck_assert_int_eq(ouro_sleep_until(OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ms(), 4);
    ck_assert_int_eq(ouro_scope_close(&scope), -ECANCELED);
    return 0;
}

/* Cancelled, then beyond the deadline while a shield inside keeps the task busy; and the other way.
 */
SIM_TEST(closing_tells_what_was_first)
{
    struct ouro_scope scope, shield;
    ouro_scope_open(&scope, OURO_MS(5));
    ouro_scope_cancel(&scope);
    ouro_shield_open(&shield, OURO_FOREVER);
    ck_assert_int_eq(ouro_sleep_until(OURO_MS(6)), 0);
    ouro_scope_close(&shield);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ECANCELED);

    ouro_scope_open(&scope, OURO_MS(6));
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ouro_scope_cancel(&scope);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    return 0;
}

SIM_TEST(a_shield_keeps_the_deadlines_around_it_out)
{
    struct ouro_scope scope, shield, inner;
    ouro_scope_open(&scope, OURO_MS(2));
    ouro_shield_open(&shield, OURO_MS(20));
    ck_assert_int_eq(ouro_sleep_until(OURO_MS(5)), 0);
    ouro_scope_open(&inner, OURO_MS(7));
    ck_assert_int_eq(ouro_sleep_until(OURO_FOREVER), -ECANCELED);
    ck_assert_int_eq(ms(), 7);
    ck_assert_int_eq(ouro_scope_close(&inner), -ETIMEDOUT);
    ck_assert_int_eq(ouro_scope_close(&shield), 0);
    ck_assert_int_eq(ouro_yield(), -ECANCELED);
    ck_assert_int_eq(ouro_scope_close(&scope), -ETIMEDOUT);
    return 0;
}

SIM_TEST(deadlines_saturate)
{
    ck_assert_int_eq(ouro_after(OURO_FOREVER), OURO_FOREVER);
    ck_assert_int_eq(ouro_after(OURO_FOREVER - 1), OURO_FOREVER - 1); /* it is the time 0 */
    ouro_sleep(10);
    ck_assert_int_eq(ouro_after(OURO_FOREVER - 1), OURO_FOREVER);
    ck_assert_int_eq(ouro_after(OURO_FOREVER), OURO_FOREVER);
    ck_assert_int_eq(ouro_after(-4), 6);
    return 0;
}
