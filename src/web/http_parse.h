/* SPDX-License-Identifier: MIT */
/**
 * http_parse: the head of an HTTP/1.1 message: bytes in, slices out (RFC 9112, RFC 9110).
 *
 *      GET /play?room=7 HTTP/1.1\r\n        first line: method, target, version
 *      Host: example.org\r\n                field lines
 *      Connection: keep-alive, Upgrade\r\n
 *      \r\n                                 end of the head; the body, if any, follows
 *
 * Pure: no clock, socket, task or allocation. Strict: what two readers could understand in two
 * ways is refused, because that is how requests are smuggled past a proxy: bare CR or LF, a
 * folded line, a space before the colon, two lengths, two hosts.
 *
 * Two steps share the work. Step one finds the end of the head while bytes come in; it looks at
 * each byte once, however small the pieces, checks lines and limits, and refuses early. Step two
 * runs once, over a head that is whole. So the result can't depend on how the bytes were split,
 * and no slice outlives a buffer that had to grow in between.
 */
#ifndef OURO_WEB_HTTP_PARSE_H
#define OURO_WEB_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* --- limits ---------------------------------------------------------------------------------- */

enum {
    OURO__HTTP_LINE_BYTES_MAX = 8192,  /**< one line with its CRLF; RFC 9112 3 asks for 8000 */
    OURO__HTTP_HEAD_BYTES_MAX = 16384, /**< the whole head */
    OURO__HTTP_HEADERS_MAX = 64,       /**< field lines */
};

/* --- slices ---------------------------------------------------------------------------------- */

/** A piece of somebody else's bytes, no NUL at its end. Valid as long as those bytes are. */
struct ouro__slice {
    const char *at;
    size_t len;
};

/** Equal, byte by byte. Here and below: inline, as most texts are literals, whose length costs
 * nothing then, and most slices have another. */
static inline bool ouro__slice_same(struct ouro__slice slice, const char *text)
{
    return strlen(text) == slice.len && memcmp(slice.at, text, slice.len) == 0;
}
/** Equal, but for the case of ASCII letters. */
static inline bool ouro__slice_like(struct ouro__slice slice, const char *text)
{
    return strlen(text) == slice.len && strncasecmp(slice.at, text, slice.len) == 0;
}
/** One or more token characters (RFC 9110 5.6.2)? */
bool ouro__http_is_token(struct ouro__slice slice);
bool ouro__http_is_token_char(unsigned char c);
/** host [":" port] (RFC 9110 7.2), the host not empty, no user name before it? */
bool ouro__http_is_authority(struct ouro__slice slice);
/** A path that begins with '/', perhaps with a query, that we would take in a request? */
bool ouro__http_is_origin_form(struct ouro__slice slice);

/* --- what a head says ------------------------------------------------------------------------ */

#define OURO__HTTP_METHODS(X) \
    X(GET) X(HEAD) X(POST) X(PUT) X(DELETE) X(OPTIONS) X(PATCH) X(CONNECT) X(TRACE)

enum ouro__http_method {
#define OURO__HTTP_METHOD_VALUE(name) OURO__HTTP_##name,
    OURO__HTTP_METHODS(OURO__HTTP_METHOD_VALUE)
#undef OURO__HTTP_METHOD_VALUE
};

/** "GET" and so on. Static storage. */
const char *ouro__http_method_name(enum ouro__http_method method);

/** How the end of the body is found (RFC 9112 section 6.3). */
enum ouro__http_body {
    OURO__HTTP_BODY_NONE,        /**< nothing follows the head, or Content-Length is 0 */
    OURO__HTTP_BODY_LENGTH,      /**< `body_bytes` follow, at least 1 */
    OURO__HTTP_BODY_CHUNKED,     /**< see http_chunk.h */
    OURO__HTTP_BODY_UNTIL_CLOSE, /**< in responses only */
};

struct ouro__http_header {
    struct ouro__slice name, value; /**< value: without the white space around it; may be empty */
};

/** What requests and responses have in common. */
struct ouro__http_head {
    enum ouro__http_body body;
    uint64_t body_bytes;   /**< OURO__HTTP_BODY_LENGTH: how many; else 0 */
    uint8_t version_minor; /**< 0 or 1; HTTP/1.2 and later speak 1.1 with us (RFC 9110 2.5) */
    bool keep_alive;       /**< the connection may carry another message after this one */
    bool upgrade;          /**< `Connection: upgrade`, with an Upgrade field, in HTTP/1.1 */
    uint8_t header_count;
    struct ouro__http_header headers[OURO__HTTP_HEADERS_MAX]; /**< in the order they came */
};

