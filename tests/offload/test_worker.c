/* SPDX-License-Identifier: MIT */
#include "offload/worker_frame.h"
#include "ouro/offload.h"
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- what the workers do: run in them --------------------------------------------------------- */

static int echo(const void *in, size_t len, struct ouro_buf *out)
{
    ouro_buf_append(out, in, len);
    return 0;
}

/* Who has done it, and how many it has done before. */
static int count_calls(const void *in, size_t len, struct ouro_buf *out)
{
    static int calls;
    int answer[3] = {getpid(), calls++, 0};
    memcpy(&answer[2], in, len);
    ouro_buf_append(out, answer, sizeof answer);
    return 42;
}

static int refuse(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len;
    ouro_buf_puts(out, "nobody reads this");
    return -EDOM;
}

static int crash(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len, (void)out;
    raise(SIGKILL); /* as a fault would, without a report of the sanitizer's */
    return 0;
}

static int hang(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len, (void)out;
    while (pause() < 0) {
    }
    return 0;
}

static int too_much(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len;
    char *room = ouro_buf_reserve(out, OURO_MESSAGE_BYTES_MAX + 1);
    memset(room, 0, OURO_MESSAGE_BYTES_MAX + 1);
    out->len = OURO_MESSAGE_BYTES_MAX + 1;
    return 0;
}

static int list_fds(const void *in, size_t len, struct ouro_buf *out)
{
    (void)in, (void)len;
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
            ouro_buf_printf(out, "%s ", entry->d_name);
    }
    closedir(dir);
    return 0;
}

/* The original's game loop in a process: ticks go out, keys come in, "q" ends it. */
static int game(struct ouro_channel *channel)
{
    struct ouro_buf key = {0};
    int64_t tick = ouro_now();
    int rc = 0, key_code = 0;
    while (rc >= 0 && key_code != 'q') {
        tick += OURO_MS(2);
        while ((rc = ouro_channel_read(channel, tick, &key)) == 0 && key_code != 'q')
            key_code = key.data[0];
        if (rc == -ETIMEDOUT)
            rc = ouro_channel_write(channel, &key_code, sizeof key_code);
    }
    ouro_buf_done(&key);
    return rc == -OURO_ECLOSED ? 0 : 5;
}

static int echo_messages(struct ouro_channel *channel)
{
    struct ouro_buf message = {0};
    int rc = 0;
    while (rc == 0) {
        rc = ouro_channel_read(channel, OURO_FOREVER, &message);
        if (rc == 0)
            rc = ouro_channel_write(channel, message.data, message.len);
    }
    ouro_buf_done(&message);
    return 0;
}

/* Reads nothing, ignores what it can, does not end. */
static int deaf(struct ouro_channel *channel)
{
    ouro_channel_write(channel, "x", 1);
    while (pause() < 0) {
    }
    return 0;
}

/* The beginning of a message, and then it stands still. */
static int stop_half_way(struct ouro_channel *channel)
{
    (void)channel;
    if (write(3, "ab", 2) < 0)
        return 1;
    return raise(SIGSTOP);
}

static int talk_nonsense(struct ouro_channel *channel)
{
    uint32_t length = UINT32_MAX;
    (void)channel;
    if (write(3, &length, sizeof length) < 0)
        return 1;
    while (pause() < 0) {
    }
    return 0;
}

static const struct ouro_worker_job jobs[] = {
    {"echo", .call = echo},
    {"count", .call = count_calls},
    {"fail", .call = refuse},
    {"crash", .call = crash},
    {"hang", .call = hang},
    {"too much", .call = too_much},
    {"list fds", .call = list_fds},
    {"game", .body = game},
    {"echo messages", .body = echo_messages},
    {"deaf", .body = deaf},
    {"nonsense", .body = talk_nonsense},
    {"half", .body = stop_half_way},
    {NULL},
};

/* For the tests about starting: slowly, or with a crash for as long as there is a file to remove.
 */
#define START_VARIABLE "TEST_WORKER_START"

static void start_as_told(void)
{
    const char *how = getenv(START_VARIABLE);
    if (!how || how[0] == '\0')
        return;
    if (strcmp(how, "slowly") == 0)
        usleep(200 * 1000);
    else if (unlink(how) == 0)
        raise(SIGKILL);
}

