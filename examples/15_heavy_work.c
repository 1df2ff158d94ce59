/* SPDX-License-Identifier: MIT */
/* What would keep the loop from turning: a call that blocks goes to a thread, a long calculation,
 * or one that may crash, to a worker process. Only the task that asked waits.
 *
 * Prints: the loop still turns, the thread is back, 78498 primes, a crash: the worker process died,
 * 78498 primes. */
#include <ouro/offload.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- in a thread ----------------------------------------------------------------------------- */

static int block(void *arg)
{
    const struct timespec *how_long = arg;
    return -clock_nanosleep(CLOCK_MONOTONIC, 0, how_long, NULL);
}

/* `how_long` may lie on the stack: the call returns only when the thread is through with it. */
static int call_what_blocks(void *arg)
{
    (void)arg;
    struct timespec how_long = {.tv_nsec = OURO_MS(500)};
    int rc = ouro_offload(NULL, block, &how_long, OURO_FOREVER);
    puts("the thread is back");
    return rc;
}

static int keep_turning(void *arg)
{
    (void)arg;
    int rc = ouro_sleep(OURO_MS(100));
    puts("the loop still turns");
    return rc;
}

static int use_thread(void)
{
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, call_what_blocks, NULL, NULL, NULL);
    ouro_group_spawn(&group, keep_turning, NULL, NULL, NULL);
    return ouro_group_close(&group);
}

/* --- in a worker process --------------------------------------------------------------------- */

static bool is_prime(int number)
{
    for (int d = 2; d * d <= number; d++)
        if (number % d == 0)
            return false;
    return number >= 2;
}

/* Bytes in, bytes out: the two processes share nothing else. */
static int count_primes(const void *in, size_t len, struct ouro_buf *out)
{
    int below, count = 0;
    if (len != sizeof below)
        return -EINVAL;
    memcpy(&below, in, sizeof below);
    for (int number = 0; number < below; number++)
        count += is_prime(number);
    ouro_buf_append(out, &count, sizeof count);
    return 0;
}

static int crash(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len, (void)out;
    abort();
}

static const struct ouro_worker_job jobs[] = {
    {"count_primes", .call = count_primes},
    {"crash", .call = crash},
    {NULL},
};

/* --- in the program -------------------------------------------------------------------------- */

static int ask_for_primes(struct ouro_workers *workers)
{
    const int below = 1000000;
    int count;
    struct ouro_buf answer = {0};
    int rc = ouro_workers_call(workers, "count_primes", &below, sizeof below,
                               ouro_after(OURO_SEC(30)), &answer);
    if (rc == 0 && answer.len == sizeof count) {
        memcpy(&count, answer.data, sizeof count);
        printf("%d primes\n", count);
    }
    ouro_buf_done(&answer);
    return rc;
}

/* It takes its process with it, and nothing else: another one takes that one's place. */
static void ask_for_a_crash(struct ouro_workers *workers)
{
    int rc = ouro_workers_call(workers, "crash", NULL, 0, OURO_FOREVER, NULL);
    printf("a crash: %s\n", ouro_error_text(rc));
}

static int use_process(void)
{
    struct ouro_workers *workers;
    int rc = ouro_workers_new(&(struct ouro_workers_options){.processes = 1}, &workers);
    if (rc < 0)
        return rc;
    rc = ask_for_primes(workers);
    if (rc == 0) {
        ask_for_a_crash(workers);
        rc = ask_for_primes(workers);
    }
    ouro_workers_free(workers);
    return rc;
}

static int all(void *arg)
{
    (void)arg;
    int rc = use_thread();
    return rc < 0 ? rc : use_process();
}

int main(int argc, char **argv)
{
    ouro_workers_init(argc, argv, jobs); /* a worker does not get past this line */
    return ouro_run(all, NULL) < 0;
}
