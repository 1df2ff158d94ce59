/* SPDX-License-Identifier: MIT */
/* Stacks: guarded, many at once with few mappings, given back after a peak. */
#include "scene.h"

#include "runtime/sanitizer.h"
#include "runtime/stack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(OURO_ASAN) || defined(OURO_TSAN)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_int_eq(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int count_mappings(void)
{
    int lines = 0, c;
    FILE *file = fopen("/proc/self/maps", "r");
    while ((c = fgetc(file)) != EOF)
        lines += c == '\n';
    fclose(file);
    return lines;
}

/* Touch that much of the stack, from the top down, frame by frame. Returns something of it all. */
__attribute__((noinline)) static int use_stack(size_t bytes)
{
    volatile char frame[1024];
    frame[0] = (char)bytes;
    frame[sizeof frame - 1] = 1;
    int deeper = bytes > sizeof frame ? use_stack(bytes - sizeof frame) : 0;
    return deeper + frame[sizeof frame - 1];
}

static int use_bytes(void *arg)
{
    size_t bytes = *(const size_t *)arg;
    int frames = use_stack(bytes);
    return frames >= (int)(bytes / 1024) ? 0 : -EBADE;
}

/* --- how deep ----------------------------------------------------------------------------- */

SIM_TEST(most_of_a_stack_can_be_used)
{
    /* Sanitizers make frames several times as large. */
    size_t bytes = OURO_STACK_BYTES / (SANITIZED ? 6 : 2);
    ck_assert_int_eq(status_of(started(use_bytes, &bytes)), 0);
    return 0;
}

SIM_TEST(a_task_may_ask_for_more_and_the_mapping_goes_with_it)
{
    size_t bytes = (size_t)3 << 20;
    struct ouro_spawn_options options = {.stack_bytes = SANITIZED ? 32u << 20 : 4u << 20};
    struct ouro_task *task;
    ouro_yield();
    int before = count_mappings();
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(ouro_spawn(use_bytes, &bytes, &options, &task), 0);
        ck_assert_int_eq(status_of(task), 0);
        ouro_sleep(OURO_MS(1));
    }
    if (!SANITIZED) /* they map for themselves */
        ck_assert_int_le(count_mappings(), before + 2);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).stacks_kept, 0);
    return 0;
}

/* --- the guard ---------------------------------------------------------------------------- */

static int overflow(void *arg)
{
    size_t bytes = SIZE_MAX;
    (void)arg;
    return use_stack(bytes);
}

/* One frame that is larger than the guard must touch it on its way. */
__attribute__((noinline)) static int one_large_frame(size_t bytes)
{
    volatile char *frame = __builtin_alloca(bytes);
    frame[0] = 1;
    return frame[0];
}

static int jump_over(void *arg)
{
    (void)arg;
    return one_large_frame(OURO_STACK_BYTES + 64 * 1024);
}

static int run_beside_others(void *fn_of_task)
{
    ouro_task_fn *fn;
    memcpy(&fn, fn_of_task, sizeof fn);
    for (int i = 0; i < 10; i++)
        started(sleep_forever, NULL);
    ouro_yield(); /* the stacks on both sides are in use: an overflow would find writable memory */
    return status_of(started(fn, NULL));
}

static void dies_of_overflow(ouro_task_fn *fn)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGSEGV, SANITIZED ? SIG_IGN : SIG_DFL); /* not Check's */
        ouro_sim_run(1, NULL, run_beside_others, &fn);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "wait status %x", status);
}

TEST(an_overflow_dies_at_the_guard)
{
    if (SANITIZED)
        return; /* they catch the signal, and report on the stack that is full */
    dies_of_overflow(overflow);
    dies_of_overflow(jump_over);
}

/* A kernel before 6.13 does not know MADV_GUARD_INSTALL (EINVAL), nor process_madvise() on oneself;
 * emulators may say yes to the first and do nothing (0). */
static void answer_guard_advice_with(int error)
{
    enum { NR = 0, ADVICE = 16 + 2 * 8 }; /* offsets in struct seccomp_data, little endian */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_madvise, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ADVICE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 102, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(an_overflow_dies_at_the_guard_of_an_older_kernel_too)
{
    if (SANITIZED)
        return;
    answer_guard_advice_with(EINVAL);
    dies_of_overflow(overflow);
    dies_of_overflow(jump_over);
}

TEST(a_guard_that_is_promised_and_not_there_is_noticed)
{
    if (SANITIZED)
        return;
    answer_guard_advice_with(0);
    dies_of_overflow(overflow);
    dies_of_overflow(jump_over);
}

enum { MANY_ON_OLD = 40000 }; /* each guard by mprotect() costs two mappings: not all fit */

static int spawn_until_full(void *arg)
{
    (void)arg;
    int rc = 0, count = 0;
    while (count < MANY_ON_OLD && (rc = ouro_spawn(sleep_forever, NULL, NULL, NULL)) == 0)
        count++;
    ck_assert_int_eq(rc, -ENOMEM);
    ck_assert_int_gt(count, 25000);
    return 0;
}

static void swallow(enum ouro_log_level level, const char *line, void *ud)
{
    (void)level, (void)line, (void)ud;
}

TEST(on_an_older_kernel_the_end_of_mappings_is_an_error_and_no_more)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    int map_count_max = 0;
    ck_assert_int_eq(fscanf(file, "%d", &map_count_max), 1);
    fclose(file);
    if (SANITIZED || map_count_max > 65530)
        return; /* there is room for all */
    answer_guard_advice_with(EINVAL);
    ouro_log_to(swallow, NULL);
    ck_assert_int_eq(ouro_sim_run(1, NULL, spawn_until_full, NULL), 0);
    ouro_log_to(NULL, NULL);
}