/* Before main(), which is Check's. */
__attribute__((constructor)) static void init(int argc, char **argv)
{
    start_as_told();
    ouro_workers_init(argc, argv, jobs);
}

/* --- messages --------------------------------------------------------------------------------- */

TEST(frames_are_whole_or_not_there)
{
    struct ouro_buf buf = {0}, message = {0};
    ck_assert_int_eq(ouro__frame_missing(&buf), 4);
    ck_assert_int_eq(ouro__frame_put(&buf, "ab", 2, "cde", 3), 0);
    ck_assert_int_eq(ouro__frame_put(&buf, NULL, 0, NULL, 0), 0);
    size_t whole = buf.len;
    for (size_t len = 0; len < 9; len++) { /* byte by byte */
        buf.len = len;
        ck_assert_int_eq(ouro__frame_missing(&buf), len < 4 ? 4 - (int)len : 9 - (int)len);
    }
    buf.len = whole;
    ck_assert_int_eq(ouro__frame_missing(&buf), 0);
    ck_assert_int_eq(ouro__frame_take(&buf, &message), 0);
    ck_assert_uint_eq(message.len, 5);
    ck_assert_int_eq(memcmp(message.data, "abcde", 5), 0);
    ck_assert_int_eq(ouro__frame_take(&buf, &message), 0);
    ck_assert_uint_eq(message.len, 0);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_int_eq(ouro__frame_put(&buf, "", 0, jobs, OURO_MESSAGE_BYTES_MAX + 1), -EMSGSIZE);
    ck_assert_uint_eq(buf.len, 0);
    ouro_buf_append(&buf, "\1\0\0\1", 4); /* 16 MiB and one */
    ck_assert_int_eq(ouro__frame_missing(&buf), -EMSGSIZE);
    ouro_buf_done(&buf);
    ouro_buf_done(&message);
}

/* --- a worker with a channel ------------------------------------------------------------------ */

static struct ouro_worker *start(const char *job)
{
    struct ouro_worker *worker;
    ck_assert_int_eq(ouro_worker_start(job, &worker), 0);
    return worker;
}

static int status_of(struct ouro_worker *worker)
{
    int status = 12345;
    ck_assert_int_eq(ouro_process_wait(ouro_worker_process(worker), OURO_FOREVER, &status), 0);
    return status;
}

static int play(void *arg)
{
    struct ouro_worker *worker = start("game");
    struct ouro_buf tick = {0};
    int key_code = 0, rc = 0;
    (void)arg;
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &tick), 0);
    ck_assert_int_eq(ouro_worker_send(worker, "%", 1, OURO_FOREVER), 0);
    while (key_code != '%') { /* sooner or later it is in a tick */
        ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &tick), 0);
        memcpy(&key_code, tick.data, sizeof key_code);
    }
    ck_assert_int_eq(ouro_worker_send(worker, "q", 1, OURO_FOREVER), 0);
    while (rc == 0)
        rc = ouro_worker_receive(worker, OURO_FOREVER, &tick);
    ck_assert_int_eq(rc, -OURO_ECLOSED);
    ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &tick), -OURO_ECLOSED);
    ck_assert_int_eq(status_of(worker), 5);
    ck_assert_int_eq(ouro_worker_send(worker, "q", 1, OURO_FOREVER), -OURO_ECLOSED);
    ouro_worker_free(worker, OURO_FOREVER);
    ouro_buf_done(&tick);
    return 0;
}

TEST(a_game_loop_in_a_process)
{
    ck_assert_int_eq(ouro_run(play, NULL), 0);
}

struct send {
    struct ouro_worker *worker;
    const char *data;
    size_t len;
};

static int send_one(void *arg)
{
    struct send *send = arg;
    return ouro_worker_send(send->worker, send->data, send->len, OURO_FOREVER);
}

