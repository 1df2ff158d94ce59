/* SPDX-License-Identifier: MIT */
/* offload: threads, futures, signals, child processes, workers, servers, files, names. */
#include "torture.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- threads ------------------------------------------------------------------------------------
 */

static int double_it(void *arg)
{
    *(int *)arg *= 2;
    return 5;
}

static void freed(void *arg)
{
    free(arg);
}

/* Taken over or not at all: the argument is freed once. */
static void start_detached(struct ouro_pool *pool)
{
    fail_pause();
    int *number = calloc(1, sizeof *number);
    fail_resume();
    expect(number);
    if (!went(ouro_offload_start(pool, double_it, number, freed), -ENOMEM, -EAGAIN))
        free(number);
}

static int use_pool(void *arg)
{
    (void)arg;
    struct ouro_pool *pool = NULL;
    struct ouro_pool_options options = {.threads_max = 2};
    int number = 4;
    if (!went(ouro_pool_new(&options, &pool), -ENOMEM)) {
        expect(!pool);
        return 0;
    }
    int rc = ouro_offload(pool, double_it, &number, SOON);
    expect(went(rc, -EAGAIN, -ENOMEM) ? rc == 5 && number == 8 : number == 4);
    start_detached(pool);
    start_detached(pool);
    expect(ouro_pool_stats(pool).threads <= 2);
    expect(ouro_pool_free(pool) == NULL);
    went(ouro_offload(NULL, double_it, &number, SOON), -EAGAIN, -ENOMEM);
    return 0;
}

SCENARIO(offload, pool)
{
    in_loop(use_pool);
}

static int sleep_long(void *arg)
{
    (void)arg;
    return ouro_sleep(OURO_SEC(100));
}

static void count_argument(void *arg)
{
    ++*(int *)arg;
}

struct submission {
    struct ouro_loop *loop;
    int arguments_taken, arguments_done;
};

static void *submit_one(void *arg)
{
    struct submission *submission = arg;
    struct ouro_spawn_options options = {.arg_done = count_argument};
    struct ouro_future *future = NULL;
    int status = 1;
    if (went(ouro_submit(submission->loop, sleep_long, &submission->arguments_done, &options,
                         &future),
             -ENOMEM)) {
        submission->arguments_taken++;
        expect(ouro_future_wait(future, ouro_after(OURO_US(100)), &status) == -ETIMEDOUT ||
               fail_hit());
        ouro_future_unref(ouro_future_ref(future));
        int rc = ouro_future_cancel(future);
        expect(rc == 0 || rc == -EALREADY);
        expect(ouro_future_wait(future, SOON, &status) == 0 && ouro_future_done(future));
        if (status != -ECANCELED)
            expect(!went(status, -ENOMEM));
        expect(!ouro_future_result(future));
        ouro_future_unref(future);
    }
    ouro_loop_stop(submission->loop);
    return ouro_loop_unref(submission->loop);
}

SCENARIO(offload, submit)
{
    struct ouro_loop *loop;
    if (!went(ouro_loop_new(&loop), -ENOMEM, AS_THE_SYSTEM_SAYS))
        return;
    struct submission submission = {.loop = ouro_loop_ref(loop)};
    pthread_t thread = thread_of(submit_one, &submission);
    expect(ouro_loop_run_forever(loop) == 0);
    pthread_join(thread, NULL);
    ouro_loop_free(loop);
    expect(submission.arguments_done == submission.arguments_taken);
}

static int use_signal(void *arg)
{
    (void)arg;
    struct ouro_signal *usr = NULL;
    if (!went(ouro_signal_open(SIGUSR2, &usr), -ENOMEM, -OURO_ELIMIT, AS_THE_SYSTEM_SAYS)) {
        expect(!usr);
        return 0;
    }
    raise(SIGUSR2);
    expect(ouro_signal_wait(usr, SOON) >= 1);
    raise(SIGUSR2);
    struct ouro_case cases[] = {ouro_on_signal(usr)};
    expect(ouro_select(cases, 1, SOON) == 0);
    ouro_signal_close(usr);
    return 0;
}

SCENARIO(offload, signal)
{
    in_loop(use_signal);
}

/* --- files and names ----------------------------------------------------------------------------
 */

