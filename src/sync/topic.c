/* SPDX-License-Identifier: MIT */
/* One message to many. Each subscription has a ring of its own, so that a slow subscriber costs
 * the publisher a few instructions and the others nothing. */
#include "sync/ring.h"
#include "sync/select.h"

/* --- whose a message is ----------------------------------------------------------------------- */

static void frame_ref(void *message)
{
    ouro_frame_ref(message);
}

static void frame_unref(void *message)
{
    ouro_frame_unref(message);
}

const struct ouro_message_ops ouro_frame_messages = {frame_ref, frame_unref};

/* For those that nobody owns: so nobody needs to ask whether there are operations. */
static void leave_alone(void *message)
{
    (void)message;
}

static const struct ouro_message_ops unowned = {leave_alone, leave_alone};

/* --- the topic -------------------------------------------------------------------------------- */

void ouro_topic_init(struct ouro_topic *topic, const struct ouro_message_ops *ops)
{
    topic->ops = ops ? ops : &unowned;
    ouro_list_init(&topic->subscriptions);
}

void ouro_topic_done(struct ouro_topic *topic)
{
    ouro_assert(ouro_list_empty(&topic->subscriptions));
}

static void miss_oldest(struct ouro_subscription *subscription)
{
    subscription->ops->unref(ouro__ring_take(&subscription->ring));
    subscription->missed++;
}

/* No more messages come; when the backlog is empty, that is what is told. Nobody waits while there
 * is a backlog. */
static void end(struct ouro_subscription *subscription, int reason)
{
    ouro_unlink(&subscription->link);
    subscription->ended = reason;
    ouro__wake_all(&subscription->receivers, reason);
}

static void cut_off(struct ouro_subscription *subscription)
{
    while (subscription->ring.count > 0)
        miss_oldest(subscription);
    subscription->missed++; /* the one that was too many */
    end(subscription, -OURO_ELIMIT);
}

static void hand_to(struct ouro_link *receiver, void *message)
{
    struct ouro__waiter *waiter = ouro__waiter_of(receiver);
    void **ret_message = waiter->slot;
    *ret_message = message;
    ouro__wake(waiter, 0);
}

/* False: it was cut off instead. */
static bool deliver(struct ouro_subscription *subscription, void *message)
{
    bool full = ouro__ring_full(&subscription->ring);
    if (full && subscription->overflow == OURO_CUT_OFF) {
        cut_off(subscription);
        return false;
    }
    if (full)
        miss_oldest(subscription);
    subscription->ops->ref(message);
    struct ouro_link *receiver = ouro_list_first(&subscription->receivers);
    if (receiver)
        hand_to(receiver, message);
    else
        ouro__ring_put(&subscription->ring, message);
    return true;
}

static struct ouro_subscription *subscription_of(struct ouro_link *link)
{
    return ouro_container(link, struct ouro_subscription, link);
}

size_t ouro_topic_publish(struct ouro_topic *topic, void *message)
{
    size_t reached = 0;
    ouro_list_each_safe (link, &topic->subscriptions)
        reached += deliver(subscription_of(link), message);
    return reached;
}

void ouro_topic_close(struct ouro_topic *topic)
{
    ouro_list_each_safe (link, &topic->subscriptions)
        end(subscription_of(link), -OURO_ECLOSED);
}

/* --- the subscriber's side -------------------------------------------------------------------- */

int ouro_topic_subscribe(struct ouro_topic *topic, struct ouro_subscription *subscription,
                         enum ouro_overflow overflow, size_t capacity)
{
    *subscription = (struct ouro_subscription){.ops = topic->ops, .overflow = overflow};
    int rc = ouro__ring_init(&subscription->ring, overflow == OURO_LATEST_ONLY ? 1 : capacity);
    if (rc < 0)
        return rc;
    ouro_list_init(&subscription->receivers);
    ouro_list_push(&topic->subscriptions, &subscription->link);
    return 0;
}

void ouro_topic_unsubscribe(struct ouro_subscription *subscription)
{
    end(subscription, -OURO_ECLOSED);
    while (subscription->ring.count > 0)
        subscription->ops->unref(ouro__ring_take(&subscription->ring));
    ouro__ring_done(&subscription->ring);
}

static int try_receive(struct ouro_subscription *subscription, void **ret_message)
{
    if (subscription->ring.count > 0) {
        *ret_message = ouro__ring_take(&subscription->ring);
        return 0;
    }
    if (!subscription->ended)
        return -EAGAIN;
    int reason = subscription->ended;
    subscription->ended = -OURO_ECLOSED; /* to have been cut off is told once */
    return reason;
}

int ouro_topic_receive(struct ouro_subscription *subscription, int64_t deadline, void **ret_message)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = try_receive(subscription, ret_message);
    return rc == -EAGAIN
               ? ouro__wait(&subscription->receivers, ret_message, deadline, "message of a topic")
               : rc;
}

/* --- in a select ------------------------------------------------------------------------------ */

static int receive_case_try(struct ouro_case *self)
{
    return try_receive(self->object, self->waiter.slot);
}

static void receive_case_attach(struct ouro_case *self)
{
    struct ouro_subscription *subscription = self->object;
    ouro_list_push(&subscription->receivers, &self->waiter.link);
}

struct ouro_case ouro_on_receive(struct ouro_subscription *subscription, void **ret_message)
{
    static const struct ouro__selectable_ops ops = {receive_case_try, receive_case_attach, NULL};
    return ouro__case(&ops, subscription, ret_message);
}
