/* SPDX-License-Identifier: MIT */
/* Same program, same seed, same trace: a program with some of everything, run twice. */
#include "scene.h"

#include <sys/wait.h>
#include <unistd.h>

#define SERVER     "10.0.0.1:80"
#define CLIENTS    12
#define MESSAGES   20
#define RUN_NS_MAX OURO_SEC(600)

/* --- a server that repeats, and counts in another task ---------------------------------------- */

struct world {
    struct ouro_listener *listener;
    struct ouro_queue heard; /* of message lengths */
    struct ouro_event over;
    struct ouro_timer pulse;
    uint64_t bytes, pulses, refusals;
};

static void beat(struct ouro_timer *timer)
{
    struct world *world = ouro_container(timer, struct world, pulse);
    world->pulses++;
    expect_ok(ouro_timer_start(timer, ouro_after(OURO_MS(7))));
}

static int count_what_is_heard(void *arg)
{
    struct world *world = arg;
    void *len;
    for (;;) {
        struct ouro_case cases[] = {
            ouro_on_get(&world->heard, &len),
            ouro_on_event(&world->over),
            ouro_on_time(ouro_after(OURO_MS(50))),
        };
        int rc = ouro_select(cases, 3, OURO_FOREVER);
        if (rc != 0 && rc != 2)
            return rc < 0 ? rc : 0;
        world->bytes += rc == 0 ? (uintptr_t)len : 0;
    }
}

struct visit {
    struct world *world;
    struct ouro_stream *stream;
};

static int repeat(void *arg)
{
    struct visit *visit = arg;
    char buf[4096];
    int rc;
    while ((rc = ouro_read(visit->stream, buf, sizeof buf, ouro_after(OURO_SEC(30)))) > 0) {
        ouro_queue_put(&visit->world->heard, (void *)(uintptr_t)rc, OURO_FOREVER);
        if (ouro_write(visit->stream, buf, (size_t)rc, ouro_after(OURO_SEC(30))) < 0)
            break;
    }
    return 0;
}

static void visit_done(void *arg)
{
    struct visit *visit = arg;
    ouro_stream_close(visit->stream);
    free(visit);
}

static int serve(void *arg)
{
    static const struct ouro_spawn_options options = {.arg_done = visit_done};
    struct world *world = arg;
    struct ouro_group group;
    struct ouro_stream *stream;
    ouro_group_open(&group, OURO_FOREVER);
    while (ouro_accept(world->listener, OURO_FOREVER, &stream) == 0) {
        struct visit *visit = malloc(sizeof *visit);
        *visit = (struct visit){world, stream};
        expect_ok(ouro_group_spawn(&group, repeat, visit, &options, NULL));
    }
    ouro_group_cancel(&group);
    return ouro_group_close(&group);
}

/* --- clients that come and go, and somebody who spoils it ------------------------------------- */

static void chat(struct ouro_stream *stream)
{
    char buf[2000] = {0};
    for (int i = 0; i < MESSAGES; i++) {
        size_t len = 1 + ouro_random() % sizeof buf;
        if (ouro_write(stream, buf, len, ouro_after(OURO_SEC(5))) < 0)
            return;
        if (ouro_read(stream, buf, sizeof buf, ouro_after(OURO_SEC(5))) <= 0)
            return;
        ouro_sleep((int64_t)(ouro_random() % OURO_MS(100)));
        if (ouro_random() % 50 == 0)
            ouro_sim_reset(stream);
    }
}

static int be_client(void *arg)
{
    struct world *world = arg;
    struct ouro_stream *stream;
    char host[32];
    snprintf(host, sizeof host, "10.0.1.%u", (unsigned)(ouro_random() % 250));
    expect_ok(ouro_sim_host(host));
    for (int i = 0; i < 3; i++) {
        if (ouro_connect(SERVER, ouro_after(OURO_SEC(3)), &stream) < 0) {
            world->refusals++;
            continue;
        }
        chat(stream);
        if (ouro_random() % 4 == 0)
            ouro_sim_vanish(stream);
        else
            ouro_stream_close(stream);
    }
    return 0;
}

static int spoil(void *arg)
{
    (void)arg;
    for (int i = 0; i < 5; i++) {
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(2))));
        expect_ok(ouro_sim_partition("10.0.0.1", NULL));
        expect_ok(ouro_sleep((int64_t)(ouro_random() % OURO_SEC(4))));
        expect_ok(ouro_sim_heal("10.0.0.1", NULL));
    }
    return 0;
}

