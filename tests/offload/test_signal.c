/* SPDX-License-Identifier: MIT */
#include "ouro/offload.h"
#include "ouro/sync.h"
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static int raise_and_wait(void *arg)
{
    struct ouro_signal *signal;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGTERM, &signal), 0);
    raise(SIGTERM);
    ck_assert_int_eq(ouro_signal_wait(signal, OURO_FOREVER), 1);
    ck_assert_int_eq(ouro_signal_wait(signal, ouro_after(OURO_MS(2))), -ETIMEDOUT);
    raise(SIGTERM);
    raise(SIGTERM);
    ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0); /* what comes while nobody waits is kept */
    ck_assert_int_eq(ouro_signal_wait(signal, OURO_FOREVER), 2);
    ck_assert_ptr_null(ouro_signal_close(signal));
    return 0;
}

TEST(a_signal_is_waited_for)
{
    ck_assert_int_eq(ouro_run(raise_and_wait, NULL), 0);
}

static void *kill_us(void *arg)
{
    (void)arg;
    usleep(5000); /* the loop is most likely asleep by then; if not, the test holds all the same */
    kill(getpid(), SIGUSR1);
    return NULL;
}

static int sleep_until_signal(void *arg)
{
    struct ouro_signal *signal;
    pthread_t thread;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGUSR1, &signal), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, kill_us, NULL), 0);
    /* Nothing else lives: that a signal may come is not a deadlock. */
    ck_assert_int_eq(ouro_signal_wait(signal, OURO_FOREVER), 1);
    pthread_join(thread, NULL);
    ouro_signal_close(signal);
    return 0;
}

TEST(a_signal_wakes_a_loop_that_sleeps)
{
    ck_assert_int_eq(ouro_run(sleep_until_signal, NULL), 0);
}

/* --- the embedding program is left as it was ------------------------------------------------- */

static _Atomic int theirs_called;

static void theirs(int signo)
{
    (void)signo;
    atomic_fetch_add(&theirs_called, 1);
}

static void *handler_now(int signo)
{
    struct sigaction now;
    ck_assert_int_eq(sigaction(signo, NULL, &now), 0);
    return (void *)now.sa_handler;
}

static int borrow_signal(void *arg)
{
    struct ouro_signal *first, *second;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGHUP, &first), 0);
    ck_assert_int_eq(ouro_signal_open(SIGHUP, &second), 0);
    raise(SIGHUP);
    ck_assert_int_eq(ouro_signal_wait(first, OURO_FOREVER), 1);
    ck_assert_int_eq(ouro_signal_wait(second, OURO_FOREVER), 1);
    ck_assert_int_eq(atomic_load(&theirs_called), 0); /* ours stands in for it */
    ouro_signal_close(first);
    raise(SIGHUP);
    ck_assert_int_eq(ouro_signal_wait(second, OURO_FOREVER), 1);
    ouro_signal_close(second);
    return 0;
}

TEST(the_handler_of_the_program_is_put_back)
{
    signal(SIGHUP, theirs);
    ck_assert_int_eq(ouro_run(borrow_signal, NULL), 0);
    ck_assert_ptr_eq(handler_now(SIGHUP), (void *)theirs);
    raise(SIGHUP);
    ck_assert_int_eq(atomic_load(&theirs_called), 1);
}

static int replaced_meanwhile(void *arg)
{
    struct ouro_signal *ours;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGHUP, &ours), 0);
    signal(SIGHUP, theirs);
    ouro_signal_close(ours);
    return 0;
}

TEST(a_handler_that_replaced_ours_stays)
{
    ck_assert_int_eq(ouro_run(replaced_meanwhile, NULL), 0);
    ck_assert_ptr_eq(handler_now(SIGHUP), (void *)theirs);
}

/* --- limits and misuse ----------------------------------------------------------------------- */

static int open_wrong(void *arg)
{
    static const int wrong[] = {0, -1, NSIG, SIGKILL, SIGSTOP, SIGSEGV};
    struct ouro_signal *signals[OURO_SIGNALS_MAX], *none = NULL;
    (void)arg;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(ouro_signal_open(wrong[i], &none), -EINVAL);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < OURO_SIGNALS_MAX; i++)
            ck_assert_int_eq(ouro_signal_open(SIGUSR2, &signals[i]), 0);
        ck_assert_int_eq(ouro_signal_open(SIGUSR2, &none), -OURO_ELIMIT);
        ck_assert_ptr_null(none);
        for (int i = 0; i < OURO_SIGNALS_MAX; i++)
            ouro_signal_close(signals[i]);
    }
    ck_assert_ptr_null(ouro_signal_close(NULL));
    ck_assert_ptr_eq(handler_now(SIGUSR2), (void *)SIG_DFL);
    return 0;
}

