/* SPDX-License-Identifier: MIT */
/* store: the database fails at every system call and allocation of SQLite's, and of ours. SQLite is
 * a library of its own, so its calls are not wrapped: its own tables of memory and of system calls
 * lead to the same doors. */
#include "torture.h"

#include <stdio.h>

/* What the database may meet, and what the calls that wait for it may. */
#define OF_THE_DATABASE \
    -ENOMEM, -ETIMEDOUT, -EAGAIN, -EIO, -EBADMSG, -ENOSPC, -EACCES, -EBUSY, AS_THE_SYSTEM_SAYS

static const struct ouro_board boards[] = {
    {.name = "wins",
     .counts = OURO_BOARD_SUM,
     .reset = OURO_RESET_WEEKLY,
     .periods_kept = 1,
     .all_time = true},
};

/* NULL: it could not be opened. */
static struct ouro_store *open_store(void)
{
    struct ouro_store *store = NULL;
    struct ouro_store_options options = {
        .retry_ns_min = OURO_MS(1), .retry_ns_max = OURO_MS(2), .boards = boards, .board_count = 1};
    if (!went(ouro_store_open(scratch_path("folder/scores.db"), &options, &store), -ENOMEM,
              -EAGAIN))
        expect(!store);
    return store;
}

static void close_store(struct ouro_store *store)
{
    went(ouro_store_close(store, PATIENTLY), OF_THE_DATABASE);
}

static int use_store(void *arg)
{
    (void)arg;
    struct ouro_score rows[3];
    struct ouro_store *store = open_store();
    if (!store)
        return 0;
    bool one = went(ouro_board_submit(store, "classic", "ann", 5), -ENOMEM, -OURO_ELIMIT);
    bool two =
        went(ouro_board_save(store, "classic", "bob", 7, SOON), -OURO_ELIMIT, OF_THE_DATABASE);
    int count = ouro_board_top(store, "classic", rows, 3);
    expect(count == 2 || fail_hit());
    expect(count >= one && (!two || rows[0].score == 7));
    went(ouro_store_flush(store, PATIENTLY), OF_THE_DATABASE);
    size_t pending = ouro_store_stats(store).pending;
    expect(pending == 0 || fail_hit());
    close_store(store);
    return 0;
}

SCENARIO(store, scores)
{
    in_loop(use_store);
}

/* --- boards that add up ----------------------------------------------------------------------- */

/* Whatever fails, and however often it is tried again: nothing counts twice, and what was said to
 * be saved counts. */
static int add_up(void *arg)
{
    (void)arg;
    struct ouro_score row;
    struct ouro_store *store = open_store();
    if (!store)
        return 0;
    bool saved = true;
    for (int i = 0; i < 3; i++) {
        bool submitted =
            went(ouro_board_submit_as(store, "wins", "id", "Ann", 1), -ENOMEM, -OURO_ELIMIT);
        saved &= went(ouro_store_flush(store, PATIENTLY), OF_THE_DATABASE) && submitted;
    }
    bool known = went(ouro_board_rank(store, "wins", OURO_ALL_TIME, "id", PATIENTLY, &row), -ENOENT,
                      OF_THE_DATABASE);
    expect(!known || (row.score <= 3 && row.rank == 1));
    expect(!known || !saved || row.score == 3);
    expect(ouro_board_resets_at(store, "wins") > ouro_wall_time());
    close_store(store);
    return 0;
}

SCENARIO(store, sums)
{
    in_loop(add_up);
}

static int ask_boards(void *arg)
{
    (void)arg;
    struct ouro_score rows[3];
    struct ouro_store *store = open_store();
    if (!store)
        return 0;
    for (int i = 0; i < 5; i++)
        went(ouro_board_submit(store, "classic", (char[]){(char)('a' + i), 0}, 10 - i), -ENOMEM,
             -OURO_ELIMIT);
    int count = ouro_board_page(store, "classic", 0, 1, PATIENTLY, rows, 3);
    if (went(count, OF_THE_DATABASE) && !fail_hit())
        expect(count == 3 && rows[0].rank == 2 && rows[0].score == 9);
    count = ouro_board_around(store, "classic", 0, "c", 1, 1, PATIENTLY, rows);
    if (went(count, -ENOENT, OF_THE_DATABASE) && !fail_hit())
        expect(count == 3 && rows[1].owner[0] == 'c');
    if (went(ouro_board_remove(store, "classic", "a", PATIENTLY), -ENOENT, OF_THE_DATABASE))
        expect(ouro_board_top(store, "classic", rows, 1) == 0 || rows[0].owner[0] != 'a');
    close_store(store);
    return 0;
}

SCENARIO(store, questions)
{
    in_loop(ask_boards);
}

/* --- values ----------------------------------------------------------------------------------- */

static int use_values(void *arg)
{
    (void)arg;
    struct ouro_kv_write both[] = {
        {.id = {"ann", "things", "a"}, .value = "one", .len = 3, .version = OURO_KV_ABSENT},
        {.id = {"ann", "things", "b"}, .value = "two", .len = 3, .version = OURO_KV_ABSENT},
    };
    struct ouro_kv_item items[3];
    struct ouro_buf values = {0};
    int64_t version = 0, read = 0;
    struct ouro_store *store = open_store();
    if (!store)
        return 0;
    bool written = went(ouro_kv_write(store, both, 2, PATIENTLY, &version), OF_THE_DATABASE);
    if (went(ouro_kv_read(store, both[1].id, PATIENTLY, &values, &read), -ENOENT, OF_THE_DATABASE))
        expect(values.len == 3 && memcmp(values.data, "two", 3) == 0 &&
               (!written || read == version));
    ouro_buf_done(&values);
    int count = ouro_kv_list(store, "ann", "things", NULL, NULL, PATIENTLY, items, 3, &values);
    if (went(count, OF_THE_DATABASE)) /* both or none */
        expect((count == 2 && values.len == 6) || (!written && count == 0));
    ouro_buf_done(&values);
    close_store(store);
    return 0;
}

SCENARIO(store, values)
{
    in_loop(use_values);
}

/* --- backup ----------------------------------------------------------------------------------- */

static int64_t size_of(const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return size;
}

/* There is a whole backup, or none. */
static int back_up(void *arg)
{
    (void)arg;
    char path[256];
    struct ouro_store *store = open_store();
    if (!store)
        return 0;
    went(ouro_board_submit(store, "classic", "ann", 5), -ENOMEM, -OURO_ELIMIT);
    snprintf(path, sizeof path, "%s", scratch_path("copy.db"));
    int rc = ouro_store_backup(store, path, PATIENTLY);
    bool done = went(rc, OF_THE_DATABASE);
    fail_pause();
    expect(done ? size_of(path) > 0 && size_of(path) % 4096 == 0 : size_of(path) < 0);
    fail_resume();
    close_store(store);
    return 0;
}

SCENARIO(store, backup)
{
    in_loop(back_up);
}
