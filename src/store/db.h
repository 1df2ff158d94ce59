/* SPDX-License-Identifier: MIT */
/* The database: all that is SQLite lies in db*.c, schema.c and backup.c, and nothing else. Calls
 * block; they belong to one thread at a time. After a failure `why` says in words what it was, and
 * the database is to be closed. */
#ifndef OURO_STORE_DB_H
#define OURO_STORE_DB_H

#include "store/board.h"

#include <sqlite3.h>
#include <stdatomic.h>

#define OURO__DB_WHY_BYTES 256

/* Prepared when first used, kept until it is closed. */
enum ouro__sql {
    OURO__SQL_STATE,
    OURO__SQL_BATCH,
    OURO__SQL_BOARD_NEXT,
    OURO__SQL_ROW,
    OURO__SQL_ROW_PUT,
    OURO__SQL_PAGE,
    OURO__SQL_BETTER,
    OURO__SQL_ROWS_REMOVE,
    OURO__SQL_PERIOD_OLDEST,
    OURO__SQL_PERIOD_REMOVE,
    OURO__SQL_TURNED,
    OURO__SQL_TURN,
    OURO__SQL_KV,
    OURO__SQL_KV_PUT,
    OURO__SQL_KV_REMOVE,
    OURO__SQL_KV_FROM,
    OURO__SQL_KV_AFTER,
    OURO__SQL_VERSION,
    OURO__SQL_COUNT,
};

struct ouro__db {
    sqlite3 *handle; /* NULL: closed */
    sqlite3_stmt *statements[OURO__SQL_COUNT];
    sqlite3_backup *backup;     /* under way; ends with the handle */
    const void *backup_of;      /* whose it is */
    _Atomic int64_t give_up_at; /* any thread: don't wait for locks any longer than that */
    char why[OURO__DB_WHY_BYTES];
};

/* --- the file -------------------------------------------------------------------------------- */

/* Open or create, with the folders it needs, and bring the schema up to date. */
int ouro__db_open(struct ouro__db *db, const char *path, bool power_safe);
/* Has the file been moved away, removed or replaced under us? What is written now would be lost. */
bool ouro__db_moved(struct ouro__db *db);
/* Closed is fine. */
void ouro__db_close(struct ouro__db *db);
/* Back to where no transaction has begun; closed if it can't be. */
void ouro__db_undo(struct ouro__db *db);
/* Can it be written? By writing. */
int ouro__db_probe(struct ouro__db *db);

/* What an operator can do about a failure. Static storage. */
const char *ouro__db_advice(int rc);

/* --- for db_*.c and schema.c ----------------------------------------------------------------- */

/* What the last call on the handle met, as a negative errno, and in `why`. */
int ouro__db_failure(struct ouro__db *db);
/* The same of any handle. */
int ouro__db_failure_of(sqlite3 *handle, char *ret_why, size_t why_size);
int ouro__db_run(struct ouro__db *db, const char *sql);
/* With nothing bound, at its beginning. The caller resets it when it has been used. */
int ouro__db_statement(struct ouro__db *db, enum ouro__sql sql, sqlite3_stmt **ret_statement);
/* 1: a row; 0: no more. */
int ouro__db_step(struct ouro__db *db, sqlite3_stmt *statement);
/* One step of a statement that returns no row, and its reset. */
int ouro__db_done(struct ouro__db *db, sqlite3_stmt *statement);
/* COMMIT if rc is 0. Closing the handle rolls back. */
int ouro__db_commit(struct ouro__db *db, int rc);
/* UTF-8 without NUL that fits, or -EBADMSG: we write no other, and nobody could be shown it. */
int ouro__db_text(struct ouro__db *db, sqlite3_stmt *row, int column, char *ret_text, size_t size);

/* --- scores ---------------------------------------------------------------------------------- */

/* The highest seq that was ever used. */
int ouro__db_seq(struct ouro__db *db, int64_t *ret_seq);
/* The names of all boards, in ascending order: the one after `name`. 1, or 0: no more. */
int ouro__db_board_after(struct ouro__db *db, char name[OURO_BOARD_NAME_BYTES_MAX + 1]);
/* The rows of a board may be ranked the other way round, by an older declaration. */
int ouro__db_turn(struct ouro__db *db, const struct ouro__rules *rules);

/* A set of submissions in one transaction: either all of them are in the database afterwards, or
 * none. If it has that batch already, a commit has succeeded whose answer was lost: 0. */
int ouro__db_save(struct ouro__db *db, int64_t batch, const struct ouro__entry *entries,
                  size_t count);
/* Rows as they are in memory: those that are newer than what is there. */
int ouro__db_restore(struct ouro__db *db, const struct ouro__entry *rows, size_t count);

/* Rows of a period, the best first; returns how many. */
int ouro__db_page(struct ouro__db *db, const struct ouro__rules *rules, int64_t since,
                  int64_t offset, struct ouro__entry *ret_rows, size_t rows_max);
/* The row of an owner and its rank, from 1. 1, or 0: not there. */
int ouro__db_rank(struct ouro__db *db, const struct ouro__rules *rules, int64_t since,
                  const char *owner, struct ouro__entry *ret_row, int64_t *ret_rank);
/* An owner, in all periods of a board. How many rows there were. */
int ouro__db_remove(struct ouro__db *db, const struct ouro__rules *rules, const char *owner);
/* Remove some of the rows of periods before that one. 1: there are more. */
int ouro__db_prune(struct ouro__db *db, const struct ouro__rules *rules, int64_t since);

/* --- players' data --------------------------------------------------------------------------- */

/* 1, and the bytes appended; 0: nothing there. */
int ouro__db_kv_read(struct ouro__db *db, const struct ouro_kv_id *id, struct ouro_buf *ret_value,
                     int64_t *ret_version);
/* What belongs together, and what came of it: 0, and its version; -ESTALE, -EEXIST: nothing has
 * happened and the database is fine. */
struct ouro__kv_batch {
    const struct ouro_kv_write *writes;
    size_t count;
    int64_t version;
    int rc;
};
/* All of them in one transaction, each as if it were alone. A failure: none has happened. */
int ouro__db_kv_write(struct ouro__db *db, struct ouro__kv_batch *const *batches, size_t count);
/* As ouro_kv_list(). */
struct ouro__kv_range {
    const char *owner, *collection, *prefix, *after; /* `after` NULL: from the first */
};
int ouro__db_kv_list(struct ouro__db *db, const struct ouro__kv_range *range,
                     struct ouro_kv_item *ret_items, size_t items_max, struct ouro_buf *ret_values);

#endif
