/* SPDX-License-Identifier: MIT */
/* A task waits for the store's thread. */
#include "store/store.h"

struct call {
    struct ouro_store *store;
    ouro__store_fn *fn;
    void *arg;
    bool begun;
};

/* Whoever waits is counted until its turn has come, so that the thread does not pause meanwhile. */
static void count_waiting(struct ouro_store *store, int by)
{
    pthread_mutex_lock(&store->lock);
    store->waiting += (size_t)by;
    pthread_cond_broadcast(&store->hurry);
    pthread_mutex_unlock(&store->lock);
}

static int run(void *arg)
{
    struct call *call = arg;
    call->begun = true;
    count_waiting(call->store, -1);
    return call->fn(call->store, call->arg);
}

int ouro__store_call(struct ouro_store *store, ouro__store_fn *fn, void *arg, int64_t deadline)
{
    struct call call = {.store = store, .fn = fn, .arg = arg};
    count_waiting(store, 1);
    int rc = ouro_offload(store->pool, run, &call, deadline);
    if (!call.begun)
        count_waiting(store, -1);
    return rc;
}

/* Also an answer is news of the disk. Trouble is told, and somebody has to try whether it has
 * ended; where it had been known, scores that wait need not wait any longer. */
int ouro__store_answered(struct ouro_store *store, int rc)
{
    bool refused = rc == -ENOENT || rc == -ESTALE || rc == -EEXIST; /* by what lies there */
    if (rc < 0 && !refused)
        ouro__store_note(store, rc);
    else if (store->stats.failing)
        store->retry_at = 0;
    if (store->stats.failing)
        ouro__store_queue_save(store);
    return rc;
}
