/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

TEST(the_numbers_are_those_of_the_reference)
{
    /* The reference xoshiro256starstar.c, from the state 1, 2, 3, 4. */
    static const uint64_t expected[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    struct ouro_rng rng = {.s = {1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(ouro_rng_next(&rng), expected[i]);
}

TEST(a_seed_is_spread_as_the_reference_does)
{
    /* The reference splitmix64.c, from the state 1234567. */
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u};
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1234567);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(rng.s[i], expected[i]);
}

TEST(seed_0_is_as_good_as_any)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 0);
    uint64_t any = 0;
    for (int i = 0; i < 4; i++)
        any |= rng.s[i];
    ck_assert_uint_ne(any, 0);
    ck_assert_uint_ne(ouro_rng_next(&rng), ouro_rng_next(&rng));
}

TEST(the_same_seed_gives_the_same_numbers_and_another_does_not)
{
    struct ouro_rng a, b, c;
    ouro_rng_seed(&a, 5);
    ouro_rng_seed(&b, 5);
    ouro_rng_seed(&c, 6);
    int same_as_c = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t number = ouro_rng_next(&a);
        ck_assert_uint_eq(number, ouro_rng_next(&b));
        same_as_c += number == ouro_rng_next(&c);
    }
    ck_assert_int_eq(same_as_c, 0);
}

/* Pearson's sum over the cells: about bound - 1 when even, with a deviation of sqrt(2 bound). */
static double unevenness(uint32_t bound, uint32_t draws_per_value)
{
    uint32_t *count = calloc(bound, sizeof *count);
    struct ouro_rng rng;
    ouro_rng_seed(&rng, bound);
    for (uint32_t i = 0; i < bound * draws_per_value; i++) {
        uint32_t value = ouro_rng_below(&rng, bound);
        ck_assert_uint_lt(value, bound);
        count[value]++;
    }
    double sum = 0;
    for (uint32_t i = 0; i < bound; i++) {
        double off = (double)count[i] - draws_per_value;
        sum += off * off / draws_per_value;
    }
    free(count);
    return sum;
}

TEST(below_is_even)
{
    static const uint32_t bounds[] = {2, 3, 6, 7, 10, 41, 100, 1250};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        double freedom = bounds[i] - 1, off = unevenness(bounds[i], 2000) - freedom;
        /* Five deviations, squared on both sides so that no square root is needed. */
        ck_assert_msg(off < 0 || off * off < 25 * 2 * freedom, "below %u is off by %g", bounds[i],
                      off);
    }
}

TEST(below_is_even_where_a_plain_multiplication_would_not_be)
{
    /* At 3 * 2^30 every third value would come twice as often if no draw were rejected. */
    const uint32_t bound = 3u << 30;
    int thirds[3] = {0};
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    for (int i = 0; i < 30000; i++) {
        uint32_t value = ouro_rng_below(&rng, bound);
        ck_assert_uint_lt(value, bound);
        thirds[value % 3]++;
    }
    for (int i = 0; i < 3; i++)
        ck_assert_int_lt(abs(thirds[i] - 10000), 500);
}

TEST(below_1_is_0_and_below_the_largest_bound_ends)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(ouro_rng_below(&rng, 1), 0);
        ck_assert_uint_lt(ouro_rng_below(&rng, UINT32_MAX), UINT32_MAX);
    }
}

TEST(a_chance_comes_as_often_as_it_says)
{
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 1);
    int sixths = 0;
    for (int i = 0; i < 100000; i++) {
        ck_assert(!ouro_rng_chance(&rng, 0));
        ck_assert(ouro_rng_chance(&rng, 1000000));
        sixths += ouro_rng_chance(&rng, 60000);
    }
    /* 6,000 expected; the deviation is 75. */
    ck_assert_int_lt(abs(sixths - 6000), 375);
}
