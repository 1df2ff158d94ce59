/* SPDX-License-Identifier: MIT */
/* Drives the pure parsers of the web room as a connection would, and writes down what they said.
 * The tests and the fuzzers share it: both demand that the transcript is the same however the
 * bytes were split.
 *
 * Each step gives the parser a block of exactly the bytes there are, so that the address
 * sanitizer sees the first one read beyond them, and a pointer kept from the step before. */
#ifndef OURO_TESTS_WEB_DRIVE_H
#define OURO_TESTS_WEB_DRIVE_H

#include "ouro/base.h"
#include "web/http_chunk.h"
#include "web/http_parse.h"
#include "web/ws_deflate.h"
#include "web/ws_handshake.h"
#include "web/ws_parse.h"

#include <stdlib.h>
#include <string.h>

/* --- splits ---------------------------------------------------------------------------------- */

/* How the bytes are dealt out: all at once, one by one, or in random pieces by seed. */
struct split {
    enum { SPLIT_WHOLE, SPLIT_BYTES, SPLIT_RANDOM } way;
    struct ouro_rng rng;
};

/* The splits everything is tried with: 0 whole, 1 byte by byte, from 2 random. */
static inline struct split split_number(int number)
{
    struct split split = {.way = number == 0   ? SPLIT_WHOLE
                                 : number == 1 ? SPLIT_BYTES
                                               : SPLIT_RANDOM};
    ouro_rng_seed(&split.rng, (uint64_t)number);
    return split;
}

/* The size of the next piece, at least 1; `left` is at least 1. */
static inline size_t split_next(struct split *split, size_t left)
{
    if (split->way == SPLIT_WHOLE)
        return left;
    if (split->way == SPLIT_BYTES)
        return 1;
    size_t most = ouro_rng_below(&split->rng, 2) ? 8 : left;
    size_t piece = 1 + ouro_rng_below(&split->rng, (uint32_t)most);
    return piece < left ? piece : left;
}

static inline bool same_transcript(const struct ouro_buf *a, const struct ouro_buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* A block of exactly that size. The byte more is for malloc(0). */
static inline void *exact_copy(const void *data, size_t len)
{
    void *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, data, len);
    return copy;
}

/* --- HTTP heads ------------------------------------------------------------------------------ */

static inline void note_slice(struct ouro_buf *said, const char *label, struct ouro__slice slice)
{
    ouro_buf_printf(said, " %s=", label);
    if (!slice.at)
        ouro_buf_puts(said, "-");
    else
        ouro_buf_append(said, slice.at, slice.len);
}

static inline void note_head(struct ouro_buf *said, const struct ouro__http_head *head)
{
    ouro_buf_printf(said, " minor=%d body=%d/%llu keep=%d upgrade=%d\n", head->version_minor,
                    (int)head->body, (unsigned long long)head->body_bytes, head->keep_alive,
                    head->upgrade);
    for (size_t i = 0; i < head->header_count; i++) {
        note_slice(said, "name", head->headers[i].name);
        note_slice(said, "value", head->headers[i].value);
        ouro_buf_puts(said, "\n");
    }
}

static inline void note_request(struct ouro_buf *said, const struct ouro__http_request *req)
{
    ouro_buf_printf(said, "%s form=%d expect=%d", ouro__http_method_name(req->method),
                    (int)req->form, req->expect_continue);
    note_slice(said, "target", req->target);
    note_slice(said, "path", req->path);
    note_slice(said, "query", req->query);
    note_slice(said, "host", req->host);
    note_head(said, &req->head);
}

static inline void note_response(struct ouro_buf *said, const struct ouro__http_response *res)
{
    ouro_buf_printf(said, "%d", res->status);
    note_slice(said, "reason", res->reason);
    note_head(said, &res->head);
}

/* The handshakes of WebSocket, whose rules stand behind the parser of heads. What points into the
 * head must be right however often that has moved before it was whole. */

#define DRIVE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* for the key of RFC 6455 section 1.3 */

static inline const struct ouro__ws_rules *drive_rules(size_t number)
{
    static const char *const protocols[] = {"ouro.v2", "ouro.v1", NULL};
    static const char *const origins[] = {"https://example.org", NULL};
    static const char *const any[] = {"*", NULL};
    static const struct ouro__ws_rules rules[] = {
        {0},
        {.origins = any, .protocols = protocols, .deflate = {.on = true, .window_bits = 15}},
        {.origins = origins,
         .protocols = protocols,
         .deflate = {.on = true, .window_bits = 10, .context = true}},
    };
    return number < sizeof rules / sizeof *rules ? &rules[number] : NULL;
}

static inline void note_agreement(struct ouro_buf *said, const struct ouro__ws_handshake *handshake)
{
    ouro_buf_printf(said, "agreed accept=%s protocol=%s bits=%d context=%d extensions=%s\n",
                    handshake->accept, handshake->protocol ? handshake->protocol : "-",
                    handshake->terms.send_bits, handshake->terms.context, handshake->extensions);
}

