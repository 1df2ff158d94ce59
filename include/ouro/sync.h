/* SPDX-License-Identifier: MIT */
/**
 * sync: how tasks of one loop wait for each other: lock, condition, event, semaphore, barrier,
 * queue, topic, and for the first or all of several; and a queue between loops.
 *
 * What holds for everything here:
 *  - Structs are the caller's memory, made ready by `init` and given up by `done`; `done` asserts
 *    that nobody waits any more. Waiting never allocates. The fields are the library's.
 *  - Who waits is served first come, first served, and gets what it waited for from who made it
 *    possible ("hand-over"): between the wake and its next step nobody can snatch it away.
 *  - So the rule of runtime.h about things that meet in the same turn means: a hand-over that came
 *    first counts, the call returns success and the thing is the caller's, even if cancellation or
 *    deadline follow before it runs again. If these came first, it gets nothing, and the thing
 *    goes to the next that waits, or stays. Nothing is lost, nothing is given twice.
 *  - Calls that take a deadline may wait (see runtime.h for what they all have in common). With
 *    deadline 0 they try: -ETIMEDOUT means that it would have to be waited for. Calls without one
 *    never wait and may also be made from callbacks, but for the release of a lock: its owner is
 *    a task.
 *  - One loop only, but for the shared queue. Between loops there is ouro_post(), too.
 */
#ifndef OURO_SYNC_H
#define OURO_SYNC_H

#include "ouro/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- lock ------------------------------------------------------------------------------------ */

/**
 * For what must not be interleaved although its holder waits in the middle of it. (Between two
 * waits nothing else runs anyway: most code needs no lock.) Belongs to the task that has acquired
 * it, until that task releases it; a cancelled owner is no exception, and a task that ends without
 * releasing leaves it locked.
 */
struct ouro_lock {
    struct ouro_task *owner; /**< NULL: free, and then nobody waits */
    struct ouro_link waiters;
};

OURO_API void ouro_lock_init(struct ouro_lock *lock);
/** Asserts that it is free. */
OURO_API void ouro_lock_done(struct ouro_lock *lock);
/** 0: it is the caller's. -ETIMEDOUT, -ECANCELED: it is not. Asserts that it was not already. */
OURO_API int ouro_lock_acquire(struct ouro_lock *lock, int64_t deadline);
/** Hand it to who has waited longest. Asserts that it is the caller's. Never waits. */
OURO_API void ouro_lock_release(struct ouro_lock *lock);

/* --- condition ------------------------------------------------------------------------------- */

/**
 * "Look again": wakes tasks that wait for something to become true. It remembers nothing; who
 * waits later waits for the next notification.
 */
struct ouro_condition {
    struct ouro_link waiters;
};

OURO_API void ouro_condition_init(struct ouro_condition *condition);
OURO_API void ouro_condition_done(struct ouro_condition *condition);
/**
 * Release the lock, wait to be notified, acquire the lock again: it is the caller's again on
 * *every* way out. For that it waits behind those that wait for the lock already, beyond deadline
 * and cancellation, which count only until the notification: a notified waiter returns 0, and its
 * notification is not lost. -ETIMEDOUT, -ECANCELED: was not notified; if it had to be told at
 * once, the lock was never released.
 *
 * `lock` may be NULL: what one loop owns often needs none.
 *
 *     while (!ready)
 *         if ((rc = ouro_condition_wait(&changed, &lock, deadline)) < 0)
 *             break;
 */
OURO_API int ouro_condition_wait(struct ouro_condition *condition, struct ouro_lock *lock,
                                 int64_t deadline);
/** Wake the `count` that have waited longest, or as many as there are; the lock need not be held.
 *  Returns how many. */
OURO_API size_t ouro_condition_notify(struct ouro_condition *condition, size_t count);
/** Wake all who wait now. Returns how many. */
OURO_API size_t ouro_condition_notify_all(struct ouro_condition *condition);

/* --- event ----------------------------------------------------------------------------------- */

/** Something that has happened, or has not yet. It stays set until it is cleared. */
struct ouro_event {
    bool set;
    struct ouro_link waiters;
};

OURO_API void ouro_event_init(struct ouro_event *event);
OURO_API void ouro_event_done(struct ouro_event *event);
/** Wake all who wait, and let pass who comes. Set already: nothing. */
OURO_API void ouro_event_set(struct ouro_event *event);
/** Who has been woken stays woken: its wait returns 0 even though the event is clear again. */
OURO_API void ouro_event_clear(struct ouro_event *event);
OURO_API bool ouro_event_is_set(const struct ouro_event *event);
/** Wait until it is set. 0, -ETIMEDOUT, -ECANCELED. */
OURO_API int ouro_event_wait(struct ouro_event *event, int64_t deadline);

