/* SPDX-License-Identifier: MIT */
#include "drive.h"
#include "test.h"

/* --- frames ---------------------------------------------------------------------------------- */

/* Frames of a table case are written as a server sends them, unmasked. Masked, the same case is
 * driven against a server: each rule is tried in both roles. */
struct frame {
    uint8_t first; /* FIN, RSV, opcode */
    const char *payload;
    size_t len;
    int wide; /* 0: the length in its shortest form; 2, 8: in that many bytes */
};

enum { FIN = 0x80, RSV1 = 0x40, RSV2 = 0x20, RSV3 = 0x10 };
enum { CONT = 0, TEXT = 1, BIN = 2, CLOSE = 8, PING = 9, PONG = 10 };

#define F(first, literal)                          \
    {                                              \
        (first), (literal), sizeof(literal) - 1, 0 \
    }
#define END           \
    {                 \
        0, NULL, 0, 0 \
    }

static void put_length(struct ouro_buf *out, size_t len, int wide, uint8_t mask_bit)
{
    if (wide == 0)
        wide = len < 126 ? 1 : len <= UINT16_MAX ? 2 : 8;
    ouro_buf_putc(out, (char)(mask_bit | (wide == 1 ? len : wide == 2 ? 126 : 127)));
    for (int i = wide - 1; wide > 1 && i >= 0; i--)
        ouro_buf_putc(out, (char)((uint64_t)len >> (8 * i)));
}

static void put_frame(struct ouro_buf *out, const struct frame *frame, bool masked)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    ouro_buf_putc(out, (char)frame->first);
    put_length(out, frame->len, frame->wide, masked ? 0x80 : 0);
    if (masked)
        ouro_buf_append(out, mask, sizeof mask);
    for (size_t i = 0; i < frame->len; i++)
        ouro_buf_putc(out, (char)((uint8_t)frame->payload[i] ^ (masked ? mask[i % 4] : 0)));
}

/* --- the table ------------------------------------------------------------------------------- */

#define X25  "xxxxxxxxxxxxxxxxxxxxxxxxx"
#define X125 X25 X25 X25 X25 X25

