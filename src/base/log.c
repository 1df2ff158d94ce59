/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES_MAX 2048

static void print_to_stderr(enum ouro_log_level level, const char *line, void *ud)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    (void)ud;
    fprintf(stderr, "%s: %s\n", names[level], line);
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
