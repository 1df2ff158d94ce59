/* SPDX-License-Identifier: MIT */
/**
 * ws_deflate: the content of compressed messages, by zlib (RFC 7692 section 7.2).
 *
 *      message:  | deflate blocks ... | 00 00 ff ff |      the tail is not sent: who compresses
 *                                       ^^^^^^^^^^^        cuts it off, who inflates adds it
 *
 * A message that is sent refers to nothing before it, so what it is compressed to depends on no
 * connection: it is made once and hangs on the frame, for all who can take it. And one that is no
 * longer than a window can't refer beyond it, so messages of that size are the same to all.
 *
 * zlib's states are large (up to 256 KiB to compress, 40 to inflate), so connections have none: a
 * thread has some, while any of its connections compress. A connection borrows one to inflate while
 * a message comes in, and for good only if messages refer to those before them.
 *
 * On the loop's thread; never waits.
 */
#ifndef OURO_WEB_WS_DEFLATE_H
#define OURO_WEB_WS_DEFLATE_H

#include "web/ws_parse.h"

#include "ouro/base.h"

/** One more connection of this thread compresses. */
void ouro__deflate_enter(void);
/** One fewer: with the last one goes what the thread has. It holds no inflater any more. */
void ouro__deflate_leave(void);

/* --- out -------------------------------------------------------------------------------------- */

struct ouro__deflate_how {
    uint8_t send_bits; /**< what was agreed on: how far back references may go, 8 to 15 */
    uint8_t level;     /**< zlib's, 1 to 9 */
    uint32_t bytes_min;
};

/**
 * What to send in place of the frame, without a reference of its own: it is the frame itself, or
 * hangs on it. The frame itself: it is too short, or compresses badly, or memory is out.
 */
struct ouro_frame *ouro__deflate_frame(struct ouro_frame *frame,
                                       const struct ouro__deflate_how *how);

/* --- in --------------------------------------------------------------------------------------- */

struct ouro__inflater;

/** One for the next message, from the thread's stock or new. 0, -ENOMEM. */
int ouro__inflater_borrow(struct ouro__inflater **ret_inflater);
/** NULL is fine. Returns NULL. */
struct ouro__inflater *ouro__inflater_give_back(struct ouro__inflater *inflater);

/** Begin a message. With `context` it may refer to the one before. */
void ouro__inflater_begin(struct ouro__inflater *inflater, bool context);

/**
 * Inflate the next piece of the message. `text`: it must be UTF-8, told at the first wrong byte.
 * 0; an enum ouro__ws_error: close with that; -ENOMEM. After a failure only begin or give it back.
 *
 * What comes out is bounded by `bytes_max`, in memory and time, whatever goes in.
 */
int ouro__inflater_feed(struct ouro__inflater *inflater, const uint8_t *data, size_t len, bool last,
                        bool text, uint32_t bytes_max);

/** What the message is so far. Valid until the next call with the inflater. */
const uint8_t *ouro__inflater_message(const struct ouro__inflater *inflater, size_t *ret_len);

#endif
