/* SPDX-License-Identifier: MIT */
/* What the store's thread does: open, load, write, and when that fails, tell it once and try again.
 */
#include "store/store.h"

#include <time.h>

/* A disk that is nearly full works and fails by turns: one pair of lines per while is enough. */
#define TELL_AGAIN_NS OURO_SEC(60)

/* --- opening --------------------------------------------------------------------------------- */

static void put_on_board(const struct ouro__entry *entry, void *ud)
{
    ouro__boards_put(ud, entry); /* a board too many, or no memory: it stays in the database */
}

/* What was submitted before the database could be read for the first time came later than all
 * that is in it. With the lock held. */
static void shift_all(struct ouro_store *store, int64_t seq)
{
    ouro__boards_shift(&store->boards, seq);
    ouro__pending_shift(store->pending, seq);
    ouro__pending_shift(store->saving, seq);
    store->seq += seq;
}

/* With the lock held. */
static void merge(struct ouro_store *store, const struct ouro__boards *read, int64_t seq)
{
    if (!store->loaded)
        shift_all(store, seq);
    else if (store->seq < seq)
        store->seq = seq;
    for (size_t i = 0; i < read->count; i++) {
        const struct ouro__board *board = read->board[i];
        for (size_t at = 0; at < board->count; at++)
            put_on_board(&board->rows[at], &store->boards);
    }
}

/* Read without the lock, which must not be held while the disk is waited for. */
static int load(struct ouro_store *store)
{
    struct ouro__boards read = {0};
    int64_t seq = 0;
    int rc = ouro__db_load(&store->db, put_on_board, &read, &seq);
    if (rc == 0) {
        pthread_mutex_lock(&store->lock);
        merge(store, &read, seq);
        pthread_mutex_unlock(&store->lock);
    }
    ouro__boards_done(&read);
    return rc;
}

static int save_board(struct ouro_store *store, const struct ouro__board *board)
{
    pthread_mutex_lock(&store->lock);
    struct ouro__board copy = *board;
    pthread_mutex_unlock(&store->lock);
    return ouro__db_save(&store->db, copy.rows, copy.count);
}

/* The file may not be the one that we had: it was moved away, or a backup was put back. */
static int save_boards(struct ouro_store *store)
{
    for (size_t i = 0;; i++) {
        pthread_mutex_lock(&store->lock);
        const struct ouro__board *board =
            i < store->boards.count ? store->boards.board[i] : NULL; /* stays until the end */
        pthread_mutex_unlock(&store->lock);
        int rc = board ? save_board(store, board) : 0;
        if (!board || rc < 0)
            return rc;
    }
}

static int be_open(struct ouro_store *store)
{
    if (store->db.handle && !ouro__db_moved(&store->db))
        return 0;
    ouro__db_close(&store->db);
    int rc = ouro__db_open(&store->db, store->path, store->options.power_safe);
    if (rc == 0)
        rc = load(store);
    if (rc == 0 && store->loaded)
        rc = save_boards(store);
    if (rc == 0)
        store->loaded = true;
    return rc;
}

/* --- saving ---------------------------------------------------------------------------------- */

static void tell_failure(struct ouro_store *store, int rc)
{
    ouro_log(OURO_LOG_ERROR,
             "store: scores can't be saved in %s: %s. %s The game goes on; up to %zu scores are "
             "kept in memory and saved as soon as that works again.",
             store->path, store->db.why, ouro__db_advice(rc), store->options.pending_max);
}

/* A failure is told once, and so is its end. One that lasts is told in the end, even if it began
 * soon after another. */
static void tell_outcome(struct ouro_store *store, int rc)
{
    if (rc < 0 && !store->told && ouro_now() >= store->quiet_until) {
        store->told = true;
        tell_failure(store, rc);
    } else if (rc == 0 && store->told) {
        store->told = false;
        store->quiet_until = ouro_after(TELL_AGAIN_NS);
        ouro_log(OURO_LOG_INFO, "store: scores are saved in %s again.", store->path);
    }
}

static void note_outcome(struct ouro_store *store, int rc)
{
    tell_outcome(store, rc);
    if (rc == 0)
        store->retry_ns = store->options.retry_ns_min;
    else
        ouro__db_close(&store->db);
    pthread_mutex_lock(&store->lock);
    store->stats.failing = rc < 0;
    store->stats.failures += rc < 0;
    store->full_told &= rc < 0;
    pthread_mutex_unlock(&store->lock);
}

static void exchange_sets(struct ouro_store *store)
{
    struct ouro__pending *empty = store->saving;
    store->saving = store->pending;
    store->pending = empty;
}

/* Write one set. 0: everything that was submitted before this began is in the database, if `saving`
 * was empty then. */
static int save_set(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    if (store->saving->count == 0)
        exchange_sets(store);
    size_t count = store->saving->count;
    pthread_mutex_unlock(&store->lock);
    if (count == 0)
        return 0;
    int rc = ouro__db_save(&store->db, store->saving->entries, count);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    ouro__pending_clear(store->saving);
    store->stats.saved += count;
    pthread_mutex_unlock(&store->lock);
    return 0;
}

bool ouro__store_unsaved(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool any = store->pending->count || store->saving->count;
    pthread_mutex_unlock(&store->lock);
    return any;
}

/* One attempt at everything. Two sets at the most, so it ends even if submissions don't. */
int ouro__store_attempt(struct ouro_store *store)
{
    int rc = be_open(store);
    for (int set = 0; set < 2 && rc == 0; set++)
        rc = save_set(store);
    note_outcome(store, rc);
    return rc;
}

/* Sleep in the thread; only closing ends it early. */
static void pause_until(struct ouro_store *store, int64_t when)
{
    struct timespec until = {.tv_sec = when / OURO_SEC(1), .tv_nsec = when % OURO_SEC(1)};
    pthread_mutex_lock(&store->lock);
    while (!store->closing && ouro_now() < when)
        pthread_cond_timedwait(&store->hurry, &store->lock, &until);
    pthread_mutex_unlock(&store->lock);
}

static bool closing(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool is = store->closing;
    pthread_mutex_unlock(&store->lock);
    return is;
}

static int save_job(void *arg)
{
    struct ouro_store *store = arg;
    int rc;
    while ((rc = ouro__store_attempt(store)) < 0 && !store->simulated && !closing(store)) {
        pause_until(store, ouro_after(store->retry_ns));
        store->retry_ns *= 2;
        if (store->retry_ns > store->options.retry_ns_max)
            store->retry_ns = store->options.retry_ns_max;
    }
    pthread_mutex_lock(&store->lock);
    store->save_queued = false;
    pthread_mutex_unlock(&store->lock);
    if (rc == 0 && ouro__store_unsaved(store))
        ouro__store_queue_save(store); /* behind those who wait */
    return 0;
}

/* If it can't be queued, the next submission tries again. */
void ouro__store_queue_save(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool needed = !store->save_queued && !store->closing;
    store->save_queued |= needed;
    pthread_mutex_unlock(&store->lock);
    if (needed && ouro_offload_start(store->pool, save_job, store, NULL) < 0) {
        pthread_mutex_lock(&store->lock);
        store->save_queued = false;
        pthread_mutex_unlock(&store->lock);
    }
}