/* Of all lengths around what is read at a time, in order. */
static int echo_lengths(void *arg)
{
    static char data[3 * 1024 * 1024];
    static const size_t lengths[] = {0, 1, 4091, 4092, 4093, 65536, 200000, sizeof data, 7};
    enum { COUNT = sizeof lengths / sizeof lengths[0] };
    struct ouro_worker *worker = start("echo messages");
    struct ouro_buf message = {0};
    (void)arg;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7 + i / 251);
    struct send sends[COUNT];
    for (int i = 0; i < COUNT; i++) {
        sends[i] = (struct send){worker, data, lengths[i]};
        ck_assert_int_eq(ouro_spawn(send_one, &sends[i], NULL, NULL), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &message), 0);
        ck_assert_uint_eq(message.len, lengths[i]);
        ck_assert(lengths[i] == 0 || memcmp(message.data, data, lengths[i]) == 0);
    }
    ck_assert_int_eq(ouro_worker_send(worker, data, OURO_MESSAGE_BYTES_MAX + 1, 1), -EMSGSIZE);
    ck_assert_int_eq(ouro_worker_receive(worker, ouro_after(OURO_MS(5)), &message), -ETIMEDOUT);
    ouro_worker_free(worker, OURO_FOREVER); /* it ends by itself */
    ouro_buf_done(&message);
    return 0;
}

TEST(messages_of_all_lengths_in_order)
{
    ck_assert_int_eq(ouro_run(echo_lengths, NULL), 0);
}

static int disturb_at_birth(void *arg)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct ouro_buf message = {0};
    struct ouro_worker *worker = start("echo messages");
    (void)arg;
    for (int i = 0; i < 3; i++) /* long before it gets to main() */
        ck_assert_int_eq(ouro_process_signal(ouro_worker_process(worker), signals[i]), 0);
    ck_assert_int_eq(ouro_worker_send(worker, "x", 1, OURO_FOREVER), 0);
    ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &message), 0);
    ouro_worker_free(worker, OURO_FOREVER);
    ouro_buf_done(&message);
    return 0;
}

TEST(signals_to_the_whole_group_do_not_reach_a_worker)
{
    ck_assert_int_eq(ouro_run(disturb_at_birth, NULL), 0);
}

static int fill_the_queue(void *arg)
{
    static char block[100000];
    struct ouro_worker *worker = start("deaf");
    int rc = 0, sent = 0;
    (void)arg;
    while (rc == 0 && sent < 1000) {
        rc = ouro_worker_send(worker, block, sizeof block, ouro_after(OURO_MS(20)));
        sent += rc == 0;
    }
    ck_assert_int_eq(rc, -ETIMEDOUT);
    ck_assert_int_ge(sent, 10);
    ck_assert_int_lt(sent, 100); /* our megabyte, and what the system takes */
    int64_t began = ouro_now();
    /* What never fits need not wait to hear of it. */
    ck_assert_int_eq(ouro_worker_send(worker, block, OURO_MESSAGE_BYTES_MAX + 1, 0), -EMSGSIZE);
    pid_t pid = ouro_process_id(ouro_worker_process(worker));
    ck_assert_int_eq(ouro_process_signal(ouro_worker_process(worker), SIGTERM), 0);
    ouro_worker_free(worker, ouro_after(OURO_MS(50))); /* deaf to that as well */
    ck_assert_int_ge(ouro_now() - began, OURO_MS(50));
    ck_assert_int_eq(kill(pid, 0), -1);
    return 0;
}

TEST(a_worker_that_does_not_read_is_bounded_and_killed)
{
    ck_assert_int_eq(ouro_run(fill_the_queue, NULL), 0);
}

static int send_blocks(void *arg)
{
    static char block[100000];
    int rc = 0;
    while (rc == 0)
        rc = ouro_worker_send(arg, block, sizeof block, OURO_FOREVER);
    return rc;
}

static int receive_one(void *arg)
{
    struct ouro_buf message = {0};
    int rc = ouro_worker_receive(arg, OURO_FOREVER, &message);
    if (rc == 0)
        rc = ouro_worker_receive(arg, OURO_FOREVER, &message);
    ouro_buf_done(&message);
    return rc;
}

