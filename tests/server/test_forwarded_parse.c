/* SPDX-License-Identifier: MIT */
#include "server/forwarded_parse.h"
#include "test.h"

#define TRUSTED_MAX 4

/* Whom the field makes the client, if these networks are trusted; "" for nobody that is known, "!"
 * for a field that is malformed. */
static const char *client(const char *field, const char *value, const char *const *trusted)
{
    static char text[OURO__IP_TEXT_BYTES];
    struct ouro__hops hops = {0};
    struct ouro__network networks[TRUSTED_MAX];
    struct ouro__ip client;
    size_t count = 0;
    for (; trusted[count]; count++)
        ck_assert_int_eq(ouro__network_parse(trusted[count], &networks[count]), 0);
    char *exact = strndup(value, strlen(value)); /* so that a look beyond it is seen */
    int rc = 0;
    if (strcmp(field, "Forwarded") == 0)
        rc = ouro__hops_add_forwarded(&hops, exact, strlen(value));
    else
        ouro__hops_add_x_forwarded_for(&hops, exact, strlen(value));
    free(exact);
    if (rc < 0)
        return "!";
    if (!ouro__hops_client(&hops, networks, count, &client))
        return "";
    ouro__ip_print(&client, text);
    return text;
}

static const char *const proxies[] = {"10.0.0.0/8", "2001:db8::/32", NULL};
static const char *const nobody_else[] = {NULL};

static const char *by_list(const char *value)
{
    return client("X-Forwarded-For", value, proxies);
}

static const char *by_elements(const char *value)
{
    return client("Forwarded", value, proxies);
}

TEST(the_last_hop_that_nobody_vouches_for_is_the_client)
{
    ck_assert_str_eq(by_list("203.0.113.9"), "203.0.113.9");
    ck_assert_str_eq(by_list("1.2.3.4, 203.0.113.9"), "203.0.113.9");
    ck_assert_str_eq(by_list("1.2.3.4, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
    ck_assert_str_eq(by_list("203.0.113.9,10.0.0.3,2001:db8::5"), "203.0.113.9");
    ck_assert_str_eq(by_list("10.0.0.3, 10.0.0.2"), "10.0.0.3");
    ck_assert_str_eq(by_list(""), "");
}

TEST(one_proxy_is_believed_on_one_hop)
{
    ck_assert_str_eq(client("X-Forwarded-For", "1.2.3.4, 10.0.0.2", nobody_else), "10.0.0.2");
    ck_assert_str_eq(client("Forwarded", "for=1.2.3.4, for=5.6.7.8", nobody_else), "5.6.7.8");
}

TEST(hops_are_written_in_many_ways)
{
    ck_assert_str_eq(by_list(" 203.0.113.9:4711 "), "203.0.113.9");
    ck_assert_str_eq(by_list("[2001:dead::1]:4711"), "2001:dead::1");
    ck_assert_str_eq(by_list("[2001:dead::1]"), "2001:dead::1");
    ck_assert_str_eq(by_list("2001:dead::1"), "2001:dead::1");
    ck_assert_str_eq(by_list(",, 203.0.113.9 ,\t,"), "203.0.113.9");
    ck_assert_str_eq(by_list("::ffff:203.0.113.9"), "203.0.113.9");
}

TEST(at_a_hop_that_is_not_known_the_walk_ends)
{
    ck_assert_str_eq(by_list("203.0.113.9, unknown"), "");
    ck_assert_str_eq(by_list("203.0.113.9, _hidden, 10.0.0.2"), "10.0.0.2");
    ck_assert_str_eq(by_list("203.0.113.9, [10.0.0.2]"), "");
    ck_assert_str_eq(by_list("203.0.113.9, [::1]x"), "");
    ck_assert_str_eq(by_list("203.0.113.9, [::1"), "");
    ck_assert_str_eq(by_elements("for=203.0.113.9, proto=https"), "");
    ck_assert_str_eq(by_elements("for=203.0.113.9, for=unknown"), "");
}

TEST(the_examples_of_rfc_7239)
{
    ck_assert_str_eq(by_elements("for=\"_gazonk\""), "");
    ck_assert_str_eq(by_elements("For=\"[2001:dead:cafe::17]:4711\""), "2001:dead:cafe::17");
    ck_assert_str_eq(by_elements("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
    ck_assert_str_eq(by_elements("for=192.0.2.43, for=198.51.100.17"), "198.51.100.17");
    ck_assert_str_eq(by_elements("for=192.0.2.43;for2=x,for=\"10.1.1.1:80\";host=\"a,\\\"b\""),
                     "192.0.2.43");
}

TEST(a_field_that_two_could_understand_in_two_ways)
{
    static const char *const values[] = {
        "for",
        "for=",
        "for=\"1.2.3.4",
        "for=1.2.3.4;for=5.6.7.8",
        "for =1.2.3.4",
        "for= 1.2.3.4",
        "for=1.2.3.4 x",
        "for=\"1.2.3.4\"x",
        "=1.2.3.4",
        "for=[::1]",
        "for=\"a\\",
        "\"x\"",
        "for=1.2.3.4:80",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ck_assert_msg(strcmp(by_elements(values[i]), "!") == 0, "%s", values[i]);
    ck_assert_str_eq(by_elements(" ; ,, for=203.0.113.9 ;, "), "203.0.113.9");
}

/* Of too many hops the first ones are forgotten; so the client is one of the later. */
TEST(more_hops_than_anybody_has)
{
    char value[4096] = "203.0.113.9";
    for (int i = 0; i < OURO__HOPS_MAX; i++)
        strcat(value, ", 10.0.0.9");
    ck_assert_str_eq(by_list(value), "10.0.0.9");
    ck_assert_str_eq(by_list(value + strlen("203.0.113.9, 10.0.0.9, ")), "10.0.0.9");
    strcpy(value, "203.0.113.9");
    for (int i = 1; i < OURO__HOPS_MAX; i++)
        strcat(value, ", 10.0.0.9");
    ck_assert_str_eq(by_list(value), "203.0.113.9");
}

TEST(a_list_in_several_fields_is_one_list)
{
    struct ouro__hops hops = {0};
    struct ouro__network trusted;
    struct ouro__ip client;
    char text[OURO__IP_TEXT_BYTES];
    ck_assert_int_eq(ouro__network_parse("10.0.0.0/8", &trusted), 0);
    ouro__hops_add_x_forwarded_for(&hops, "1.2.3.4", 7);
    ouro__hops_add_x_forwarded_for(&hops, "203.0.113.9, 10.0.0.2", 21);
    ck_assert(ouro__hops_client(&hops, &trusted, 1, &client));
    ouro__ip_print(&client, text);
    ck_assert_str_eq(text, "203.0.113.9");
}
