/* SPDX-License-Identifier: MIT */
/* There and back: from a thread to a loop, from a loop to a thread, from a loop to a process. */
#include "bench_runtime.h"

#include <ouro/offload.h>

enum { SUBMITS = 5000, JOBS = 10000, CALLS = 10000, WARM_UP = 100 };

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* --- a thread asks a loop ----------------------------------------------------------------------
 */

struct submitter {
    struct ouro_loop *loop;
    double us[SUBMITS];
};

static int submit_and_wait(struct ouro_loop *loop)
{
    struct ouro_future *future;
    int rc = ouro_submit(loop, nothing, NULL, NULL, &future);
    if (rc < 0)
        return rc;
    ouro_future_wait(future, OURO_FOREVER, NULL);
    ouro_future_unref(future);
    return 0;
}

static int submit_often(void *arg)
{
    struct submitter *self = arg;
    int rc = 0;
    for (int i = 0; i < SUBMITS && rc == 0; i++) {
        int64_t start = ouro_now();
        rc = submit_and_wait(self->loop);
        self->us[i] = (double)(ouro_now() - start) / 1000;
    }
    return rc;
}

/* A task is spawned by another thread, which waits for its end; the loop sleeps in between. */
int bench_submit(void *ret_us)
{
    static struct submitter submitter;
    submitter.loop = ouro_loop_ref(ouro_loop_self());
    int rc = ouro_offload(NULL, submit_often, &submitter, OURO_FOREVER);
    ouro_loop_unref(submitter.loop);
    bench_percentiles(submitter.us, SUBMITS, ret_us);
    return rc;
}

/* --- a task asks a thread ----------------------------------------------------------------------
 */

/* The first jobs start the thread, and do not count. */
int bench_offload(void *ret_us)
{
    static double us[JOBS];
    int rc = 0;
    for (int i = -WARM_UP; i < JOBS && rc == 0; i++) {
        int64_t start = ouro_now();
        rc = ouro_offload(NULL, nothing, NULL, OURO_FOREVER);
        if (i >= 0)
            us[i] = (double)(ouro_now() - start) / 1000;
    }
    bench_percentiles(us, JOBS, ret_us);
    return rc;
}

/* --- a task asks a process ---------------------------------------------------------------------
 */

static int echo(const void *in, size_t len, struct ouro_buf *out)
{
    ouro_buf_append(out, in, len);
    return 0;
}

void bench_worker_init(int argc, char **argv)
{
    static const struct ouro_worker_job jobs[] = {{"echo", .call = echo}, {NULL}};
    ouro_workers_init(argc, argv, jobs);
}

/* 64 bytes to a worker and back; the first calls wait for its start, and do not count. */
int bench_worker(void *ret_us)
{
    static double us[CALLS];
    struct ouro_workers *workers;
    struct ouro_buf answer = {0};
    const char in[64] = {0};
    int rc = ouro_workers_new(&(struct ouro_workers_options){.processes = 1}, &workers);
    if (rc < 0)
        return rc;
    for (int i = -WARM_UP; i < CALLS && rc >= 0; i++) {
        int64_t start = ouro_now();
        rc = ouro_workers_call(workers, "echo", in, sizeof in, OURO_FOREVER, &answer);
        if (i >= 0)
            us[i] = (double)(ouro_now() - start) / 1000;
    }
    bench_percentiles(us, CALLS, ret_us);
    ouro_buf_done(&answer);
    ouro_workers_free(workers);
    return rc;
}
