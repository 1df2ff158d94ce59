/* SPDX-License-Identifier: MIT */
#include "store/db.h"
#include "store/schema.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_MODE    0750
#define LOCKED_WAIT_MS 10
/* Of the database's pages, in memory: the index of some hundred thousand scores. */
#define CACHE "PRAGMA cache_size = -16384"

static const char *const statements[OURO__SQL_COUNT] = {
    [OURO__SQL_STATE] = "SELECT seq FROM store_state",
    [OURO__SQL_BATCH] = "UPDATE store_state SET batch = ?1, seq = max(seq, ?2) WHERE batch <> ?1",
    [OURO__SQL_BOARD_NEXT] = "SELECT min(board) FROM board_score WHERE board > ?1",
    [OURO__SQL_ROW] = "SELECT owner, name, score, seq FROM board_score"
                      " WHERE board = ?1 AND since = ?2 AND owner = ?3",
    [OURO__SQL_ROW_PUT] =
        "INSERT INTO board_score (board, since, owner, name, score, key, seq)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (board, since, owner) DO UPDATE"
        " SET name = excluded.name, score = excluded.score, key = excluded.key, seq = excluded.seq",
    /* Rows that are skipped are skipped in the index, which has all that this takes. */
    [OURO__SQL_PAGE] = "SELECT row.owner, row.name, row.score, row.seq FROM"
                       " (SELECT owner, key, seq FROM board_score WHERE board = ?1 AND since = ?2"
                       "  ORDER BY key DESC, seq LIMIT ?3 OFFSET ?4) AS place"
                       " CROSS JOIN board_score AS row"
                       " ON row.board = ?1 AND row.since = ?2 AND row.owner = place.owner"
                       " ORDER BY place.key DESC, place.seq",
    [OURO__SQL_BETTER] =
        "SELECT (SELECT count(*) FROM board_score WHERE board = ?1 AND since = ?2 AND key > ?3)"
        " + (SELECT count(*) FROM board_score"
        "    WHERE board = ?1 AND since = ?2 AND key = ?3 AND seq < ?4)",
    [OURO__SQL_ROWS_REMOVE] =
        "DELETE FROM board_score WHERE board = ?1 AND owner = ?2 AND since IN"
        " (WITH RECURSIVE period (since) AS ("
        "    SELECT min(since) FROM board_score WHERE board = ?1"
        "    UNION ALL SELECT (SELECT min(since) FROM board_score"
        "      WHERE board = ?1 AND since > period.since) FROM period WHERE since IS NOT NULL)"
        "  SELECT since FROM period)",
    [OURO__SQL_PERIOD_OLDEST] =
        "SELECT min(since) FROM board_score WHERE board = ?1 AND since > -1 AND since < ?2",
    [OURO__SQL_PERIOD_REMOVE] =
        "DELETE FROM board_score WHERE board = ?1 AND since = ?2 AND owner IN"
        " (SELECT owner FROM board_score WHERE board = ?1 AND since = ?2 LIMIT ?3)",
    [OURO__SQL_TURNED] = "SELECT score = key FROM board_score WHERE board = ?1 LIMIT 1",
    [OURO__SQL_TURN] = "UPDATE board_score SET key = ~key WHERE board = ?1",
    [OURO__SQL_KV] =
        "SELECT version, value FROM kv WHERE owner = ?1 AND collection = ?2 AND key = ?3",
    [OURO__SQL_KV_PUT] =
        "INSERT INTO kv (owner, collection, key, version, value) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (owner, collection, key) DO UPDATE"
        " SET version = excluded.version, value = excluded.value",
    [OURO__SQL_KV_REMOVE] = "DELETE FROM kv WHERE owner = ?1 AND collection = ?2 AND key = ?3",
    [OURO__SQL_KV_FROM] =
        "SELECT key, version, value FROM kv"
        " WHERE owner = ?1 AND collection = ?2 AND key >= ?3 ORDER BY key LIMIT ?4",
    [OURO__SQL_KV_AFTER] =
        "SELECT key, version, value FROM kv"
        " WHERE owner = ?1 AND collection = ?2 AND key > ?3 ORDER BY key LIMIT ?4",
    [OURO__SQL_VERSION] = "UPDATE store_state SET version = version + 1 RETURNING version",
};

