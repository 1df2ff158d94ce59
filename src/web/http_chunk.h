/* SPDX-License-Identifier: MIT */
/**
 * http_chunk: a chunked body, taken apart into slices of its content (RFC 9112 section 7.1).
 *
 *      5;ext=1\r\n hello \r\n     size in hex, perhaps extensions; that many bytes
 *      6\r\n  world\r\n
 *      0\r\n                      the last chunk is empty
 *      Expires: never\r\n         perhaps trailers
 *      \r\n
 *
 * Pure: no clock, socket, task or allocation, nothing is copied. Strict: CRLF only, no white space
 * around the size, trailers must be well-formed. Extensions and trailers are checked, counted
 * against a limit, and dropped (RFC 9110 6.5.1 allows it): nobody here knows any.
 */
#ifndef OURO_WEB_HTTP_CHUNK_H
#define OURO_WEB_HTTP_CHUNK_H

#include "web/http_parse.h"

enum {
    OURO__CHUNK_LINE_BYTES_MAX = 256, /**< a size line, or a trailer line, with its CRLF */
    /** All extensions and trailers of one body: else a sender of one-byte chunks with long
     * extensions makes us read without end, and no limit on the body would notice. */
    OURO__CHUNK_EXTRA_BYTES_MAX = 4096,
};

/** Where in a chunked body we are. Plain data; start with ouro__chunk_init(). */
struct ouro__chunk {
    uint64_t chunk_left; /**< of the current chunk; in a size line: the value so far */
    uint64_t body_left;  /**< how much more the body may hold */
    uint16_t line_bytes; /**< of the size or trailer line so far */
    uint16_t extra_bytes;
    uint8_t stage;
};

enum ouro__chunk_answer {
    OURO__CHUNK_MORE = 0, /**< all was used, more must come */
    OURO__CHUNK_DATA = 1, /**< a piece of the body, at least one byte */
    OURO__CHUNK_END = 2,  /**< the body is over; what was not used is the next message */
};

/** Begin a body that may hold up to `body_bytes_max` bytes. */
void ouro__chunk_init(struct ouro__chunk *chunk, uint64_t body_bytes_max);

/**
 * Go on, in the next bytes that came. `ret_used` tells how many of them are dealt with: drop them
 * and call again, until MORE or END. With DATA, `ret_data` is a slice of `data`.
 *
 * -OURO_EMALFORMED: answer 400 and close. -OURO_ELIMIT: the body would become larger than
 * allowed (told by the size line, before the bytes come): answer 413 and close. After END or a
 * failure the decoder must not be called again before ouro__chunk_init().
 */
int ouro__chunk_next(struct ouro__chunk *chunk, const char *data, size_t len, size_t *ret_used,
                     struct ouro__slice *ret_data);

#endif
