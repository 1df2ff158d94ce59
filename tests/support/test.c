/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "seeds.h"

#include <ouro/runtime.h>

#include <dirent.h>
#include <unistd.h>

#define CASES_MAX 1024

/* For a test that would hang; it says nothing of speed. A machine with ten times as much to do as
 * it can makes a test that takes five seconds take a minute. */
#define TEST_SECONDS_MAX 300

static struct test_case *cases_first, **cases_end = &cases_first;
static struct test_case *cases_by_number[CASES_MAX];
static TTest checks[CASES_MAX]; /* what Check wants to know of each; it keeps the address */

void test_register(struct test_case *test)
{
    *cases_end = test;
    cases_end = &test->next;
}

int test_open_fds(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static void run_one(int number)
{
    int fds_before = test_open_fds();
    test_seeds_enter(number);
    cases_by_number[number]->body();
    ck_assert_msg(!ouro_loop_self(), "%s left a loop alive, with %zu tasks",
                  cases_by_number[number]->name, ouro_loop_stats(ouro_loop_self()).tasks);
    int fds_after = test_open_fds();
    ck_assert_msg(fds_before == fds_after, "%s left %d file descriptors open",
                  cases_by_number[number]->name, fds_after - fds_before);
}

/* Check wants a function per test; this one serves them all and finds its case by number. */
static void run_numbered(int number)
{
    run_one(number);
}

/* A test that went through seeds and died in one of them. */
static void tell_seeds(const char *program, int count)
{
    uint64_t seed;
    for (int i = 0; i < count; i++) {
        if (test_seeds_stopped_in(i, &seed))
            printf("%s failed with seed %llu; again: OURO_TEST_SEED=%llu %s %s\n",
                   cases_by_number[i]->name, (unsigned long long)seed, (unsigned long long)seed,
                   program, cases_by_number[i]->name);
    }
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    Suite *suite = suite_create(argv[0]);
    int count = 0;
    test_seeds_init(CASES_MAX);
    for (struct test_case *test = cases_first; test; test = test->next) {
        if (only && !strstr(test->name, only))
            continue;
        if (count == CASES_MAX) {
            /* Not an assertion of Check's: those work inside a running test only. */
            fprintf(stderr, "%s: more tests than the table of cases holds\n", argv[0]);
            return EXIT_FAILURE;
        }
        cases_by_number[count] = test;
        checks[count] = (TTest){.name = test->name, .fn = run_numbered, .file = __FILE__};
        TCase *tcase = tcase_create(test->name);
        tcase_set_timeout(tcase, TEST_SECONDS_MAX);
        tcase_add_loop_test(tcase, &checks[count], count, count + 1);
        suite_add_tcase(suite, tcase);
        count++;
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, getenv("CK_VERBOSITY") ? CK_ENV : CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    tell_seeds(argv[0], count);
    return failed || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
