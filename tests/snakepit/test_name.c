/* SPDX-License-Identifier: MIT */
#include "rules/name.h"

#include "test.h"

static void expect_name(const char *text, const char *expected)
{
    char name[NAME_BYTES];
    ck_assert_int_eq(snakepit_name_clean(text, strlen(text), name), 0);
    ck_assert_str_eq(name, expected);
}

static void expect_no_name_of(const char *text, size_t len)
{
    char name[NAME_BYTES] = "untouched";
    ck_assert_msg(snakepit_name_clean(text, len, name) < 0, "\"%.*s\" became a name", (int)len,
                  text);
    ck_assert_str_eq(name, "untouched");
}

static void expect_no_name(const char *text)
{
    expect_no_name_of(text, strlen(text));
}

TEST(white_space_around_a_name_goes_and_within_it_stays)
{
    expect_name("Ada", "Ada");
    expect_name(" \t\r\nAda\v\f ", "Ada");
    expect_name("Ada Lovelace", "Ada Lovelace");
    expect_name("\u00a0\u1680\u2003\u202f\u205f\u3000Ada\u3000", "Ada");
    expect_name("<b>&\"'\\", "<b>&\"'\\");
}

TEST(a_name_of_white_space_is_none)
{
    expect_no_name("");
    expect_no_name(" ");
    static const char *const spaces[] = {"\t",     "\u00a0", "\u1680", "\u2000",
                                         "\u200a", "\u202f", "\u205f", "\u3000"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        expect_no_name(spaces[i]);
}

TEST(fifteen_characters_fit_however_many_bytes_they_have)
{
    expect_name("fifteen letters", "fifteen letters");
    expect_name("   fifteen letters   ", "fifteen letters");
    expect_no_name("sixteen letters!");
#define SNAKES_5 "🐍🐍🐍🐍🐍"
    expect_name(SNAKES_5 SNAKES_5 SNAKES_5, SNAKES_5 SNAKES_5 SNAKES_5);
    expect_no_name(SNAKES_5 SNAKES_5 SNAKES_5 "!");
}

TEST(what_is_not_utf8_is_no_name)
{
    expect_no_name("\xff");
    expect_no_name("A\xc3");        /* cut */
    expect_no_name("\xc0\x80");     /* NUL, too long */
    expect_no_name("\xed\xa0\x80"); /* half of a pair */
    expect_no_name_of("A\0B", 3);   /* NUL */
    expect_no_name_of("\xf0\x9f", 2);
}

TEST(what_cannot_be_seen_is_no_part_of_a_name)
{
    static const char *const unseen[] = {
        "\x01",   "\x7f",   "\xc2\x85",   "\u00ad",     "\u034f",     "\u061c",
        "\u115f", "\u1160", "\u17b4",     "\u180b",     "\u180e",     "\u200b",
        "\u200d", "\u200f", "\u2028",     "\u202e",     "\u2060",     "\u2066",
        "\u206f", "\u2800", "\u3164",     "\ufeff",     "\uffa0",     "\ufff9",
        "\ufdd0", "\uffff", "\U0001bca0", "\U0001d173", "\U0001fffe", "\U000e0041",
    };
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++) {
        char text[16];
        expect_no_name(unseen[i]);
        snprintf(text, sizeof text, "A%sB", unseen[i]);
        expect_no_name(text);
    }
}

TEST(a_selector_belongs_to_the_character_before_it)
{
    expect_name("\u2764\ufe0f", "\u2764\ufe0f");
    expect_no_name("\ufe0f");
    expect_no_name(" \ufe00 ");
}
