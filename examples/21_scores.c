/* SPDX-License-Identifier: MIT */
/* Leaderboards and players' data: a race is run every hour, and the week has a winner. */
#include <ouro/store.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOON ouro_after(OURO_SEC(5))

static const struct ouro_board boards[] = {
    {.name = "fastest lap", .lowest = true},
    {.name = "wins",
     .counts = OURO_BOARD_SUM,
     .reset = OURO_RESET_WEEKLY,
     .weekday = 1, /* Monday */
     .hour = 4,
     .periods_kept = 8,
     .all_time = true},
};

/* --- scores ----------------------------------------------------------------------------------- */

struct runner {
    const char *id, *name;
};

/* In the middle of a game: nothing here waits. */
static void race_is_over(struct ouro_store *store, const struct runner *winner, int64_t lap_ms)
{
    ouro_board_submit_as(store, "wins", winner->id, winner->name, 1);
    ouro_board_submit_as(store, "fastest lap", winner->id, winner->name, lap_ms);
}

static void print_rows(const char *title, const struct ouro_score *rows, int count)
{
    printf("%s\n", title);
    for (int i = 0; i < count; i++)
        printf("  %" PRId64 ". %s %" PRId64 "\n", rows[i].rank, rows[i].name, rows[i].score);
}

/* For the page of a player: who is near? A task may wait. */
static int show_neighbours(struct ouro_store *store, const char *id)
{
    struct ouro_score rows[5];
    int count = ouro_board_around(store, "wins", OURO_ALL_TIME, id, 2, 2, SOON, rows);
    if (count > 0)
        print_rows("near you, of all time:", rows, count);
    return count == -ENOENT ? 0 : count; /* has never won */
}

static int show_last_week(struct ouro_store *store)
{
    struct ouro_score rows[3];
    int count = ouro_board_page(store, "wins", 1, 0, SOON, rows, 3);
    print_rows("last week:", rows, count);
    return count < 0 ? count : 0;
}

/* --- players' data ------------------------------------------------------------------------------
 */

static int read_number(struct ouro_store *store, struct ouro_kv_id id, int64_t *ret_number,
                       int64_t *ret_version)
{
    struct ouro_buf value = {0};
    int rc = ouro_kv_read(store, id, SOON, &value, ret_version);
    ouro_buf_putc(&value, '\0');
    if (rc == 0 && !ouro_buf_failed(&value))
        *ret_number = strtoll(value.data, NULL, 10);
    ouro_buf_done(&value);
    return rc;
}

/* Coins for a hat: both happen, or neither, and nobody pays twice with the same coins. */
static int buy_hat_once(struct ouro_store *store, const char *player, int64_t price)
{
    struct ouro_kv_id purse = {player, "purse", "coins"}, hat = {player, "items", "hat"};
    int64_t coins = 0, version;
    int rc = read_number(store, purse, &coins, &version);
    if (rc < 0 || coins < price)
        return rc < 0 ? rc : -EDQUOT;
    char left[32];
    int len = snprintf(left, sizeof left, "%" PRId64, coins - price);
    struct ouro_kv_write writes[] = {
        {.id = purse, .value = left, .len = (size_t)len, .version = version},
        {.id = hat, .value = "{\"colour\":\"red\"}", .len = 16, .version = OURO_KV_ABSENT},
    };
    return ouro_kv_write(store, writes, 2, SOON, NULL);
}

/* -ESTALE: somebody else, another room perhaps, has changed the purse meanwhile. */
static int buy_hat(struct ouro_store *store, const char *player, int64_t price)
{
    int rc;
    do {
        rc = buy_hat_once(store, player, price);
    } while (rc == -ESTALE);
    return rc;
}

/* --- two weeks of races, in no time -------------------------------------------------------------
 */

static int races(struct ouro_store *store)
{
    static const struct runner runners[] = {{"u1", "Ann"}, {"u2", "Bob"}, {"u3", "Cid"}};
    for (int hour = 0; hour < 14 * 24; hour++) {
        int64_t lap_ms = 60000 + (int64_t)(ouro_random() % 5000);
        race_is_over(store, &runners[ouro_random() % 3], lap_ms);
        int rc = ouro_sleep(OURO_SEC(3600));
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int shop(struct ouro_store *store)
{
    struct ouro_kv_write gift = {.id = {"u1", "purse", "coins"}, .value = "100", .len = 3};
    int rc = ouro_kv_write(store, &gift, 1, SOON, NULL);
    if (rc == 0)
        rc = buy_hat(store, "u1", 80);
    if (rc == 0)
        rc = buy_hat(store, "u1", 10) == -EEXIST ? 0 : -EPROTO; /* has one already */
    return rc;
}

static int play(void *arg)
{
    struct ouro_score top[3];
    struct ouro_store *store;
    struct ouro_store_options options = {.boards = boards, .board_count = 2};
    int rc = ouro_store_open(arg, &options, &store);
    if (rc < 0)
        return rc;
    rc = races(store);
    print_rows("fastest laps, in ms:", top, ouro_board_top(store, "fastest lap", top, 3));
    if (rc == 0)
        rc = show_last_week(store);
    if (rc == 0)
        rc = show_neighbours(store, "u2");
    if (rc == 0)
        rc = shop(store);
    int closed = ouro_store_close(store, SOON);
    return rc < 0 ? rc : closed;
}

/* With the name of a file it is kept there. */
int main(int argc, char **argv)
{
    char memory[] = ":memory:";
    int rc = ouro_sim_run(21, NULL, play, argc > 1 ? argv[1] : memory);
    if (rc < 0)
        fprintf(stderr, "21_scores: %s\n", ouro_error_text(rc));
    return rc < 0;
}
