/* SPDX-License-Identifier: MIT */
/* A bounded queue between loops. The ring and the lists are under a lock that is never held while
 * anybody waits. Whose turn has come is taken out of its list, given what it waits for, and told by
 * a post to its own loop; it lies on the stack of its task, which therefore waits for that post,
 * whatever else ends the wait meanwhile:
 *
 *      other thread                                  its own loop
 *      grant: unlink, fill, post ------------------> on_told: goes on, the thing is its own
 *                                                    too late or cancelled: still linked? then it
 *                                                    withdraws; else the post is on its way */
#include "sync/ring.h"

#include "runtime/wait.h"

#include <pthread.h>
#include <stdatomic.h>

struct ouro_shared_queue {
    _Atomic uint32_t refs;
    void (*drop)(void *item);
    pthread_mutex_t lock;
    struct ouro__ring ring;
    struct ouro_link getters, putters; /* only one of them is not empty */
    bool closed;
};

/* Who waits to get or to put. */
struct party {
    struct ouro_shared_queue *queue;
    struct ouro_loop *loop;

    /* With the queue's lock, until the turn has come. */
    struct ouro_link link;
    void *item;
    int result;

    /* Of its loop's thread. */
    bool told;
    struct ouro_post post;
    struct ouro_link waiter; /* the task, alone in its list */
};

/* --- life ------------------------------------------------------------------------------------- */

int ouro_shared_queue_new(size_t capacity, void (*drop)(void *item),
                          struct ouro_shared_queue **ret_queue)
{
    struct ouro_shared_queue *queue = malloc(sizeof *queue);
    if (!queue)
        return -ENOMEM;
    *queue = (struct ouro_shared_queue){.drop = drop};
    int rc = ouro__ring_init(&queue->ring, capacity);
    if (rc < 0) {
        free(queue);
        return rc;
    }
    atomic_init(&queue->refs, 1);
    pthread_mutex_init(&queue->lock, NULL);
    ouro_list_init(&queue->getters);
    ouro_list_init(&queue->putters);
    *ret_queue = queue;
    return 0;
}

struct ouro_shared_queue *ouro_shared_queue_ref(struct ouro_shared_queue *queue)
{
    atomic_fetch_add_explicit(&queue->refs, 1, memory_order_relaxed);
    return queue;
}

