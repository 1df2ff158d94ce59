/* SPDX-License-Identifier: MIT */
#include "drive.h"
#include "test.h"

#define S16  "0123456789abcdef"
#define S64  S16 S16 S16 S16
#define S256 S64 S64 S64 S64

/* What comes in, and the transcript: content, then how it ended. The limit is 64 bytes. */
static const struct chunk_case {
    const char *name, *in, *said;
} chunk_cases[] = {
    {"two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world|end@26"},
    {"empty body", "0\r\n\r\n", "|end@5"},
    {"many zeros", "0000\r\n\r\n", "|end@8"},
    {"leading zeros", "0005\r\nhello\r\n0\r\n\r\n", "hello|end@18"},
    {"the next request is left alone", "1\r\nx\r\n0\r\n\r\nGET /", "x|end@11"},
    {"hex in either case", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
     "01234567890123456789a|end@36"},
    {"content looks like framing", "4\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r|OURO_EMALFORMED"},
    {"content is framing, sized right", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n|end@15"},
    {"extension", "1;a=b\r\nx\r\n0;c\r\n\r\n", "x|end@17"},
    {"extension with a quoted string", "1;a=\"b;\tc\"\r\nx\r\n0\r\n\r\n", "x|end@20"},
    {"trailers", "0\r\nExpires: never\r\nX-Y:\r\n\r\n", "|end@27"},
    {"exactly the limit", "40\r\n" S64 "\r\n0\r\n\r\n", S64 "|end@75"},
    {"nothing", "", "|more"},
    {"half a size", "1", "|more"},
    {"half the content", "5\r\nhel", "hel|more"},
    {"without the last line", "1\r\nx\r\n0\r\n", "x|more"},

    {"one byte above the limit", "41\r\n" S64 "x\r\n0\r\n\r\n", "|OURO_ELIMIT"},
    {"above the limit together", "20\r\n" S16 S16 "\r\n21\r\n", S16 S16 "|OURO_ELIMIT"},
    {"more than 64 bits", "10000000000000000\r\n", "|OURO_ELIMIT"},
    {"all ones", "ffffffffffffffff\r\n", "|OURO_ELIMIT"},
    {"no size", "\r\n", "|OURO_EMALFORMED"},
    {"no digit", "g\r\n", "|OURO_EMALFORMED"},
    {"0x", "0x5\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"sign", "+5\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"negative", "-5\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"space before the size", " 5\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"space behind the size", "5 \r\nhello\r\n", "|OURO_EMALFORMED"},
    {"space before the extension", "5 ;a\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"bare LF behind the size", "5\nhello\r\n", "|OURO_EMALFORMED"},
    {"bare CR behind the size", "5\rhello\r\n", "|OURO_EMALFORMED"},
    {"bare LF in an extension", "5;a\nhello\r\n", "|OURO_EMALFORMED"},
    {"bare CR in an extension", "5;a\rb\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"control character in an extension", "5;a\x01\r\nhello\r\n", "|OURO_EMALFORMED"},
    {"content too long", "5\r\nhelloo\r\n", "hello|OURO_EMALFORMED"},
    {"bare LF behind the content", "5\r\nhello\n0\r\n\r\n", "hello|OURO_EMALFORMED"},
    {"bare CR behind the content", "5\r\nhello\r0\r\n\r\n", "hello|OURO_EMALFORMED"},
    {"bare LF at the end", "0\r\n\n", "|OURO_EMALFORMED"},
    {"bare CR at the end", "0\r\n\rx", "|OURO_EMALFORMED"},
    {"folded trailer", "0\r\nA: b\r\n c\r\n\r\n", "|OURO_EMALFORMED"},
    {"space before the colon", "0\r\nA : b\r\n\r\n", "|OURO_EMALFORMED"},
    {"trailer without a name", "0\r\n: b\r\n\r\n", "|OURO_EMALFORMED"},
    {"trailer without a colon", "0\r\nabc\r\n\r\n", "|OURO_EMALFORMED"},
    {"bare LF in a trailer", "0\r\nA: b\n\r\n", "|OURO_EMALFORMED"},
    {"a size line too long", "1;" S256 "\r\nx\r\n0\r\n\r\n", "|OURO_EMALFORMED"},
    {"a trailer too long", "0\r\nA: " S256 "\r\n\r\n", "|OURO_EMALFORMED"},
};

static void said_is(const char *name, const struct ouro_buf *said, const char *want, int split)
{
    ck_assert_msg(said->len == strlen(want) && memcmp(said->data, want, said->len) == 0,
                  "%s, split %d: '%.*s' instead of '%s'", name, split, (int)said->len, said->data,
                  want);
}

TEST(chunk_cases_however_they_are_split)
{
    for (size_t i = 0; i < sizeof chunk_cases / sizeof *chunk_cases; i++) {
        for (int split = 0; split < 20; split++) {
            struct ouro_buf said = {0};
            drive_chunk(chunk_cases[i].in, strlen(chunk_cases[i].in), 64, split_number(split),
                        &said);
            said_is(chunk_cases[i].name, &said, chunk_cases[i].said, split);
            ouro_buf_done(&said);
        }
    }
}

TEST(chunk_nul_is_no_extension)
{
    static const char in[] = "1;a\0\r\nx\r\n0\r\n\r\n";
    struct ouro_buf said = {0};
    drive_chunk(in, sizeof in - 1, 64, split_number(0), &said);
    said_is("NUL", &said, "|OURO_EMALFORMED", 0);
    ouro_buf_done(&said);
}

/* One byte of content, 100 of extension, again and again: stopped by the total of extensions. */
TEST(chunk_extensions_are_limited_in_total)
{
    struct ouro_buf in = {0}, said = {0};
    int chunks = OURO__CHUNK_EXTRA_BYTES_MAX / 64;
    for (int i = 0; i < chunks; i++)
        ouro_buf_puts(&in, "1;" S64 "\r\nx\r\n");
    size_t allowed = in.len;
    ouro_buf_puts(&in, "1;a\r\nx\r\n");
    drive_chunk(in.data, allowed, UINT64_MAX, split_number(0), &said);
    ck_assert_uint_eq(said.len, (size_t)chunks + strlen("|more"));
    ouro_buf_clear(&said);
    drive_chunk(in.data, in.len, UINT64_MAX, split_number(0), &said);
    ck_assert_uint_eq(said.len, (size_t)chunks + strlen("|OURO_EMALFORMED"));
    ouro_buf_done(&in);
    ouro_buf_done(&said);
}

TEST(chunk_trailers_are_limited_in_total)
{
    struct ouro_buf in = {0}, said = {0};
    ouro_buf_puts(&in, "0\r\n");
    for (int i = 0; i < OURO__CHUNK_EXTRA_BYTES_MAX / 64; i++)
        ouro_buf_puts(&in, "A:" S64 "\r\n");
    ouro_buf_puts(&in, "\r\n");
    drive_chunk(in.data, in.len, 64, split_number(0), &said);
    said_is("trailers", &said, "|OURO_EMALFORMED", 0);
    ouro_buf_done(&in);
    ouro_buf_done(&said);
}

/* The largest size that 64 bits hold is a number like another, if the limit allows it. */
TEST(chunk_largest_size)
{
    struct ouro__chunk chunk;
    size_t used;
    struct ouro__slice content;
    ouro__chunk_init(&chunk, UINT64_MAX);
    static const char in[] = "ffffffffffffffff\r\nabc";
    ck_assert_int_eq(ouro__chunk_next(&chunk, in, sizeof in - 1, &used, &content),
                     OURO__CHUNK_DATA);
    ck_assert_uint_eq(content.len, 3);
    ck_assert_uint_eq(used, sizeof in - 1);
    ouro__chunk_init(&chunk, UINT64_MAX);
    ck_assert_int_eq(ouro__chunk_next(&chunk, "fffffffffffffffff", 17, &used, &content),
                     -OURO_ELIMIT);
}
