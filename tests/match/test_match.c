/* SPDX-License-Identifier: MIT */
/* Who is matched with whom, who waits, who goes first. */
#include "test.h"

#include <ouro/match.h>

/* What the hooks have told. */
static struct {
    size_t matches, parties, gave_up;
    struct ouro_match_found last;
    struct ouro_match_party last_parties[OURO_MATCH_PLAYERS_MAX];
    const char *names; /* of the last match, as they stand there */
    char names_buf[64];
} told;

static void on_found(const struct ouro_match_found *found, void *ud)
{
    (void)ud;
    told.matches++;
    told.parties += found->count;
    told.last = *found;
    memcpy(told.last_parties, found->parties, found->count * sizeof *found->parties);
    char *at = told.names_buf;
    for (size_t i = 0; i < found->count && i < 20; i++)
        at += sprintf(at, "%s%s", i ? " " : "", (const char *)found->parties[i].ud);
    told.names = told.names_buf;
}

static void on_gave_up(struct ouro_match_id id, void *ticket_ud, void *ud)
{
    (void)id, (void)ticket_ud, (void)ud;
    told.gave_up++;
}

static struct ouro_match *pool(struct ouro_match_options options)
{
    struct ouro_match *match;
    options.found = on_found;
    options.gave_up = on_gave_up;
    ck_assert_int_eq(ouro_match_new(&options, &match), 0);
    return match;
}

static struct ouro_match_id add(struct ouro_match *match, int64_t now, const char *name,
                                struct ouro_match_ticket ticket)
{
    struct ouro_match_id id;
    ticket.ud = (void *)(uintptr_t)name;
    ck_assert_int_eq(ouro_match_add(match, now, &ticket, &id), 0);
    return id;
}

/* A property and a query about the same, as most have. */
static struct ouro_match_id add_in(struct ouro_match *match, const char *name, const char *region,
                                   const char *query)
{
    struct ouro_match_property property = {"region", region, 0};
    return add(match, 0, name, (struct ouro_match_ticket){query, &property, 1});
}

#define NOBODY ((struct ouro_match_ticket){0})

TEST(two_who_want_anybody_find_each_other_and_a_third_waits)
{
    struct ouro_match *match = pool((struct ouro_match_options){0});
    add(match, 0, "a", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, 1), 0);
    add(match, 2, "b", NOBODY);
    struct ouro_match_id third = add(match, 3, "c", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, 4), 1);
    ck_assert_str_eq(told.names, "a b");
    ck_assert_int_eq(told.last_parties[0].waited_ns, 4);
    ck_assert(!told.last.has_room);
    ck_assert_uint_eq(ouro_match_stats(match).waiting, 1);
    ck_assert_int_eq(ouro_match_cancel(match, third), 0);
    ck_assert_int_eq(ouro_match_cancel(match, third), -ENOENT);
    ck_assert_int_eq(ouro_match_cancel(match, told.last_parties[0].id), -ENOENT);
    ck_assert_int_eq(ouro_match_cancel(match, (struct ouro_match_id){UINT32_MAX, 1}), -ENOENT);
    ouro_match_free(match);
}

TEST(a_pass_over_nobody_matches_nobody)
{
    struct ouro_match *match = pool((struct ouro_match_options){0});
    ck_assert_uint_eq(ouro_match_pass(match, 0), 0);
    ck_assert_int_eq(ouro_match_cancel(match, add(match, 0, "a", (struct ouro_match_ticket){0})),
                     0);
    ck_assert_uint_eq(ouro_match_pass(match, 1), 0);
    ck_assert_ptr_null(ouro_match_free(match));
}

TEST(both_queries_must_hold)
{
    struct ouro_match *match = pool((struct ouro_match_options){0});
    add_in(match, "picky", "eu", "region=eu");
    add_in(match, "other", "us", "region!=asia");
    add_in(match, "also picky", "asia", "region=us");
    ck_assert_uint_eq(ouro_match_pass(match, 0), 0);
    add_in(match, "fits", "eu", NULL);
    ck_assert_uint_eq(ouro_match_pass(match, 0), 1);
    ck_assert_str_eq(told.names, "picky fits");
    ouro_match_free(match);
}

TEST(a_term_that_relaxes_lets_them_play)
{
    struct ouro_match *match = pool((struct ouro_match_options){0});
    add_in(match, "eu", "eu", "region=eu~10s");
    add_in(match, "us", "us", "region=us~20s");
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(19)), 0);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(20)), 1);
    ouro_match_free(match);
}

