/* SPDX-License-Identifier: MIT */
/* Scores in the database. A row is what counts for an owner in a period of a board; what counts is
 * computed here, by the rules, and not by SQL. */
#include "store/db.h"

#include <stdio.h>
#include <string.h>

/* Rows removed in one transaction: others wait for that long, and no longer. */
#define PRUNE_ROWS 2000

static int bind_period(struct ouro__db *db, enum ouro__sql sql, const struct ouro__rules *rules,
                       int64_t since, sqlite3_stmt **ret_statement)
{
    int rc = ouro__db_statement(db, sql, ret_statement);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(*ret_statement, 1, rules->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(*ret_statement, 2, since);
    return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static int read_row(struct ouro__db *db, sqlite3_stmt *query, struct ouro__entry *ret_row)
{
    int rc = ouro__db_text(db, query, 0, ret_row->owner, sizeof ret_row->owner);
    if (rc == 0)
        rc = ouro__db_text(db, query, 1, ret_row->name, sizeof ret_row->name);
    ret_row->score = sqlite3_column_int64(query, 2);
    ret_row->seq = sqlite3_column_int64(query, 3);
    return rc;
}

/* 1, or 0: no such row. */
static int find_row(struct ouro__db *db, const struct ouro__rules *rules, int64_t since,
                    const char *owner, struct ouro__entry *ret_row)
{
    sqlite3_stmt *query;
    int rc = bind_period(db, OURO__SQL_ROW, rules, since, &query);
    if (rc < 0)
        return rc;
    struct ouro__entry row = {.rules = rules, .since = since};
    sqlite3_bind_text(query, 3, owner, -1, SQLITE_STATIC);
    rc = ouro__db_step(db, query);
    int read = rc > 0 ? read_row(db, query, &row) : 0;
    sqlite3_reset(query);
    if (rc <= 0 || read < 0)
        return rc < 0 ? rc : read;
    *ret_row = row;
    return 1;
}

static int put_row(struct ouro__db *db, const struct ouro__entry *row)
{
    sqlite3_stmt *put;
    int rc = bind_period(db, OURO__SQL_ROW_PUT, row->rules, row->since, &put);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(put, 3, row->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, row->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 5, row->score);
    sqlite3_bind_int64(put, 6, ouro__rules_key(row->rules, row->score));
    sqlite3_bind_int64(put, 7, row->seq);
    return ouro__db_done(db, put);
}

/* A row that stays as it is costs no write. */
static bool differs(const struct ouro__entry *a, const struct ouro__entry *b)
{
    return a->score != b->score || a->seq != b->seq || strcmp(a->name, b->name) != 0;
}

static int combine_row(struct ouro__db *db, enum ouro_board_counts counts,
                       const struct ouro__entry *more)
{
    struct ouro__entry known;
    int found = find_row(db, more->rules, more->since, more->owner, &known);
    if (found < 0)
        return found;
    if (!found)
        return put_row(db, more);
    struct ouro__entry row = known;
    ouro__combine(counts, &row, more);
    return differs(&row, &known) ? put_row(db, &row) : 0;
}

/* --- saving ---------------------------------------------------------------------------------- */

/* 1: this batch is new. */
static int note_batch(struct ouro__db *db, int64_t batch, int64_t seq)
{
    sqlite3_stmt *note;
    int rc = ouro__db_statement(db, OURO__SQL_BATCH, &note);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(note, 1, batch);
    sqlite3_bind_int64(note, 2, seq);
    rc = ouro__db_done(db, note);
    return rc < 0 ? rc : sqlite3_changes(db->handle);
}

static int64_t last_seq(const struct ouro__entry *entries, size_t count)
{
    int64_t seq = 0;
    for (size_t i = 0; i < count; i++)
        seq = entries[i].seq > seq ? entries[i].seq : seq;
    return seq;
}

static int submit(struct ouro__db *db, const struct ouro__entry *entry)
{
    int rc = combine_row(db, entry->rules->counts, entry);
    if (rc < 0 || entry->since == OURO__EVER || !entry->rules->all_time)
        return rc;
    struct ouro__entry ever = *entry;
    ever.since = OURO__EVER;
    return combine_row(db, ever.rules->counts, &ever);
}

int ouro__db_save(struct ouro__db *db, int64_t batch, const struct ouro__entry *entries,
                  size_t count)
{
    int rc = ouro__db_run(db, "BEGIN IMMEDIATE");
    int fresh = rc == 0 ? note_batch(db, batch, last_seq(entries, count)) : rc;
    rc = fresh < 0 ? fresh : 0;
    for (size_t i = 0; rc == 0 && fresh && i < count; i++)
        rc = submit(db, &entries[i]);
    return ouro__db_commit(db, rc);
}

/* A sum is not added to itself: of two, the newer one counts. */
int ouro__db_restore(struct ouro__db *db, const struct ouro__entry *rows, size_t count)
{
    int rc = ouro__db_run(db, "BEGIN IMMEDIATE");
    for (size_t i = 0; rc == 0 && i < count; i++) {
        bool best = rows[i].rules->counts == OURO_BOARD_BEST;
        rc = combine_row(db, best ? OURO_BOARD_BEST : OURO_BOARD_LAST, &rows[i]);
    }
    return ouro__db_commit(db, rc);
}

/* --- reading --------------------------------------------------------------------------------- */

int ouro__db_seq(struct ouro__db *db, int64_t *ret_seq)
{
    sqlite3_stmt *query;
    int rc = ouro__db_statement(db, OURO__SQL_STATE, &query);
    if (rc < 0)
        return rc;
    rc = ouro__db_step(db, query);
    if (rc > 0)
        *ret_seq = sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return rc < 0 ? rc : 0;
}

int ouro__db_board_after(struct ouro__db *db, char name[OURO_BOARD_NAME_BYTES_MAX + 1])
{
    sqlite3_stmt *query;
    int rc = ouro__db_statement(db, OURO__SQL_BOARD_NEXT, &query);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(query, 1, name, -1, SQLITE_TRANSIENT);
    rc = ouro__db_step(db, query);
    bool found = rc > 0 && sqlite3_column_type(query, 0) == SQLITE_TEXT;
    int read = found ? ouro__db_text(db, query, 0, name, OURO_BOARD_NAME_BYTES_MAX + 1) : 0;
    sqlite3_reset(query);
    return rc < 0 ? rc : read < 0 ? read : found;
}

int ouro__db_page(struct ouro__db *db, const struct ouro__rules *rules, int64_t since,
                  int64_t offset, struct ouro__entry *ret_rows, size_t rows_max)
{
    sqlite3_stmt *query;
    int rc = bind_period(db, OURO__SQL_PAGE, rules, since, &query), count = 0;
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(query, 3, (int64_t)rows_max);
    sqlite3_bind_int64(query, 4, offset);
    while ((rc = ouro__db_step(db, query)) > 0) {
        struct ouro__entry *row = &ret_rows[count];
        *row = (struct ouro__entry){.rules = rules, .since = since};
        if ((rc = read_row(db, query, row)) < 0)
            break;
        count++;
    }
    sqlite3_reset(query);
    return rc < 0 ? rc : count;
}

/* The index is counted through from the top down to the row, which takes some ten milliseconds for
 * the last of a hundred thousand: see bench/results/store.md. */
static int count_better(struct ouro__db *db, const struct ouro__entry *row, int64_t *ret_better)
{
    sqlite3_stmt *query;
    int rc = bind_period(db, OURO__SQL_BETTER, row->rules, row->since, &query);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(query, 3, ouro__rules_key(row->rules, row->score));
    sqlite3_bind_int64(query, 4, row->seq);
    rc = ouro__db_step(db, query);
    if (rc > 0)
        *ret_better = sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return rc < 0 ? rc : 0;
}

int ouro__db_rank(struct ouro__db *db, const struct ouro__rules *rules, int64_t since,
                  const char *owner, struct ouro__entry *ret_row, int64_t *ret_rank)
{
    int64_t better = 0;
    int found = find_row(db, rules, since, owner, ret_row);
    if (found <= 0)
        return found;
    int rc = count_better(db, ret_row, &better);
    if (rc < 0)
        return rc;
    *ret_rank = better + 1;
    return 1;
}

/* --- removing and turning -------------------------------------------------------------------- */

int ouro__db_remove(struct ouro__db *db, const struct ouro__rules *rules, const char *owner)
{
    sqlite3_stmt *remove;
    int rc = ouro__db_statement(db, OURO__SQL_ROWS_REMOVE, &remove);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(remove, 1, rules->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(remove, 2, owner, -1, SQLITE_STATIC);
    rc = ouro__db_done(db, remove);
    return rc < 0 ? rc : sqlite3_changes(db->handle);
}

/* 1, or 0: none. */
static int oldest_period(struct ouro__db *db, const struct ouro__rules *rules, int64_t before,
                         int64_t *ret_since)
{
    sqlite3_stmt *query;
    int rc = bind_period(db, OURO__SQL_PERIOD_OLDEST, rules, before, &query);
    if (rc < 0)
        return rc;
    rc = ouro__db_step(db, query);
    bool found = rc > 0 && sqlite3_column_type(query, 0) == SQLITE_INTEGER;
    if (found)
        *ret_since = sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return rc < 0 ? rc : found;
}

int ouro__db_prune(struct ouro__db *db, const struct ouro__rules *rules, int64_t since)
{
    int64_t oldest;
    sqlite3_stmt *remove;
    int rc = oldest_period(db, rules, since, &oldest);
    if (rc <= 0)
        return rc;
    rc = bind_period(db, OURO__SQL_PERIOD_REMOVE, rules, oldest, &remove);
    if (rc < 0)
        return rc;
    sqlite3_bind_int(remove, 3, PRUNE_ROWS);
    rc = ouro__db_done(db, remove);
    return rc < 0 ? rc : 1;
}

int ouro__db_turn(struct ouro__db *db, const struct ouro__rules *rules)
{
    sqlite3_stmt *statement;
    int rc = ouro__db_statement(db, OURO__SQL_TURNED, &statement);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(statement, 1, rules->name, -1, SQLITE_STATIC);
    rc = ouro__db_step(db, statement);
    bool turned = rc > 0 && sqlite3_column_int(statement, 0) == rules->lowest;
    sqlite3_reset(statement);
    if (rc <= 0 || !turned)
        return rc < 0 ? rc : 0;
    rc = ouro__db_statement(db, OURO__SQL_TURN, &statement);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(statement, 1, rules->name, -1, SQLITE_STATIC);
    return ouro__db_done(db, statement);
}