/* --- semaphore ------------------------------------------------------------------------------- */

/** A number of units, to be taken and given back; by whom does not matter. Fair. */
struct ouro_semaphore {
    size_t units; /**< free; if there are any, nobody waits */
    struct ouro_link waiters;
};

OURO_API void ouro_semaphore_init(struct ouro_semaphore *semaphore, size_t units);
OURO_API void ouro_semaphore_done(struct ouro_semaphore *semaphore);
/** Take one unit. 0: it is the caller's. -ETIMEDOUT, -ECANCELED: it is not. */
OURO_API int ouro_semaphore_acquire(struct ouro_semaphore *semaphore, int64_t deadline);
/** Give that many units; those who wait get theirs at once. */
OURO_API void ouro_semaphore_release(struct ouro_semaphore *semaphore, size_t units);

/* --- barrier --------------------------------------------------------------------------------- */

/**
 * Where tasks wait until enough have come; then all go on, and it is ready for the next round.
 *
 * Who gives up (timed out, cancelled) has not come: the others wait on for somebody in its place.
 * If there will be nobody, break the barrier: all who wait, and all who come until it is reset,
 * get -OURO_ECLOSED. Those whom the last arrival has released pass, whatever follows.
 */
struct ouro_barrier {
    size_t parties, waiting;
    bool broken;
    struct ouro_link waiters;
};

/** For that many at a time, at least 1. */
OURO_API void ouro_barrier_init(struct ouro_barrier *barrier, size_t parties);
OURO_API void ouro_barrier_done(struct ouro_barrier *barrier);
/**
 * Wait for the others. Returns in which place the caller came: 0 the first, `parties - 1` the last
 * (so one can be told apart). -OURO_ECLOSED: broken or reset.
 */
OURO_API int ouro_barrier_wait(struct ouro_barrier *barrier, int64_t deadline);
/** Let nobody wait here until the reset. */
OURO_API void ouro_barrier_break(struct ouro_barrier *barrier);
/** Begin anew: whole and empty. Who waits gets -OURO_ECLOSED. */
OURO_API void ouro_barrier_reset(struct ouro_barrier *barrier);

/* --- queue ----------------------------------------------------------------------------------- */

/** Pointers in a ring of fixed size. For the library. */
struct ouro__ring {
    void **items;
    size_t capacity, head, count;
};

/**
 * A bounded queue of pointers, first in, first out, any number of tasks on both sides. What they
 * point to passes from who puts to who gets; what is still inside at `done` is the caller's to
 * have got before.
 */
struct ouro_queue {
    struct ouro__ring ring;
    struct ouro_link getters, putters; /**< only one of them is not empty */
    bool closed;
};

/** For `capacity` items, at least 1; all memory is taken here. 0 or -ENOMEM. */
OURO_API int ouro_queue_init(struct ouro_queue *queue, size_t capacity);
OURO_API void ouro_queue_done(struct ouro_queue *queue);
/** 0: the item has been taken over. -ETIMEDOUT (full until then), -ECANCELED, -OURO_ECLOSED: it is
 *  still the caller's. With deadline 0 it may also be called from a callback (timer, post). */
OURO_API int ouro_queue_put(struct ouro_queue *queue, void *item, int64_t deadline);
/** 0: *ret_item is the caller's. -OURO_ECLOSED: closed and empty. -ETIMEDOUT, -ECANCELED. */
OURO_API int ouro_queue_get(struct ouro_queue *queue, int64_t deadline, void **ret_item);
/** From now on nothing is put, not even by those who wait to; what is inside can be got. */
OURO_API void ouro_queue_close(struct ouro_queue *queue);
/** How many items are inside, 0 to the capacity. */
OURO_API size_t ouro_queue_count(const struct ouro_queue *queue);

/* --- queue between loops ---------------------------------------------------------------------- */

/**
 * A bounded queue of pointers between loops, each in a thread of its own: first in, first out, any
 * number of tasks on any number of loops on both sides. Every call may come from any thread that
 * has a reference; outside a task, in a callback or a thread without a loop, with deadline 0.
 *
 * It costs a lock per call and a post per wait, so on one loop use a struct ouro_queue. What waits
 * here can be woken from outside: it does not count for a deadlock, except in a simulation, which
 * has one loop. It is no case for a select: let a task carry from here into a struct ouro_queue.
 */
struct ouro_shared_queue;

