/* SPDX-License-Identifier: MIT */
/* The database fails, and the game goes on; the operator is told once. */
#include "scene.h"
#include "store/db.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void await_failures(struct ouro_store *store, uint64_t count)
{
    while (ouro_store_stats(store).failures < count)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
}

static void await_recovery(struct ouro_store *store)
{
    while (ouro_store_stats(store).failing)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* What every failure has in common. `mend` makes it work again; NULL: it stays as it is. */
struct trouble {
    const char *words; /* in the line that is logged */
    void (*mend)(void);
};

static int live_through(void *arg)
{
    const struct trouble *trouble = arg;
    struct ouro_store *store = open_store();
    ck_assert(ouro_store_stats(store).failing);
    ck_assert_int_eq(errors_logged(), 1);
    ck_assert_msg(strstr(logged.error, trouble->words) && strstr(logged.error, path), "%s",
                  logged.error);

    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 5), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "bob", 7), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:7 ann:5"); /* the game goes on */
    ck_assert_int_lt(ouro_store_flush(store, ouro_after(OURO_MS(5))), 0);
    await_failures(store, 3);
    ck_assert_int_eq(errors_logged(), 1); /* once */
    if (!trouble->mend) {
        ck_assert_int_lt(ouro_store_close(store, ouro_after(OURO_MS(30))), 0);
        ck_assert_int_eq(errors_logged(), 2);
        ck_assert_ptr_nonnull(strstr(logged.error, "(2) are lost"));
        return 0;
    }
    trouble->mend();
    await_recovery(store);
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_int_eq(ask("SELECT sum(score) FROM board_score"), 12);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(logged.errors, 1);
    ck_assert_int_eq(logged.infos, 1);
    ck_assert_ptr_nonnull(strstr(logged.info, "again"));
    return 0;
}

/* --- it can't be opened ---------------------------------------------------------------------- */

static void remove_folder(void)
{
    ck_assert_int_eq(rmdir(path), 0);
}

TEST(the_path_is_a_folder)
{
    scene_begin();
    ck_assert_int_eq(mkdir(path, 0755), 0);
    struct trouble trouble = {"Is a directory", remove_folder};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    scene_end();
}

static char in_the_way[128];

static void remove_what_is_in_the_way(void)
{
    ck_assert_int_eq(remove(in_the_way), 0);
}

TEST(the_folder_is_a_file)
{
    scene_begin();
    snprintf(in_the_way, sizeof in_the_way, "%s/file", folder);
    write_file(in_the_way, "no folder");
    snprintf(path, sizeof path, "%s/file/scores.db", folder);
    struct trouble trouble = {"See that the folder exists", remove_what_is_in_the_way};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    scene_end();
}

TEST(the_folder_may_not_be_written_to)
{
    scene_begin();
    ck_assert_int_eq(chmod(folder, 0555), 0);
    uid_t user = geteuid();
    if (user == 0) /* to whom nothing is forbidden */
        ck_assert_int_eq(seteuid(65534), 0);
    struct trouble trouble = {"may write", NULL};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    ck_assert_int_eq(seteuid(user), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    scene_end();
}

/* What the database holds came first, however late it can be read. */
static int read_late(void *arg)
{
    const char *aside = arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 5, SOON), 0);
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 9, SOON), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(rename(path, aside), 0);
    ck_assert_int_eq(symlink("/", path), 0);

    store = open_store();
    ck_assert_int_eq(ouro_board_submit(store, "classic", "cid", 5), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "bob", 7), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:7 cid:5");
    ck_assert_int_eq(rename(aside, path), 0); /* in one step: no moment for a new file between */
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5");
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE name = 'bob'"), 9);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_store();
    ck_assert_str_eq(top(store, "classic"), "bob:9 ann:5 cid:5");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(boards_that_are_read_late_are_merged)
{
    char aside[160];
    scene_begin();
    snprintf(aside, sizeof aside, "%s.aside", path);
    ck_assert_int_eq(ouro_run(read_late, aside), 0);
    scene_end();
}

/* --- it is not what it should be ------------------------------------------------------------- */

static const char not_a_database[] = "My diary, volume 7. It is long enough to be taken for a page "
                                     "of a database, which it is not, and it must stay as it is.";

