/* SPDX-License-Identifier: MIT */
/* The store: boards and pending scores in memory, one thread that writes, and what is done when it
 * can't.
 *
 * The thread is a pool of one, so whatever touches the database is a job, and jobs come one after
 * the other. `save_job` writes what is pending; it is queued when there is something to write and
 * it is not queued already. While the database fails it stays in the thread and tries again, and
 * whoever flushes waits behind it.
 *
 * Two sets of pending scores take turns: submissions fill one while the thread writes the other, so
 * that a submission waits for no more than the exchange of two pointers. */
#include "ouro/offload.h"
#include "runtime/wait.h"
#include "store/db.h"
#include "store/pending.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_NS_MIN       OURO_MS(500)
#define RETRY_NS_MAX       OURO_SEC(30)
#define CLOSE_RETRY_NS_MAX OURO_MS(100)
/* A disk that is nearly full works and fails by turns: one pair of lines per while is enough. */
#define TELL_AGAIN_NS OURO_SEC(60)

struct ouro_store {
    char *path;
    struct ouro_store_options options;
    bool simulated; /* jobs run inside the calls: they must not wait */
    struct ouro_pool *pool;

    pthread_mutex_t lock;
    pthread_cond_t hurry; /* closing has begun */
    struct ouro__boards boards;
    struct ouro__pending sets[2], *pending;
    int64_t seq; /* of the last submission */
    bool save_queued, closing, full_told;
    struct ouro_store_stats stats; /* without `pending` */

    /* Of the thread. `saving` keeps its scores until they are in the database. */
    struct ouro__db db;
    struct ouro__pending *saving;
    int64_t retry_ns;
    bool loaded; /* has been opened once */
    bool told;   /* that it fails */
    int64_t quiet_until;
};

/* --- opening, in the thread
 * ------------------------------------------------------------------------- */

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
        for (size_t at = 0; at < board->count; at++) {
            const struct ouro__ranked *row = &board->rows[at];
            struct ouro__entry entry = {.score = row->score.score, .seq = row->seq};
            strcpy(entry.board, board->name);
            strcpy(entry.name, row->score.name);
            put_on_board(&entry, &store->boards);
        }
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
    struct ouro__entry entries[OURO_BOARD_TOP_MAX];
    pthread_mutex_lock(&store->lock);
    size_t count = board->count;
    for (size_t i = 0; i < count; i++) {
        strcpy(entries[i].board, board->name);
        strcpy(entries[i].name, board->rows[i].score.name);
        entries[i].score = board->rows[i].score.score;
        entries[i].seq = board->rows[i].seq;
    }
    pthread_mutex_unlock(&store->lock);
    return ouro__db_save(&store->db, entries, count);
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
    if (store->db.handle)
        return 0;
    int rc = ouro__db_open(&store->db, store->path, store->options.power_safe);
    if (rc == 0)
        rc = load(store);
    if (rc == 0 && store->loaded)
        rc = save_boards(store);
    if (rc == 0)
        store->loaded = true;
    return rc;
}

/* --- saving, in the thread
 * --------------------------------------------------------------------------- */

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

static bool unsaved(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool any = store->pending->count || store->saving->count;
    pthread_mutex_unlock(&store->lock);
    return any;
}

/* One attempt at everything. Two sets at the most, so it ends even if submissions don't. */
static int attempt(struct ouro_store *store)
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

static void queue_save(struct ouro_store *store);

static int save_job(void *arg)
{
    struct ouro_store *store = arg;
    int rc;
    while ((rc = attempt(store)) < 0 && !store->simulated && !closing(store)) {
        pause_until(store, ouro_after(store->retry_ns));
        store->retry_ns *= 2;
        if (store->retry_ns > store->options.retry_ns_max)
            store->retry_ns = store->options.retry_ns_max;
    }
    pthread_mutex_lock(&store->lock);
    store->save_queued = false;
    pthread_mutex_unlock(&store->lock);
    if (rc == 0 && unsaved(store))
        queue_save(store); /* behind those who wait */
    return 0;
}

/* If it can't be queued, the next submission tries again. */
static void queue_save(struct ouro_store *store)
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

/* --- life
 * --------------------------------------------------------------------------------------------- */