static int free_under_users(void *arg)
{
    struct ouro_task *tasks[3];
    struct ouro_buf message = {0};
    struct ouro_worker *worker = start("deaf");
    (void)arg;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro_spawn(i ? send_blocks : receive_one, worker, NULL, &tasks[i]), 0);
    ouro_sleep(OURO_MS(100));
    ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &message), -EBUSY);
    ouro_worker_free(worker, 0);
    for (int i = 0; i < 3; i++) {
        int status = 0;
        ouro_await(tasks[i], OURO_FOREVER, &status);
        ck_assert_int_eq(status, -OURO_ECLOSED);
        ouro_task_unref(tasks[i]);
    }
    ck_assert_ptr_null(ouro_worker_free(NULL, 0));
    return 0;
}

TEST(freeing_wakes_who_uses_it)
{
    ck_assert_int_eq(ouro_run(free_under_users, NULL), 0);
}

/* A task that receives, at the moment when it has been told of something and has not yet run. */
static struct ouro_task *told_of_half_a_message(struct ouro_worker *worker)
{
    siginfo_t stopped;
    struct ouro_task *receiver;
    id_t pid = (id_t)ouro_process_id(ouro_worker_process(worker));
    ck_assert_int_eq(ouro_spawn(receive_one, worker, NULL, &receiver), 0);
    ck_assert_int_eq(ouro_yield(), 0);
    ck_assert_int_eq(waitid(P_PID, pid, &stopped, WSTOPPED | WNOWAIT), 0);
    uint64_t polls = ouro_loop_stats(ouro_loop_self()).polls;
    while (ouro_loop_stats(ouro_loop_self()).polls == polls)
        ck_assert_int_eq(ouro_yield(), 0);
    return receiver;
}

static void expect_end(struct ouro_task *receiver, int expected)
{
    int status = 0;
    ck_assert_int_eq(ouro_await(receiver, ouro_after(OURO_SEC(20)), &status), 0);
    ck_assert_int_eq(status, expected);
    ouro_task_unref(receiver);
}

static int cancel_who_was_told(void *arg)
{
    struct ouro_worker *worker = start("half");
    (void)arg;
    struct ouro_task *receiver = told_of_half_a_message(worker);
    ouro_cancel(receiver);
    expect_end(receiver, -ECANCELED);
    ouro_worker_free(worker, 0);
    return 0;
}

TEST(who_receives_is_cancelled_between_two_waits)
{
    ck_assert_int_eq(ouro_run(cancel_who_was_told, NULL), 0);
}

static int free_under_who_was_told(void *arg)
{
    struct ouro_worker *worker = start("half");
    (void)arg;
    struct ouro_task *receiver = told_of_half_a_message(worker);
    ouro_worker_free(worker, 0);
    expect_end(receiver, -OURO_ECLOSED);
    return 0;
}

TEST(freeing_is_told_to_who_receives_between_two_waits)
{
    ck_assert_int_eq(ouro_run(free_under_who_was_told, NULL), 0);
}

static int hear_nonsense(void *arg)
{
    struct ouro_buf message = {0};
    struct ouro_worker *worker = start("nonsense");
    (void)arg;
    ck_assert_int_eq(ouro_worker_receive(worker, OURO_FOREVER, &message), -OURO_EMALFORMED);
    ouro_worker_free(worker, 0);
    return 0;
}

TEST(a_wild_worker_does_no_harm)
{
    ck_assert_int_eq(ouro_run(hear_nonsense, NULL), 0);
}

static int start_wrong(void *arg)
{
    struct ouro_worker *worker;
    (void)arg;
    ck_assert_int_eq(ouro_worker_start("nothing", &worker), -EINVAL);
    ck_assert_int_eq(ouro_worker_start("echo", &worker), -EINVAL); /* has no body */
    return 0;
}

static int start_simulated(void *arg)
{
    struct ouro_worker *worker;
    struct ouro_workers *workers;
    (void)arg;
    ck_assert_int_eq(ouro_worker_start("game", &worker), -ENOTSUP);
    return ouro_workers_new(NULL, &workers);
}

TEST(what_can_not_be_started)
{
    ck_assert_int_eq(ouro_run(start_wrong, NULL), 0);
    ck_assert_int_eq(ouro_sim_run(1, NULL, start_simulated, NULL), -ENOTSUP);
}

/* --- calls ------------------------------------------------------------------------------------ */

