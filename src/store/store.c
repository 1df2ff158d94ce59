/* SPDX-License-Identifier: MIT */
/* A store's life, and what is asked of it. Its thread's side is save.c. */
#include "store/store.h"
#include "runtime/wait.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_NS_MIN       OURO_MS(500)
#define RETRY_NS_MAX       OURO_SEC(30)
#define CLOSE_RETRY_NS_MAX OURO_MS(100)

/* --- life ------------------------------------------------------------------------------------ */

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
    if (ouro__store_attempt(store) < 0 && !store->simulated)
        ouro__store_queue_save(store);
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
    int rc = ouro__store_unsaved(store) ? ouro__store_attempt(store) : 0;
    if (rc < 0)
        ouro__store_queue_save(store);
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
    while (ouro__store_unsaved(store) && (rc = ouro__store_attempt(store)) < 0 &&
           !store->simulated && try_again_until(deadline))
        ;
    if (rc < 0)
        ouro_log(OURO_LOG_ERROR, "store: the last scores (%zu) are lost, not saved in %s: %s.",
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

/* --- leaderboards ---------------------------------------------------------------------------- */

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
    struct ouro__entry entry = {.best.score = score};
    if (!copy_name(entry.board, board, OURO_BOARD_NAME_BYTES_MAX) ||
        !copy_name(entry.best.name, name, OURO_SCORE_NAME_BYTES_MAX))
        return -EINVAL;
    pthread_mutex_lock(&store->lock);
    size_t refused = store->stats.refused;
    int rc = submit(store, &entry);
    bool full = store->stats.refused > refused;
    pthread_mutex_unlock(&store->lock);
    if (full)
        tell_full(store);
    ouro__store_queue_save(store);
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
        ret_rows[i] = found->rows[i].best;
    pthread_mutex_unlock(&store->lock);
    return (int)count;
}
