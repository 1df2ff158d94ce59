/* SPDX-License-Identifier: MIT */
#include "ouro/offload.h"
#include "test.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (4 * 1024 * 1024)

static const struct ouro_process_options piped = {
    .in = OURO_STDIO_PIPE, .out = OURO_STDIO_PIPE, .err = OURO_STDIO_PIPE};

/* --- help ------------------------------------------------------------------------------------- */

static struct ouro_process *start(const struct ouro_process_options *options, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct ouro_process *process;
    ck_assert_int_eq(ouro_process_start(argv, options, &process), 0);
    return process;
}

static struct ouro_buf read_all(struct ouro_process *process, int number)
{
    struct ouro_buf output = {0};
    int rc;
    do {
        char *room = ouro_buf_reserve(&output, 65536);
        rc = ouro_read(ouro_process_stream(process, number), room, 65536, OURO_FOREVER);
        ck_assert_int_ge(rc, 0);
        output.len += (size_t)rc;
    } while (rc > 0);
    ouro_buf_putc(&output, '\0');
    output.len--;
    return output;
}

static int status_of(struct ouro_process *process)
{
    int status = 12345;
    ck_assert_int_eq(ouro_process_wait(process, OURO_FOREVER, &status), 0);
    return status;
}

/* Run it, and compare what it prints. */
static void expect(const struct ouro_process_options *options, const char *script,
                   const char *output)
{
    struct ouro_process *process = start(options, script);
    struct ouro_buf got = read_all(process, 1);
    ck_assert_str_eq(got.data, output);
    ck_assert_int_eq(status_of(process), 0);
    ouro_buf_done(&got);
    ouro_process_free(process);
}

/* --- life and death --------------------------------------------------------------------------- */

static int codes_and_signals(void *arg)
{
    (void)arg;
    struct ouro_process *process = start(NULL, "exit 7");
    ck_assert_ptr_null(ouro_process_stream(process, 1));
    ck_assert_int_eq(status_of(process), 7);
    ck_assert_int_eq(status_of(process), 7); /* as often as one likes */
    ck_assert_int_eq(ouro_process_signal(process, SIGTERM), -ESRCH);
    ouro_process_free(process);

    process = start(NULL, "kill -9 $$");
    ck_assert_int_eq(status_of(process), -SIGKILL);
    ouro_process_free(process);

    process = start(NULL, "exec sleep 60");
    ck_assert_int_eq(ouro_process_wait(process, ouro_after(OURO_MS(5)), NULL), -ETIMEDOUT);
    ck_assert_int_eq(ouro_process_signal(process, SIGUSR1), 0);
    ck_assert_int_eq(status_of(process), -SIGUSR1);
    ouro_process_free(process);
    ck_assert_ptr_null(ouro_process_free(NULL));
    return 0;
}

TEST(the_status_tells_how_it_ended)
{
    ck_assert_int_eq(ouro_run(codes_and_signals, NULL), 0);
}

static int start_what_is_not(void *arg)
{
    const char *missing[] = {"/nowhere/program", NULL}, *unnamed[] = {"no-such-program", NULL};
    const char *data[] = {"/etc/passwd", NULL}, *fine[] = {"true", NULL};
    struct ouro_process *process = NULL;
    (void)arg;
    ck_assert_int_eq(ouro_process_start(missing, &piped, &process), -ENOENT);
    ck_assert_int_eq(ouro_process_start(unnamed, NULL, &process), -ENOENT);
    ck_assert_int_eq(ouro_process_start(data, NULL, &process), -EACCES);
    struct ouro_process_options nowhere = {.cwd = "/nowhere"};
    ck_assert_int_eq(ouro_process_start(fine, &nowhere, &process), -ENOENT);
    ck_assert_ptr_null(process);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* and no zombie of the attempts */
    return 0;
}

TEST(a_program_that_is_not_there_is_told_by_start)
{
    ck_assert_int_eq(ouro_run(start_what_is_not, NULL), 0);
}

