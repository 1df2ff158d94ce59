/* SPDX-License-Identifier: MIT */
/**
 * ws_extension: is permessage-deflate spoken, and how (RFC 6455 section 9.1, RFC 7692 section 7).
 *
 *      Sec-WebSocket-Extensions:                    Sec-WebSocket-Extensions:
 *        permessage-deflate;                          permessage-deflate;
 *          client_max_window_bits,             ->       server_no_context_takeover;
 *        permessage-deflate                             client_no_context_takeover
 *
 * A client offers, in the order of what it likes best, and the first offer that can be accepted is.
 * An offer with a parameter that is unknown, wrong or said twice is passed over.
 *
 * Pure: bytes in, terms out.
 */
#ifndef OURO_WEB_WS_EXTENSION_H
#define OURO_WEB_WS_EXTENSION_H

#include "web/http_parse.h"

enum {
    OURO__WS_WINDOW_BITS_MIN = 8,
    OURO__WS_WINDOW_BITS_MAX = 15,
    OURO__WS_EXTENSION_BYTES = 136, /**< of the field's value as we write it, with NUL */
};

/** What one side wants. All-zero: no compression. */
struct ouro__ws_wish {
    bool on;
    bool context;        /**< the peer's messages may refer to those before them */
    uint8_t window_bits; /**< 8 to 15: how far back references go, in both directions */
};

/** What was agreed on. All-zero: no compression. Our own messages never refer to those before. */
struct ouro__ws_terms {
    uint8_t send_bits; /**< 8 to 15: how far back our references may go; 0: no compression */
    bool context;      /**< the peer's messages may refer to those before them */
};

/**
 * A server's side: choose among a request's offers. 0: `ret_terms` are agreed on, and `ret_value`
 * is what the answer's field says ("": no extension). -OURO_EMALFORMED: the field breaks the
 * grammar of RFC 6455, answer 400.
 */
int ouro__ws_extension_choose(const struct ouro__http_head *head, const struct ouro__ws_wish *wish,
                              struct ouro__ws_terms *ret_terms,
                              char ret_value[OURO__WS_EXTENSION_BYTES]);

/** A client's side: the value of the request's field; "" if there is no wish. */
void ouro__ws_extension_offer(const struct ouro__ws_wish *wish,
                              char ret_value[OURO__WS_EXTENSION_BYTES]);

/**
 * A client's side: what the server made of the offer. 0, or -OURO_EMALFORMED: the field is
 * malformed, or grants what was not offered: the connection is to be given up (RFC 7692 section 5).
 */
int ouro__ws_extension_check(const struct ouro__http_head *head, const struct ouro__ws_wish *wish,
                             struct ouro__ws_terms *ret_terms);

#endif
