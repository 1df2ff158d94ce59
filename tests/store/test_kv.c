/* SPDX-License-Identifier: MIT */
/* Players' data. */
#include "scene.h"

static struct ouro_kv_id id_of(const char *owner, const char *key)
{
    return (struct ouro_kv_id){.owner = owner, .collection = "things", .key = key};
}

static struct ouro_kv_write write_of(const char *owner, const char *key, const char *value,
                                     int64_t version)
{
    return (struct ouro_kv_write){.id = id_of(owner, key),
                                  .value = value,
                                  .len = value ? strlen(value) : 0,
                                  .version = version};
}

/* The new version, or why not. */
static int64_t put(struct ouro_store *store, const char *owner, const char *key, const char *value,
                   int64_t version)
{
    struct ouro_kv_write write = write_of(owner, key, value, version);
    int64_t given = -1;
    int rc = ouro_kv_write(store, &write, 1, SOON, &given);
    ck_assert(rc == 0 || given == -1); /* untouched on failure */
    return rc < 0 ? rc : given;
}

/* "-": nothing there. */
static const char *get(struct ouro_store *store, const char *owner, const char *key)
{
    static char text[128];
    struct ouro_buf value = {0};
    int rc = ouro_kv_read(store, id_of(owner, key), SOON, &value, NULL);
    ck_assert(rc == 0 || rc == -ENOENT);
    snprintf(text, sizeof text, "%.*s", rc < 0 ? 1 : (int)value.len, rc < 0 ? "-" : value.data);
    ouro_buf_done(&value);
    return text;
}

static void run_for_real(ouro_task_fn *fn)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(fn, NULL), 0);
    ck_assert_int_eq(logged.errors, 0);
    scene_end();
}

/* --- values ---------------------------------------------------------------------------------- */

static int values(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_str_eq(get(store, "ann", "sword"), "-");
    ck_assert_int_gt(put(store, "ann", "sword", "{\"sharp\":true}", OURO_KV_ANY), 0);
    ck_assert_int_gt(put(store, "bob", "sword", "wood", OURO_KV_ANY), 0);
    ck_assert_int_gt(put(store, NULL, "sword", "the game's", OURO_KV_ANY), 0);
    ck_assert_int_gt(put(store, "ann", "empty", "", OURO_KV_ANY), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_store();
    ck_assert_str_eq(get(store, "ann", "sword"), "{\"sharp\":true}");
    ck_assert_str_eq(get(store, "bob", "sword"), "wood");
    ck_assert_str_eq(get(store, "", "sword"), "the game's");
    ck_assert_int_eq(ask("SELECT length(value) FROM kv WHERE key = 'empty'"), 0);
    ck_assert_str_eq(get(store, "ann", "empty"), "");
    ck_assert_int_gt(put(store, "ann", "sword", NULL, OURO_KV_ANY), 0);
    ck_assert_int_gt(put(store, "ann", "sword", NULL, OURO_KV_ANY), 0); /* gone already: fine */
    ck_assert_str_eq(get(store, "ann", "sword"), "-");
    ck_assert_str_eq(get(store, "bob", "sword"), "wood");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(values_outlive_the_store)
{
    run_for_real(values);
}

static int any_bytes(void *arg)
{
    static char bytes[OURO_KV_VALUE_BYTES_MAX + 1];
    struct ouro_kv_write write = write_of("ann", "map", "", OURO_KV_ANY);
    struct ouro_buf value = {0};
    (void)arg;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    struct ouro_store *store = open_store();
    write.value = bytes;
    write.len = OURO_KV_VALUE_BYTES_MAX + 1;
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), -OURO_ELIMIT);
    write.len--;
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), 0);
    ouro_buf_puts(&value, "before");
    ck_assert_int_eq(ouro_kv_read(store, write.id, SOON, &value, NULL), 0);
    ck_assert_uint_eq(value.len, 6 + OURO_KV_VALUE_BYTES_MAX);
    ck_assert_int_eq(memcmp(value.data, "before", 6), 0);
    ck_assert_int_eq(memcmp(value.data + 6, bytes, OURO_KV_VALUE_BYTES_MAX), 0);
    ouro_buf_done(&value);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_value_is_bytes_up_to_a_bound)
{
    run_for_real(any_bytes);
}