TEST(only_what_can_be_heard_and_only_so_many)
{
    ck_assert_int_eq(ouro_run(open_wrong, NULL), 0);
}

static int wait_for_it(void *arg)
{
    return ouro_signal_wait(arg, OURO_FOREVER);
}

static int close_under_waiters(void *arg)
{
    struct ouro_signal *signal;
    struct ouro_task *waiters[2], *cancelled;
    int status;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGUSR1, &signal), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(ouro_spawn(wait_for_it, signal, NULL, &waiters[i]), 0);
    ck_assert_int_eq(ouro_spawn(wait_for_it, signal, NULL, &cancelled), 0);
    ouro_yield();
    ouro_cancel(cancelled);
    raise(SIGUSR1); /* on its way to the loop, and closed before it is there */
    ouro_signal_close(signal);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(ouro_await(waiters[i], OURO_FOREVER, &status), 0);
        ck_assert_int_eq(status, -OURO_ECLOSED);
        ouro_task_unref(waiters[i]);
    }
    ck_assert_int_eq(ouro_await(cancelled, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, -ECANCELED);
    ouro_task_unref(cancelled);
    return 0;
}

TEST(closing_wakes_who_waits)
{
    ck_assert_int_eq(ouro_run(close_under_waiters, NULL), 0);
}

static int tell_all(void *arg)
{
    struct ouro_signal *signal;
    struct ouro_task *waiters[3];
    int status;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGUSR1, &signal), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro_spawn(wait_for_it, signal, NULL, &waiters[i]), 0);
    ouro_yield();
    raise(SIGUSR1);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ouro_await(waiters[i], OURO_FOREVER, &status), 0);
        ck_assert_int_eq(status, 1);
        ouro_task_unref(waiters[i]);
    }
    ouro_signal_close(signal);
    return 0;
}

TEST(all_that_wait_are_told)
{
    ck_assert_int_eq(ouro_run(tell_all, NULL), 0);
}

/* --- a flood, while loops open and close ----------------------------------------------------- */

static _Atomic bool flooding;

static void *flood(void *arg)
{
    (void)arg;
    while (atomic_load(&flooding))
        kill(getpid(), SIGUSR1);
    return NULL;
}

static int open_and_close(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++) {
        struct ouro_signal *signal;
        ck_assert_int_eq(ouro_signal_open(SIGUSR1, &signal), 0);
        if (i % 2)
            ck_assert_int_ge(ouro_signal_wait(signal, OURO_FOREVER), 1);
        ouro_signal_close(signal);
    }
    return 0;
}

static void *loop_thread(void *arg)
{
    return (void *)(intptr_t)ouro_run(open_and_close, arg);
}

TEST(loops_open_and_close_in_a_flood)
{
    pthread_t loops[2], flooder;
    signal(SIGUSR1, SIG_IGN);
    atomic_store(&flooding, true);
    ck_assert_int_eq(pthread_create(&flooder, NULL, flood, NULL), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&loops[i], NULL, loop_thread, NULL), 0);
    for (int i = 0; i < 2; i++) {
        void *status;
        pthread_join(loops[i], &status);
        ck_assert_ptr_null(status);
    }
    atomic_store(&flooding, false);
    pthread_join(flooder, NULL);
    ck_assert_ptr_eq(handler_now(SIGUSR1), (void *)SIG_IGN);
}

/* --- the simulated twin ---------------------------------------------------------------------- */

static int wait_in_simulation(void *arg)
{
    struct ouro_signal *sim;
    (void)arg;
    ck_assert_int_eq(ouro_signal_open(SIGUSR2, &sim), 0);
    ck_assert_ptr_eq(handler_now(SIGUSR2), (void *)SIG_DFL);
    ck_assert_int_eq(ouro_signal_wait(sim, ouro_after(OURO_SEC(3600))), -ETIMEDOUT);
    ouro_signal_close(sim);
    return 0;
}

TEST(in_a_simulation_no_signal_comes)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, wait_in_simulation, NULL), 0);
}

static int signal_in_a_select(void *arg)
{
    (void)arg;
    struct ouro_signal *first, *second;
    ck_assert_int_eq(ouro_signal_open(SIGUSR1, &first), 0);
    ck_assert_int_eq(ouro_signal_open(SIGUSR2, &second), 0);
    struct ouro_case cases[] = {ouro_on_signal(first), ouro_on_signal(second)};
    ck_assert_int_eq(ouro_select(cases, 2, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    raise(SIGUSR2);
    ck_assert_int_eq(ouro_select(cases, 2, OURO_FOREVER), 1);
    ck_assert_int_eq(cases[1].result, 1);
    ouro_signal_close(first);
    ouro_signal_close(second);
    return 0;
}

TEST(signals_are_cases_of_a_select)
{
    ck_assert_int_eq(ouro_run(signal_in_a_select, NULL), 0);
}
