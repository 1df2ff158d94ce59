/* SPDX-License-Identifier: MIT */
/* What a simulation can be told: to be seen, to be shuffled, to come to an end. */
#include "scene.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the trace -------------------------------------------------------------------------------- */

static int child(void *arg)
{
    (void)arg;
    ouro_yield();
    return ouro_sleep(OURO_MS(1));
}

static void end_a_wait(struct ouro_timer *timer)
{
    (void)timer;
}

static int small_program(void *arg)
{
    struct ouro_event never;
    struct ouro_timer timer = {.fn = end_a_wait};
    struct ouro_task *task;
    (void)arg;
    ouro_event_init(&never);
    expect_ok(ouro_timer_start(&timer, 500));
    expect_ok(ouro_spawn_at(child, NULL, NULL, &task, "child", "some/folder/file.c:12"));
    ck_assert_int_eq(ouro_event_wait(&never, 1000), -ETIMEDOUT);
    ouro_cancel(task);
    ck_assert_int_eq(status_of(task), -ECANCELED);
    return 0;
}

TEST(a_trace_tells_who_did_what_when)
{
    char *trace = trace_of(1, (struct ouro_sim_options){0}, small_program, NULL);
    ck_assert_str_eq(trace, "0 #1 first: spawned at here\n"
                            "0 #1 first: begins\n"
                            "0 #2 child: spawned at file.c:12\n"
                            "0 #1 first: waits for event until 1000\n"
                            "0 #2 child: begins\n"
                            "0 #2 child: yields\n"
                            "0 #2 child: goes on with 0\n"
                            "0 #2 child: waits for sleep until 1000000\n"
                            "500 timer 0 fires\n"
                            "1000 #1 first: goes on with ETIMEDOUT\n"
                            "1000 #1 first: waits for task until 20000001000\n"
                            "1000 #2 child: goes on with ECANCELED\n"
                            "1000 #2 child: ends with ECANCELED\n"
                            "1000 #1 first: goes on with 0\n"
                            "1000 #1 first: ends with 0\n");
    free(trace);
}

static int talk(void *arg)
{
    struct ouro_sim_link link = {.latency_ns = OURO_MS(1)};
    struct ouro_listener *listener;
    struct ouro_stream *client, *server;
    char buf[8];
    (void)arg;
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    expect_ok(ouro_sim_host("10.0.0.7"));
    expect_ok(ouro_listen("10.0.0.1:80", NULL, &listener));
    expect_ok(ouro_connect("10.0.0.1:80", SOON, &client));
    expect_ok(ouro_accept(listener, SOON, &server));
    expect_ok(ouro_write(client, "hello", 5, SOON));
    ck_assert_int_eq(ouro_read(server, buf, sizeof buf, SOON), 5);
    ouro_stream_close(client);
    expect_end(server);
    ouro_stream_close(server);
    ouro_listener_close(listener);
    return 0;
}

static void append_traffic(const char *line, void *buf)
{
    if (strchr(line, '>'))
        append_line(line, buf);
}

TEST(a_trace_tells_what_is_sent_and_what_arrives)
{
    struct ouro_buf trace = {0};
    struct ouro_sim_options options = {.trace = append_traffic, .ud = &trace};
    ck_assert_int_eq(ouro_sim_run(1, &options, talk, NULL), 0);
    ouro_buf_putc(&trace, '\0');
    ck_assert_str_eq(trace.data, "0 10.0.0.7:49152 > 10.0.0.1:80: connects\n"
                                 "2000000 10.0.0.7:49152 > 10.0.0.1:80: connected\n"
                                 "2000000 10.0.0.7:49152 > 10.0.0.1:80: sends 5\n"
                                 "3000000 10.0.0.7:49152 > 10.0.0.1:80: arrives 5\n"
                                 "3000000 10.0.0.7:49152 > 10.0.0.1:80: closes\n"
                                 "4000000 10.0.0.7:49152 > 10.0.0.1:80: the end arrives\n");
    ouro_buf_done(&trace);
}

