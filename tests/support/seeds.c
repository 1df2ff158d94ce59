/* SPDX-License-Identifier: MIT */
#include "seeds.h"

#include <stdlib.h>
#include <sys/mman.h>

struct note {
    bool running;
    uint64_t seed;
};

/* Shared with the processes that the tests run in, which may die at any time. */
static struct note *notes;
static struct note *current;

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

uint64_t test_seeds_first(void)
{
    return from_environment("OURO_TEST_SEED", 1);
}

uint64_t test_seeds_end(uint64_t count)
{
    uint64_t seeds = from_environment("OURO_TEST_SEEDS", count);
    return test_seeds_first() + (getenv("OURO_TEST_SEED") ? 1 : seeds);
}

bool test_seeds_go_on(uint64_t seed, uint64_t end)
{
    *current = (struct note){.running = seed < end, .seed = seed};
    return seed < end;
}

void test_seeds_init(int tests_max)
{
    notes = mmap(NULL, (size_t)tests_max * sizeof *notes, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (notes == MAP_FAILED)
        abort();
}

void test_seeds_enter(int number)
{
    current = &notes[number];
}

bool test_seeds_stopped_in(int number, uint64_t *ret_seed)
{
    *ret_seed = notes[number].seed;
    return notes[number].running;
}
