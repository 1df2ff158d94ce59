/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_MODE    0750
#define LOCKED_WAIT_MS 10

/* From each version of the schema to the next; a line that has been released is never changed. */
static const char *const migrations[] = {
    "CREATE TABLE board_score ("
    "  board TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  score INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL," /* of equal scores the lower one was first */
    "  PRIMARY KEY (board, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX board_score_rank ON board_score (board, score DESC, seq);"
    "CREATE INDEX board_score_seq ON board_score (seq);",
};
#define VERSION ((int)(sizeof migrations / sizeof migrations[0]))

static const char save_sql[] =
    "INSERT INTO board_score (board, name, score, seq) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (board, name) DO UPDATE SET score = excluded.score, seq = excluded.seq"
    " WHERE (excluded.score, -excluded.seq) > (score, -seq)";

static const char load_sql[] =
    "SELECT board, name, score, seq FROM ("
    "  SELECT *, row_number() OVER (PARTITION BY board ORDER BY score DESC, seq) AS rank"
    "  FROM board_score)"
    " WHERE rank <= ?1";

/* --- failures -------------------------------------------------------------------------------- */

static const struct {
    int sqlite, rc;
} meanings[] = {
    {SQLITE_FULL, -ENOSPC},  {SQLITE_CANTOPEN, -EACCES}, {SQLITE_PERM, -EACCES},
    {SQLITE_AUTH, -EACCES},  {SQLITE_READONLY, -EACCES}, {SQLITE_BUSY, -EBUSY},
    {SQLITE_LOCKED, -EBUSY}, {SQLITE_NOTADB, -EBADMSG},  {SQLITE_CORRUPT, -EBADMSG},
    {SQLITE_NOMEM, -ENOMEM},
};

const char *ouro__db_advice(int rc)
{
    switch (rc) {
    case -ENOSPC:
        return "Free disk space there.";
    case -EACCES:
        return "See that the folder exists and that the server's user may write to it and the file.";
    case -EBUSY:
        return "End the other program that has it locked.";
    case -EBADMSG:
        return "The file is left as it is: restore a backup, or move it away and a new one is made.";
    case -EPROTONOSUPPORT:
        return "The file is left as it is: run the newer version again, or name another file.";
    default:
        return "See to that disk.";
    }
}

/* What the last call on the handle met, as a negative errno, and in words. */
static int failure(struct ouro__db *db)
{
    int code = sqlite3_errcode(db->handle), system = sqlite3_system_errno(db->handle);
    bool of_system = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
    snprintf(db->why, sizeof db->why, "%s%s%s%s", sqlite3_errmsg(db->handle),
             of_system && system ? " (" : "", of_system && system ? strerrordesc_np(system) : "",
             of_system && system ? ")" : "");
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].sqlite == (code & 0xff))
            return meanings[i].rc;
    }
    return -EIO;
}

static int run(struct ouro__db *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failure(db);
}

/* Another process has it locked: how long is it waited for? */
static int on_locked(void *ud, int times)
{
    struct ouro__db *db = ud;
    if (OURO_MS(LOCKED_WAIT_MS) * times >= OURO_STORE_LOCKED_NS_MAX ||
        ouro_now() >= atomic_load(&db->give_up_at))
        return 0;
    sqlite3_sleep(LOCKED_WAIT_MS);
    return 1;
}

/* --- opening --------------------------------------------------------------------------------- */

/* As mkdir -p. What fails here is noticed, and told, when the file can't be opened. */
static void make_folders(const char *path)
{
    char folder[4096];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);
        if (len >= sizeof folder)
            return;
        memcpy(folder, path, len);
        folder[len] = '\0';
        mkdir(folder, FOLDER_MODE);
    }
}

static int read_version(struct ouro__db *db, int *ret_version)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &query, NULL) != SQLITE_OK)
        return failure(db);
    int rc = sqlite3_step(query) == SQLITE_ROW ? 0 : failure(db);
    if (rc == 0)
        *ret_version = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    return rc;
}

/* With its new number in one transaction: it is done, or it has not begun. */
static int migrate_one(struct ouro__db *db, int version)
{
    char set_version[64];
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", version + 1);
    int rc = run(db, "BEGIN IMMEDIATE");
    if (rc == 0)
        rc = run(db, migrations[version]);
    if (rc == 0)
        rc = run(db, set_version);
    return rc == 0 ? run(db, "COMMIT") : rc; /* closing the handle rolls back */
}

