/* SPDX-License-Identifier: MIT */
/* Addresses: what is one, what is not, and how they are written. */
#include "test.h"

#include "net/address.h"

#include <arpa/inet.h>

static const char long_path[] = "unix:/12345678901234567890123456789012345678901234567890"
                                "12345678901234567890123456789012345678901234567890123456";

TEST(addresses_are_read_and_written)
{
    static const struct {
        const char *text, *printed, *host;
    } rows[] = {
        {"127.0.0.1:80", "127.0.0.1:80", "127.0.0.1"},
        {"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255"},
        {"100.10.9.205:1080", "100.10.9.205:1080", "100.10.9.205"},
        {"localhost:1", "127.0.0.1:1", "127.0.0.1"},
        {"*:8080", "0.0.0.0:8080", "0.0.0.0"},
        {":8080", "0.0.0.0:8080", "0.0.0.0"},
        {"1.2.3.4:0", "1.2.3.4:0", "1.2.3.4"},
        {"[::1]:443", "[::1]:443", "::1"},
        {"[::]:0", "[::]:0", "::"},
        {"[2001:DB8:0:0:0:0:0:1]:9", "[2001:db8::1]:9", "2001:db8::1"},
        {"[::ffff:10.0.0.7]:5", "10.0.0.7:5", "10.0.0.7"},
        {"unix:/tmp/x", "unix:/tmp/x", "unix:/tmp/x"},
        {"unix:relative", "unix:relative", "unix:relative"},
        {"unix:with:colon:80", "unix:with:colon:80", "unix:with:colon:80"},
        {long_path, long_path, long_path},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ouro__address address;
        char text[OURO_ADDRESS_BYTES];
        ck_assert_msg(ouro__address_parse(rows[i].text, &address) == 0, "%s", rows[i].text);
        ouro__address_print(&address, false, text);
        ck_assert_str_eq(text, rows[i].printed);
        ouro__address_print(&address, true, text);
        ck_assert_str_eq(text, rows[i].host);
    }
}

TEST(what_is_no_address_is_refused_and_writes_nothing)
{
    static const char *const rows[] = {
        "",
        "80",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:80x",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 1",
        "127.0.0.1:65536",
        "127.0.0.1:99999999999999999999999",
        "127.0.0:80",
        "127.0.0.256:80",
        "0x7f.1:80",
        "example.org:80",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[::1:80",
        "::1]:80",
        "[]:80",
        "[127.0.0.1]:80",
        "[localhost]:80",
        "[*]:80",
        "[::g]:80",
        "[::1]x:80",
        "[1:2]:3",
        ":",
        "[",
        "[:",
        "]:1",
        "unix:",
        "unix:/123456789012345678901234567890123456789012345678901"
        "12345678901234567890123456789012345678901234567890123456",
        "[1234567890123456789012345678901234567890123456789012345678901234567890:1]:80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ouro__address address, before;
        memset(&address, 0x55, sizeof address);
        before = address;
        ck_assert_msg(ouro__address_parse(rows[i], &address) == -EINVAL, "%s", rows[i]);
        ck_assert_mem_eq(&address, &before, sizeof address);
    }
}

TEST(a_unix_client_without_a_name_is_just_unix)
{
    struct ouro__address address = {.len = sizeof(sa_family_t), .u.any.sa_family = AF_UNIX};
    char text[OURO_ADDRESS_BYTES];
    ouro__address_print(&address, true, text);
    ck_assert_str_eq(text, "unix:");
}