/* --- failures -------------------------------------------------------------------------------- */

static const struct {
    int sqlite, rc;
} meanings[] = {
    {SQLITE_FULL, -ENOSPC},  {SQLITE_CANTOPEN, -EACCES},     {SQLITE_PERM, -EACCES},
    {SQLITE_AUTH, -EACCES},  {SQLITE_READONLY, -EACCES},     {SQLITE_BUSY, -EBUSY},
    {SQLITE_LOCKED, -EBUSY}, {SQLITE_NOTADB, -EBADMSG},      {SQLITE_CORRUPT, -EBADMSG},
    {SQLITE_NOMEM, -ENOMEM}, {SQLITE_INTERRUPT, -ETIMEDOUT},
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

int ouro__db_failure_of(sqlite3 *handle, char *ret_why, size_t why_size)
{
    int code = sqlite3_errcode(handle), system = sqlite3_system_errno(handle);
    bool of_system = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
    snprintf(ret_why, why_size, "%s%s%s%s", sqlite3_errmsg(handle), of_system && system ? " (" : "",
             of_system && system ? strerrordesc_np(system) : "", of_system && system ? ")" : "");
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].sqlite == (code & 0xff))
            return meanings[i].rc;
    }
    return -EIO;
}

int ouro__db_failure(struct ouro__db *db)
{
    return ouro__db_failure_of(db->handle, db->why, sizeof db->why);
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

/* --- statements ------------------------------------------------------------------------------ */

int ouro__db_run(struct ouro__db *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : ouro__db_failure(db);
}

int ouro__db_statement(struct ouro__db *db, enum ouro__sql sql, sqlite3_stmt **ret_statement)
{
    sqlite3_stmt **kept = &db->statements[sql];
    if (!*kept && sqlite3_prepare_v3(db->handle, statements[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                     kept, NULL) != SQLITE_OK)
        return ouro__db_failure(db);
    *ret_statement = *kept;
    return 0;
}

int ouro__db_step(struct ouro__db *db, sqlite3_stmt *statement)
{
    int step = sqlite3_step(statement);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : ouro__db_failure(db);
}

int ouro__db_done(struct ouro__db *db, sqlite3_stmt *statement)
{
    int rc = ouro__db_step(db, statement);
    sqlite3_reset(statement);
    return rc;
}

int ouro__db_commit(struct ouro__db *db, int rc)
{
    return rc < 0 ? rc : ouro__db_run(db, "COMMIT");
}

int ouro__db_text(struct ouro__db *db, sqlite3_stmt *row, int column, char *ret_text, size_t size)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    if (!text) /* columns are NOT NULL */
        return ouro__db_failure(db);
    size_t len = (size_t)sqlite3_column_bytes(row, column);
    if (len >= size || memchr(text, '\0', len) || !ouro_utf8_valid((const char *)text, len)) {
        snprintf(db->why, sizeof db->why, "a text in it is damaged");
        return -EBADMSG;
    }
    memcpy(ret_text, text, len + 1);
    return 0;
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

/* The version comes first: a file of a newer program, or of none, is not touched. */
static int set_up(struct ouro__db *db, bool power_safe)
{
    int rc = ouro__schema_check(db);
    if (rc == 0)
        rc = ouro__db_run(db, power_safe
                                  ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  : "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (rc == 0)
        rc = ouro__db_run(db, CACHE);
    return rc == 0 ? ouro__schema_migrate(db) : rc;
}

int ouro__db_open(struct ouro__db *db, const char *path, bool power_safe)
{
    make_folders(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
        return ouro__db_failure(db);
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
    sqlite3_backup_finish(db->backup);
    db->backup = NULL;
    db->backup_of = NULL;
    for (size_t i = 0; i < OURO__SQL_COUNT; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    sqlite3_close(db->handle);
    db->handle = NULL;
}

void ouro__db_undo(struct ouro__db *db)
{
    if (db->handle && !sqlite3_get_autocommit(db->handle) &&
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        ouro__db_close(db);
}

int ouro__db_probe(struct ouro__db *db)
{
    return ouro__db_run(db, "UPDATE store_state SET seq = seq");
}
