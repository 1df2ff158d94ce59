/* SPDX-License-Identifier: MIT */
/* Streams that are looked at together: nobody is told before the look, and nothing is lost. */
#include "scene.h"

#define PAIRS 300 /* more than one question to the kernel brings */

struct pair {
    struct ouro_stream *ours, *theirs;
    unsigned told; /* how often */
    unsigned edges;
};

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct pair *pair = ud;
    (void)stream;
    pair->told++;
    pair->edges |= edges;
}

static void open_pairs(struct pair *pairs, size_t count)
{
    struct ouro_listener *listener;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){0};
        ck_assert_int_eq(ouro_connect(ouro_listener_address(listener), SOON, &pairs[i].theirs), 0);
        ck_assert_int_eq(ouro_accept(listener, SOON, &pairs[i].ours), 0);
        ouro_stream_watch(pairs[i].ours, on_edge, &pairs[i]);
    }
    ouro_listener_close(listener);
}

static void close_pairs(struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ouro_stream_close(pairs[i].ours);
        ouro_stream_close(pairs[i].theirs);
    }
}

static struct ouro_stream_set *set_of(struct pair *pairs, size_t count, int64_t wait_ns_max)
{
    struct ouro_stream_set *set;
    ck_assert_int_eq(ouro_stream_set_new(wait_ns_max, &set), 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(ouro_stream_set_add(set, pairs[i].ours), 0);
    ouro_stream_set_look(set); /* that they can be written to */
    for (size_t i = 0; i < count; i++)
        pairs[i].told = pairs[i].edges = 0;
    return set;
}

static void say(struct pair *pair)
{
    ck_assert_int_eq(ouro_write(pair->theirs, "x", 1, SOON), 0);
}

static void hear(struct pair *pair)
{
    char buf[8];
    ck_assert_int_eq(ouro_stream_try_read(pair->ours, buf, sizeof buf), 1);
}

REAL_TEST(nobody_is_told_before_the_look_and_everybody_at_it)
{
    static struct pair pairs[PAIRS];
    open_pairs(pairs, PAIRS);
    struct ouro_stream_set *set = set_of(pairs, PAIRS, OURO_SEC(60));
    for (size_t i = 0; i < PAIRS; i++)
        say(&pairs[i]);
    settle();
    for (size_t i = 0; i < PAIRS; i++)
        ck_assert_uint_eq(pairs[i].told, 0);
    ouro_stream_set_look(set);
    for (size_t i = 0; i < PAIRS; i++) {
        ck_assert_uint_eq(pairs[i].told, 1);
        hear(&pairs[i]);
    }
    close_pairs(pairs, PAIRS);
    ouro_stream_set_free(set);
    return 0;
}

REAL_TEST(when_nobody_looks_the_set_does)
{
    struct pair pair;
    open_pairs(&pair, 1);
    struct ouro_stream_set *set = set_of(&pair, 1, OURO_MS(5));
    for (int i = 0; i < 3; i++) { /* again and again */
        pair.told = 0;
        say(&pair);
        while (pair.told == 0)
            ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
        hear(&pair);
    }
    close_pairs(&pair, 1);
    ouro_stream_set_free(set);
    return 0;
}

REAL_TEST(a_set_may_never_look_by_itself)
{
    struct pair pair;
    open_pairs(&pair, 1);
    struct ouro_stream_set *set = set_of(&pair, 1, OURO_FOREVER);
    say(&pair);
    settle();
    ck_assert_uint_eq(pair.told, 0);
    ouro_stream_set_look(set);
    ck_assert_uint_eq(pair.told, 1);
    close_pairs(&pair, 1);
    ouro_stream_set_free(set);
    return 0;
}

/* What lay there before it came into the set, or when it left, is told. */
REAL_TEST(moving_in_and_out_loses_no_edge)
{
    struct pair pair;
    struct ouro_stream_set *set;
    open_pairs(&pair, 1);
    say(&pair);
    settle();
    pair.told = 0;
    ck_assert_int_eq(ouro_stream_set_new(OURO_SEC(60), &set), 0);
    ck_assert_int_eq(ouro_stream_set_add(set, pair.ours), 0);
    ck_assert_int_eq(ouro_stream_set_add(set, pair.ours), 0); /* twice is once */
    ouro_stream_set_look(set);
    ck_assert_uint_eq(pair.told, 1);
    ck_assert_uint_ne(pair.edges & OURO_EDGE_READ, 0);

    say(&pair);
    pair.told = 0;
    ck_assert_int_eq(ouro_stream_set_add(NULL, pair.ours), 0);
    while (pair.told == 0)
        ck_assert_int_eq(ouro_yield(), 0);
    ouro_stream_set_free(set);
    close_pairs(&pair, 1);
    return 0;
}

REAL_TEST(a_set_that_ends_lets_its_streams_go_on)
{
    struct pair pairs[3];
    open_pairs(pairs, 3);
    struct ouro_stream_set *set = set_of(pairs, 3, OURO_SEC(60));
    pairs[1].ours = ouro_stream_close(pairs[1].ours);
    say(&pairs[2]);
    ouro_stream_set_free(set);
    while (pairs[2].told == 0)
        ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_uint_eq(pairs[1].told, 0);
    close_pairs(pairs, 3);
    return 0;
}

static struct pair *victim;

static void on_edge_close_other(struct ouro_stream *stream, unsigned edges, void *ud)
{
    (void)stream, (void)edges, (void)ud;
    victim->ours = ouro_stream_close(victim->ours);
}

/* Both have something at the look; whoever is told first closes the other. */
REAL_TEST(who_is_closed_at_a_look_is_not_told_any_more)
{
    struct pair pairs[2];
    open_pairs(pairs, 2);
    struct ouro_stream_set *set = set_of(pairs, 2, OURO_SEC(60));
    victim = &pairs[1];
    ouro_stream_watch(pairs[0].ours, on_edge_close_other, NULL);
    say(&pairs[0]);
    say(&pairs[1]);
    ouro_stream_set_look(set);
    ck_assert_ptr_null(pairs[1].ours);
    close_pairs(pairs, 2);
    ouro_stream_set_free(set);
    return 0;
}

static int reader(void *arg)
{
    char buf[8];
    return ouro_read(arg, buf, sizeof buf, SOON);
}

REAL_TEST(a_task_that_waits_goes_on_after_the_look)
{
    struct pair pair;
    open_pairs(&pair, 1);
    struct ouro_stream_set *set = set_of(&pair, 1, OURO_SEC(60));
    struct ouro_task *task = started(reader, pair.ours);
    settle();
    say(&pair);
    settle();
    ck_assert(!ouro_task_done(task));
    ouro_stream_set_look(set);
    ck_assert_int_eq(status_of(task), 1);
    close_pairs(&pair, 1);
    ouro_stream_set_free(set);
    return 0;
}

/* --- in memory, and so in a simulation ---------------------------------------------------------
 */

static void pair_in_memory(struct pair *pair)
{
    struct ouro_stream *ends[2];
    *pair = (struct pair){0};
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    pair->ours = ends[0];
    pair->theirs = ends[1];
    ouro_stream_watch(pair->ours, on_edge, pair);
}

SIM_TEST(streams_in_memory_wait_for_the_look)
{
    struct pair pairs[3];
    for (int i = 0; i < 3; i++)
        pair_in_memory(&pairs[i]);
    struct ouro_stream_set *set = set_of(pairs, 3, OURO_SEC(60));
    say(&pairs[0]);
    pairs[1].theirs = ouro_stream_close(pairs[1].theirs);
    settle();
    ck_assert_uint_eq(pairs[0].told + pairs[1].told, 0);
    ouro_stream_set_look(set);
    hear(&pairs[0]);
    ck_assert_uint_ne(pairs[1].edges & OURO_EDGE_HANGUP, 0);
    ouro_stream_set_look(set);
    ck_assert_uint_eq(pairs[0].told, 1);
    ck_assert_uint_eq(pairs[2].told, 0);
    close_pairs(pairs, 3);
    ck_assert_ptr_null(ouro_stream_set_free(set));
    ck_assert_ptr_null(ouro_stream_set_free(NULL));
    return 0;
}

SIM_TEST(streams_in_memory_lose_no_edge_on_their_way_in_and_out)
{
    struct pair pair;
    pair_in_memory(&pair);
    say(&pair);
    struct ouro_stream_set *set = set_of(&pair, 1, OURO_SEC(60));
    hear(&pair); /* it was told at the first look, in there */
    say(&pair);
    ck_assert_int_eq(ouro_stream_set_add(NULL, pair.ours), 0);
    settle();
    ck_assert_uint_eq(pair.told, 1);
    hear(&pair);
    ck_assert_int_eq(ouro_stream_set_add(set, pair.ours), 0);
    say(&pair);
    ouro_stream_set_free(set);
    settle();
    ck_assert_uint_eq(pair.told, 2);
    close_pairs(&pair, 1);
    return 0;
}

SIM_TEST(a_look_at_memory_may_close_another)
{
    struct pair pairs[3];
    for (int i = 0; i < 3; i++)
        pair_in_memory(&pairs[i]);
    struct ouro_stream_set *set = set_of(pairs, 3, OURO_SEC(60));
    victim = &pairs[1];
    ouro_stream_watch(pairs[0].ours, on_edge_close_other, NULL);
    for (int i = 0; i < 3; i++)
        say(&pairs[i]);
    ouro_stream_set_look(set);
    ck_assert_uint_eq(pairs[1].told, 0);
    ck_assert_uint_eq(pairs[2].told, 1);
    close_pairs(pairs, 3);
    ouro_stream_set_free(set);
    return 0;
}

SIM_TEST(when_nobody_looks_the_set_does_at_its_time)
{
    struct pair pair;
    pair_in_memory(&pair);
    struct ouro_stream_set *set = set_of(&pair, 1, OURO_MS(40));
    int64_t start = ouro_now();
    struct ouro_task *task = started(reader, pair.ours);
    settle();
    say(&pair);
    ck_assert_int_eq(status_of(task), 1);
    ck_assert_int_eq(ouro_now() - start, OURO_MS(40));
    close_pairs(&pair, 1);
    ouro_stream_set_free(set);
    return 0;
}
