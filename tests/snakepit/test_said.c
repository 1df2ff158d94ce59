/* SPDX-License-Identifier: MIT */
#include "server/said.h"

#include "rules/classic.h"
#include "test.h"

static struct said said_of(const char *text)
{
    struct said said;
    said_read(text, strlen(text), &said);
    return said;
}

/* `fault`: a part of what the client is told; NULL: nothing is wrong. */
static const struct {
    const char *text;
    enum said_kind kind;
    const char *fault;
} cases[] = {
    {"37", SAID_KEY, NULL},
    {" 65 ", SAID_KEY, NULL},
    {"-1", SAID_KEY, NULL},
    {"[\"new_player\",\"Ada\"]", SAID_NEW_PLAYER, NULL},
    {"[\"join\"]", SAID_JOIN, NULL},
    {"[\"ping\",1]", SAID_PING, NULL},
    {"[\"ping\",-1.2345678901234567e-308]", SAID_PING, NULL},
    {"[\"ping\",-9223372036854775808]", SAID_PING, NULL},
    {"[\"new_player\"]", SAID_NEW_PLAYER, "with a name"},
    {"[\"new_player\",\"Ada\",1]", SAID_NEW_PLAYER, "with a name"},
    {"[\"new_player\",7]", SAID_NEW_PLAYER, "1 to 15 characters"},
    {"[\"new_player\",\"\"]", SAID_NEW_PLAYER, "1 to 15 characters"},
    {"[\"new_player\",\"A\\u0007\"]", SAID_NEW_PLAYER, "1 to 15 characters"},
    {"[\"new_player\",\"1234567890123456\"]", SAID_NEW_PLAYER, "1 to 15 characters"},
    {"[\"ping\",\"1\"]", SAID_PING, "a number"},
    {"[\"ping\",null]", SAID_PING, "a number"},
    {"[\"ping\"]", SAID_OTHER, "no such command"},
    {"[\"join\",1]", SAID_OTHER, "no such command"},
    {"[\"JOIN\"]", SAID_OTHER, "no such command"},
    {"[\"join\\u0000\"]", SAID_NONSENSE, "JSON"},
    {"[]", SAID_NONSENSE, "begins with a command"},
    {"[[\"join\"]]", SAID_NONSENSE, "begins with a command"},
    {"[37]", SAID_NONSENSE, "begins with a command"},
    {"", SAID_NONSENSE, "JSON"},
    {"37 38", SAID_NONSENSE, "JSON"},
    {"37.0", SAID_NONSENSE, "JSON"},
    {"9223372036854775808", SAID_NONSENSE, "JSON"},
    {"{\"join\":1}", SAID_NONSENSE, "JSON"},
    {"\"join\"", SAID_NONSENSE, "JSON"},
    {"[\"join\"", SAID_NONSENSE, "JSON"},
    {"[\"ping\",1e999]", SAID_NONSENSE, "JSON"},
    {"[\"ping\",NaN]", SAID_NONSENSE, "JSON"},
    {"[\"new_player\",\"\xff\"]", SAID_NONSENSE, "JSON"},
};

TEST(each_message_has_its_kind_and_its_fault)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct said said = said_of(cases[i].text);
        ck_assert_msg(said.kind == cases[i].kind, "%d for %s", said.kind, cases[i].text);
        ck_assert_msg(cases[i].fault ? said.fault && strstr(said.fault, cases[i].fault)
                                     : !said.fault,
                      "'%s' for %s", said.fault ? said.fault : "-", cases[i].text);
    }
}

TEST(the_arrows_are_directions_and_other_keys_none)
{
    ck_assert_int_eq(said_of("37").direction, CLASSIC_LEFT);
    ck_assert_int_eq(said_of("38").direction, CLASSIC_UP);
    ck_assert_int_eq(said_of("39").direction, CLASSIC_RIGHT);
    ck_assert_int_eq(said_of("40").direction, CLASSIC_DOWN);
    ck_assert_int_lt(said_of("36").direction, 0);
    ck_assert_int_lt(said_of("41").direction, 0);
    ck_assert_int_lt(said_of("-9223372036854775808").direction, 0);
    ck_assert_int_lt(said_of("[\"join\"]").direction, 0);
}

TEST(names_are_cleaned_and_numbers_are_kept)
{
    ck_assert_str_eq(said_of("[\"new_player\",\" A\\u0064a \"]").name, "Ada");
    ck_assert_str_eq(said_of("[\"ping\",17]").number, "17");
    ck_assert_str_eq(said_of("[\"ping\",-9223372036854775808]").number, "-9223372036854775808");
    ck_assert_str_eq(said_of("[\"ping\",0.5]").number, "0.5");
}

/* The JSON library goes down as deep as the text does; it must stop before the stack ends. */
TEST(nesting_without_end_is_nonsense)
{
    char text[4096];
    memset(text, '[', sizeof text);
    struct said said;
    said_read(text, sizeof text, &said);
    ck_assert_int_eq(said.kind, SAID_NONSENSE);
    memset(text + sizeof text / 2, ']', sizeof text / 2);
    said_read(text, sizeof text, &said);
    ck_assert_int_eq(said.kind, SAID_NONSENSE);
}
