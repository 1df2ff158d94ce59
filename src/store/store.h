/* SPDX-License-Identifier: MIT */
/* The inside of a store: boards and pending scores in memory, and one thread that writes.
 *
 * The thread is a pool of one, so whatever touches the database is a job, and jobs come one after
 * the other. Of the job that writes what is pending there is one at the most. While the database
 * fails it stays in the thread and tries again, and whoever flushes waits behind it.
 *
 * Two sets of pending scores take turns: submissions fill one while the thread writes the other, so
 * that a submission waits for no more than the exchange of two pointers. */
#ifndef OURO_STORE_STORE_H
#define OURO_STORE_STORE_H

#include "ouro/offload.h"
#include "store/db.h"
#include "store/pending.h"

#include <pthread.h>

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

/* One attempt to write everything, in the thread: opens the database if need be, keeps the
 * account and tells the operator. 0, or why it failed. */
int ouro__store_attempt(struct ouro_store *store);
/* Is there anything to write? */
bool ouro__store_unsaved(struct ouro_store *store);
/* Have the thread write what is pending, if that is not on its way. Any thread, never waits. */
void ouro__store_queue_save(struct ouro_store *store);

#endif