static int everything(void *arg)
{
    static const struct ouro_sim_link link = {.latency_ns = OURO_MS(20),
                                              .jitter_ns = OURO_MS(30),
                                              .bytes_per_second = 100000,
                                              .stall_ppm = 20000,
                                              .stall_ns = OURO_MS(300),
                                              .reset_ppm = 2000};
    struct world *world = arg;
    struct ouro_group group;
    *world = (struct world){.pulse.fn = beat};
    ouro_event_init(&world->over);
    expect_ok(ouro_queue_init(&world->heard, 4));
    expect_ok(ouro_sim_set_link(NULL, NULL, &link));
    expect_ok(ouro_listen(SERVER, NULL, &world->listener));
    expect_ok(ouro_timer_start(&world->pulse, OURO_MS(1)));
    struct ouro_task *server = started(serve, world),
                     *counter = started(count_what_is_heard, world);

    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < CLIENTS; i++)
        expect_ok(ouro_group_spawn(&group, be_client, world, NULL, NULL));
    expect_ok(ouro_group_spawn(&group, spoil, NULL, NULL, NULL));
    expect_ok(ouro_group_close(&group));

    ouro_listener_close(world->listener);
    ouro_event_set(&world->over);
    expect_ok(status_of(server));
    expect_ok(status_of(counter));
    ouro_timer_stop(&world->pulse);
    ouro_queue_done(&world->heard);
    return 0;
}

/* --- the law ---------------------------------------------------------------------------------- */

static const struct ouro_sim_options shuffled = {.shuffle = true, .time_ns_max = RUN_NS_MAX};

TEST(the_same_seed_gives_the_same_trace_byte_for_byte)
{
    FOR_ALL_SEEDS (seed, 20) {
        struct world world;
        char *first = trace_of(seed, shuffled, everything, &world);
        ck_assert_uint_gt(world.bytes, 1000);
        ck_assert_uint_gt(world.pulses, 100);
        char *second = trace_of(seed, shuffled, everything, &world);
        ck_assert_uint_gt(strlen(first), 100000);
        ck_assert(strcmp(first, second) == 0);
        free(first);
        free(second);
    }
}

/* In another process, with other addresses of memory and another environment around it. */
static void write_trace_elsewhere(int fd)
{
    struct world world;
    void *elsewhere = malloc(12345678);
    char *trace = trace_of(7, shuffled, everything, &world);
    for (size_t at = 0, len = strlen(trace); at < len;) {
        ssize_t put = write(fd, trace + at, len - at);
        ck_assert_int_gt(put, 0);
        at += (size_t)put;
    }
    free(trace);
    free(elsewhere);
}

TEST(the_same_seed_gives_the_same_trace_in_another_process)
{
    int fds[2];
    struct world world;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t child = check_fork();
    if (child == 0) {
        write_trace_elsewhere(fds[1]);
        _exit(0);
    }
    close(fds[1]);
    char *trace = trace_of(7, shuffled, everything, &world), got[4096];
    size_t at = 0;
    ssize_t len;
    while ((len = read(fds[0], got, sizeof got)) > 0) {
        ck_assert_mem_eq(trace + at, got, (size_t)len);
        at += (size_t)len;
    }
    ck_assert_uint_eq(at, strlen(trace));
    close(fds[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    free(trace);
}

TEST(another_seed_gives_another_trace)
{
    char *traces[8];
    struct world world;
    for (uint64_t seed = 0; seed < 8; seed++) {
        traces[seed] = trace_of(seed, shuffled, everything, &world);
        for (uint64_t other = 0; other < seed; other++)
            ck_assert(strcmp(traces[seed], traces[other]) != 0);
    }
    for (int i = 0; i < 8; i++)
        free(traces[i]);
}

TEST(unshuffled_the_seed_decides_as_well)
{
    struct world world;
    struct ouro_sim_options options = {.time_ns_max = RUN_NS_MAX};
    char *a = trace_of(1, options, everything, &world),
         *b = trace_of(1, options, everything, &world);
    char *c = trace_of(2, options, everything, &world);
    ck_assert(strcmp(a, b) == 0);
    ck_assert(strcmp(a, c) != 0);
    free(a);
    free(b);
    free(c);
}

/* --- replay ----------------------------------------------------------------------------------- */

TEST(the_environment_says_how_many_seeds_or_which_one)
{
    int count = 0;
    unsetenv("OURO_TEST_SEED");
    setenv("OURO_TEST_SEEDS", "33", 1);
    FOR_ALL_SEEDS (seed, 5)
        count += seed >= 1 && seed <= 33;
    ck_assert_int_eq(count, 33);
    setenv("OURO_TEST_SEED", "4711", 1);
    FOR_ALL_SEEDS (seed, 5) {
        ck_assert_uint_eq(seed, 4711);
        count++;
    }
    ck_assert_int_eq(count, 34);
}

TEST(where_a_test_has_died_is_seen_from_outside)
{
    uint64_t seed = 0;
    test_seeds_init(3);
    pid_t child = check_fork();
    if (child == 0) {
        test_seeds_enter(1);
        FOR_ALL_SEEDS (one, 5)
            _exit((int)one);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(test_seeds_stopped_in(1, &seed));
    ck_assert_int_eq((int)seed, WEXITSTATUS(status));
    ck_assert(!test_seeds_stopped_in(0, &seed));
}