/**
 * For `capacity` items, at least 1; all memory is taken here. One reference, the caller's. `drop`
 * is called for each item that is inside when the last reference goes; NULL: nobody owns them. 0
 * or -ENOMEM.
 */
OURO_API int ouro_shared_queue_new(size_t capacity, void (*drop)(void *item),
                                   struct ouro_shared_queue **ret_queue);
OURO_API struct ouro_shared_queue *ouro_shared_queue_ref(struct ouro_shared_queue *queue);
/** Give a reference back. Who waits has one. NULL is fine. Returns NULL. */
OURO_API struct ouro_shared_queue *ouro_shared_queue_unref(struct ouro_shared_queue *queue);
/**
 * 0: the item has been taken over. -ETIMEDOUT (full until then), -ECANCELED, -OURO_ECLOSED: it is
 * still the caller's. A wait that another loop has ended already succeeds, though the deadline or
 * a cancellation is met before the news: nothing is lost, nothing is given twice.
 */
OURO_API int ouro_shared_queue_put(struct ouro_shared_queue *queue, void *item, int64_t deadline);
/** 0: *ret_item is the caller's. -OURO_ECLOSED: closed and empty. -ETIMEDOUT, -ECANCELED, as
 *  above: it got nothing. */
OURO_API int ouro_shared_queue_get(struct ouro_shared_queue *queue, int64_t deadline,
                                   void **ret_item);
/** From now on nothing is put, not even by those who wait to; what is inside can be got. */
OURO_API void ouro_shared_queue_close(struct ouro_shared_queue *queue);
/** How many items are inside, at that moment. */
OURO_API size_t ouro_shared_queue_count(struct ouro_shared_queue *queue);

/* --- topic ----------------------------------------------------------------------------------- */

/** How messages are shared; both must not wait, nor touch the topic. */
struct ouro_message_ops {
    void (*ref)(void *message);   /**< one more holder */
    void (*unref)(void *message); /**< one less */
};
/** For messages that are a struct ouro_frame. */
OURO_API extern const struct ouro_message_ops ouro_frame_messages;

/** One message to all who have subscribed. Who publishes never waits, whoever is slow. */
struct ouro_topic {
    struct ouro_link subscriptions;
    const struct ouro_message_ops *ops; /**< NULL: plain pointers that nobody owns */
};

/** What becomes of messages that a subscriber has no room for. */
enum ouro_overflow {
    OURO_DROP_OLDEST, /**< the oldest that it has not received goes, and is counted as missed */
    OURO_LATEST_ONLY, /**< it never holds more than the newest; capacity does not matter */
    OURO_CUT_OFF,     /**< it loses all, gets -OURO_ELIMIT once, and no more messages */
};

/** A subscriber's side: its backlog and who waits for the next message. The caller's memory. */
struct ouro_subscription {
    struct ouro_link link; /**< in the topic; in none once it has been cut off or closed */
    const struct ouro_message_ops *ops;
    struct ouro__ring ring;
    struct ouro_link receivers;
    enum ouro_overflow overflow;
    int ended;       /**< what is told when the backlog is empty; 0: messages will come */
    uint64_t missed; /**< messages that it was to have and will never receive */
};

/** `ops` must live on; NULL for plain pointers. */
OURO_API void ouro_topic_init(struct ouro_topic *topic, const struct ouro_message_ops *ops);
/** Asserts that nobody is subscribed: close it first. */
OURO_API void ouro_topic_done(struct ouro_topic *topic);
/** Give the message to each subscriber, with a reference of its own; the caller keeps the one it
 *  has. Returns how many got it. */
OURO_API size_t ouro_topic_publish(struct ouro_topic *topic, void *message);
/** End all subscriptions: they receive what they have, then get -OURO_ECLOSED. */
OURO_API void ouro_topic_close(struct ouro_topic *topic);
/** Get what is published from now on. `capacity` (at least 1) bounds the backlog. 0 or -ENOMEM. */
OURO_API int ouro_topic_subscribe(struct ouro_topic *topic, struct ouro_subscription *subscription,
                                  enum ouro_overflow overflow, size_t capacity);
/** Give back the backlog and the memory; also needed after cut-off and close. Tasks that wait in
 *  ouro_topic_receive() get -OURO_ECLOSED. */
OURO_API void ouro_topic_unsubscribe(struct ouro_subscription *subscription);
/**
 * 0: *ret_message is the oldest of the backlog, and its reference the caller's to give back.
 * -OURO_ELIMIT (once): cut off. -OURO_ECLOSED: ended. -ETIMEDOUT, -ECANCELED.
 */
