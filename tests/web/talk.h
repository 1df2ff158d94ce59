/* SPDX-License-Identifier: MIT */
/* A client at the other end of an HTTP connection, byte by byte if need be: what it says is given
 * as text, what it hears is collected until the server ends. */
#ifndef OURO_TESTS_WEB_TALK_H
#define OURO_TESTS_WEB_TALK_H

#include "../net/scene.h"
#include "drive.h"

#include <ouro/web.h>

#define HEARD_BYTES_MAX (4 << 20)

struct talk {
    struct ouro_stream *client;
    struct ouro_task *server;
    /* What the server is started with. */
    struct ouro_stream *stream;
    ouro_http_handler *handler;
    void *ud;
    const struct ouro_http_options *limits;
};

static inline int talk_serve(void *arg)
{
    struct talk *talk = arg;
    return ouro_http_serve(talk->stream, talk->handler, talk->ud, talk->limits);
}

static inline void talk_open(struct talk *talk, ouro_http_handler *handler, void *ud,
                             const struct ouro_http_options *limits)
{
    struct ouro_stream *ends[2];
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    *talk = (struct talk){
        .client = ends[0], .stream = ends[1], .handler = handler, .ud = ud, .limits = limits};
    talk->server = started(talk_serve, talk);
}

/* The client goes; returns the status of the server's task. */
static inline int talk_close(struct talk *talk)
{
    ouro_stream_close(talk->client);
    return status_of(talk->server);
}

static inline void say_bytes(struct talk *talk, const void *data, size_t len)
{
    ck_assert_int_eq(ouro_write(talk->client, data, len, SOON), 0);
}

static inline void say(struct talk *talk, const char *text)
{
    say_bytes(talk, text, strlen(text));
}

/* In pieces, with time for the server to look at each. False: it has hung up. */
static inline bool say_split(struct talk *talk, const void *data, size_t len, struct split split)
{
    for (size_t at = 0; at < len;) {
        size_t piece = split_next(&split, len - at);
        if (ouro_write(talk->client, (const char *)data + at, piece, SOON) < 0)
            return false;
        at += piece;
        ck_assert_int_eq(ouro_yield(), 0);
        ck_assert_int_eq(ouro_yield(), 0);
    }
    return true;
}

/* Whatever comes until the server ends (0), or says nothing for that long (-ETIMEDOUT). */
static inline int hear(struct talk *talk, int64_t silent_ns, struct ouro_buf *ret_heard)
{
    int rc = 1;
    while (rc > 0) {
        char *room = ouro_buf_reserve(ret_heard, 65536);
        ck_assert_ptr_nonnull(room);
        rc = ouro_read(talk->client, room, 65536, ouro_after(silent_ns));
        ret_heard->len += rc > 0 ? (size_t)rc : 0;
        ck_assert_uint_lt(ret_heard->len, HEARD_BYTES_MAX);
    }
    return rc;
}

/* All that comes until the server ends, as text. The caller frees it. */
static inline char *hear_all(struct talk *talk)
{
    struct ouro_buf heard = {0};
    ck_assert_int_eq(hear(talk, OURO_SEC(1000), &heard), 0);
    ouro_buf_putc(&heard, '\0');
    return heard.data;
}

/* What has come so far; the server goes on. */
static inline char *hear_some(struct talk *talk)
{
    struct ouro_buf heard = {0};
    ck_assert_int_eq(hear(talk, OURO_MS(10), &heard), -ETIMEDOUT);
    ouro_buf_putc(&heard, '\0');
    return heard.data;
}

static inline int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

#endif