/* Whatever fails, the old content is there or the new, and nothing else. */
static int use_files(void *arg)
{
    (void)arg;
    char path[128];
    struct ouro_buf content = {0};
    snprintf(path, sizeof path, "%s", scratch_path("file"));
    bool first = went(ouro_file_write(path, "old", 3, SOON), -ENOMEM, -EAGAIN, AS_THE_SYSTEM_SAYS);
    bool second =
        went(ouro_file_write(path, "newer", 5, SOON), -ENOMEM, -EAGAIN, AS_THE_SYSTEM_SAYS);
    if (went(ouro_file_read(path, 100, SOON, &content), -ENOENT, -ENOMEM, -EAGAIN,
             AS_THE_SYSTEM_SAYS)) {
        bool is_new = content.len == 5 && memcmp(content.data, "newer", 5) == 0;
        bool is_old = content.len == 3 && memcmp(content.data, "old", 3) == 0;
        expect(is_new || (is_old && !second));
    } else {
        expect(content.len == 0);
    }
    expect((first && second) || fail_hit());
    ouro_buf_done(&content);
    return 0;
}

SCENARIO(offload, file)
{
    in_loop(use_files);
}

static int use_names(void *arg)
{
    (void)arg;
    char addresses[2][OURO_ADDRESS_BYTES];
    struct ouro_listener *listener = NULL;
    struct ouro_stream *stream = NULL;
    went(ouro_lookup("127.0.0.1", "80", SOON, addresses, 2), -ENOENT, -EAGAIN, -EIO, -ENOMEM);
    if (!went(ouro_listen("127.0.0.1:0", NULL, &listener), -ENOMEM, AS_THE_SYSTEM_SAYS))
        return 0;
    const char *port = strrchr(ouro_listener_address(listener), ':') + 1;
    if (went(ouro_connect_host("127.0.0.1", port, SOON, &stream), -ENOENT, -EAGAIN, -EIO, -ENOMEM,
             AS_THE_SYSTEM_SAYS))
        ouro_stream_close(stream);
    ouro_listener_close(listener);
    return 0;
}

SCENARIO(offload, names)
{
    in_loop(use_names);
}

/* --- child processes ----------------------------------------------------------------------------
 */

#define NO_PROCESS -ENOMEM, AS_THE_SYSTEM_SAYS

static void talk_to_cat(struct ouro_process *process)
{
    char buf[16];
    struct ouro_stream *in = ouro_process_stream(process, 0);
    struct ouro_stream *out = ouro_process_stream(process, 1);
    expect(in && out && !ouro_process_stream(process, 2) && ouro_process_id(process) > 0);
    if (went(ouro_write(in, "purr", 4, SOON), -EPIPE, AS_THE_SYSTEM_SAYS))
        went(ouro_read(out, buf, sizeof buf, SOON), AS_THE_SYSTEM_SAYS);
    went(ouro_stream_shutdown(in), AS_THE_SYSTEM_SAYS);
}

/* After one that can't be started another can. */
static int use_process(void *arg)
{
    (void)arg;
    static const char *const cat[] = {"cat", NULL}, *const sleeper[] = {"/bin/sleep", "100", NULL};
    static const char *const none[] = {"/no/such/program", NULL};
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct ouro_process_options pipes = {
        .in = OURO_STDIO_PIPE, .out = OURO_STDIO_PIPE, .err = OURO_STDIO_NULL, .cwd = "/"};
    struct ouro_process_options plain = {.env = env};
    struct ouro_process *process = NULL;
    int status;
    expect(ouro_process_start(none, NULL, &process) < 0 && !process);
    if (went(ouro_process_start(cat, &pipes, &process), NO_PROCESS)) {
        talk_to_cat(process);
        went(ouro_process_wait(process, SOON, &status), -ECHILD);
        process = ouro_process_free(process);
    }
    expect(!process);
    if (went(ouro_process_start(sleeper, &plain, &process), NO_PROCESS)) {
        expect(ouro_process_signal(process, 0) == 0);
        went(ouro_process_stop(process, SOON, &status), -ECHILD);
        process = ouro_process_free(process);
    }
    return 0;
}

SCENARIO(offload, process)
{
    in_loop(use_process);
}

/* --- workers ------------------------------------------------------------------------------------
 */

#define NO_WORKER \
    -ENOMEM, -EAGAIN, -OURO_ECRASHED, -OURO_ECLOSED, -ETIMEDOUT, -ECHILD, AS_THE_SYSTEM_SAYS