OURO_API int ouro_topic_receive(struct ouro_subscription *subscription, int64_t deadline,
                                void **ret_message);

/* --- the first of several -------------------------------------------------------------------- */

/** One of the things that a select waits for. Made by the functions below, which only note what
 * they are given: the object must live, and a task be referenced, as long as the case is used. It
 * may be used again, in one select at a time. */
struct ouro_case {
    const struct ouro__selectable_ops *ops;
    void *object;
    size_t size;  /**< of what is at the slot, where that matters */
    int64_t when; /**< of a case that is a time; else OURO_FOREVER */
    int result;   /**< of the case that was chosen: 0 or more, or the error that its own call would
                     give */
    uint32_t index, count;
    struct ouro__waiter waiter;
};

/**
 * Wait for the first of several, and do that one and no other: of the rest nothing is taken, put
 * or acquired. Of several that can be done at once the first in the array is chosen: order is
 * priority. Returns its index, -ETIMEDOUT or -ECANCELED (then none was done). An object may stand
 * in several cases. No cases: waits for the deadline.
 *
 *     struct ouro_case cases[] = {
 *         ouro_on_event(&stopping),
 *         ouro_on_get(&inbox, &message),
 *     };
 *     switch (ouro_select(cases, 2, ouro_after(OURO_SEC(1)))) {
 *     case 0: return 0;
 *     case 1: return cases[1].result < 0 ? cases[1].result : handle(message);
 *     case -ETIMEDOUT: ...
 */
OURO_API int ouro_select(struct ouro_case *cases, size_t count, int64_t deadline);

/** The end of a task, not the caller's own; its status into *ret_status (may be NULL). */
OURO_API struct ouro_case ouro_on_task(struct ouro_task *task, int *ret_status);
/** That time has come; the next to last resort of a select that has a deadline too. */
OURO_API struct ouro_case ouro_on_time(int64_t when);
/** As ouro_lock_acquire(). */
OURO_API struct ouro_case ouro_on_lock(struct ouro_lock *lock);
/** A notification, as ouro_condition_wait() without lock. */
OURO_API struct ouro_case ouro_on_condition(struct ouro_condition *condition);
/** As ouro_event_wait(). */
OURO_API struct ouro_case ouro_on_event(struct ouro_event *event);
/** As ouro_semaphore_acquire(). */
OURO_API struct ouro_case ouro_on_semaphore(struct ouro_semaphore *semaphore);
/** As ouro_queue_put(). The result may be -OURO_ECLOSED. */
OURO_API struct ouro_case ouro_on_put(struct ouro_queue *queue, void *item);
/** As ouro_queue_get(). The result may be -OURO_ECLOSED. */
OURO_API struct ouro_case ouro_on_get(struct ouro_queue *queue, void **ret_item);
/** As ouro_topic_receive(). The result may be -OURO_ELIMIT or -OURO_ECLOSED. */
OURO_API struct ouro_case ouro_on_receive(struct ouro_subscription *subscription,
                                          void **ret_message);

/* --- several tasks --------------------------------------------------------------------------- */

/** When ouro_wait() has waited enough. A task has failed if its status is negative, unless it was
 *  cancelled and has ended because of that. */
enum ouro_wait_for { OURO_FIRST_COMPLETED, OURO_FIRST_ERROR, OURO_ALL_COMPLETED };

/** How many tasks a wait for the first of them can watch. */
#define OURO_WAIT_TASKS_MAX 256

/**
 * Wait for tasks, without an influence on them. Returns the index of the task that decided (the
 * first that ended, or failed; of several the one that is first in the array), or `count` when
 * all have ended and none decided; -ETIMEDOUT, -ECANCELED: the tasks run on. -OURO_ELIMIT: more
 * than OURO_WAIT_TASKS_MAX (for OURO_ALL_COMPLETED there is no limit).
 */
OURO_API int ouro_wait(struct ouro_task *const *tasks, size_t count, enum ouro_wait_for what,
                       int64_t deadline);
/**
 * Wait for all as if they were one: *ret_status (may be NULL) becomes 0, or the first negative
 * status in the order of the array. Returns the waiter's own fate: 0; -ETIMEDOUT, -ECANCELED: those
 * that still ran have been cancelled, and may take a while to end. (What must have ended belongs in
 * a group, and also what is to be cancelled when one of them fails.)
 */
OURO_API int ouro_gather(struct ouro_task *const *tasks, size_t count, int64_t deadline,
                         int *ret_status);

#ifdef __cplusplus
}
#endif
#endif
