/* SPDX-License-Identifier: MIT */
/**
 * store: what outlives the process. Leaderboards, best score per name, in an SQLite database.
 *
 * The game never waits for the disk and never ends because of it:
 *
 *      ouro_board_submit() --> boards in memory --> ouro_board_top()
 *                          \-> pending scores ----> a thread of the store ----> database
 *
 * Boards are read from memory, which holds the best of each since the database was opened.
 * Writing is one thread's work; what is submitted meanwhile is merged and written in one
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
 */
#ifndef OURO_STORE_H
#define OURO_STORE_H

#include "ouro/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- the store -------------------------------------------------------------------------------- */

struct ouro_store;

struct ouro_store_options {
    size_t pending_max;   /**< scores that wait, beside those being written, as many at the most;
                               0: OURO_STORE_PENDING_MAX */
    int64_t retry_ns_min; /**< pause after the first failure, then doubled; 0: half a second */
    int64_t retry_ns_max; /**< longest pause between attempts; 0: half a minute */
    bool power_safe;      /**< fsync with each transaction (synchronous=FULL) */
};

#define OURO_STORE_PENDING_MAX 10000
/** How long one attempt waits for another process that has the database locked. */
#define OURO_STORE_LOCKED_NS_MAX OURO_SEC(5)

/**
 * Open the store and load the boards; the caller owns it and closes it with ouro_store_close().
 * `options` may be NULL. Folders that `path` needs are made, with mode 0750. ":memory:" keeps
 * nothing, for tests.
 *
 * Suspending call: waits for the first attempt, about OURO_STORE_LOCKED_NS_MAX at the most. A
 * database that can't be opened is not an error here: see above. -EINVAL: `path` is empty. -ENOMEM,
 * -EAGAIN (no thread), -ECANCELED.
 */
OURO_API int ouro_store_open(const char *path, const struct ouro_store_options *options,
                             struct ouro_store **ret_store);

/**
 * Wait until everything that was submitted before is in the database. Suspending call. -ETIMEDOUT
 * and -ECANCELED: not yet; it stays pending. A call whose own attempt to write fails returns the
 * reason (-ENOSPC, -EACCES, -EBUSY, -EBADMSG: corrupt, -EIO); also then it stays pending.
 */
OURO_API int ouro_store_flush(struct ouro_store *store, int64_t deadline);

/**
 * Write what is pending, with repeated attempts until the deadline, then close and free. Waits,
 * shielded from cancellation. No other call may be under way. 0, or the reason why the last
 * attempt failed: what was pending is lost, and that has been logged. Freed in either case. With
 * OURO_FOREVER a broken disk keeps the program from ending.
 */
OURO_API int ouro_store_close(struct ouro_store *store, int64_t deadline);

/** What an operator wants to know. */
struct ouro_store_stats {
    bool failing;      /**< the last attempt failed; logged when that began */
    size_t pending;    /**< scores that wait to be written */
    uint64_t saved;    /**< scores written */
    uint64_t refused;  /**< scores for which there was no room among the pending */
    uint64_t failures; /**< attempts that failed */
};
/** Any thread, never waits. */
OURO_API struct ouro_store_stats ouro_store_stats(struct ouro_store *store);

/* --- leaderboards ----------------------------------------------------------------------------- */

#define OURO_BOARDS_MAX           64  /**< boards in a store */
#define OURO_BOARD_TOP_MAX        100 /**< best of a board that are in memory */
#define OURO_BOARD_NAME_BYTES_MAX 31
#define OURO_SCORE_NAME_BYTES_MAX 63

/** A line of a leaderboard. */
struct ouro_score {
    char name[OURO_SCORE_NAME_BYTES_MAX + 1];
    int64_t score;
};

/**
 * Enter a score on a board, which begins to exist with that. Of each name the best counts, of equal
 * ones the first. Both names: 1 byte or more, UTF-8.
 *
 * Any thread, any callback, within a tick: never waits, never touches the disk. 0; -EINVAL: a name
 * is empty, too long or not UTF-8; -OURO_ELIMIT: too many boards, or pending_max scores are waiting
 * already (that one is on the board in memory all the same, and the trouble has been logged once);
 * -ENOMEM.
 */
OURO_API int ouro_board_submit(struct ouro_store *store, const char *board, const char *name,
                               int64_t score);

/** As ouro_board_submit() and ouro_store_flush(): 0 means that the score is in the database. */
OURO_API int ouro_board_save(struct ouro_store *store, const char *board, const char *name,
                             int64_t score, int64_t deadline);

/**
 * The best of a board, from memory: highest score first, of equal scores the one that was achieved
 * first. Writes up to `rows_max` rows, at most OURO_BOARD_TOP_MAX, and returns how many; 0 for a
 * board that nobody has entered. Any thread, never waits.
 */
OURO_API int ouro_board_top(struct ouro_store *store, const char *board,
                            struct ouro_score *ret_rows, size_t rows_max);

#ifdef __cplusplus
}
#endif
#endif
