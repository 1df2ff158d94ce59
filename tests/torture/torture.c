/* SPDX-License-Identifier: MIT */
/* Runs the scenarios, once as they are and then with each of their calls failing.
 *
 *     torture [PREFIX]                       those whose names begin so ("net", "net.pair"); or all
 *     TORTURE_RUNS=N torture ...             at most about N runs of each; 0: all (default)
 *     TORTURE=net.pair:17:1 torture          the one run in which call 17 fails with its error 1,
 *     TORTURE=net.pair:17:on torture         ... or it and all that follow; with its log
 *
 * A run that goes wrong is named in that form. Not all runs are equal: a sample has the first call
 * of each place in the source with one of its errors, in turn, and the rest is dealt out evenly. */
#include "torture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A run takes some milliseconds; on a machine that does other things as well, seconds, and where
 * twenty others want to run it was seen to take 25. */
#define RUN_MS_MAX     120000
#define PRINT_RUNS_MAX 10 /* of a scenario that went wrong */

static struct scenario *scenarios, **scenarios_end = &scenarios;
static char scratch[64];

void scenario_register(struct scenario *scenario)
{
    *scenarios_end = scenario;
    scenarios_end = &scenario->next;
}

/* --- for scenarios ------------------------------------------------------------------------------
 */

_Noreturn void scenario_failed(const char *place, const char *what)
{
    fail_end();
    fprintf(stderr, "%s: not so: %s (%s)\n", place, what, fail_what());
    _exit(EXIT_FAILURE);
}

bool went_at(int rc, const int *documented, const char *place, const char *call)
{
    if (rc >= 0)
        return true;
    bool known = false;
    for (; *documented; documented++)
        known |= *documented == rc || (*documented == AS_THE_SYSTEM_SAYS && fail_was(rc));
    if (!known || !fail_hit()) {
        fprintf(stderr, "%s: %s: %s\n", place, call, ouro_error_name(rc));
        scenario_failed(place, fail_hit() ? "the error is documented" : "it works");
    }
    return false;
}

void in_loop_at(ouro_task_fn *fn, void *arg, const char *fn_name, const char *place)
{
    went_at(ouro_run_at(fn, arg, fn_name, place),
            (const int[]){-ENOMEM, -EMFILE, AS_THE_SYSTEM_SAYS, 0}, place, fn_name);
}

void in_sim_at(ouro_task_fn *fn, const char *fn_name, const char *place)
{
    went_at(ouro_sim_run_at(1, NULL, fn, NULL, fn_name, place), (const int[]){-ENOMEM, 0}, place,
            fn_name);
}

const char *scratch_path(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return path;
}

struct ouro_task *started_at(ouro_task_fn *fn, void *arg, const char *name)
{
    struct ouro_task *task = NULL;
    went_at(ouro_spawn_at(fn, arg, NULL, &task, name, OURO_HERE), (const int[]){-ENOMEM, 0},
            OURO_HERE, name);
    return task;
}

int status_of(struct ouro_task *task)
{
    int status = -ENOMEM;
    if (task)
        expect(ouro_await(task, SOON, &status) == 0);
    ouro_task_unref(task);
    return status;
}

pthread_t thread_of(void *(*fn)(void *arg), void *arg)
{
    pthread_t thread;
    fail_pause();
    expect(pthread_create(&thread, NULL, fn, arg) == 0);
    fail_resume();
    return thread;
}

/* --- one run, in a process of its own -----------------------------------------------------------
 */

static int count_open_fds(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *at)
{
    (void)status, (void)flag;
    return at->level == 0 ? 0 : remove(name);
}