/* More tasks than a turn has steps, so that turns end in the middle of them. */
static int note_turns(void *arg)
{
    uint64_t *hash = arg;
    for (int i = 0; i < 20; i++) {
        *hash = (*hash ^ (uint64_t)ouro_now() ^ ouro_random()) * UINT64_C(1099511628211);
        expect_ok(i % 3 ? ouro_yield() : ouro_sleep((int64_t)(ouro_random() % 3000)));
    }
    return 0;
}

static int many_turns(void *arg)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < 100; i++)
        expect_ok(ouro_group_spawn(&group, note_turns, arg, NULL, NULL));
    return ouro_group_close(&group);
}

TEST(looking_does_not_change_what_happens)
{
    FOR_ALL_SEEDS (seed, 20) {
        uint64_t unseen = 0, seen = 0;
        ck_assert_int_eq(ouro_sim_run(seed, NULL, many_turns, &unseen), 0);
        free(trace_of(seed, (struct ouro_sim_options){0}, many_turns, &seen));
        ck_assert_uint_eq(unseen, seen);
    }
}

/* --- the order of those that are ready -------------------------------------------------------- */

enum { RUNNERS = 3 };

static struct {
    char order[RUNNERS + 1];
    size_t count;
} arrivals;

static int arrive(void *arg)
{
    arrivals.order[arrivals.count++] = *(const char *)arg;
    return 0;
}

static int race(void *arg)
{
    (void)arg;
    arrivals.count = 0;
    for (const char *name = "abc"; *name; name++)
        spawned(arrive, (void *)(uintptr_t)name);
    return ouro_sleep(1);
}

TEST(unshuffled_who_is_ready_first_goes_on_first)
{
    FOR_ALL_SEEDS (seed, 20) {
        ck_assert_int_eq(ouro_sim_run(seed, NULL, race, NULL), 0);
        ck_assert_str_eq(arrivals.order, "abc");
    }
}

TEST(shuffled_every_order_comes_up)
{
    static const char *const orders[] = {"abc", "acb", "bac", "bca", "cab", "cba"};
    int seen[6] = {0};
    struct ouro_sim_options options = {.shuffle = true};
    for (uint64_t seed = 1; seed <= 600; seed++) {
        ck_assert_int_eq(ouro_sim_run(seed, &options, race, NULL), 0);
        for (int i = 0; i < 6; i++)
            seen[i] += strcmp(arrivals.order, orders[i]) == 0;
    }
    for (int i = 0; i < 6; i++)
        ck_assert_int_gt(seen[i], 60); /* of 100 that are due to it */
}

/* A bug that only shows when the second overtakes the first. */
static struct ouro_queue *mailbox;

static int set_up_late(void *arg)
{
    expect_ok(ouro_queue_init(arg, 1));
    mailbox = arg;
    return 0;
}

static int use_early(void *arg)
{
    *(bool *)arg = mailbox == NULL;
    return 0;
}

static int forgets_to_await(void *arg)
{
    struct ouro_queue queue;
    mailbox = NULL;
    spawned(set_up_late, &queue);
    spawned(use_early, arg);
    expect_ok(ouro_sleep(1));
    ouro_queue_done(&queue);
    return 0;
}

TEST(shuffling_finds_what_the_usual_order_hides)
{
    bool broke = false;
    int found = 0;
    struct ouro_sim_options options = {.shuffle = true};
    ck_assert_int_eq(ouro_sim_run(1, NULL, forgets_to_await, &broke), 0);
    ck_assert(!broke);
    for (uint64_t seed = 1; seed <= 100; seed++, found += broke)
        ck_assert_int_eq(ouro_sim_run(seed, &options, forgets_to_await, &broke), 0);
    ck_assert_int_gt(found, 20);
}

static int busy_until(void *arg)
{
    while (ouro_now() < *(const int64_t *)arg)
        expect_ok(ouro_yield());
    return 0;
}

static int many_busy(void *arg)
{
    int64_t until = OURO_MS(1);
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < *(const int *)arg; i++)
        expect_ok(ouro_group_spawn(&group, busy_until, &until, NULL, NULL));
    return ouro_group_close(&group);
}

