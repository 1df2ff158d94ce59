/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

struct item {
    int value;
    struct ouro_link link;
};

static int value_of(struct ouro_link *link)
{
    return ouro_container(link, struct item, link)->value;
}

/* The values from first to last, and back again the same. */
static void expect_values(struct ouro_link *list, const char *digits)
{
    char forward[16] = "", backward[16] = "";
    size_t count = 0;
    for (struct ouro_link *it = list->next; it != list; it = it->next)
        forward[count++] = (char)('0' + value_of(it));
    size_t at = count;
    for (struct ouro_link *it = list->prev; it != list && at > 0; it = it->prev)
        backward[--at] = (char)('0' + value_of(it));
    ck_assert_str_eq(forward, digits);
    ck_assert_str_eq(backward, digits);
}

static void push_values(struct ouro_link *list, struct item *items, int count)
{
    ouro_list_init(list);
    for (int i = 0; i < count; i++) {
        items[i] = (struct item){.value = i};
        ouro_list_push(list, &items[i].link);
    }
}

TEST(a_new_list_is_empty)
{
    struct ouro_link list;
    ouro_list_init(&list);
    ck_assert(ouro_list_empty(&list));
    ck_assert_ptr_null(ouro_list_first(&list));
    ck_assert_ptr_null(ouro_list_pop(&list));
    ouro_list_each (it, &list)
        ck_abort_msg("an empty list has no %p", (void *)it);
}

TEST(first_in_is_first_out)
{
    struct ouro_link list;
    struct item items[3];
    push_values(&list, items, 3);
    expect_values(&list, "012");
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_eq(ouro_list_first(&list), &items[i].link);
        ck_assert_int_eq(value_of(ouro_list_pop(&list)), i);
        ck_assert(!ouro_linked(&items[i].link));
    }
    ck_assert(ouro_list_empty(&list));
}

TEST(a_node_goes_in_before_another)
{
    struct ouro_link list;
    struct item items[3], extra = {.value = 7};
    push_values(&list, items, 3);
    ouro_list_insert_before(&items[1].link, &extra.link);
    expect_values(&list, "0712");
    ouro_unlink(&extra.link);
    ouro_list_insert_before(&items[0].link, &extra.link);
    expect_values(&list, "7012");
}

TEST(a_zeroed_node_is_in_no_list)
{
    struct item item = {0};
    ck_assert(!ouro_linked(&item.link));
    ouro_unlink(&item.link);
    ck_assert(!ouro_linked(&item.link));
}

TEST(unlinking_twice_is_as_once)
{
    struct ouro_link list;
    struct item items[3];
    push_values(&list, items, 3);
    ck_assert(ouro_linked(&items[1].link));
    ouro_unlink(&items[1].link);
    ouro_unlink(&items[1].link);
    ck_assert(!ouro_linked(&items[1].link));
    expect_values(&list, "02");
    ouro_list_push(&list, &items[1].link);
    expect_values(&list, "021");
}

TEST(each_goes_through_all_in_order)
{
    struct ouro_link list;
    struct item items[5];
    push_values(&list, items, 5);
    int expected = 0;
    ouro_list_each (it, &list)
        ck_assert_int_eq(value_of(it), expected++);
    ck_assert_int_eq(expected, 5);
}

TEST(each_safe_survives_that_the_current_node_goes)
{
    struct ouro_link list;
    struct item items[5];
    push_values(&list, items, 5);
    ouro_list_each_safe (it, &list) {
        if (value_of(it) % 2 == 0)
            ouro_unlink(it);
    }
    expect_values(&list, "13");
}