static int stop_gently_and_not(void *arg)
{
    int status;
    (void)arg;
    struct ouro_process *process = start(NULL, "exec sleep 60");
    ck_assert_int_eq(ouro_process_stop(process, ouro_after(OURO_SEC(20)), &status), 0);
    ck_assert_int_eq(status, -SIGTERM);
    ouro_process_free(process);

    process = start(&piped, "trap '' TERM; echo deaf; while :; do sleep 0.05; done");
    char line[8];
    ck_assert_int_eq(ouro_read(ouro_process_stream(process, 1), line, 5, OURO_FOREVER), 5);
    int64_t began = ouro_now();
    ck_assert_int_eq(ouro_process_stop(process, ouro_after(OURO_MS(100)), &status), 0);
    ck_assert_int_ge(ouro_now() - began, OURO_MS(100));
    ck_assert_int_eq(status, -SIGKILL);
    ouro_process_free(process);
    return 0;
}

TEST(who_ignores_term_is_killed_at_the_deadline)
{
    ck_assert_int_eq(ouro_run(stop_gently_and_not, NULL), 0);
}

static int stop_for_long(void *arg)
{
    int status;
    ck_assert_int_eq(ouro_process_stop(arg, OURO_FOREVER, &status), 0);
    return status;
}

static int wait_for_it(void *arg)
{
    int status = 0, rc = ouro_process_wait(arg, OURO_FOREVER, &status);
    return rc < 0 ? rc : status;
}

static int cancel_who_waits(void *arg)
{
    struct ouro_task *waiters[3], *stopper;
    int status;
    (void)arg;
    struct ouro_process *process =
        start(&piped, "trap '' TERM; echo; while :; do sleep 0.05; done");
    char line[8];
    ck_assert_int_eq(ouro_read(ouro_process_stream(process, 1), line, 1, OURO_FOREVER), 1);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro_spawn(wait_for_it, process, NULL, &waiters[i]), 0);
    ck_assert_int_eq(ouro_spawn(stop_for_long, process, NULL, &stopper), 0);
    ouro_sleep(OURO_MS(20));
    ouro_cancel(waiters[0]);
    ouro_await(waiters[0], OURO_FOREVER, &status);
    ck_assert_int_eq(status, -ECANCELED); /* which does the process no harm */
    ck_assert_int_eq(ouro_process_signal(process, 0), 0);
    ouro_cancel(stopper); /* this does */
    for (int i = 1; i < 3; i++) {
        ouro_await(waiters[i], OURO_FOREVER, &status);
        ck_assert_int_eq(status, -SIGKILL);
    }
    ouro_await(stopper, OURO_FOREVER, &status);
    ck_assert_int_eq(status, -SIGKILL);
    for (int i = 0; i < 3; i++)
        ouro_task_unref(waiters[i]);
    ouro_task_unref(stopper);
    ouro_process_free(process);
    return 0;
}

TEST(cancelled_waiting_spares_it_cancelled_stopping_kills)
{
    ck_assert_int_eq(ouro_run(cancel_who_waits, NULL), 0);
}

static int free_while_it_runs(void *arg)
{
    (void)arg;
    struct ouro_process *process = start(&piped, "exec sleep 60");
    pid_t pid = ouro_process_id(process);
    ouro_process_free(process);
    ck_assert_int_eq(kill(pid, 0), -1); /* neither alive nor a zombie */
    ck_assert_int_eq(errno, ESRCH);
    return 0;
}

TEST(freeing_leaves_nothing)
{
    ck_assert_int_eq(ouro_run(free_while_it_runs, NULL), 0);
}

/* --- what it gets ----------------------------------------------------------------------------- */

static int look_around(void *arg)
{
    const char *env[] = {"GREETING=hello", "PATH=/usr/bin:/bin", NULL};
    struct ouro_process_options options = {
        .in = OURO_STDIO_NULL, .out = OURO_STDIO_PIPE, .env = env, .cwd = "/usr"};
    (void)arg;
    expect(&options, "pwd; echo $GREETING$HOME; cat", "/usr\nhello\n");
    /* One of ours without CLOEXEC. A pipeline or an exec of the shell's would show its own. */
    int leaky = dup(STDERR_FILENO);
    expect(&options, "ls /proc/$$/fd; :", "0\n1\n2\n");
    close(leaky);
    return 0;
}

TEST(it_gets_what_is_named_and_nothing_else)
{
    ck_assert_int_eq(ouro_run(look_around, NULL), 0);
}

