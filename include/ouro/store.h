/* SPDX-License-Identifier: MIT */
/**
 * store: what outlives the process: leaderboards, and what players own, in an SQLite database.
 *
 * The game never waits for the disk and never ends because of it:
 *
 *      ouro_board_submit() --> boards in memory --> ouro_board_top()
 *                          \-> pending scores ----> a thread of the store ----> database
 *      ouro_board_rank(), ouro_kv_write(), ... : a task waits for that thread
 *
 * Writing is one thread's work; scores that are submitted meanwhile are merged and written in one
 * transaction. When the database can't be opened or written (no permission, disk full, locked, not
 * a database, corrupt), that is logged once, as one line that says what to do; scores are kept in
 * memory, bounded, attempts are repeated with growing pauses, and the first that succeeds writes
 * everything and is logged once. A file that is corrupt or of a newer version is left as it is; if
 * a file is moved away, at any time, a new one is begun with what is known in memory.
 *
 * Durability: SQLite's WAL with synchronous=NORMAL. What has been saved survives the death of the
 * process at any moment, kill -9 included, because it is in the kernel's hands. When the machine
 * itself loses power, the last moments may be missing, but the database is whole; who can't accept
 * that sets `power_safe` and pays an fsync per transaction.
 *
 * One process per database: another one's scores are seen at the next start only.
 *
 * Calls with a deadline are suspending calls, for tasks. They share these results: -ETIMEDOUT and
 * -ECANCELED: it did not happen; -ENOSPC, -EACCES, -EBUSY (locked by another process), -EBADMSG
 * (corrupt), -EPROTONOSUPPORT (of a newer version), -EIO, -ENOMEM: what the database met, which is
 * logged as above; -EAGAIN: no thread. One that has begun is not given up at its deadline: if the
 * database is locked, that may last OURO_STORE_LOCKED_NS_MAX longer.
 */
#ifndef OURO_STORE_H
#define OURO_STORE_H

#include "ouro/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- boards, as they are declared --------------------------------------------------------------
 */

/** Which of an owner's scores counts. */
enum ouro_board_counts {
    OURO_BOARD_BEST, /**< the best one; of equal ones the first */
    OURO_BOARD_LAST, /**< the one that was submitted last */
    OURO_BOARD_SUM,  /**< all of them, added up; stops at the ends of int64_t */
};

/** When a board begins anew. By the calendar, in UTC: see ouro_wall_time(). */
enum ouro_board_reset { OURO_RESET_NEVER, OURO_RESET_DAILY, OURO_RESET_WEEKLY };

/** A leaderboard. Zero is the board that needs no declaration: highest score, for ever. */
struct ouro_board {
    const char *name;
    enum ouro_board_counts counts;
    bool lowest; /**< the lowest score is the best: seconds, strokes */
    enum ouro_board_reset reset;
    int weekday;      /**< weekly: on this day, 0 is Sunday, 6 is Saturday */
    int hour;         /**< daily and weekly: at this hour, 0 to 23 */
    int periods_kept; /**< past periods that stay; older ones are removed; 0: none stays */
    bool all_time;    /**< what is submitted also counts on a board without end */
};

#define OURO_BOARDS_MAX             64 /**< boards in a store */
#define OURO_BOARD_PERIODS_KEPT_MAX 1000

/* --- the store -------------------------------------------------------------------------------- */

struct ouro_store;

struct ouro_store_options {
    size_t pending_max;   /**< scores that wait, beside those being written, as many at the most;
                               0: OURO_STORE_PENDING_MAX */
    int64_t retry_ns_min; /**< pause after the first failure, then doubled; 0: half a second */
    int64_t retry_ns_max; /**< longest pause between attempts; 0: half a minute */
    bool power_safe;      /**< fsync with each transaction (synchronous=FULL) */
    const struct ouro_board *boards; /**< those that differ from zero; copied */
    size_t board_count;
};

#define OURO_STORE_PENDING_MAX 10000
/** How long one attempt waits for another process that has the database locked. */
#define OURO_STORE_LOCKED_NS_MAX OURO_SEC(5)

/**
 * Open the store and load the boards; the caller owns it and closes it with ouro_store_close().
 * `options` may be NULL. Folders that `path` needs are made, with mode 0750. ":memory:" keeps
 * nothing, for tests. A database of an older version is brought up to date.
 *
 * Suspending call: waits for the first attempt, about OURO_STORE_LOCKED_NS_MAX at the most. A
 * database that can't be opened is not an error here: see above. -EINVAL: `path` is empty, or a
 * board is declared twice or with values that make no sense; -OURO_ELIMIT: too many boards.
 * -ENOMEM, -EAGAIN (no thread), -ECANCELED.
 *
 * A later run may declare a board in another way: how it counts from then on, from when to when.
 * One that turns `lowest` over is ranked anew.
 */
OURO_API int ouro_store_open(const char *path, const struct ouro_store_options *options,
                             struct ouro_store **ret_store);

/**
 * Wait until everything that was submitted before is in the database. Suspending call. Whatever it
 * returns but 0: not yet, it stays pending.
 */
