/* SPDX-License-Identifier: MIT */
/* A store's life. */
#include "store/store.h"
#include "runtime/wait.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_NS_MIN       OURO_MS(500)
#define RETRY_NS_MAX       OURO_SEC(30)
#define CLOSE_RETRY_NS_MAX OURO_MS(100)

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
    const struct ouro_store_options *options = &store->options;
    store->path = strdup(path);
    int rc = store->path ? 0 : -ENOMEM;
    if (rc == 0)
        rc = ouro__boards_declare(&store->boards, options->boards, options->board_count);
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = ouro__pending_init(&store->sets[i], options->pending_max, ouro_random());
    return rc < 0 ? rc : ouro_pool_new(&one_thread, &store->pool);
}

/* Where the first attempt fails, others follow even if no score is submitted: to load the boards.
 */
static int open_job(void *arg)
{
    struct ouro_store *store = arg;
    if (ouro__store_attempt(store) < 0 || store->unpruned)
        ouro__store_queue_save(store);
    return 0;
}

static struct ouro_store *new_store(const struct ouro_store_options *options)
{
    struct ouro_store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    store->options = with_defaults(options);
    store->simulated = ouro__loop_is_simulated(ouro_loop_self());
    store->pending = &store->sets[0];
    store->saving = &store->sets[1];
    store->retry_ns = store->options.retry_ns_min;
    ouro_list_init(&store->writers);
    ouro_rng_seed(&store->rng, ouro_random());
    atomic_init(&store->db.give_up_at, OURO_FOREVER);
    init_locks(store);
    return store;
}

int ouro_store_open(const char *path, const struct ouro_store_options *options,
                    struct ouro_store **ret_store)
{
    if (!path[0])
        return -EINVAL;
    struct ouro_store *store = new_store(options);
    if (!store)
        return -ENOMEM;
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

static int flush(struct ouro_store *store, void *arg)
{
    (void)arg;
    int rc = ouro__store_unsaved(store) ? ouro__store_attempt(store) : 0;
    if (rc < 0)
        ouro__store_queue_save(store);
    return rc;
}

int ouro_store_flush(struct ouro_store *store, int64_t deadline)
{
    return ouro__store_call(store, flush, NULL, deadline);
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
