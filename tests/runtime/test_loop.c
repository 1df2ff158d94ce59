/* SPDX-License-Identifier: MIT */
/* Loops in the real world: made, run several times, stopped from elsewhere, ended. */
#include "scene.h"

#include "runtime/wait.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_5 = 5, status_eio = -EIO;

TEST(run_gives_the_status_of_its_task)
{
    ck_assert_int_eq(ouro_run(end_with, &status_5), 5);
    ck_assert_int_eq(ouro_run(end_with, &status_eio), -EIO);
    ck_assert_ptr_null(ouro_loop_self());
}

static int run_another(void *arg)
{
    struct ouro_loop *untouched = arg;
    ck_assert_int_eq(ouro_run(end_with, &status_5), -EBUSY);
    ck_assert_int_eq(ouro_sim_run(1, NULL, end_with, &status_5), -EBUSY);
    ck_assert_int_eq(ouro_loop_new(&untouched), -EBUSY);
    ck_assert_ptr_eq(untouched, arg);
    return 0;
}

TEST(a_thread_has_one_loop)
{
    ck_assert_int_eq(ouro_run(run_another, NULL), 0);
}

TEST(a_loop_that_cannot_be_made_leaves_nothing_behind)
{
    struct rlimit limit, none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    for (rlim_t extra = 0; extra < 2; extra++) { /* no epoll; no eventfd */
        int lowest = dup(0);
        close(lowest);
        none.rlim_cur = (rlim_t)lowest + extra;
        setrlimit(RLIMIT_NOFILE, &none);
        ck_assert_int_eq(ouro_run(end_with, &status_5), -EMFILE);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    ck_assert_ptr_null(ouro_loop_self());
}

/* --- what is left when the first task has ended ------------------------------------------- */

static int note_cancelled(void *arg)
{
    int rc = ouro_sleep_until(OURO_FOREVER);
    note("%s%d", (const char *)arg, rc);
    return rc;
}

static int spawns_when_cancelled(void *arg)
{
    ouro_sleep_until(OURO_FOREVER);
    ouro_spawn(note_cancelled, arg, NULL, NULL); /* and that is cancelled as well */
    note("spawned");
    return 0;
}

static char name_a[] = "a", name_b[] = "b";

static int leave_some(void *arg)
{
    (void)arg;
    ouro_spawn(note_cancelled, name_a, NULL, NULL);
    ouro_spawn(spawns_when_cancelled, name_b, NULL, NULL);
    return ouro_yield();
}

TEST(run_cancels_and_awaits_what_is_left)
{
    ck_assert_int_eq(ouro_run(leave_some, NULL), 0);
    assert_trace("a-125 spawned b-125");
}

static int ended_count;

static int count_end(void *arg)
{
    (void)arg;
    ouro_sleep_until(OURO_FOREVER);
    ended_count++;
    return 0;
}

enum { MANY = 20000 };

static int leave_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < MANY; i++)
        ck_assert(ouro_spawn(count_end, NULL, NULL, NULL) == 0);
    return ouro_yield();
}

TEST(ending_a_loop_takes_time_by_the_task_not_by_its_square)
{
#ifdef __SANITIZE_THREAD__
    return; /* TSan has no room for so many stacks */
#endif
    ck_assert_int_eq(ouro_run(leave_many, NULL), 0);
    ck_assert_int_eq(ended_count, MANY);
}

/* --- explicit loops ----------------------------------------------------------------------- */

static int worker_rounds;

static int worker(void *arg)
{
    (void)arg;
    while (ouro_yield() == 0)
        worker_rounds++;
    return 0;
}

static int start_worker(void *arg)
{
    *(struct ouro_task **)arg = started(worker, NULL);
    return 0;
}

static int yield_ten_times(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        ouro_yield();
    return 10;
}

TEST(tasks_survive_from_run_to_run)
{
    struct ouro_loop *loop;
    struct ouro_task *task;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ck_assert_ptr_eq(ouro_loop_self(), loop);
    ck_assert_int_eq(ouro_loop_run(loop, start_worker, &task), 0);
    ck_assert(!ouro_task_done(task));
    ck_assert_int_eq(ouro_loop_run(loop, yield_ten_times, NULL), 10);
    int after_first = worker_rounds;
    ck_assert_int_ge(after_first, 9);
    ck_assert_int_eq(ouro_loop_run(loop, yield_ten_times, NULL), 10);
    ck_assert_int_gt(worker_rounds, after_first);
    ouro_task_unref(task);
    ck_assert_ptr_null(ouro_loop_free(loop));
    ck_assert_ptr_null(ouro_loop_free(NULL));
}

static int await_forever(void *task)
{
    return ouro_await(task, OURO_FOREVER, NULL);
}