static void empty_scratch(void)
{
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void play(const struct scenario *scenario, const struct fail_plan *plan,
                 struct fail_trace *trace)
{
    empty_scratch();
    int fds_before = count_open_fds();
    fail_begin(plan, trace);
    scenario->body();
    fail_end();
    expect(ouro_loop_self() == NULL);
    expect(count_open_fds() == fds_before);
}

/* What worked before must work again: once the trouble is over, and the process still lives. */
static void play_both(const struct scenario *scenario, const struct fail_plan *plan,
                      struct fail_trace *trace)
{
    static const struct fail_plan none;
    play(scenario, plan, trace);
    play(scenario, &none, NULL);
}

/* The exit status; leaks are found at the exit. Minus a signal; -ETIMEDOUT: it hung. */
static int await_child(pid_t pid)
{
    siginfo_t info = {0};
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    bool hung = poll(&end, 1, RUN_MS_MAX) == 0;
    if (hung)
        kill(pid, SIGKILL);
    waitid(P_PID, (id_t)pid, &info, WEXITED);
    close(end.fd);
    if (hung)
        return -ETIMEDOUT;
    return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

/* `out` gets what it says; -1: says it where we do. */
static int run_child(const struct scenario *scenario, const struct fail_plan *plan,
                     struct fail_trace *trace, int out)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (out >= 0) {
            dup2(out, STDOUT_FILENO);
            dup2(out, STDERR_FILENO);
        }
        play_both(scenario, plan, trace);
        exit(EXIT_SUCCESS);
    }
    return await_child(pid);
}

static void copy_out(int from)
{
    char text[65536];
    ssize_t len = pread(from, text, sizeof text, 0);
    if (len > 0)
        fwrite(text, 1, (size_t)len, stderr);
}

static void name_run(const struct scenario *scenario, const struct fail_plan *plan,
                     const struct fail_trace *trace)
{
    if (plan->number == 0) {
        fprintf(stderr, "%s, with nothing failing", scenario->name);
        return;
    }
    uint32_t call = trace->steps[plan->number - 1].call;
    fprintf(stderr, "TORTURE=%s:%u:", scenario->name, plan->number);
    if (plan->lasting)
        fprintf(stderr, "on (%s and all that follow)", fail_name(call));
    else
        fprintf(stderr, "%u (%s: %s)", plan->way, fail_name(call), fail_way_name(call, plan->way));
}

static bool run_is_fine(const struct scenario *scenario, const struct fail_plan *plan,
                        struct fail_trace *trace)
{
    int out = memfd_create("torture", MFD_CLOEXEC);
    int status = run_child(scenario, plan, plan->number ? NULL : trace, out);
    if (status != 0) {
        fprintf(stderr, "\n--- ");
        name_run(scenario, plan, trace);
        fprintf(stderr, status == -ETIMEDOUT ? ": it hangs\n" : ": it ended with %d\n", status);
        copy_out(out);
    }
    close(out);
    return status == 0;
}

/* --- all runs of a scenario ---------------------------------------------------------------------
 */

struct tally {
    uint32_t possible, places, done, failed;
};

static bool seen_before(const struct fail_trace *trace, uint32_t at)
{
    const struct fail_step *step = &trace->steps[at];
    for (uint32_t i = 0; i < at; i++)
        if (trace->steps[i].caller == step->caller && trace->steps[i].call == step->call)
            return true;
    return false;
}

/* Its errors, each once; and the first of them for good. */
static uint32_t runs_of(uint32_t call)
{
    return fail_ways(call) + fail_lasts(call);
}

static struct fail_plan plan_of(uint32_t at, uint32_t call, uint32_t run)
{
    bool lasting = run == fail_ways(call);
    return (struct fail_plan){.number = at + 1, .way = lasting ? 0 : run, .lasting = lasting};
}

static void count_runs(const struct fail_trace *trace, struct tally *tally)
{
    for (uint32_t i = 0; i < trace->count; i++) {
        tally->possible += runs_of(trace->steps[i].call);
        tally->places += !seen_before(trace, i);
    }
}

/* Is number `at` of the others, of which `wanted` of `possible` are to be taken, among them?
 * They lie evenly. */
static bool is_sampled(uint64_t at, uint64_t wanted, uint64_t possible)
{
    return (at + 1) * wanted / possible > at * wanted / possible;
}

