/* SPDX-License-Identifier: MIT */
/* One line per test: TEST(name) { ... }. Each test runs in a process of its own (Check's fork
 * mode); after its body, what it left behind (open file descriptors, live tasks, armed timers)
 * fails it. */
#ifndef OURO_TEST_H
#define OURO_TEST_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Check notes each assertion that holds by a write to a pipe, to tell where a test was when it
 * died. In a loop that is what takes the time: a line is noted when it is come to first. */
#define TEST_LINES_MAX 4096 /* of a file; what is further down is noted each time */
static inline void test_mark(const char *file, int line)
{
    static _Thread_local bool is_noted[TEST_LINES_MAX];
    if (line < TEST_LINES_MAX) {
        if (is_noted[line])
            return;
        is_noted[line] = true;
    }
    _mark_point(file, line);
}
#define _mark_point(file, line) test_mark((file), (line))

struct test_case {
    const char *name;
    void (*body)(void);
    struct test_case *next;
};

/** Called before main by the constructor that TEST makes. */
void test_register(struct test_case *test);

/** How many file descriptors this process has open. */
int test_open_fds(void);

#define TEST(NAME)                                                    \
    static void NAME(void);                                           \
    __attribute__((constructor)) static void NAME##_register(void)    \
    {                                                                 \
        static struct test_case test = {.name = #NAME, .body = NAME}; \
        test_register(&test);                                         \
    }                                                                 \
    static void NAME(void)

#endif