static int start_sleeper(void *arg)
{
    *(struct ouro_task **)arg = started(sleep_forever, NULL);
    return 0;
}

static void swallow(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)line, (void)ud;
}

TEST(a_deadlock_cancels_the_task_of_the_run_not_those_of_earlier_ones)
{
    struct ouro_loop *loop;
    struct ouro_task *sleeper;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ouro_loop_run(loop, start_sleeper, &sleeper);
    ouro_log_to(swallow, NULL);
    ck_assert_int_eq(ouro_loop_run(loop, await_forever, sleeper), -OURO_EDEADLOCK);
    ouro_log_to(NULL, NULL);
    ck_assert(!ouro_task_done(sleeper));
    ck_assert_uint_eq(ouro_loop_stats(loop).tasks, 1);
    ouro_task_unref(sleeper);
    ouro_loop_free(loop);
}

static int stop_after(void *arg)
{
    int rc = ouro_sleep(*(int64_t *)arg);
    ouro_loop_stop(ouro_loop_self());
    return rc;
}

static int spawn_stop_after(void *arg)
{
    return ouro_spawn(stop_after, arg, NULL, NULL);
}

TEST(run_forever_ends_when_stopped_and_can_be_run_again)
{
    struct ouro_loop *loop;
    int64_t two_ms = OURO_MS(2);
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    for (int i = 0; i < 3; i++) {
        int64_t start = ouro_now();
        ouro_loop_run(loop, spawn_stop_after, &two_ms);
        ck_assert_int_eq(ouro_loop_run_forever(loop), 0);
        ck_assert_int_ge(ouro_now() - start, two_ms);
    }
    ouro_loop_stop(loop); /* before it runs: it ends at once */
    ck_assert_int_eq(ouro_loop_run_forever(loop), 0);
    ouro_loop_free(loop);
}

static void *stop_from_thread(void *loop)
{
    usleep(5000);
    ouro_loop_stop(loop);
    ouro_loop_unref(loop);
    return NULL;
}

TEST(another_thread_may_stop_a_loop_that_sleeps)
{
    struct ouro_loop *loop;
    pthread_t thread;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_from_thread, ouro_loop_ref(loop)), 0);
    ck_assert_int_eq(ouro_loop_run_forever(loop), 0);
    pthread_join(thread, NULL);
    ouro_loop_free(loop);
}

static int64_t twenty_ms = OURO_MS(20);

static int sleep_for(void *ns)
{
    return ouro_sleep(*(int64_t *)ns);
}

TEST(a_stop_during_a_bounded_run_is_for_the_next_and_does_not_spin)
{
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ouro_loop_stop(loop);
    ck_assert_int_eq(ouro_loop_run(loop, sleep_for, &twenty_ms), 0);
    ck_assert_uint_lt(ouro_loop_stats(loop).polls, 10);
    ck_assert_int_eq(ouro_loop_run_forever(loop), 0);
    ouro_loop_free(loop);
}

static int64_t slow_ns = OURO_MS(3);

TEST(sleeping_takes_as_long_as_it_says_and_idles_meanwhile)
{
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    int64_t start = ouro_now();
    ck_assert_int_eq(ouro_loop_run(loop, sleep_for, &slow_ns), 0);
    int64_t took = ouro_now() - start;
    struct ouro_loop_stats stats = ouro_loop_stats(loop);
    ck_assert_int_ge(took, slow_ns);
    ck_assert_int_gt(stats.idle_ns, slow_ns / 2);
    ck_assert_int_le(stats.idle_ns, took);
    ck_assert_uint_lt(stats.polls, 5);
    ck_assert_uint_eq(stats.timers, 1);
    ouro_loop_free(loop);
}

/* --- statistics --------------------------------------------------------------------------- */

REAL_TEST(the_counters_count)
{
    struct nap nap = {0, 0};
    struct ouro_loop_stats before = ouro_loop_stats(ouro_loop_self());
    struct ouro_task *task = started(end_after, &nap);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).tasks, 2);
    ck_assert_int_eq(status_of(task), 0);
    struct ouro_loop_stats after = ouro_loop_stats(ouro_loop_self());
    ck_assert_uint_eq(after.spawned, before.spawned + 1);
    ck_assert_uint_eq(after.steps, before.steps + 3); /* start, after the yield, ourselves */
    ck_assert_uint_eq(after.tasks, 1);
    ck_assert_uint_eq(after.stacks_kept, 1);
    ouro_log_to(swallow, NULL);
    ouro_spawn(end_with, &status_eio, NULL, NULL);
    ouro_yield();
    ouro_log_to(NULL, NULL);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).failures, 1);
    return 0;
}

REAL_TEST(chance_in_the_real_world_does_not_repeat)
{
    uint64_t a = ouro_random(), b = ouro_random();
    ck_assert_uint_ne(a, b);
    return 0;
}

