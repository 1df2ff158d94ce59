/* SPDX-License-Identifier: MIT */
/* Boards of all kinds, through the database. Time passes in a simulation. */
#include "scene.h"

#define HOUR OURO_SEC(3600)
#define DAY  (24 * HOUR)

static const struct ouro_board boards[] = {
    {.name = "laps", .lowest = true},
    {.name = "mood", .counts = OURO_BOARD_LAST},
    {.name = "wins",
     .counts = OURO_BOARD_SUM,
     .reset = OURO_RESET_WEEKLY,
     .weekday = 1,
     .hour = 4,
     .periods_kept = 2,
     .all_time = true},
    {.name = "daily", .reset = OURO_RESET_DAILY},
};

static struct ouro_store *open_with(const struct ouro_board *declared, size_t count)
{
    struct ouro_store_options options = {.retry_ns_min = OURO_MS(5),
                                         .retry_ns_max = OURO_MS(20),
                                         .boards = declared,
                                         .board_count = count};
    struct ouro_store *store;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), 0);
    return store;
}

static struct ouro_store *open_boards(void)
{
    return open_with(boards, sizeof boards / sizeof boards[0]);
}

static void submit(struct ouro_store *store, const char *board, const char *owner, int64_t score)
{
    char name[OURO_SCORE_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%c%s", owner[0] - 'a' + 'A', owner + 1); /* as it is shown */
    ck_assert_int_eq(ouro_board_submit_as(store, board, owner, name, score), 0);
}

/* "rank:owner:score ..." */
static const char *text(const struct ouro_score *rows, int count)
{
    static char line[OURO_BOARD_TOP_MAX * 100];
    int len = 0;
    ck_assert_int_ge(count, 0);
    line[0] = '\0';
    for (int i = 0; i < count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%d:%s:%ld", i ? " " : "",
                        (int)rows[i].rank, rows[i].owner, (long)rows[i].score);
    return line;
}

static const char *page(struct ouro_store *store, const char *board, int period)
{
    struct ouro_score rows[OURO_BOARD_TOP_MAX];
    return text(rows, ouro_board_page(store, board, period, 0, SOON, rows, OURO_BOARD_TOP_MAX));
}

static void run_in_sim(ouro_task_fn *fn)
{
    scene_begin();
    ck_assert_int_eq(ouro_sim_run(1, NULL, fn, NULL), 0);
    ck_assert_int_eq(logged.errors, 0);
    scene_end();
}

static void run_for_real(ouro_task_fn *fn)
{
    scene_begin();
    ck_assert_int_eq(ouro_run(fn, NULL), 0);
    ck_assert_int_eq(logged.errors, 0);
    scene_end();
}

/* --- kinds ----------------------------------------------------------------------------------- */

static int lowest_first(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    submit(store, "laps", "ann", 70);
    submit(store, "laps", "bob", 65);
    submit(store, "laps", "ann", 71);
    submit(store, "laps", "cid", 70);
    ck_assert_str_eq(top(store, "laps"), "Bob:65 Ann:70 Cid:70"); /* at once */
    ck_assert_str_eq(page(store, "laps", 0), "1:bob:65 2:ann:70 3:cid:70");
    ck_assert_str_eq(page(store, "laps", OURO_ALL_TIME), "1:bob:65 2:ann:70 3:cid:70");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_boards();
    ck_assert_str_eq(top(store, "laps"), "Bob:65 Ann:70 Cid:70");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(the_lowest_score_may_be_the_best)
{
    run_for_real(lowest_first);
}

static int last_counts(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    submit(store, "mood", "ann", 9);
    submit(store, "mood", "bob", 5);
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_str_eq(top(store, "mood"), "Ann:9 Bob:5"); /* as of what has been saved */
    submit(store, "mood", "ann", 2);
    submit(store, "mood", "ann", 1);
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_str_eq(top(store, "mood"), "Bob:5 Ann:1");
    ck_assert_str_eq(page(store, "mood", 0), "1:bob:5 2:ann:1");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(the_last_score_may_count)
{
    run_for_real(last_counts);
}

/* Whoever falls out of the top makes room for one that only the database knows. */
static int sums_of_many(void *arg)
{
    enum { MANY = OURO_BOARD_TOP_MAX + 50 };
    (void)arg;
    struct ouro_store *store = open_boards();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++) {
            char owner[16];
            snprintf(owner, sizeof owner, "p%d", i);
            submit(store, "wins", owner, i);
        }
        ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    }
    struct ouro_score rows[OURO_BOARD_TOP_MAX];
    ck_assert_int_eq(ouro_board_top(store, "wins", rows, OURO_BOARD_TOP_MAX), OURO_BOARD_TOP_MAX);
    ck_assert_int_eq(rows[0].score, 3 * (MANY - 1));
    for (int i = 0; i < MANY - OURO_BOARD_TOP_MAX; i++) /* those behind the top come before it */
        submit(store, "wins", (char[]){'p', (char)('0' + i / 10), (char)('0' + i % 10), 0}, 10000);
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_int_eq(ouro_board_top(store, "wins", rows, OURO_BOARD_TOP_MAX), OURO_BOARD_TOP_MAX);
    ck_assert_int_eq(rows[0].score, 10000 + 3 * 49);
    ck_assert_int_eq(rows[49].rank, 50);
    ck_assert_int_eq(rows[50].score, 3 * (MANY - 1));
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(scores_may_add_up)
{
    run_for_real(sums_of_many);
}

static int names_change(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    struct ouro_score row;
    ck_assert_int_eq(ouro_board_submit_as(store, "daily", "id-1", "Ann", 5), 0);
    ck_assert_int_eq(ouro_board_submit_as(store, "daily", "id-2", "Ann", 7), 0); /* another one */
    ck_assert_str_eq(top(store, "daily"), "Ann:7 Ann:5");
    ck_assert_int_eq(ouro_store_flush(store, SOON), 0);
    ck_assert_int_eq(ouro_board_submit_as(store, "daily", "id-1", "Annabel", 1), 0);
    ck_assert_str_eq(top(store, "daily"), "Ann:7 Annabel:5");
    ck_assert_int_eq(ouro_board_rank(store, "daily", 0, "id-1", SOON, &row), 0);
    ck_assert_str_eq(row.name, "Annabel");
    ck_assert_int_eq(row.score, 5);
    ck_assert_int_eq(ouro_board_submit_as(store, "daily", "", "Ann", 7), -EINVAL);
    ck_assert_int_eq(ouro_board_submit_as(store, "daily", "id", "", 7), -EINVAL);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(an_owner_may_change_its_name)
{
    run_for_real(names_change);
}

static int declare_wrong(void *arg)
{
    struct ouro_board twice[] = {{.name = "a"}, {.name = "a"}}, none[] = {{.hour = 1}},
                      many[OURO_BOARDS_MAX + 1];
    char names[OURO_BOARDS_MAX + 1][16];
    struct ouro_store *store = arg;
    struct ouro_store_options options = {.boards = twice, .board_count = 2};
    ck_assert_int_eq(ouro_store_open(path, &options, &store), -EINVAL);
    options.boards = none;
    options.board_count = 1;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), -EINVAL);
    for (int i = 0; i <= OURO_BOARDS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "b%d", i);
        many[i] = (struct ouro_board){.name = names[i]};
    }
    options.boards = many;
    options.board_count = OURO_BOARDS_MAX + 1;
    ck_assert_int_eq(ouro_store_open(path, &options, &store), -OURO_ELIMIT);
    ck_assert_int_lt(access(path, F_OK), 0); /* nothing was begun */
    return 0;
}

