/* SPDX-License-Identifier: MIT */
/* The watchdog: who keeps the loop for too long is told about while it still does. */
#include "scene.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define LIMIT_NS OURO_MS(20)
/* The longest that a test waits for the watchdog: machines may be slow. */
#define PATIENCE_NS OURO_SEC(10)

/* What the hook was told, last. */
struct told {
    _Atomic int times;
    char task[64], place[64], backtrace[4096];
    uint64_t number;
    int64_t ns;
};

static void keep(char *to, size_t bytes, const char *from)
{
    snprintf(to, bytes, "%s", from ? from : "(none)");
}

/* On a busy machine, other steps than those that mean to may take too long. */
static bool is_meant(const struct ouro_long_step *step)
{
    return strstr(step->backtrace, "keep_") || strstr(step->backtrace, "does not take");
}

static void hook(const struct ouro_long_step *step, void *ud)
{
    struct told *told = ud;
    if (!is_meant(step))
        return;
    keep(told->task, sizeof told->task, step->task);
    keep(told->place, sizeof told->place, step->place);
    keep(told->backtrace, sizeof told->backtrace, step->backtrace);
    told->number = step->number;
    told->ns = step->ns;
    told->times++;
}

static void start_with(struct told *told, int64_t limit_ns, int signo)
{
    struct ouro_watchdog_options options = {
        .limit_ns = limit_ns, .signo = signo, .hook = hook, .ud = told};
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), &options), 0);
}

static void assert_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no \"%s\" in:\n%s", part, text);
}

/* Keeps the thread until the hook has been called: what it is told, it is told meanwhile. */
__attribute__((noinline)) static int keep_the_loop(struct told *told)
{
    int64_t give_up = ouro_now() + PATIENCE_NS;
    int before = told->times;
    while (told->times == before && ouro_now() < give_up)
        usleep(1000);
    return told->times > before ? 0 : -ETIMEDOUT;
}

static int hog(void *told)
{
    volatile int rc = keep_the_loop(told);
    return rc;
}

/* As above, and how it ended. */
static int run_hog(struct told *told)
{
    return status_of(started_at("hog.c:3", hog, told));
}

/* As above, and another, should a busy machine not have let the thread answer in time. */
static int run_answering_hog(struct told *told)
{
    int rc = 0;
    do {
        rc = run_hog(told);
    } while (rc == 0 && strstr(told->backtrace, "does not take"));
    return rc;
}

/* Keeps the thread for that long, whatever the watchdog says. */
static int keep_for(void *arg)
{
    int64_t until = ouro_now() + *(const int64_t *)arg;
    while (ouro_now() < until)
        usleep(1000);
    return 0;
}

REAL_TEST(a_long_step_is_told_while_it_runs)
{
    struct told told = {.times = 0};
    start_with(&told, LIMIT_NS, 0);
    ck_assert_int_eq(run_answering_hog(&told), 0);
    ck_assert_str_eq(told.task, "test");
    ck_assert_str_eq(told.place, "hog.c:3");
    ck_assert_uint_ge(told.number, 2);
    ck_assert_int_ge(told.ns, LIMIT_NS);
    assert_has(told.backtrace, "    keep_the_loop  test_runtime_watchdog+0x");
    assert_has(told.backtrace, "    hog  test_runtime_watchdog+0x");
    ck_assert_uint_ge(ouro_loop_stats(ouro_loop_self()).long_steps, 1);
    ouro_watchdog_stop(ouro_loop_self());
    return 0;
}

static void keep_it(void *told)
{
    ck_assert_int_eq(keep_the_loop(told), 0);
}

REAL_TEST(so_is_a_callback_that_does_not_return)
{
    struct told told = {.times = 0};
    struct call_later call;
    start_with(&told, LIMIT_NS, 0);
    call_at(&call, ouro_now(), keep_it, &told);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(told.times, 1);
    ck_assert_str_eq(told.task, "(none)");
    ck_assert_uint_eq(told.number, 0);
    assert_has(told.backtrace, "    keep_it  test_runtime_watchdog+0x");
    return 0; /* the end of the loop stops the watchdog */
}