static int without_standard_streams(void *arg)
{
    (void)arg;
    int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    close(STDIN_FILENO); /* now pipes get the number 0 */
    struct ouro_process_options options = {.in = OURO_STDIO_PIPE, .out = OURO_STDIO_PIPE};
    struct ouro_process *process = start(&options, "exec cat");
    struct ouro_stream *in = ouro_process_stream(process, 0);
    ck_assert_int_eq(ouro_write(in, "through", 7, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_stream_shutdown(in), 0);
    struct ouro_buf got = read_all(process, 1);
    ck_assert_str_eq(got.data, "through");
    ouro_buf_done(&got);
    ouro_process_free(process);
    dup2(kept, STDIN_FILENO);
    close(kept);
    return 0;
}

TEST(descriptors_that_are_in_the_way)
{
    ck_assert_int_eq(ouro_run(without_standard_streams, NULL), 0);
}

static void nobody_calls_this(int signo)
{
    (void)signo;
    abort();
}

static int look_at_signals(void *arg)
{
    sigset_t set;
    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, nobody_calls_this);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct ouro_process_options options = {.out = OURO_STDIO_PIPE};
    expect(&options, "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'",
           "SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return 0;
}

TEST(it_begins_with_clean_signals)
{
    ck_assert_int_eq(ouro_run(look_at_signals, NULL), 0);
}

/* --- streams ---------------------------------------------------------------------------------- */

static int feed(void *arg)
{
    struct ouro_stream *in = arg;
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (size_t fed = 0; fed < OUTPUT_BYTES_MAX; fed += sizeof block)
        ck_assert_int_eq(ouro_write(in, block, sizeof block, OURO_FOREVER), 0);
    return ouro_stream_shutdown(in);
}

/* Far more than a pipe holds, both ways at once. */
static int through_cat(void *arg)
{
    (void)arg;
    struct ouro_process *process = start(&piped, "exec cat");
    ck_assert_int_eq(ouro_spawn(feed, ouro_process_stream(process, 0), NULL, NULL), 0);
    struct ouro_buf got = read_all(process, 1), errors = read_all(process, 2);
    ck_assert_uint_eq(got.len, OUTPUT_BYTES_MAX);
    ck_assert_uint_eq(strspn(got.data, "x"), OUTPUT_BYTES_MAX);
    ck_assert_uint_eq(errors.len, 0);
    ck_assert_int_eq(status_of(process), 0);
    ouro_buf_done(&got);
    ouro_buf_done(&errors);
    ouro_process_free(process);
    return 0;
}

TEST(more_than_a_pipe_holds_goes_through)
{
    ck_assert_int_eq(ouro_run(through_cat, NULL), 0);
}

/* SIGPIPE would end this test. */
static int write_to_the_dead(void *arg)
{
    char block[4096] = {0};
    (void)arg;
    signal(SIGPIPE, SIG_DFL);
    struct ouro_process *process = start(&piped, "exec <&-; echo closed; exec sleep 60");
    struct ouro_stream *in = ouro_process_stream(process, 0),
                       *out = ouro_process_stream(process, 1);
    char line[8];
    ck_assert_int_eq(ouro_read(out, line, sizeof line, OURO_FOREVER), 7);
    ck_assert_int_eq(ouro_write(in, block, sizeof block, OURO_FOREVER), -EPIPE);
    sigset_t pending;
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
    ck_assert_int_eq(ouro_read(in, block, 1, OURO_FOREVER), -EBADF); /* it goes one way */
    ck_assert_int_eq(ouro_write(out, block, 1, OURO_FOREVER), -EBADF);
    ck_assert_int_eq(ouro_stream_shutdown(in), 0);
    ck_assert_int_eq(ouro_stream_shutdown(in), 0);
    ck_assert_int_eq(ouro_write(in, block, 1, OURO_FOREVER), -EPIPE);
    char address[OURO_ADDRESS_BYTES];
    ck_assert_int_eq(ouro_stream_peer(out, false, address), -ENOTCONN);
    ouro_process_free(process);
    return 0;
}

TEST(a_closed_stdin_is_an_error_and_no_signal)
{
    ck_assert_int_eq(ouro_run(write_to_the_dead, NULL), 0);
}

/* --- the program around us -------------------------------------------------------------------- */

static int lose_the_status(void *arg)
{
    int status = 12345;
    (void)arg;
    signal(SIGCHLD, SIG_IGN); /* the kernel throws the status away */
    struct ouro_process *process = start(&piped, "read line");
    ck_assert_int_eq(ouro_process_wait(process, ouro_after(OURO_MS(5)), &status), -ETIMEDOUT);
    ouro_stream_shutdown(ouro_process_stream(process, 0));
    ck_assert_int_eq(ouro_process_wait(process, OURO_FOREVER, &status), -ECHILD);
    ck_assert_int_eq(status, 12345);
    ouro_process_free(process);
    for (int i = 0; i < 50; i++) { /* some have left no trace before we look for them */
        process = start(NULL, "exit 3");
        ck_assert_int_eq(ouro_process_wait(process, OURO_FOREVER, &status), -ECHILD);
        ouro_process_free(process);
    }
    return 0;
}

TEST(a_program_that_ignores_its_children)
{
    ck_assert_int_eq(ouro_run(lose_the_status, NULL), 0);
}

static volatile sig_atomic_t sigchld_came;

static void count_sigchld(int signo)
{
    (void)signo;
    sigchld_came++;
}

static int end_one(void *arg)
{
    (void)arg;
    struct ouro_process *process = start(NULL, "exit 3");
    ck_assert_int_eq(status_of(process), 3);
    ouro_process_free(process);
    return 0;
}

TEST(its_sigchld_handler_stays)
{
    signal(SIGCHLD, count_sigchld);
    ck_assert_int_eq(ouro_run(end_one, NULL), 0);
    for (int i = 0; i < 1000 && !sigchld_came; i++) /* the descriptor may tell before the signal */
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    ck_assert_int_eq(sigchld_came, 1);
    struct sigaction now;
    sigaction(SIGCHLD, NULL, &now);
    ck_assert_ptr_eq((void *)now.sa_handler, (void *)count_sigchld);
}

static int start_simulated(void *arg)
{
    const char *argv[] = {"true", NULL};
    struct ouro_process *process;
    (void)arg;
    return ouro_process_start(argv, NULL, &process);
}

TEST(a_simulation_has_no_processes)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, start_simulated, NULL), -ENOTSUP);
}

