/* SPDX-License-Identifier: MIT */
/**
 * ws_parse: WebSocket frames in, whole messages out (RFC 6455 section 5).
 *
 *       0               1               2               3
 *      +-+-+-+-+-------+-+-------------+-------------------------------+
 *      |F|R|R|R| opcode|M| length      | 126: 2 bytes more of length   |
 *      |I|S|S|S| 0 cont|A| 0..125      | 127: 8 bytes more             |
 *      |N|V|V|V| 1 text|S|             |                               |
 *      | |1|2|3| 2 bin |K|             |                               |
 *      +-+-+-+-+-------+-+-------------+-------------------------------+
 *      | 4 bytes of mask, if M: always from a client, never from a server |
 *      +------------------------------------------------------------------+
 *      | payload ...                       opcodes 8 close, 9 ping, 10 pong |
 *
 * Pure: no clock, socket, task or allocation. The parser works inside the caller's buffer:
 * payload is unmasked where it lies and a message is delivered as a slice of that buffer. A message
 * that lies whole and unfragmented in what was read is never copied; fragments are pushed together,
 * each byte moved once:
 *
 *      before   | head | Hel | ping | head | lo wo |
 *                       ^head        ^next           ^end
 *      after    |      | Hello wo |
 *                       ^head      ^next, end: this much is to be kept for the next call
 *
 * What a connection has to do is therefore one thing: keep the bytes that the parser says must be
 * kept, and put what comes next right behind them. Between messages that is nothing, so an idle
 * connection needs no buffer, only this struct of 24 bytes. The struct is plain data without
 * pointers: it goes with the connection when another loop takes over.
 *
 * A compressed message (RFC 7692) is not put together here but handed on in the pieces in which it
 * comes, unmasked, for an inflater: what it grows to decides how much of it may come.
 */
#ifndef OURO_WEB_WS_PARSE_H
#define OURO_WEB_WS_PARSE_H

#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- errors ---------------------------------------------------------------------------------- */

/** What a peer can do wrong: name, the code to close with (RFC 6455 7.4.1), what the log says. */
#define OURO__WS_ERRORS(X)                                                            \
    X(OURO__WS_BAD_RSV, 1002, "reserved bit set without an extension")                \
    X(OURO__WS_BAD_OPCODE, 1002, "unknown opcode")                                    \
    X(OURO__WS_NOT_MASKED, 1002, "frame from a client is not masked")                 \
    X(OURO__WS_MASKED, 1002, "frame from a server is masked")                         \
    X(OURO__WS_CONTROL_FRAGMENTED, 1002, "fragmented control frame")                  \
    X(OURO__WS_CONTROL_TOO_LONG, 1002, "control frame longer than 125 bytes")         \
    X(OURO__WS_NOTHING_TO_CONTINUE, 1002, "continuation without a message")           \
    X(OURO__WS_MESSAGE_NOT_ENDED, 1002, "new message before the end of the last one") \
    X(OURO__WS_LENGTH_NOT_MINIMAL, 1002, "length not in its shortest form")           \
    X(OURO__WS_LENGTH_NEGATIVE, 1002, "length with its highest bit set")              \
    X(OURO__WS_BAD_CLOSE, 1002, "close frame of one byte")                            \
    X(OURO__WS_BAD_CLOSE_CODE, 1002, "close code that must not be sent")              \
    X(OURO__WS_BAD_UTF8, 1007, "text is not UTF-8")                                   \
    X(OURO__WS_BAD_DEFLATE, 1007, "compressed data is corrupt")                       \
    X(OURO__WS_TOO_MANY_FRAGMENTS, 1008, "too many fragments")                        \
    X(OURO__WS_MESSAGE_TOO_LONG, 1009, "message too long")

enum ouro__ws_error {
    OURO__WS_OK,
#define OURO__WS_ERROR_VALUE(name, code, text) name,
    OURO__WS_ERRORS(OURO__WS_ERROR_VALUE)
#undef OURO__WS_ERROR_VALUE
};

/** The code to close the connection with. `error` is not OURO__WS_OK. */
uint16_t ouro__ws_error_code(enum ouro__ws_error error);
/** The reason to close with, and for the log: at most 123 bytes of ASCII. Static storage. */
const char *ouro__ws_error_text(enum ouro__ws_error error);

/* --- the parser ------------------------------------------------------------------------------ */

enum {
    OURO__WS_CONTROL_BYTES_MAX = 125, /**< payload of a control frame */
    OURO__WS_HEADER_BYTES_MAX = 14,
    /** What a connection keeps, at most, beside the message in progress: all but the last byte of
     * a masked control frame. */
    OURO__WS_REST_BYTES_MAX = 6 + OURO__WS_CONTROL_BYTES_MAX - 1,
};

