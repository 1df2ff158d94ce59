/* SPDX-License-Identifier: MIT */
/**
 * The operations that `./do bench runtime` measures. Each is the body of a task, alone in a loop of
 * its own, that puts what it found into its argument: a double, the cost of one operation, or two,
 * the 50th and the 99th percentile. 0, or a negative errno.
 *
 * What computes is told in CPU time of its thread, so that a neighbour on the same core is not in
 * it; what waits for others (threads, processes, the clock) in time on the wall.
 */
#ifndef BENCH_RUNTIME_H
#define BENCH_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/* Tasks: bench_runtime_tasks.c. CPU ns per operation, or bytes per task, or a number. */
int bench_yield(void *ret_ns);
int bench_spawn_await(void *ret_ns);
int bench_spawn_cold(void *ret_ns);
int bench_page_touch(void *ret_ns);
int bench_first_completed(void *ret_ns);
int bench_idle_memory(void *ret_bytes);
int bench_idle_page_tables(void *ret_bytes);
int bench_idle_mappings(void *ret_count);

/* Hand-over between tasks: bench_runtime_sync.c. CPU ns. */
int bench_queue(void *ret_ns);
int bench_condition(void *ret_ns);
int bench_semaphore(void *ret_ns);
int bench_select(void *ret_ns);

/* Time: bench_runtime_time.c. CPU ns; of sleep, us late (two figures). */
int bench_timer_fired(void *ret_ns);
int bench_timer_stopped(void *ret_ns);
int bench_sleep(void *ret_us);

/* Other threads and processes: bench_runtime_others.c. us there and back (two figures). */
int bench_submit(void *ret_us);
int bench_offload(void *ret_us);
int bench_worker(void *ret_us);
/** First thing in main(): the process may be the worker of bench_worker(). */
void bench_worker_init(int argc, char **argv);

/** Sort the samples, and put their 50th and 99th percentile into ret[0] and ret[1]. */
void bench_percentiles(double *samples, size_t count, double *ret);

#endif