/* Limits: 300 bytes and 4 frames a message. */
static const struct ws_case {
    const char *name;
    struct frame frames[8];
    const char *said;
    bool compression;
} ws_cases[] = {
    /* RFC 6455 section 5.7 */
    {"a text", {F(FIN | TEXT, "Hello"), END}, "text:Hello\n"},
    {"a text in two", {F(TEXT, "Hel"), F(FIN | CONT, "lo"), END}, "text:Hello\n"},
    {"ping and pong",
     {F(FIN | PING, "Hello"), F(FIN | PONG, "Hello"), END},
     "ping:Hello\npong:Hello\n"},
    /* lengths */
    {"empty text", {F(FIN | TEXT, ""), END}, "text:\n"},
    {"empty binary", {F(FIN | BIN, ""), END}, "binary:\n"},
    {"125 bytes", {F(FIN | BIN, X125), END}, "binary:" X125 "\n"},
    {"126 bytes", {F(FIN | BIN, X125 "y"), END}, "binary:" X125 "y\n"},
    {"exactly the limit", {F(FIN | BIN, X125 X125 X25 X25), END}, "binary:" X125 X125 X25 X25 "\n"},
    {"one above the limit",
     {F(FIN | BIN, X125 X125 X25 X25 "x"), END},
     "error 1009 message too long\n"},
    {"above the limit together",
     {F(BIN, X125), F(CONT, X125), F(FIN | CONT, X125), END},
     "error 1009 message too long\n"},
    {"0 in two bytes",
     {{FIN | BIN, "", 0, 2}, END},
     "error 1002 length not in its shortest form\n"},
    {"125 in two bytes",
     {{FIN | BIN, X125, 125, 2}, END},
     "error 1002 length not in its shortest form\n"},
    {"126 in eight bytes",
     {{FIN | BIN, X125 "y", 126, 8}, END},
     "error 1002 length not in its shortest form\n"},
    {"1 in eight bytes",
     {{FIN | BIN, "x", 1, 8}, END},
     "error 1002 length not in its shortest form\n"},
    /* messages of several frames */
    {"two messages", {F(FIN | TEXT, "a"), F(FIN | BIN, "b"), END}, "text:a\nbinary:b\n"},
    {"ping in between",
     {F(TEXT, "Hel"), F(FIN | PING, "p"), F(FIN | CONT, "lo"), END},
     "ping:p\ntext:Hello\n"},
    {"pings everywhere",
     {F(FIN | PING, "1"), F(BIN, "a"), F(FIN | PING, "2"), F(CONT, ""), F(FIN | PONG, "3"),
      F(FIN | CONT, "bc"), F(FIN | PING, ""), END},
     "ping:1\nping:2\npong:3\nbinary:abc\nping:\n"},
    {"empty fragments", {F(BIN, ""), F(CONT, ""), F(FIN | CONT, ""), END}, "binary:\n"},
    {"four frames",
     {F(BIN, "a"), F(CONT, "b"), F(CONT, "c"), F(FIN | CONT, "d"), END},
     "binary:abcd\n"},
    {"five frames",
     {F(BIN, "a"), F(CONT, "b"), F(CONT, "c"), F(CONT, "d"), F(FIN | CONT, ""), END},
     "error 1008 too many fragments\n"},
    {"frames are counted per message",
     {F(BIN, "a"), F(CONT, "b"), F(FIN | CONT, "c"), F(BIN, "d"), F(CONT, "e"), F(FIN | CONT, "f"),
      END},
     "binary:abc\nbinary:def\n"},
    {"control frames are not fragments",
     {F(BIN, "a"), F(FIN | PING, ""), F(FIN | PING, ""), F(FIN | PING, ""), F(FIN | PING, ""),
      F(FIN | CONT, "b"), END},
     "ping:\nping:\nping:\nping:\nbinary:ab\n"},
    {"nothing to continue",
     {F(FIN | CONT, "x"), END},
     "error 1002 continuation without a message\n"},
    {"nothing to continue any more",
     {F(FIN | TEXT, "a"), F(CONT, "b"), END},
     "text:a\nerror 1002 continuation without a message\n"},
    {"text in a message",
     {F(TEXT, "a"), F(FIN | TEXT, "b"), END},
     "error 1002 new message before the end of the last one\n"},
    {"binary in a message",
     {F(TEXT, "a"), F(FIN | BIN, "b"), END},
     "error 1002 new message before the end of the last one\n"},
    /* control frames */
    {"ping of 125", {F(FIN | PING, X125), END}, "ping:" X125 "\n"},
    {"ping of 126",
     {F(FIN | PING, X125 "y"), END},
     "error 1002 control frame longer than 125 bytes\n"},
    {"close of 126",
     {F(FIN | CLOSE, X125 "y"), END},
     "error 1002 control frame longer than 125 bytes\n"},
    {"fragmented ping", {F(PING, "x"), END}, "error 1002 fragmented control frame\n"},
    {"fragmented close", {F(CLOSE, ""), END}, "error 1002 fragmented control frame\n"},
    /* opcodes and reserved bits */
    {"opcode 3", {F(FIN | 3, ""), END}, "error 1002 unknown opcode\n"},
    {"opcode 7", {F(FIN | 7, ""), END}, "error 1002 unknown opcode\n"},
    {"opcode 11", {F(FIN | 11, ""), END}, "error 1002 unknown opcode\n"},
    {"opcode 15", {F(FIN | 15, ""), END}, "error 1002 unknown opcode\n"},
    {"opcode 3 in a message", {F(TEXT, "a"), F(FIN | 3, ""), END}, "error 1002 unknown opcode\n"},
    {"RSV1",
     {F(FIN | RSV1 | TEXT, "x"), END},
     "error 1002 reserved bit set without an extension\n"},
    {"RSV2",
     {F(FIN | RSV2 | TEXT, "x"), END},
     "error 1002 reserved bit set without an extension\n"},
    {"RSV3",
     {F(FIN | RSV3 | TEXT, "x"), END},
     "error 1002 reserved bit set without an extension\n"},
    {"compressed, not checked for UTF-8",
     {F(FIN | RSV1 | TEXT, "\xff"), F(FIN | TEXT, "a"), END},
     "text:compressed:\xff\ntext:a\n",
     .compression = true},
    {"compressed in two",
     {F(RSV1 | BIN, "a"), F(FIN | CONT, "b"), F(FIN | BIN, "c"), END},
     "binary:compressed:ab\nbinary:c\n",
     .compression = true},
    {"uncompressed text is checked still",
     {F(FIN | TEXT, "\xff"), END},
     "error 1007 text is not UTF-8\n",
     .compression = true},
    {"RSV1 in a continuation",
     {F(RSV1 | BIN, "a"), F(FIN | RSV1 | CONT, "b"), END},
     "error 1002 reserved bit set without an extension\n",
     .compression = true},
    {"RSV1 in a ping",
     {F(FIN | RSV1 | PING, ""), END},
     "error 1002 reserved bit set without an extension\n",
     .compression = true},
    {"RSV2 beside compression",
     {F(FIN | RSV1 | RSV2 | BIN, ""), END},
     "error 1002 reserved bit set without an extension\n",
     .compression = true},
    /* UTF-8 */
    {"a character in two frames", {F(TEXT, "\xc3"), F(FIN | CONT, "\xa9"), END}, "text:\xc3\xa9\n"},
    {"a character around a ping",
     {F(TEXT, "\xe2\x82"), F(FIN | PING, "\xff"), F(FIN | CONT, "\xac"), END},
     "ping:\xff\ntext:\xe2\x82\xac\n"},
    {"half a character", {F(FIN | TEXT, "a\xc3"), END}, "error 1007 text is not UTF-8\n"},
    {"half a character, empty end",
     {F(TEXT, "\xc3"), F(FIN | CONT, ""), END},
     "error 1007 text is not UTF-8\n"},
    {"wrong before the message ends", {F(TEXT, "\xed\xa0"), END}, "error 1007 text is not UTF-8\n"},
    {"binary may be anything", {F(FIN | BIN, "\xff\xc0"), END}, "binary:\xff\xc0\n"},
    {"text after text",
     {F(FIN | TEXT, "\xc3\xa9"), F(FIN | TEXT, "\xa9"), END},
     "text:\xc3\xa9\nerror 1007 text is not UTF-8\n"},
    /* close */
    {"close", {F(FIN | CLOSE, ""), END}, "close:1005:\n"},
    {"close 1000", {F(FIN | CLOSE, "\x03\xe8"), END}, "close:1000:\n"},
    {"close with a reason",
     {F(FIN | CLOSE, "\x0f\xa0"
                     "bye \xc3\xa9"),
      END},
     "close:4000:bye \xc3\xa9\n"},
    {"close in a message",
     {F(TEXT, "longer than what follows"), F(FIN | CLOSE, "\x03\xe9"), F(FIN | CONT, "b"), END},
     "close:1001:\n"},
    {"anything behind close",
     {F(FIN | CLOSE, ""), F(FIN | 7, "x"), F(FIN | TEXT, "y"), END},
     "close:1005:\n"},
    {"close of one byte", {F(FIN | CLOSE, "\x03"), END}, "error 1002 close frame of one byte\n"},
    {"close 1006",
     {F(FIN | CLOSE, "\x03\xee"), END},
     "error 1002 close code that must not be sent\n"},
    {"close with bad UTF-8",
     {F(FIN | CLOSE, "\x03\xe8\xff"), END},
     "error 1007 text is not UTF-8\n"},
    {"close with half a character",
     {F(FIN | CLOSE, "\x03\xe8"
                     "a\xc3"),
      END},
     "error 1007 text is not UTF-8\n"},
};
enum { CASES = sizeof ws_cases / sizeof *ws_cases };

