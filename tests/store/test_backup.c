/* SPDX-License-Identifier: MIT */
/* A backup is whole, or what was there before. */
#include "scene.h"

#include <fcntl.h>

static char copy[160], part[192];

static void backup_scene_begin(void)
{
    scene_begin();
    snprintf(copy, sizeof copy, "%s/backup.db", folder);
    snprintf(part, sizeof part, "%s.part", copy);
}

static int64_t ask_copy(const char *sql)
{
    char real[sizeof path];
    strcpy(real, path);
    snprintf(path, sizeof path, "%.127s", copy);
    int64_t value = ask(sql);
    strcpy(path, real);
    return value;
}

/* Some megabytes, so that a backup takes many steps. */
static void fill(struct ouro_store *store, int values)
{
    static char bytes[OURO_KV_VALUE_BYTES_MAX];
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < values; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        struct ouro_kv_write write = {
            .id = {"ann", "ballast", key}, .value = bytes, .len = sizeof bytes};
        ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), 0);
    }
}

static void run_for_real(ouro_task_fn *fn)
{
    backup_scene_begin();
    ck_assert_int_eq(ouro_run(fn, NULL), 0);
    scene_end();
}

/* --- it works -------------------------------------------------------------------------------- */

static int back_up_and_restore(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    fill(store, 60);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 5), 0); /* not saved yet: saved */
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0);
    ck_assert_int_lt(access(part, F_OK), 0);
    ck_assert_int_eq(ask_copy("SELECT count(*) FROM kv"), 60);
    ck_assert_int_eq(ask_copy("SELECT count(*) FROM pragma_integrity_check "
                              "WHERE integrity_check = 'ok'"),
                     1);
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 7, SOON), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);

    ck_assert_int_eq(rename(copy, path), 0); /* as the header says */
    store = open_store();
    ck_assert_str_eq(top(store, "classic"), "ann:5");
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0);
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 8, SOON), 0);
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0); /* over the one before */
    ck_assert_int_eq(ask_copy("SELECT sum(score) FROM board_score"), 13);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(logged.errors, 0);
    return 0;
}

TEST(what_was_backed_up_can_be_restored)
{
    run_for_real(back_up_and_restore);
}

/* Others write all the time, and don't wait for the end of it. What is written by one transaction
 * is in the copy as a whole or not at all. */
static int written, stop_writing;

static int keep_writing(void *arg)
{
    while (!stop_writing) {
        char text[16];
        int len = snprintf(text, sizeof text, "%d", written + 1);
        struct ouro_kv_write both[] = {
            {.id = {"ann", "pair", "left"}, .value = text, .len = (size_t)len},
            {.id = {"bob", "pair", "right"}, .value = text, .len = (size_t)len},
        };
        ck_assert_int_eq(ouro_kv_write(arg, both, 2, SOON, NULL), 0);
        written++;
    }
    return 0;
}

static int back_up_in_use(void *arg)
{
    struct ouro_task *writer;
    int status;
    (void)arg;
    struct ouro_store *store = open_store();
    fill(store, 200);
    ck_assert_int_eq(ouro_spawn(keep_writing, store, NULL, &writer), 0);
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0);
    ck_assert_int_ge(written, 5); /* between the steps */
    stop_writing = 1;
    ck_assert_int_eq(ouro_await(writer, OURO_FOREVER, &status), 0);
    ouro_task_unref(writer);
    ck_assert_int_eq(ask_copy("SELECT count(DISTINCT value) FROM kv WHERE collection = 'pair'"), 1);
    ck_assert_int_eq(ask_copy("SELECT count(*) FROM kv WHERE collection = 'ballast'"), 200);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(the_store_is_used_meanwhile)
{
    run_for_real(back_up_in_use);
}

static int back_up_memory(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 5, SOON), 0);
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0);
    ck_assert_int_eq(ask_copy("SELECT score FROM board_score"), 5);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(in_a_simulation_and_from_memory)
{
    backup_scene_begin();
    strcpy(path, ":memory:");
    ck_assert_int_eq(ouro_sim_run(1, NULL, back_up_memory, NULL), 0);
    scene_end();
}

/* --- it fails -------------------------------------------------------------------------------- */

static void write_old_copy(void)
{
    FILE *file = fopen(copy, "w");
    ck_assert_ptr_nonnull(file);
    fputs("the backup of yesterday", file);
    fclose(file);
}

static void check_old_copy(void)
{
    char text[64] = "";
    FILE *file = fopen(copy, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "the backup of yesterday");
    ck_assert_int_lt(access(part, F_OK), 0);
}