OURO_API int ouro_store_flush(struct ouro_store *store, int64_t deadline);

/**
 * Write what is pending, with repeated attempts until the deadline, then close and free. Waits,
 * shielded from cancellation. No other call may be under way. 0, or the reason why the last
 * attempt failed: what was pending is lost, and that has been logged. Freed in either case. With
 * OURO_FOREVER a broken disk keeps the program from ending.
 */
OURO_API int ouro_store_close(struct ouro_store *store, int64_t deadline);

/**
 * Copy the database into a file, while it is used: what was submitted or written before is in it.
 * The copy grows beside `path`, in `path`.part, is checked, and takes its place at the end, so that
 * `path` is never half a backup: after a failure it is what it was. The store's thread copies in
 * steps of OURO_STORE_BACKUP_PAGES pages, and other calls come in between. To restore: end the
 * server and copy the file to where the database was, whose -wal and -shm files are to be removed.
 *
 * Suspending call. -EALREADY: another backup is under way; -EINVAL: `path` is the database itself,
 * empty or too long; -EBADMSG: what was copied is damaged. The trouble of a backup is only
 * returned: it says nothing about the store.
 */
OURO_API int ouro_store_backup(struct ouro_store *store, const char *path, int64_t deadline);

#define OURO_STORE_BACKUP_PAGES 256

/** What an operator wants to know. */
struct ouro_store_stats {
    bool failing;      /**< the last attempt failed; logged when that began */
    size_t pending;    /**< scores that wait to be written */
    uint64_t saved;    /**< scores written */
    uint64_t refused;  /**< scores for which there was no room among the pending */
    uint64_t failures; /**< attempts that failed */
    uint64_t writes;   /**< calls of ouro_kv_write() that have written */
    uint64_t commits;  /**< transactions that these took: those that wait share one */
};
/** Any thread, never waits. */
OURO_API struct ouro_store_stats ouro_store_stats(struct ouro_store *store);

/* --- leaderboards ----------------------------------------------------------------------------- */

#define OURO_BOARD_TOP_MAX        100 /**< best of a board that are in memory; rows of an answer */
#define OURO_BOARD_NAME_BYTES_MAX 31
#define OURO_SCORE_NAME_BYTES_MAX 63
#define OURO_OWNER_BYTES_MAX      64 /* as long as a user's id may be (ouro/lobby.h) */

/** A line of a leaderboard. */
struct ouro_score {
    char name[OURO_SCORE_NAME_BYTES_MAX + 1]; /**< to be shown: the last that was submitted */
    int64_t score;
    char owner[OURO_OWNER_BYTES_MAX + 1];
    int64_t rank; /**< 1 is the best */
};

/**
 * Enter a score on a board; one that was not declared begins to exist with that. `name` is its
 * owner too: who has it, has the score. 1 byte or more, UTF-8, as `board`.
 *
 * Any thread, any callback, within a tick: never waits, never touches the disk. 0; -EINVAL: a name
 * is empty, too long or not UTF-8; -OURO_ELIMIT: too many boards, or pending_max scores are waiting
 * already (then it is lost, unless it is among the best of a board that is in memory; the trouble
 * has been logged once); -ENOMEM.
 */
OURO_API int ouro_board_submit(struct ouro_store *store, const char *board, const char *name,
                               int64_t score);

/** As ouro_board_submit(), for players who have an id of their own: `name` is only shown, and may
 *  be another one each time. */
OURO_API int ouro_board_submit_as(struct ouro_store *store, const char *board, const char *owner,
                                  const char *name, int64_t score);

/** As ouro_board_submit() and ouro_store_flush(): 0 means that the score is in the database. */
OURO_API int ouro_board_save(struct ouro_store *store, const char *board, const char *name,
                             int64_t score, int64_t deadline);

/**
 * The best of a board in its current period, from memory: the best score first, of equal scores the
 * one that was achieved first. Writes up to `rows_max` rows, at most OURO_BOARD_TOP_MAX, and
 * returns how many; 0 for a board that nobody has entered. Any thread, never waits.
 *
 * A board where the best score counts is up to date with each submission; others as of what has
 * been saved, which is moments ago. When the clock is put into a period that had begun before, it
 * is read again: whoever asks first finds it empty.
 */
OURO_API int ouro_board_top(struct ouro_store *store, const char *board,
                            struct ouro_score *ret_rows, size_t rows_max);

/** When the current period of a board ends, as ouro_wall_time(); OURO_FOREVER: never. Any thread,
 *  never waits. */
OURO_API int64_t ouro_board_resets_at(struct ouro_store *store, const char *board);

/*
 * Questions to the database. `period` is 0 for the current one, 1 for the one before, and so on, or
 * OURO_ALL_TIME. What was submitted before is written first, and counts; while that fails the
 * answer is what the database holds. -EINVAL: the board does not keep that period.
 */
#define OURO_ALL_TIME (-1)

/**
 * Rows from rank `offset` + 1 on. Writes up to `rows_max`, at most OURO_BOARD_TOP_MAX, and returns
 * how many; 0: there are no more, or no such board. Suspending call.
 */