TEST(skill_widens_with_the_waiting_of_the_oldest)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.skill_apart = 50, .skill_apart_per_second = 10});
    add(match, 0, "strong", (struct ouro_match_ticket){.skill = 200});
    add(match, OURO_SEC(9), "weak", (struct ouro_match_ticket){.skill = 100});
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(4)), 0);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(5)), 1);
    ouro_match_free(match);
}

TEST(skill_never_widens_beyond_its_bound)
{
    struct ouro_match *match = pool((struct ouro_match_options){
        .skill_apart = 50, .skill_apart_per_second = 10, .skill_apart_max = 99});
    add(match, 0, "strong", (struct ouro_match_ticket){.skill = 200});
    add(match, 0, "weak", (struct ouro_match_ticket){.skill = 100});
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(59)), 0);
    ouro_match_free(match);
}

TEST(the_nearest_in_skill_is_chosen)
{
    struct ouro_match *match = pool((struct ouro_match_options){.skill_apart = 1000});
    add(match, 0, "me", (struct ouro_match_ticket){.skill = 500});
    add(match, 1, "far", (struct ouro_match_ticket){.skill = 900});
    add(match, 2, "near below", (struct ouro_match_ticket){.skill = 460});
    add(match, 3, "near above", (struct ouro_match_ticket){.skill = 530});
    ck_assert_uint_eq(ouro_match_pass(match, 4), 2);
    ck_assert_str_eq(told.names, "far near below");
    ouro_match_free(match);
}

TEST(after_the_patience_fewer_are_enough)
{
    struct ouro_match *match = pool((struct ouro_match_options){
        .players_min = 2, .players_max = 4, .patience_ns = OURO_SEC(5)});
    for (int i = 0; i < 3; i++)
        add(match, 0, "x", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(5) - 1), 0);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(5)), 1);
    ck_assert_uint_eq(told.last.players, 3);
    for (int i = 0; i < 5; i++)
        add(match, OURO_SEC(6), "x", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(6)), 1);
    ck_assert_uint_eq(told.last.players, 4);
    ouro_match_free(match);
}

TEST(what_a_ticket_says_of_the_size_counts_for_all)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 2, .players_max = 8, .patience_ns = 1});
    add(match, 0, "three", (struct ouro_match_ticket){.players_min = 3});
    add(match, 0, "any", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(1)), 0);
    add(match, 1, "two", (struct ouro_match_ticket){.players_max = 2});
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(1)), 1);
    ck_assert_str_eq(told.names, "any two");
    ouro_match_free(match);
}

/* A pool's rules are not a ticket's to change. */
TEST(no_match_has_fewer_players_than_the_pool_says)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 3, .players_max = 4, .patience_ns = 1});
    struct ouro_match_id id;
    const struct ouro_match_ticket alone = {.players_min = 1, .players_max = 1};
    ck_assert_int_eq(ouro_match_add(match, 0, &alone, &id), -EINVAL);
    add(match, 0, "any", (struct ouro_match_ticket){.players_min = 1});
    add(match, 0, "other", (struct ouro_match_ticket){.players_min = 1});
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(1)), 0);
    add(match, 1, "third", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(1)), 1);
    ouro_match_free(match);
}

TEST(a_size_that_makes_no_equal_teams_is_the_next_smaller_one)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 2, .players_max = 6, .teams = 2});
    struct ouro_match_id id;
    const struct ouro_match_ticket three = {.players_min = 3, .players_max = 3};
    ck_assert_int_eq(ouro_match_add(match, 0, &three, &id), -EINVAL);
    add(match, 0, "a", (struct ouro_match_ticket){.players_max = 3});
    add(match, 0, "b", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, 1), 1); /* there is no third to be patient for */
    ouro_match_free(match);
}

TEST(parties_stay_together_in_teams_of_equal_size)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 6, .players_max = 6, .teams = 2});
    add(match, 0, "trio", (struct ouro_match_ticket){.players = 3});
    add(match, 1, "pair", (struct ouro_match_ticket){.players = 2});
    add(match, 2, "other pair", (struct ouro_match_ticket){.players = 2});
    ck_assert_uint_eq(ouro_match_pass(match, 3), 0);
    add(match, 4, "one", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, 5), 1);
    ck_assert_str_eq(told.names, "trio pair one");
    ck_assert_uint_ne(told.last_parties[0].team, told.last_parties[1].team);
    ck_assert_uint_eq(told.last_parties[1].team, told.last_parties[2].team);
    ouro_match_free(match);
}