static struct ouro_workers *pool(struct ouro_workers_options options)
{
    struct ouro_workers *workers;
    ck_assert_int_eq(ouro_workers_new(&options, &workers), 0);
    return workers;
}

static int call(struct ouro_workers *workers, const char *job, int64_t deadline)
{
    return ouro_workers_call(workers, job, NULL, 0, deadline, NULL);
}

static int call_all_kinds(void *arg)
{
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 2});
    struct ouro_buf out = {0};
    (void)arg;
    ouro_buf_puts(&out, "old");
    ck_assert_int_eq(ouro_workers_call(workers, "fail", "x", 1, OURO_FOREVER, &out), -EDOM);
    ck_assert_uint_eq(out.len, 3);
    ck_assert_int_eq(ouro_workers_call(workers, "echo", "hello", 5, OURO_FOREVER, &out), 0);
    ck_assert_uint_eq(out.len, 5);
    ck_assert_int_eq(memcmp(out.data, "hello", 5), 0);
    ck_assert_int_eq(ouro_workers_call(workers, "echo", NULL, 0, OURO_FOREVER, &out), 0);
    ck_assert_uint_eq(out.len, 0);
    int seven = 7, answer[3];
    ck_assert_int_eq(ouro_workers_call(workers, "count", &seven, 4, OURO_FOREVER, &out), 42);
    ck_assert_uint_eq(out.len, sizeof answer);
    memcpy(answer, out.data, sizeof answer);
    ck_assert_int_ne(answer[0], getpid());
    ck_assert_int_eq(answer[2], 7);
    ck_assert_int_eq(call(workers, "nothing", OURO_FOREVER), -EINVAL);
    ck_assert_int_eq(call(workers, "game", OURO_FOREVER), -EINVAL);
    ck_assert_int_eq(call(workers, "echo", 1), -ETIMEDOUT);
    ck_assert_int_eq(call(workers, "too much", OURO_FOREVER), -EMSGSIZE);
    ck_assert_int_eq(ouro_workers_call(workers, "echo", jobs, OURO_MESSAGE_BYTES_MAX, 1, NULL),
                     -EMSGSIZE);
    ouro_workers_call(workers, "list fds", NULL, 0, OURO_FOREVER, &out);
    ouro_buf_putc(&out, '\0');
    ck_assert_str_eq(out.data, "0 1 2 3 ");
    ck_assert_uint_eq(ouro_workers_stats(workers).crashes, 0);
    ck_assert_ptr_null(ouro_workers_free(workers));
    ck_assert_ptr_null(ouro_workers_free(NULL));
    ouro_buf_done(&out);
    return 0;
}

TEST(calls_of_all_kinds)
{
    ck_assert_int_eq(ouro_run(call_all_kinds, NULL), 0);
}

enum { CALLS = 1000 };

struct caller {
    struct ouro_workers *workers;
    int number, answer[3];
};

static int call_count(void *arg)
{
    struct caller *caller = arg;
    struct ouro_buf out = {0};
    int rc = ouro_workers_call(caller->workers, "count", &caller->number, sizeof caller->number,
                               OURO_FOREVER, &out);
    if (rc >= 0)
        memcpy(caller->answer, out.data, sizeof caller->answer);
    ouro_buf_done(&out);
    return rc < 0 ? rc : 0;
}

static int call_a_thousand(void *arg)
{
    static struct caller callers[CALLS];
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 2});
    struct ouro_group group;
    (void)arg;
    while (ouro_workers_stats(workers).ready < 2) /* else the first to be so may do it alone */
        ouro_sleep(OURO_MS(1));
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < CALLS; i++) {
        callers[i] = (struct caller){.workers = workers, .number = i};
        ck_assert_int_eq(ouro_group_spawn(&group, call_count, &callers[i], NULL, NULL), 0);
    }
    ck_assert_int_eq(ouro_group_close(&group), 0);
    int first = callers[0].answer[0], next_first = 0, next_other = 0;
    for (int i = 0; i < CALLS; i++) { /* each worker has had its calls in the order of coming */
        ck_assert_int_eq(callers[i].answer[2], i);
        int *next = callers[i].answer[0] == first ? &next_first : &next_other;
        ck_assert_int_eq(callers[i].answer[1], (*next)++);
    }
    ck_assert_int_gt(next_first, 0);
    ck_assert_int_gt(next_other, 0);
    ouro_workers_free(workers);
    return 0;
}

