/* SPDX-License-Identifier: MIT */
#include "server/ip.h"
#include "test.h"

static struct ouro__ip ip(const char *text)
{
    struct ouro__ip ip;
    ck_assert_msg(ouro__ip_parse(text, strlen(text), &ip) == 0, "%s", text);
    return ip;
}

static void expect_text(struct ouro__ip ip, const char *expected)
{
    char text[OURO__IP_TEXT_BYTES];
    ouro__ip_print(&ip, text);
    ck_assert_str_eq(text, expected);
}

TEST(an_address_is_one_number_however_it_is_written)
{
    struct ouro__ip plain = ip("10.0.0.7"), mapped = ip("::ffff:10.0.0.7");
    ck_assert(ouro__ip_same(&plain, &mapped) && ouro__ip_is_v4(&mapped));
    expect_text(mapped, "10.0.0.7");
    expect_text(ip("2001:DB8:0:0::1"), "2001:db8::1");
    expect_text(ip("::1"), "::1");
}

TEST(what_is_no_address)
{
    static const char *const texts[] = {"",          "10.0.0", "10.0.0.256", "10.0.0.7 ",
                                        " ::1",      "[::1]",  "::1%eth0",   "host",
                                        "1.2.3.4:5", "::g",    "1:2:3:4",    "0x7f.0.0.1"};
    struct ouro__ip unused;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(ouro__ip_parse(texts[i], strlen(texts[i]), &unused) < 0, "%s", texts[i]);
    ck_assert_int_lt(ouro__ip_parse("::1\0x", 5, &unused), 0);
    char long_one[200];
    memset(long_one, '1', sizeof long_one);
    ck_assert_int_lt(ouro__ip_parse(long_one, sizeof long_one, &unused), 0);
}

TEST(a_household_is_an_ipv4_address_or_a_64)
{
    struct ouro__ip v4 = ip("10.0.0.7"), v6 = ip("2001:db8:1:2:3:4:5:6");
    expect_text(ouro__ip_household(&v4), "10.0.0.7");
    expect_text(ouro__ip_household(&v6), "2001:db8:1:2::");
}

static bool has(const char *network, const char *address)
{
    struct ouro__network parsed;
    struct ouro__ip member = ip(address);
    ck_assert_msg(ouro__network_parse(network, &parsed) == 0, "%s", network);
    return ouro__network_has(&parsed, &member);
}

TEST(what_a_network_has)
{
    ck_assert(has("10.0.0.0/8", "10.255.0.1") && !has("10.0.0.0/8", "11.0.0.1"));
    ck_assert(has("10.0.0.0/8", "::ffff:10.1.1.1"));
    ck_assert(has("192.168.4.0/22", "192.168.7.255") && !has("192.168.4.0/22", "192.168.8.0"));
    ck_assert(has("127.0.0.1", "127.0.0.1") && !has("127.0.0.1", "127.0.0.2"));
    ck_assert(has("2001:db8::/33", "2001:db8:7fff::1") && !has("2001:db8::/33", "2001:db8:8000::"));
    ck_assert(has("::1", "::1") && !has("::1", "::2"));
    ck_assert(has("0.0.0.0/0", "8.8.8.8") && !has("0.0.0.0/0", "2001:db8::1"));
    ck_assert(has("::/0", "8.8.8.8") && has("::/0", "2001:db8::1"));
    ck_assert(has("::ffff:10.0.0.0/104", "10.9.9.9"));
}

TEST(what_is_no_network)
{
    static const char *const texts[] = {"",
                                        "10.0.0.0/33",
                                        "10.0.0.0/",
                                        "10.0.0.1/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/08",
                                        "10.0.0.0/+8",
                                        "::/129",
                                        "/8",
                                        "2001::1/64",
                                        "unix",
                                        "10.0.0.0/8/8",
                                        "10.0.0.0/99999999999999999999"};
    struct ouro__network unused;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(ouro__network_parse(texts[i], &unused) < 0, "%s", texts[i]);
}