TEST(teams_are_balanced_by_skill)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 4, .players_max = 4, .teams = 2});
    static const int32_t skills[] = {900, 880, 100, 90};
    for (int i = 0; i < 4; i++)
        add(match, i, "x", (struct ouro_match_ticket){.skill = skills[i]});
    ck_assert_uint_eq(ouro_match_pass(match, 9), 1);
    int64_t sums[2] = {0, 0};
    for (int i = 0; i < 4; i++)
        sums[told.last_parties[i].team] += told.last_parties[i].skill;
    ck_assert_int_eq(sums[0] > sums[1] ? sums[0] - sums[1] : sums[1] - sums[0], 10);
    ouro_match_free(match);
}

TEST(teams_stay_equal_when_fewer_are_enough)
{
    struct ouro_match *match = pool((struct ouro_match_options){
        .players_min = 2, .players_max = 6, .teams = 2, .patience_ns = 1});
    for (int i = 0; i < 5; i++)
        add(match, i, "x", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(1)), 1);
    ck_assert_uint_eq(told.last.players, 4);
    ouro_match_free(match);
}

TEST(a_running_room_is_filled_first_and_team_by_team)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 4, .players_max = 4, .teams = 2});
    for (int i = 0; i < 4; i++)
        add(match, i, "x", NOBODY);
    struct ouro_match_id room =
        add(match, 9, "room", (struct ouro_match_ticket){.is_room = true, .places = {0, 3}});
    ck_assert_uint_eq(ouro_match_pass(match, 10), 1);
    ck_assert(told.last.has_room);
    ck_assert_str_eq(told.last.room_ud, "room");
    ck_assert_uint_eq(told.last.players, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(told.last_parties[i].team, 1);
    ck_assert_int_eq(ouro_match_cancel(match, room), -ENOENT); /* full: nothing more to ask for */
    ck_assert_uint_eq(ouro_match_stats(match).waiting, 1);
    ouro_match_free(match);
}

TEST(a_room_with_places_left_goes_on_looking)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 2, .players_max = 4});
    struct ouro_match_property property = {"region", "eu", 0};
    struct ouro_match_id room =
        add(match, 0, "room",
            (struct ouro_match_ticket){"region=eu", &property, 1, .is_room = true, .places = {2}});
    add_in(match, "us", "us", NULL);
    add_in(match, "one", "eu", NULL);
    ck_assert_uint_eq(ouro_match_pass(match, OURO_SEC(3600)), 0); /* the players gave up */
    ck_assert_uint_eq(told.gave_up, 2);
    add_in(match, "eu", "eu", NULL);
    ck_assert_uint_eq(ouro_match_pass(match, 0), 1);
    ck_assert_str_eq(told.names, "eu");
    ck_assert_int_eq(ouro_match_cancel(match, room), 0);
    ouro_match_free(match);
}

TEST(who_has_waited_enough_is_told_once)
{
    struct ouro_match *match = pool((struct ouro_match_options){.give_up_ns = OURO_SEC(10)});
    add(match, 0, "soon", NOBODY);
    add(match, 0, "later", (struct ouro_match_ticket){.query = "x=y", .give_up_ns = OURO_SEC(20)});
    ouro_match_pass(match, OURO_SEC(10) - 1);
    ck_assert_uint_eq(told.gave_up, 0);
    ouro_match_pass(match, OURO_SEC(10));
    ouro_match_pass(match, OURO_SEC(11));
    ck_assert_uint_eq(told.gave_up, 1);
    ouro_match_pass(match, OURO_SEC(20));
    ck_assert_uint_eq(told.gave_up, 2);
    ck_assert_uint_eq(ouro_match_stats(match).waiting, 0);
    ouro_match_free(match);
}

TEST(a_pool_is_bounded)
{
    struct ouro_match *match = pool((struct ouro_match_options){.tickets_max = 2});
    struct ouro_match_id id;
    add(match, 0, "x", (struct ouro_match_ticket){.query = "x=y"});
    add(match, 0, "x", (struct ouro_match_ticket){.query = "x=y"});
    ck_assert_int_eq(ouro_match_add(match, 0, &NOBODY, &id), -OURO_ELIMIT);
    ouro_match_free(match);
}

TEST(what_can_be_in_no_match_is_refused)
{
    struct ouro_match *match =
        pool((struct ouro_match_options){.players_min = 4, .players_max = 4, .teams = 2});
    const struct ouro_match_ticket bad[] = {
        {.players = 3}, /* more than a team */
        {.players_min = 3, .players_max = 2},
        {.players_max = 5},
        {.query = "a"},
        {.is_room = true},
        {.is_room = true, .places = {OURO_MATCH_PLAYERS_MAX, 1}},
    };
    struct ouro_match_id id;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(ouro_match_add(match, 0, &bad[i], &id), -EINVAL);
    ck_assert_uint_eq(ouro_match_stats(match).waiting, 0);
    ouro_match_free(match);
}