static inline void note_upgrade(struct ouro_buf *said, const struct ouro__http_request *req)
{
    for (size_t i = 0; drive_rules(i); i++) {
        struct ouro__ws_handshake handshake;
        const struct ouro__http_refusal *refusal = NULL;
        if (ouro__ws_handshake_check(req, drive_rules(i), &handshake, &refusal) == 0)
            note_agreement(said, &handshake);
        else
            ouro_buf_printf(said, "refused %d %s\n", refusal->status, refusal->reason);
    }
}

static inline void note_answer(struct ouro_buf *said, const struct ouro__http_response *res)
{
    for (size_t i = 0; drive_rules(i); i++) {
        struct ouro__ws_handshake handshake = {0};
        int rc = ouro__ws_answer_check(res, DRIVE_ACCEPT, drive_rules(i), &handshake);
        if (rc == 0)
            note_agreement(said, &handshake);
        else
            ouro_buf_printf(said, "given up: %s\n", ouro_error_name(rc));
    }
}

enum drive_what { DRIVE_REQUEST, DRIVE_RESPONSE, DRIVE_UPGRADE, DRIVE_ANSWER };

/* Feed one head. The transcript: what was parsed and its length, what the handshake makes of it,
 * the refusal, or "more". */
static inline void drive_http(enum drive_what what, const char *data, size_t len,
                              struct split split, struct ouro_buf *said)
{
    struct ouro__http_parser parser = {0};
    struct ouro__http_request req;
    struct ouro__http_response res;
    int rc = 0;
    for (size_t have = 0; rc == 0 && have < len;) {
        have += split_next(&split, len - have);
        char *copy = exact_copy(data, have);
        bool is_request = what == DRIVE_REQUEST || what == DRIVE_UPGRADE;
        rc = is_request ? ouro__http_parse_request(&parser, copy, have, &req)
                        : ouro__http_parse_response(&parser, copy, have, OURO__HTTP_GET, &res);
        if (rc > 0 && is_request)
            note_request(said, &req);
        else if (rc > 0)
            note_response(said, &res);
        if (rc > 0 && what == DRIVE_UPGRADE)
            note_upgrade(said, &req);
        if (rc > 0 && what == DRIVE_ANSWER)
            note_answer(said, &res);
        free(copy);
    }
    if (rc >= 0)
        ouro_buf_printf(said, "head_bytes=%d\n", rc);
    else
        ouro_buf_printf(said, "refused %d %s\n", parser.refusal->status, parser.refusal->reason);
}

/* Feed it whole, byte by byte and in random pieces; abort() when that is not the same. */
static inline void drive_http_all_ways(enum drive_what what, const char *data, size_t len,
                                       int random_split)
{
    struct ouro_buf whole = {0}, split = {0};
    drive_http(what, data, len, split_number(0), &whole);
    for (int way = 1; way <= 2; way++) {
        if (way == 1 && len > 600) /* byte by byte costs the square of the length here */
            continue;
        ouro_buf_clear(&split);
        drive_http(what, data, len, split_number(way == 1 ? 1 : random_split), &split);
        if (!same_transcript(&whole, &split))
            abort();
    }
    ouro_buf_done(&whole);
    ouro_buf_done(&split);
}

/* --- chunked bodies -------------------------------------------------------------------------- */

/* Feed one body. The transcript: its content, then how it ended and after how many bytes (a failure
 * has no place: what was used up before it depends on the pieces). */
static inline void drive_chunk(const char *data, size_t len, uint64_t body_bytes_max,
                               struct split split, struct ouro_buf *said)
{
    struct ouro__chunk chunk;
    ouro__chunk_init(&chunk, body_bytes_max);
    int rc = OURO__CHUNK_MORE;
    size_t at = 0;
    while (rc == OURO__CHUNK_MORE && at < len) {
        size_t piece = split_next(&split, len - at), done = 0;
        char *copy = exact_copy(data + at, piece);
        do {
            size_t used = 0;
            struct ouro__slice content = {0};
            rc = ouro__chunk_next(&chunk, copy + done, piece - done, &used, &content);
            if (rc == OURO__CHUNK_DATA)
                ouro_buf_append(said, content.at, content.len);
            done += used;
        } while (rc == OURO__CHUNK_DATA);
        at += done;
        free(copy);
    }
    if (rc == OURO__CHUNK_END)
        ouro_buf_printf(said, "|end@%zu", at);
    else
        ouro_buf_printf(said, "|%s", rc < 0 ? ouro_error_name(rc) : "more");
}

/* --- WebSocket ------------------------------------------------------------------------------- */

struct drive_ws {
    enum ouro__ws_role role;
    bool compression;
    struct ouro__ws_limits limits;
};