TEST(a_thousand_calls_over_two_workers)
{
    ck_assert_int_eq(ouro_run(call_a_thousand, NULL), 0);
}

/* --- crashes and limits ----------------------------------------------------------------------- */

static int warnings;
static char last_warning[256];

static void count_warnings(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    warnings += level == OURO_LOG_WARN && strstr(line, "signal 9");
    snprintf(last_warning, sizeof last_warning, "%s", line);
}

static int crash_and_go_on(void *arg)
{
    struct ouro_workers *workers = pool((struct ouro_workers_options){
        .processes = 1, .backoff_ns_min = OURO_MS(20), .backoff_ns_max = OURO_MS(80)});
    (void)arg;
    ouro_log_to(count_warnings, NULL);
    int64_t began = ouro_now();
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(call(workers, "crash", OURO_FOREVER), -OURO_ECRASHED);
    ck_assert_int_ge(ouro_now() - began, OURO_MS(20 + 40 + 80 + 80)); /* between the five */
    ck_assert_int_eq(call(workers, "echo", OURO_FOREVER), 0);
    struct ouro_workers_stats stats = ouro_workers_stats(workers);
    ck_assert_uint_eq(stats.crashes, 5);
    ck_assert_uint_eq(stats.started, 6);
    ck_assert_int_eq(warnings, 5);
    began = ouro_now(); /* it has worked: the pause is the shortest again */
    ck_assert_int_eq(call(workers, "crash", OURO_FOREVER), -OURO_ECRASHED);
    ck_assert_int_eq(call(workers, "echo", OURO_FOREVER), 0);
    ck_assert_int_ge(ouro_now() - began, OURO_MS(20));
    ck_assert_ptr_nonnull(strstr(last_warning, "the next in 20 ms"));
    ouro_workers_free(workers);
    ouro_log_to(NULL, NULL);
    return 0;
}

TEST(a_crash_is_told_and_mended_ever_more_slowly)
{
    ck_assert_int_eq(ouro_run(crash_and_go_on, NULL), 0);
}

static pid_t pid_of_worker(struct ouro_workers *workers)
{
    int number = 0, answer[3];
    struct ouro_buf out = {0};
    ck_assert_int_eq(ouro_workers_call(workers, "count", &number, 4, OURO_FOREVER, &out), 42);
    memcpy(answer, out.data, sizeof answer);
    ouro_buf_done(&out);
    return answer[0];
}

static int kill_idle(void *arg)
{
    struct ouro_workers *workers =
        pool((struct ouro_workers_options){.processes = 1, .backoff_ns_min = OURO_MS(1)});
    (void)arg;
    for (int i = 0; i < 5; i++) {
        pid_t before = pid_of_worker(workers);
        kill(before, SIGKILL);
        while (ouro_workers_stats(workers).crashes == (size_t)i)
            ouro_sleep(OURO_MS(1));
        ck_assert_int_ne(pid_of_worker(workers), before); /* no call has failed for it */
    }
    ouro_workers_free(workers);
    return 0;
}

TEST(a_worker_that_dies_idle_is_replaced)
{
    ck_assert_int_eq(ouro_run(kill_idle, NULL), 0);
}

/* As pid_of_worker(), once more when a busy machine let even that take too long. Each time costs a
 * worker. */
static pid_t pid_in_time(struct ouro_workers *workers, size_t *late)
{
    int number = 0, answer[3], rc;
    struct ouro_buf out = {0};
    while ((rc = ouro_workers_call(workers, "count", &number, 4, OURO_FOREVER, &out)) == -ETIMEDOUT)
        ++*late;
    ck_assert_int_eq(rc, 42);
    memcpy(answer, out.data, sizeof answer);
    ouro_buf_done(&out);
    return answer[0];
}

