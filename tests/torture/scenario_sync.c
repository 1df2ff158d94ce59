/* SPDX-License-Identifier: MIT */
/* sync: waiting never allocates; queues and subscriptions do, once. */
#include "torture.h"

/* What all tasks of a scenario share. */
struct things {
    struct ouro_lock lock;
    struct ouro_condition condition;
    struct ouro_event event;
    struct ouro_semaphore semaphore;
    struct ouro_barrier barrier;
};

static void init(struct things *things)
{
    ouro_lock_init(&things->lock);
    ouro_condition_init(&things->condition);
    ouro_event_init(&things->event);
    ouro_semaphore_init(&things->semaphore, 1);
    ouro_barrier_init(&things->barrier, 2);
}

static void done(struct things *things)
{
    ouro_barrier_done(&things->barrier);
    ouro_semaphore_done(&things->semaphore);
    ouro_event_done(&things->event);
    ouro_condition_done(&things->condition);
    ouro_lock_done(&things->lock);
}

static int partner(void *arg)
{
    struct things *things = arg;
    int rc = ouro_lock_acquire(&things->lock, SOON);
    expect(rc == 0);
    ouro_condition_notify(&things->condition, 1);
    ouro_condition_notify_all(&things->condition);
    ouro_lock_release(&things->lock);
    ouro_event_set(&things->event);
    ouro_semaphore_release(&things->semaphore, 1);
    return ouro_barrier_wait(&things->barrier, SOON) >= 0 ? 0 : -OURO_ECLOSED;
}

/* Alone, where the partner could not be spawned, each wait ends at its deadline. */
static int wait_for_all(void *arg)
{
    (void)arg;
    struct things things;
    init(&things);
    expect(ouro_semaphore_acquire(&things.semaphore, 0) == 0);
    expect(ouro_lock_acquire(&things.lock, 0) == 0);
    struct ouro_task *task = started(partner, &things);
    int64_t until = task ? SOON : BRIEFLY;
    int rc = ouro_condition_wait(&things.condition, &things.lock, until);
    int wanted = task ? 0 : -ETIMEDOUT;
    expect(rc == wanted);
    ouro_lock_release(&things.lock);
    expect(ouro_event_wait(&things.event, until) == wanted);
    expect(ouro_event_is_set(&things.event) == !!task);
    ouro_event_clear(&things.event);
    expect(ouro_semaphore_acquire(&things.semaphore, until) == wanted);
    expect((ouro_barrier_wait(&things.barrier, until) >= 0) == !!task);
    ouro_barrier_break(&things.barrier);
    expect(ouro_barrier_wait(&things.barrier, SOON) == -OURO_ECLOSED);
    ouro_barrier_reset(&things.barrier);
    expect(status_of(task) == (task ? 0 : -ENOMEM));
    done(&things);
    return 0;
}

SCENARIO(sync, waits)
{
    in_loop(wait_for_all);
}

static int use_queue(void *arg)
{
    (void)arg;
    struct ouro_queue queue;
    void *item;
    if (!went(ouro_queue_init(&queue, 3), -ENOMEM))
        return 0;
    expect(ouro_queue_put(&queue, &queue, 0) == 0 && ouro_queue_count(&queue) == 1);
    expect(ouro_queue_get(&queue, SOON, &item) == 0 && item == &queue);
    ouro_queue_close(&queue);
    expect(ouro_queue_get(&queue, SOON, &item) == -OURO_ECLOSED);
    ouro_queue_done(&queue);
    return 0;
}

SCENARIO(sync, queue)
{
    in_sim(use_queue);
}

static int put_once(void *queue)
{
    return ouro_shared_queue_put(queue, queue, SOON);
}

static int use_shared_queue(void *arg)
{
    (void)arg;
    struct ouro_shared_queue *queue;
    void *item = NULL;
    if (!went(ouro_shared_queue_new(1, NULL, &queue), -ENOMEM))
        return 0;
    struct ouro_task *task = started(put_once, queue);
    int rc = ouro_shared_queue_get(queue, task ? SOON : BRIEFLY, &item);
    expect(task ? rc == 0 && item == queue : rc == -ETIMEDOUT);
    expect(status_of(task) == (task ? 0 : -ENOMEM));
    expect(ouro_shared_queue_put(queue, &item, 0) == 0 && ouro_shared_queue_count(queue) == 1);
    ouro_shared_queue_close(queue);
    ouro_shared_queue_unref(ouro_shared_queue_ref(queue));
    ouro_shared_queue_unref(queue);
    return 0;
}

