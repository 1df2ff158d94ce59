/* SPDX-License-Identifier: MIT */
/* What is asked of leaderboards: some of it is answered from memory, the rest by the thread. */
#include "store/store.h"

#include <string.h>

static int64_t period_now(const struct ouro__board *board, int back)
{
    return ouro__rules_period(&board->rules, ouro_wall_time() / OURO_SEC(1), back);
}

/* NULL: nobody has entered it, nor is it declared. */
static struct ouro__board *find_board(struct ouro_store *store, const char *name)
{
    pthread_mutex_lock(&store->lock);
    struct ouro__board *board = ouro__boards_find(&store->boards, name);
    pthread_mutex_unlock(&store->lock);
    return board;
}

static void to_row(const struct ouro__entry *entry, int64_t rank, struct ouro_score *ret_row)
{
    memcpy(ret_row->owner, entry->owner, sizeof ret_row->owner);
    memcpy(ret_row->name, entry->name, sizeof ret_row->name);
    ret_row->score = entry->score;
    ret_row->rank = rank;
}

/* --- submitting ------------------------------------------------------------------------------ */

/* With the lock held. */
static int submit(struct ouro_store *store, const char *name, struct ouro__entry *entry)
{
    struct ouro__board *board;
    int rc = ouro__boards_get(&store->boards, name, &board);
    if (rc < 0)
        return rc;
    entry->rules = &board->rules;
    entry->since = period_now(board, 0);
    entry->seq = ++store->seq;
    ouro__board_put(board, entry);
    rc = ouro__pending_put(store->pending, entry);
    store->stats.refused += rc < 0;
    return rc;
}

static void tell_full(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool first = !store->full_told;
    store->full_told = true;
    pthread_mutex_unlock(&store->lock);
    if (first)
        ouro_log(OURO_LOG_ERROR,
                 "store: %zu scores wait to be saved in %s, and there is no room for more. Of what "
                 "comes now, only the best %d of each board are kept.",
                 store->options.pending_max, store->path, OURO_BOARD_TOP_MAX);
}

int ouro_board_submit_as(struct ouro_store *store, const char *board, const char *owner,
                         const char *name, int64_t score)
{
    struct ouro__entry entry = {.score = score};
    if (!ouro__copy_text(entry.owner, owner, OURO_OWNER_BYTES_MAX) ||
        !ouro__copy_text(entry.name, name, OURO_SCORE_NAME_BYTES_MAX))
        return -EINVAL;
    pthread_mutex_lock(&store->lock);
    uint64_t refused = store->stats.refused;
    int rc = submit(store, board, &entry);
    bool full = store->stats.refused > refused;
    pthread_mutex_unlock(&store->lock);
    if (full)
        tell_full(store);
    ouro__store_queue_save(store);
    return rc;
}

int ouro_board_submit(struct ouro_store *store, const char *board, const char *name, int64_t score)
{
    return ouro_board_submit_as(store, board, name, name, score);
}

int ouro_board_save(struct ouro_store *store, const char *board, const char *name, int64_t score,
                    int64_t deadline)
{
    int rc = ouro_board_submit(store, board, name, score);
    return rc < 0 ? rc : ouro_store_flush(store, deadline);
}

/* --- from memory ----------------------------------------------------------------------------- */

int ouro_board_top(struct ouro_store *store, const char *board, struct ouro_score *ret_rows,
                   size_t rows_max)
{
    pthread_mutex_lock(&store->lock);
    struct ouro__board *found = ouro__boards_find(&store->boards, board);
    bool turned = found && ouro__board_turn_to(found, period_now(found, 0));
    size_t count = found ? found->top.count : 0;
    if (count > rows_max)
        count = rows_max;
    for (size_t i = 0; i < count; i++)
        to_row(&found->top.rows[i], (int64_t)i + 1, &ret_rows[i]);
    pthread_mutex_unlock(&store->lock);
    if (turned)
        ouro__store_queue_save(store);
    return (int)count;
}

int64_t ouro_board_resets_at(struct ouro_store *store, const char *board)
{
    const struct ouro__board *found = find_board(store, board);
    if (!found || found->rules.period_s == 0)
        return OURO_FOREVER;
    return OURO_SEC(period_now(found, -1));
}

/* --- from the database ----------------------------------------------------------------------- */

struct question {
    struct ouro__board *board;
    int64_t since;
    const char *owner; /* NULL: a page from `offset` on */
    size_t offset, above, rows_max;
    struct ouro_score *rows;
};

/* 1; 0: nobody has entered that board. */
static int find_period(struct ouro_store *store, const char *name, int period,
                       struct question *question)
{
    question->board = find_board(store, name);
    if (!question->board)
        return 0;
    const struct ouro__rules *rules = &question->board->rules;
    bool kept = period == OURO_ALL_TIME ? rules->all_time || rules->period_s == 0
                                        : period >= 0 && period <= rules->periods_kept;
    if (!kept)
        return -EINVAL;
    question->since = period == OURO_ALL_TIME ? OURO__EVER : period_now(question->board, period);
    return 1;
}

