/* SPDX-License-Identifier: MIT */
/* The database: all that is SQLite, and nothing else. Calls block; they belong to one thread at a
 * time. After a failure `why` says in words what it was, and the database is to be closed. */
#ifndef OURO_STORE_DB_H
#define OURO_STORE_DB_H

#include "store/board.h"

#include <sqlite3.h>
#include <stdatomic.h>

#define OURO__DB_WHY_BYTES 256

struct ouro__db {
    sqlite3 *handle; /* NULL: closed */
    sqlite3_stmt *save;
    _Atomic int64_t give_up_at; /* any thread: don't wait for locks any longer than that */
    char why[OURO__DB_WHY_BYTES];
};

/* Open or create, with the folders it needs, and bring the schema up to date. */
int ouro__db_open(struct ouro__db *db, const char *path, bool power_safe);
/* Has the file been moved away, removed or replaced under us? What is written now would be lost. */
bool ouro__db_moved(struct ouro__db *db);
/* Closed is fine. */
void ouro__db_close(struct ouro__db *db);

/* The best of each board, in no order of boards; and the highest seq that is in use. */
int ouro__db_load(struct ouro__db *db, void (*each)(const struct ouro__entry *entry, void *ud),
                  void *ud, int64_t *ret_seq);
/* All in one transaction: either all of them are in the database afterwards, or none. */
int ouro__db_save(struct ouro__db *db, const struct ouro__entry *entries, size_t count);

/* What an operator can do about a failure. Static storage. */
const char *ouro__db_advice(int rc);

#endif
