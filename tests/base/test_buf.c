/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

#include <jansson.h>

/* Compares what the buffer holds, and gives its memory back. */
static void expect_text(struct ouro_buf *buf, const char *text)
{
    ck_assert(!ouro_buf_failed(buf));
    ck_assert_uint_eq(buf->len, strlen(text));
    ck_assert_mem_eq(buf->data, text, buf->len);
    ouro_buf_done(buf);
}

TEST(an_all_zero_buffer_is_empty_and_may_be_done)
{
    struct ouro_buf buf = {0};
    ck_assert(!ouro_buf_failed(&buf));
    ouro_buf_done(&buf);
    ouro_buf_done(&buf);
    ck_assert_ptr_null(buf.data);
}

TEST(appends_follow_each_other)
{
    struct ouro_buf buf = {0};
    ouro_buf_puts(&buf, "one");
    ouro_buf_putc(&buf, ' ');
    ouro_buf_append(&buf, "two\0three", 9);
    ck_assert_uint_eq(buf.len, 13);
    ck_assert_mem_eq(buf.data, "one two\0three", 13);
    ouro_buf_done(&buf);
}

TEST(a_buffer_grows_and_keeps_what_it_has)
{
    struct ouro_buf buf = {0};
    for (int i = 0; i < 100000; i++)
        ouro_buf_putc(&buf, (char)('a' + i % 26));
    ck_assert_uint_eq(buf.len, 100000);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(buf.data[i], 'a' + i % 26);
    ouro_buf_done(&buf);
}

TEST(one_large_append_fits)
{
    struct ouro_buf buf = {0};
    char *large = malloc(1000003);
    memset(large, 'x', 1000003);
    ouro_buf_putc(&buf, '<');
    ouro_buf_append(&buf, large, 1000003);
    ck_assert_uint_eq(buf.len, 1000004);
    ck_assert_mem_eq(buf.data + 1, large, 1000003);
    free(large);
    ouro_buf_done(&buf);
}

TEST(integers_are_written_whole)
{
    const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {-1, "-1"},
                 {1000000, "1000000"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ouro_buf buf = {0};
        ouro_buf_putint(&buf, cases[i].value);
        expect_text(&buf, cases[i].text);
    }
}

TEST(formatted_text_may_be_longer_than_the_room_left)
{
    struct ouro_buf buf = {0};
    ouro_buf_printf(&buf, "%s-%d|", "a", 42);
    ouro_buf_printf(&buf, "%0500d", 7);
    ouro_buf_printf(&buf, "%s", "");
    ck_assert_uint_eq(buf.len, 5 + 500);
    ck_assert_mem_eq(buf.data, "a-42|000", 8);
    ck_assert_int_eq(buf.data[504], '7');
    ouro_buf_done(&buf);
}

TEST(a_failed_append_is_told_at_the_end_and_loses_nothing)
{
    struct ouro_buf buf = {0};
    ouro_buf_puts(&buf, "kept");
    ck_assert_ptr_null(ouro_buf_reserve(&buf, SIZE_MAX));
    ouro_buf_puts(&buf, "ignored");
    ouro_buf_putint(&buf, 5);
    ouro_buf_printf(&buf, "%d", 5);
    ouro_buf_putjson(&buf, "ignored", 7);
    ck_assert(ouro_buf_failed(&buf));
    ck_assert_uint_eq(buf.len, 4);
    ck_assert_mem_eq(buf.data, "kept", 4);
    ouro_buf_done(&buf);
}

TEST(no_size_makes_the_growth_overflow)
{
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 4, SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 2};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ouro_buf buf = {0};
        ouro_buf_puts(&buf, "kept");
        ck_assert_ptr_null(ouro_buf_reserve(&buf, sizes[i]));
        ck_assert(ouro_buf_failed(&buf));
        ouro_buf_done(&buf);
    }
}

TEST(clear_makes_a_buffer_usable_again_without_giving_memory_back)
{
    struct ouro_buf buf = {0};
    ouro_buf_puts(&buf, "old");
    ouro_buf_reserve(&buf, SIZE_MAX);
    size_t cap = buf.cap;
    ouro_buf_clear(&buf);
    ck_assert_uint_eq(buf.cap, cap);
    ouro_buf_puts(&buf, "new");
    expect_text(&buf, "new");
}

TEST(reserved_room_is_taken_by_the_length)
{
    struct ouro_buf buf = {0};
    char *room = ouro_buf_reserve(&buf, 1000);
    ck_assert_ptr_nonnull(room);
    memset(room, 'r', 1000);
    buf.len += 3;
    expect_text(&buf, "rrr");
}

TEST(appending_nothing_is_no_failure)
{
    struct ouro_buf buf = {0};
    ck_assert_ptr_nonnull(ouro_buf_reserve(&buf, 0)); /* NULL would mean: out of memory */
    ouro_buf_done(&buf);
    ouro_buf_append(&buf, NULL, 0);
    ouro_buf_puts(&buf, "");
    ck_assert(!ouro_buf_failed(&buf));
    ck_assert_uint_eq(buf.len, 0);
    ouro_buf_done(&buf);
}

/* --- JSON strings ---------------------------------------------------------------------------- */

static void expect_json(const char *text, size_t len, const char *json)
{
    struct ouro_buf buf = {0};
    ouro_buf_putjson(&buf, text, len);
    expect_text(&buf, json);
}

TEST(plain_text_is_only_quoted)
{
    expect_json("", 0, "\"\"");
    expect_json("Ada", 3, "\"Ada\"");
    expect_json("</b> & 'x'", 10, "\"</b> & 'x'\"");
}

TEST(what_json_gives_a_meaning_is_escaped)
{
    expect_json("\"", 1, "\"\\\"\"");
    expect_json("a\"b\\c\nd", 7, "\"a\\\"b\\\\c\\nd\"");
    expect_json("\x01\x1f\t\r", 4, "\"\\u0001\\u001f\\u0009\\u000d\"");
    expect_json("a\0b", 3, "\"a\\u0000b\"");
}

TEST(utf_8_passes_as_it_is)
{
    const char *text = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d\x7f";
    struct ouro_buf buf = {0};
    ouro_buf_putjson(&buf, text, strlen(text));
    ck_assert_uint_eq(buf.len, strlen(text) + 2);
    ck_assert_mem_eq(buf.data + 1, text, strlen(text));
    ouro_buf_done(&buf);
}

TEST(a_json_parser_reads_every_ascii_character_back)
{
    char text[3 * 128];
    for (int i = 0; i < 128; i++) {
        text[3 * i] = (char)i;
        text[3 * i + 1] = (char)i;
        text[3 * i + 2] = '.';
    }
    struct ouro_buf buf = {0};
    ouro_buf_putjson(&buf, text, sizeof text);
    json_t *value = json_loadb(buf.data, buf.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(value);
    ck_assert_uint_eq(json_string_length(value), sizeof text);
    ck_assert_mem_eq(json_string_value(value), text, sizeof text);
    json_decref(value);
    ouro_buf_done(&buf);
}