OURO_API int ouro_board_page(struct ouro_store *store, const char *board, int period, size_t offset,
                             int64_t deadline, struct ouro_score *ret_rows, size_t rows_max);

/** The row of an owner, with its rank. Suspending call. 0; -ENOENT: not on that board. */
OURO_API int ouro_board_rank(struct ouro_store *store, const char *board, int period,
                             const char *owner, int64_t deadline, struct ouro_score *ret_row);

/**
 * An owner and who is near: up to `above` better rows, the owner's own, up to `below` worse ones,
 * the best first. `ret_rows` has room for all, OURO_BOARD_TOP_MAX at the most (-EINVAL). Returns
 * how many. Suspending call. -ENOENT: not on that board.
 */
OURO_API int ouro_board_around(struct ouro_store *store, const char *board, int period,
                               const char *owner, size_t above, size_t below, int64_t deadline,
                               struct ouro_score *ret_rows);

/**
 * Remove an owner from a board, in all its periods: somebody cheated, or wants to be forgotten.
 * Suspending call. 0; -ENOENT: was not there. What is submitted later counts again.
 */
OURO_API int ouro_board_remove(struct ouro_store *store, const char *board, const char *owner,
                               int64_t deadline);

/* --- players' data: values by owner, collection and key ----------------------------------------
 */

#define OURO_KV_COLLECTION_BYTES_MAX 31
#define OURO_KV_KEY_BYTES_MAX        127
#define OURO_KV_VALUE_BYTES_MAX      65536
#define OURO_KV_WRITES_MAX           64  /**< in one call */
#define OURO_KV_LIST_MAX             100 /**< in one answer */

/** Where a value lies. All are UTF-8; `owner` NULL or "": nobody's, the game's own. */
struct ouro_kv_id {
    const char *owner;      /**< a player's id, OURO_OWNER_BYTES_MAX at the most */
    const char *collection; /**< "inventory", "settings" ... */
    const char *key;
};

/* What must be there for a write to happen; else a version that was read, which is above 0. */
#define OURO_KV_ANY    0    /**< whatever is there */
#define OURO_KV_ABSENT (-1) /**< nothing */

/** A write, or a removal. */
struct ouro_kv_write {
    struct ouro_kv_id id;
    const void *value; /**< bytes, mostly JSON; NULL: remove it */
    size_t len;
    int64_t version; /**< OURO_KV_ANY, OURO_KV_ABSENT, or what has been read */
};

/**
 * Read a value: its bytes are appended to `ret_value`, its version is for a later write. Either
 * may be NULL. Suspending call. 0; -ENOENT: nothing is there. -EINVAL: a part of the id is empty,
 * too long or not UTF-8.
 */
OURO_API int ouro_kv_read(struct ouro_store *store, struct ouro_kv_id id, int64_t deadline,
                          struct ouro_buf *ret_value, int64_t *ret_version);

/**
 * Write values in one transaction: all of them are in the database afterwards, or none, at whatever
 * moment the process ends. All are checked before the first is written (so of two to the same id
 * neither sees the other, and the last one stays): -ESTALE: another version is there than the one
 * that was read, or none; -EEXIST: OURO_KV_ABSENT, and something is there. Read again and decide
 * again. To remove what is not there is fine with OURO_KV_ANY.
 *
 *     do {
 *         read the purse, take the price out of it
 *     } while ((rc = write the purse and the sword, at the version read) == -ESTALE);
 *
 * Calls that wait at the same time share a transaction, each still as if it were alone; what the
 * disk says when that fails, it says to all of them.
 *
 * All that is written gets one new version, which no value ever had (`ret_version`, may be NULL).
 * Suspending call. -EINVAL: a part of an id is empty, too long or not UTF-8, a version is not one;
 * -OURO_ELIMIT: a value is too long, or there are too many. -EIO, -ENOSPC: it has not happened, or
 * the disk failed so late that it has: the version tells.
 */
OURO_API int ouro_kv_write(struct ouro_store *store, const struct ouro_kv_write *writes,
                           size_t count, int64_t deadline, int64_t *ret_version);

/** A value in a list. */
struct ouro_kv_item {
    char key[OURO_KV_KEY_BYTES_MAX + 1];
    int64_t version;
    size_t at, len; /**< where its bytes are in the buffer */
};

/**
 * The values of an owner in a collection whose keys begin with `prefix` (NULL: all), in the order
 * of the bytes of their keys, those after the key `after` (NULL: from the first). Writes up to
 * `items_max`, at most OURO_KV_LIST_MAX, and returns how many; 0: no more. The last key is where
 * the next page goes on. Bytes are appended to `ret_values`; NULL: only keys, versions and lengths.
 *
 * Suspending call. -EINVAL: owner, collection, prefix or `after` is too long or not UTF-8, or
 * `after` does not begin with the prefix.
 */
OURO_API int ouro_kv_list(struct ouro_store *store, const char *owner, const char *collection,
                          const char *prefix, const char *after, int64_t deadline,
                          struct ouro_kv_item *ret_items, size_t items_max,
                          struct ouro_buf *ret_values);

#ifdef __cplusplus
}
#endif
#endif