static void run_all(const struct scenario *scenario, struct fail_trace *trace, uint32_t runs_max,
                    struct tally *tally)
{
    uint32_t others = tally->possible - tally->places, at = 0, place = 0;
    uint32_t room = runs_max > tally->places ? runs_max - tally->places : 0;
    uint32_t wanted = runs_max == 0 || room > others ? others : room;
    for (uint32_t i = 0; i < trace->count; i++) {
        uint32_t call = trace->steps[i].call;
        bool again = seen_before(trace, i);
        uint32_t chosen = again ? UINT32_MAX : place++ % runs_of(call);
        for (uint32_t run = 0; run < runs_of(call); run++) {
            if (run != chosen && !is_sampled(at++, wanted, others))
                continue;
            struct fail_plan plan = plan_of(i, call, run);
            tally->done++;
            tally->failed += !run_is_fine(scenario, &plan, trace);
            if (tally->failed == PRINT_RUNS_MAX)
                return;
        }
    }
}

static bool torture(const struct scenario *scenario, struct fail_trace *trace, uint32_t runs_max)
{
    static const struct fail_plan none;
    struct tally tally = {0};
    *trace = (struct fail_trace){0};
    if (!run_is_fine(scenario, &none, trace))
        return false;
    if (trace->count > FAIL_TRACE_MAX) {
        fprintf(stderr, "%s makes more calls than the trace holds\n", scenario->name);
        return false;
    }
    count_runs(trace, &tally);
    run_all(scenario, trace, runs_max, &tally);
    printf("%-20s %5u calls, %5u of %5u runs, %u failed\n", scenario->name, trace->count,
           tally.done, tally.possible, tally.failed);
    fflush(stdout);
    return tally.failed == 0;
}

/* --- the program --------------------------------------------------------------------------------
 */

static struct fail_trace *shared_trace(void)
{
    void *memory = mmap(NULL, sizeof(struct fail_trace), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

/* The one run that TORTURE names. */
static int run_named(const char *text)
{
    char name[64], way[16];
    struct fail_plan plan = {0};
    if (sscanf(text, "%63[^:]:%u:%15s", name, &plan.number, way) != 3) {
        fprintf(stderr, "TORTURE is not SCENARIO:CALL:WAY\n");
        return EXIT_FAILURE;
    }
    plan.lasting = strcmp(way, "on") == 0;
    plan.way = plan.lasting ? 0 : (uint32_t)strtoul(way, NULL, 10);
    for (struct scenario *scenario = scenarios; scenario; scenario = scenario->next)
        if (strcmp(scenario->name, name) == 0)
            return run_child(scenario, &plan, NULL, -1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    fprintf(stderr, "there is no scenario %s\n", name);
    return EXIT_FAILURE;
}

static int run_matching(const char *prefix)
{
    const char *runs = getenv("TORTURE_RUNS");
    uint32_t runs_max = runs ? (uint32_t)strtoul(runs, NULL, 10) : 0;
    int count = 0, bad = 0;
    struct fail_trace *trace = shared_trace();
    for (struct scenario *scenario = scenarios; scenario; scenario = scenario->next) {
        if (strncmp(scenario->name, prefix, strlen(prefix)) != 0)
            continue;
        count++;
        bad += !torture(scenario, trace, runs_max);
    }
    printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n", count ? (count - bad) * 100 / count : 0,
           count, bad);
    return bad || !count ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    ouro_workers_init(argc, argv, torture_jobs);
    torture_be_server();
    fail_hook_libraries();
    strcpy(scratch, "/tmp/ouro-torture-XXXXXX");
    if (!mkdtemp(scratch))
        return EXIT_FAILURE;
    const char *one = getenv("TORTURE");
    int status = one ? run_named(one) : run_matching(argc > 1 ? argv[1] : "");
    empty_scratch();
    rmdir(scratch);
    return status;
}