static void init_locks(struct ouro_store *store)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->hurry, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void free_store(struct ouro_store *store)
{
    ouro_pool_free(store->pool);
    ouro__db_close(&store->db);
    ouro__boards_done(&store->boards);
    for (int i = 0; i < 2; i++)
        ouro__pending_done(&store->sets[i]);
    pthread_cond_destroy(&store->hurry);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

static struct ouro_store_options with_defaults(const struct ouro_store_options *options)
{
    struct ouro_store_options all = options ? *options : (struct ouro_store_options){0};
    all.pending_max = all.pending_max ? all.pending_max : OURO_STORE_PENDING_MAX;
    all.retry_ns_min = all.retry_ns_min ? all.retry_ns_min : RETRY_NS_MIN;
    all.retry_ns_max = all.retry_ns_max ? all.retry_ns_max : RETRY_NS_MAX;
    return all;
}

static int take_memory(struct ouro_store *store, const char *path)
{
    static const struct ouro_pool_options one_thread = {.threads_max = 1, .name = "ouro-store"};
    store->path = strdup(path);
    int rc = store->path ? 0 : -ENOMEM;
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = ouro__pending_init(&store->sets[i], store->options.pending_max, ouro_random());
    return rc < 0 ? rc : ouro_pool_new(&one_thread, &store->pool);
}

/* Where the first attempt fails, others follow even if no score is submitted: to load the boards.
 */
static int open_job(void *arg)
{
    struct ouro_store *store = arg;
    if (attempt(store) < 0 && !store->simulated)
        queue_save(store);
    return 0;
}

int ouro_store_open(const char *path, const struct ouro_store_options *options,
                    struct ouro_store **ret_store)
{
    if (!path[0])
        return -EINVAL;
    struct ouro_store *store = calloc(1, sizeof *store);
    if (!store)
        return -ENOMEM;
    store->options = with_defaults(options);
    store->simulated = ouro__loop_is_simulated(ouro_loop_self());
    store->pending = &store->sets[0];
    store->saving = &store->sets[1];
    store->retry_ns = store->options.retry_ns_min;
    atomic_init(&store->db.give_up_at, OURO_FOREVER);
    init_locks(store);
    int rc = take_memory(store, path);
    if (rc == 0)
        rc = ouro_offload(store->pool, open_job, store, OURO_FOREVER);
    if (rc < 0) {
        free_store(store);
        return rc;
    }
    *ret_store = store;
    return 0;
}

static int flush_job(void *arg)
{
    struct ouro_store *store = arg;
    int rc = unsaved(store) ? attempt(store) : 0;
    if (rc < 0)
        queue_save(store);
    return rc;
}

int ouro_store_flush(struct ouro_store *store, int64_t deadline)
{
    return ouro_offload(store->pool, flush_job, store, deadline);
}

static bool try_again_until(int64_t deadline)
{
    int64_t left = deadline - ouro_now();
    if (left <= 0)
        return false;
    left = left < CLOSE_RETRY_NS_MAX ? left : CLOSE_RETRY_NS_MAX;
    sqlite3_sleep((int)(left / OURO_MS(1)) + 1);
    return true;
}

/* `closing` is set: save_job does not stay in the way. */
static int close_job(void *arg)
{
    struct ouro_store *store = arg;
    int64_t deadline = atomic_load(&store->db.give_up_at);
    int rc = 0;
    while (unsaved(store) && (rc = attempt(store)) < 0 && !store->simulated &&
           try_again_until(deadline))
        ;
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "store: %zu scores are lost that could not be saved in %s: %s.",
                 store->pending->count + store->saving->count, store->path, store->db.why);
    ouro__db_close(&store->db);
    return rc;
}

int ouro_store_close(struct ouro_store *store, int64_t deadline)
{
    atomic_store(&store->db.give_up_at, deadline);
    pthread_mutex_lock(&store->lock);
    store->closing = true;
    pthread_cond_broadcast(&store->hurry);
    pthread_mutex_unlock(&store->lock);

    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER); /* the job itself keeps to the deadline */
    int rc = ouro_offload(store->pool, close_job, store, OURO_FOREVER);
    free_store(store);
    ouro_scope_close(&shield);
    return rc;
}

struct ouro_store_stats ouro_store_stats(struct ouro_store *store)
{
    pthread_mutex_lock(&store->lock);
    struct ouro_store_stats stats = store->stats;
    stats.pending = store->pending->count + store->saving->count;
    pthread_mutex_unlock(&store->lock);
    return stats;
}

/* --- leaderboards
 * ---------------------------------------------------------------------------------------- */

static bool copy_name(char *ret_copy, const char *name, size_t bytes_max)
{
    size_t len = strnlen(name, bytes_max + 1);
    if (len == 0 || len > bytes_max || !ouro_utf8_valid(name, len))
        return false;
    memcpy(ret_copy, name, len + 1);
    return true;
}

/* With the lock held. */
static int submit(struct ouro_store *store, struct ouro__entry *entry)
{
    entry->seq = ++store->seq;
    int rc = ouro__boards_put(&store->boards, entry);
    if (rc < 0)
        return rc;
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

int ouro_board_submit(struct ouro_store *store, const char *board, const char *name, int64_t score)
{
    struct ouro__entry entry = {.score = score};
    if (!copy_name(entry.board, board, OURO_BOARD_NAME_BYTES_MAX) ||
        !copy_name(entry.name, name, OURO_SCORE_NAME_BYTES_MAX))
        return -EINVAL;
    pthread_mutex_lock(&store->lock);
    size_t refused = store->stats.refused;
    int rc = submit(store, &entry);
    bool full = store->stats.refused > refused;
    pthread_mutex_unlock(&store->lock);
    if (full)
        tell_full(store);
    queue_save(store);
    return rc;
}

int ouro_board_save(struct ouro_store *store, const char *board, const char *name, int64_t score,
                    int64_t deadline)
{
    int rc = ouro_board_submit(store, board, name, score);
    return rc < 0 ? rc : ouro_store_flush(store, deadline);
}

int ouro_board_top(struct ouro_store *store, const char *board, struct ouro_score *ret_rows,
                   size_t rows_max)
{
    pthread_mutex_lock(&store->lock);
    const struct ouro__board *found = ouro__boards_find(&store->boards, board);
    size_t count = found ? found->count : 0;
    if (count > rows_max)
        count = rows_max;
    for (size_t i = 0; i < count; i++)
        ret_rows[i] = found->rows[i].score;
    pthread_mutex_unlock(&store->lock);
    return (int)count;
}