static void queue_free(struct ouro_shared_queue *queue)
{
    ouro_assert(ouro_list_empty(&queue->getters) && ouro_list_empty(&queue->putters));
    while (queue->drop && queue->ring.count > 0)
        queue->drop(ouro__ring_take(&queue->ring));
    ouro__ring_done(&queue->ring);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

struct ouro_shared_queue *ouro_shared_queue_unref(struct ouro_shared_queue *queue)
{
    if (queue && atomic_fetch_sub_explicit(&queue->refs, 1, memory_order_acq_rel) == 1)
        queue_free(queue);
    return NULL;
}

/* --- with the lock ---------------------------------------------------------------------------- */

static struct party *first_of(struct ouro_link *parties)
{
    struct ouro_link *first = ouro_list_first(parties);
    return first ? ouro_container(first, struct party, link) : NULL;
}

/* From the post on the party may be gone, and its loop with it: hence the reference. The post is
 * accepted, because a loop with a task that waits has not ended. */
static void grant(struct party *party, int result)
{
    struct ouro_loop *loop = ouro_loop_ref(party->loop);
    ouro_unlink(&party->link);
    party->result = result;
    int rc = ouro_post(loop, &party->post);
    ouro_assert(rc == 0);
    ouro_loop_unref(loop);
}

static int try_put(struct ouro_shared_queue *queue, void *item)
{
    if (queue->closed)
        return -OURO_ECLOSED;
    struct party *getter = first_of(&queue->getters);
    if (getter) {
        getter->item = item;
        grant(getter, 0);
        return 0;
    }
    if (ouro__ring_full(&queue->ring))
        return -EAGAIN;
    ouro__ring_put(&queue->ring, item);
    return 0;
}

static int try_get(struct ouro_shared_queue *queue, void **ret_item)
{
    if (queue->ring.count == 0)
        return queue->closed ? -OURO_ECLOSED : -EAGAIN;
    *ret_item = ouro__ring_take(&queue->ring);
    struct party *putter = first_of(&queue->putters);
    if (putter) {
        ouro__ring_put(&queue->ring, putter->item);
        grant(putter, 0);
    }
    return 0;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void on_told(struct ouro_post *post)
{
    struct party *party = ouro_container(post, struct party, post);
    party->told = true;
    ouro__wake_all(&party->waiter, 0);
}

/* False: too late, its turn has come. */
static bool withdraw(struct party *party)
{
    pthread_mutex_lock(&party->queue->lock);
    bool waiting = ouro_linked(&party->link);
    ouro_unlink(&party->link);
    pthread_mutex_unlock(&party->queue->lock);
    return waiting;
}

/* The wait would be over: told, too late, or cancelled. */
static void woken(struct ouro__waiter *waiter, int result)
{
    const struct party *party = waiter->slot;
    if (party->told)
        ouro__resume(waiter, party->result);
    else if (withdraw(waiter->slot))
        ouro__resume(waiter, result);
}

/* With the lock, which it gives back. */
static int wait_for_turn(struct ouro_shared_queue *queue, struct party *party,
                         struct ouro_link *parties, int64_t deadline, const char *what)
{
    struct ouro_loop *loop = ouro_loop_self();
    party->queue = queue;
    party->loop = loop;
    party->post.fn = on_told;
    ouro_list_init(&party->waiter);
    ouro_list_push(parties, &party->link);
    pthread_mutex_unlock(&queue->lock);

    bool real = !ouro__loop_is_simulated(loop);
    if (real)
        ouro__external_hold(loop); /* somebody on another loop can still come */
    int rc = ouro__wait_with(&party->waiter, party, woken, deadline, what);
    if (real)
        ouro__external_drop(loop);
    return rc;
}

static int told(int rc, int64_t deadline)
{
    if (rc == 0 && ouro_task_self())
        ouro__give_way(deadline); /* the other side may be as fast as we are */
    return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

/* Outside a task there is nothing to be cancelled, and nothing to suspend. */
static int may_begin(int64_t deadline)
{
    if (ouro_task_self())
        return ouro__checkpoint();
    ouro_assert(deadline == 0);
    return 0;
}

static bool may_wait(int64_t deadline)
{
    return deadline != 0 && !ouro__past(deadline);
}

int ouro_shared_queue_put(struct ouro_shared_queue *queue, void *item, int64_t deadline)
{
    int rc = may_begin(deadline);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&queue->lock);
    rc = try_put(queue, item);
    if (rc == -EAGAIN && may_wait(deadline)) {
        struct party party = {.item = item};
        return wait_for_turn(queue, &party, &queue->putters, deadline, "room in a shared queue");
    }
    pthread_mutex_unlock(&queue->lock);
    return told(rc, deadline);
}

int ouro_shared_queue_get(struct ouro_shared_queue *queue, int64_t deadline, void **ret_item)
{
    int rc = may_begin(deadline);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&queue->lock);
    rc = try_get(queue, ret_item);
    if (rc == -EAGAIN && may_wait(deadline)) {
        struct party party = {0};
        rc = wait_for_turn(queue, &party, &queue->getters, deadline, "item in a shared queue");
        if (rc == 0)
            *ret_item = party.item;
        return rc;
    }
    pthread_mutex_unlock(&queue->lock);
    return told(rc, deadline);
}

void ouro_shared_queue_close(struct ouro_shared_queue *queue)
{
    struct party *party;
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    while ((party = first_of(&queue->getters)) || (party = first_of(&queue->putters)))
        grant(party, -OURO_ECLOSED);
    pthread_mutex_unlock(&queue->lock);
}

size_t ouro_shared_queue_count(struct ouro_shared_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->ring.count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
