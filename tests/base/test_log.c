/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

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