/** Shared by many connections; given to each call, so that it costs no connection anything. */
struct ouro__ws_limits {
    uint32_t message_bytes_max; /**< of a message. A compressed one may take more than twice that
                                 * on its way, so that there is a bound, but none that is felt */
    uint32_t fragments_max;     /**< frames per message, at least 1 */
};

enum ouro__ws_role { OURO__WS_SERVER, OURO__WS_CLIENT };

/** Private to ws_parse.c, but for `error`. Start with ouro__ws_init(). */
struct ouro__ws {
    uint32_t message_bytes; /**< of the message in progress: unmasked, checked, in the buffer; of a
                             * compressed one, that have been handed on */
    uint32_t payload_left;  /**< of the data frame in progress */
    uint32_t fragments;     /**< frames of the message in progress */
    uint8_t mask[4];        /**< turned so that mask[0] belongs to the next byte */
    struct ouro__utf8 utf8;
    uint8_t kind;                     /**< opcode of the message in progress; 0: none is */
    uint8_t error;                    /**< enum ouro__ws_error: why the peer must be dropped */
    bool client : 1, compression : 1; /**< what was agreed on in the handshake */
    bool in_frame : 1, final : 1, compressed : 1, closed : 1;
};

/**
 * Begin. `role` is our own: a server wants masked frames, a client unmasked ones. `compression`:
 * permessage-deflate was negotiated (RFC 7692), so the first frame of a message may set RSV1.
 */
void ouro__ws_init(struct ouro__ws *ws, enum ouro__ws_role role, bool compression);

/** The caller's buffer: kept bytes and new ones, contiguous, writable. See the picture above. */
struct ouro__ws_input {
    uint8_t *head; /**< first byte in use */
    uint8_t *next; /**< first byte the parser has not dealt with */
    uint8_t *end;
};

/** `data` holds what had to be kept from the last round, followed by what has come since. */
struct ouro__ws_input ouro__ws_input(const struct ouro__ws *ws, uint8_t *data, size_t len);

enum ouro__ws_kind {
    OURO__WS_MORE = 0, /**< all was used; see need_bytes */
    /* Beyond, the opcode is the kind. */
    OURO__WS_TEXT = 1,   /**< a whole message, valid UTF-8 */
    OURO__WS_BINARY = 2, /**< a whole message */
    OURO__WS_CLOSE = 8,  /**< close_code, and the reason in data, valid UTF-8 */
    OURO__WS_PING = 9,   /**< answer with a pong of the same data; may come between fragments */
    OURO__WS_PONG = 10,
    OURO__WS_PIECE = 16, /**< of a compressed message, to be inflated; perhaps empty if the last */
};

struct ouro__ws_event {
    uint8_t *data; /**< in the caller's buffer, until the caller touches that; may be written to */
    size_t len;
    uint16_t close_code; /**< CLOSE: the peer's; 1005 when it gave none */
    uint8_t message;     /**< PIECE: of a message of this kind, TEXT or BINARY */
    bool last;           /**< PIECE: the message ends with it */
    /** MORE: with less than this, nothing can happen. For reading a long message in one piece; it
     * never goes beyond the limit of a message. */
    size_t need_bytes;
};

/**
 * The next event: its kind, more than 0. OURO__WS_MORE (0): nothing more can be told from these
 * bytes; from `in->head` to `in->end` lies what must be kept (often nothing) and must come first
 * in the next input. -OURO_EMALFORMED: close with `ws->error`; each further call says the same.
 *
 * Text is refused at its first wrong byte and a message at the header that makes it too long, not
 * at its end. After CLOSE all that follows is dropped (RFC 6455 1.4). Never waits.
 */
int ouro__ws_next(struct ouro__ws *ws, const struct ouro__ws_limits *limits,
                  struct ouro__ws_input *in, struct ouro__ws_event *ret_event);

/**
 * Stop between two events, whatever is left: from `in->head` to `in->end` lies what must be kept,
 * as after OURO__WS_MORE. The data of events before are gone.
 */
void ouro__ws_pause(const struct ouro__ws *ws, struct ouro__ws_input *in);

/** The peer is to be dropped for what an inflater found: from now on each call says so. */
void ouro__ws_fail(struct ouro__ws *ws, enum ouro__ws_error error);

/* --- also for those who send ----------------------------------------------------------------- */

/** XOR with a mask whose first byte belongs to data[0] (RFC 6455 5.3): masks and unmasks. */
void ouro__ws_mask(uint8_t *data, size_t len, const uint8_t mask[4]);

/** May a close frame carry that code (RFC 6455 7.4, IANA registry of close codes)? */
bool ouro__ws_close_code_valid(unsigned code);

#endif