TEST(wrong_declarations_are_refused)
{
    run_for_real(declare_wrong);
}

/* --- periods --------------------------------------------------------------------------------- */

/* The simulation begins on Thursday, 1 January 2026, at 0:00. A week begins on Monday at 4:00. */
static int weeks(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    int64_t monday = OURO_SIM_WALL_TIME + 4 * DAY + 4 * HOUR;
    ck_assert_int_eq(ouro_board_resets_at(store, "wins"), monday);
    ck_assert_int_eq(ouro_board_resets_at(store, "daily"), OURO_SIM_WALL_TIME + DAY);
    ck_assert_int_eq(ouro_board_resets_at(store, "laps"), OURO_FOREVER);
    ck_assert_int_eq(ouro_board_resets_at(store, "unheard of"), OURO_FOREVER);
    submit(store, "wins", "ann", 3);
    ck_assert_int_eq(ouro_sleep(monday - OURO_SIM_WALL_TIME - 1), 0);
    submit(store, "wins", "ann", 4);
    ck_assert_str_eq(top(store, "wins"), "Ann:7");

    ck_assert_int_eq(ouro_sleep(1), 0); /* and it is Monday, 4:00 */
    ck_assert_str_eq(top(store, "wins"), "");
    ck_assert_int_eq(ouro_board_resets_at(store, "wins"), monday + 7 * DAY);
    submit(store, "wins", "bob", 5);
    submit(store, "wins", "ann", 1);
    ck_assert_str_eq(top(store, "wins"), "Bob:5 Ann:1");
    ck_assert_str_eq(page(store, "wins", 0), "1:bob:5 2:ann:1");
    ck_assert_str_eq(page(store, "wins", 1), "1:ann:7");
    ck_assert_str_eq(page(store, "wins", OURO_ALL_TIME), "1:ann:8 2:bob:5");

    ck_assert_int_eq(ouro_sleep(7 * DAY), 0);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_boards(); /* in the third week, of which there is nothing yet */
    ck_assert_str_eq(top(store, "wins"), "");
    ck_assert_str_eq(page(store, "wins", 1), "1:bob:5 2:ann:1");
    ck_assert_str_eq(page(store, "wins", 2), "1:ann:7");
    struct ouro_score row;
    ck_assert_int_eq(ouro_board_page(store, "wins", 3, 0, SOON, &row, 1), -EINVAL);
    ck_assert_int_eq(ouro_board_page(store, "wins", -2, 0, SOON, &row, 1), -EINVAL);
    ck_assert_int_eq(ouro_board_page(store, "daily", OURO_ALL_TIME, 0, SOON, &row, 1), -EINVAL);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_week_ends_and_another_begins)
{
    run_in_sim(weeks);
}