TEST(shuffled_nobody_starves_and_nobody_is_lost)
{
    static const int counts[] = {1, 2, 63, 64, 65, 300};
    struct ouro_sim_options options = {.shuffle = true, .time_ns_max = OURO_SEC(1)};
    FOR_ALL_SEEDS (seed, 5) {
        for (int i = 0; i < 6; i++)
            ck_assert_int_eq(ouro_sim_run(seed, &options, many_busy, (void *)(uintptr_t)&counts[i]),
                             0);
    }
}

/* --- time ------------------------------------------------------------------------------------- */

static int a_thousand_turns(void *arg)
{
    for (int i = 0; i < 64 * 1000; i++)
        expect_ok(ouro_yield());
    *(int64_t *)arg = ouro_now();
    return 0;
}

TEST(a_busy_turn_takes_as_long_as_it_is_told_to)
{
    int64_t took;
    struct ouro_sim_options options = {.turn_ns = OURO_MS(3)};
    ck_assert_int_eq(ouro_sim_run(1, NULL, a_thousand_turns, &took), 0);
    ck_assert_int_eq(took, OURO_MS(1));
    ck_assert_int_eq(ouro_sim_run(1, &options, a_thousand_turns, &took), 0);
    ck_assert_int_eq(took, OURO_SEC(3));
}

static void keep_quiet(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)line, (void)ud;
}

static struct {
    int64_t asked_at, cleaned_at;
} ending;

static void clean_up(void *arg)
{
    (void)arg;
    expect_ok(ouro_sleep(OURO_SEC(2)));
    ending.cleaned_at = ouro_now();
}

static int sleep_for_ever(void *arg)
{
    (void)arg;
    int rc = 0;
    expect_ok(ouro_defer(clean_up, NULL));
    while (rc == 0)
        rc = ouro_sleep(OURO_SEC(1));
    ending.asked_at = ouro_now();
    return rc;
}

static int yield_for_ever(void *arg)
{
    int rc = 0;
    (void)arg;
    while (rc == 0)
        rc = ouro_yield();
    ending.asked_at = ouro_now();
    return rc;
}

TEST(a_run_that_takes_too_long_is_ended)
{
    struct ouro_sim_options options = {.time_ns_max = OURO_MS(10500)};
    ouro_log_to(keep_quiet, NULL);
    ck_assert_int_eq(ouro_sim_run(1, &options, sleep_for_ever, NULL), -ETIMEDOUT);
    ck_assert_int_eq(ending.asked_at, OURO_MS(10500));
    ck_assert_int_eq(ending.cleaned_at, OURO_MS(12500));
    options.time_ns_max = OURO_MS(5);
    ck_assert_int_eq(ouro_sim_run(1, &options, yield_for_ever, NULL), -ETIMEDOUT);
    ck_assert_int_eq(ending.asked_at, OURO_MS(5));
}

static int sleep_until_arg(void *arg)
{
    return ouro_sleep_until(*(const int64_t *)arg);
}

TEST(what_ends_in_time_is_not_too_late_and_a_deadlock_stays_one)
{
    int64_t in_time = OURO_SEC(1) - 1, never = OURO_FOREVER;
    struct ouro_sim_options options = {.time_ns_max = OURO_SEC(1)};
    ouro_log_to(keep_quiet, NULL);
    ck_assert_int_eq(ouro_sim_run(1, &options, sleep_until_arg, &in_time), 0);
    ck_assert_int_eq(ouro_sim_run(1, &options, sleep_until_arg, &never), -OURO_EDEADLOCK);
}

static int ignore_everything(void *arg)
{
    while (!arg) {
        struct ouro_scope shield;
        ouro_shield_open(&shield, OURO_FOREVER);
        ouro_sleep(OURO_SEC(1));
        ouro_scope_close(&shield);
    }
    return 0;
}

TEST(who_ignores_the_end_is_stopped_by_force)
{
    struct ouro_sim_options options = {.time_ns_max = OURO_SEC(1)};
    pid_t pid = fork();
    if (pid == 0) {
        ouro_log_to(keep_quiet, NULL);
        ouro_sim_run(1, &options, ignore_everything, NULL);
        _exit(0);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
