/* SPDX-License-Identifier: MIT */
/* store: the database fails at every system call and allocation of SQLite's, and of ours. SQLite is
 * a library of its own, so its calls are not wrapped: its own tables of memory and of system calls
 * lead to the same doors. */
#include "torture.h"

#include <stdio.h>

static int use_store(void *arg)
{
    (void)arg;
    struct ouro_store *store = NULL;
    struct ouro_score rows[3];
    struct ouro_store_options options = {.retry_ns_min = OURO_MS(1), .retry_ns_max = OURO_MS(2)};
    if (!went(ouro_store_open(scratch_path("folder/scores.db"), &options, &store), -ENOMEM,
              -EAGAIN)) {
        expect(!store);
        return 0;
    }
    bool one = went(ouro_board_submit(store, "classic", "ann", 5), -ENOMEM, -OURO_ELIMIT);
    bool two =
        went(ouro_board_save(store, "classic", "bob", 7, SOON), -ENOMEM, -OURO_ELIMIT, -ETIMEDOUT,
             -EAGAIN, -EIO, -EBADMSG, -ENOSPC, -EACCES, -EBUSY, AS_THE_SYSTEM_SAYS);
    int count = ouro_board_top(store, "classic", rows, 3);
    expect(count == 2 || fail_hit());
    expect(count >= one && (!two || rows[0].score == 7));
    went(ouro_store_flush(store, PATIENTLY), -ENOMEM, -ETIMEDOUT, -EAGAIN, -EIO, -EBADMSG, -ENOSPC,
         -EACCES, -EBUSY, AS_THE_SYSTEM_SAYS);
    size_t pending = ouro_store_stats(store).pending;
    expect(pending == 0 || fail_hit());
    went(ouro_store_close(store, PATIENTLY), -ENOMEM, -EAGAIN, -EIO, -EBADMSG, -ENOSPC, -EACCES,
         -EBUSY, AS_THE_SYSTEM_SAYS);
    return 0;
}

SCENARIO(store, scores)
{
    in_loop(use_store);
}