static int use_worker(void *arg)
{
    (void)arg;
    struct ouro_worker *worker = NULL;
    struct ouro_buf message = {0};
    if (!went(ouro_worker_start("echo messages", &worker), NO_WORKER)) {
        expect(!worker);
        return 0;
    }
    bool sent = went(ouro_worker_send(worker, "hello", 5, SOON), NO_WORKER);
    if (sent && went(ouro_worker_receive(worker, SOON, &message), NO_WORKER))
        expect(message.len == 5 && memcmp(message.data, "hello", 5) == 0);
    expect(ouro_worker_process(worker));
    expect(ouro_worker_free(worker, SOON) == NULL);
    ouro_buf_done(&message);
    return 0;
}

SCENARIO(offload, worker)
{
    in_loop(use_worker);
}

/* Where no worker can be had for good, one does not wait for long; without a failure it comes,
 * however slow the machine. */
static void call_worker(struct ouro_workers *workers)
{
    struct ouro_buf out = {0};
    int rc = -ETIMEDOUT;
    for (int tries = 0; rc == -ETIMEDOUT && tries < (fail_hit() ? 2 : 100); tries++)
        rc = ouro_workers_call(workers, "echo", "abc", 3, ouro_after(OURO_MS(100)), &out);
    if (went(rc, NO_WORKER))
        expect(out.len == 3 && memcmp(out.data, "abc", 3) == 0);
    else
        expect(out.len == 0);
    ouro_buf_done(&out);
}

static int use_workers(void *arg)
{
    (void)arg;
    struct ouro_workers *workers = NULL;
    struct ouro_workers_options options = {
        .processes = 1, .backoff_ns_min = OURO_MS(5), .backoff_ns_max = OURO_MS(20)};
    if (!went(ouro_workers_new(&options, &workers), -ENOMEM, -EAGAIN)) {
        expect(!workers);
        return 0;
    }
    call_worker(workers);
    call_worker(workers);
    expect(ouro_workers_stats(workers).queued == 0);
    expect(ouro_workers_free(workers) == NULL);
    return 0;
}

SCENARIO(offload, workers)
{
    in_loop(use_workers);
}

static int echo(const void *in, size_t len, struct ouro_buf *out)
{
    ouro_buf_append(out, in, len);
    return 0;
}

static int echo_messages(struct ouro_channel *channel)
{
    struct ouro_buf message = {0};
    int rc;
    while ((rc = ouro_channel_read(channel, OURO_FOREVER, &message)) == 0)
        rc = ouro_channel_write(channel, message.data, message.len);
    ouro_buf_done(&message);
    return 0;
}

const struct ouro_worker_job torture_jobs[] = {
    {"echo", .call = echo},
    {"echo messages", .body = echo_messages},
    {0},
};

/* --- a group of servers -------------------------------------------------------------------------
 */

static int serve(struct ouro_listener *listener, int number, void *arg)
{
    struct ouro_stream *stream;
    (void)number, (void)arg;
    int rc = ouro_accept(listener, OURO_FOREVER, &stream);
    if (rc == 0)
        ouro_stream_close(stream);
    return rc;
}

static int supervise(void)
{
    struct ouro_supervise_options options = {.address = "127.0.0.1:0",
                                             .processes = 1,
                                             .heartbeat_ns = OURO_MS(10),
                                             .stop_ns_max = OURO_SEC(2),
                                             .backoff_ns_min = OURO_MS(5),
                                             .backoff_ns_max = OURO_MS(20)};
    return ouro_supervise(&options, serve, NULL);
}

/* Started again by the group, the program comes here, and no further. */
void torture_be_server(void)
{
    if (getenv("OURO_SERVER"))
        supervise();
}

/* It asks to be ended when it has had time to start; by a thread, which its loop does not know. */
static void *end_soon(void *arg)
{
    usleep(60000);
    while (!*(atomic_bool *)arg) {
        kill(getpid(), SIGTERM);
        usleep(10000);
    }
    return NULL;
}

static void ignore(int signo)
{
    (void)signo;
}

SCENARIO(offload, supervise)
{
    atomic_bool over = false;
    signal(SIGTERM, ignore);
    pthread_t thread = thread_of(end_soon, &over);
    went(supervise(), -ENOMEM, -EAGAIN, AS_THE_SYSTEM_SAYS);
    over = true;
    pthread_join(thread, NULL);
    signal(SIGTERM, SIG_DFL);
}