static int cancel_me(void *arg)
{
    ouro_cancel(arg);
    return 0;
}

static int fail_to_back_up(void *arg)
{
    (void)arg;
    char nowhere[256];
    static char too_long[5000];
    struct ouro_store *store = open_store();
    fill(store, 20);
    write_old_copy();
    snprintf(nowhere, sizeof nowhere, "%s/no/such/folder/backup.db", folder);
    memset(too_long, 'x', sizeof too_long - 1);
    ck_assert_int_eq(ouro_store_backup(store, nowhere, SOON), -EACCES);
    ck_assert_int_eq(ouro_store_backup(store, folder, SOON), -EISDIR);
    ck_assert_int_eq(ouro_store_backup(store, "", SOON), -EINVAL);
    ck_assert_int_eq(ouro_store_backup(store, too_long, SOON), -EINVAL);
    ck_assert_int_eq(ouro_store_backup(store, path, SOON), -EINVAL);
    ck_assert_int_eq(ouro_store_backup(store, copy, 0), -ETIMEDOUT);
    check_old_copy();
    ck_assert_int_eq(errors_logged(), 0);
    ck_assert(!ouro_store_stats(store).failing);
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(after_a_failure_it_is_as_before)
{
    run_for_real(fail_to_back_up);
}

static int cancelled(void *arg)
{
    struct ouro_task *canceller;
    (void)arg;
    struct ouro_store *store = open_store();
    fill(store, 40);
    write_old_copy();
    ck_assert_int_eq(ouro_spawn(cancel_me, ouro_task_self(), NULL, &canceller), 0);
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), -ECANCELED);
    check_old_copy();
    ouro_task_unref(canceller);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_cancelled_backup_leaves_nothing)
{
    run_for_real(cancelled);
}

static int first_rc = 1;

static int back_up_once(void *arg)
{
    first_rc = ouro_store_backup(arg, copy, SOON);
    return 0;
}

static int two_at_once(void *arg)
{
    struct ouro_task *first;
    int status;
    char other[192];
    (void)arg;
    snprintf(other, sizeof other, "%s.other", copy);
    struct ouro_store *store = open_store();
    fill(store, 40);
    ck_assert_int_eq(ouro_spawn(back_up_once, store, NULL, &first), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_int_eq(ouro_store_backup(store, other, SOON), -EALREADY);
    ck_assert_int_eq(ouro_await(first, OURO_FOREVER, &status), 0);
    ouro_task_unref(first);
    ck_assert_int_eq(first_rc, 0);
    ck_assert_int_lt(access(other, F_OK), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(one_backup_at_a_time)
{
    run_for_real(two_at_once);
}

/* The database is closed in the middle of it: it has failed, for another reason. */
static int database_fails(void *arg)
{
    struct ouro_task *backup;
    int status;
    (void)arg;
    struct ouro_store *store = open_store();
    fill(store, 100);
    write_old_copy();
    ck_assert_int_eq(ouro_spawn(back_up_once, store, NULL, &backup), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    struct ouro_kv_write write = {.id = {"ann", "a", "b"}, .value = "x", .len = 1};
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), 0); /* now it is on its way */
    ck_assert_int_eq(first_rc, 1);
    ck_assert_int_eq(unlink(path), 0); /* seen at the next call, which opens a new file */
    ck_assert_int_eq(ouro_kv_write(store, &write, 1, SOON, NULL), 0);
    ck_assert_int_eq(ouro_await(backup, OURO_FOREVER, &status), 0);
    ouro_task_unref(backup);
    ck_assert_int_eq(first_rc, -EIO);
    check_old_copy();
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_database_that_goes_away_ends_the_backup)
{
    run_for_real(database_fails);
}

/* A page that is damaged is copied as it is, and found by the check. */
static int damaged(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    fill(store, 5);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        ck_assert_int_eq(ouro_board_submit(store, "unseen", name, i), 0);
    }
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    int64_t page = ask("SELECT rootpage FROM sqlite_schema WHERE name = 'kv'");
    int fd = open(path, O_RDWR);
    static const char noise[4096] = "noise";
    ck_assert_int_eq(pwrite(fd, noise, sizeof noise, (off_t)(page - 1) * 4096), sizeof noise);
    close(fd);
    store = open_store();
    write_old_copy();
    ck_assert_int_eq(ouro_store_backup(store, copy, SOON), -EBADMSG);
    check_old_copy();
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_damaged_copy_takes_no_place)
{
    run_for_real(damaged);
}
