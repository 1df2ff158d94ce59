/* SPDX-License-Identifier: MIT */
/* A folder of its own for each test, what was logged, and a look into the database from outside. */
#ifndef STORE_SCENE_H
#define STORE_SCENE_H

#include "ouro/store.h"
#include "test.h"

#include <ftw.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOON             ouro_after(OURO_SEC(20)) /* a limit for what should take milliseconds */
#define OUTSIDE_WAITS_MS 20000

static char folder[64], path[128];

static struct {
    pthread_mutex_t lock;
    int errors, infos;
    char error[2048], info[2048];
} logged = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The store logs from its thread. */
static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    bool error = level == OURO_LOG_ERROR;
    pthread_mutex_lock(&logged.lock);
    *(error ? &logged.errors : &logged.infos) += 1;
    snprintf(error ? logged.error : logged.info, sizeof logged.error, "%s", line);
    pthread_mutex_unlock(&logged.lock);
}

static inline int errors_logged(void)
{
    pthread_mutex_lock(&logged.lock);
    int count = logged.errors;
    pthread_mutex_unlock(&logged.lock);
    return count;
}

static inline void scene_begin(void)
{
    strcpy(folder, "/tmp/ouro-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/scores.db", folder);
    ouro_log_to(keep_line, NULL);
}

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status, (void)flag, (void)at;
    return remove(name);
}

static inline void scene_end(void)
{
    ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Pauses short enough for a test. */
static inline struct ouro_store *open_store(void)
{
    struct ouro_store_options options = {.retry_ns_min = OURO_MS(5), .retry_ns_max = OURO_MS(20)};
    struct ouro_store *store;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), 0);
    return store;
}

/* A look from outside waits while the store has the file for itself, as it has when it opens it. */
static inline sqlite3 *open_outside(void)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_busy_timeout(db, OUTSIDE_WAITS_MS), SQLITE_OK);
    return db;
}

/* The first value of a query; -1: no row. */
static inline int64_t ask(const char *sql)
{
    sqlite3 *db = open_outside();
    sqlite3_stmt *query;
    int64_t value = -1;
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    if (sqlite3_step(query) == SQLITE_ROW)
        value = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(db);
    return value;
}

static inline void exec_sql(const char *sql)
{
    sqlite3 *db = open_outside();
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* "name:score name:score ..." */
static inline const char *top(struct ouro_store *store, const char *board)
{
    static char line[OURO_BOARD_TOP_MAX * 100];
    struct ouro_score rows[OURO_BOARD_TOP_MAX];
    int count = ouro_board_top(store, board, rows, OURO_BOARD_TOP_MAX), len = 0;
    line[0] = '\0';
    for (int i = 0; i < count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%s:%ld", i ? " " : "",
                        rows[i].name, (long)rows[i].score);
    return line;
}

#endif
