/* SPDX-License-Identifier: MIT */
#include "scene.h"

/* --- what is kept ---------------------------------------------------------------------------- */

static int keep_scores(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_str_eq(top(store, "classic"), "");
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 5), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "bob", 9), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "cid", 5), 0);
    ck_assert_int_eq(ouro_board_submit(store, "arena", "ann", -3), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5"); /* at once, from memory */
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);

    store = open_store();
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5");
    ck_assert_str_eq(top(store, "arena"), "ann:-3");
    ck_assert_int_eq(ouro_board_submit(store, "classic", "dan", 5), 0); /* later than all of them */
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 2), 0); /* no better */
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_uint_eq(ouro_store_stats(store).pending, 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE name = 'ann' AND board = 'classic'"),
                     5);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);

    store = open_store();
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5 dan:5");
    struct ouro_score first;
    ck_assert_int_eq(ouro_board_top(store, "classic", &first, 1), 1);
    ck_assert_str_eq(first.name, "bob");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(scores_outlive_the_store)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(keep_scores, NULL), 0);
    ck_assert_int_eq(logged.errors + logged.infos, 0);
    scene_end();
}

static int wal_and_version(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 1, SOON), 0);
    ck_assert_int_eq(ask("PRAGMA user_version"), 3);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 1);
    ck_assert_int_eq(ask("SELECT 1 FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_saved_score_is_in_the_database)
{
    scene_begin();
    snprintf(path, sizeof path, "%s/made/on/demand/scores.db", folder);
    ck_assert_int_eq(ouro_run(wal_and_version, NULL), 0);
    scene_end();
}

static int names(void *arg)
{
    char longest[OURO_SCORE_NAME_BYTES_MAX + 2];
    (void)arg;
    struct ouro_store *store = open_store();
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ck_assert_int_eq(ouro_board_submit(store, "classic", "", 1), -EINVAL);
    ck_assert_int_eq(ouro_board_submit(store, "", "ann", 1), -EINVAL);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "\xff", 1), -EINVAL);
    ck_assert_int_eq(ouro_board_submit(store, "classic", longest, 1), -EINVAL);
    longest[OURO_SCORE_NAME_BYTES_MAX] = '\0';
    ck_assert_int_eq(ouro_board_submit(store, "classic", longest, 1), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "Ren\xc3\xa9'); DROP TABLE x; --", 2), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_store();
    struct ouro_score rows[3];
    ck_assert_int_eq(ouro_board_top(store, "classic", rows, 3), 2);
    ck_assert_str_eq(rows[0].name, "Ren\xc3\xa9'); DROP TABLE x; --");
    ck_assert_str_eq(rows[1].name, longest);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(names_are_text_of_bounded_length)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(names, NULL), 0);
    scene_end();
}

/* More names than memory holds: the database has them all, and ranks them as memory does. */
static int more_than_memory(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    for (int i = 0; i < 3 * OURO_BOARD_TOP_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        ck_assert_int_eq(ouro_board_submit(store, "classic", name, i * 7 % 50), 0);
    }
    char before[OURO_BOARD_TOP_MAX * 100];
    strcpy(before, top(store, "classic"));
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 3 * OURO_BOARD_TOP_MAX);
    store = open_store();
    ck_assert_str_eq(top(store, "classic"), before);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(memory_and_database_rank_alike)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(more_than_memory, NULL), 0);
    scene_end();
}

/* --- cancellation ---------------------------------------------------------------------------- */

static int open_and_close_cancelled(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store(), *none = NULL;
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 3), 0);
    ouro_cancel(ouro_task_self());
    ck_assert_int_eq(ouro_store_flush(store, SOON), -ECANCELED);
    ck_assert_int_eq(ouro_store_open(path, NULL, &none), -ECANCELED);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0); /* all the same */
    return 0;
}

TEST(a_cancelled_task_closes_without_loss)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(open_and_close_cancelled, NULL), 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE name = 'ann'"), 3);
    scene_end();
}

/* --- threads --------------------------------------------------------------------------------- */

#define SUBMITTERS 3
#define EACH       500

static void *submit_many(void *arg)
{
    for (int i = 1; i <= EACH; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i % 50);
        ck_assert_int_eq(ouro_board_submit(arg, "classic", name, i), 0);
        struct ouro_score best;
        ck_assert_int_eq(ouro_board_top(arg, "classic", &best, 1), 1);
        ck_assert_int_ge(best.score, i);
    }
    return NULL;
}

static int many_threads(void *arg)
{
    pthread_t threads[SUBMITTERS];
    (void)arg;
    struct ouro_store *store = open_store();
    for (int i = 0; i < SUBMITTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_many, store), 0);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(any_thread_submits_and_reads)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(many_threads, NULL), 0);
    ck_assert_int_eq(ask("SELECT min(score) FROM board_score"), EACH - 49);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 50);
    scene_end();
}

/* --- the simulated twin ---------------------------------------------------------------------- */

static int simulated(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 5, SOON), 0);
    ck_assert_str_eq(top(store, "classic"), "ann:5");
    ck_assert_uint_eq(ouro_store_stats(store).saved, 1);
    ck_assert_int_eq(ouro_now(), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(in_a_simulation_the_store_takes_no_time)
{
    scene_begin();
    strcpy(path, ":memory:");
    ck_assert_int_eq(ouro_sim_run(1, NULL, simulated, NULL), 0);
    scene_end();
}
