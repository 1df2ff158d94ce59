/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <errno.h>
#include <string.h>

/* Bytes of the header, as far as those already there tell. */
static size_t head_size(const struct frame_reader *reader)
{
    if (reader->head_bytes < 2)
        return 2;
    uint8_t length = reader->head[1] & 0x7f;
    return length < 126 ? 2 : length == 126 ? 4 : 10;
}

static uint64_t payload_size(const uint8_t *head)
{
    uint8_t length = head[1] & 0x7f;
    int extended = length < 126 ? 0 : length == 126 ? 2 : 8;
    uint64_t size = extended ? 0 : length;
    for (int i = 0; i < extended; i++)
        size = size << 8 | head[2 + i];
    return size;
}

static size_t read_head(struct frame_reader *reader, const uint8_t *data, size_t len)
{
    size_t used = 0;
    while (used < len && reader->head_bytes < head_size(reader))
        reader->head[reader->head_bytes++] = data[used++];
    if (reader->head_bytes == head_size(reader)) {
        reader->in_payload = true;
        reader->payload_left = payload_size(reader->head);
        reader->wire_bytes = reader->head_bytes + reader->payload_left;
    }
    return used;
}

static void finish(struct frame_reader *reader, struct frame_piece *piece)
{
    piece->end = true;
    piece->final = reader->head[0] & 0x80;
    piece->wire_bytes = reader->wire_bytes;
    reader->head_bytes = 0;
    reader->in_payload = false;
}

int frame_read(struct frame_reader *reader, const uint8_t *data, size_t len,
               struct frame_piece *ret)
{
    struct frame_piece piece = {0};
    size_t used = reader->in_payload ? 0 : read_head(reader, data, len);
    if (reader->head_bytes >= 2 && reader->head[1] & 0x80)
        return -EBADMSG;
    if (reader->in_payload) {
        size_t here = len - used;
        piece.payload_bytes = here < reader->payload_left ? here : (size_t)reader->payload_left;
        piece.payload = data + used;
        piece.opcode = reader->head[0] & 0x0f;
        reader->payload_left -= piece.payload_bytes;
        used += piece.payload_bytes;
        if (reader->payload_left == 0)
            finish(reader, &piece);
    }
    *ret = piece;
    return (int)used;
}

int frame_write(uint8_t *out, size_t out_bytes, int opcode, const void *payload, size_t len)
{
    size_t head = 0;
    if (len > UINT16_MAX || len + 8 > out_bytes)
        return -EMSGSIZE;
    out[head++] = (uint8_t)(0x80 | opcode);
    if (len < 126) {
        out[head++] = (uint8_t)(0x80 | len);
    } else {
        out[head++] = 0x80 | 126;
        out[head++] = (uint8_t)(len >> 8);
        out[head++] = (uint8_t)len;
    }
    memset(out + head, 0, 4);
    memcpy(out + head + 4, payload, len);
    return (int)(head + 4 + len);
}