static void move_away(void)
{
    char moved[160];
    snprintf(moved, sizeof moved, "%s.old", path);
    ck_assert_int_eq(rename(path, moved), 0);
}

static void check_diary(const char *name)
{
    char text[sizeof not_a_database + 1] = "";
    FILE *file = fopen(name, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(text, 1, sizeof text, file), strlen(not_a_database));
    fclose(file);
    ck_assert_str_eq(text, not_a_database);
}

TEST(a_file_that_is_no_database_is_left_as_it_is)
{
    scene_begin();
    write_file(path, not_a_database);
    struct trouble trouble = {"not a database", NULL};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    check_diary(path);
    scene_end();
}

TEST(moved_away_it_makes_room_for_a_new_one)
{
    scene_begin();
    write_file(path, not_a_database);
    struct trouble trouble = {"move it away", move_away};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    char moved[160];
    snprintf(moved, sizeof moved, "%s.old", path);
    check_diary(moved);
    scene_end();
}

static int make_database(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        ck_assert_int_eq(ouro_board_submit(store, "classic", name, i), 0);
    }
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_database_of_a_newer_version_is_left_as_it_is)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(make_database, NULL), 0);
    exec_sql("PRAGMA user_version = 99");
    struct trouble trouble = {"newer version", NULL};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    ck_assert_int_eq(ask("PRAGMA user_version"), 99);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 500);
    scene_end();
}

/* Everything behind the first page, which holds the schema, is noise. */
TEST(a_corrupt_database_is_left_as_it_is)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(make_database, NULL), 0);
    struct stat before, after;
    ck_assert_int_eq(stat(path, &before), 0);
    ck_assert_int_gt(before.st_size, 8 * 4096);
    int fd = open(path, O_RDWR);
    for (off_t at = 4096; at < before.st_size; at += 64)
        ck_assert_int_eq(pwrite(fd, not_a_database, 64, at), 64);
    close(fd);
    struct trouble trouble = {"malformed", NULL};
    ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
    ck_assert_int_eq(stat(path, &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
    scene_end();
}

/* What SQLite can't see: a text that none of ours is. Players would be shown it, or it would be
 * looked for without end. */
TEST(a_text_that_is_damaged_is_told_of)
{
    static const char *const damages[] = {
        "UPDATE board_score SET name = CAST(x'ff' AS TEXT) WHERE owner = 'p499'",
        "UPDATE board_score SET name = printf('%64d', 1) WHERE owner = 'p499'",
        "UPDATE board_score SET owner = CAST(x'610062' AS TEXT) WHERE owner = 'p499'",
        "UPDATE board_score SET board = printf('%32d', 1) WHERE owner = 'p499'",
        "UPDATE board_score SET board = CAST(x'610062' AS TEXT) WHERE owner = 'p499'",
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        scene_begin();
        logged.errors = 0;
        ck_assert_int_eq(ouro_run(make_database, NULL), 0);
        exec_sql(damages[i]);
        struct trouble trouble = {"a text in it is damaged", NULL};
        ck_assert_int_eq(ouro_run(live_through, &trouble), 0);
        ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), 500);
        scene_end();
    }
}

/* --- it stops working ------------------------------------------------------------------------ */

static void submit_others(struct ouro_store *store, int *count)
{
    for (int i = 0; i < 50; i++) {
        char name[OURO_SCORE_NAME_BYTES_MAX + 1];
        snprintf(name, sizeof name, "a player with a rather long name, number %d", (*count)++);
        ck_assert_int_eq(ouro_board_submit(store, "classic", name, *count), 0);
    }
}

/* Submit under ever other names until it fails for good (at the brink it comes and goes), mend it,
 * and find everything there. */
static int fill_up(void *arg)
{
    void (*mend)(void) = *(void (**)(void))arg;
    struct ouro_store *store = open_store();
    int count = 0;
    ck_assert_int_eq(errors_logged(), 0);
    for (int stuck = 0; stuck < 3;) {
        submit_others(store, &count);
        int rc = ouro_store_flush(store, ouro_after(OURO_MS(50)));
        stuck = rc < 0 && ouro_store_stats(store).failing ? stuck + 1 : 0;
        ck_assert_int_lt(count, 9000);
    }
    await_failures(store, 3);
    ck_assert_int_eq(errors_logged(), 1);
    ck_assert_uint_gt(ouro_store_stats(store).pending, 0);
    mend();
    await_recovery(store);
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score"), count);
    ck_assert_int_eq(logged.errors, 1);
    return 0;
}

