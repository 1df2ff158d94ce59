/* SPDX-License-Identifier: MIT */
#include "store/board.h"
#include "store/pending.h"
#include "test.h"

static const struct ouro__rules classic = {.name = "classic"}, arena = {.name = "arena"};

static struct ouro__entry entry(const char *name, int64_t score, int64_t seq)
{
    struct ouro__entry entry = {.rules = &classic, .since = OURO__EVER, .score = score, .seq = seq};
    strcpy(entry.owner, name);
    strcpy(entry.name, name);
    return entry;
}

static void put(struct ouro__boards *boards, const char *name, int64_t score, int64_t seq)
{
    struct ouro__entry added = entry(name, score, seq);
    struct ouro__board *board;
    ck_assert_int_eq(ouro__boards_get(boards, "classic", &board), 0);
    ouro__board_put(board, &added);
}

/* "name:score name:score ..." */
static const char *text(const struct ouro__boards *boards)
{
    static char line[1024];
    const struct ouro__top *top = &ouro__boards_find(boards, "classic")->top;
    int len = 0;
    line[0] = '\0';
    for (size_t i = 0; i < top->count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%s:%ld", i ? " " : "",
                        top->rows[i].name, (long)top->rows[i].score);
    return line;
}

TEST(the_best_comes_first_and_of_equals_the_first)
{
    struct ouro__boards boards = {0};
    put(&boards, "ann", 5, 1);
    put(&boards, "bob", 9, 2);
    put(&boards, "cid", 5, 3);
    put(&boards, "dan", 7, 4);
    ck_assert_str_eq(text(&boards), "bob:9 dan:7 ann:5 cid:5");
    ouro__boards_done(&boards);
}

TEST(of_each_name_the_best_counts)
{
    struct ouro__boards boards = {0};
    put(&boards, "ann", 5, 1);
    put(&boards, "bob", 6, 2);
    put(&boards, "ann", 4, 3);
    ck_assert_str_eq(text(&boards), "bob:6 ann:5");
    put(&boards, "ann", 6, 4); /* as good as bob's, and later */
    ck_assert_str_eq(text(&boards), "bob:6 ann:6");
    put(&boards, "ann", 7, 5);
    ck_assert_str_eq(text(&boards), "ann:7 bob:6");
    put(&boards, "bob", 7, 6);
    put(&boards, "bob", 7, 7); /* equalled again: still from when it was achieved */
    ck_assert_str_eq(text(&boards), "ann:7 bob:7");
    ck_assert_int_eq(ouro__boards_find(&boards, "classic")->top.rows[1].seq, 6);
    ouro__boards_done(&boards);
}

TEST(so_many_boards_and_no_more)
{
    struct ouro__boards boards = {0};
    struct ouro__board *board;
    char name[32];
    for (int i = 0; i < OURO_BOARDS_MAX; i++) {
        snprintf(name, sizeof name, "board %d", i);
        ck_assert_int_eq(ouro__boards_get(&boards, name, &board), 0);
    }
    ck_assert_int_eq(ouro__boards_get(&boards, name, &board), 0);
    ck_assert_int_eq(ouro__boards_get(&boards, "one more", &board), -OURO_ELIMIT);
    ck_assert_ptr_null(ouro__boards_find(&boards, "one more"));
    ouro__boards_done(&boards);
}

TEST(a_name_may_change_and_the_score_stays)
{
    struct ouro__boards boards = {0};
    struct ouro__entry renamed = entry("ann", 3, 9);
    put(&boards, "ann", 5, 1);
    put(&boards, "bob", 4, 2);
    strcpy(renamed.name, "Annabel");
    ouro__board_put(ouro__boards_find(&boards, "classic"), &renamed);
    ck_assert_str_eq(text(&boards), "Annabel:5 bob:4");
    put(&boards, "ann", 5, 1); /* an old row, from the database: no news */
    ck_assert_str_eq(text(&boards), "Annabel:5 bob:4");
    ouro__boards_done(&boards);
}

/* --- periods, and other ways of counting ----------------------------------------------------- */

static struct ouro__board *declare(struct ouro__boards *boards, struct ouro_board declared)
{
    declared.name = "classic";
    ck_assert_int_eq(ouro__boards_declare(boards, &declared, 1), 0);
    return ouro__boards_find(boards, "classic");
}

static void put_in(struct ouro__board *board, const char *name, int64_t score, int64_t seq,
                   int64_t since)
{
    struct ouro__entry added = entry(name, score, seq);
    added.rules = &board->rules;
    added.since = since;
    ouro__board_put(board, &added);
}

TEST(the_lowest_may_be_the_best)
{
    struct ouro__boards boards = {0};
    struct ouro__board *board = declare(&boards, (struct ouro_board){.lowest = true});
    put_in(board, "ann", 5, 1, OURO__EVER);
    put_in(board, "bob", INT64_MIN, 2, OURO__EVER);
    put_in(board, "cid", INT64_MAX, 3, OURO__EVER);
    put_in(board, "ann", 6, 4, OURO__EVER);
    ck_assert_int_eq(board->top.rows[0].score, INT64_MIN);
    ck_assert_int_eq(board->top.rows[1].score, 5);
    ck_assert_int_eq(board->top.rows[2].score, INT64_MAX);
    ouro__boards_done(&boards);
}

