/* SPDX-License-Identifier: MIT */
#include "proxy_drive.h"
#include "test.h"

static int drive(const void *data, size_t len, struct ouro__proxy *ret)
{
    return proxy_drive(data, len, ret);
}

static void expect_source(const struct ouro__proxy *proxy, const char *ip, int port)
{
    char text[OURO__IP_TEXT_BYTES];
    ck_assert(proxy->has_source);
    ouro__ip_print(&proxy->source, text);
    ck_assert_str_eq(text, ip);
    ck_assert_int_eq(proxy->source_port, port);
}

/* --- version 1 -------------------------------------------------------------------------------- */

TEST(version_1_tells_whose_connection_it_is)
{
    static const char four[] = "PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\nGET / HTTP/1.1\r\n";
    static const char six[] = "PROXY TCP6 2001:db8::7 ::1 1 65535\r\n";
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(four, strlen(four), &proxy), strcspn(four, "\n") + 1);
    expect_source(&proxy, "192.0.2.7", 56324);
    ck_assert_int_eq(drive(six, strlen(six), &proxy), strlen(six));
    expect_source(&proxy, "2001:db8::7", 1);
}

TEST(version_1_may_not_know)
{
    static const char *const lines[] = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 what ever\r\n"};
    struct ouro__proxy proxy;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(drive(lines[i], strlen(lines[i]), &proxy), strlen(lines[i]));
        ck_assert(!proxy.has_source);
    }
}

TEST(a_line_that_is_not_one_of_version_1)
{
    static const char *const lines[] = {
        "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n",
        "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
        "PROXY \r\n",
        "PROXY\r\n",
        "PROXY UNKNOWN\rx\r\n",
        "proxy UNKNOWN\r\n",
        "GET / HTTP/1.1\r\n",
        "\x16\x03\x01",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 \r\n",
        "PROXY UNKNOWN\n",
    };
    struct ouro__proxy proxy;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(drive(lines[i], strlen(lines[i]), &proxy) == -OURO_EMALFORMED, "%s",
                      lines[i]);
}

TEST(a_line_has_107_bytes_at_the_most)
{
    struct ouro__proxy proxy;
    char line[200];
    for (int len = 106; len <= 108; len++) {
        int used = snprintf(line, sizeof line, "PROXY UNKNOWN %0*d\r\n", len - 16, 0);
        ck_assert_int_eq(used, len);
        ck_assert_int_eq(drive(line, (size_t)len, &proxy), len <= 107 ? len : -OURO_EMALFORMED);
    }
}

/* --- version 2 -------------------------------------------------------------------------------- */

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
/* A literal with NULs in it, and how long it is. */
#define BYTES(text) text, sizeof text - 1

TEST(version_2_tells_whose_connection_it_is)
{
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\7\x0a\0\0\1\xdc\4\1\xbb"
                                           "GET /"),
                           &proxy),
                     28);
    expect_source(&proxy, "192.0.2.7", 0xdc04);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x21\0\x24"
                                           "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
                                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1\0\2"),
                           &proxy),
                     52);
    expect_source(&proxy, "2001:db8::7", 1);
}

TEST(version_2_may_have_more_to_say)
{
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x11\0\x11\xc0\0\2\7\x0a\0\0\1\xdc\4\1\xbb"
                                           "\4\0\2xx"),
                           &proxy),
                     33);
    expect_source(&proxy, "192.0.2.7", 0xdc04);
}

TEST(version_2_may_speak_for_itself)
{
    char unix_sockets[16 + 216] = SIGNATURE "\x21\x31\0\xd8";
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x20\0\0\0"), &proxy), 16);
    ck_assert(!proxy.has_source);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x20\xff\0\3abc"), &proxy), 19);
    ck_assert(!proxy.has_source);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\0\0\0"), &proxy), 16);
    ck_assert(!proxy.has_source);
    ck_assert_int_eq(drive(unix_sockets, sizeof unix_sockets, &proxy), 232);
    ck_assert(!proxy.has_source);
}

TEST(what_is_not_version_2)
{
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(BYTES("\r\n\r\n\0\r\nQUIZ"), &proxy), -OURO_EMALFORMED);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x11\x11\0\x0c"), &proxy), -OURO_EMALFORMED);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x22\x11\0\x0c"), &proxy), -OURO_EMALFORMED);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x12\0\x0c"), &proxy), -OURO_EMALFORMED); /* UDP */
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x11\0\x0b"), &proxy), -OURO_EMALFORMED);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x21\0\x23"), &proxy), -OURO_EMALFORMED);
}

TEST(a_header_of_version_2_is_bounded)
{
    char header[OURO__PROXY_BYTES_MAX] = SIGNATURE "\x20\0\x07\xf0";
    struct ouro__proxy proxy;
    ck_assert_int_eq(drive(header, sizeof header, &proxy), OURO__PROXY_BYTES_MAX);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x20\0\x07\xf1"), &proxy), -OURO_EMALFORMED);
    ck_assert_int_eq(drive(BYTES(SIGNATURE "\x21\x11\xff\xff"), &proxy), -OURO_EMALFORMED);
}