static void free_space(void)
{
    char ballast[128];
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    ck_assert_int_eq(unlink(ballast), 0);
}

/* A small disk of our own, which nobody else sees and which is gone with this process. */
static bool mount_small_disk(void)
{
    return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("ouro", folder, "tmpfs", 0, "size=4m") == 0;
}

static void put_ballast(void)
{
    char ballast[128];
    static char bytes[4096 * 900];
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    int fd = open(ballast, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(write(fd, bytes, sizeof bytes), sizeof bytes);
    close(fd);
}

TEST(the_disk_is_full)
{
    void (*mend)(void) = free_space;
    scene_begin();
    if (!mount_small_disk()) {
        printf("no small disk could be mounted here; see the_file_may_not_grow\n");
        scene_end();
        return;
    }
    put_ballast();
    ck_assert_int_eq(ouro_run(fill_up, &mend), 0);
    ck_assert_ptr_nonnull(strstr(logged.error, "Free disk space"));
    ck_assert_int_eq(umount(folder), 0);
    scene_end();
}

static void lift_limit(void)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(the_file_may_not_grow)
{
    void (*mend)(void) = lift_limit;
    struct rlimit limit;
    scene_begin();
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 256 * 1024;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(ouro_run(fill_up, &mend), 0);
    scene_end();
}

static int lose_file(void *arg)
{
    char name[160];
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 5, SOON), 0);
    for (int i = 0; i < 3; i++) {
        static const char *const parts[] = {"", "-wal", "-shm"};
        snprintf(name, sizeof name, "%s%s", path, parts[i]);
        ck_assert_int_eq(unlink(name), 0);
    }
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 7, SOON), 0);
    ck_assert_int_eq(ask("SELECT sum(score) FROM board_score"), 12);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_file_that_was_removed_is_made_again)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(lose_file, NULL), 0);
    ck_assert_int_eq(logged.errors, 0);
    scene_end();
}

/* --- who asks -------------------------------------------------------------------------------- */

#define AN_HOUR OURO_SEC(3600)

static int write_sword(struct ouro_store *store)
{
    struct ouro_kv_write write = {.id = {"ann", "things", "sword"}, .value = "x", .len = 1};
    return ouro_kv_write(store, &write, 1, SOON, NULL);
}

/* The thread pauses for an hour, and yet who asks is told at once what is the matter. As soon as it
 * works for one who asks, the scores follow. */
static int ask_in_a_pause(void *arg)
{
    struct ouro_store_options options = {.retry_ns_min = AN_HOUR, .retry_ns_max = AN_HOUR};
    struct ouro_score row;
    struct ouro_kv_item item;
    struct ouro_store *store;
    (void)arg;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), 0);
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 5), 0);
    struct ouro_kv_id id = {"ann", "things", "sword"};
    ck_assert_int_eq(write_sword(store), -EACCES);
    ck_assert_int_eq(ouro_kv_read(store, id, SOON, NULL, NULL), -EACCES);
    ck_assert_int_eq(ouro_kv_list(store, "ann", "things", NULL, NULL, SOON, &item, 1, NULL),
                     -EACCES);
    ck_assert_int_eq(ouro_board_rank(store, "classic", 0, "ann", SOON, &row), -EACCES);
    ck_assert_int_eq(ouro_board_remove(store, "classic", "ann", SOON), -EACCES);
    ck_assert_int_eq(ouro_store_backup(store, in_the_way, SOON), -EACCES);
    ck_assert_int_eq(ouro_store_flush(store, SOON), -EACCES);
    ck_assert_int_eq(errors_logged(), 1);
    remove_folder();
    ck_assert_int_eq(write_sword(store), 0);
    await_recovery(store);
    ck_assert_int_eq(ask("SELECT score FROM board_score"), 5);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(logged.infos, 1);
    return 0;
}

TEST(who_asks_does_not_wait_for_the_end_of_a_pause)
{
    scene_begin();
    ck_assert_int_eq(mkdir(path, 0755), 0);
    snprintf(in_the_way, sizeof in_the_way, "%.64s/backup.db", folder);
    ck_assert_int_eq(ouro_run(ask_in_a_pause, NULL), 0);
    scene_end();
}

