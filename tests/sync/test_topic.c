/* SPDX-License-Identifier: MIT */
#include "../runtime/scene.h"

#include <ouro/sync.h>

/* Messages that count who holds them; the test itself holds each once. */
struct message {
    int number, holders;
};

static void message_ref(void *message)
{
    ((struct message *)message)->holders++;
}

static void message_unref(void *message)
{
    ((struct message *)message)->holders--;
}

static const struct ouro_message_ops counted = {message_ref, message_unref};

static struct ouro_topic topic;
static struct message messages[10];

static void topic_init(void)
{
    for (int i = 0; i < 10; i++)
        messages[i] = (struct message){.number = i, .holders = 1};
    ouro_topic_init(&topic, &counted);
}

static void topic_done(void)
{
    ouro_topic_done(&topic);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(messages[i].holders, 1);
}

static void subscribe(struct ouro_subscription *subscription, enum ouro_overflow overflow,
                      size_t capacity)
{
    ck_assert_int_eq(ouro_topic_subscribe(&topic, subscription, overflow, capacity), 0);
}

static size_t publish(int first, int last)
{
    size_t reached = 0;
    for (int i = first; i <= last; i++)
        reached = ouro_topic_publish(&topic, &messages[i]);
    return reached;
}

static void expect_received(struct ouro_subscription *subscription, int first, int last)
{
    for (int i = first; i <= last; i++) {
        void *message;
        ck_assert_int_eq(ouro_topic_receive(subscription, 0, &message), 0);
        ck_assert_int_eq(((struct message *)message)->number, i);
        message_unref(message);
    }
}

static void expect_error(struct ouro_subscription *subscription, int error)
{
    void *message = &topic;
    ck_assert_int_eq(ouro_topic_receive(subscription, 0, &message), error);
    ck_assert_ptr_eq(message, &topic);
}

SIM_TEST(everybody_gets_everything_in_order_from_its_subscription_on)
{
    struct ouro_subscription early, late;
    topic_init();
    ck_assert_uint_eq(publish(0, 0), 0);
    subscribe(&early, OURO_DROP_OLDEST, 4);
    ck_assert_uint_eq(publish(1, 1), 1);
    subscribe(&late, OURO_CUT_OFF, 4);
    ck_assert_uint_eq(publish(2, 3), 2);
    ck_assert_int_eq(messages[3].holders, 3);
    expect_received(&early, 1, 3);
    expect_received(&late, 2, 3);
    expect_error(&early, -ETIMEDOUT);
    expect_error(&late, -ETIMEDOUT);
    ouro_topic_unsubscribe(&early);
    ouro_topic_unsubscribe(&late);
    topic_done();
    return 0;
}

SIM_TEST(who_unsubscribes_gives_back_what_it_has_not_received)
{
    struct ouro_subscription subscription;
    topic_init();
    subscribe(&subscription, OURO_DROP_OLDEST, 4);
    publish(0, 2);
    ouro_topic_unsubscribe(&subscription);
    ck_assert_uint_eq(publish(3, 3), 0);
    topic_done();
    return 0;
}

SIM_TEST(drop_oldest_keeps_the_newest_and_counts)
{
    struct ouro_subscription subscription;
    topic_init();
    subscribe(&subscription, OURO_DROP_OLDEST, 3);
    ck_assert_uint_eq(publish(0, 7), 1);
    ck_assert_uint_eq(subscription.missed, 5);
    expect_received(&subscription, 5, 7);
    publish(8, 9);
    expect_received(&subscription, 8, 9);
    ck_assert_uint_eq(subscription.missed, 5);
    ouro_topic_unsubscribe(&subscription);
    topic_done();
    return 0;
}

SIM_TEST(latest_only_never_has_more_than_one)
{
    struct ouro_subscription subscription;
    topic_init();
    subscribe(&subscription, OURO_LATEST_ONLY, 100);
    publish(0, 4);
    expect_received(&subscription, 4, 4);
    expect_error(&subscription, -ETIMEDOUT);
    publish(5, 5);
    expect_received(&subscription, 5, 5);
    ck_assert_uint_eq(subscription.missed, 4);
    ouro_topic_unsubscribe(&subscription);
    topic_done();
    return 0;
}

SIM_TEST(cut_off_it_is_told_once_and_gets_no_more)
{
    struct ouro_subscription slow, other;
    topic_init();
    subscribe(&slow, OURO_CUT_OFF, 2);
    subscribe(&other, OURO_DROP_OLDEST, 8);
    ck_assert_uint_eq(publish(0, 1), 2);
    ck_assert_uint_eq(publish(2, 2), 1); /* the other one */
    ck_assert_int_eq(messages[0].holders, 2);
    ck_assert_uint_eq(slow.missed, 3);
    publish(3, 3);
    expect_error(&slow, -OURO_ELIMIT);
    expect_error(&slow, -OURO_ECLOSED);
    expect_error(&slow, -OURO_ECLOSED);
    expect_received(&other, 0, 3);
    ouro_topic_unsubscribe(&slow);
    ouro_topic_unsubscribe(&other);
    topic_done();
    return 0;
}

