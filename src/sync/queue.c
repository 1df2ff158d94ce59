/* SPDX-License-Identifier: MIT */
/* A bounded queue. Who waits to get stands before an empty ring, who waits to put before a full
 * one: an item goes straight from hand to hand, or through the ring, and order is kept. The slot
 * of a getter's waiter is where the item goes; that of a putter's is the item itself. */
#include "sync/ring.h"
#include "sync/select.h"

int ouro_queue_init(struct ouro_queue *queue, size_t capacity)
{
    int rc = ouro__ring_init(&queue->ring, capacity);
    if (rc < 0)
        return rc;
    queue->closed = false;
    ouro_list_init(&queue->getters);
    ouro_list_init(&queue->putters);
    return 0;
}

void ouro_queue_done(struct ouro_queue *queue)
{
    ouro_assert(ouro_list_empty(&queue->getters) && ouro_list_empty(&queue->putters));
    ouro__ring_done(&queue->ring);
}

static void hand_to(struct ouro_link *getter, void *item)
{
    struct ouro__waiter *waiter = ouro__waiter_of(getter);
    void **ret_item = waiter->slot;
    *ret_item = item;
    ouro__wake(waiter, 0);
}

static int try_put(struct ouro_queue *queue, void *item)
{
    if (queue->closed)
        return -OURO_ECLOSED;
    struct ouro_link *getter = ouro_list_first(&queue->getters);
    if (getter)
        hand_to(getter, item);
    else if (!ouro__ring_full(&queue->ring))
        ouro__ring_put(&queue->ring, item);
    else
        return -EAGAIN;
    return 0;
}

/* There is room again, for who has waited longest to put. */
static void take_from_putter(struct ouro_queue *queue)
{
    struct ouro_link *putter = ouro_list_first(&queue->putters);
    if (!putter)
        return;
    struct ouro__waiter *waiter = ouro__waiter_of(putter);
    ouro__ring_put(&queue->ring, waiter->slot);
    ouro__wake(waiter, 0);
}

static int try_get(struct ouro_queue *queue, void **ret_item)
{
    if (queue->ring.count == 0)
        return queue->closed ? -OURO_ECLOSED : -EAGAIN;
    *ret_item = ouro__ring_take(&queue->ring);
    take_from_putter(queue);
    return 0;
}

/* A callback has no task to be cancelled, and none to suspend. */
int ouro_queue_put(struct ouro_queue *queue, void *item, int64_t deadline)
{
    bool in_task = ouro_task_self();
    ouro_assert(in_task || deadline == 0);
    int rc = in_task ? ouro__checkpoint() : 0;
    if (rc == 0)
        rc = try_put(queue, item);
    return rc == -EAGAIN ? ouro__wait(&queue->putters, item, deadline, "room in a queue") : rc;
}

int ouro_queue_get(struct ouro_queue *queue, int64_t deadline, void **ret_item)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = try_get(queue, ret_item);
    return rc == -EAGAIN ? ouro__wait(&queue->getters, ret_item, deadline, "item in a queue") : rc;
}

void ouro_queue_close(struct ouro_queue *queue)
{
    queue->closed = true;
    ouro__wake_all(&queue->getters, -OURO_ECLOSED);
    ouro__wake_all(&queue->putters, -OURO_ECLOSED);
}

size_t ouro_queue_count(const struct ouro_queue *queue)
{
    return queue->ring.count;
}

/* --- in a select ------------------------------------------------------------------------------ */

static int put_case_try(struct ouro_case *self)
{
    return try_put(self->object, self->waiter.slot);
}

static void put_case_attach(struct ouro_case *self)
{
    struct ouro_queue *queue = self->object;
    ouro_list_push(&queue->putters, &self->waiter.link);
}

struct ouro_case ouro_on_put(struct ouro_queue *queue, void *item)
{
    static const struct ouro__selectable_ops ops = {put_case_try, put_case_attach, NULL};
    return ouro__case(&ops, queue, item);
}

static int get_case_try(struct ouro_case *self)
{
    return try_get(self->object, self->waiter.slot);
}

static void get_case_attach(struct ouro_case *self)
{
    struct ouro_queue *queue = self->object;
    ouro_list_push(&queue->getters, &self->waiter.link);
}

struct ouro_case ouro_on_get(struct ouro_queue *queue, void **ret_item)
{
    static const struct ouro__selectable_ops ops = {get_case_try, get_case_attach, NULL};
    return ouro__case(&ops, queue, ret_item);
}