/* Values of 16 KiB until there is no room. */
static int fill_with_values(struct ouro_store *store)
{
    static char bytes[16384];
    memset(bytes, 'x', sizeof bytes);
    int rc = 0;
    for (int i = 0; rc == 0 && i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        struct ouro_kv_write write = {
            .id = {"bob", "ballast", key}, .value = bytes, .len = sizeof bytes};
        rc = ouro_kv_write(store, &write, 1, SOON, NULL);
    }
    return rc;
}

static int read_full_disk(void *arg)
{
    struct ouro_score row;
    struct ouro_kv_id id = {"ann", "things", "sword"};
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_save(store, "classic", "ann", 5, SOON), 0);
    ck_assert_int_eq(write_sword(store), 0);
    ck_assert_int_eq(fill_with_values(store), -ENOSPC);
    /* Something smaller may fit by now, so it need not be failing any more. */
    ck_assert_uint_gt(ouro_store_stats(store).failures, 0);
    ck_assert_int_eq(ouro_kv_read(store, id, SOON, NULL, NULL), 0);
    ck_assert_int_eq(ouro_board_rank(store, "classic", 0, "ann", SOON, &row), 0);
    ck_assert_int_eq(row.rank, 1);
    free_space();
    ck_assert_int_eq(write_sword(store), 0);
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 7, SOON), 0);
    ck_assert_int_eq(ouro_board_rank(store, "classic", 0, "ann", SOON, &row), 0);
    ck_assert_int_eq(row.rank, 2);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(logged.errors, 1);
    return 0;
}

TEST(a_disk_that_is_full_can_still_be_read)
{
    scene_begin();
    if (!mount_small_disk()) {
        printf("no small disk could be mounted here\n");
        scene_end();
        return;
    }
    put_ballast();
    ck_assert_int_eq(ouro_run(read_full_disk, NULL), 0);
    ck_assert_int_eq(umount(folder), 0);
    scene_end();
}

/* --- once, and no more ------------------------------------------------------------------------ */

/* A commit may succeed and yet be answered with a failure. Then the same batch comes again. */
TEST(a_batch_that_comes_twice_counts_once)
{
    static const struct ouro__rules rules = {.name = "wins", .counts = OURO_BOARD_SUM};
    struct ouro__entry entry = {
        .rules = &rules, .since = OURO__EVER, .owner = "ann", .name = "Ann", .score = 5, .seq = 1};
    struct ouro__db db = {.give_up_at = OURO_FOREVER};
    scene_begin();
    ck_assert_int_eq(ouro__db_open(&db, path, false), 0);
    ck_assert_int_eq(ouro__db_save(&db, 71, &entry, 1), 0);
    ck_assert_int_eq(ouro__db_save(&db, 71, &entry, 1), 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score"), 5);
    entry.seq = 2;
    ck_assert_int_eq(ouro__db_save(&db, 72, &entry, 1), 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score"), 10);
    ck_assert_int_eq(ouro__db_restore(&db, &entry, 1), 0); /* is no addition */
    ck_assert_int_eq(ask("SELECT score FROM board_score"), 10);
    ouro__db_close(&db);
    scene_end();
}

/* --- more than there is room for ------------------------------------------------------------- */

static int overflow(void *arg)
{
    struct ouro_store_options options = {
        .pending_max = 10, .retry_ns_min = OURO_MS(5), .retry_ns_max = OURO_MS(5)};
    struct ouro_store *store;
    (void)arg;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), 0);
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        ck_assert_int_eq(ouro_board_submit(store, "classic", name, i),
                         ouro_store_stats(store).pending < 10 || i < 10 ? 0 : -OURO_ELIMIT);
    }
    ck_assert_uint_ge(ouro_store_stats(store).refused, 1);
    ck_assert_int_eq(errors_logged(), 2); /* that it fails, and that there is no more room */
    struct ouro_score best;
    ck_assert_int_eq(ouro_board_top(store, "classic", &best, 1), 1);
    ck_assert_int_eq(best.score, 29);
    remove_folder();
    await_recovery(store);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(what_finds_no_room_is_counted_and_told_once)
{
    scene_begin();
    ck_assert_int_eq(mkdir(path, 0755), 0);
    ck_assert_int_eq(ouro_run(overflow, NULL), 0);
    scene_end();
}