SIM_TEST(after_close_the_backlog_is_received_and_then_no_more)
{
    struct ouro_subscription subscription;
    topic_init();
    subscribe(&subscription, OURO_DROP_OLDEST, 4);
    publish(0, 1);
    ouro_topic_close(&topic);
    ck_assert_uint_eq(publish(2, 2), 0);
    expect_received(&subscription, 0, 1);
    expect_error(&subscription, -OURO_ECLOSED);
    ouro_topic_unsubscribe(&subscription);
    topic_done();
    return 0;
}

/* --- who waits -------------------------------------------------------------------------------- */

struct receiver {
    struct ouro_subscription *subscription;
    void *message;
    int result;
    struct ouro_task *task;
};

static int receiver_body(void *arg)
{
    struct receiver *self = arg;
    self->result = ouro_topic_receive(self->subscription, OURO_FOREVER, &self->message);
    return 0;
}

static void begin(struct receiver *receiver, struct ouro_subscription *subscription)
{
    *receiver = (struct receiver){.subscription = subscription, .result = 1};
    receiver->task = started(receiver_body, receiver);
    ck_assert_int_eq(ouro_yield(), 0);
}

static int result_of(struct receiver *receiver)
{
    ck_assert_int_eq(status_of(receiver->task), 0);
    return receiver->result;
}

SIM_TEST(who_waits_is_handed_the_message_and_its_reference)
{
    struct ouro_subscription subscription;
    struct receiver first, second;
    topic_init();
    subscribe(&subscription, OURO_CUT_OFF, 1);
    begin(&first, &subscription);
    begin(&second, &subscription);
    publish(0, 2); /* two past the ring, one into it */
    ouro_cancel(first.task);
    ck_assert_int_eq(result_of(&first), 0);
    ck_assert_int_eq(result_of(&second), 0);
    ck_assert_ptr_eq(first.message, &messages[0]);
    ck_assert_ptr_eq(second.message, &messages[1]);
    message_unref(first.message);
    message_unref(second.message);
    expect_received(&subscription, 2, 2);
    ck_assert_uint_eq(subscription.missed, 0);
    ouro_topic_unsubscribe(&subscription);
    topic_done();
    return 0;
}

SIM_TEST(close_and_unsubscribe_wake_who_waits)
{
    struct ouro_subscription one, two;
    struct receiver first, second;
    topic_init();
    subscribe(&one, OURO_DROP_OLDEST, 1);
    subscribe(&two, OURO_DROP_OLDEST, 1);
    begin(&first, &one);
    begin(&second, &two);
    ouro_topic_unsubscribe(&one);
    ck_assert_int_eq(result_of(&first), -OURO_ECLOSED);
    ouro_topic_close(&topic);
    ck_assert_int_eq(result_of(&second), -OURO_ECLOSED);
    ouro_topic_unsubscribe(&two);
    topic_done();
    return 0;
}

SIM_TEST(frames_are_shared_not_copied)
{
    struct ouro_subscription one, two;
    void *first, *second;
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, "tick", 4);
    ouro_topic_init(&topic, &ouro_frame_messages);
    subscribe(&one, OURO_LATEST_ONLY, 1);
    subscribe(&two, OURO_DROP_OLDEST, 2);
    ck_assert_uint_eq(ouro_topic_publish(&topic, frame), 2);
    ck_assert_uint_eq(ouro_topic_publish(&topic, frame), 2);
    ck_assert_int_eq(ouro_topic_receive(&one, 0, &first), 0);
    ck_assert_int_eq(ouro_topic_receive(&two, 0, &second), 0);
    ck_assert_ptr_eq(first, frame);
    ck_assert_ptr_eq(second, frame);
    ouro_frame_unref(first);
    ouro_frame_unref(second);
    ouro_topic_unsubscribe(&one);
    ouro_topic_unsubscribe(&two); /* with one left inside; ASan would see a leak */
    ouro_frame_unref(frame);
    ouro_topic_done(&topic);
    return 0;
}

SIM_TEST(plain_pointers_need_no_owner)
{
    struct ouro_subscription subscription;
    int thing;
    void *message;
    ouro_topic_init(&topic, NULL);
    subscribe(&subscription, OURO_DROP_OLDEST, 1);
    ouro_topic_publish(&topic, &thing);
    ouro_topic_publish(&topic, &thing);
    ck_assert_int_eq(ouro_topic_receive(&subscription, 0, &message), 0);
    ck_assert_ptr_eq(message, &thing);
    ouro_topic_unsubscribe(&subscription);
    ouro_topic_done(&topic);
    return 0;
}
