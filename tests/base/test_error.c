/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"
#include "test.h"

#include <limits.h>

TEST(codes_of_errno_have_their_names_and_texts)
{
    ck_assert_str_eq(ouro_error_name(ECANCELED), "ECANCELED");
    ck_assert_str_eq(ouro_error_name(EPIPE), "EPIPE");
    ck_assert_str_eq(ouro_error_text(ENOENT), "No such file or directory");
}

TEST(our_own_codes_have_their_names_and_texts)
{
    ck_assert_str_eq(ouro_error_name(OURO_ECLOSED), "OURO_ECLOSED");
    ck_assert_str_eq(ouro_error_text(OURO_ECLOSED), "closed: no more will come");
    ck_assert_str_eq(ouro_error_name(OURO_ECONFIG), "OURO_ECONFIG");
    ck_assert_str_eq(ouro_error_text(OURO_ECONFIG), "a setting is wrong");
}

TEST(the_sign_does_not_matter)
{
#define EXPECT_SAME(code, value, text)                                 \
    ck_assert_str_eq(ouro_error_name(code), #code);                    \
    ck_assert_ptr_eq(ouro_error_name(code), ouro_error_name(-(code))); \
    ck_assert_str_eq(ouro_error_text(code), text);                     \
    ck_assert_ptr_eq(ouro_error_text(code), ouro_error_text(-(code)));
    OURO_ERRORS(EXPECT_SAME)
#undef EXPECT_SAME
    ck_assert_str_eq(ouro_error_name(-ETIMEDOUT), "ETIMEDOUT");
}

TEST(our_own_codes_are_no_codes_of_errno)
{
#define EXPECT_OWN(code, value, text) ck_assert_ptr_null(strerrorname_np(code));
    OURO_ERRORS(EXPECT_OWN)
#undef EXPECT_OWN
}

TEST(an_unknown_code_has_a_name_too)
{
    ck_assert_str_eq(ouro_error_name(-4999), "EUNKNOWN");
    ck_assert_str_eq(ouro_error_text(-4999), "unknown error");
    ck_assert_str_eq(ouro_error_name(INT_MAX), "EUNKNOWN");
}