/* --- many --------------------------------------------------------------------------------- */

#ifdef OURO_TSAN
enum { MANY = 2000 }; /* TSan knows some 8,000 stacks */
#elif defined(OURO_ASAN)
enum { MANY = 5000 }; /* 32 KiB of shadow for each */
#else
enum { MANY = 100000 };
#endif

static bool has_guard_advice(void)
{
    struct ouro__stacks pool;
    struct ouro__stack *stacks[64];
    int before = count_mappings();
    ouro__stacks_init(&pool);
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(ouro__stack_get(&pool, 0, &stacks[i]), 0);
    int mappings = count_mappings() - before;
    for (int i = 0; i < 64; i++)
        ouro__stack_put(&pool, stacks[i]);
    ouro__stacks_done(&pool);
    return mappings < 64;
}

static int alive;

static int live_on(void *arg)
{
    (void)arg;
    alive++;
    int rc = ouro_sleep_until(OURO_FOREVER);
    alive--;
    return rc;
}

SIM_TEST(a_hundred_thousand_tasks_live_at_once)
{
    if (!has_guard_advice())
        return 0; /* then it is two mappings each, and the system's limit counts */
    for (int i = 0; i < MANY; i++)
        ck_assert(ouro_spawn(live_on, NULL, NULL, NULL) == 0);
    ouro_sleep(OURO_SEC(1));
    ck_assert_int_eq(alive, MANY);
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).tasks, MANY + 1);
    ck_assert_int_lt(count_mappings(), 5000);
    return 0;
}

/* --- again and again ---------------------------------------------------------------------- */

SIM_TEST(one_stack_carries_many_tasks_one_after_another)
{
    size_t bytes = 4096;
    for (int i = 0; i < 100000; i++) {
        struct ouro_task *task;
        int status = 1;
        if (ouro_spawn(use_bytes, &bytes, NULL, &task) < 0 ||
            ouro_await(task, OURO_FOREVER, &status) < 0 || status != 0)
            ck_abort_msg("task %d", i);
        ouro_task_unref(task);
    }
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).stacks_kept, 1);
    return 0;
}

enum { PEAK = 3000 };

static int use_and_sleep(void *arg)
{
    int rc = use_bytes(arg);
    return rc < 0 ? rc : ouro_sleep(OURO_MS(1));
}

SIM_TEST(after_a_peak_the_memory_goes_back)
{
    size_t bytes = (size_t)32 * 1024;
    long before = resident_bytes();
    for (int i = 0; i < PEAK; i++)
        ck_assert(ouro_spawn(use_and_sleep, &bytes, NULL, NULL) == 0);
    ouro_sleep(OURO_US(900)); /* all have used their stacks, none has ended */
    long peak = resident_bytes() - before;
    ouro_sleep(OURO_SEC(1));
    long after = resident_bytes() - before;
    ck_assert_uint_eq(ouro_loop_stats(ouro_loop_self()).stacks_kept, OURO__STACKS_WARM_MAX);
    if (!SANITIZED) { /* whose shadow stays */
        ck_assert_int_gt(peak, (long)(PEAK * bytes));
        ck_assert_int_lt(after, peak / 2);
    }
    return 0;
}

TEST(stacks_are_given_out_again_last_in_first_out)
{
    struct ouro__stacks pool;
    struct ouro__stack *a, *b, *again;
    ouro__stacks_init(&pool);
    ck_assert_int_eq(ouro__stack_get(&pool, 0, &a), 0);
    ck_assert_int_eq(ouro__stack_get(&pool, OURO_STACK_BYTES, &b), 0);
    ck_assert_ptr_ne(a, b);
    ouro__stack_put(&pool, a);
    ouro__stack_put(&pool, b);
    ck_assert_int_eq(ouro__stack_get(&pool, 1, &again), 0);
    ck_assert_ptr_eq(again, b);
    ouro__stack_put(&pool, again);
    ck_assert_uint_eq(pool.warm_count, 2);
    ck_assert(!ouro__stacks_want_trim(&pool));
    ouro__stacks_done(&pool);
}