TEST(in_another_period_a_board_begins_anew)
{
    struct ouro__boards boards = {0};
    struct ouro__board *board = declare(&boards, (struct ouro_board){.reset = OURO_RESET_DAILY});
    struct ouro__top read = {.since = 86400, .count = 1};
    put_in(board, "ann", 5, 1, 86400);
    put_in(board, "bob", 3, 2, 172800);
    ck_assert_str_eq(text(&boards), "bob:3");
    ck_assert(board->stale);

    board->stale = false; /* the thread reads; meanwhile the clock is put back */
    put_in(board, "cid", 1, 3, 86400);
    read.since = 172800;
    ouro__board_take(board, &read); /* of no interest any more */
    ck_assert_str_eq(text(&boards), "cid:1");
    board->stale = false;
    read.since = 86400;
    read.rows[0] = entry("ann", 5, 1);
    read.rows[0].rules = &board->rules;
    ouro__board_take(board, &read);
    ck_assert_str_eq(text(&boards), "ann:5 cid:1");
    ouro__boards_done(&boards);
}

TEST(sums_are_what_the_database_says)
{
    struct ouro__boards boards = {0};
    struct ouro__board *board = declare(&boards, (struct ouro_board){.counts = OURO_BOARD_SUM});
    struct ouro__top read = {.since = OURO__EVER, .count = 1};
    read.rows[0] = entry("ann", 12, 3);
    put_in(board, "ann", 5, 1, OURO__EVER);
    ck_assert_uint_eq(board->top.count, 0);
    ck_assert(board->stale);
    board->stale = false;
    ouro__board_take(board, &read);
    ck_assert_str_eq(text(&boards), "ann:12");
    ouro__boards_done(&boards);
}

/* --- against a model that keeps everything and sorts ----------------------------------------- */

#define NAMES 300

struct model {
    int64_t score[NAMES], seq[NAMES];
    int by_rank[NAMES], count;
};

static struct model model;

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    if (model.score[x] != model.score[y])
        return model.score[x] > model.score[y] ? -1 : 1;
    return model.seq[x] < model.seq[y] ? -1 : 1;
}

static void check_against_model(const struct ouro__boards *boards)
{
    const struct ouro__top *top = &ouro__boards_find(boards, "classic")->top;
    model.count = 0;
    for (int i = 0; i < NAMES; i++) {
        if (model.seq[i])
            model.by_rank[model.count++] = i;
    }
    qsort(model.by_rank, (size_t)model.count, sizeof model.by_rank[0], compare);
    int held = model.count < OURO_BOARD_TOP_MAX ? model.count : OURO_BOARD_TOP_MAX;
    ck_assert_uint_eq(top->count, (size_t)held);
    for (int i = 0; i < held; i++) {
        ck_assert_int_eq(atoi(top->rows[i].name), model.by_rank[i]);
        ck_assert_int_eq(top->rows[i].score, model.score[model.by_rank[i]]);
        ck_assert_int_eq(top->rows[i].seq, model.seq[model.by_rank[i]]);
    }
}

TEST(the_top_is_that_of_a_model_that_forgets_nothing)
{
    struct ouro__boards boards = {0};
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 4);
    for (int seq = 1; seq <= 5000; seq++) {
        int who = (int)ouro_rng_below(&rng, NAMES);
        int64_t score = ouro_rng_below(&rng, 200); /* few values: many ties */
        char name[16];
        snprintf(name, sizeof name, "%d", who);
        put(&boards, name, score, seq);
        if (!model.seq[who] || score > model.score[who]) {
            model.score[who] = score;
            model.seq[who] = seq;
        }
        if (seq % 50 == 0)
            check_against_model(&boards);
    }
    ouro__boards_done(&boards);
}

/* --- pending --------------------------------------------------------------------------------- */

TEST(of_each_name_one_score_is_pending)
{
    struct ouro__pending pending;
    ck_assert_int_eq(ouro__pending_init(&pending, 2, 1), 0);
    struct ouro__entry ann = entry("ann", 5, 1), worse = entry("ann", 4, 2),
                       better = entry("ann", 6, 3), bob = entry("bob", 1, 4),
                       cid = entry("cid", 1, 5), other = entry("ann", 1, 6);
    other.rules = &arena;
    ck_assert_int_eq(ouro__pending_put(&pending, &ann), 0);
    ck_assert_int_eq(ouro__pending_put(&pending, &worse), 0);
    ck_assert_int_eq(pending.entries[0].score, 5);
    ck_assert_int_eq(ouro__pending_put(&pending, &better), 0);
    ck_assert_int_eq(pending.entries[0].score, 6);
    ck_assert_int_eq(ouro__pending_put(&pending, &bob), 0);
    ck_assert_uint_eq(pending.count, 2);
    ck_assert_int_eq(ouro__pending_put(&pending, &cid), -OURO_ELIMIT);
    ck_assert_int_eq(ouro__pending_put(&pending, &other), -OURO_ELIMIT);
    better.score = 7;
    ck_assert_int_eq(ouro__pending_put(&pending, &better), 0); /* full, but it is there already */
    better.since = 3600;
    ck_assert_int_eq(ouro__pending_put(&pending, &better), -OURO_ELIMIT); /* another period */
    ouro__pending_clear(&pending);
    ck_assert_int_eq(ouro__pending_put(&pending, &other), 0);
    ck_assert_int_eq(ouro__pending_put(&pending, &ann), 0); /* another board, another entry */
    ck_assert_uint_eq(pending.count, 2);
    ouro__pending_done(&pending);
}

TEST(all_that_is_pending_is_found_again)
{
    enum { MAX = 1000 };
    struct ouro__pending pending;
    ck_assert_int_eq(ouro__pending_init(&pending, MAX, 7), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MAX; i++) {
            char name[16];
            snprintf(name, sizeof name, "%d", i);
            struct ouro__entry added = entry(name, i + round, i + round * MAX);
            ck_assert_int_eq(ouro__pending_put(&pending, &added), 0);
        }
    }
    ck_assert_uint_eq(pending.count, MAX);
    for (int i = 0; i < MAX; i++)
        ck_assert_int_eq(pending.entries[i].score, i + 1);
    ouro__pending_done(&pending);
}
