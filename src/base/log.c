/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 2048
/* For who reads the log to make room; who has once needed longer is not waited for again. */
#define READER_NS_MAX OURO_MS(100)

static bool has_room(int64_t ns)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return ppoll(&out, 1, &(struct timespec){.tv_nsec = ns}, NULL) != 0;
}

/* Behind a pipe to who does not read any more all would stand still, at a line of the log. With its
 * lock held, so that nobody takes the room that was found; a line takes less than a page of it. */
static void print_to_stderr(enum ouro_log_level level, const char *line, void *ud)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    static unsigned long left_out;
    (void)ud;
    flockfile(stderr);
    if (!has_room(left_out ? 0 : READER_NS_MAX)) {
        left_out++;
    } else {
        if (left_out)
            fprintf(stderr, "warning: %lu lines of the log are left out: nobody read it\n%s: %s\n",
                    left_out, names[level], line);
        else
            fprintf(stderr, "%s: %s\n", names[level], line);
        left_out = 0;
    }
    funlockfile(stderr);
}

static struct {
    ouro_log_sink *sink;
    void *ud;
    enum ouro_log_level least;
} logger = {.sink = print_to_stderr, .least = OURO_LOG_INFO};

void ouro_log(enum ouro_log_level level, const char *fmt, ...)
{
    if (level < logger.least)
        return;
    char line[LINE_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    logger.sink(level, line, logger.ud);
}

void ouro_log_to(ouro_log_sink *sink, void *ud)
{
    logger.sink = sink ? sink : print_to_stderr;
    logger.ud = ud;
}

void ouro_log_level(enum ouro_log_level least)
{
    logger.least = least;
}

void ouro_assert_failed(const char *what, const char *file, int line)
{
    ouro_log(OURO_LOG_ERROR, "%s:%d: broken promise: %s", file, line, what);
    abort();
}
