/* SPDX-License-Identifier: MIT */
/* Groups 1 to 7 of the Autobahn test suite: framing, pings, reserved bits, opcodes, fragmentation,
 * UTF-8, closing. The numbers are the suite's; where it calls a behaviour non-strict or
 * informational, what is expected here is the strict one. */
#include "cases.h"

struct frame {
    int first;
    const char *payload;
    size_t len;
};

#define F(first, text)                    \
    {                                     \
        (first), (text), sizeof(text) - 1 \
    }
#define X25        "*************************"
#define X125       X25 X25 X25 X25 X25
#define BYE        F(FIN | CLOSE, "\x03\xe8")
#define ENDS       "close:1000:\n"
#define BAD_RSV    "close:1002:reserved bit set without an extension\n"
#define BAD_OPCODE "close:1002:unknown opcode\n"
#define FRAGMENTED "close:1002:fragmented control frame\n"
#define NOTHING    "close:1002:continuation without a message\n"
#define NOT_ENDED  "close:1002:new message before the end of the last one\n"
#define NO_TEXT    "close:1007:text is not UTF-8\n"
#define BAD_CODE   "close:1002:close code that must not be sent\n"
#define CODE(code)                                                        \
    {                                                                     \
        FIN | CLOSE, (const char[]){(char)((code) >> 8), (char)(code)}, 2 \
    }

enum { RSV1 = 0x40, RSV2 = 0x20, RSV3 = 0x10 };

