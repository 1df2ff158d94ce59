/* SPDX-License-Identifier: MIT */
#include "../runtime/scene.h"

#include <ouro/sync.h>

static struct ouro_queue queue;
static int things[64];

static void expect_got(int number)
{
    void *item = NULL;
    ck_assert_int_eq(ouro_queue_get(&queue, 0, &item), 0);
    ck_assert_ptr_eq(item, &things[number]);
}

static void put(int number)
{
    ck_assert_int_eq(ouro_queue_put(&queue, &things[number], 0), 0);
}

static void expect_empty(void)
{
    void *item = &queue;
    ck_assert_int_eq(ouro_queue_get(&queue, 0, &item), -ETIMEDOUT);
    ck_assert_ptr_eq(item, &queue); /* outputs are untouched on failure */
    ck_assert_uint_eq(ouro_queue_count(&queue), 0);
}

SIM_TEST(first_in_first_out_around_the_ring)
{
    int in = 0, out = 0;
    ck_assert_int_eq(ouro_queue_init(&queue, 3), 0);
    for (int round = 0; round < 10; round++) {
        while (ouro_queue_count(&queue) < 3)
            put(in++);
        expect_got(out++);
        expect_got(out++);
    }
    expect_got(out++);
    ck_assert_int_eq(in, out);
    expect_empty();
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(it_never_holds_more_than_its_capacity)
{
    ck_assert_int_eq(ouro_queue_init(&queue, 2), 0);
    put(0);
    put(1);
    ck_assert_int_eq(ouro_queue_put(&queue, &things[2], 0), -ETIMEDOUT);
    ck_assert_int_eq(ouro_queue_put(&queue, &things[2], ouro_after(OURO_MS(1))), -ETIMEDOUT);
    ck_assert_uint_eq(ouro_queue_count(&queue), 2);
    expect_got(0);
    expect_got(1);
    expect_empty();
    ouro_queue_done(&queue);
    return 0;
}

/* AddressSanitizer would rather abort than say that memory is out. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

SIM_TEST(more_than_memory_is_refused)
{
    ck_assert_int_eq(ouro_queue_init(&queue, SIZE_MAX / sizeof(void *)), -ENOMEM);
    return 0;
}

static int put_all(__attribute__((unused)) void *arg)
{
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(ouro_queue_put(&queue, &things[i], OURO_FOREVER), 0);
    return 0;
}

/* The slower side holds up the other; nothing overtakes, whether it waits outside or inside. */
static void expect_all_in_order(size_t capacity, int64_t pause_ns)
{
    ck_assert_int_eq(ouro_queue_init(&queue, capacity), 0);
    struct ouro_task *putter = started(put_all, NULL);
    for (int i = 0; i < 64; i++) {
        void *item;
        if (pause_ns)
            ck_assert_int_eq(ouro_sleep(pause_ns), 0);
        ck_assert_int_eq(ouro_queue_get(&queue, OURO_FOREVER, &item), 0);
        ck_assert_ptr_eq(item, &things[i]);
    }
    ck_assert_int_eq(status_of(putter), 0);
    expect_empty();
    ouro_queue_done(&queue);
}

SIM_TEST(order_is_kept_at_any_capacity_and_speed)
{
    for (size_t capacity = 1; capacity <= 65; capacity += 16) {
        expect_all_in_order(capacity, 0);
        expect_all_in_order(capacity, OURO_US(10));
    }
    return 0;
}

/* --- closing ---------------------------------------------------------------------------------- */

struct client {
    void *item;
    int result;
    struct ouro_task *task;
};

static int getter(void *arg)
{
    struct client *self = arg;
    self->result = ouro_queue_get(&queue, OURO_FOREVER, &self->item);
    return 0;
}

static int putter(void *arg)
{
    struct client *self = arg;
    self->result = ouro_queue_put(&queue, self->item, OURO_FOREVER);
    return 0;
}

static void begin(struct client *client, ouro_task_fn *body, void *item)
{
    *client = (struct client){.item = item, .result = 1};
    client->task = started(body, client);
    ck_assert_int_eq(ouro_yield(), 0);
}

static int result_of(struct client *client)
{
    ck_assert_int_eq(status_of(client->task), 0);
    return client->result;
}

SIM_TEST(closed_what_is_inside_can_be_got_and_then_no_more)
{
    void *item;
    ck_assert_int_eq(ouro_queue_init(&queue, 4), 0);
    put(1);
    put(2);
    ouro_queue_close(&queue);
    ouro_queue_close(&queue);
    ck_assert_int_eq(ouro_queue_put(&queue, &things[3], OURO_FOREVER), -OURO_ECLOSED);
    expect_got(1);
    expect_got(2);
    ck_assert_int_eq(ouro_queue_get(&queue, OURO_FOREVER, &item), -OURO_ECLOSED);
    ck_assert_int_eq(ouro_queue_get(&queue, OURO_FOREVER, &item), -OURO_ECLOSED);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(closed_who_waits_to_get_is_told)
{
    struct client clients[2];
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    begin(&clients[0], getter, NULL);
    begin(&clients[1], getter, NULL);
    ouro_queue_close(&queue);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(result_of(&clients[i]), -OURO_ECLOSED);
        ck_assert_ptr_null(clients[i].item);
    }
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(closed_who_waits_to_put_keeps_its_item)
{
    struct client client;
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    put(1);
    begin(&client, putter, &things[2]);
    ouro_queue_close(&queue);
    expect_got(1);
    ck_assert_int_eq(result_of(&client), -OURO_ECLOSED);
    ck_assert_uint_eq(ouro_queue_count(&queue), 0);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(handed_over_then_closed_it_is_the_getters)
{
    struct client client;
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    begin(&client, getter, NULL);
    put(1);
    ouro_queue_close(&queue);
    ck_assert_int_eq(result_of(&client), 0);
    ck_assert_ptr_eq(client.item, &things[1]);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(taken_over_then_closed_it_has_been_put)
{
    struct client client;
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    put(1);
    begin(&client, putter, &things[2]);
    expect_got(1);
    ouro_queue_close(&queue);
    ck_assert_int_eq(result_of(&client), 0);
    expect_got(2);
    ouro_queue_done(&queue);
    return 0;
}

SIM_TEST(a_putter_that_gives_up_leaves_no_hole)
{
    struct client first, second;
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    put(0);
    begin(&first, putter, &things[1]);
    begin(&second, putter, &things[2]);
    ouro_cancel(first.task);
    expect_got(0);
    expect_got(2);
    expect_empty();
    ck_assert_int_eq(result_of(&first), -ECANCELED);
    ck_assert_int_eq(result_of(&second), 0);
    ouro_queue_done(&queue);
    return 0;
}

static void put_from_callback(void *ud)
{
    int *result = ud;
    *result = ouro_queue_put(&queue, &things[1], 0);
}

SIM_TEST(a_callback_can_put)
{
    struct call_later first, second;
    int first_result = 1, second_result = 1;
    void *item;
    ck_assert_int_eq(ouro_queue_init(&queue, 1), 0);
    call_at(&first, ouro_after(OURO_MS(1)), put_from_callback, &first_result);
    ck_assert_int_eq(ouro_queue_get(&queue, OURO_FOREVER, &item), 0);
    ck_assert_int_eq(first_result, 0);
    put(2);
    call_at(&second, ouro_after(OURO_MS(1)), put_from_callback, &second_result);
    ck_assert_int_eq(ouro_sleep(OURO_MS(2)), 0);
    ck_assert_int_eq(second_result, -ETIMEDOUT);
    ouro_queue_done(&queue);
    return 0;
}
