/* SPDX-License-Identifier: MIT */
#include "web/ws_parse.h"

#include "ouro/base.h"

#include <string.h>

_Static_assert(sizeof(struct ouro__ws) <= 24, "an idle connection is counted in bytes");

/* --- errors ---------------------------------------------------------------------------------- */

static const struct {
    uint16_t code;
    const char *text;
} errors[] = {
#define ERROR_ENTRY(name, close_code, words) [name] = {.code = (close_code), .text = (words)},
    OURO__WS_ERRORS(ERROR_ENTRY)
#undef ERROR_ENTRY
};

uint16_t ouro__ws_error_code(enum ouro__ws_error error)
{
    return errors[error].code;
}

const char *ouro__ws_error_text(enum ouro__ws_error error)
{
    return errors[error].text;
}

/* Whatever of a message is there is not wanted any more: nothing must be kept for it. */
static int fail(struct ouro__ws *ws, enum ouro__ws_error error)
{
    ws->error = (uint8_t)error;
    ws->message_bytes = 0;
    return -OURO_EMALFORMED;
}

void ouro__ws_fail(struct ouro__ws *ws, enum ouro__ws_error error)
{
    fail(ws, error);
}

/* How much of the message in progress stands in the caller's buffer. */
static size_t kept_bytes(const struct ouro__ws *ws)
{
    return ws->compressed ? 0 : ws->message_bytes;
}

/* --- masking --------------------------------------------------------------------------------- */

static void xor_8(uint8_t *data, uint64_t mask)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    word ^= mask;
    memcpy(data, &word, sizeof word);
}

void ouro__ws_mask(uint8_t *data, size_t len, const uint8_t mask[4])
{
    uint64_t wide;
    memcpy(&wide, mask, 4);
    memcpy((uint8_t *)&wide + 4, mask, 4);
    size_t at = 0;
    for (; len - at >= 32; at += 32) { /* four at a time: what compilers turn into vectors */
        xor_8(data + at, wide);
        xor_8(data + at + 8, wide);
        xor_8(data + at + 16, wide);
        xor_8(data + at + 24, wide);
    }
    for (; len - at >= 8; at += 8)
        xor_8(data + at, wide);
    for (; at < len; at++)
        data[at] ^= mask[at & 3];
}

/* Turn the mask so that its first byte belongs to the byte after `len` more. */
static void turn_mask(uint8_t mask[4], size_t len)
{
    uint8_t turned[4];
    for (size_t i = 0; i < 4; i++)
        turned[i] = mask[(i + len) & 3];
    memcpy(mask, turned, 4);
}

/* --- frame headers --------------------------------------------------------------------------- */

enum { CONTINUATION = 0 };

struct header {
    size_t header_bytes;
    uint64_t payload_bytes;
    uint8_t opcode;
    bool final, rsv1;
    uint8_t mask[4]; /* zeros when there is none, which is a mask that changes nothing */
};

static bool is_control(uint8_t opcode)
{
    return opcode >= OURO__WS_CLOSE;
}

static bool is_known(uint8_t opcode)
{
    return opcode <= OURO__WS_BINARY || (opcode >= OURO__WS_CLOSE && opcode <= OURO__WS_PONG);
}

/* RFC 7692 section 6: RSV1 belongs to a message, so only its first frame may carry it. */
static bool may_set_rsv1(const struct ouro__ws *ws, uint8_t opcode)
{
    return ws->compression && opcode != CONTINUATION && !is_control(opcode);
}

/* The rules that the first two bytes decide, in the order of RFC 6455 section 5.2. */
static enum ouro__ws_error check_first_bytes(const struct ouro__ws *ws, uint8_t first,
                                             uint8_t second)
{
    uint8_t opcode = first & 0x0f;
    bool final = first & 0x80, masked = second & 0x80;
    if ((first & 0x30) || ((first & 0x40) && !may_set_rsv1(ws, opcode)))
        return OURO__WS_BAD_RSV;
    if (!is_known(opcode))
        return OURO__WS_BAD_OPCODE;
    if (ws->client ? masked : !masked)
        return ws->client ? OURO__WS_MASKED : OURO__WS_NOT_MASKED;
    if (is_control(opcode) && !final)
        return OURO__WS_CONTROL_FRAGMENTED;
    if (is_control(opcode) && (second & 0x7f) > OURO__WS_CONTROL_BYTES_MAX)
        return OURO__WS_CONTROL_TOO_LONG;
    if (opcode == CONTINUATION && ws->kind == 0)
        return OURO__WS_NOTHING_TO_CONTINUE;
    if (opcode != CONTINUATION && !is_control(opcode) && ws->kind != 0)
        return OURO__WS_MESSAGE_NOT_ENDED;
    return OURO__WS_OK;
}