/* --- busy tasks --------------------------------------------------------------------------- */

static int busy(void *arg)
{
    while (!*(bool *)arg)
        ouro_yield();
    return 0;
}

REAL_TEST(busy_tasks_do_not_starve_timers)
{
    bool stop = false;
    struct ouro_task *task = started(busy, &stop);
    int64_t start = ouro_now();
    ck_assert_int_eq(ouro_sleep(OURO_MS(5)), 0);
    ck_assert_int_lt(ouro_now() - start, OURO_SEC(5));
    stop = true;
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

/* --- broken promises ---------------------------------------------------------------------- */

static int return_from_open_scope(void *arg)
{
    struct ouro_scope scope;
    (void)arg;
    ouro_scope_open(&scope, OURO_FOREVER);
    return 0;
}

static void run_again(struct ouro_done_callback *self, struct ouro_task *task)
{
    (void)self, (void)task;
    ouro_loop_run(ouro_loop_self(), end_with, &status_5);
}

static int run_in_callback(void *arg)
{
    struct ouro_done_callback callback = {.fn = run_again};
    (void)arg;
    struct ouro_task *task = started(end_with, &status_5);
    ouro_task_on_done(task, &callback);
    return status_of(task);
}

static int await_self(void *arg)
{
    (void)arg;
    return ouro_await(ouro_task_self(), OURO_FOREVER, NULL);
}

/* What a forked child does, and how it ends. */
static int status_of_child(int (*child)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        _exit(child());
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static int run_a_loop_of_its_own(void)
{
    static int status = 7;
    struct nap nap = {OURO_MS(1), 8};
    if (ouro_loop_self() || ouro_task_self() || ouro_run(end_with, &status) != 7)
        return 1;
    return ouro_run(end_after, &nap);
}

static int go_on_as_if_nothing_had_happened(void)
{
    return ouro_yield();
}

REAL_TEST(a_forked_child_has_no_loop_and_leaves_its_parents_alone)
{
    int ends[2];
    char byte;
    struct ouro__io io = {0};
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    ck_assert_int_eq(ouro__io_open(&io, ends[0]), 0);
    int status = status_of_child(run_a_loop_of_its_own);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 8, "status %x", (unsigned)status);
    status = status_of_child(go_on_as_if_nothing_had_happened);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %x",
                  (unsigned)status);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert_int_eq(ouro__io_wait(&io, OURO__READ, ouro_after(OURO_SEC(5))), 0);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    ouro__io_close(&io);
    close(ends[1]);
    return 0;
}

static int return_as_a_forked_child(void *arg)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0)
        return 0;
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
        abort(); /* as its parent expects of all these bodies */
    return 0;
}

static _Atomic(struct ouro_loop *) sleeper;

static void *sleep_until_stopped(void *ret_wakes)
{
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    sleeper = ouro_loop_ref(loop);
    ck_assert_int_eq(ouro_loop_run_forever(loop), 0);
    *(uint64_t *)ret_wakes = ouro_loop_stats(loop).wakes;
    ouro_loop_free(loop);
    return NULL;
}

static int get_the_signal(void)
{
    return raise(SIGUSR1);
}

TEST(a_signal_to_a_forked_child_is_nothing_to_its_parents_loops)
{
    pthread_t thread;
    uint64_t wakes;
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_until_stopped, &wakes), 0);
    while (!sleeper)
        usleep(1000);
    usleep(20000); /* it sleeps; if not yet, there is nothing to see */
    ck_assert_int_eq(status_of_child(get_the_signal), 0);
    usleep(20000);
    ouro_loop_stop(sleeper);
    pthread_join(thread, NULL);
    ck_assert_uint_le(wakes, 1); /* by us */
    sleeper = ouro_loop_unref(sleeper);
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
}

static int touch(void *fd)
{
    ck_assert_int_eq(ouro_yield(), 0);
    return write(*(int *)fd, "x", 1) == 1 ? 0 : -EIO;
}

/* The body returns in a forked child, and another task is ready: it is its parent's. */
static int return_beside_another(void *arg)
{
    int ends[2], status;
    char byte;
    (void)arg;
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    ck_assert_int_eq(ouro_spawn(touch, &ends[1], NULL, NULL), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    pid_t pid = fork();
    if (pid == 0)
        return 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && read(ends[0], &byte, 1) < 0)
        abort();
    return 0;
}

TEST(broken_promises_abort)
{
    static ouro_task_fn *const bodies[] = {return_from_open_scope, run_in_callback, await_self,
                                           return_as_a_forked_child, return_beside_another};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        pid_t child = fork();
        if (child == 0) {
            close(STDERR_FILENO);
            ouro_run(bodies[i], NULL);
            _exit(0);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "body %zu", i);
    }
}
