/* SPDX-License-Identifier: MIT */
/**
 * ws_handshake: may this request become a WebSocket, and what to answer (RFC 6455 section 4); and
 * a client's side of it.
 *
 *      GET /connect HTTP/1.1                       HTTP/1.1 101 Switching Protocols
 *      Host: example.org                           Upgrade: websocket
 *      Origin: https://example.org           ->    Connection: Upgrade
 *      Upgrade: websocket                          Sec-WebSocket-Accept: s3pPLMBiTxaQ9k...
 *      Connection: keep-alive, Upgrade             Sec-WebSocket-Protocol: ouro.v1
 *      Sec-WebSocket-Version: 13
 *      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
 *      Sec-WebSocket-Protocol: ouro.v2, ouro.v1
 *
 * Pure but for the SHA-1 of OpenSSL, which may allocate inside. Never waits; any thread.
 */
#ifndef OURO_WEB_WS_HANDSHAKE_H
#define OURO_WEB_WS_HANDSHAKE_H

#include "web/http_parse.h"
#include "web/ws_extension.h"

enum {
    OURO__WS_KEY_BYTES = 24,    /**< Sec-WebSocket-Key: base64 of 16 bytes */
    OURO__WS_ACCEPT_BYTES = 28, /**< Sec-WebSocket-Accept: base64 of a SHA-1 */
};

/** What this server allows. All-zero: pages of this server only, no subprotocol. */
struct ouro__ws_rules {
    /** Origins whose pages may connect, as browsers write them ("https://example.org"), ended by
     * NULL; "*" allows any. Without a list: an origin whose host and port are those the request
     * went to. A request without Origin is none of a browser's, and always allowed: the
     * check protects a user's browser from foreign pages, nothing else (RFC 6455 10.2). */
    const char *const *origins;
    /** Subprotocols spoken here, ended by NULL, the most wanted first. May be NULL. */
    const char *const *protocols;
    struct ouro__ws_wish deflate; /**< compression */
};

struct ouro__ws_handshake {
    char accept[OURO__WS_ACCEPT_BYTES + 1]; /**< with NUL */
    const char *protocol; /**< one of rules->protocols; NULL: none in common, or none asked for */
    struct ouro__ws_terms terms;               /**< of compression, if any ... */
    char extensions[OURO__WS_EXTENSION_BYTES]; /**< ... and how the answer says so; or "" */
};

/**
 * Check an upgrade request. 0: it may be accepted with `ret_handshake`. -OURO_EMALFORMED: answer
 * with `ret_refusal`, its headers included: 400, 403 (origin), 405 (not GET), 426 (no WebSocket
 * asked for, or another version of it).
 */
int ouro__ws_handshake_check(const struct ouro__http_request *req,
                             const struct ouro__ws_rules *rules,
                             struct ouro__ws_handshake *ret_handshake,
                             const struct ouro__http_refusal **ret_refusal);

/**
 * Write the 101 response. Returns its length in bytes, without the NUL behind it; -ENOSPC when
 * `cap` is too small (`out` then holds garbage).
 */
int ouro__ws_handshake_write(const struct ouro__ws_handshake *handshake, char *out, size_t cap);

/** For a request of ours: 16 random bytes in base64, with NUL. */
void ouro__ws_key_print(const uint8_t random[16], char ret_key[OURO__WS_KEY_BYTES + 1]);

/**
 * A client's side: may what the server answers be a WebSocket? `accept` is what belongs to the key
 * that was sent; `rules` what was offered, its origins mean nothing. 0: it is one with what
 * `ret_handshake` says. -ECONNREFUSED: another status than 101. -OURO_EMALFORMED: what says 101
 * breaks the rules (RFC 6455 4.1), or agrees to what was not offered.
 */
int ouro__ws_answer_check(const struct ouro__http_response *res, const char *accept,
                          const struct ouro__ws_rules *rules,
                          struct ouro__ws_handshake *ret_handshake);

/**
 * Sec-WebSocket-Accept for a key, with NUL (RFC 6455 4.2.2): a server sends it, a client compares
 * it with what came.
 */
void ouro__ws_accept_key(const char key[OURO__WS_KEY_BYTES],
                         char ret_accept[OURO__WS_ACCEPT_BYTES + 1]);

#endif