SCENARIO(sync, shared_queue)
{
    in_loop(use_shared_queue);
}

static int use_topic(void *arg)
{
    (void)arg;
    struct ouro_topic topic;
    struct ouro_subscription subscriptions[3];
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "news", 4);
    bool subscribed[3];
    size_t count = 0;
    void *message;
    if (!frame)
        return 0;
    ouro_topic_init(&topic, &ouro_frame_messages);
    for (size_t i = 0; i < 3; i++) {
        subscribed[i] = went(
            ouro_topic_subscribe(&topic, &subscriptions[i], (enum ouro_overflow)i, 1), -ENOMEM);
        count += subscribed[i];
    }
    expect(ouro_topic_publish(&topic, frame) == count);
    ouro_topic_publish(&topic, frame);
    if (subscribed[0]) {
        expect(ouro_topic_receive(&subscriptions[0], SOON, &message) == 0);
        ouro_frame_unref(message);
    }
    ouro_topic_close(&topic);
    for (size_t i = 0; i < 3; i++)
        if (subscribed[i])
            ouro_topic_unsubscribe(&subscriptions[i]);
    ouro_topic_done(&topic);
    ouro_frame_unref(frame);
    return 0;
}

SCENARIO(sync, topic)
{
    in_loop(use_topic);
}

static int sleep_briefly(void *arg)
{
    return ouro_sleep((int64_t)(intptr_t)arg);
}

/* One select over everything there is; what was not chosen is untouched. */
static int select_first(void *arg)
{
    (void)arg;
    struct things things;
    struct ouro_queue queue;
    struct ouro_topic topic;
    struct ouro_subscription subscription;
    struct ouro_task *task = started(sleep_briefly, (void *)(intptr_t)OURO_US(100));
    void *item = NULL, *message = NULL;
    int status = 0;
    init(&things);
    ouro_topic_init(&topic, NULL);
    bool queued = went(ouro_queue_init(&queue, 1), -ENOMEM);
    bool subscribed =
        went(ouro_topic_subscribe(&topic, &subscription, OURO_DROP_OLDEST, 2), -ENOMEM);
    if (task && queued && subscribed) {
        struct ouro_case cases[] = {
            ouro_on_get(&queue, &item),   ouro_on_receive(&subscription, &message),
            ouro_on_event(&things.event), ouro_on_condition(&things.condition),
            ouro_on_task(task, &status),  ouro_on_time(SOON),
            ouro_on_lock(&things.lock),   ouro_on_semaphore(&things.semaphore),
            ouro_on_put(&queue, &queue),
        };
        expect(ouro_select(cases, 6, SOON) == 4 && status == 0);
        expect(ouro_select(cases + 6, 3, SOON) == 0);
        ouro_lock_release(&things.lock);
        expect(ouro_select(cases + 8, 1, SOON) == 0 && ouro_queue_count(&queue) == 1);
    }
    if (subscribed)
        ouro_topic_unsubscribe(&subscription);
    if (queued)
        ouro_queue_done(&queue);
    ouro_topic_done(&topic);
    done(&things);
    status_of(task);
    return 0;
}

SCENARIO(sync, select)
{
    in_loop(select_first);
}

static int wait_for_tasks(void *arg)
{
    (void)arg;
    struct ouro_task *tasks[5];
    size_t count = 0;
    int status = 1;
    for (int i = 0; i < 5; i++) {
        struct ouro_task *task = started(sleep_briefly, (void *)(intptr_t)OURO_US(50 * i));
        if (task)
            tasks[count++] = task;
    }
    if (count > 0)
        expect(ouro_wait(tasks, count, OURO_FIRST_COMPLETED, SOON) == 0);
    expect(ouro_wait(tasks, count, OURO_ALL_COMPLETED, SOON) == (int)count);
    expect(ouro_gather(tasks, count, SOON, &status) == 0 && status == 0);
    while (count > 0)
        status_of(tasks[--count]);
    return 0;
}

SCENARIO(sync, tasks)
{
    in_loop(wait_for_tasks);
}