static int exceed_limits(void *arg)
{
    size_t late = 0;
    struct ouro_workers *workers = pool((struct ouro_workers_options){
        .processes = 1, .call_ns_max = OURO_MS(50), .backoff_ns_min = OURO_SEC(30)});
    (void)arg;
    pid_t first = pid_in_time(workers, &late);
    ck_assert_int_eq(call(workers, "hang", OURO_FOREVER), -ETIMEDOUT); /* the pool's limit */
    pid_t second = pid_in_time(workers, &late); /* at once: that was no crash */
    ck_assert_int_ne(second, first);
    ck_assert_int_eq(call(workers, "hang", ouro_after(OURO_MS(10))), -ETIMEDOUT); /* the call's */
    ck_assert_int_ne(pid_in_time(workers, &late), second);
    ck_assert_int_eq(kill(second, 0), -1);
    ck_assert_uint_eq(ouro_workers_stats(workers).crashes, 0);
    ck_assert_uint_eq(ouro_workers_stats(workers).started, 3 + late);
    ouro_workers_free(workers);
    return 0;
}

TEST(a_call_that_takes_too_long_ends_with_its_worker)
{
    ck_assert_int_eq(ouro_run(exceed_limits, NULL), 0);
}

static int call_a_slow_starter(void *arg)
{
    struct ouro_workers *workers =
        pool((struct ouro_workers_options){.processes = 1, .call_ns_max = OURO_MS(100)});
    (void)arg;
    ck_assert_uint_eq(ouro_workers_stats(workers).ready, 0);
    ck_assert_int_eq(call(workers, "echo", OURO_FOREVER), 0);
    ck_assert_uint_eq(ouro_workers_stats(workers).started, 1);
    ouro_workers_free(workers);
    return 0;
}

TEST(the_time_that_a_worker_takes_to_start_is_no_calls)
{
    setenv(START_VARIABLE, "slowly", 1);
    ck_assert_int_eq(ouro_run(call_a_slow_starter, NULL), 0);
}

static int call_who_dies_starting(void *arg)
{
    char path[] = "/tmp/test_worker_XXXXXX";
    struct ouro_workers *workers;
    (void)arg;
    close(mkstemp(path));
    setenv(START_VARIABLE, path, 1);
    workers = pool((struct ouro_workers_options){.processes = 1, .backoff_ns_min = OURO_MS(1)});
    ck_assert_int_eq(call(workers, "echo", OURO_FOREVER), 0);
    ck_assert_uint_eq(ouro_workers_stats(workers).crashes, 1);
    ouro_workers_free(workers);
    return 0;
}

TEST(a_crash_on_the_way_to_the_first_call_is_no_calls)
{
    ck_assert_int_eq(ouro_run(call_who_dies_starting, NULL), 0);
}

static int free_while_starting(void *arg)
{
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 2});
    (void)arg;
    ouro_yield(); /* started, and not ready */
    ck_assert_uint_eq(ouro_workers_stats(workers).started, 2);
    ouro_workers_free(workers);
    return 0;
}

TEST(a_pool_may_end_while_its_workers_start)
{
    setenv(START_VARIABLE, "slowly", 1);
    ck_assert_int_eq(ouro_run(free_while_starting, NULL), 0);
}

static int hang_on(void *arg)
{
    return call(arg, "hang", OURO_FOREVER);
}

static int echo_once(void *arg)
{
    return call(arg, "echo", OURO_FOREVER);
}

