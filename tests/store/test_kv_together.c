/* SPDX-License-Identifier: MIT */
/* Writes that wait at the same time share a transaction, and each gets its own answer. */
#include "store/store.h"
#include "test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOON   ouro_after(OURO_SEC(60))
#define MANY   40
#define STALE  7  /* this one comes too late */
#define LEAVES 9  /* this one no longer wants it, but it is being written */
#define GIVES  11 /* and this one gave up before */

static struct ouro_store *the_store;
static struct ouro_task *tasks[MANY];
static int results[MANY];
static int64_t versions[MANY];

static struct ouro_kv_id id_of(const char *key)
{
    return (struct ouro_kv_id){"ann", "things", key};
}

static int write_one(void *arg)
{
    int *result = arg;
    int at = (int)(result - results);
    char key[16];
    snprintf(key, sizeof key, "k%d", at);
    struct ouro_kv_write write = {
        .id = id_of(key), .value = "x", .len = 1, .version = at == STALE ? 1000 : OURO_KV_ANY};
    *result = ouro_kv_write(the_store, &write, 1, SOON, &versions[at]);
    return 0;
}

static bool is_there(const char *key)
{
    int rc = ouro_kv_read(the_store, id_of(key), SOON, NULL, NULL);
    ck_assert(rc == 0 || rc == -ENOENT);
    return rc == 0;
}

/* --- what holds the thread up ----------------------------------------------------------------- */

static atomic_bool let_go;

static int hold(struct ouro_store *store, void *arg)
{
    (void)store, (void)arg;
    while (!atomic_load(&let_go))
        usleep(1000);
    return 0;
}

static int hold_the_thread(void *arg)
{
    (void)arg;
    return ouro__store_call(the_store, hold, NULL, SOON);
}

static sqlite3 *lock_the_database(const char *path)
{
    sqlite3 *other;
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return other;
}

static size_t writers(void)
{
    size_t count = 0;
    pthread_mutex_lock(&the_store->lock);
    ouro_list_each (link, &the_store->writers)
        count++;
    pthread_mutex_unlock(&the_store->lock);
    return count;
}

static void wait_for_writers(size_t count)
{
    while (writers() != count)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
}

/* --- the test --------------------------------------------------------------------------------- */

static void start_all(struct ouro_task **ret_holder)
{
    ck_assert_int_eq(ouro_spawn(hold_the_thread, NULL, NULL, ret_holder), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(ouro_spawn(write_one, &results[i], NULL, &tasks[i]), 0);
    wait_for_writers(MANY);
}

static void await_all(struct ouro_task *holder)
{
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(ouro_await(tasks[i], SOON, NULL), 0);
        ouro_task_unref(tasks[i]);
    }
    ck_assert_int_eq(ouro_await(holder, SOON, NULL), 0);
    ouro_task_unref(holder);
}

static void expect_answers(void)
{
    char key[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof key, "k%d", i);
        ck_assert_int_eq(results[i], i == STALE ? -ESTALE : i == GIVES ? -ECANCELED : 0);
        ck_assert(is_there(key) == (results[i] == 0));
        for (int j = 0; j < i; j++)
            ck_assert(results[i] < 0 || results[j] < 0 || versions[i] != versions[j]);
    }
}

static int together(void *path)
{
    struct ouro_task *holder;
    ck_assert_int_eq(ouro_store_open(path, NULL, &the_store), 0);
    sqlite3 *other = lock_the_database(path);
    start_all(&holder);
    ouro_cancel(tasks[GIVES]);
    wait_for_writers(MANY - 1);
    atomic_store(&let_go, true); /* the first one takes all of them, and waits for the lock */
    wait_for_writers(0);
    ouro_cancel(tasks[LEAVES]);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    await_all(holder);
    expect_answers();
    struct ouro_store_stats stats = ouro_store_stats(the_store);
    ck_assert_uint_eq(stats.writes, MANY - 2);
    ck_assert_uint_eq(stats.commits, 1);
    ck_assert_int_eq(ouro_store_close(the_store, SOON), 0);
    return 0;
}

TEST(each_of_those_who_wait_has_its_answer)
{
    char folder[] = "/tmp/ouro-kv-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/db", folder);
    ck_assert_int_eq(ouro_run(together, path), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* --- no more together than one may have ------------------------------------------------------- */

static int write_half(void *arg)
{
    struct ouro_kv_write writes[OURO_KV_WRITES_MAX / 2 + 1];
    char keys[OURO_KV_WRITES_MAX / 2 + 1][16];
    size_t count = sizeof writes / sizeof writes[0];
    for (size_t i = 0; i < count; i++) {
        snprintf(keys[i], sizeof keys[i], "%s-%zu", (const char *)arg, i);
        writes[i] = (struct ouro_kv_write){.id = id_of(keys[i]), .value = "x", .len = 1};
    }
    return ouro_kv_write(the_store, writes, count, SOON, NULL);
}

static int halves(void *arg)
{
    static char names[3][2] = {"a", "b", "c"};
    struct ouro_task *holder;
    (void)arg;
    ck_assert_int_eq(ouro_store_open(":memory:", NULL, &the_store), 0);
    ck_assert_int_eq(ouro_spawn(hold_the_thread, NULL, NULL, &holder), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro_spawn(write_half, names[i], NULL, &tasks[i]), 0);
    wait_for_writers(3);
    atomic_store(&let_go, true);
    for (int i = 0; i < 3; i++) {
        int status;
        ck_assert_int_eq(ouro_await(tasks[i], SOON, &status), 0);
        ck_assert_int_eq(status, 0);
        ouro_task_unref(tasks[i]);
    }
    ck_assert_int_eq(ouro_await(holder, SOON, NULL), 0);
    ouro_task_unref(holder);
    ck_assert_uint_eq(ouro_store_stats(the_store).commits, 3);
    ck_assert_int_eq(ouro_store_close(the_store, SOON), 0);
    return 0;
}

TEST(a_transaction_is_no_larger_than_one_call_may_make_it)
{
    ck_assert_int_eq(ouro_run(halves, NULL), 0);
}