static int migrate(struct ouro__db *db)
{
    int version = 0;
    int rc = read_version(db, &version);
    if (rc == 0 && version > VERSION) {
        snprintf(db->why, sizeof db->why, "it is of schema version %d, this program knows %d",
                 version, VERSION);
        return -EPROTONOSUPPORT;
    }
    for (; rc == 0 && version < VERSION; version++)
        rc = migrate_one(db, version);
    return rc;
}

/* The version comes first: a file of a newer program, or of none, is not touched. */
static int set_up(struct ouro__db *db, bool power_safe)
{
    int version = 0;
    int rc = read_version(db, &version);
    if (rc == 0 && version <= VERSION)
        rc = run(db, power_safe ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                : "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (rc == 0)
        rc = run(db, "PRAGMA foreign_keys = ON");
    if (rc == 0)
        rc = migrate(db);
    if (rc == 0 && sqlite3_prepare_v2(db->handle, save_sql, -1, &db->save, NULL) != SQLITE_OK)
        rc = failure(db);
    return rc;
}

int ouro__db_open(struct ouro__db *db, const char *path, bool power_safe)
{
    make_folders(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
        return failure(db);
    sqlite3_busy_handler(db->handle, on_locked, db);
    return set_up(db, power_safe);
}

bool ouro__db_moved(struct ouro__db *db)
{
    int moved = 0;
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved;
}

void ouro__db_close(struct ouro__db *db)
{
    sqlite3_finalize(db->save);
    db->save = NULL;
    sqlite3_close(db->handle);
    db->handle = NULL;
}

/* --- scores ---------------------------------------------------------------------------------- */

static void column_text(sqlite3_stmt *query, int column, char *ret_text, size_t size)
{
    const unsigned char *text = sqlite3_column_text(query, column);
    snprintf(ret_text, size, "%s", text ? (const char *)text : "");
}

static void read_entry(sqlite3_stmt *query, struct ouro__entry *ret_entry)
{
    column_text(query, 0, ret_entry->board, sizeof ret_entry->board);
    column_text(query, 1, ret_entry->best.name, sizeof ret_entry->best.name);
    ret_entry->best.score = sqlite3_column_int64(query, 2);
    ret_entry->seq = sqlite3_column_int64(query, 3);
}

static int read_seq(struct ouro__db *db, int64_t *ret_seq)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db->handle, "SELECT max(seq) FROM board_score", -1, &query, NULL) !=
        SQLITE_OK)
        return failure(db);
    int rc = sqlite3_step(query) == SQLITE_ROW ? 0 : failure(db);
    if (rc == 0)
        *ret_seq = sqlite3_column_int64(query, 0); /* NULL, of an empty table, is 0 */
    sqlite3_finalize(query);
    return rc;
}

int ouro__db_load(struct ouro__db *db, void (*each)(const struct ouro__entry *entry, void *ud),
                  void *ud, int64_t *ret_seq)
{
    int rc = read_seq(db, ret_seq), step;
    if (rc < 0)
        return rc;
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db->handle, load_sql, -1, &query, NULL) != SQLITE_OK)
        return failure(db);
    sqlite3_bind_int(query, 1, OURO_BOARD_TOP_MAX);
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        struct ouro__entry entry;
        read_entry(query, &entry);
        each(&entry, ud);
    }
    rc = step == SQLITE_DONE ? 0 : failure(db);
    sqlite3_finalize(query);
    return rc;
}

static int save_one(struct ouro__db *db, const struct ouro__entry *entry)
{
    sqlite3_bind_text(db->save, 1, entry->board, -1, SQLITE_STATIC);
    sqlite3_bind_text(db->save, 2, entry->best.name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(db->save, 3, entry->best.score);
    sqlite3_bind_int64(db->save, 4, entry->seq);
    int rc = sqlite3_step(db->save) == SQLITE_DONE ? 0 : failure(db);
    sqlite3_reset(db->save);
    return rc;
}

int ouro__db_save(struct ouro__db *db, const struct ouro__entry *entries, size_t count)
{
    int rc = run(db, "BEGIN IMMEDIATE");
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = save_one(db, &entries[i]);
    return rc == 0 ? run(db, "COMMIT") : rc; /* closing the handle rolls back */
}