static void expect_status(struct ouro_task *task, int expected)
{
    int status;
    ck_assert_int_eq(ouro_await(task, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, expected);
    ouro_task_unref(task);
}

static int cancel_calls(void *arg)
{
    struct ouro_task *running, *queued, *next;
    struct ouro_workers *workers = pool((struct ouro_workers_options){
        .processes = 1, .queue_max = 2, .backoff_ns_min = OURO_SEC(30)});
    (void)arg;
    pid_t pid = pid_of_worker(workers);
    ouro_spawn(hang_on, workers, NULL, &running);
    ouro_sleep(OURO_MS(5));
    ouro_spawn(hang_on, workers, NULL, &queued);
    ouro_spawn(echo_once, workers, NULL, &next);
    ouro_yield();
    struct ouro_workers_stats stats = ouro_workers_stats(workers);
    ck_assert_uint_eq(stats.running, 1);
    ck_assert_uint_eq(stats.queued, 2);
    ck_assert_int_eq(call(workers, "echo", OURO_FOREVER), -EAGAIN);
    ouro_cancel(queued); /* has not begun: nobody notices */
    expect_status(queued, -ECANCELED);
    ck_assert_int_eq(kill(pid, 0), 0);
    ouro_cancel(running); /* computes for nobody: ended */
    expect_status(running, -ECANCELED);
    expect_status(next, 0);
    ck_assert_int_eq(kill(pid, 0), -1);
    ck_assert_uint_eq(ouro_workers_stats(workers).crashes, 0);
    ouro_workers_free(workers);
    return 0;
}

TEST(cancelled_calls)
{
    ck_assert_int_eq(ouro_run(cancel_calls, NULL), 0);
}

static int free_busy_pool(void *arg)
{
    struct ouro_task *running, *queued;
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 1});
    (void)arg;
    pid_t pid = pid_of_worker(workers);
    ouro_spawn(hang_on, workers, NULL, &running);
    ouro_spawn(hang_on, workers, NULL, &queued);
    ouro_sleep(OURO_MS(5));
    ouro_workers_free(workers); /* what would never end is not waited for */
    expect_status(running, -OURO_ECLOSED);
    expect_status(queued, -OURO_ECLOSED);
    ck_assert_int_eq(kill(pid, 0), -1);
    return 0;
}

TEST(freeing_a_pool_ends_what_runs)
{
    ck_assert_int_eq(ouro_run(free_busy_pool, NULL), 0);
}

/* While its workers end. */
static int call_who_ends(void *arg)
{
    struct ouro_task *caller;
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 1});
    (void)arg;
    pid_of_worker(workers);
    ouro_spawn(echo_once, workers, NULL, &caller);
    ouro_workers_free(workers);
    expect_status(caller, -OURO_ECLOSED);
    return 0;
}

TEST(a_pool_that_ends_takes_no_call)
{
    ck_assert_int_eq(ouro_run(call_who_ends, NULL), 0);
}

/* Woken for a call that is gone when it looks: it hears of the end of the pool all the same. */
static int free_as_a_call_comes(void *arg)
{
    struct ouro_task *caller;
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 1});
    (void)arg;
    pid_of_worker(workers); /* it has started, and is idle */
    ouro_spawn(echo_once, workers, NULL, &caller);
    ouro_yield(); /* the call has come, and its keeper is about to look */
    ouro_workers_free(workers);
    expect_status(caller, -OURO_ECLOSED);
    return 0;
}

TEST(a_pool_may_end_as_a_call_comes)
{
    ck_assert_int_eq(ouro_run(free_as_a_call_comes, NULL), 0);
}

/* --- kill -9 of the parent -------------------------------------------------------------------- */

struct pids {
    pid_t idle, busy, body;
};

static int start_and_say(void *arg)
{
    int out = *(const int *)arg;
    struct ouro_workers *workers = pool((struct ouro_workers_options){.processes = 1});
    struct ouro_workers *busy = pool((struct ouro_workers_options){.processes = 1});
    struct ouro_worker *worker = start("deaf");
    struct pids pids = {pid_of_worker(workers), pid_of_worker(busy),
                        ouro_process_id(ouro_worker_process(worker))};
    ouro_spawn(hang_on, busy, NULL, NULL);
    ouro_sleep(OURO_MS(5));
    ck_assert_int_eq(write(out, &pids, sizeof pids), sizeof pids);
    return ouro_sleep(OURO_FOREVER);
}

/* Killed by the kernel; or it saw the end of its channel first, and ended by itself. */
static bool has_ended(pid_t pid)
{
    return waitpid(pid, NULL, 0) == pid;
}

TEST(workers_die_with_their_parent)
{
    int ends[2];
    struct pids pids;
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* orphans come to us */
    ck_assert_int_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0)
        _exit(ouro_run(start_and_say, &ends[1]) < 0);
    ck_assert_int_eq(read(ends[0], &pids, sizeof pids), sizeof pids);
    kill(parent, SIGKILL);
    ck_assert(has_ended(parent));
    ck_assert(has_ended(pids.idle) && has_ended(pids.busy) && has_ended(pids.body));
    close(ends[0]);
    close(ends[1]);
}
