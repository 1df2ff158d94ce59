/* SPDX-License-Identifier: MIT */
/* One request and what becomes of it, for tests of what answers it: the client says all that it has
 * to say, and hears until the server ends. */
#ifndef OURO_TESTS_WEB_ASK_H
#define OURO_TESTS_WEB_ASK_H

#include "talk.h"

/* The caller frees what was heard. */
static inline char *ask_with(const struct ouro_http_options *options, ouro_http_handler *handler,
                             void *ud, const char *said)
{
    struct talk talk;
    talk_open(&talk, handler, ud, options);
    say(&talk, said);
    ouro_stream_shutdown(talk.client);
    char *heard = hear_all(&talk);
    ck_assert_int_eq(talk_close(&talk), 0);
    return heard;
}

/* A request by its method and target, with more field lines, each with its CRLF, or "". */
static inline char *ask_target(ouro_http_handler *handler, void *ud, const char *method,
                               const char *target, const char *fields)
{
    char said[4096];
    int len =
        snprintf(said, sizeof said, "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n", method, target, fields);
    ck_assert_int_lt(len, (int)sizeof said);
    return ask_with(NULL, handler, ud, said);
}

static inline int heard_status(const char *heard)
{
    int status = 0;
    ck_assert_msg(sscanf(heard, "HTTP/1.1 %d ", &status) == 1, "no answer: '%s'", heard);
    return status;
}

/* The value of the first field of that name, or NULL; in memory of its own, until the next but
 * seven. */
static inline const char *heard_field(const char *heard, const char *name)
{
    static char values[8][512];
    static unsigned next;
    char start[64], *value = values[next++ % 8];
    snprintf(start, sizeof start, "\r\n%s: ", name);
    const char *head_end = strstr(heard, "\r\n\r\n"), *at = strstr(heard, start);
    if (!head_end || !at || at > head_end)
        return NULL;
    at += strlen(start);
    snprintf(value, sizeof values[0], "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

static inline const char *heard_body(const char *heard)
{
    const char *end = strstr(heard, "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    return end + 4;
}

static inline void expect_field(const char *heard, const char *name, const char *value)
{
    const char *found = heard_field(heard, name);
    ck_assert_msg(found && strcmp(found, value) == 0, "%s is '%s', not '%s'", name,
                  found ? found : "-", value);
}

#endif
