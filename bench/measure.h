/* SPDX-License-Identifier: MIT */
/**
 * measure: what a benchmark reads from the outside of a process: time, CPU, memory, and the few
 * statistics made of them.
 *
 * Every call returns 0 or more for success and a negative errno for failure; outputs are untouched
 * on failure. Times are nanoseconds of CLOCK_MONOTONIC. Nothing here waits.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define BENCH_SEC INT64_C(1000000000)
#define BENCH_MS  INT64_C(1000000)

int64_t bench_now(void);

/**
 * User and system time of a process, all its threads: the kernel's own accounting in nanoseconds
 * (clock_getcpuclockid(3)), the same that /proc/PID/stat shows in steps of 10 ms.
 */
int bench_cpu_ns(pid_t pid, int64_t *ret_ns);

/** The same of this thread. A system call: for the two ends of a measurement. */
int64_t bench_thread_cpu_ns(void);

/** What a process holds in user space; from /proc/PID/smaps_rollup, in bytes. */
struct bench_memory {
    int64_t rss;      /* all resident pages */
    int64_t pss;      /* shared pages divided by their number of users */
    int64_t unshared; /* pages that nobody else maps: what would come free with the process */
};
int bench_memory(pid_t pid, struct bench_memory *ret);

/** What the kernel holds for everybody, both ends of a loopback connection included, in bytes. */
struct bench_kernel_memory {
    int64_t slab;       /* sockets, files, inodes, epoll items: /proc/meminfo, Slab */
    int64_t tcp_queues; /* bytes in flight or waiting to be read: /proc/net/sockstat, TCP mem */
};
int bench_kernel_memory(struct bench_kernel_memory *ret);

/** All of that at once: what is read before and after a phase. */
struct bench_reading {
    int64_t now, server_cpu, load_cpu; /* load: this process */
    struct bench_memory memory;        /* of the server */
    struct bench_kernel_memory kernel;
};
int bench_read(pid_t server, struct bench_reading *ret);

/** Sort upwards, in place. */
void bench_sort(double *values, size_t count);
/** The value below which `percent` of the sorted values lie (nearest rank); 0 for none. */
double bench_percentile(const double *sorted, size_t count, double percent);
/** The middle of at most BENCH_MEDIAN_MAX values, which stay in their order; 0 for none. */
#define BENCH_MEDIAN_MAX 64
double bench_median(const double *values, size_t count);

/** The first and the last core this process may use: one for the server, one for the load. */
void bench_cores(int *ret_first, int *ret_last);
/** Bind the calling thread, and the children it will have, to one core. */
int bench_pin(int core);

/**
 * How fast a core is at this moment: ns for a step of a loop that needs nothing but the core, the
 * median of a quarter of a second. In a virtual machine others may be at work on the same core's
 * other thread, which no other figure tells. Leaves the calling thread bound to that core.
 */
int bench_core_speed(int core, double *ret_ns);

/** CPU, cores, kernel and date as Markdown lines: a figure without its machine says nothing. */
void bench_describe_machine(FILE *out);

#endif
