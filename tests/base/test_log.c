/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct record {
    int lines;
    enum ouro_log_level level;
    char line[4096];
};

static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    struct record *record = ud;
    record->lines++;
    record->level = level;
    snprintf(record->line, sizeof record->line, "%s", line);
}

TEST(a_sink_receives_each_line_and_its_level)
{
    struct record record = {0};
    ouro_log_to(keep_line, &record);
    ouro_log(OURO_LOG_WARN, "player %d left", 7);
    ck_assert_int_eq(record.lines, 1);
    ck_assert_int_eq(record.level, OURO_LOG_WARN);
    ck_assert_str_eq(record.line, "player 7 left");
}

TEST(what_is_below_the_level_is_dropped)
{
    struct record record = {0};
    ouro_log_to(keep_line, &record);
    ouro_log(OURO_LOG_DEBUG, "dropped by default");
    ck_assert_int_eq(record.lines, 0);
    ouro_log_level(OURO_LOG_DEBUG);
    ouro_log(OURO_LOG_DEBUG, "kept");
    ck_assert_int_eq(record.lines, 1);
    ouro_log_level(OURO_LOG_ERROR);
    ouro_log(OURO_LOG_WARN, "dropped");
    ouro_log(OURO_LOG_ERROR, "kept");
    ck_assert_int_eq(record.lines, 2);
}

TEST(a_line_that_is_too_long_is_cut)
{
    struct record record = {0};
    ouro_log_to(keep_line, &record);
    ouro_log(OURO_LOG_ERROR, "%05000d", 1);
    size_t length = strlen(record.line);
    ck_assert_uint_gt(length, 1000);
    ck_assert_uint_lt(length, 5000);
    ck_assert_uint_eq(strspn(record.line, "0"), length);
}

/* What a child that runs `body` writes to stderr; its end is left in `ret_status`. */
static void run_in_child(void (*body)(void), char *output, size_t size, int *ret_status)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n; len < size - 1 && (n = read(ends[0], output + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    output[len] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, ret_status, 0), child);
}

static void log_through_the_default(void)
{
    ouro_log_to(keep_line, NULL);
    ouro_log_to(NULL, NULL);
    ouro_log(OURO_LOG_INFO, "hello %s", "there");
}

TEST(the_default_sink_prints_to_stderr)
{
    char output[256];
    int status = -1;
    run_in_child(log_through_the_default, output, sizeof output, &status);
    ck_assert_str_eq(output, "info: hello there\n");
    ck_assert_int_eq(status, 0);
}

/* Logs more than a pipe holds, and once more when the parent has read that. */
static void log_to_nobody(const int told[2], const int go[2])
{
    char byte;
    for (int i = 0; i < 200; i++)
        ouro_log(OURO_LOG_INFO, "%01000d", i);
    ck_assert_int_eq(write(told[1], "x", 1), 1);
    ck_assert_int_eq(read(go[0], &byte, 1), 1);
    ouro_log(OURO_LOG_INFO, "the last");
    _exit(0);
}

static void read_until(int fd, const char *end, char *output, size_t size)
{
    size_t len = 0;
    do {
        ssize_t n = read(fd, output + len, size - 1 - len);
        ck_assert_int_gt(n, 0);
        len += (size_t)n;
        output[len] = '\0';
    } while (!strstr(output, end));
}

TEST(nobody_waits_for_who_does_not_read)
{
    int log[2], told[2], go[2];
    static char output[400 * 1024];
    ck_assert(pipe(log) == 0 && pipe(told) == 0 && pipe(go) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(log[1], STDERR_FILENO);
        log_to_nobody(told, go);
    }
    ck_assert_int_eq(read(told[0], output, 1), 1); /* it has not been held up */
    size_t held = 0;
    fcntl(log[0], F_SETFL, O_NONBLOCK);
    for (ssize_t n; (n = read(log[0], output + held, sizeof output - held)) > 0;)
        held += (size_t)n;
    fcntl(log[0], F_SETFL, 0);
    ck_assert_int_eq(output[held - 1], '\n'); /* whole lines */
    ck_assert_int_eq(write(go[1], "x", 1), 1);
    read_until(log[0], "the last\n", output, sizeof output);
    char said[128]; /* each line is "info: ", 1000 digits, and its end */
    snprintf(said, sizeof said,
             "warning: %zu lines of the log are left out: nobody read it\ninfo: the last\n",
             200 - held / 1007);
    ck_assert_str_eq(output, said);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2; i++) {
        close(log[i]);
        close(told[i]);
        close(go[i]);
    }
}

static void break_a_promise(void)
{
    ouro_assert(1 + 1 == 3);
}

TEST(a_broken_promise_aborts_and_says_where)
{
    char output[4096];
    int status = 0;
    run_in_child(break_a_promise, output, sizeof output, &status);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    ck_assert_ptr_nonnull(strstr(output, "test_log.c:"));
    ck_assert_ptr_nonnull(strstr(output, "broken promise: 1 + 1 == 3"));
}

TEST(a_kept_promise_is_silent)
{
    struct record record = {0};
    ouro_log_to(keep_line, &record);
    ouro_assert(1 + 1 == 2);
    ck_assert_int_eq(record.lines, 0);
}
