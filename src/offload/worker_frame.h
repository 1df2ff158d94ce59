/* SPDX-License-Identifier: MIT */
/* Messages on the channel between a program and its worker, both ways:
 *
 *     | length, 4 bytes, of this machine's order | that many bytes | ...
 *
 * Both ends are the same program on the same machine. Still, a worker that has gone wild must not
 * do more than to be killed: what comes from it is checked. */
#ifndef OURO_OFFLOAD_WORKER_FRAME_H
#define OURO_OFFLOAD_WORKER_FRAME_H

#include "ouro/offload.h"

#define OURO__FRAME_HEAD_BYTES sizeof(uint32_t)

/* Are two parts together not longer than a message may be? */
static inline bool ouro__frame_fits(size_t first_bytes, size_t second_bytes)
{
    return first_bytes <= OURO_MESSAGE_BYTES_MAX &&
           second_bytes <= OURO_MESSAGE_BYTES_MAX - first_bytes;
}
/* Append a message made of two parts. 0, -EMSGSIZE, -ENOMEM; on failure nothing was appended. */
int ouro__frame_put(struct ouro_buf *buf, const void *first, size_t first_bytes, const void *second,
                    size_t second_bytes);
/* How many bytes are missing from the first message in the buffer: 0, it is whole. -EMSGSIZE: no
 * message of ours. */
int ouro__frame_missing(const struct ouro_buf *buf);
/* Move the first message, which is whole, into ret_message. 0 or -ENOMEM (it stays). */
int ouro__frame_take(struct ouro_buf *buf, struct ouro_buf *ret_message);
/* Drop bytes from the front; a large buffer that became empty is given back. */
void ouro__frame_drop(struct ouro_buf *buf, size_t bytes);

#endif
