/* SPDX-License-Identifier: MIT */
/**
 * frames: the client's half of RFC 6455 section 5 that a load generator needs: find the borders of
 * the frames that a server sends, and write small frames to it. Pure. It shares no line with the
 * library's framer, so that a fault there can't hide behind the same fault here.
 */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

#define FRAME_HEAD_BYTES_MAX 14 /* 2, up to 8 of length, 4 of mask */

/** Where in a frame the stream stands. All-zero is the start of a connection. */
struct frame_reader {
    uint8_t head[FRAME_HEAD_BYTES_MAX];
    uint8_t head_bytes;    /* of the header, so far */
    bool in_payload;       /* the header is whole */
    uint64_t payload_left; /* bytes of the payload still to come */
    uint64_t wire_bytes;   /* of this frame so far, header included */
};

/** What one step found. */
struct frame_piece {
    const uint8_t *payload; /* a part of the payload, or NULL */
    size_t payload_bytes;
    bool end;   /* the frame ends here */
    bool final; /* FIN: and with it the message */
    uint8_t opcode;
    uint64_t wire_bytes; /* of the whole frame, valid at the end */
};

/**
 * Eat bytes up to the end of a frame at most; returns how many (at least one of at least one), or
 * -EBADMSG when the server masked its frame, which it must not (section 5.1). A piece's payload
 * points into `data`.
 */
int frame_read(struct frame_reader *reader, const uint8_t *data, size_t len,
               struct frame_piece *ret);

/**
 * Write a whole client frame; returns its bytes, or -EMSGSIZE when it does not fit. The masking
 * key is zero: valid on the wire, and the server unmasks with it as with any other.
 */
int frame_write(uint8_t *out, size_t out_bytes, int opcode, const void *payload, size_t len);

#endif
