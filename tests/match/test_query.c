/* SPDX-License-Identifier: MIT */
/* Queries: what can be read, and for whom they hold. */
#include "test.h"

#include "match/query.h"

#include <math.h>

#define SEED 42

static int read_query(const char *text)
{
    struct ouro__match_query query;
    return ouro__match_query_read(SEED, text, &query);
}

TEST(what_is_a_query)
{
    static const char *const good[] = {
        "",       "  ",          "region=eu",      "a=b c!=d", "level>=5 level<=20",
        "x<-1.5", "ping<80~10s", "mode=2v2~500ms", "a=b~0s",   "a.b_c-d=e"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(read_query(good[i]) == 0, "%s", good[i]);
    ck_assert_int_eq(read_query(NULL), 0);
}

TEST(what_is_none)
{
    static const char *const bad[] = {
        "a",      "=b",   "a=",    "a==b",   "a=b,c=d",  "a=b c",           "a<text",
        "a>=eu",  "a=b~", "a=b~s", "a=b~10", "a=b~10h",  "a=b~10s~",        "a=\xc3\xa9",
        "a=b\tc", "a =b", "a= b",  "!=b",    "a=b~10sx", "a=b~99999999999s"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(read_query(bad[i]) == -EINVAL, "%s", bad[i]);
        ck_assert_int_eq(ouro_match_check_query(bad[i]), -EINVAL);
    }
}

TEST(a_query_and_its_words_have_a_length)
{
    char text[OURO_MATCH_QUERY_BYTES + 1], word[2 * OURO_MATCH_TEXT_BYTES];
    memset(text, ' ', sizeof text);
    text[OURO_MATCH_QUERY_BYTES] = 0;
    ck_assert_int_eq(read_query(text), -OURO_ELIMIT);
    text[OURO_MATCH_QUERY_BYTES - 1] = 0;
    ck_assert_int_eq(read_query(text), 0);

    memset(word, 'x', sizeof word);
    memcpy(word, "a=", 2);
    word[2 + OURO_MATCH_TEXT_BYTES - 1] = 0;
    ck_assert_int_eq(read_query(word), 0);
    word[2 + OURO_MATCH_TEXT_BYTES - 1] = 'x';
    word[2 + OURO_MATCH_TEXT_BYTES] = 0;
    ck_assert_int_eq(read_query(word), -EINVAL);
    ck_assert_int_eq(read_query("a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1"), 0);
    ck_assert_int_eq(read_query("a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1"), -OURO_ELIMIT);
}

static struct ouro__match_facts facts_of_somebody(void)
{
    static const struct ouro_match_property properties[] = {
        {"region", "eu", 0}, {"level", NULL, 7}, {"mode", "2v2", 0}};
    struct ouro__match_facts facts;
    ck_assert_int_eq(ouro__match_facts_read(SEED, properties, 3, &facts), 0);
    return facts;
}

static bool holds(const char *text, int64_t waited_ns)
{
    struct ouro__match_facts facts = facts_of_somebody();
    struct ouro__match_query query;
    ck_assert_int_eq(ouro__match_query_read(SEED, text, &query), 0);
    return ouro__match_query_holds(&query, waited_ns, &facts);
}

TEST(for_whom_a_query_holds)
{
    static const char *const true_ones[] = {"",
                                            "region=eu",
                                            "mode=2v2",
                                            "level=7",
                                            "level=7.0",
                                            "level>6",
                                            "level>=7",
                                            "level<=7",
                                            "level<7.5",
                                            "level!=8",
                                            "region!=us",
                                            "other!=x",
                                            "region=eu level>=5 level<=20"};
    static const char *const false_ones[] = {
        "region=us", "region=EU", "level=8",           "level>7",    "level<7",  "other=x",
        "other<1",   "region<1",  "region=eu level>9", "region!=eu", "level!=7", "region=7"};
    for (size_t i = 0; i < sizeof true_ones / sizeof *true_ones; i++)
        ck_assert_msg(holds(true_ones[i], 0), "%s", true_ones[i]);
    for (size_t i = 0; i < sizeof false_ones / sizeof *false_ones; i++)
        ck_assert_msg(!holds(false_ones[i], 0), "%s", false_ones[i]);
}

TEST(a_term_relaxes_when_its_time_is_over)
{
    ck_assert(!holds("region=us~10s", OURO_SEC(10) - 1));
    ck_assert(holds("region=us~10s", OURO_SEC(10)));
    ck_assert(holds("region=us~0s", 0));
    ck_assert(!holds("region=us~10s level>9", OURO_SEC(10)));
    ck_assert(holds("region=us~500ms", OURO_MS(500)));
    ck_assert(!holds("region=us~2m", OURO_SEC(119)));
}

TEST(what_is_a_property)
{
    struct ouro__match_facts facts;
    const struct ouro_match_property bad[] = {
        {"", "x", 0},   {"a", "", 0},          {"a b", "x", 0}, {"a", "x y", 0},
        {NULL, "x", 0}, {"a", NULL, INFINITY}, {"a", NULL, NAN}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(ouro__match_facts_read(SEED, &bad[i], 1, &facts), -EINVAL);
    const struct ouro_match_property twice[] = {{"a", "x", 0}, {"a", NULL, 1}};
    ck_assert_int_eq(ouro__match_facts_read(SEED, twice, 2, &facts), -EINVAL);
    ck_assert_int_eq(ouro__match_facts_read(SEED, twice, OURO_MATCH_PROPERTIES_MAX + 1, &facts),
                     -OURO_ELIMIT);
}
