/* SPDX-License-Identifier: MIT */
/* What the store's thread does by itself: open, load, write, and when that fails, tell it once and
 * try again. */
#include "store/store.h"

#include <time.h>

/* A disk that is nearly full works and fails by turns: one pair of lines per while is enough. */
#define TELL_AGAIN_NS OURO_SEC(60)

/* --- loading --------------------------------------------------------------------------------- */

/* NULL: no more. */
static struct ouro__board *board_at(struct ouro_store *store, size_t at)
{
    pthread_mutex_lock(&store->lock);
    struct ouro__board *board = at < store->boards.count ? store->boards.board[at] : NULL;
    pthread_mutex_unlock(&store->lock);
    return board;
}

static int for_each_board(struct ouro_store *store,
                          int (*fn)(struct ouro_store *store, struct ouro__board *board))
{
    struct ouro__board *board;
    int rc = 0;
    for (size_t i = 0; rc == 0 && (board = board_at(store, i)); i++)
        rc = fn(store, board);
    return rc;
}

/* What was submitted before the database could be read for the first time came later than all
 * that is in it. */
static int number_on(struct ouro_store *store)
{
    int64_t seq = 0;
    int rc = ouro__db_seq(&store->db, &seq);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    if (!store->numbered) {
        ouro__boards_shift(&store->boards, seq);
        ouro__pending_shift(store->pending, seq);
        ouro__pending_shift(store->saving, seq);
        store->seq += seq;
    } else if (store->seq < seq) {
        store->seq = seq;
    }
    store->numbered = true;
    pthread_mutex_unlock(&store->lock);
    return 0;
}

/* Boards that nobody declares or has submitted to in this run. One too many, or no memory: it
 * stays in the database. */
static int find_boards(struct ouro_store *store)
{
    char name[OURO_BOARD_NAME_BYTES_MAX + 1] = "";
    int rc;
    while ((rc = ouro__db_board_after(&store->db, name)) > 0) {
        struct ouro__board *board;
        pthread_mutex_lock(&store->lock);
        ouro__boards_get(&store->boards, name, &board);
        pthread_mutex_unlock(&store->lock);
    }
    return rc;
}

/* The file may not be the one that we had: it was moved away, or a backup was put back. */
static int restore_board(struct ouro_store *store, struct ouro__board *board)
{
    pthread_mutex_lock(&store->lock);
    struct ouro__top copy = board->top;
    pthread_mutex_unlock(&store->lock);
    return ouro__db_restore(&store->db, copy.rows, copy.count);
}

static void set_stale(struct ouro_store *store, struct ouro__board *board, bool stale)
{
    pthread_mutex_lock(&store->lock);
    board->stale = stale;
    pthread_mutex_unlock(&store->lock);
}

int ouro__store_read_top(struct ouro_store *store, struct ouro__board *board,
                         struct ouro__top *ret_top)
{
    ret_top->since = ouro__rules_period(&board->rules, ouro_wall_time() / OURO_SEC(1), 0);
    int rc = ouro__db_page(&store->db, &board->rules, ret_top->since, 0, ret_top->rows,
                           OURO_BOARD_TOP_MAX);
    if (rc < 0)
        return rc;
    ret_top->count = (size_t)rc;
    return 0;
}