TEST(options_that_do_not_fit)
{
    const struct ouro_match_options bad[] = {
        {.players_min = 2},
        {.players_min = 3, .players_max = 2, .found = on_found},
        {.players_max = OURO_MATCH_PLAYERS_MAX + 1, .found = on_found},
        {.teams = OURO_MATCH_TEAMS_MAX + 1, .players_max = 18, .found = on_found},
        {.teams = 2, .players_min = 3, .players_max = 3, .found = on_found},
    };
    struct ouro_match *match = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(ouro_match_new(&bad[i], &match), -EINVAL);
    ck_assert_ptr_null(match);
    ck_assert_ptr_null(ouro_match_free(NULL));
}

/* --- against a model -------------------------------------------------------------------------- */

enum { TICKETS = 300, ROUNDS = 60 };

/* What a ticket of the model says, in a form that is easily compared. */
struct said {
    int region, mode, level, wants_region, wants_level_least; /* wants: -1 is any */
    bool waits;
};

static struct said said[TICKETS];
static size_t bad_pairs;

static bool accepts(const struct said *a, const struct said *b)
{
    return (a->wants_region < 0 || a->wants_region == b->region) && a->mode == b->mode &&
           (a->wants_level_least < 0 || b->level >= a->wants_level_least);
}

static void check_found(const struct ouro_match_found *found, void *ud)
{
    (void)ud;
    told.matches++;
    for (size_t i = 0; i < found->count; i++) {
        struct said *a = found->parties[i].ud;
        ck_assert(a->waits);
        a->waits = false;
        for (size_t j = 0; j < found->count; j++)
            bad_pairs += i != j && !accepts(a, found->parties[j].ud);
    }
}

static void say_something(struct ouro_rng *rng, struct said *it)
{
    *it = (struct said){
        .region = (int)ouro_rng_below(rng, 4),
        .mode = (int)ouro_rng_below(rng, 3),
        .level = (int)ouro_rng_below(rng, 30),
        .wants_region = (int)ouro_rng_below(rng, 6) - 2,
        .wants_level_least = (int)ouro_rng_below(rng, 60) - 30,
        .waits = true,
    };
    if (it->wants_region < 0)
        it->wants_region = -1;
}

static void add_said(struct ouro_match *match, struct said *it)
{
    static const char *const regions[] = {"eu", "us", "asia", "africa"}, *const modes[] = {"a", "b",
                                                                                           "c"};
    char query[OURO_MATCH_QUERY_BYTES];
    int len = sprintf(query, "mode=%s", modes[it->mode]);
    if (it->wants_region >= 0)
        len += sprintf(query + len, " region=%s", regions[it->wants_region]);
    if (it->wants_level_least >= 0)
        sprintf(query + len, " level>=%d", it->wants_level_least);
    const struct ouro_match_property properties[] = {{"region", regions[it->region], 0},
                                                     {"mode", modes[it->mode], 0},
                                                     {"level", NULL, it->level}};
    struct ouro_match_ticket ticket = {query, properties, 3, .ud = it};
    struct ouro_match_id id;
    ck_assert_int_eq(ouro_match_add(match, 0, &ticket, &id), 0);
}

/* Nobody is matched who does not fit, and no two are left that do. */
TEST(pairs_are_right_and_complete)
{
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct ouro_match_options options = {.found = check_found, .seed = seed};
        struct ouro_match *match;
        struct ouro_rng rng;
        ck_assert_int_eq(ouro_match_new(&options, &match), 0);
        ouro_rng_seed(&rng, seed);
        size_t count = 1 + ouro_rng_below(&rng, TICKETS);
        for (size_t i = 0; i < count; i++) {
            say_something(&rng, &said[i]);
            add_said(match, &said[i]);
        }
        ouro_match_pass(match, 0);
        ck_assert_uint_eq(bad_pairs, 0);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++)
                ck_assert_msg(!said[i].waits || !said[j].waits || !accepts(&said[i], &said[j]) ||
                                  !accepts(&said[j], &said[i]),
                              "seed %d: %zu and %zu would have fitted", (int)seed, i, j);
        ouro_match_free(match);
    }
    ck_assert_uint_gt(told.matches, ROUNDS);
}