/* A machine whose clock is set after the start: the day that it is then has begun before. */
static int clock_is_set(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    char insert[160];
    snprintf(insert, sizeof insert,
             "INSERT INTO board_score VALUES ('daily', %ld, 'bob', 'Bob', 5, 5, 9)",
             (long)((OURO_SIM_WALL_TIME + DAY) / OURO_SEC(1)));
    exec_sql(insert);
    ck_assert_str_eq(top(store, "daily"), "");
    ck_assert_int_eq(ouro_sleep(DAY), 0);
    top(store, "daily"); /* moments later it is known */
    ck_assert_int_eq(ouro_sleep(1), 0);
    ck_assert_str_eq(top(store, "daily"), "Bob:5");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_day_that_has_begun_before_is_read)
{
    run_in_sim(clock_is_set);
}

static int old_periods(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    for (int day = 0; day < 40; day++) {
        submit(store, "daily", "ann", day);
        submit(store, "wins", "ann", 1);
        ck_assert_int_eq(ouro_sleep(DAY), 0);
    }
    submit(store, "daily", "ann", 40);
    submit(store, "wins", "ann", 1);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score WHERE board = 'daily'"), 1);
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE board = 'daily'"), 40);
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score WHERE board = 'wins'"), 1 + 2 + 1);
    ck_assert_str_eq(page(store, "wins", OURO_ALL_TIME), "1:ann:41");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(old_periods_are_removed)
{
    run_in_sim(old_periods);
}

/* Of so many that they do not go in one portion. */
static int prune_many(void *arg)
{
    (void)arg;
    ck_assert_int_eq(ouro_store_close(open_boards(), SOON), 0);
    exec_sql(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8999)"
        " INSERT INTO board_score SELECT 'daily', 86400 * (1 + i % 2), i, 'x', i, i, i FROM n");
    exec_sql("INSERT INTO board_score VALUES ('mood', -1, 'ann', 'Ann', 5, 5, 1)");
    struct ouro_store *store = open_boards();
    while (ask("SELECT count(*) FROM board_score WHERE board = 'daily'") > 0)
        ck_assert_int_eq(ouro_sleep(OURO_MS(1)), 0);
    ck_assert_str_eq(page(store, "mood", 0), "1:ann:5");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(what_is_old_is_removed_in_portions)
{
    run_for_real(prune_many);
}

/* --- asking the database --------------------------------------------------------------------- */

static int ranks(void *arg)
{
    enum { PLAYERS = 500 };
    struct ouro_score row, rows[OURO_BOARD_TOP_MAX];
    (void)arg;
    struct ouro_store *store = open_boards();
    for (int i = 0; i < PLAYERS; i++) {
        char owner[16];
        snprintf(owner, sizeof owner, "p%03d", i);
        submit(store, "laps", owner, 1000 + i / 2); /* always two alike */
    }
    for (int i = 0; i < PLAYERS; i += 7) {
        char owner[16];
        snprintf(owner, sizeof owner, "p%03d", i);
        ck_assert_int_eq(ouro_board_rank(store, "laps", 0, owner, SOON, &row), 0);
        ck_assert_int_eq(row.rank, i + 1);
        ck_assert_int_eq(row.score, 1000 + i / 2);
        ck_assert_str_eq(row.owner, owner);
    }
    ck_assert_int_eq(ouro_board_rank(store, "laps", 0, "nobody", SOON, &row), -ENOENT);
    ck_assert_int_eq(ouro_board_rank(store, "unheard of", 0, "p000", SOON, &row), -ENOENT);
    ck_assert_int_eq(row.rank, 1 + (PLAYERS - 1) / 7 * 7); /* untouched */

    int count = ouro_board_around(store, "laps", 0, "p250", 2, 3, SOON, rows);
    ck_assert_str_eq(text(rows, count), "249:p248:1124 250:p249:1124 251:p250:1125 252:p251:1125 "
                                        "253:p252:1126 254:p253:1126");
    count = ouro_board_around(store, "laps", 0, "p001", 5, 1, SOON, rows);
    ck_assert_str_eq(text(rows, count), "1:p000:1000 2:p001:1000 3:p002:1001");
    count = ouro_board_around(store, "laps", 0, "p499", 1, 5, SOON, rows);
    ck_assert_str_eq(text(rows, count), "499:p498:1249 500:p499:1249");
    ck_assert_int_eq(ouro_board_around(store, "laps", 0, "nobody", 1, 1, SOON, rows), -ENOENT);
    ck_assert_int_eq(ouro_board_around(store, "laps", 0, "p001", OURO_BOARD_TOP_MAX, 0, SOON, rows),
                     -EINVAL);
    ck_assert_int_eq(ouro_board_around(store, "laps", 0, "p001", 50, SIZE_MAX, SOON, rows),
                     -EINVAL);

    ck_assert_int_eq(ouro_board_page(store, "laps", 0, 498, SOON, rows, SIZE_MAX), 2);
    ck_assert_int_eq(rows[0].rank, 499);
    ck_assert_int_eq(ouro_board_page(store, "laps", 0, 0, SOON, rows, SIZE_MAX),
                     OURO_BOARD_TOP_MAX);
    ck_assert_int_eq(ouro_board_page(store, "laps", 0, PLAYERS, SOON, rows, 10), 0);
    ck_assert_int_eq(ouro_board_page(store, "laps", 0, SIZE_MAX, SOON, rows, 10), 0);
    ck_assert_int_eq(ouro_board_page(store, "unheard of", 0, 0, SOON, rows, 10), 0);
    ck_assert_int_eq(ouro_board_page(store, "laps", 0, 0, 0, rows, 10), -ETIMEDOUT);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(rank_neighbours_and_pages)
{
    run_for_real(ranks);
}

static int remove_cheater(void *arg)
{
    (void)arg;
    struct ouro_store *store = open_boards();
    for (int i = 0; i < OURO_BOARD_TOP_MAX + 1; i++) {
        char owner[16];
        snprintf(owner, sizeof owner, "p%03d", i);
        submit(store, "classic", owner, 500 - i);
        submit(store, "wins", owner, 500 - i);
    }
    submit(store, "classic", "cheat", 1000000);
    submit(store, "wins", "cheat", 1000000);
    ck_assert_int_eq(ouro_board_remove(store, "classic", "cheat", SOON), 0);
    ck_assert_int_eq(ouro_board_remove(store, "classic", "cheat", SOON), -ENOENT);
    ck_assert_int_eq(ouro_board_remove(store, "unheard of", "cheat", SOON), -ENOENT);
    struct ouro_score rows[OURO_BOARD_TOP_MAX];
    ck_assert_int_eq(ouro_board_top(store, "classic", rows, OURO_BOARD_TOP_MAX),
                     OURO_BOARD_TOP_MAX);
    ck_assert_str_eq(rows[0].owner, "p000");
    ck_assert_str_eq(rows[OURO_BOARD_TOP_MAX - 1].owner, "p099"); /* has come up again */
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score WHERE owner = 'cheat'"), 2);
    ck_assert_int_eq(ouro_board_remove(store, "wins", "cheat", SOON), 0); /* and for all time */
    ck_assert_int_eq(ask("SELECT count(*) FROM board_score WHERE owner = 'cheat'"), 0);
    submit(store, "classic", "cheat", 3);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    ck_assert_int_eq(ask("SELECT score FROM board_score WHERE owner = 'cheat'"), 3);
    return 0;
}

TEST(who_cheated_is_removed)
{
    run_for_real(remove_cheater);
}

/* --- another declaration --------------------------------------------------------------------- */

static int turn_over(void *arg)
{
    const struct ouro_board turned[] = {{.name = "laps"}};
    (void)arg;
    struct ouro_store *store = open_boards();
    submit(store, "laps", "ann", 70);
    submit(store, "laps", "bob", 65);
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_with(turned, 1);
    ck_assert_str_eq(top(store, "laps"), "Ann:70 Bob:65");
    submit(store, "laps", "bob", 80);
    ck_assert_str_eq(page(store, "laps", 0), "1:bob:80 2:ann:70");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    store = open_boards();
    ck_assert_str_eq(page(store, "laps", 0), "1:ann:70 2:bob:80");
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(a_board_may_be_turned_over)
{
    run_for_real(turn_over);
}

/* --- against a model that keeps everything -----------------------------------------------------
 */

#define OWNERS 40

/* Any kind of board, weeks of submissions, restarts in between: the database says what a model says
 * that adds up in memory. */
static int follow_model(void *arg)
{
    enum ouro_board_counts counts = *(enum ouro_board_counts *)arg;
    struct ouro_board declared = {.name = "model",
                                  .counts = counts,
                                  .lowest = true,
                                  .reset = OURO_RESET_DAILY,
                                  .hour = 7,
                                  .all_time = true};
    int64_t score[OWNERS] = {0};
    bool there[OWNERS] = {false};
    struct ouro_store *store = open_with(&declared, 1);
    for (int step = 0; step < 600; step++) {
        char owner[16];
        int who = (int)(ouro_random() % OWNERS);
        int64_t more = (int64_t)(ouro_random() % 100) - 50;
        snprintf(owner, sizeof owner, "p%d", who);
        submit(store, "model", owner, more);
        bool counts_now = counts == OURO_BOARD_LAST || !there[who] || more < score[who];
        score[who] = counts == OURO_BOARD_SUM ? score[who] + more : counts_now ? more : score[who];
        there[who] = true;
        ck_assert_int_eq(ouro_sleep((int64_t)(ouro_random() % HOUR)), 0);
        if (step % 100 == 99) {
            ck_assert_int_eq(ouro_store_close(store, SOON), 0);
            store = open_with(&declared, 1);
        }
    }
    for (int who = 0; who < OWNERS; who++) {
        char owner[16];
        struct ouro_score row;
        snprintf(owner, sizeof owner, "p%d", who);
        int rc = ouro_board_rank(store, "model", OURO_ALL_TIME, owner, SOON, &row);
        ck_assert_int_eq(rc, there[who] ? 0 : -ENOENT);
        if (there[who])
            ck_assert_int_eq(row.score, score[who]);
    }
    ck_assert_int_eq(ouro_store_close(store, SOON), 0);
    return 0;
}

TEST(all_kinds_are_what_a_model_says)
{
    for (enum ouro_board_counts counts = OURO_BOARD_BEST; counts <= OURO_BOARD_SUM; counts++) {
        scene_begin();
        ck_assert_int_eq(ouro_sim_run(counts + 1, NULL, follow_model, &counts), 0);
        scene_end();
    }
}