REAL_TEST(who_sleeps_or_yields_is_left_alone)
{
    struct told told = {.times = 0};
    start_with(&told, OURO_MS(500), 0);
    int64_t until = ouro_after(OURO_MS(1200));
    ouro_sleep_until(until - OURO_MS(400)); /* longer than the limit */
    while (ouro_now() < until)
        ouro_yield();
    ck_assert_int_eq(told.times, 0);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).long_steps, 0);
    return 0;
}

static int no_op(void *unused)
{
    (void)unused;
    return 0;
}

TEST(between_runs_the_thread_is_not_the_loops)
{
    struct told told = {.times = 0};
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    start_with(&told, LIMIT_NS, 0);
    ck_assert_int_eq(ouro_loop_run(loop, no_op, NULL), 0);
    keep_for(&(int64_t){5 * LIMIT_NS});
    ck_assert_int_eq(ouro_loop_run(loop, no_op, NULL), 0);
    ck_assert_uint_eq(ouro_loop_stats(loop).long_steps, 0);
    ck_assert_int_eq(told.times, 0);
    ouro_loop_free(loop);
}

REAL_TEST(one_step_is_told_once_and_others_are_counted)
{
    struct told told = {.times = 0};
    int64_t limit_ns = OURO_MS(100), long_ns = 3 * limit_ns;
    start_with(&told, limit_ns, 0);
    ck_assert_int_eq(status_of(started(keep_for, &long_ns)), 0);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(status_of(started(keep_for, &long_ns)), 0); /* too soon to be told as well */
    ck_assert_int_eq(told.times, 1);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).long_steps, 2);
    return 0;
}

REAL_TEST(who_stays_longer_than_the_quiet_after_another_is_told_then)
{
    struct told told = {.times = 0};
    start_with(&told, LIMIT_NS, 0);
    ck_assert_int_eq(run_hog(&told), 0);
    int64_t start = ouro_now();
    ck_assert_int_eq(run_hog(&told), 0);
    ck_assert_int_ge(ouro_now() - start, OURO_WATCHDOG_QUIET_NS - OURO_MS(100));
    ck_assert_int_ge(told.ns, OURO_WATCHDOG_QUIET_NS - OURO_MS(200));
    return 0;
}

static void *run_in_thread(void *arg)
{
    ouro_task_fn *fn;
    memcpy(&fn, arg, sizeof fn);
    return ouro_run_at(fn, NULL, "thread", OURO_HERE) == 0 ? arg : NULL;
}

static int watch_and_hog(void *unused)
{
    (void)unused;
    struct told told = {.times = 0};
    start_with(&told, LIMIT_NS, 0);
    int rc = run_answering_hog(&told);
    assert_has(told.backtrace, "    keep_the_loop  ");
    ouro_watchdog_stop(ouro_loop_self());
    return rc;
}

/* Each asks its own thread, with the same signal. */
TEST(loops_in_several_threads_have_a_watchdog_each)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    ouro_task_fn *fn = watch_and_hog;
    struct sigaction after;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_in_thread, &fn), 0);
    for (int i = 0; i < THREADS; i++) {
        void *ended;
        ck_assert_int_eq(pthread_join(threads[i], &ended), 0);
        ck_assert_ptr_eq(ended, &fn);
    }
    sigaction(SIGURG, NULL, &after);
    ck_assert(after.sa_handler == SIG_DFL);
}

REAL_TEST(any_signal_will_do)
{
    struct told told = {.times = 0};
    start_with(&told, LIMIT_NS, SIGRTMIN + 3);
    ck_assert_int_eq(run_answering_hog(&told), 0);
    assert_has(told.backtrace, "    keep_the_loop  ");
    return 0;
}

static void hog_with_blocked(int signo)
{
    struct told told = {.times = 0};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, signo);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    start_with(&told, LIMIT_NS, signo);
    ck_assert_int_eq(run_hog(&told), 0);
    ck_assert_str_eq(told.task, "(none)");
    assert_has(told.backtrace, "does not take the signal");
    ouro_watchdog_stop(ouro_loop_self());
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

REAL_TEST(a_thread_that_blocks_the_signal_is_told_without_a_backtrace)
{
    hog_with_blocked(SIGURG);
    return 0;
}

