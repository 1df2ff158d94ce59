/* SPDX-License-Identifier: MIT */
#include "store/board.h"
#include "store/pending.h"
#include "test.h"

static struct ouro__entry entry(const char *name, int64_t score, int64_t seq)
{
    struct ouro__entry entry = {.board = "classic", .best.score = score, .seq = seq};
    strcpy(entry.best.name, name);
    return entry;
}

static void put(struct ouro__boards *boards, const char *name, int64_t score, int64_t seq)
{
    struct ouro__entry added = entry(name, score, seq);
    ck_assert_int_eq(ouro__boards_put(boards, &added), 0);
}

/* "name:score name:score ..." */
static const char *text(const struct ouro__boards *boards)
{
    static char line[1024];
    const struct ouro__board *board = ouro__boards_find(boards, "classic");
    int len = 0;
    line[0] = '\0';
    for (size_t i = 0; board && i < board->count; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%s:%ld", i ? " " : "",
                        board->rows[i].best.name, (long)board->rows[i].best.score);
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
    ck_assert_int_eq(ouro__boards_find(&boards, "classic")->rows[1].seq, 6);
    ouro__boards_done(&boards);
}

TEST(so_many_boards_and_no_more)
{
    struct ouro__boards boards = {0};
    struct ouro__entry added = entry("ann", 1, 1);
    for (int i = 0; i < OURO_BOARDS_MAX; i++) {
        snprintf(added.board, sizeof added.board, "board %d", i);
        ck_assert_int_eq(ouro__boards_put(&boards, &added), 0);
    }
    ck_assert_int_eq(ouro__boards_put(&boards, &added), 0);
    strcpy(added.board, "one more");
    ck_assert_int_eq(ouro__boards_put(&boards, &added), -OURO_ELIMIT);
    ck_assert_ptr_null(ouro__boards_find(&boards, "one more"));
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
    const struct ouro__board *board = ouro__boards_find(boards, "classic");
    model.count = 0;
    for (int i = 0; i < NAMES; i++) {
        if (model.seq[i])
            model.by_rank[model.count++] = i;
    }
    qsort(model.by_rank, (size_t)model.count, sizeof model.by_rank[0], compare);
    int held = model.count < OURO_BOARD_TOP_MAX ? model.count : OURO_BOARD_TOP_MAX;
    ck_assert_uint_eq(board->count, (size_t)held);
    for (int i = 0; i < held; i++) {
        ck_assert_int_eq(atoi(board->rows[i].best.name), model.by_rank[i]);
        ck_assert_int_eq(board->rows[i].best.score, model.score[model.by_rank[i]]);
        ck_assert_int_eq(board->rows[i].seq, model.seq[model.by_rank[i]]);
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
    strcpy(other.board, "arena");
    ck_assert_int_eq(ouro__pending_put(&pending, &ann), 0);
    ck_assert_int_eq(ouro__pending_put(&pending, &worse), 0);
    ck_assert_int_eq(pending.entries[0].best.score, 5);
    ck_assert_int_eq(ouro__pending_put(&pending, &better), 0);
    ck_assert_int_eq(pending.entries[0].best.score, 6);
    ck_assert_int_eq(ouro__pending_put(&pending, &bob), 0);
    ck_assert_uint_eq(pending.count, 2);
    ck_assert_int_eq(ouro__pending_put(&pending, &cid), -OURO_ELIMIT);
    ck_assert_int_eq(ouro__pending_put(&pending, &other), -OURO_ELIMIT);
    better.best.score = 7;
    ck_assert_int_eq(ouro__pending_put(&pending, &better), 0); /* full, but it is there already */
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
        ck_assert_int_eq(pending.entries[i].best.score, i + 1);
    ouro__pending_done(&pending);
}
