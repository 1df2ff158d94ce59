/* SPDX-License-Identifier: MIT */
/* The inside of a store: boards and pending scores in memory, and one thread that reads and writes.
 *
 * The thread is a pool of one, so whatever touches the database is a job, and jobs come one after
 * the other. Of the job that writes what is pending there is one at the most. While the database
 * fails it pauses in the thread and tries again; who waits for the thread ends the pause, and has
 * its turn first.
 *
 * Two sets of pending scores take turns: submissions fill one while the thread writes the other, so
 * that a submission waits for no more than the exchange of two pointers.
 *
 *      store.c   its life              save.c     the thread: open, load, write, try again
 *      call.c    waiting for it        scores.c, kv.c, backup.c     what it is asked to do
 */
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
    pthread_cond_t hurry; /* closing has begun, or somebody waits */
    struct ouro__boards boards;
    struct ouro__pending sets[2], *pending;
    int64_t seq;              /* of the last submission */
    size_t waiting;           /* calls whose turn has not come */
    struct ouro_link writers; /* of these, those that want values written, see kv.c */
    bool save_queued, closing, full_told;
    struct ouro_store_stats stats; /* without `pending` */

    /* Of the thread. `saving` keeps its scores until they are in the database. */
    struct ouro__db db;
    struct ouro__pending *saving;
    int64_t batch; /* by which the database knows `saving` */
    struct ouro_rng rng;
    int64_t retry_ns, retry_at;
    bool numbered; /* submissions are numbered on from what is in the database */
    bool loaded;   /* has been opened once */
    bool unpruned; /* old periods are still to be removed */
    bool told;     /* that it fails */
    int64_t quiet_until;
};

/* --- in the thread --------------------------------------------------------------------------- */

/* Open and load if need be. A failure is to be noted. */
int ouro__store_be_open(struct ouro_store *store);
/* One attempt to write everything, opening if need be; noted. 0, or why it failed. */
int ouro__store_attempt(struct ouro_store *store);
/* Keep the account and tell the operator: that it works again, or why it does not. Then the
 * database is closed, unless it is only full. Returns rc. */
int ouro__store_note(struct ouro_store *store, int rc);
/* What the database said to somebody who asked. Returns rc. */
int ouro__store_answered(struct ouro_store *store, int rc);
/* Read the top of a board from the database. */
int ouro__store_read_top(struct ouro_store *store, struct ouro__board *board,
                         struct ouro__top *ret_top);

/* --- any thread, never waits ----------------------------------------------------------------- */

/* Is there anything to write? */
bool ouro__store_unsaved(struct ouro_store *store);
/* Have the thread write what is pending, if that is not on its way. */
void ouro__store_queue_save(struct ouro_store *store);

/* --- a task waits ---------------------------------------------------------------------------- */

/* What the thread does for a task; its result is the call's. */
typedef int ouro__store_fn(struct ouro_store *store, void *arg);
int ouro__store_call(struct ouro_store *store, ouro__store_fn *fn, void *arg, int64_t deadline);

#endif