static uint64_t read_big_endian(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* How many bytes of length follow the first two. */
static size_t length_bytes(uint8_t second)
{
    uint8_t length = second & 0x7f;
    return length == 127 ? 8 : length == 126 ? 2 : 0;
}

static enum ouro__ws_error check_length(uint64_t length, size_t wide)
{
    if (wide == 8 && length >> 63)
        return OURO__WS_LENGTH_NEGATIVE;
    if ((wide == 8 && length <= UINT16_MAX) || (wide == 2 && length < 126))
        return OURO__WS_LENGTH_NOT_MINIMAL;
    return OURO__WS_OK;
}

/* 1: `header` is filled in. 0: it may be with `ret_need` bytes more. */
static int read_header(struct ouro__ws *ws, const struct ouro__ws_input *in, struct header *header,
                       size_t *ret_need)
{
    const uint8_t *at = in->next;
    size_t have = (size_t)(in->end - at), want = 2;
    if (have < want) {
        *ret_need = want - have;
        return 0;
    }
    enum ouro__ws_error error = check_first_bytes(ws, at[0], at[1]);
    if (error)
        return fail(ws, error);
    size_t wide = length_bytes(at[1]), mask_bytes = at[1] & 0x80 ? 4 : 0;
    want += wide + mask_bytes;
    if (have < want) {
        *ret_need = want - have;
        return 0;
    }
    *header = (struct header){.header_bytes = want,
                              .payload_bytes = wide ? read_big_endian(at + 2, wide) : at[1] & 0x7f,
                              .opcode = at[0] & 0x0f,
                              .final = at[0] & 0x80,
                              .rsv1 = at[0] & 0x40};
    memcpy(header->mask, at + 2 + wide, mask_bytes);
    error = check_length(header->payload_bytes, wide);
    return error ? fail(ws, error) : 1;
}

/* --- control frames -------------------------------------------------------------------------- */

bool ouro__ws_close_code_valid(unsigned code)
{
    if (code >= 3000)
        return code <= 4999;
    /* 1004 is reserved; 1005 and 1006 stand for "no code came" and "no close came". */
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

static int read_close(struct ouro__ws *ws, struct ouro__ws_event *event)
{
    event->close_code = 1005;
    ws->closed = true;
    ws->message_bytes = 0; /* a message that was in progress never ends */
    if (event->len == 0)
        return OURO__WS_CLOSE;
    if (event->len == 1)
        return fail(ws, OURO__WS_BAD_CLOSE);
    event->close_code = (uint16_t)read_big_endian(event->data, 2);
    event->data += 2;
    event->len -= 2;
    if (!ouro__ws_close_code_valid(event->close_code))
        return fail(ws, OURO__WS_BAD_CLOSE_CODE);
    if (!ouro_utf8_valid(event->data, event->len))
        return fail(ws, OURO__WS_BAD_UTF8);
    return OURO__WS_CLOSE;
}

/* A control frame is taken when it is whole, so that its payload needs no place in our state. 0:
 * it isn't yet. */
static int take_control(struct ouro__ws *ws, struct ouro__ws_input *in, const struct header *header,
                        struct ouro__ws_event *event)
{
    size_t have = (size_t)(in->end - in->next);
    size_t frame_bytes = header->header_bytes + (size_t)header->payload_bytes;
    if (have < frame_bytes) {
        event->need_bytes = frame_bytes - have;
        return 0;
    }
    event->data = in->next + header->header_bytes;
    event->len = (size_t)header->payload_bytes;
    in->next += frame_bytes;
    ouro__ws_mask(event->data, event->len, header->mask);
    return header->opcode == OURO__WS_CLOSE ? read_close(ws, event) : header->opcode;
}

/* --- data frames ----------------------------------------------------------------------------- */

/* On its way a compressed message may be longer than its content: by what it takes to store what
 * can't be compressed, and to begin a block anew in each of its fragments. */
static uint64_t wire_bytes_max(const struct ouro__ws_limits *limits, bool compressed)
{
    uint64_t most = limits->message_bytes_max;
    if (compressed)
        most = most * 2 + 1024;
    return most < UINT32_MAX ? most : UINT32_MAX;
}

static int begin_frame(struct ouro__ws *ws, const struct ouro__ws_limits *limits,
                       struct ouro__ws_input *in, const struct header *header)
{
    bool compressed = ws->kind ? ws->compressed : header->rsv1;
    if (ws->fragments >= limits->fragments_max)
        return fail(ws, OURO__WS_TOO_MANY_FRAGMENTS);
    if (ws->message_bytes + header->payload_bytes > wire_bytes_max(limits, compressed))
        return fail(ws, OURO__WS_MESSAGE_TOO_LONG);
    in->next += header->header_bytes;
    if (ws->kind == 0) {
        in->head = in->next; /* the message is built where its first payload lies */
        ws->kind = header->opcode;
        ws->compressed = compressed;
    }
    ws->fragments++;
    ws->in_frame = true;
    ws->final = header->final;
    ws->payload_left = (uint32_t)header->payload_bytes;
    memcpy(ws->mask, header->mask, 4);
    return 0;
}

/* Is the text fine so far, given the bytes that were added to it? */
static bool check_text(struct ouro__ws *ws, const uint8_t *added, size_t len)
{
    if (ws->kind != OURO__WS_TEXT)
        return true;
    bool ends = ws->final && ws->payload_left == 0;
    return ouro__utf8_feed(&ws->utf8, added, len) && (!ends || ouro__utf8_complete(&ws->utf8));
}

/* Unmask what has come of the frame's payload, behind what there is of the message. */
static size_t take_bytes(struct ouro__ws *ws, struct ouro__ws_input *in, uint8_t *to)
{
    size_t len = (size_t)(in->end - in->next);
    if (len > ws->payload_left)
        len = ws->payload_left;
    if (to != in->next)
        memmove(to, in->next, len);
    ouro__ws_mask(to, len, ws->mask);
    turn_mask(ws->mask, len);
    in->next += len;
    ws->message_bytes += (uint32_t)len;
    ws->payload_left -= (uint32_t)len;
    ws->in_frame = ws->payload_left > 0;
    return len;
}

static int forget_message(struct ouro__ws *ws)
{
    int kind = ws->kind;
    ws->kind = 0;
    ws->compressed = false;
    ws->message_bytes = 0;
    ws->fragments = 0;
    return kind;
}

/* 0: the message goes on. */
static int take_payload(struct ouro__ws *ws, struct ouro__ws_input *in,
                        struct ouro__ws_event *event)
{
    uint8_t *to = in->head + ws->message_bytes;
    size_t len = take_bytes(ws, in, to);
    if (!check_text(ws, to, len))
        return fail(ws, OURO__WS_BAD_UTF8);
    if (ws->in_frame || !ws->final)
        return 0;
    event->data = in->head;
    event->len = ws->message_bytes;
    in->head = in->next;
    return forget_message(ws);
}

/* 0: there is nothing to hand on. */
static int take_piece(struct ouro__ws *ws, struct ouro__ws_input *in, struct ouro__ws_event *event)
{
    event->data = in->next;
    event->len = take_bytes(ws, in, in->next);
    event->message = ws->kind;
    event->last = ws->final && !ws->in_frame;
    in->head = in->next;
    if (event->last)
        forget_message(ws);
    return event->len || event->last ? OURO__WS_PIECE : 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

void ouro__ws_init(struct ouro__ws *ws, enum ouro__ws_role role, bool compression)
{
    *ws = (struct ouro__ws){.client = role == OURO__WS_CLIENT, .compression = compression};
}

struct ouro__ws_input ouro__ws_input(const struct ouro__ws *ws, uint8_t *data, size_t len)
{
    size_t kept = kept_bytes(ws);
    ouro_assert(len >= kept); /* else what had to be kept was not */
    return (struct ouro__ws_input){.head = data, .next = data + kept, .end = data + len};
}

/* Push what must be kept together: the message so far, and what was not dealt with. */
void ouro__ws_pause(const struct ouro__ws *ws, struct ouro__ws_input *in)
{
    uint8_t *to = in->head + kept_bytes(ws);
    size_t rest = (size_t)(in->end - in->next);
    if (ws->kind == 0 || ws->compressed)
        to = in->head = in->next;
    else if (to != in->next)
        memmove(to, in->next, rest);
    in->next = to;
    in->end = to + rest;
}

/* Nothing more can be told. */
static int need_more(const struct ouro__ws *ws, struct ouro__ws_input *in)
{
    ouro__ws_pause(ws, in);
    return OURO__WS_MORE;
}

static int drop_all(struct ouro__ws_input *in, struct ouro__ws_event *event)
{
    in->head = in->next = in->end;
    event->need_bytes = 1;
    return OURO__WS_MORE;
}

/* Between two frames: begin the next one. 0: go on with its payload, or more is needed. */
static int next_frame(struct ouro__ws *ws, const struct ouro__ws_limits *limits,
                      struct ouro__ws_input *in, struct ouro__ws_event *event)
{
    struct header header;
    int rc = read_header(ws, in, &header, &event->need_bytes);
    if (rc <= 0)
        return rc;
    if (is_control(header.opcode))
        return take_control(ws, in, &header, event);
    return begin_frame(ws, limits, in, &header);
}

int ouro__ws_next(struct ouro__ws *ws, const struct ouro__ws_limits *limits,
                  struct ouro__ws_input *in, struct ouro__ws_event *ret_event)
{
    *ret_event = (struct ouro__ws_event){0};
    if (ws->error)
        return -OURO_EMALFORMED;
    if (ws->closed)
        return drop_all(in, ret_event);
    for (;;) {
        if (!ws->in_frame) {
            int rc = next_frame(ws, limits, in, ret_event);
            if (rc != 0)
                return rc;
            if (!ws->in_frame)
                return need_more(ws, in);
        }
        int rc = ws->compressed ? take_piece(ws, in, ret_event) : take_payload(ws, in, ret_event);
        if (rc != 0)
            return rc;
        if (ws->in_frame) {
            ret_event->need_bytes = ws->payload_left;
            return need_more(ws, in);
        }
    }
}