static const struct ouro__ws_limits limits = {.message_bytes_max = 300, .fragments_max = 4};

static void says(const char *name, const struct drive_ws *how, const void *data, size_t len,
                 const char *want)
{
    for (int split = 0; split < 20; split++) {
        struct ouro_buf said = {0};
        drive_ws(how, data, len, split_number(split), &said);
        ck_assert_msg(
            said.len == strlen(want) && (said.len == 0 || memcmp(said.data, want, said.len) == 0),
            "%s, split %d: '%.*s' instead of '%s'", name, split, (int)said.len, said.data, want);
        ouro_buf_done(&said);
    }
}

static void try_cases(enum ouro__ws_role role)
{
    for (size_t i = 0; i < CASES; i++) {
        struct ouro_buf in = {0};
        for (const struct frame *frame = ws_cases[i].frames; frame->payload; frame++)
            put_frame(&in, frame, role == OURO__WS_SERVER);
        struct drive_ws how = {role, ws_cases[i].compression, limits};
        says(ws_cases[i].name, &how, in.data, in.len, ws_cases[i].said);
        ouro_buf_done(&in);
    }
}

TEST(ws_cases_as_a_server)
{
    try_cases(OURO__WS_SERVER);
}

TEST(ws_cases_as_a_client)
{
    try_cases(OURO__WS_CLIENT);
}

