/* SPDX-License-Identifier: MIT */
/* What aarch64.sh runs: contexts, tasks and a loop, without a test library (none is installed for
 * another machine). The first thing that is wrong ends it. */
#include "ouro/runtime.h"

#include "runtime/context.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define expect(cond) ((cond) ? (void)0 : wrong(#cond, __LINE__))

static void wrong(const char *what, int line)
{
    fprintf(stderr, "aarch64.c:%d: not so: %s\n", line, what);
    exit(EXIT_FAILURE);
}

/* --- registers ---------------------------------------------------------------------------- */

static struct ouro_context here, there;
static _Alignas(16) char stack[64 * 1024];

static int go(int result)
{
    return ouro__context_switch(&here, &there, result);
}

static int back(int result)
{
    return ouro__context_switch(&there, &here, result);
}

/* Holds more values across each switch than there are registers that a call preserves, x19 to x28
 * and d8 to d15; both sides run it at once. */
__attribute__((noinline)) static double hold(double seed, int (*swap)(int result))
{
    double a = seed, b = a * 3, c = b - 7, d = c / 2, e = d + a, f = e * b, g = f - c, h = g / 3;
    long i = (long)seed, j = i * 5, k = j ^ 77, l = k + i, m = l * 3, n = m - j, o = n ^ k,
         p = o + 9;
    for (int round = 1; round <= 100; round++) {
        swap(round);
        a += b / round, b -= c, c += d / 5, d -= e / round, e += f / 7, f -= g, g += h / 3, h -= a;
        i += j ^ round, j -= k, k += l, l ^= m, m += n * round, n -= o, o ^= p, p += i;
    }
    return a + b + c + d + e + f + g + h + (double)((i ^ j ^ k ^ l ^ m ^ n ^ o ^ p) & 0xffff);
}

static int stay(int result)
{
    return result;
}

static double held_there;

static void hold_there(void *arg)
{
    held_there = hold(*(const double *)arg, back);
    for (;;)
        back(0);
}

static void registers_survive(void)
{
    double one = 1.5, two = 2.25;
    ouro__context_make(&there, stack, stack + sizeof stack, hold_there, &two);
    go(0);
    expect(hold(one, go) == hold(one, stay));
    expect(held_there == hold(two, stay));
}

/* --- tasks -------------------------------------------------------------------------------- */

static int sum_with_naps(void *arg)
{
    int n = *(const int *)arg, sum = 0;
    for (int i = 1; i <= n; i++) {
        sum += i;
        expect(ouro_sleep(OURO_MS(i)) == 0);
    }
    return sum;
}

static int sleep_forever(void *arg)
{
    (void)arg;
    return ouro_sleep_until(OURO_FOREVER);
}

static int tasks(void *arg)
{
    enum { COUNT = 200 };
    static int n[COUNT];
    struct ouro_task *started[COUNT];
    (void)arg;
    for (int i = 0; i < COUNT; i++) {
        n[i] = i % 20;
        expect(ouro_spawn(sum_with_naps, &n[i], NULL, &started[i]) == 0);
    }
    for (int i = 0; i < COUNT; i++) {
        int status;
        expect(ouro_await(started[i], OURO_FOREVER, &status) == 0);
        expect(status == n[i] * (n[i] + 1) / 2);
        ouro_task_unref(started[i]);
    }
    struct ouro_group group;
    ouro_group_open(&group, ouro_after(OURO_MS(5)));
    expect(ouro_group_spawn(&group, sleep_forever, NULL, NULL, NULL) == 0);
    expect(ouro_group_close(&group) == -ETIMEDOUT);
    return 42;
}

/* --- the guard ---------------------------------------------------------------------------- */

/* One frame larger than a stack, which would end in that of a neighbour. */
static int overflow(void *arg)
{
    (void)arg;
    volatile char *frame = __builtin_alloca(OURO_STACK_BYTES + 128 * 1024);
    frame[0] = 1;
    return frame[0];
}

static int overflow_among_others(void *arg)
{
    struct ouro_task *task;
    (void)arg;
    for (int i = 0; i < 10; i++)
        expect(ouro_spawn(sleep_forever, NULL, NULL, NULL) == 0);
    expect(ouro_spawn(overflow, NULL, NULL, &task) == 0);
    return ouro_await(task, OURO_FOREVER, NULL);
}

/* QEMU says yes to the advice that makes guards, and does nothing. */
static void an_overflow_is_fatal(void)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        ouro_sim_run(1, NULL, overflow_among_others, NULL);
        _exit(0);
    }
    int status;
    expect(waitpid(child, &status, 0) == child);
    expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
    registers_survive();
    an_overflow_is_fatal();
    expect(ouro_sim_run(1, NULL, tasks, NULL) == 42);
    expect(ouro_run(tasks, NULL) == 42); /* epoll as well */
    return EXIT_SUCCESS;
}
