/* SPDX-License-Identifier: MIT */
/* Calls from other threads: in order, none lost, none made on a loop that has ended. */
#include "scene.h"

#include "runtime/loop.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 4, POSTS_EACH = 20000 };

struct numbered {
    struct ouro_post post;
    struct poster *poster;
    int number;
};

struct poster {
    pthread_t thread;
    struct ouro_loop *loop;
    int called;   /* on the loop */
    int accepted; /* by the thread */
    int refused;
    struct numbered *posts;
    int64_t pause_us;
};

static int called_in_all;

static void check_order(struct ouro_post *post)
{
    struct numbered *numbered = ouro_container(post, struct numbered, post);
    if (numbered->number != numbered->poster->called || ouro_task_self()) /* once per call: cheap */
        ck_abort_msg("call %d came as number %d", numbered->number, numbered->poster->called);
    numbered->poster->called++;
    called_in_all++;
}

static void *post_all(void *arg)
{
    struct poster *poster = arg;
    for (int i = 0; i < POSTS_EACH; i++) {
        struct numbered *numbered = &poster->posts[i];
        *numbered = (struct numbered){{.fn = check_order}, poster, i};
        int rc = ouro_post(poster->loop, &numbered->post);
        poster->accepted += rc == 0;
        poster->refused += rc == -OURO_ECLOSED;
        if (poster->pause_us && i % 1000 == 0)
            usleep((useconds_t)poster->pause_us); /* the loop goes to sleep */
    }
    ouro_loop_unref(poster->loop);
    return NULL;
}

static void start_posters(struct poster *posters, int64_t pause_us)
{
    for (int i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){.loop = ouro_loop_ref(ouro_loop_self()),
                                     .posts = calloc(POSTS_EACH, sizeof(struct numbered)),
                                     .pause_us = pause_us};
        ck_assert_int_eq(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
}

static void join_posters(struct poster *posters)
{
    for (int i = 0; i < THREADS; i++) {
        pthread_join(posters[i].thread, NULL);
        free(posters[i].posts);
    }
}

static struct poster posters[THREADS];

static void expect_all(void)
{
    join_posters(posters);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(posters[i].accepted, POSTS_EACH);
        ck_assert_int_eq(posters[i].called, POSTS_EACH);
    }
}

REAL_TEST(posts_to_a_loop_that_sleeps_arrive_in_order)
{
    start_posters(posters, 2000);
    while (called_in_all < THREADS * POSTS_EACH)
        ck_assert_int_eq(ouro_sleep(OURO_MS(10)), 0);
    expect_all();
    return 0;
}

REAL_TEST(posts_to_a_loop_that_spins_arrive_in_order)
{
    start_posters(posters, 0);
    while (called_in_all < THREADS * POSTS_EACH)
        ck_assert_int_eq(ouro_yield(), 0);
    expect_all();
    return 0;
}

/* --- a loop that ends --------------------------------------------------------------------- */

static int start_and_leave(void *arg)
{
    (void)arg;
    start_posters(posters, 0);
    return ouro_sleep(OURO_US(300));
}

TEST(posts_to_a_loop_that_ends_are_called_or_refused)
{
    ck_assert_int_eq(ouro_run(start_and_leave, NULL), 0);
    join_posters(posters);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(posters[i].accepted + posters[i].refused, POSTS_EACH);
        ck_assert_int_eq(posters[i].called, posters[i].accepted);
    }
}

static void never(struct ouro_post *post)
{
    (void)post;
    ck_abort_msg("a refused call was made");
}

TEST(a_reference_outlives_the_loop)
{
    struct ouro_loop *loop;
    struct ouro_post post = {.fn = never};
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ck_assert_ptr_eq(ouro_loop_ref(loop), loop);
    int fds_of_the_loop = 2;
    ouro_loop_free(loop);
    for (int i = 0; i < fds_of_the_loop; i++)
        ck_assert_int_eq(ouro_post(loop, &post), -OURO_ECLOSED);
    ouro_loop_stop(loop);
    ck_assert_ptr_null(ouro_loop_unref(loop));
    ck_assert_ptr_null(ouro_loop_unref(NULL));
}

/* --- what posts may do -------------------------------------------------------------------- */

static int note_body(void *arg)
{
    note("%s", (const char *)arg);
    return 0;
}

static void note_done(void *arg)
{
    note("%s", (const char *)arg);
}

static char name_body[] = "body", name_done[] = "done";

static void spawn_late(struct ouro_post *post)
{
    (void)post;
    struct ouro_spawn_options options = {.arg_done = note_done};
    ck_assert_int_eq(ouro_spawn(note_body, name_done, &options, NULL), 0);
    note("spawned");
}

static struct ouro_post late_post = {.fn = spawn_late};

TEST(the_last_posts_of_a_loop_may_spawn)
{
    struct ouro_loop *loop;
    ck_assert_int_eq(ouro_loop_new(&loop), 0);
    ck_assert_int_eq(ouro_post(loop, &late_post), 0);
    ouro_loop_free(loop);
    assert_trace("spawned done"); /* cancelled before its first step */
}

struct repeated {
    struct ouro_post post;
    int left;
};

static void post_again(struct ouro_post *post)
{
    struct repeated *repeated = ouro_container(post, struct repeated, post);
    if (--repeated->left > 0)
        ck_assert_int_eq(ouro_post(ouro_loop_self(), post), 0);
}

REAL_TEST(a_post_may_post_itself_again)
{
    struct repeated repeated = {{.fn = post_again}, 1000};
    struct ouro_task *other = started(note_body, name_body);
    ck_assert_int_eq(ouro_post(ouro_loop_self(), &repeated.post), 0);
    while (repeated.left > 0)
        ck_assert_int_eq(ouro_sleep(OURO_US(10)), 0);
    ck_assert_int_eq(status_of(other), 0);
    return 0;
}

/* --- and deadlocks: who holds a reference can still post ---------------------------------- */

struct awaited {
    struct ouro_post post;
    struct ouro_task *task;
    struct ouro_loop *loop;
};

static void cancel_awaited(struct ouro_post *post)
{
    ouro_cancel(ouro_container(post, struct awaited, post)->task);
}

static void *post_later(void *arg)
{
    struct awaited *awaited = arg;
    while (!atomic_load(&awaited->loop->sleeping))
        sched_yield();
    ck_assert_int_eq(ouro_post(awaited->loop, &awaited->post), 0);
    ouro_loop_unref(awaited->loop);
    return NULL;
}

REAL_TEST(a_loop_that_is_referenced_sleeps_until_the_post_and_is_not_deadlocked)
{
    pthread_t thread;
    struct awaited awaited = {
        {.fn = cancel_awaited}, started(sleep_forever, NULL), ouro_loop_ref(ouro_loop_self())};
    ck_assert_int_eq(pthread_create(&thread, NULL, post_later, &awaited), 0);
    ck_assert_int_eq(status_of(awaited.task), -ECANCELED);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).wakes, 1);
    pthread_join(thread, NULL);
    return 0;
}