static const struct ws_case {
    const char *number;
    struct frame frames[14];
    const char *heard;
} cases[] = {
    {"1.1.1", {F(FIN | TEXT, ""), BYE}, "text:\n" ENDS},
    {"1.1.2", {F(FIN | TEXT, X125), BYE}, "text:" X125 "\n" ENDS},
    {"1.1.3", {F(FIN | TEXT, X125 "*"), BYE}, "text:" X125 "*\n" ENDS},
    {"1.1.4", {F(FIN | TEXT, X125 "**"), BYE}, "text:" X125 "**\n" ENDS},
    {"1.1.5", {F(FIN | TEXT, X125 "***"), BYE}, "text:" X125 "***\n" ENDS},
    {"1.2.1", {F(FIN | BINARY, ""), BYE}, "binary:\n" ENDS},
    {"1.2.2", {F(FIN | BINARY, "\xfe" X125), BYE}, "binary:\xfe" X125 "\n" ENDS},
    {"2.1", {F(FIN | PING, ""), BYE}, "pong:\n" ENDS},
    {"2.2", {F(FIN | PING, "Hello, world!"), BYE}, "pong:Hello, world!\n" ENDS},
    {"2.3",
     {F(FIN | PING, "\x01\xff\xfe\xfd\xfc\xfb\x01\xff"), BYE},
     "pong:\x01\xff\xfe\xfd\xfc\xfb\x01\xff\n" ENDS},
    {"2.4", {F(FIN | PING, X125), BYE}, "pong:" X125 "\n" ENDS},
    {"2.5", {F(FIN | PING, X125 "*"), BYE}, "close:1002:control frame longer than 125 bytes\n"},
    {"2.7", {F(FIN | PONG, ""), BYE}, ENDS},
    {"2.8", {F(FIN | PONG, "unsolicited pong payload"), BYE}, ENDS},
    {"2.9",
     {F(FIN | PONG, "unsolicited"), F(FIN | PING, "ping payload"), BYE},
     "pong:ping payload\n" ENDS},
    {"2.10",
     {F(FIN | PING, "1"), F(FIN | PING, "2"), F(FIN | PING, "3"), F(FIN | PING, "4"),
      F(FIN | PING, "5"), F(FIN | PING, "6"), F(FIN | PING, "7"), F(FIN | PING, "8"),
      F(FIN | PING, "9"), F(FIN | PING, "10"), BYE},
     "pong:1\npong:2\npong:3\npong:4\npong:5\npong:6\npong:7\npong:8\npong:9\npong:10\n" ENDS},
    {"3.1", {F(FIN | RSV3 | TEXT, "Hello, world!")}, BAD_RSV},
    {"3.2", {F(FIN | TEXT, "a"), F(FIN | RSV2 | TEXT, "a"), F(FIN | PING, "")}, "text:a\n" BAD_RSV},
    {"3.3",
     {F(FIN | TEXT, "a"), F(FIN | RSV2 | RSV3 | TEXT, "a"), F(FIN | PING, "")},
     "text:a\n" BAD_RSV},
    {"3.4", {F(FIN | TEXT, "a"), F(FIN | RSV1 | TEXT, "a"), F(FIN | PING, "")}, "text:a\n" BAD_RSV},
    {"3.5", {F(FIN | RSV1 | RSV3 | BINARY, "\xff\xfe")}, BAD_RSV},
    {"3.6", {F(FIN | RSV1 | RSV2 | PING, "a")}, BAD_RSV},
    {"3.7", {F(FIN | RSV1 | RSV2 | RSV3 | CLOSE, "")}, BAD_RSV},
    {"4.1.1", {F(FIN | 3, "")}, BAD_OPCODE},
    {"4.1.2", {F(FIN | 4, "reserved opcode payload")}, BAD_OPCODE},
    {"4.1.3", {F(FIN | TEXT, "a"), F(FIN | 5, ""), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"4.1.4", {F(FIN | TEXT, "a"), F(FIN | 6, "a"), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"4.1.5", {F(FIN | TEXT, "a"), F(FIN | 7, "a"), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"4.2.1", {F(FIN | 11, "")}, BAD_OPCODE},
    {"4.2.2", {F(FIN | 12, "reserved opcode payload")}, BAD_OPCODE},
    {"4.2.3", {F(FIN | TEXT, "a"), F(FIN | 13, ""), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"4.2.4", {F(FIN | TEXT, "a"), F(FIN | 14, "a"), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"4.2.5", {F(FIN | TEXT, "a"), F(FIN | 15, "a"), F(FIN | PING, "")}, "text:a\n" BAD_OPCODE},
    {"5.1", {F(PING, "frag"), F(FIN | CONTINUATION, "ment")}, FRAGMENTED},
    {"5.2", {F(PONG, "frag"), F(FIN | CONTINUATION, "ment")}, FRAGMENTED},
    {"5.3", {F(TEXT, "frag1"), F(FIN | CONTINUATION, "frag2"), BYE}, "text:frag1frag2\n" ENDS},
    {"5.6",
     {F(TEXT, "frag1"), F(FIN | PING, "ping"), F(FIN | CONTINUATION, "frag2"), BYE},
     "pong:ping\ntext:frag1frag2\n" ENDS},
    {"5.9", {F(FIN | CONTINUATION, "non-continuation"), F(FIN | TEXT, "a")}, NOTHING},
    {"5.12", {F(CONTINUATION, "non-continuation"), F(FIN | TEXT, "a")}, NOTHING},
    {"5.15",
     {F(TEXT, "frag1"), F(FIN | CONTINUATION, "frag2"), F(CONTINUATION, "frag3"),
      F(FIN | TEXT, "frag4")},
     "text:frag1frag2\n" NOTHING},
    {"5.16", {F(CONTINUATION, "frag1"), F(TEXT, "frag2"), F(FIN | CONTINUATION, "frag3")}, NOTHING},
    {"5.17",
     {F(FIN | CONTINUATION, "frag1"), F(TEXT, "frag2"), F(FIN | CONTINUATION, "frag3")},
     NOTHING},
    {"5.18", {F(TEXT, "frag1"), F(FIN | TEXT, "frag2")}, NOT_ENDED},
    {"5.19",
     {F(TEXT, "frag1"), F(CONTINUATION, "frag2"), F(FIN | PING, "pongme 1!"),
      F(CONTINUATION, "frag3"), F(CONTINUATION, "frag4"), F(FIN | PING, "pongme 2!"),
      F(FIN | CONTINUATION, "frag5"), BYE},
     "pong:pongme 1!\npong:pongme 2!\ntext:frag1frag2frag3frag4frag5\n" ENDS},
    {"6.1.1", {F(FIN | TEXT, ""), BYE}, "text:\n" ENDS},
    {"6.1.2", {F(TEXT, ""), F(CONTINUATION, ""), F(FIN | CONTINUATION, ""), BYE}, "text:\n" ENDS},
    {"6.1.3", {F(TEXT, ""), F(CONTINUATION, "m"), F(FIN | CONTINUATION, ""), BYE}, "text:m\n" ENDS},
    {"6.2.1",
     {F(FIN | TEXT, "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6"), BYE},
     "text:Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\n" ENDS},
    {"6.2.2",
     {F(TEXT, "Hello-\xc2\xb5@\xc3"), F(FIN | CONTINUATION, "\x9f\xc3\xb6"), BYE},
     "text:Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\n" ENDS},
    {"6.3.1",
     {F(FIN | TEXT, "\xce\xba\xe1\xbd\xb9\xed\xa0\x80"
                    "edited"),
      F(FIN | PING, "")},
     NO_TEXT},
    {"6.4.1, before the message ends",
     {F(TEXT, "\xce\xba\xe1"), F(CONTINUATION, "\xf4\x90")},
     NO_TEXT},
    {"6.4.2, within a character", {F(TEXT, "\xce\xba\xf4"), F(CONTINUATION, "\x90")}, NO_TEXT},
    {"7.1.1", {F(FIN | TEXT, "Hello World!"), BYE}, "text:Hello World!\n" ENDS},
    {"7.1.2", {BYE, BYE}, ENDS},
    {"7.1.3", {BYE, F(FIN | PING, "")}, ENDS},
    {"7.1.4", {BYE, F(FIN | TEXT, "too late")}, ENDS},
    {"7.1.5", {F(TEXT, "fragment1"), BYE, F(FIN | CONTINUATION, "fragment2")}, ENDS},
    {"7.3.1", {F(FIN | CLOSE, "")}, "close:1005:\n"},
    {"7.3.2", {F(FIN | CLOSE, "a")}, "close:1002:close frame of one byte\n"},
    {"7.3.4", {F(FIN | CLOSE, "\x03\xe8Hello World!")}, ENDS},
    {"7.3.5", {F(FIN | CLOSE, "\x03\xe8***********************" X25 X25 X25 X25)}, ENDS},
    {"7.3.6",
     {F(FIN | CLOSE, "\x03\xe8" X125)},
     "close:1002:control frame longer than 125 bytes\n"},
    {"7.5.1", {F(FIN | CLOSE, "\x03\xe8\xce\xba\xe1\xbd\xb9\xed\xa0\x80")}, NO_TEXT},
    {"7.9.1", {CODE(0)}, BAD_CODE},
    {"7.9.2", {CODE(999)}, BAD_CODE},
    {"7.9.3", {CODE(1004)}, BAD_CODE},
    {"7.9.4", {CODE(1005)}, BAD_CODE},
    {"7.9.5", {CODE(1006)}, BAD_CODE},
    {"7.9.6", {CODE(1016)}, BAD_CODE},
    {"7.9.7", {CODE(1100)}, BAD_CODE},
    {"7.9.8", {CODE(2000)}, BAD_CODE},
    {"7.9.9", {CODE(2999)}, BAD_CODE},
    {"7.13.1", {CODE(5000)}, BAD_CODE},
    {"7.13.2", {CODE(65535)}, BAD_CODE},
};

/* Ways to deal the bytes out: 2.6, 2.11, 5.4 and the like are others of these in single octets. */
enum { SPLITS = 6 };

static void try_frames(const char *number, const struct frame *frames, const char *expected)
{
    for (int n = 0; n < WHOS * SPLITS; n++) {
        struct peer peer = {.who = (enum who)(n % WHOS)};
        struct ouro_buf out = {0};
        for (const struct frame *frame = frames; frame->payload; frame++)
            put_for(&peer, &out, frame->first, frame->payload, frame->len);
        peer_open(&peer, "", "");
        say_split(&peer.talk, out.data, out.len, split_number(n / WHOS));
        struct ouro_buf said = peer_hear(&peer, false);
        ouro_buf_putc(&said, '\0');
        ck_assert_msg(strcmp(said.data, expected) == 0, "%s, who %d: '%s', not '%s'", number,
                      peer.who, said.data, expected);
        peer_close(&peer);
        ouro_buf_done(&said);
        ouro_buf_done(&out);
    }
}

SIM_TEST(cases_of_groups_1_to_7)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        try_frames(cases[i].number, cases[i].frames, cases[i].heard);
    return 0;
}

/* 7.7: codes that may be sent, each answered with itself. */
SIM_TEST(cases_7_7)
{
    static const int codes[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009,
                                1010, 1011, 3000, 3999, 4000, 4999};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char payload[2] = {(char)(codes[i] >> 8), (char)codes[i]}, expected[32];
        struct frame frames[] = {{FIN | CLOSE, payload, 2}, {0}};
        snprintf(expected, sizeof expected, "close:%d:\n", codes[i]);
        try_frames("7.7", frames, expected);
    }
    return 0;
}

/* 6.5 to 6.22: sequences that are UTF-8, and some that nearly are, whole and in three pieces. */
static const struct {
    const char *text;
    bool valid;
} texts[] = {
    {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true},
    {"\xc2\x80", true},
    {"\xe0\xa0\x80", true},
    {"\xf0\x90\x80\x80", true},
    {"\x7f", true},
    {"\xdf\xbf", true},
    {"\xef\xbf\xbf", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\xed\x9f\xbf", true},
    {"\xee\x80\x80", true},
    {"\xef\xbf\xbd", true},
    {"\xef\xbf\xbe", true}, /* noncharacters are characters here */
    {"\xf0\x9f\xbf\xbe", true},
    {"\xf3\xbf\xbf\xbf", true},
    {"\xf8\x88\x80\x80\x80", false},
    {"\xfc\x84\x80\x80\x80\x80", false},
    {"\xf7\xbf\xbf\xbf", false},
    {"\xfb\xbf\xbf\xbf\xbf", false},
    {"\xfd\xbf\xbf\xbf\xbf\xbf", false},
    {"\xf4\x90\x80\x80", false},
    {"\x80", false},
    {"\xbf", false},
    {"\x80\xbf", false},
    {"\x80\xbf\x80\xbf\x80\xbf", false},
    {"\xc0 \xc1 ", false},
    {"\xe0 \xe1 ", false},
    {"\xf0 \xf1 ", false},
    {"\xc0", false},
    {"\xe0\x80", false},
    {"\xf0\x80\x80", false},
    {"\xdf", false},
    {"\xef\xbf", false},
    {"\xf7\xbf\xbf", false},
    {"\xfe", false},
    {"\xff", false},
    {"\xfe\xfe\xff\xff", false},
    {"\xc0\xaf", false},
    {"\xe0\x80\xaf", false},
    {"\xf0\x80\x80\xaf", false},
    {"\xc1\xbf", false},
    {"\xe0\x9f\xbf", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xed\xa0\x80", false},
    {"\xed\xad\xbf", false},
    {"\xed\xae\x80", false},
    {"\xed\xbf\xbf", false},
    {"\xed\xa0\x80\xed\xb0\x80", false},
};

SIM_TEST(cases_6_5_to_6_22)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i].text), first = len / 3, second = len / 2;
        struct frame whole[] = {{FIN | TEXT, texts[i].text, len}, BYE, {0}};
        struct frame pieces[] = {{TEXT, texts[i].text, first},
                                 {CONTINUATION, texts[i].text + first, second - first},
                                 {FIN | CONTINUATION, texts[i].text + second, len - second},
                                 BYE,
                                 {0}};
        char expected[64] = NO_TEXT;
        if (texts[i].valid)
            snprintf(expected, sizeof expected, "text:%s\n" ENDS, texts[i].text);
        try_frames("6.5", whole, expected);
        try_frames("6.5", pieces, expected);
    }
    return 0;
}
