/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include <stdio.h>

/* From each version to the next; a step that has been released is never changed. */
static const char *const migrations[] = {
    /* 1: the best score of each name, for ever */
    "CREATE TABLE board_score ("
    "  board TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  score INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  PRIMARY KEY (board, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX board_score_rank ON board_score (board, score DESC, seq);"
    "CREATE INDEX board_score_seq ON board_score (seq);",

    /* 2: owners, whose names may change; periods. A name that was there is an owner, too */
    "ALTER TABLE board_score RENAME TO board_score_1;"
    "CREATE TABLE board_score ("
    "  board TEXT NOT NULL,"
    "  since INTEGER NOT NULL," /* when the period began, seconds since 1970; -1: for ever */
    "  owner TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  score INTEGER NOT NULL,"
    "  key INTEGER NOT NULL CHECK (key IN (score, ~score))," /* the highest is the best */
    "  seq INTEGER NOT NULL," /* of equal scores the lower one was first */
    "  PRIMARY KEY (board, since, owner)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE store_state ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  seq INTEGER NOT NULL,"  /* the highest that was ever used */
    "  batch INTEGER NOT NULL" /* the last set of scores that was written */
    ") STRICT;"
    "INSERT INTO store_state SELECT 1, coalesce(max(seq), 0), 0 FROM board_score_1;"
    "INSERT INTO board_score SELECT board, -1, name, name, score, score, seq FROM board_score_1;"
    "DROP TABLE board_score_1;"
    "CREATE INDEX board_score_rank ON board_score (board, since, key DESC, seq);",

    /* 3: players' data */
    "ALTER TABLE store_state ADD COLUMN version INTEGER NOT NULL DEFAULT 0;" /* the last one given
                                                                              */
    "CREATE TABLE kv ("
    "  owner TEXT NOT NULL," /* '': nobody's */
    "  collection TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  value BLOB NOT NULL,"
    "  PRIMARY KEY (owner, collection, key)"
    ") STRICT;",
};
#define VERSION ((int)(sizeof migrations / sizeof migrations[0]))

static int read_version(struct ouro__db *db, int *ret_version)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &query, NULL) != SQLITE_OK)
        return ouro__db_failure(db);
    int rc = sqlite3_step(query) == SQLITE_ROW ? 0 : ouro__db_failure(db);
    if (rc == 0)
        *ret_version = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    return rc;
}

int ouro__schema_check(struct ouro__db *db)
{
    int version = 0;
    int rc = read_version(db, &version);
    if (rc < 0 || version <= VERSION)
        return rc;
    snprintf(db->why, sizeof db->why, "it is of schema version %d, this program knows %d", version,
             VERSION);
    return -EPROTONOSUPPORT;
}

/* With its new number in one transaction: it is done, or it has not begun. */
static int migrate_one(struct ouro__db *db, int version)
{
    char set_version[64];
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", version + 1);
    int rc = ouro__db_run(db, "BEGIN IMMEDIATE");
    if (rc == 0)
        rc = ouro__db_run(db, migrations[version]);
    if (rc == 0)
        rc = ouro__db_run(db, set_version);
    return rc == 0 ? ouro__db_run(db, "COMMIT") : rc; /* closing the handle rolls back */
}

int ouro__schema_migrate(struct ouro__db *db)
{
    int version = 0;
    int rc = read_version(db, &version);
    for (; rc == 0 && version < VERSION; version++)
        rc = migrate_one(db, version);
    return rc;
}
