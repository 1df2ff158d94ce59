/* SPDX-License-Identifier: MIT */
/**
 * process: a server under test as a child process, bound to one core. It dies with the benchmark,
 * however the benchmark ends. What it prints goes to a file, so that it can never block on it.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct bench_process {
    pid_t pid;
    uint16_t port;
};

/**
 * Start argv[0] on a core and wait until its output, written to the file `log`, holds
 * "http://127.0.0.1:PORT". Blocks until then or until the deadline (CLOCK_MONOTONIC, ns).
 * -ECHILD: it ended before; -ETIMEDOUT: no address in time; -EINTR: a signal came. After a failure
 * no process is left, and what it had printed stays in the log.
 */
int bench_process_start(char *const argv[], int core, const char *log, int64_t deadline_ns,
                        struct bench_process *ret);

/** Ask it to end, insist after BENCH_STOP_MS_MAX, and reap it. Blocks that long at most. */
#define BENCH_STOP_MS_MAX 5000
void bench_process_stop(struct bench_process *process);

#endif