REAL_TEST(and_is_not_killed_by_it_later)
{
    hog_with_blocked(SIGRTMIN + 3); /* which ends a process that does nothing about it */
    return 0;
}

/* --- the program's own use of the signal ------------------------------------------------------ */

static _Atomic int came, came_with_info;

static void count(int signo)
{
    came += signo == SIGURG;
}

static void count_with_info(int signo, siginfo_t *info, void *context)
{
    came_with_info += signo == SIGURG && info && context;
}

REAL_TEST(others_signals_are_passed_on_and_their_handler_comes_back)
{
    struct told told = {.times = 0};
    struct sigaction theirs = {.sa_handler = count}, after;
    sigaction(SIGURG, &theirs, NULL);
    start_with(&told, LIMIT_NS, 0);
    raise(SIGURG);
    ck_assert_int_eq(came, 1);
    ck_assert_int_eq(run_hog(&told), 0);
    ck_assert_int_eq(came, 1); /* the watchdog's own is not theirs */
    ouro_watchdog_stop(ouro_loop_self());
    sigaction(SIGURG, NULL, &after);
    ck_assert(after.sa_handler == count);
    raise(SIGURG);
    ck_assert_int_eq(came, 2);
    return 0;
}

REAL_TEST(with_all_that_belongs_to_them)
{
    struct told told = {.times = 0};
    struct sigaction theirs = {.sa_sigaction = count_with_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGURG, &theirs, NULL);
    start_with(&told, LIMIT_NS, 0);
    raise(SIGURG);
    ck_assert_int_eq(came_with_info, 1);
    return 0;
}

/* --- starting and stopping -------------------------------------------------------------------- */

REAL_TEST(a_loop_has_one_watchdog_and_can_change_it)
{
    struct ouro_loop *loop = ouro_loop_self();
    struct told told = {.times = 0};
    start_with(&told, OURO_SEC(1), 0);
    ck_assert_int_eq(ouro_watchdog_start(loop, NULL), -EBUSY);
    ouro_watchdog_stop(loop);
    ouro_watchdog_stop(loop);
    start_with(&told, LIMIT_NS, 0);
    ck_assert_int_eq(run_hog(&told), 0);
    return 0;
}

REAL_TEST(some_signals_can_not_be_used)
{
    struct ouro_watchdog_options options = {.signo = SIGKILL};
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), &options), -EINVAL);
    options.signo = -1;
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), &options), -EINVAL);
    options.signo = 1000;
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), &options), -EINVAL);
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), NULL), 0);
    return 0;
}

SIM_TEST(in_a_simulation_it_sleeps)
{
    struct told told = {.times = 0};
    start_with(&told, LIMIT_NS, 0);
    usleep((useconds_t)(4 * LIMIT_NS / 1000));
    ck_assert_int_eq(told.times, 0);
    ouro_watchdog_stop(ouro_loop_self());
    return 0;
}

/* --- the default hook ------------------------------------------------------------------------- */

static struct told logged;

static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    size_t len = strlen(logged.backtrace);
    if (level == OURO_LOG_WARN)
        snprintf(logged.backtrace + len, sizeof logged.backtrace - len, "%s\n", line);
    logged.times += strstr(line, "    keep_the_loop  ") != NULL;
}

REAL_TEST(by_default_it_is_logged)
{
    struct ouro_watchdog_options options = {.limit_ns = LIMIT_NS};
    struct call_later call;
    ouro_log_to(keep_line, NULL);
    ck_assert_int_eq(ouro_watchdog_start(ouro_loop_self(), &options), 0);
    ck_assert_int_eq(status_of(started_at("hog.c:3", hog, &logged)), 0);
    ouro_sleep(OURO_WATCHDOG_QUIET_NS);
    call_at(&call, ouro_now(), keep_it, &logged);
    ouro_sleep(OURO_MS(1));
    ouro_watchdog_stop(ouro_loop_self());
    ouro_log_to(NULL, NULL);
    assert_has(logged.backtrace, "task 2 test (spawned at hog.c:3) has kept the loop for ");
    assert_has(logged.backtrace, "the loop, outside any task, stands still for ");
    assert_has(logged.backtrace, "    keep_the_loop  test_runtime_watchdog+0x");
    return 0;
}
