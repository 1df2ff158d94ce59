/* SPDX-License-Identifier: MIT */
/* A connection that sees the state of its room: a line that keeps the texts, and a picture that is
 * made of the snapshots. */
#ifndef OURO_TESTS_LOBBY_WATCHER_H
#define OURO_TESTS_LOBBY_WATCHER_H

#include "../lobby/scene.h"

struct watcher {
    struct line line;
    struct ouro_picture *picture; /* as a client has it */
};

static inline struct watcher *watcher_of(const struct ouro_connection *connection)
{
    return ouro_container(line_of(connection), struct watcher, line);
}

static inline int watcher_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                               size_t count)
{
    struct watcher *watcher = watcher_of(connection);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        if (ouro_frame_kind(frames[i]) == OURO_FRAME_BINARY)
            ck_assert_int_eq(ouro_picture_apply(watcher->picture, payload, len), 1);
        else
            ck_assert_int_eq(line_send(connection, &frames[i], 1), 0);
    }
    return 0;
}

/* The first WebSocket frame of these bytes, as one of ours; and how long it was. */
static inline struct ouro_frame *frame_from(const uint8_t *wire, size_t *ret_len)
{
    size_t len = wire[1], head = 2;
    if (len == 126) {
        len = (size_t)wire[2] << 8 | wire[3];
        head = 4;
    }
    ck_assert_uint_lt(wire[1], 127); /* no message is that long */
    *ret_len = head + len;
    return ouro_frame_new((enum ouro_frame_kind)(wire[0] & 0x0f), wire + head, len);
}

/* What is due, and a snapshot. */
static inline int watcher_send_parts(struct ouro_connection *connection,
                                     const struct ouro_part *parts, size_t count)
{
    struct ouro_buf wire = {0};
    for (size_t i = 0; i < count; i++)
        ouro_buf_append(&wire, ouro_part_bytes(&parts[i]), parts[i].len);
    for (size_t at = 0, len; at < wire.len; at += len) {
        struct ouro_frame *frame = frame_from((const uint8_t *)wire.data + at, &len);
        watcher_send(connection, &frame, 1);
        ouro_frame_unref(frame);
    }
    ouro_buf_done(&wire);
    return 0;
}

static const struct ouro_connection_ops watcher_ops = {.send = watcher_send,
                                                       .backlog_bytes = line_backlog_bytes,
                                                       .send_parts = watcher_send_parts,
                                                       .close = line_close};

/* Knows nothing any more. */
static inline void watcher_reset(struct watcher *watcher, const struct ouro_type *types)
{
    ouro_picture_free(watcher->picture);
    ck_assert_int_eq(ouro_picture_new(types, &watcher->picture), 0);
}

static inline void watcher_init(struct watcher *watcher, const struct ouro_type *types)
{
    *watcher = (struct watcher){.line = {.connection = {.ops = &watcher_ops}}};
    watcher_reset(watcher, types);
}

static inline void watcher_done(struct watcher *watcher)
{
    if (watcher->line.connection.seat)
        drop_line(&watcher->line);
    watcher->picture = ouro_picture_free(watcher->picture);
}

#endif
