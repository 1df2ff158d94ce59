/* SPDX-License-Identifier: MIT */
/* Types of settings that a front door has: where it listens, whom it trusts, what it is called. */
#include "ouro/server.h"

#include "net/address.h"
#include "server/ip.h"

#include <string.h>

#define MODE_MAX 0777

static bool is_address(const char *text)
{
    struct ouro__address address;
    return ouro__address_parse(text, &address) == 0 || ouro__address_fd(text) >= 0;
}

static int parse_address(const char *text, void *ret_member)
{
    if (!is_address(text))
        return -EINVAL;
    *(const char **)ret_member = text;
    return 0;
}

/* "systemd" or "systemd:NAME". */
static bool is_inherited(const char *text)
{
    static const char prefix[] = "systemd";
    size_t len = sizeof prefix - 1;
    return strncmp(text, prefix, len) == 0 && (!text[len] || (text[len] == ':' && text[len + 1]));
}

static int parse_addresses(const char *text, void *ret_member)
{
    struct ouro_setting_items list;
    int rc = ouro_setting_list.parse(text, &list);
    for (const char **item = list.items; rc == 0 && *item; item++)
        rc = is_address(*item) || is_inherited(*item) ? 0 : -EINVAL;
    if (rc == 0)
        *(const char **)ret_member = text;
    return rc;
}

static int parse_networks(const char *text, void *ret_member)
{
    struct ouro_setting_items *list = ret_member;
    struct ouro__network network;
    int rc = ouro_setting_list.parse(text, list);
    for (const char **item = list->items; rc == 0 && *item; item++)
        rc = strcmp(*item, "unix") == 0 ? 0 : ouro__network_parse(*item, &network);
    return rc;
}

/* A name, an IPv4 address, or an IPv6 address in brackets, as it stands in a URL; no port. */
static bool is_host(const char *text)
{
    struct ouro__ip ip;
    size_t len = strlen(text);
    if (*text == '[')
        return len > 2 && text[len - 1] == ']' && ouro__ip_parse(text + 1, len - 2, &ip) == 0;
    return len > 0 && text[len - 1] != '.' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == len;
}

static int parse_hosts(const char *text, void *ret_member)
{
    struct ouro_setting_items *list = ret_member;
    int rc = ouro_setting_list.parse(text, list);
    for (const char **item = list->items; rc == 0 && *item; item++)
        rc = is_host(*item) ? 0 : -EINVAL;
    return rc;
}

static int parse_switch(const char *text, void *ret_member)
{
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0)
        return -EINVAL;
    *(bool *)ret_member = on;
    return 0;
}

static int parse_mode(const char *text, void *ret_member)
{
    unsigned mode = 0;
    if (!*text || strlen(text) > 4)
        return -EINVAL;
    for (; *text >= '0' && *text <= '7'; text++)
        mode = mode * 8 + (unsigned)(*text - '0');
    if (*text || mode == 0 || mode > MODE_MAX)
        return -EINVAL;
    *(unsigned *)ret_member = mode;
    return 0;
}

#define AN_ADDRESS \
    "HOST:PORT with HOST in numbers, localhost or *; [IPV6]:PORT; unix:PATH; fd:NUMBER"

const struct ouro_setting_type ouro_setting_address = {
    .takes = "an address: " AN_ADDRESS,
    .parse = parse_address,
};
const struct ouro_setting_type ouro_setting_addresses = {
    .takes = "a list of addresses with commas between: " AN_ADDRESS "; systemd; systemd:NAME",
    .parse = parse_addresses,
};
const struct ouro_setting_type ouro_setting_networks = {
    .takes = "a list of networks such as 10.0.0.0/8,2001:db8::/32,127.0.0.1,unix (no bits set "
             "behind the prefix)",
    .parse = parse_networks,
};
const struct ouro_setting_type ouro_setting_hosts = {
    .takes = "a list of names such as example.org,www.example.org,[::1] (without port)",
    .parse = parse_hosts,
};
const struct ouro_setting_type ouro_setting_switch = {
    .takes = "on or off",
    .parse = parse_switch,
};
const struct ouro_setting_type ouro_setting_mode = {
    .takes = "the mode of a file in octal such as 0660",
    .parse = parse_mode,
};