/* --- bytes as the RFC prints them ------------------------------------------------------------ */

TEST(ws_rfc_6455_section_5_7)
{
    static const struct {
        enum ouro__ws_role role;
        const char *in;
        size_t len;
        const char *said;
    } examples[] = {
#define IN(literal) (literal), sizeof(literal) - 1
        {OURO__WS_CLIENT, IN("\x81\x05\x48\x65\x6c\x6c\x6f"), "text:Hello\n"},
        {OURO__WS_SERVER, IN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "text:Hello\n"},
        {OURO__WS_CLIENT, IN("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"), "text:Hello\n"},
        {OURO__WS_CLIENT, IN("\x89\x05\x48\x65\x6c\x6c\x6f"), "ping:Hello\n"},
        {OURO__WS_SERVER, IN("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "pong:Hello\n"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct drive_ws how = {examples[i].role, false, limits};
        says("example", &how, examples[i].in, examples[i].len, examples[i].said);
    }
}

/* 256 bytes need two bytes of length, 65,536 need eight. */
TEST(ws_long_messages)
{
    static const struct {
        size_t len;
        const char *header;
        size_t header_bytes;
    } examples[] = {
        {256, IN("\x82\x7e\x01\x00")},
        {65535, IN("\x82\x7e\xff\xff")},
        {65536, IN("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct drive_ws how = {OURO__WS_CLIENT, false, {65536, 1}};
        struct ouro_buf in = {0}, want = {0}, said = {0};
        ouro_buf_append(&in, examples[i].header, examples[i].header_bytes);
        ouro_buf_puts(&want, "binary:");
        for (size_t at = 0; at < examples[i].len; at++) {
            ouro_buf_putc(&in, (char)(at * 7));
            ouro_buf_putc(&want, (char)(at * 7));
        }
        ouro_buf_puts(&want, "\n");
        for (int split = 0; split < 4; split += split ? 1 : 2) {
            ouro_buf_clear(&said);
            drive_ws(&how, (uint8_t *)in.data, in.len, split_number(split), &said);
            ck_assert(same_transcript(&said, &want));
        }
        ouro_buf_done(&in);
        ouro_buf_done(&want);
        ouro_buf_done(&said);
    }
}

TEST(ws_mask_by_role)
{
    struct drive_ws server = {OURO__WS_SERVER, false, limits};
    struct drive_ws client = {OURO__WS_CLIENT, false, limits};
    says("server", &server, IN("\x81\x01x"), "error 1002 frame from a client is not masked\n");
    says("client", &client, IN("\x81\x81\x01\x02\x03\x04y"),
         "error 1002 frame from a server is masked\n");
    says("ping to a server", &server, IN("\x89\x00"),
         "error 1002 frame from a client is not masked\n");
}

TEST(ws_length_with_its_highest_bit)
{
    struct drive_ws how = {OURO__WS_CLIENT, false, {UINT32_MAX, 1}};
    says("negative", &how, IN("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"),
         "error 1002 length with its highest bit set\n");
    says("largest", &how, IN("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
         "error 1009 message too long\n");
    says("65,535 in eight bytes", &how, IN("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"),
         "error 1002 length not in its shortest form\n");
    says("beyond 32 bits", &how, IN("\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00"),
         "error 1009 message too long\n");
    says("32 bits, allowed", &how, IN("\x82\x7f\x00\x00\x00\x00\xff\xff\xff\xff"), "");
}

/* --- what the contract promises beside the events -------------------------------------------- */

/* No copy: the slice lies in the buffer, where the payload came in. */
TEST(ws_whole_message_is_delivered_in_place)
{
    uint8_t data[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x82\x81\x00\x00\x00\x00z";
    struct ouro__ws ws;
    struct ouro__ws_event event;
    ouro__ws_init(&ws, OURO__WS_SERVER, false);
    struct ouro__ws_input in = ouro__ws_input(&ws, data, sizeof data - 1);
    ck_assert_int_eq(ouro__ws_next(&ws, &limits, &in, &event), OURO__WS_TEXT);
    ck_assert_ptr_eq(event.data, data + 6);
    ck_assert_int_eq(ouro__ws_next(&ws, &limits, &in, &event), OURO__WS_BINARY);
    ck_assert_ptr_eq(event.data, data + 17);
    ck_assert_int_eq(ouro__ws_next(&ws, &limits, &in, &event), OURO__WS_MORE);
    ck_assert_ptr_eq(in.head, in.end); /* nothing to keep between messages */
}

/* need_bytes leads a reader from step to step without one byte too many. */
TEST(ws_need_bytes)
{
    static const uint8_t wire[] = "\x02\xfe\x00\x80\x01\x01\x01\x01" X125 "abc" /* a fragment */
                                  "\x89\x83\x01\x01\x01\x01qqq";                /* then a ping */
    static const size_t steps[] = {2, 6, 128, 2, 4, 3};
    uint8_t data[sizeof wire];
    struct ouro__ws ws;
    struct ouro__ws_event event = {.need_bytes = 2};
    ouro__ws_init(&ws, OURO__WS_SERVER, false);
    size_t at = 0, kept = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        ck_assert_uint_eq(event.need_bytes, steps[i]);
        memcpy(data + kept, wire + at, steps[i]);
        at += steps[i];
        struct ouro__ws_input in = ouro__ws_input(&ws, data, kept + steps[i]);
        int rc = ouro__ws_next(&ws, &limits, &in, &event);
        ck_assert_int_eq(rc, at == sizeof wire - 1 ? OURO__WS_PING : OURO__WS_MORE);
        kept = (size_t)(in.end - in.head);
        memmove(data, in.head, kept);
    }
    ck_assert_uint_eq(at, sizeof wire - 1);
}

TEST(ws_an_error_stays)
{
    uint8_t data[] = "\x83\x00\x81\x00";
    struct ouro__ws ws;
    struct ouro__ws_event event;
    ouro__ws_init(&ws, OURO__WS_CLIENT, false);
    struct ouro__ws_input in = ouro__ws_input(&ws, data, sizeof data - 1);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro__ws_next(&ws, &limits, &in, &event), -OURO_EMALFORMED);
    ck_assert_int_eq(ws.error, OURO__WS_BAD_OPCODE);
}

TEST(ws_limits_above_zero_bytes)
{
    struct drive_ws how = {OURO__WS_CLIENT, false, {.message_bytes_max = 0, .fragments_max = 1}};
    says("empty", &how, IN("\x82\x00"), "binary:\n");
    says("not empty", &how, IN("\x82\x01x"), "error 1009 message too long\n");
    says("two frames", &how, IN("\x02\x00\x80\x00"), "error 1008 too many fragments\n");
}

TEST(ws_close_codes)
{
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        bool sendable =
            (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
            (code >= 3000 && code <= 4999);
        ck_assert_msg(ouro__ws_close_code_valid(code) == sendable, "%u", code);
    }
}

/* Every reason that we close with fits a close frame and may be sent. */
TEST(ws_errors_can_be_sent)
{
    for (int error = OURO__WS_OK + 1; error <= OURO__WS_MESSAGE_TOO_LONG; error++) {
        ck_assert(ouro__ws_close_code_valid(ouro__ws_error_code(error)));
        ck_assert_uint_le(strlen(ouro__ws_error_text(error)), OURO__WS_CONTROL_BYTES_MAX - 2);
    }
}

/* Against the definition, for every length around the wide steps and every alignment. */
TEST(ws_mask_equals_its_definition)
{
    static const uint8_t mask[4] = {0x11, 0x80, 0xff, 0x5a};
    for (size_t offset = 0; offset < 8; offset++) {
        for (size_t len = 0; len < 130; len++) {
            uint8_t data[140], want[140];
            for (size_t i = 0; i < sizeof data; i++)
                data[i] = want[i] = (uint8_t)(i * 31);
            for (size_t i = 0; i < len; i++)
                want[offset + i] ^= mask[i % 4];
            ouro__ws_mask(data + offset, len, mask);
            ck_assert_mem_eq(data, want, sizeof data);
        }
    }
}