static int answer_page(struct ouro_store *store, const struct question *question, int64_t offset,
                       size_t rows_max)
{
    struct ouro__entry entries[OURO_BOARD_TOP_MAX];
    int count = ouro__db_page(&store->db, &question->board->rules, question->since, offset, entries,
                              rows_max);
    for (int i = 0; i < count; i++)
        to_row(&entries[i], offset + i + 1, &question->rows[i]);
    return count;
}

/* Where there are fewer above than asked for, the page is so much shorter. */
static int answer_around(struct ouro_store *store, const struct question *question)
{
    int64_t rank;
    struct ouro__entry row;
    int rc = ouro__db_rank(&store->db, &question->board->rules, question->since, question->owner,
                           &row, &rank);
    if (rc <= 0)
        return rc < 0 ? rc : -ENOENT;
    if (question->rows_max == 1) {
        to_row(&row, rank, question->rows);
        return 1;
    }
    int64_t first = rank - 1 - (int64_t)question->above;
    size_t missing = first < 0 ? (size_t)-first : 0;
    return answer_page(store, question, first < 0 ? 0 : first, question->rows_max - missing);
}

/* First what was submitted before. If that fails, the database may still be read. */
static int answer(struct ouro_store *store, void *arg)
{
    const struct question *question = arg;
    if (!store->stats.failing && ouro__store_unsaved(store) && ouro__store_attempt(store) < 0)
        ouro__store_queue_save(store);
    int rc = ouro__store_be_open(store);
    if (rc == 0)
        rc = question->owner
                 ? answer_around(store, question)
                 : answer_page(store, question, (int64_t)question->offset, question->rows_max);
    return ouro__store_answered(store, rc);
}

int ouro_board_page(struct ouro_store *store, const char *board, int period, size_t offset,
                    int64_t deadline, struct ouro_score *ret_rows, size_t rows_max)
{
    struct question question = {.offset = offset, .rows_max = rows_max, .rows = ret_rows};
    if (rows_max > OURO_BOARD_TOP_MAX)
        question.rows_max = OURO_BOARD_TOP_MAX;
    if (offset > INT64_MAX)
        question.offset = INT64_MAX; /* behind the last as well */
    int rc = find_period(store, board, period, &question);
    return rc <= 0 ? rc : ouro__store_call(store, answer, &question, deadline);
}

int ouro_board_around(struct ouro_store *store, const char *board, int period, const char *owner,
                      size_t above, size_t below, int64_t deadline, struct ouro_score *ret_rows)
{
    struct question question = {
        .owner = owner, .above = above, .rows_max = above + 1 + below, .rows = ret_rows};
    if (above >= OURO_BOARD_TOP_MAX || below >= OURO_BOARD_TOP_MAX - above)
        return -EINVAL;
    int rc = find_period(store, board, period, &question);
    if (rc <= 0)
        return rc < 0 ? rc : -ENOENT;
    return ouro__store_call(store, answer, &question, deadline);
}

int ouro_board_rank(struct ouro_store *store, const char *board, int period, const char *owner,
                    int64_t deadline, struct ouro_score *ret_row)
{
    int rc = ouro_board_around(store, board, period, owner, 0, 0, deadline, ret_row);
    return rc < 0 ? rc : 0;
}

/* --- removing -------------------------------------------------------------------------------- */

/* Who comes up into the top is known to the database alone. What has been submitted since it was
 * asked counts as well. */
static int read_anew(struct ouro_store *store, struct ouro__board *board)
{
    struct ouro__top read;
    int rc = ouro__store_read_top(store, board, &read);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    board->top = read;
    for (size_t i = 0; i < store->pending->count; i++) {
        const struct ouro__entry *entry = &store->pending->entries[i];
        if (entry->rules == &board->rules && entry->since == read.since)
            ouro__board_put(board, entry);
    }
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int remove_owner(struct ouro_store *store, void *arg)
{
    const struct question *question = arg;
    int rc = ouro__store_attempt(store);
    if (rc < 0) {
        ouro__store_queue_save(store);
        return rc;
    }
    int removed = ouro__db_remove(&store->db, &question->board->rules, question->owner);
    rc = removed > 0 ? read_anew(store, question->board) : removed;
    return ouro__store_answered(store, removed == 0 ? -ENOENT : rc);
}

int ouro_board_remove(struct ouro_store *store, const char *board, const char *owner,
                      int64_t deadline)
{
    struct question question = {.board = find_board(store, board), .owner = owner};
    if (!question.board)
        return -ENOENT;
    return ouro__store_call(store, remove_owner, &question, deadline);
}
