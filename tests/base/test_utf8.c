/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "ouro/base.h"
#include "test.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* `wrong_at`: the byte with which the text became hopeless; -1: it never did. */
static const struct utf8_case {
    const char *text;
    size_t len;
    bool valid;
    int wrong_at;
} utf8_cases[] = {
    {BYTES(""), true, -1},
    {BYTES("plain"), true, -1},
    {BYTES("NUL is \0 a character"), true, -1},
    {BYTES("\x7f"), true, -1},
    {BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"), true, -1}, /* kosme, in Greek */
    /* first and last of each length */
    {BYTES("\xc2\x80\xdf\xbf"), true, -1},
    {BYTES("\xe0\xa0\x80\xef\xbf\xbf"), true, -1},
    {BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true, -1},
    /* around the surrogates, and noncharacters, which are valid (Unicode corrigendum 9) */
    {BYTES("\xed\x9f\xbf\xee\x80\x80"), true, -1},
    {BYTES("\xef\xbf\xbe\xef\xb7\x90"), true, -1},
    /* above U+10FFFF */
    {BYTES("\xf4\x90\x80\x80"), false, 1},
    {BYTES("\xf5\x80\x80\x80"), false, 0},
    {BYTES("\xf8\x88\x80\x80\x80"), false, 0},
    {BYTES("\xfe"), false, 0},
    {BYTES("\xff"), false, 0},
    /* surrogates */
    {BYTES("\xed\xa0\x80"), false, 1},
    {BYTES("\xed\xbf\xbf"), false, 1},
    /* over-long forms of '/' and of the largest character that would be one byte shorter */
    {BYTES("\xc0\xaf"), false, 0},
    {BYTES("\xc1\xbf"), false, 0},
    {BYTES("\xe0\x80\xaf"), false, 1},
    {BYTES("\xe0\x9f\xbf"), false, 1},
    {BYTES("\xf0\x80\x80\xaf"), false, 1},
    {BYTES("\xf0\x8f\xbf\xbf"), false, 1},
    /* continuations where none belong, and none where one does */
    {BYTES("\x80"), false, 0},
    {BYTES("a\xbf"), false, 1},
    {BYTES("\xc3\xa9\xa9"), false, 2},
    {BYTES("\xc3"
           "a"),
     false, 1},
    {BYTES("\xe2\x82"
           "a"),
     false, 2},
    {BYTES("\xe2\xc3\xa9"), false, 1},
    {BYTES("\xf0\x9f\x90"
           "a"),
     false, 3},
    /* what Autobahn sends in 6.3.1: good text, then a surrogate, then good text */
    {BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
           "edited"),
     false, 12},
    /* not wrong, but not whole either */
    {BYTES("\xc3"), false, -1},
    {BYTES("\xe2\x82"), false, -1},
    {BYTES("\xf0\x9f\x90"), false, -1},
};
enum { CASES = sizeof utf8_cases / sizeof *utf8_cases };

TEST(utf8_whole)
{
    for (size_t i = 0; i < CASES; i++)
        ck_assert_msg(ouro_utf8_valid(utf8_cases[i].text, utf8_cases[i].len) == utf8_cases[i].valid,
                      "case %zu", i);
}

TEST(utf8_byte_by_byte_fails_at_the_first_wrong_byte)
{
    for (size_t i = 0; i < CASES; i++) {
        struct ouro__utf8 utf8 = {0};
        int wrong_at = -1;
        for (size_t at = 0; wrong_at < 0 && at < utf8_cases[i].len; at++)
            if (!ouro__utf8_feed(&utf8, utf8_cases[i].text + at, 1))
                wrong_at = (int)at;
        ck_assert_msg(wrong_at == utf8_cases[i].wrong_at, "case %zu: at %d", i, wrong_at);
        if (wrong_at < 0)
            ck_assert_msg(ouro__utf8_complete(&utf8) == utf8_cases[i].valid, "case %zu", i);
    }
}

TEST(utf8_any_two_pieces)
{
    for (size_t i = 0; i < CASES; i++) {
        for (size_t cut = 0; cut <= utf8_cases[i].len; cut++) {
            struct ouro__utf8 utf8 = {0};
            bool valid =
                ouro__utf8_feed(&utf8, utf8_cases[i].text, cut) &&
                ouro__utf8_feed(&utf8, utf8_cases[i].text + cut, utf8_cases[i].len - cut) &&
                ouro__utf8_complete(&utf8);
            ck_assert_msg(valid == utf8_cases[i].valid, "case %zu cut at %zu", i, cut);
        }
    }
}

/* The fast path looks at 32 and 8 bytes at once: something else than ASCII at each place of it. */
TEST(utf8_after_ascii_of_any_length)
{
    for (size_t ascii = 0; ascii < 100; ascii++) {
        char text[104];
        memset(text, 'a', sizeof text);
        ck_assert(ouro_utf8_valid(text, ascii));
        memcpy(text + ascii, "\xc3\xa9", 2);
        ck_assert(ouro_utf8_valid(text, sizeof text));
        ck_assert(!ouro_utf8_valid(text, ascii + 1));
        text[ascii + 1] = 'a';
        ck_assert(!ouro_utf8_valid(text, sizeof text));
    }
}

/* Every code point there is, encoded by the definition of RFC 3629 section 3. */
TEST(utf8_every_code_point)
{
    for (uint32_t point = 0x80; point < 0x110000; point++) {
        uint8_t text[4];
        size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (size_t i = len - 1; i > 0; i--)
            text[i] = 0x80 | ((point >> (6 * (len - 1 - i))) & 0x3f);
        text[0] = (uint8_t)((0xf00 >> len) | (point >> (6 * (len - 1))));
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        ck_assert_msg(ouro_utf8_valid(text, len) == !surrogate, "U+%04X", point);
    }
}