/** The four forms of a request target (RFC 9112 section 3.2). */
enum ouro__http_target {
    OURO__HTTP_ORIGIN_FORM,    /**< /path?query */
    OURO__HTTP_ABSOLUTE_FORM,  /**< http://host/path?query */
    OURO__HTTP_AUTHORITY_FORM, /**< host:port, CONNECT only */
    OURO__HTTP_ASTERISK_FORM,  /**< *, OPTIONS only: the server as a whole */
};

struct ouro__http_request {
    struct ouro__http_head head;
    enum ouro__http_method method;
    enum ouro__http_target form;
    bool expect_continue;      /**< the client waits for "100 Continue" before it sends the body */
    struct ouro__slice target; /**< as it was sent */
    /** Begins with '/', still percent-encoded. "*" in asterisk form, empty in authority form. */
    struct ouro__slice path;
    struct ouro__slice query; /**< behind the '?', without it; `at` is NULL when there is none */
    /** `host[:port]` of the target URI; empty only when HTTP/1.0 sent no Host. */
    struct ouro__slice host;
};

struct ouro__http_response {
    struct ouro__http_head head;
    uint16_t status;           /**< 100 to 599 */
    struct ouro__slice reason; /**< may be empty */
};

/* --- parsing --------------------------------------------------------------------------------- */

/** Why a message is refused. All of it is static storage. */
struct ouro__http_refusal {
    uint16_t status;     /**< to answer a request with; of a response only the reason counts */
    const char *reason;  /**< a few words for the log and the body of the answer */
    const char *headers; /**< field lines the answer must carry, each with CRLF; or NULL */
};

/**
 * How far the search for the end of a head has come. All-zero is the state before a head; zero it
 * again for the next head on the same connection.
 */
struct ouro__http_parser {
    const struct ouro__http_refusal *refusal; /**< set once, when a call fails */
    uint32_t scanned;                         /**< bytes looked at */
    uint32_t line_at;                         /**< where the line that is coming in began */
    uint32_t lines;                           /**< lines that are whole, without the first CRLF */
};

/**
 * Look for a request head in `data`: everything of it that has come so far, from its first byte
 * (the buffer may lie elsewhere each time, the bytes must be the same). Never waits.
 *
 * More than 0: the head is whole and this many bytes long; `req` is filled in and points into
 * `data`. What follows is body, or the next request. 0: more bytes are needed.
 * -OURO_EMALFORMED: answer with `parser->refusal` and close (the place where the next message
 * begins is not known); each further call says the same. In both cases `req` means nothing.
 *
 * Refusals: 400 for what is malformed or ambiguous; 413 a length beyond 64 bits; 414 a first line
 * too long; 417 an expectation other than 100-continue; 431 fields too long or too many; 501 a
 * method or transfer coding unknown here; 505 another major version.
 */
int ouro__http_parse_request(struct ouro__http_parser *parser, const char *data, size_t len,
                             struct ouro__http_request *req);

/**
 * The same for a response, as a client sees it. `method` is that of the request it answers: it
 * decides whether a body follows. A `1xx` other than 101 is followed by another head.
 */
int ouro__http_parse_response(struct ouro__http_parser *parser, const char *data, size_t len,
                              enum ouro__http_method method, struct ouro__http_response *res);

/* --- looking into a head --------------------------------------------------------------------- */

/** How many fields have that name (any case); with one or more, `ret_value` gets the first. */
int ouro__http_header(const struct ouro__http_head *head, const char *name,
                      struct ouro__slice *ret_value);

/**
 * Walk over the elements of a comma-separated field, through all its lines as if they were one
 * (RFC 9110 5.6.1): empty elements are passed over, white space is trimmed. For fields without
 * quoted strings: a comma always ends an element.
 *
 *      struct ouro__http_list list = {.head = head, .name = "Connection"};
 *      while (ouro__http_list_next(&list, &element)) ...
 */
struct ouro__http_list {
    const struct ouro__http_head *head;
    const char *name;
    size_t next_header;
    struct ouro__slice rest;
};

bool ouro__http_list_next(struct ouro__http_list *list, struct ouro__slice *ret_element);

/** Is the token (any case) an element of that field? `Connection: keep-alive, Upgrade` is. */
bool ouro__http_has_token(const struct ouro__http_head *head, const char *name, const char *token);

#endif