/* Larger matches, more kinds of equality than there are bits: still nobody who does not fit. */
TEST(groups_are_right_with_many_kinds_of_wishes)
{
    struct ouro_match_options options = {
        .players_min = 3, .players_max = 5, .patience_ns = 1, .found = check_found};
    struct ouro_match *match;
    struct ouro_rng rng;
    ck_assert_int_eq(ouro_match_new(&options, &match), 0);
    ouro_rng_seed(&rng, 7);
    for (size_t i = 0; i < TICKETS; i++) {
        say_something(&rng, &said[i]);
        add_said(match, &said[i]);
    }
    for (int i = 0; i < 100; i++) { /* who wants what nobody has */
        char query[32];
        struct ouro_match_id id;
        sprintf(query, "thing=t%d", i);
        ck_assert_int_eq(ouro_match_add(match, 0, &(struct ouro_match_ticket){query}, &id), 0);
    }
    ck_assert_uint_gt(ouro_match_pass(match, OURO_SEC(1)), 10);
    ck_assert_uint_eq(bad_pairs, 0);
    ouro_match_free(match);
}

/* --- hooks that change the pool --------------------------------------------------------------- */

static struct ouro_match *changed;
static struct ouro_match_id victims[4];

static void cancel_all_and_add(const struct ouro_match_found *found, void *ud)
{
    struct ouro_match_id id;
    (void)found, (void)ud;
    told.matches++;
    for (int i = 0; i < 4; i++)
        ouro_match_cancel(changed, victims[i]);
    ck_assert_int_eq(ouro_match_add(changed, 0, &NOBODY, &id), 0);
}

static void cancel_all(struct ouro_match_id id, void *ticket_ud, void *ud)
{
    (void)id, (void)ticket_ud, (void)ud;
    told.gave_up++;
    for (int i = 0; i < 4; i++)
        ouro_match_cancel(changed, victims[i]);
}

TEST(hooks_may_cancel_and_add)
{
    struct ouro_match_options options = {.found = cancel_all_and_add, .gave_up = cancel_all};
    ck_assert_int_eq(ouro_match_new(&options, &changed), 0);
    for (int i = 0; i < 4; i++)
        victims[i] = add(changed, 0, "x", NOBODY);
    ck_assert_uint_eq(ouro_match_pass(changed, 1), 1); /* the others were cancelled meanwhile */
    ck_assert_uint_eq(told.matches, 1);
    ck_assert_uint_eq(ouro_match_stats(changed).waiting, 1);
    for (int i = 0; i < 4; i++)
        victims[i] = add(changed, 0, "x", (struct ouro_match_ticket){.query = "x=y"});
    ouro_match_pass(changed, OURO_SEC(3600));
    ck_assert_uint_eq(told.gave_up, 1); /* the oldest; it took the others with it */
    ck_assert_uint_eq(ouro_match_stats(changed).waiting, 0);
    ouro_match_free(changed);
}

/* --- bounded work ----------------------------------------------------------------------------- */

TEST(a_pass_that_is_cut_short_goes_on_at_the_next)
{
    struct ouro_match *match = pool((struct ouro_match_options){.work_max = 50});
    for (int i = 0; i < 100; i++)
        add(match, 0, "nobody's", (struct ouro_match_ticket){.query = "x=y"});
    add(match, 0, "a", NOBODY);
    add(match, 0, "b", NOBODY);
    int passes = 0;
    while (told.matches == 0 && passes < 100) {
        ouro_match_pass(match, 0);
        passes++;
    }
    ck_assert_str_eq(told.names, "a b");
    ck_assert_int_gt(passes, 1);
    ck_assert_uint_gt(ouro_match_stats(match).cut_short, 0);
    ouro_match_free(match);
}

/* However many rooms look for what nobody is. */
TEST(rooms_that_take_all_of_a_pass_do_not_keep_players_apart)
{
    struct ouro_match *match = pool((struct ouro_match_options){.work_max = 20});
    for (int i = 0; i < 100; i++)
        add(match, 0, "room",
            (struct ouro_match_ticket){.query = "x=y", .is_room = true, .places = {2}});
    add(match, 0, "a", NOBODY);
    add(match, 0, "b", NOBODY);
    for (int passes = 0; told.matches == 0 && passes < 100; passes++)
        ouro_match_pass(match, 0);
    ck_assert_str_eq(told.names, "a b");
    add(match, 1, "y", (struct ouro_match_ticket){.query = "x=z"}); /* and then rooms again */
    struct ouro_match_property property = {"x", "y", 0};
    add(match, 1, "late", (struct ouro_match_ticket){NULL, &property, 1});
    for (int passes = 0; told.matches == 1 && passes < 100; passes++)
        ouro_match_pass(match, 1);
    ck_assert(told.last.has_room);
    ouro_match_free(match);
}
