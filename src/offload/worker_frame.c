/* SPDX-License-Identifier: MIT */
#include "offload/worker_frame.h"

#include <string.h>

/* An empty buffer larger than that is not kept. */
#define KEPT_BYTES (64 * 1024)

/* Room in a buffer that stays usable when memory is out. */
static char *reserve(struct ouro_buf *buf, size_t len)
{
    char *room = ouro_buf_reserve(buf, len);
    buf->failed = false;
    return room;
}

int ouro__frame_put(struct ouro_buf *buf, const void *first, size_t first_bytes, const void *second,
                    size_t second_bytes)
{
    if (!ouro__frame_fits(first_bytes, second_bytes))
        return -EMSGSIZE;
    uint32_t length = (uint32_t)(first_bytes + second_bytes);
    if (!reserve(buf, sizeof length + length))
        return -ENOMEM;
    ouro_buf_append(buf, &length, sizeof length);
    ouro_buf_append(buf, first, first_bytes);
    ouro_buf_append(buf, second, second_bytes);
    return 0;
}

static uint32_t first_length(const struct ouro_buf *buf)
{
    uint32_t length;
    memcpy(&length, buf->data, sizeof length);
    return length;
}

int ouro__frame_missing(const struct ouro_buf *buf)
{
    if (buf->len < OURO__FRAME_HEAD_BYTES)
        return (int)(OURO__FRAME_HEAD_BYTES - buf->len);
    uint32_t length = first_length(buf);
    if (length > OURO_MESSAGE_BYTES_MAX)
        return -EMSGSIZE;
    size_t whole = OURO__FRAME_HEAD_BYTES + length;
    return buf->len >= whole ? 0 : (int)(whole - buf->len);
}

int ouro__frame_take(struct ouro_buf *buf, struct ouro_buf *ret_message)
{
    uint32_t length = first_length(buf);
    struct ouro_buf message = *ret_message;
    ouro_buf_clear(&message);
    bool room = reserve(&message, length);
    ret_message->data = message.data;
    ret_message->cap = message.cap;
    if (!room)
        return -ENOMEM;
    ouro_buf_clear(ret_message);
    ouro_buf_append(ret_message, buf->data + OURO__FRAME_HEAD_BYTES, length);
    ouro__frame_drop(buf, OURO__FRAME_HEAD_BYTES + length);
    return 0;
}

void ouro__frame_drop(struct ouro_buf *buf, size_t bytes)
{
    if (bytes == 0)
        return;
    buf->len -= bytes;
    memmove(buf->data, buf->data + bytes, buf->len);
    if (buf->len == 0 && buf->cap > KEPT_BYTES)
        ouro_buf_done(buf);
}