/* Read without the lock, which must not be held while the disk is waited for. */
static int refresh(struct ouro_store *store, struct ouro__board *board)
{
    struct ouro__top read;
    set_stale(store, board, false);
    int rc = ouro__store_read_top(store, board, &read);
    if (rc < 0) {
        set_stale(store, board, true);
        return rc;
    }
    pthread_mutex_lock(&store->lock);
    ouro__board_take(board, &read);
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int turn_and_refresh(struct ouro_store *store, struct ouro__board *board)
{
    int rc = ouro__db_turn(&store->db, &board->rules);
    return rc < 0 ? rc : refresh(store, board);
}

static int load(struct ouro_store *store)
{
    int rc = number_on(store);
    if (rc == 0)
        rc = find_boards(store);
    if (rc == 0 && store->loaded)
        rc = for_each_board(store, restore_board);
    if (rc == 0)
        rc = for_each_board(store, turn_and_refresh);
    store->loaded |= rc == 0;
    return rc;
}

int ouro__store_be_open(struct ouro_store *store)
{
    if (store->db.handle && !ouro__db_moved(&store->db))
        return 0;
    ouro__db_close(&store->db);
    int rc = ouro__db_open(&store->db, store->path, store->options.power_safe);
    if (rc == 0)
        rc = load(store);
    if (rc < 0)
        ouro__db_close(&store->db); /* half loaded is not open */
    return rc;
}

/* --- the account ----------------------------------------------------------------------------- */

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

int ouro__store_note(struct ouro_store *store, int rc)
{
    tell_outcome(store, rc);
    if (rc == -ENOSPC)
        ouro__db_undo(&store->db); /* it can still be read; opened anew it could not */
    else if (rc < 0)
        ouro__db_close(&store->db);
    pthread_mutex_lock(&store->lock);
    store->stats.failing = rc < 0;
    store->stats.failures += rc < 0;
    store->full_told &= rc < 0;
    pthread_mutex_unlock(&store->lock);
    return rc;
}

/* --- saving ---------------------------------------------------------------------------------- */

/* The batch gets its number here, once: however often it is tried, it counts once. */
static void exchange_sets(struct ouro_store *store)
{
    struct ouro__pending *empty = store->saving;
    store->saving = store->pending;
    store->pending = empty;
    store->batch = (int64_t)(ouro_rng_next(&store->rng) >> 1);
}

/* What is in memory of boards that add up is out of date from now on. To say so when a score is
 * submitted is not enough: a refresh may come in between, which read what was saved before. */
static void saved_set(struct ouro_store *store)
{
    const struct ouro__pending *saved = store->saving;
    for (size_t i = 0; i < saved->count; i++) {
        const struct ouro__rules *rules = saved->entries[i].rules;
        if (rules->counts != OURO_BOARD_BEST)
            ouro_container(rules, struct ouro__board, rules)->stale = true;
    }
    store->stats.saved += saved->count;
    ouro__pending_clear(store->saving);
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
    int rc = ouro__db_save(&store->db, store->batch, store->saving->entries, count);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    saved_set(store);
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

static int refresh_if_stale(struct ouro_store *store, struct ouro__board *board)
{
    pthread_mutex_lock(&store->lock);
    bool stale = board->stale;
    pthread_mutex_unlock(&store->lock);
    return stale ? refresh(store, board) : 0;
}

/* One portion at most in each attempt: those who wait come in between. */
static int prune(struct ouro_store *store, struct ouro__board *board)
{
    const struct ouro__rules *rules = &board->rules;
    int64_t wall_s = ouro_wall_time() / OURO_SEC(1);
    int64_t kept = ouro__rules_period(rules, wall_s, rules->periods_kept);
    if (store->unpruned || board->pruned == kept)
        return 0;
    int rc = ouro__db_prune(&store->db, rules, kept);
    if (rc == 0)
        board->pruned = kept;
    store->unpruned = rc > 0;
    return rc < 0 ? rc : 0;
}

/* Two sets at the most, so it ends even if submissions don't. Where it failed before, a write shows
 * whether it still does. */
int ouro__store_attempt(struct ouro_store *store)
{
    int rc = ouro__store_be_open(store);
    if (rc == 0 && store->stats.failing)
        rc = ouro__db_probe(&store->db);
    for (int set = 0; set < 2 && rc == 0; set++)
        rc = save_set(store);
    if (rc == 0)
        rc = for_each_board(store, refresh_if_stale);
    store->unpruned = false;
    if (rc == 0)
        rc = for_each_board(store, prune);
    return ouro__store_note(store, rc);
}

/* --- trying again ---------------------------------------------------------------------------- */

/* Pause in the thread. False: it is not yet time, but closing, or somebody's turn. */
static bool pause_until(struct ouro_store *store, int64_t when)
{
    struct timespec until = {.tv_sec = when / OURO_SEC(1), .tv_nsec = when % OURO_SEC(1)};
    pthread_mutex_lock(&store->lock);
    while (!store->closing && !store->waiting && ouro_now() < when)
        pthread_cond_timedwait(&store->hurry, &store->lock, &until);
    pthread_mutex_unlock(&store->lock);
    return ouro_now() >= when;
}

static void back_off(struct ouro_store *store)
{
    store->retry_at = ouro_after(store->retry_ns);
    store->retry_ns *= 2;
    if (store->retry_ns > store->options.retry_ns_max)
        store->retry_ns = store->options.retry_ns_max;
}

/* 0, or there is still something to do: also when others have their turn first. */
static int save_until_done(struct ouro_store *store)
{
    while (pause_until(store, store->retry_at)) {
        int rc = ouro__store_attempt(store);
        if (rc < 0 && store->simulated)
            return 0; /* the next submission tries again */
        if (rc == 0) {
            store->retry_ns = store->options.retry_ns_min;
            store->retry_at = 0;
            return store->unpruned || ouro__store_unsaved(store) ? -EAGAIN : 0;
        }
        back_off(store);
    }
    return -EAGAIN;
}

static int save_job(void *arg)
{
    struct ouro_store *store = arg;
    int rc = save_until_done(store);
    pthread_mutex_lock(&store->lock);
    store->save_queued = false;
    pthread_mutex_unlock(&store->lock);
    if (rc < 0)
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
