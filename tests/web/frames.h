/* SPDX-License-Identifier: MIT */
/* A WebSocket client made by hand: frames as bytes, right or wrong, and what is heard, as text. */
#ifndef OURO_TESTS_WEB_FRAMES_H
#define OURO_TESTS_WEB_FRAMES_H

#include "talk.h"

#define HANDSHAKE                                                                  \
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

enum { FIN = 0x80, CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static inline void put_frame(struct ouro_buf *out, int first, const void *payload, size_t len)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    size_t prefix_bytes = ouro_frame_prefix(prefix, first & 15, len);
    prefix[0] = (uint8_t)first;
    prefix[1] |= 0x80;
    ouro_buf_append(out, prefix, prefix_bytes);
    ouro_buf_append(out, mask, 4);
    ouro_buf_append(out, payload, len);
    ouro__ws_mask((uint8_t *)out->data + out->len - len, len, mask);
}

static inline void put_text(struct ouro_buf *out, const char *text)
{
    put_frame(out, FIN | TEXT, text, strlen(text));
}

static inline void put_close(struct ouro_buf *out, int code)
{
    uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    put_frame(out, FIN | CLOSE, payload, 2);
}

/* What the frames behind the answer to the handshake say, as drive.h writes it. */
static inline void understand(const struct ouro_buf *heard, struct ouro_buf *ret_said)
{
    static const struct drive_ws how = {OURO__WS_CLIENT, false, {1 << 24, 1000}};
    const char *end = memmem(heard->data, heard->len, "\r\n\r\n", 4);
    ck_assert_ptr_nonnull(end);
    ck_assert_int_eq(strncmp(heard->data, "HTTP/1.1 101 ", 13), 0);
    size_t head = (size_t)(end + 4 - heard->data);
    drive_ws(&how, (const uint8_t *)heard->data + head, heard->len - head, split_number(0),
             ret_said);
    ouro_buf_putc(ret_said, '\0');
}

/* All frames until the server ends, as text; the caller frees it. */
static inline char *understand_all(struct talk *talk)
{
    struct ouro_buf heard = {0}, said = {0};
    ck_assert_int_eq(hear(talk, OURO_SEC(1000), &heard), 0);
    understand(&heard, &said);
    ouro_buf_done(&heard);
    return said.data;
}

#endif
