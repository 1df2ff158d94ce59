/* SPDX-License-Identifier: MIT */
/* A client's WebSocket of ouro.v1 in a simulated network, by hand. */
#ifndef OURO_TESTS_SIM_WEBSOCKET_H
#define OURO_TESTS_SIM_WEBSOCKET_H

#include "scene.h"

#define FRAME_BYTES (64 * 1024) /* of one frame at the most */

static inline int read_exactly(struct ouro_stream *stream, void *buf, size_t len)
{
    for (size_t at = 0; at < len;) {
        int rc = ouro_read(stream, (char *)buf + at, len - at, ouro_after(OURO_SEC(30)));
        if (rc <= 0)
            return rc < 0 ? rc : -OURO_ECLOSED;
        at += (size_t)rc;
    }
    return 0;
}

static inline int upgrade(struct ouro_stream *stream)
{
    static const char ask[] = "GET /ouro/connect HTTP/1.1\r\nHost: 10.0.0.1\r\n"
                              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char head[1024] = "";
    int rc = ouro_write(stream, ask, sizeof ask - 1, ouro_after(OURO_SEC(30)));
    for (size_t len = 0; rc == 0 && !strstr(head, "\r\n\r\n") && len < sizeof head - 1; len++)
        rc = read_exactly(stream, head + len, 1);
    return rc < 0 ? rc : strstr(head, "101") ? 0 : -OURO_EMALFORMED;
}

static inline int send_frame(struct ouro_stream *stream, uint8_t opcode, const void *data,
                             size_t len)
{
    uint8_t frame[8 + 1024] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | len)};
    size_t head = 6; /* the mask is zeros */
    ck_assert_uint_lt(len, 1024);
    if (len > 125) {
        memcpy(frame + 1, (uint8_t[]){0xfe, (uint8_t)(len >> 8), (uint8_t)len}, 3);
        head = 8;
    }
    memcpy(frame + head, data, len);
    return ouro_write(stream, frame, head + len, ouro_after(OURO_SEC(30)));
}

static inline int send_text(struct ouro_stream *stream, const char *text)
{
    return send_frame(stream, 1, text, strlen(text));
}

/* The payload of the next frame, with a NUL, into FRAME_BYTES; returns its opcode. */
static inline int read_frame(struct ouro_stream *stream, char *payload, size_t *ret_len)
{
    uint8_t head[2], more[2] = {0};
    int rc = read_exactly(stream, head, 2);
    size_t len = head[1];
    if (rc == 0 && len == 126)
        rc = read_exactly(stream, more, 2);
    if (len == 126)
        len = (size_t)(more[0] << 8 | more[1]);
    if (rc == 0)
        rc = read_exactly(stream, payload, len);
    *ret_len = rc == 0 ? len : 0;
    payload[*ret_len] = '\0';
    return rc < 0 ? rc : head[0] & 15;
}

#endif