static inline void note_event(struct ouro_buf *said, int kind, const struct ouro__ws_event *event)
{
    ouro_buf_puts(said, kind == OURO__WS_TEXT     ? "text:"
                        : kind == OURO__WS_BINARY ? "binary:"
                        : kind == OURO__WS_PING   ? "ping:"
                        : kind == OURO__WS_PONG   ? "pong:"
                                                  : "close:");
    if (kind == OURO__WS_CLOSE)
        ouro_buf_printf(said, "%d:", event->close_code);
    ouro_buf_append(said, event->data, event->len);
    ouro_buf_puts(said, "\n");
}

/* The pieces of a compressed message depend on how the bytes came; put together they don't. */
static inline void note_piece(struct ouro_buf *said, struct ouro_buf *pieces,
                              const struct ouro__ws_event *event)
{
    ouro_buf_append(pieces, event->data, event->len);
    if (!event->last)
        return;
    ouro_buf_puts(said, event->message == OURO__WS_TEXT ? "text:" : "binary:");
    ouro_buf_puts(said, "compressed:");
    ouro_buf_append(said, pieces->data, pieces->len);
    ouro_buf_puts(said, "\n");
    ouro_buf_clear(pieces);
}

/* Keep what must be kept, as a connection does; abort() when that is more than was promised. */
static inline uint8_t *keep_rest(const struct ouro__ws *ws, const struct ouro__ws_input *in,
                                 size_t *ret_kept)
{
    size_t message_bytes = ws->compressed ? 0 : ws->message_bytes;
    *ret_kept = (size_t)(in->end - in->head);
    if (*ret_kept > message_bytes + OURO__WS_REST_BYTES_MAX)
        abort();
    return exact_copy(in->head, *ret_kept);
}

/* Stop between two events, and go on in another block. */
static inline uint8_t *pause_and_move(const struct ouro__ws *ws, struct ouro__ws_input *in,
                                      uint8_t *old)
{
    ouro__ws_pause(ws, in);
    size_t len = (size_t)(in->end - in->head);
    uint8_t *moved = exact_copy(in->head, len);
    free(old);
    *in = ouro__ws_input(ws, moved, len);
    return moved;
}

/* Feed one connection. The transcript: its events, then the error if there is one. */
static inline void drive_ws(const struct drive_ws *how, const uint8_t *data, size_t len,
                            struct split split, struct ouro_buf *said)
{
    struct ouro__ws ws;
    ouro__ws_init(&ws, how->role, how->compression);
    struct ouro_buf pieces = {0};
    uint8_t *kept = exact_copy("", 0);
    size_t kept_bytes = 0;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < len;) {
        size_t piece = split_next(&split, len - at);
        kept = realloc(kept, kept_bytes + piece);
        if (!kept)
            abort();
        memcpy(kept + kept_bytes, data + at, piece);
        at += piece;
        struct ouro__ws_input in = ouro__ws_input(&ws, kept, kept_bytes + piece);
        struct ouro__ws_event event;
        while ((rc = ouro__ws_next(&ws, &how->limits, &in, &event)) > 0) {
            rc == OURO__WS_PIECE ? note_piece(said, &pieces, &event) : note_event(said, rc, &event);
            if (split.way == SPLIT_RANDOM && ouro_rng_below(&split.rng, 4) == 0)
                kept = pause_and_move(&ws, &in, kept);
        }
        if (rc == 0 && (event.need_bytes == 0 || event.need_bytes > UINT32_MAX))
            abort();
        uint8_t *rest = rc == 0 ? keep_rest(&ws, &in, &kept_bytes) : exact_copy("", 0);
        free(kept);
        kept = rest;
    }
    free(kept);
    ouro_buf_done(&pieces);
    if (rc < 0)
        ouro_buf_printf(said, "error %d %s\n", ouro__ws_error_code(ws.error),
                        ouro__ws_error_text(ws.error));
}

/* Feed one compressed message. The transcript: what it is, or the error. */
static inline void drive_inflate(struct ouro__inflater *inflater, const uint8_t *data, size_t len,
                                 bool text, uint32_t bytes_max, struct split split,
                                 struct ouro_buf *said)
{
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < len;) {
        size_t piece = split_next(&split, len - at);
        uint8_t *copy = exact_copy(data + at, piece);
        at += piece;
        rc = ouro__inflater_feed(inflater, copy, piece, at == len, text, bytes_max);
        free(copy);
    }
    if (len == 0)
        rc = ouro__inflater_feed(inflater, data, 0, true, text, bytes_max);
    size_t inflated;
    const uint8_t *message = ouro__inflater_message(inflater, &inflated);
    if (rc < 0)
        abort(); /* out of memory */
    else if (rc > 0)
        ouro_buf_puts(said, ouro__ws_error_text((enum ouro__ws_error)rc));
    else
        ouro_buf_append(said, message, inflated);
}

/* --- comparing ------------------------------------------------------------------------------- */

#endif
