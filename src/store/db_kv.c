/* SPDX-License-Identifier: MIT */
/* Players' data in the database. */
#include "store/db.h"

#include <string.h>

static void bind_id(sqlite3_stmt *statement, const struct ouro_kv_id *id)
{
    sqlite3_bind_text(statement, 1, id->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, id->collection, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, id->key, -1, SQLITE_STATIC);
}

/* The bytes of a column, to the end of a buffer, if there is one. */
static int append_bytes(struct ouro__db *db, sqlite3_stmt *row, int column, struct ouro_buf *buf)
{
    const void *bytes = sqlite3_column_blob(row, column); /* NULL: none, or out of memory */
    size_t len = (size_t)sqlite3_column_bytes(row, column);
    if (!bytes && sqlite3_errcode(db->handle) == SQLITE_NOMEM)
        return ouro__db_failure(db);
    if (buf && len)
        ouro_buf_append(buf, bytes, len);
    return 0;
}

int ouro__db_kv_read(struct ouro__db *db, const struct ouro_kv_id *id, struct ouro_buf *ret_value,
                     int64_t *ret_version)
{
    sqlite3_stmt *query;
    int rc = ouro__db_statement(db, OURO__SQL_KV, &query);
    if (rc < 0)
        return rc;
    bind_id(query, id);
    int found = ouro__db_step(db, query);
    rc = found > 0 ? append_bytes(db, query, 1, ret_value) : found;
    if (found > 0 && rc == 0 && ret_version)
        *ret_version = sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return rc < 0 ? rc : found;
}

/* --- writing --------------------------------------------------------------------------------- */

/* Is there what the writer believes to be there? */
static int check(struct ouro__db *db, const struct ouro_kv_write *write)
{
    int64_t version = 0;
    if (write->version == OURO_KV_ANY)
        return 0;
    int found = ouro__db_kv_read(db, &write->id, NULL, &version);
    if (found < 0)
        return found;
    if (write->version == OURO_KV_ABSENT)
        return found ? -EEXIST : 0;
    return found && version == write->version ? 0 : -ESTALE;
}

static int next_version(struct ouro__db *db, int64_t *ret_version)
{
    sqlite3_stmt *next;
    int rc = ouro__db_statement(db, OURO__SQL_VERSION, &next);
    if (rc < 0)
        return rc;
    rc = ouro__db_step(db, next);
    if (rc > 0) {
        *ret_version = sqlite3_column_int64(next, 0);
        rc = ouro__db_step(db, next); /* to its end: only then it is done */
    }
    sqlite3_reset(next);
    return rc;
}

static int write_one(struct ouro__db *db, const struct ouro_kv_write *write, int64_t version)
{
    sqlite3_stmt *statement;
    int rc =
        ouro__db_statement(db, write->value ? OURO__SQL_KV_PUT : OURO__SQL_KV_REMOVE, &statement);
    if (rc < 0)
        return rc;
    bind_id(statement, &write->id);
    if (write->value) {
        sqlite3_bind_int64(statement, 4, version);
        sqlite3_bind_blob64(statement, 5, write->value, write->len, SQLITE_STATIC);
    }
    return ouro__db_done(db, statement);
}

/* All are checked before the first is written, so that two writes of a call can't disturb each
 * other. */
static int check_and_write(struct ouro__db *db, const struct ouro_kv_write *writes, size_t count,
                           int64_t *ret_version)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = check(db, &writes[i]);
    if (rc == 0)
        rc = next_version(db, ret_version);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = write_one(db, &writes[i], *ret_version);
    return rc;
}

/* By what lies there, and before anything of it was written. */
static bool is_refused(int rc)
{
    return rc == -ESTALE || rc == -EEXIST;
}

int ouro__db_kv_write(struct ouro__db *db, struct ouro__kv_batch *const *batches, size_t count)
{
    int rc = ouro__db_run(db, "BEGIN IMMEDIATE");
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct ouro__kv_batch *batch = batches[i];
        batch->rc = check_and_write(db, batch->writes, batch->count, &batch->version);
        rc = is_refused(batch->rc) ? 0 : batch->rc;
    }
    return ouro__db_commit(db, rc);
}

/* --- listing --------------------------------------------------------------------------------- */

static int read_item(struct ouro__db *db, sqlite3_stmt *row, struct ouro_buf *ret_values,
                     struct ouro_kv_item *ret_item)
{
    size_t at = ret_values ? ret_values->len : 0;
    int rc = ouro__db_text(db, row, 0, ret_item->key, sizeof ret_item->key);
    if (rc == 0)
        rc = append_bytes(db, row, 2, ret_values);
    ret_item->version = sqlite3_column_int64(row, 1);
    ret_item->at = at;
    ret_item->len = (size_t)sqlite3_column_bytes(row, 2);
    return rc;
}

static int bind_range(struct ouro__db *db, const struct ouro__kv_range *range, size_t items_max,
                      sqlite3_stmt **ret_query)
{
    int rc =
        ouro__db_statement(db, range->after ? OURO__SQL_KV_AFTER : OURO__SQL_KV_FROM, ret_query);
    if (rc < 0)
        return rc;
    bind_id(*ret_query, &(struct ouro_kv_id){range->owner, range->collection,
                                             range->after ? range->after : range->prefix});
    sqlite3_bind_int64(*ret_query, 4, (int64_t)items_max);
    return 0;
}

/* Keys are in order, so the first one without the prefix is behind the last one with it. */
int ouro__db_kv_list(struct ouro__db *db, const struct ouro__kv_range *range,
                     struct ouro_kv_item *ret_items, size_t items_max, struct ouro_buf *ret_values)
{
    sqlite3_stmt *query;
    size_t prefix_len = strlen(range->prefix);
    int rc = bind_range(db, range, items_max, &query), count = 0;
    if (rc < 0)
        return rc;
    while ((rc = ouro__db_step(db, query)) > 0) {
        const char *key = (const char *)sqlite3_column_text(query, 0);
        if (key && strncmp(key, range->prefix, prefix_len) != 0)
            break;
        if ((rc = read_item(db, query, ret_values, &ret_items[count])) < 0)
            break;
        count++;
    }
    sqlite3_reset(query);
    return rc < 0 ? rc : count;
}
