/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define SPEED_ROUNDS 25
#define SPEED_STEPS  10000000

static int64_t as_ns(struct timespec t)
{
    return t.tv_sec * BENCH_SEC + t.tv_nsec;
}

int64_t bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return as_ns(t);
}

int bench_cpu_ns(pid_t pid, int64_t *ret_ns)
{
    clockid_t clock;
    struct timespec t;
    int failed = clock_getcpuclockid(pid, &clock);
    if (failed)
        return -failed;
    if (clock_gettime(clock, &t) < 0)
        return -errno;
    *ret_ns = as_ns(t);
    return 0;
}

int64_t bench_thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return as_ns(t);
}

/* --- memory ---------------------------------------------------------------------------------- */

struct field {
    const char *name; /* as at the start of the line, colon included */
    int64_t *add_to;  /* the kernel writes kB; bytes are added here */
};

/* Lines of the form "Name:   123 kB", as in smaps_rollup and meminfo. */
static int sum_fields(const char *path, const struct field *fields, size_t count)
{
    char line[256];
    FILE *in = fopen(path, "re");
    if (!in)
        return -errno;
    while (fgets(line, sizeof line, in)) {
        for (size_t i = 0; i < count; i++) {
            size_t len = strlen(fields[i].name);
            if (strncmp(line, fields[i].name, len) == 0)
                *fields[i].add_to += strtoll(line + len, NULL, 10) * 1024;
        }
    }
    fclose(in);
    return 0;
}

int bench_memory(pid_t pid, struct bench_memory *ret)
{
    char path[64];
    struct bench_memory sum = {0};
    const struct field fields[] = {{"Rss:", &sum.rss},
                                   {"Pss:", &sum.pss},
                                   {"Private_Clean:", &sum.unshared},
                                   {"Private_Dirty:", &sum.unshared}};
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    int r = sum_fields(path, fields, sizeof fields / sizeof *fields);
    if (r == 0)
        *ret = sum;
    return r;
}

/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 173": mem is in pages. */
static int tcp_queue_bytes(int64_t *ret)
{
    char line[256];
    long pages = 0;
    FILE *in = fopen("/proc/net/sockstat", "re");
    if (!in)
        return -errno;
    while (fgets(line, sizeof line, in)) {
        const char *mem = strncmp(line, "TCP:", 4) == 0 ? strstr(line, "mem ") : NULL;
        if (mem)
            pages = strtol(mem + 4, NULL, 10);
    }
    fclose(in);
    *ret = pages * sysconf(_SC_PAGESIZE);
    return 0;
}

int bench_kernel_memory(struct bench_kernel_memory *ret)
{
    struct bench_kernel_memory sum = {0};
    const struct field fields[] = {{"Slab:", &sum.slab}};
    int r = sum_fields("/proc/meminfo", fields, 1);
    if (r == 0)
        r = tcp_queue_bytes(&sum.tcp_queues);
    if (r == 0)
        *ret = sum;
    return r;
}

int bench_read(pid_t server, struct bench_reading *ret)
{
    struct bench_reading reading = {.now = bench_now()};
    int r = bench_cpu_ns(server, &reading.server_cpu);
    if (r == 0)
        r = bench_cpu_ns(getpid(), &reading.load_cpu);
    if (r == 0)
        r = bench_memory(server, &reading.memory);
    if (r == 0)
        r = bench_kernel_memory(&reading.kernel);
    if (r == 0)
        *ret = reading;
    return r;
}

/* --- statistics ------------------------------------------------------------------------------ */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void bench_sort(double *values, size_t count)
{
    if (count > 0)
        qsort(values, count, sizeof *values, by_value);
}

double bench_percentile(const double *sorted, size_t count, double percent)
{
    if (count == 0)
        return 0;
    double rank = ceil(percent / 100 * (double)count);
    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

double bench_median(const double *values, size_t count)
{
    double sorted[BENCH_MEDIAN_MAX];
    if (count == 0)
        return 0;
    if (count > BENCH_MEDIAN_MAX)
        count = BENCH_MEDIAN_MAX;
    memcpy(sorted, values, count * sizeof *sorted);
    bench_sort(sorted, count);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* --- machine --------------------------------------------------------------------------------- */

void bench_cores(int *ret_first, int *ret_last)
{
    cpu_set_t allowed;
    *ret_first = *ret_last = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return;
    for (int core = CPU_SETSIZE - 1; core >= 0; core--)
        if (CPU_ISSET(core, &allowed))
            *ret_first = core;
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &allowed))
            *ret_last = core;
}

int bench_pin(int core)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return sched_setaffinity(0, sizeof one, &one) < 0 ? -errno : 0;
}

/* Four chains of sums and products, none of which waits for memory. */
static double time_steps(void)
{
    uint64_t a = 1, b = 2, c = 3, d = 4;
    int64_t begin = bench_now();
    for (int i = 0; i < SPEED_STEPS; i++) {
        a = a * 3 + 1;
        b = b * 5 + a;
        c ^= b + (uint64_t)i;
        d += c >> 3;
    }
    __asm__ volatile("" : : "r"(d)); /* it is wanted */
    return (double)(bench_now() - begin) / SPEED_STEPS;
}

int bench_core_speed(int core, double *ret_ns)
{
    double times[SPEED_ROUNDS];
    int r = bench_pin(core);
    if (r < 0)
        return r;
    for (size_t i = 0; i < SPEED_ROUNDS; i++)
        times[i] = time_steps();
    *ret_ns = bench_median(times, SPEED_ROUNDS);
    return 0;
}

static void describe_cpu(FILE *out)
{
    char line[256];
    FILE *in = fopen("/proc/cpuinfo", "re");
    while (in && fgets(line, sizeof line, in)) {
        const char *value = strncmp(line, "model name", 10) == 0 ? strchr(line, ':') : NULL;
        if (value) {
            fprintf(out, "- CPU:%s", value + 1);
            break;
        }
    }
    if (in)
        fclose(in);
}

void bench_describe_machine(FILE *out)
{
    struct utsname kernel;
    char date[64];
    time_t now = time(NULL);
    struct tm calendar;
    uname(&kernel);
    strftime(date, sizeof date, "%a %b %e %H:%M:%S %Z %Y", localtime_r(&now, &calendar));
    describe_cpu(out);
    fprintf(out, "- Cores: %ld\n- Kernel: %s %s %s\n- Date: %s\n", sysconf(_SC_NPROCESSORS_ONLN),
            kernel.sysname, kernel.release, kernel.machine, date);
}
