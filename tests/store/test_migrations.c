/* SPDX-License-Identifier: MIT */
/* Databases of each older version, made by SQL as those versions made them. */
#include "scene.h"

#define VERSION_1                                                                        \
    "CREATE TABLE board_score (board TEXT NOT NULL, name TEXT NOT NULL,"                 \
    "  score INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (board, name))"         \
    "  STRICT, WITHOUT ROWID;"                                                           \
    "CREATE INDEX board_score_rank ON board_score (board, score DESC, seq);"             \
    "CREATE INDEX board_score_seq ON board_score (seq);"                                 \
    "PRAGMA user_version = 1;"                                                           \
    "INSERT INTO board_score VALUES ('classic', 'ann', 5, 1), ('classic', 'bob', 9, 2)," \
    "  ('classic', 'cid', 5, 3), ('arena', 'Ren\xc3\xa9', -7, 8);"

#define VERSION_2                                                                       \
    "CREATE TABLE board_score (board TEXT NOT NULL, since INTEGER NOT NULL,"            \
    "  owner TEXT NOT NULL, name TEXT NOT NULL, score INTEGER NOT NULL,"                \
    "  key INTEGER NOT NULL CHECK (key IN (score, ~score)), seq INTEGER NOT NULL,"      \
    "  PRIMARY KEY (board, since, owner)) STRICT, WITHOUT ROWID;"                       \
    "CREATE INDEX board_score_rank ON board_score (board, since, key DESC, seq);"       \
    "CREATE TABLE store_state (id INTEGER PRIMARY KEY CHECK (id = 1),"                  \
    "  seq INTEGER NOT NULL, batch INTEGER NOT NULL) STRICT;"                           \
    "PRAGMA user_version = 2;"                                                          \
    "INSERT INTO store_state VALUES (1, 8, 77);"                                        \
    "INSERT INTO board_score VALUES ('classic', -1, 'ann', 'ann', 5, 5, 1),"            \
    "  ('classic', -1, 'bob', 'bob', 9, 9, 2), ('classic', -1, 'cid', 'cid', 5, 5, 3)," \
    "  ('arena', -1, 'Ren\xc3\xa9', 'Ren\xc3\xa9', -7, -7, 8);"

/* However old it was: the scores are there and go on, and what newer versions can do works. */
static int use_it(void *arg)
{
    struct ouro_kv_write write = {.id = {"ann", "things", "sword"}, .value = "x", .len = 1};
    struct ouro_score row;
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(errors_logged(), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5");
    ck_assert_str_eq(top(store, "arena"), "Ren\xc3\xa9:-7");
    ck_assert_int_eq(ouro_board_submit(store, "classic", "dan", 5), 0); /* later than all */
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 9), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:9 cid:5 dan:5");
    ck_assert_int_eq(ouro_board_rank(store, "classic", 0, "dan", SOON, &row), 0);
    ck_assert_int_eq(row.rank, 4);
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(ask("PRAGMA user_version"), 3);
    ck_assert_int_eq(ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 3);
    ck_assert_int_eq(ask("SELECT seq FROM store_state"), 10);
    return 0;
}

static void run_with(const char *sql, ouro_task_fn *fn)
{
    scene_begin();
    exec_sql(sql);
    ck_assert_int_eq(ouro_run(fn, NULL), 0);
    scene_end();
}

TEST(from_version_1)
{
    run_with(VERSION_1, use_it);
}

TEST(from_version_2)
{
    run_with(VERSION_2, use_it);
}

static int from_nothing(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_str_eq(top(store, "classic"), "");
    ck_assert_int_eq(ask("PRAGMA user_version"), 3);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(from_an_empty_file)
{
    run_with("PRAGMA user_version = 0", from_nothing);
}

/* --- a step that fails ----------------------------------------------------------------------- */

/* The last step meets a table that it wants to make itself. What came before is done, and stays. */
static int stuck(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert(ouro_store_stats(store).failing);
    ck_assert_int_eq(errors_logged(), 1);
    ck_assert_ptr_nonnull(strstr(logged.error, "kv already exists"));
    ck_assert_int_eq(ask("PRAGMA user_version"), 2);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 4);
    ck_assert_int_eq(ask("SELECT count(*) FROM pragma_table_info('store_state')"), 3);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "dan", 4), 0);
    exec_sql("DROP TABLE kv");
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5 dan:4");
    ck_assert_int_eq(ask("PRAGMA user_version"), 3);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_step_is_done_or_has_not_begun)
{
    run_with(VERSION_1 "CREATE TABLE kv (mine TEXT);", stuck);
}
