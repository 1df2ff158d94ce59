/* SPDX-License-Identifier: MIT */
/* What tasks cost: to switch, to start and end, and to have. */
#include "bench_runtime.h"
#include "measure.h"

#include <ouro/sync.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* --- switch ------------------------------------------------------------------------------------
 */

enum { YIELDS = 1000000 };

static int yield_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < YIELDS; i++)
        ouro_yield();
    return 0;
}

/* Two tasks that give way to each other: one yield is one switch to another task. */
int bench_yield(void *ret_ns)
{
    struct ouro_task *other;
    int rc = ouro_spawn(yield_often, NULL, NULL, &other);
    if (rc < 0)
        return rc;
    int64_t start = bench_thread_cpu_ns();
    yield_often(NULL);
    ouro_await(other, OURO_FOREVER, NULL);
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / (2.0 * YIELDS);
    ouro_task_unref(other);
    return 0;
}

/* --- spawn and await ----------------------------------------------------------------------------
 */

enum { SPAWNS = 1000000, PAIRS = 200000 };

int bench_spawn_await(void *ret_ns)
{
    int64_t start = bench_thread_cpu_ns();
    for (int i = 0; i < SPAWNS; i++) {
        struct ouro_task *task;
        int rc = ouro_spawn(nothing, NULL, NULL, &task);
        if (rc < 0)
            return rc;
        ouro_await(task, OURO_FOREVER, NULL);
        ouro_task_unref(task);
    }
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / SPAWNS;
    return 0;
}

/* Two new tasks, until the first has ended, and then the other. */
static int first_of_two(void)
{
    struct ouro_task *tasks[2];
    int rc = ouro_spawn(nothing, NULL, NULL, &tasks[0]);
    if (rc < 0)
        return rc;
    rc = ouro_spawn(nothing, NULL, NULL, &tasks[1]);
    if (rc == 0) {
        rc = ouro_wait(tasks, 2, OURO_FIRST_COMPLETED, OURO_FOREVER);
        ouro_await(tasks[1], OURO_FOREVER, NULL);
        ouro_task_unref(tasks[1]);
    }
    ouro_task_unref(tasks[0]);
    return rc;
}

int bench_first_completed(void *ret_ns)
{
    int rc = 0;
    int64_t start = bench_thread_cpu_ns();
    for (int i = 0; i < PAIRS && rc >= 0; i++)
        rc = first_of_two();
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / PAIRS;
    return rc < 0 ? rc : 0;
}

/* --- new stacks ---------------------------------------------------------------------------------
 */

enum { COLD_TASKS = 50000 };

static int sleep_for_ever(void *arg)
{
    (void)arg;
    return ouro_sleep_until(OURO_FOREVER);
}

/* The first use of a stack: guard, memory, first step. The tasks end with the loop. */
int bench_spawn_cold(void *ret_ns)
{
    int64_t start = bench_thread_cpu_ns();
    for (int i = 0; i < COLD_TASKS; i++) {
        int rc = ouro_spawn(sleep_for_ever, NULL, NULL, NULL);
        if (rc < 0)
            return rc;
        ouro_yield();
    }
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / COLD_TASKS;
    return 0;
}

/* What the kernel alone takes for it: a page here and there is touched for the first time, as far
 * from the next as stacks are. No guards, no tasks. */
int bench_page_touch(void *ret_ns)
{
    const size_t apart = OURO_STACK_BYTES + 5 * (size_t)sysconf(_SC_PAGESIZE);
    const size_t bytes = apart * COLD_TASKS;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    int64_t start = bench_thread_cpu_ns();
    for (size_t at = 0; at < bytes; at += apart)
        *(volatile char *)(memory + at) = 1;
    *(double *)ret_ns = (double)(bench_thread_cpu_ns() - start) / COLD_TASKS;
    munmap(memory, bytes);
    return 0;
}

/* --- many ---------------------------------------------------------------------------------------
 */

enum { IDLE_TASKS = 100000 };

/* What /proc/self/status says behind `key`, in bytes; 0 if it says nothing. */
static double status_bytes(const char *key)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && kib == 0 && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtod(line + strlen(key), NULL);
    }
    if (file)
        fclose(file);
    return kib * 1024;
}

/* Behind all of them comes the caller's next step: each has taken its first. */
static int spawn_idle(ouro_task_fn *fn, void *arg)
{
    int rc = 0;
    for (int i = 0; i < IDLE_TASKS && rc == 0; i++)
        rc = ouro_spawn(fn, arg, NULL, NULL);
    ouro_yield();
    return rc;
}

static int growth_per_idle_task(const char *key, void *ret_bytes)
{
    double before = status_bytes(key);
    int rc = spawn_idle(sleep_for_ever, NULL);
    *(double *)ret_bytes = (status_bytes(key) - before) / IDLE_TASKS;
    return rc;
}

int bench_idle_memory(void *ret_bytes)
{
    return growth_per_idle_task("VmRSS:", ret_bytes);
}

int bench_idle_page_tables(void *ret_bytes)
{
    return growth_per_idle_task("VmPTE:", ret_bytes);
}

struct probe {
    int pipe[2];
    size_t guarded;
};

/* The kernel refuses to read a guard: 8 KiB below the stack is one, seen from near its top. */
static int probe_guard(void *arg)
{
    struct probe *probe = arg;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const void *below = (const void *)(here - OURO_STACK_BYTES - 8192);
    if (write(probe->pipe[1], below, 1) < 0 && errno == EFAULT)
        probe->guarded++;
    return ouro_sleep_until(OURO_FOREVER);
}

static int count_mappings(void)
{
    int lines = 0, c;
    FILE *file = fopen("/proc/self/maps", "re");
    while (file && (c = getc_unlocked(file)) != EOF)
        lines += c == '\n';
    if (file)
        fclose(file);
    return lines;
}

/* Of the whole process, with all tasks alive and each guard seen. -EBADE: a stack has none. */
int bench_idle_mappings(void *ret_count)
{
    static struct probe probe;
    probe.guarded = 0;
    if (pipe2(probe.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    int rc = spawn_idle(probe_guard, &probe);
    *(double *)ret_count = count_mappings();
    close(probe.pipe[0]);
    close(probe.pipe[1]);
    if (rc == 0 && probe.guarded != IDLE_TASKS)
        rc = -EBADE;
    return rc;
}