static void check_refused(struct ouro_store *store, struct ouro_kv_id id)
{
    struct ouro_kv_write write = {.id = id, .value = "x", .len = 1};
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), -EINVAL);
    ck_assert_int_eq(ouro_kv_read(store, id, SOON, NULL, NULL), -EINVAL);
}

static int wrong_ids(void *arg)
{
    char long_key[OURO_KV_KEY_BYTES_MAX + 2];
    (void)arg;
    struct ouro_store *store = open_store();
    memset(long_key, 'k', sizeof long_key);
    long_key[sizeof long_key - 1] = '\0';
    check_refused(store, id_of("ann", ""));
    check_refused(store, id_of("ann", NULL));
    check_refused(store, id_of("ann", "\xc0"));
    check_refused(store, id_of("\xff", "key"));
    check_refused(store, id_of("ann", long_key));
    check_refused(store, id_of(long_key, "key"));
    check_refused(store, (struct ouro_kv_id){"ann", "", "key"});
    check_refused(store, (struct ouro_kv_id){"ann", NULL, "key"});
    check_refused(store, (struct ouro_kv_id){"ann", long_key, "key"});
    ck_assert_int_gt(put(store, "ann", long_key + 1, "x", OURO_KV_ANY), 0);
    ck_assert_int_eq(put(store, "ann", "key", "x", -2), -EINVAL);
    ck_assert_int_eq(ouro_kv_write(store, NULL, OURO_KV_WRITES_MAX + 1, SOON, NULL), -OURO_ELIMIT);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(ids_are_text_of_bounded_length)
{
    run_for_real(wrong_ids);
}

/* --- versions -------------------------------------------------------------------------------- */

static int versions(void *arg)
{
    int64_t read = 0;
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(put(store, "ann", "purse", "10", 1), -ESTALE); /* nothing there */
    int64_t first = put(store, "ann", "purse", "10", OURO_KV_ABSENT);
    ck_assert_int_gt(first, 0);
    ck_assert_int_eq(put(store, "ann", "purse", "99", OURO_KV_ABSENT), -EEXIST);
    int64_t second = put(store, "ann", "purse", "7", first);
    ck_assert_int_gt(second, first);
    ck_assert_int_eq(put(store, "ann", "purse", "99", first), -ESTALE);
    ck_assert_int_eq(put(store, "ann", "purse", NULL, first), -ESTALE);
    ck_assert_str_eq(get(store, "ann", "purse"), "7");
    ck_assert_int_eq(ouro_kv_read(store, id_of("ann", "purse"), SOON, NULL, &read), 0);
    ck_assert_int_eq(read, second);

    /* A version never comes again, not even after the value has gone. */
    ck_assert_int_gt(put(store, "ann", "purse", NULL, second), 0);
    int64_t third = put(store, "ann", "purse", "1", OURO_KV_ABSENT);
    ck_assert_int_gt(third, second);
    ck_assert_int_eq(put(store, "ann", "purse", "99", second), -ESTALE);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_store();
    ck_assert_int_gt(put(store, "ann", "purse", "2", third), third);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(who_comes_too_late_is_told)
{
    run_for_real(versions);
}

/* Many tasks pay out of one purse; each reads, decides, and begins anew when somebody was faster.
 */
#define PAYERS 8
#define EACH   25

static int conflicts;

static int pay(void *arg)
{
    for (int paid = 0; paid < EACH;) {
        struct ouro_buf value = {0};
        int64_t version = 0;
        char left[16];
        ck_assert_int_eq(ouro_kv_read(arg, id_of("ann", "purse"), SOON, &value, &version), 0);
        ouro_buf_putc(&value, '\0');
        snprintf(left, sizeof left, "%d", atoi(value.data) - 1);
        ouro_buf_done(&value);
        ck_assert_int_eq(ouro_yield(), 0);
        int64_t rc = put(arg, "ann", "purse", left, version);
        ck_assert(rc > 0 || rc == -ESTALE);
        paid += rc > 0;
        conflicts += rc == -ESTALE;
    }
    return 0;
}

static int share_purse(void *arg)
{
    struct ouro_group group;
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_gt(put(store, "ann", "purse", "1000", OURO_KV_ABSENT), 0);
    ouro_group_open(&group, SOON);
    for (int i = 0; i < PAYERS; i++)
        ck_assert_int_eq(ouro_group_spawn(&group, pay, store, NULL, NULL), 0);
    ck_assert_int_eq(ouro_group_close(&group), 0);
    ck_assert_str_eq(get(store, "ann", "purse"), "800");
    ck_assert_int_gt(conflicts, 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(no_write_is_lost_among_many)
{
    run_for_real(share_purse);
}

static int batches(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    int64_t purse = put(store, "ann", "purse", "10", OURO_KV_ANY), version = -1;
    struct ouro_kv_write buy[] = {
        write_of("ann", "purse", "3", purse),
        write_of("ann", "sword", "sharp", OURO_KV_ABSENT),
        write_of("bob", "purse", "7", OURO_KV_ANY),
    };
    ck_assert_int_eq(ouro_kv_write(store, buy, 3, SOON, &version), 0);
    ck_assert_int_gt(version, purse);
    ck_assert_str_eq(get(store, "ann", "purse"), "3");
    ck_assert_str_eq(get(store, "ann", "sword"), "sharp");
    ck_assert_str_eq(get(store, "bob", "purse"), "7");

    buy[0] = write_of("ann", "purse", "0", version);
    buy[1] = write_of("ann", "sword", "twice", OURO_KV_ABSENT); /* has one: nothing of it happens */
    ck_assert_int_eq(ouro_kv_write(store, buy, 3, SOON, NULL), -EEXIST);
    ck_assert_str_eq(get(store, "ann", "purse"), "3");
    buy[1] = write_of("ann", "sword", NULL, version);
    buy[2] = write_of("bob", "purse", "8", purse);
    ck_assert_int_eq(ouro_kv_write(store, buy, 3, SOON, NULL), -ESTALE);
    ck_assert_str_eq(get(store, "ann", "sword"), "sharp");
    ck_assert_int_eq(ouro_kv_write(store, NULL, 0, SOON, NULL), 0); /* nothing, done */
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(all_of_a_batch_or_nothing)
{
    run_for_real(batches);
}

/* --- lists ----------------------------------------------------------------------------------- */

/* "key=value key=value ..." */
static const char *list(struct ouro_store *store, const char *prefix, const char *after,
                        size_t items_max)
{
    static char line[4096];
    struct ouro_kv_item items[OURO_KV_LIST_MAX];
    struct ouro_buf values = {0};
    ouro_buf_puts(&values, "in front");
    int count =
        ouro_kv_list(store, "ann", "things", prefix, after, SOON, items, items_max, &values);
    ck_assert_int_ge(count, 0);
    int len = 0;
    line[0] = '\0';
    for (int i = 0; i < count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%s=%.*s", i ? " " : "",
                        items[i].key, (int)items[i].len, values.data + items[i].at);
    ouro_buf_done(&values);
    return line;
}

static int lists(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    static const char *const keys[] = {"c", "item/1", "item/10", "item/2", "item0", "item", "z"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ck_assert_int_gt(put(store, "ann", keys[i], keys[i], OURO_KV_ANY), 0);
    ck_assert_int_gt(put(store, "bob", "item/3", "bob's", OURO_KV_ANY), 0);
    ck_assert_str_eq(list(store, "item/", NULL, 10), "item/1=item/1 item/10=item/10 item/2=item/2");
    ck_assert_str_eq(list(store, "item/", NULL, 2), "item/1=item/1 item/10=item/10");
    ck_assert_str_eq(list(store, "item/", "item/10", 2), "item/2=item/2");
    ck_assert_str_eq(list(store, "item/", "item/2", 2), "");
    ck_assert_str_eq(list(store, NULL, "item/2", SIZE_MAX), "item0=item0 z=z");
    ck_assert_str_eq(list(store, "", NULL, 2), "c=c item=item");
    ck_assert_str_eq(list(store, "nothing", NULL, 2), "");

    struct ouro_kv_item item;
    ck_assert_int_eq(ouro_kv_list(store, NULL, "things", NULL, NULL, SOON, &item, 1, NULL), 0);
    ck_assert_int_eq(ouro_kv_list(store, "bob", "things", NULL, NULL, SOON, &item, 1, NULL), 1);
    ck_assert_str_eq(item.key, "item/3");
    ck_assert_uint_eq(item.len, 5);
    ck_assert_int_gt(item.version, 0);
    ck_assert_int_eq(ouro_kv_list(store, "ann", "things", "item/", "z", SOON, &item, 1, NULL),
                     -EINVAL);
    ck_assert_int_eq(ouro_kv_list(store, "ann", "things", "\xff", NULL, SOON, &item, 1, NULL),
                     -EINVAL);
    ck_assert_int_eq(ouro_kv_list(store, "ann", "", NULL, NULL, SOON, &item, 1, NULL), -EINVAL);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(lists_by_prefix_page_by_page)
{
    run_for_real(lists);
}

static int page_through_many(void *arg)
{
    enum { MANY = 350 };
    char after[OURO_KV_KEY_BYTES_MAX + 1] = "", key[16];
    struct ouro_kv_item items[OURO_KV_LIST_MAX];
    int count, all = 0;
    (void)arg;
    struct ouro_store *store = open_store();
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof key, "%05d", i * 7919 % MANY);
        ck_assert_int_gt(put(store, "ann", key, key, OURO_KV_ABSENT), 0);
    }
    while ((count = ouro_kv_list(store, "ann", "things", NULL, all ? after : NULL, SOON, items,
                                 OURO_KV_LIST_MAX, NULL)) > 0) {
        for (int i = 0; i < count; i++)
            ck_assert_int_eq(atoi(items[i].key), all++);
        strcpy(after, items[count - 1].key);
    }
    ck_assert_int_eq(count, 0);
    ck_assert_int_eq(all, MANY);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(no_value_is_left_out_between_two_pages)
{
    run_for_real(page_through_many);
}

/* --- deadlines, cancellation, the simulated twin -----------------------------------------------
 */

static int late_and_cancelled(void *arg)
{
    struct ouro_kv_write write = write_of("ann", "sword", "x", OURO_KV_ANY);
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, 0, NULL), -ETIMEDOUT);
    ck_assert_int_eq(ouro_kv_read(store, write.id, 0, NULL, NULL), -ETIMEDOUT);
    ouro_cancel(ouro_task_self());
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), -ECANCELED);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM kv"), 0);
    return 0;
}

TEST(what_is_late_or_cancelled_does_not_happen)
{
    run_for_real(late_and_cancelled);
}

static int simulated(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    int64_t version = put(store, "ann", "sword", "sharp", OURO_KV_ABSENT);
    ck_assert_int_gt(version, 0);
    ck_assert_str_eq(get(store, "ann", "sword"), "sharp");
    ck_assert_int_eq(ouro_now(), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(in_a_simulation_values_take_no_time)
{
    scene_begin();
    strcpy(path, ":memory:");
    ck_assert_int_eq(ouro_sim_run(1, NULL, simulated, NULL), 0);
    scene_end();
}
