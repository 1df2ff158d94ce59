/* SPDX-License-Identifier: MIT */
/* A process that saves scores and values is killed at random moments: the database is whole, every
 * score and value that was acknowledged is in it, sums have counted each once, and what was written
 * by one transaction is there as a whole. */
#include "scene.h"

#include <signal.h>
#include <sys/wait.h>

#define ROUNDS       12
#define NAMES        40
#define ALIVE_US_MAX 60000

/* What the child says of each score after it has been saved. */
struct ack {
    int32_t name, score;
};

/* What must be there: of each name the best score, and how many were acknowledged. */
struct account {
    int32_t best[NAMES], count[NAMES];
    int lives;
};

struct saver {
    struct ouro_store *store;
    int out, number, score_first;
};

/* Two values of two owners, in one transaction. */
static int save_pair(struct ouro_store *store, const char *name, int score)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%d", score);
    struct ouro_kv_write both[] = {
        {.id = {name, "pair", "left"}, .value = text, .len = (size_t)len},
        {.id = {NULL, "right", name}, .value = text, .len = (size_t)len},
    };
    return ouro_kv_write(store, both, 2, OURO_FOREVER, NULL);
}

static int save_and_tell(void *arg)
{
    struct saver *saver = arg;
    for (int score = saver->score_first;; score++) {
        struct ack ack = {.name = saver->number, .score = score};
        char name[16];
        snprintf(name, sizeof name, "p%d", ack.name);
        int rc = save_pair(saver->store, name, score);
        if (rc == 0)
            rc = ouro_board_submit(saver->store, "count", name, 1);
        if (rc == 0)
            rc = ouro_board_save(saver->store, "classic", name, score, OURO_FOREVER);
        if (rc < 0 || write(saver->out, &ack, sizeof ack) != sizeof ack)
            return rc < 0 ? rc : -EPIPE;
    }
}

static struct ouro_store *open_counting(void)
{
    static const struct ouro_board count = {.name = "count", .counts = OURO_BOARD_SUM};
    struct ouro_store_options options = {.boards = &count, .board_count = 1};
    struct ouro_store *store;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), 0);
    return store;
}

static int child_task(void *arg)
{
    const struct saver *common = arg;
    static struct saver savers[NAMES];
    struct ouro_store *store = open_counting();
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < NAMES; i++) {
        savers[i] = *common;
        savers[i].store = store;
        savers[i].number = i;
        int rc = ouro_group_spawn(&group, save_and_tell, &savers[i], NULL, NULL);
        if (rc < 0)
            return rc;
    }
    return ouro_group_close(&group);
}

/* Reads acknowledgements until the child is dead; returns how many. */
static int read_acks(int in, struct account *account)
{
    struct ack ack;
    int count = 0;
    for (; read(in, &ack, sizeof ack) == sizeof ack; count++) {
        ck_assert_int_lt(ack.name, NAMES);
        if (ack.score > account->best[ack.name])
            account->best[ack.name] = ack.score;
        account->count[ack.name]++;
    }
    return count;
}

/* The pipe holds what a child of so short a life can say, so it never waits for us. */
static int live_and_die(int round, struct account *account, useconds_t alive_us)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct saver saver = {.out = ends[1], .score_first = (round + 1) * 1000000};
        close(ends[0]);
        _exit(ouro_run(child_task, &saver) < 0);
    }
    close(ends[1]);
    usleep(alive_us);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    account->lives++;
    int count = read_acks(ends[0], account);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return count;
}

static int64_t ask_of(const char *sql, int name)
{
    char query[160];
    snprintf(query, sizeof query, sql, name);
    return ask(query);
}

/* One that was not acknowledged any more may have been saved, in each life. */
static void check_name(const struct account *account, int name)
{
    int64_t value = ask_of("SELECT CAST(value AS INT) FROM kv WHERE owner = 'p%d'", name);
    int64_t sum =
        ask_of("SELECT score FROM board_score WHERE board = 'count' AND owner = 'p%d'", name);
    ck_assert_int_eq(value, ask_of("SELECT CAST(value AS INT) FROM kv WHERE owner = '' AND "
                                   "key = 'p%d'",
                                   name));
    if (account->count[name] == 0)
        return;
    ck_assert_int_ge(value, account->best[name]);
    ck_assert_int_ge(sum, account->count[name]);
    ck_assert_int_le(sum, account->count[name] + account->lives);
    ck_assert_int_ge(
        ask_of("SELECT score FROM board_score WHERE board = 'classic' AND name = 'p%d'", name),
        account->best[name]);
}

static void check_database(const struct account *account)
{
    ck_assert_int_eq(ask("SELECT count(*) FROM pragma_integrity_check "
                         "WHERE integrity_check = 'ok'"),
                     1);
    for (int i = 0; i < NAMES; i++)
        check_name(account, i);
}

TEST(what_was_acknowledged_survives_kill_9)
{
    struct account account = {0};
    struct ouro_rng rng;
    int acknowledged = 0;
    scene_begin();
    ouro_rng_seed(&rng, (uint64_t)getpid());
    for (int round = 0; round < ROUNDS; round++) {
        acknowledged += live_and_die(round, &account, ouro_rng_below(&rng, ALIVE_US_MAX));
        if (access(path, F_OK) == 0 && acknowledged)
            check_database(&account);
    }
    /* However slow the machine: this one lives long enough to save something. */
    for (useconds_t alive = ALIVE_US_MAX; acknowledged == 0; alive *= 2)
        acknowledged += live_and_die(ROUNDS, &account, alive);
    check_database(&account);
    scene_end();
}
