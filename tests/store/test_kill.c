/* SPDX-License-Identifier: MIT */
/* A process that saves scores is killed at random moments: the database is whole, and every score
 * that was acknowledged is in it. */
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

struct saver {
    struct ouro_store *store;
    int out, number, score_first;
};

static int save_and_tell(void *arg)
{
    struct saver *saver = arg;
    for (int score = saver->score_first;; score++) {
        struct ack ack = {.name = saver->number, .score = score};
        char name[16];
        snprintf(name, sizeof name, "p%d", ack.name);
        int rc = ouro_board_save(saver->store, "classic", name, score, OURO_FOREVER);
        if (rc < 0 || write(saver->out, &ack, sizeof ack) != sizeof ack)
            return rc < 0 ? rc : -EPIPE;
    }
}

static int child_task(void *arg)
{
    const struct saver *common = arg;
    static struct saver savers[NAMES];
    struct ouro_store *store = open_store();
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
static int read_acks(int in, int32_t *best)
{
    struct ack ack;
    int count = 0;
    for (; read(in, &ack, sizeof ack) == sizeof ack; count++) {
        ck_assert_int_lt(ack.name, NAMES);
        if (ack.score > best[ack.name])
            best[ack.name] = ack.score;
    }
    return count;
}

/* The pipe holds what a child of so short a life can say, so it never waits for us. */
static int live_and_die(int round, int32_t *best, useconds_t alive_us)
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
    int count = read_acks(ends[0], best);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return count;
}

static void check_database(const int32_t *best)
{
    ck_assert_int_eq(ask("SELECT count(*) FROM pragma_integrity_check "
                         "WHERE integrity_check = 'ok'"),
                     1);
    for (int i = 0; i < NAMES; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT score FROM board_score WHERE name = 'p%d'", i);
        if (best[i])
            ck_assert_int_ge(ask(sql), best[i]);
    }
}

TEST(acknowledged_scores_survive_kill_9)
{
    int32_t best[NAMES] = {0};
    struct ouro_rng rng;
    int acknowledged = 0;
    scene_begin();
    ouro_rng_seed(&rng, (uint64_t)getpid());
    for (int round = 0; round < ROUNDS; round++) {
        acknowledged += live_and_die(round, best, ouro_rng_below(&rng, ALIVE_US_MAX));
        if (access(path, F_OK) == 0 && acknowledged)
            check_database(best);
    }
    /* However slow the machine: this one lives long enough to save something. */
    for (useconds_t alive = ALIVE_US_MAX; acknowledged == 0; alive *= 2)
        acknowledged += live_and_die(ROUNDS, best, alive);
    check_database(best);
    scene_end();
}
