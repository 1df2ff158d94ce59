/* SPDX-License-Identifier: MIT */
/* A copy of the database while it is used. The store's thread copies it, because what its own
 * connection writes meanwhile goes into the copy too; step by step, because others wait for that
 * thread. The check reads the whole copy, and is done elsewhere.
 *
 *      begin -- step -- step -- ... -- step -- check and place -- end
 *      `--------- store's thread ------------'  `-- any thread -'  `- store's thread
 */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
/* How often the check looks at its deadline, in instructions of SQLite's machine. */
#define CHECK_STEPS 10000

struct backup {
    const char *path;
    char part[PATH_BYTES];
    int64_t deadline;
    sqlite3 *to;
    bool begun, placed;
};

static int failure(sqlite3 *handle)
{
    char why[OURO__DB_WHY_BYTES];
    return ouro__db_failure_of(handle, why, sizeof why);
}

/* --- begin, step, end: in the store's thread -------------------------------------------------- */

/* To take the place of the database itself would be its end. */
static int check_place(struct ouro_store *store, const char *path)
{
    struct stat here, there;
    if (stat(path, &there) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (stat(store->path, &here) < 0)
        return 0; /* in memory, or gone */
    return here.st_dev == there.st_dev && here.st_ino == there.st_ino ? -EINVAL : 0;
}

static void remove_part(const struct backup *backup)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    char name[PATH_BYTES + 8];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", backup->part, ends[i]);
        unlink(name);
    }
}

static int begin_copy(struct ouro_store *store, struct backup *backup)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    backup->begun = true;
    remove_part(backup);
    if (sqlite3_open_v2(backup->part, &backup->to, flags, NULL) != SQLITE_OK)
        return failure(backup->to);
    store->db.backup = sqlite3_backup_init(backup->to, "main", store->db.handle, "main");
    store->db.backup_of = backup;
    return store->db.backup ? 0 : failure(backup->to);
}

static int begin(struct ouro_store *store, void *arg)
{
    struct backup *backup = arg;
    int rc = ouro__store_attempt(store);
    if (rc < 0) {
        ouro__store_queue_save(store);
        return rc;
    }
    if (store->db.backup)
        return -EALREADY;
    rc = check_place(store, backup->path);
    return rc < 0 ? rc : begin_copy(store, backup);
}

static void finish_copy(struct ouro_store *store, const struct backup *backup)
{
    if (store->db.backup_of != backup)
        return;
    sqlite3_backup_finish(store->db.backup);
    store->db.backup = NULL;
    store->db.backup_of = NULL;
}

/* 0: there is more to copy; 1: done. */
static int step(struct ouro_store *store, void *arg)
{
    struct backup *backup = arg;
    if (store->db.backup_of != backup)
        return -EIO; /* the database failed meanwhile and was closed */
    int code = sqlite3_backup_step(store->db.backup, OURO_STORE_BACKUP_PAGES);
    if (code == SQLITE_OK)
        return 0;
    finish_copy(store, backup); /* only now the handle knows what happened */
    return code == SQLITE_DONE ? 1 : failure(backup->to);
}

static int end(struct ouro_store *store, void *arg)
{
    struct backup *backup = arg;
    finish_copy(store, backup);
    sqlite3_close(backup->to);
    if (!backup->placed)
        remove_part(backup);
    return 0;
}

/* --- check and place: in any thread ----------------------------------------------------------- */

static int out_of_time(void *ud)
{
    const struct backup *backup = ud;
    return ouro_now() >= backup->deadline;
}

static int read_verdict(sqlite3 *copy)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(copy, "PRAGMA quick_check(1)", -1, &query, NULL) != SQLITE_OK)
        return failure(copy);
    int rc = sqlite3_step(query) == SQLITE_ROW ? 0 : failure(copy);
    const unsigned char *verdict = rc == 0 ? sqlite3_column_text(query, 0) : NULL;
    if (rc == 0 && (!verdict || strcmp((const char *)verdict, "ok") != 0))
        rc = verdict ? -EBADMSG : -ENOMEM;
    sqlite3_finalize(query);
    return rc;
}

/* Without a WAL it is one file. */
static int check_opened(struct backup *backup, sqlite3 *copy)
{
    if (sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
        return failure(copy);
    sqlite3_progress_handler(copy, CHECK_STEPS, out_of_time, backup);
    return read_verdict(copy);
}

/* Opened anew, as who restores it will. */
static int check_copy(struct backup *backup)
{
    sqlite3 *copy;
    bool opened = sqlite3_open_v2(backup->part, &copy, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    int rc = opened ? check_opened(backup, copy) : failure(copy);
    sqlite3_close(copy);
    return rc;
}

/* So that the new name outlives a power failure as well; where that can't be had, the backup is
 * whole all the same. */
static void sync_folder(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int check_and_place(void *arg)
{
    struct backup *backup = arg;
    int rc = check_copy(backup);
    if (rc < 0)
        return rc;
    if (rename(backup->part, backup->path) < 0)
        return -errno;
    backup->placed = true;
    sync_folder(backup->path);
    return 0;
}

/* --- a task waits ---------------------------------------------------------------------------- */

/* Always, and in the store's thread, which holds the other end of the copy. */
static void clean_up(struct ouro_store *store, struct backup *backup)
{
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro__store_call(store, end, backup, OURO_FOREVER);
    ouro_scope_close(&shield);
}

int ouro_store_backup(struct ouro_store *store, const char *path, int64_t deadline)
{
    struct backup backup = {.path = path, .deadline = deadline};
    int len = snprintf(backup.part, sizeof backup.part, "%s.part", path);
    if (!path[0] || len >= (int)sizeof backup.part)
        return -EINVAL;
    int rc = ouro__store_call(store, begin, &backup, deadline);
    while (rc == 0)
        rc = ouro__store_call(store, step, &backup, deadline);
    if (rc > 0)
        rc = ouro_offload(NULL, check_and_place, &backup, deadline);
    if (backup.begun)
        clean_up(store, &backup);
    return rc;
}
