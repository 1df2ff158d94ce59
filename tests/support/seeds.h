/* SPDX-License-Identifier: MIT */
/* For what must hold whatever chance brings: the body runs for each of several seeds.
 *
 *     TEST(nobody_is_forgotten)
 *     {
 *         FOR_ALL_SEEDS (seed, 100)
 *             ck_assert_int_eq(ouro_sim_run(seed, NULL, play, NULL), 0);
 *     }
 *
 * When it fails, however it does (an assertion, a crash, a timeout), the runner's last words name
 * the seed and how to run it again. The environment can say more:
 *
 *     OURO_TEST_SEEDS=10000   that many seeds, in place of the test's own number
 *     OURO_TEST_SEED=4711     that one only
 */
#ifndef OURO_TEST_SEEDS_H
#define OURO_TEST_SEEDS_H

#include <stdbool.h>
#include <stdint.h>

#define FOR_ALL_SEEDS(seed, count)                                               \
    for (uint64_t seed = test_seeds_first(), seed##_end = test_seeds_end(count); \
         test_seeds_go_on(seed, seed##_end); seed++)

uint64_t test_seeds_first(void);
uint64_t test_seeds_end(uint64_t count);
/* Notes where the test is, for the runner to see if it dies there. */
bool test_seeds_go_on(uint64_t seed, uint64_t end);

/* For the runner. Before any test, so that their processes share the notes: */
void test_seeds_init(int tests_max);
/* In a test's process, which test it is: */
void test_seeds_enter(int number);
/* After all tests, in the runner's process: did it stop in the middle, and with which seed? */
bool test_seeds_stopped_in(int number, uint64_t *ret_seed);

#endif