/* --- kill -9 of the parent -------------------------------------------------------------------- */

static int start_and_say(void *arg)
{
    int out = *(const int *)arg;
    struct ouro_process *process = start(NULL, "exec sleep 60");
    pid_t pid = ouro_process_id(process);
    ck_assert_int_eq(write(out, &pid, sizeof pid), sizeof pid);
    ouro_process_wait(process, OURO_FOREVER, NULL);
    return 0;
}

TEST(it_dies_with_its_parent)
{
    int ends[2];
    pid_t child;
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* orphans come to us */
    ck_assert_int_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0)
        _exit(ouro_run(start_and_say, &ends[1]) < 0);
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    kill(parent, SIGKILL);
    int status;
    ck_assert_int_eq(waitpid(parent, &status, 0), parent);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

/* --- kernels and containers without pidfds ---------------------------------------------------- */

/* From now on these calls fail with that error, in this process and its children. */
static void forbid(int first, int second, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* seccomp_data.nr */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)first, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)second, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void all_is_as_good(void)
{
    the_status_tells_how_it_ended();
    a_program_that_is_not_there_is_told_by_start();
    who_ignores_term_is_killed_at_the_deadline();
    cancelled_waiting_spares_it_cancelled_stopping_kills();
    freeing_leaves_nothing();
    it_gets_what_is_named_and_nothing_else();
    more_than_a_pipe_holds_goes_through();
    it_dies_with_its_parent();
    its_sigchld_handler_stays(); /* these leave SIGCHLD as they like it */
    a_program_that_ignores_its_children();
}

TEST(a_kernel_without_pidfds)
{
    forbid(SYS_pidfd_open, SYS_pidfd_send_signal, ENOSYS);
    all_is_as_good();
}

TEST(a_container_that_refuses_pidfds)
{
    forbid(SYS_pidfd_open, SYS_pidfd_send_signal, EPERM);
    all_is_as_good();
}

TEST(a_container_that_refuses_half_of_them)
{
    forbid(SYS_pidfd_send_signal, SYS_pidfd_send_signal, EPERM);
    all_is_as_good();
}