/* --- locked by another process --------------------------------------------------------------- */

#define LOCKED_NS OURO_SEC(2)
#define STEP_NS   OURO_MS(10)

/* Another process that has the database locked, from when it says so until it is told. */
struct locker {
    pid_t pid;
    int ready[2], release[2];
};

static void locker_main(struct locker *locker)
{
    sqlite3 *db;
    char byte = 'x';
    bool locked = sqlite3_open(path, &db) == SQLITE_OK &&
                  sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
    if (!locked || write(locker->ready[1], &byte, 1) != 1 ||
        read(locker->release[0], &byte, 1) != 1)
        _exit(1);
    sqlite3_close(db);
    _exit(0);
}

static void locker_start(struct locker *locker)
{
    char byte;
    ck_assert_int_eq(pipe(locker->ready), 0);
    ck_assert_int_eq(pipe(locker->release), 0);
    locker->pid = fork();
    ck_assert_int_ge(locker->pid, 0);
    if (locker->pid == 0)
        locker_main(locker);
    ck_assert_int_eq(read(locker->ready[0], &byte, 1), 1);
}

static void locker_let_go(struct locker *locker)
{
    ck_assert_int_eq(write(locker->release[1], "x", 1), 1);
}

static void locker_end(struct locker *locker)
{
    int status;
    ck_assert_int_eq(waitpid(locker->pid, &status, 0), locker->pid);
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 2; i++) {
        close(locker->ready[i]);
        close(locker->release[i]);
    }
}

static int ticks;

static int tick(void *arg)
{
    (void)arg;
    for (int64_t next = ouro_now();; ticks++) {
        next += STEP_NS;
        int rc = ouro_sleep_until(next);
        if (rc < 0)
            return rc;
    }
}

/* The ticks go on, submissions and boards too; only who wants it saved waits. */
static int tick_while_locked(void *arg)
{
    struct locker *locker = arg;
    struct ouro_task *ticker;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_spawn(tick, NULL, NULL, &ticker), 0);
    int64_t until = ouro_after(LOCKED_NS);
    for (int i = 0; ouro_now() < until; i++) {
        ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", i), 0);
        ck_assert_int_eq(ouro_sleep(OURO_MS(5)), 0);
    }
    ck_assert_uint_ge(ouro_store_stats(store).pending, 1);
    ck_assert_int_eq(ouro_store_flush(store, ouro_after(OURO_MS(10))), -ETIMEDOUT);
    ck_assert_int_ge(ticks, (int)(LOCKED_NS / STEP_NS / 2));
    locker_let_go(locker);
    ck_assert_int_eq(ouro_board_save(store, "classic", "bob", 1000000, SOON), 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE name = 'bob'"), 1000000);
    ouro_cancel(ticker);
    ouro_task_unref(ticker);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(while_another_process_has_it_locked_the_ticks_go_on)
{
    struct locker locker;
    scene_begin();
    ck_assert_int_eq(ouro_run(make_database, NULL), 0);
    locker_start(&locker);
    ck_assert_int_eq(ouro_run(tick_while_locked, &locker), 0);
    ck_assert_int_eq(logged.errors, 0); /* such a while is no trouble yet */
    locker_end(&locker);
    scene_end();
}

static int close_while_locked(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_store();
    ck_assert_int_eq(ouro_board_submit(store, "classic", "ann", 9999), 0);
    int64_t before = ouro_now();
    ck_assert_int_eq(ouro_store_close(store, ouro_after(OURO_MS(100))), -EBUSY);
    ck_assert_int_lt(ouro_now() - before, OURO_STORE_LOCKED_NS_MAX / 2);
    return 0;
}

TEST(closing_keeps_to_its_deadline)
{
    struct locker locker;
    scene_begin();
    ck_assert_int_eq(ouro_run(make_database, NULL), 0);
    locker_start(&locker);
    ck_assert_int_eq(ouro_run(close_while_locked, NULL), 0);
    ck_assert_ptr_nonnull(strstr(logged.error, "(1) are lost"));
    locker_let_go(&locker);
    locker_end(&locker);
    scene_end();
}
