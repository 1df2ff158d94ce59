/* SPDX-License-Identifier: MIT */
#include "server/ip.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_AT       12 /* where the bytes of IPv4 begin */
#define V4_BITS     32
#define V6_BITS     128
#define HOUSE_BYTES 8 /* RFC 6177: a site gets a /64 at the least */

static const uint8_t v4_prefix[V4_AT] = {[10] = 0xff, [11] = 0xff};

struct ouro__ip ouro__ip_of_v4(const uint8_t bytes[4])
{
    struct ouro__ip ip;
    memcpy(ip.bytes, v4_prefix, V4_AT);
    memcpy(ip.bytes + V4_AT, bytes, 4);
    return ip;
}

bool ouro__ip_is_v4(const struct ouro__ip *ip)
{
    return memcmp(ip->bytes, v4_prefix, V4_AT) == 0;
}

bool ouro__ip_same(const struct ouro__ip *a, const struct ouro__ip *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int ouro__ip_parse(const char *text, size_t len, struct ouro__ip *ret_ip)
{
    char copy[OURO__IP_TEXT_BYTES];
    uint8_t bytes[16];
    if (len >= sizeof copy || memchr(text, '\0', len))
        return -EINVAL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1)
        *ret_ip = ouro__ip_of_v4(bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        memcpy(ret_ip->bytes, bytes, sizeof bytes);
    else
        return -EINVAL;
    return 0;
}

void ouro__ip_print(const struct ouro__ip *ip, char ret_text[OURO__IP_TEXT_BYTES])
{
    if (ouro__ip_is_v4(ip))
        inet_ntop(AF_INET, ip->bytes + V4_AT, ret_text, OURO__IP_TEXT_BYTES);
    else
        inet_ntop(AF_INET6, ip->bytes, ret_text, OURO__IP_TEXT_BYTES);
}

struct ouro__ip ouro__ip_household(const struct ouro__ip *ip)
{
    struct ouro__ip house = *ip;
    if (!ouro__ip_is_v4(ip))
        memset(house.bytes + HOUSE_BYTES, 0, sizeof house.bytes - HOUSE_BYTES);
    return house;
}

/* --- networks --------------------------------------------------------------------------------- */

/* The first `bits` bits are the same. */
static bool same_prefix(const struct ouro__ip *a, const struct ouro__ip *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

/* 0 to 128, without a sign or a leading zero. */
static int parse_bits(const char *text, unsigned most, unsigned *ret_bits)
{
    unsigned bits = 0;
    if (!*text || (*text == '0' && text[1]))
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        bits = bits * 10 + (unsigned)(*text - '0');
        if (bits > most)
            return -EINVAL;
    }
    *ret_bits = bits;
    return 0;
}

int ouro__network_parse(const char *text, struct ouro__network *ret_network)
{
    struct ouro__ip ip, first = {0};
    const char *slash = strchr(text, '/');
    if (ouro__ip_parse(text, slash ? (size_t)(slash - text) : strlen(text), &ip) < 0)
        return -EINVAL;
    /* What is written as IPv6 is counted as that, also if it is IPv4 mapped. */
    bool v4 = !memchr(text, ':', slash ? (size_t)(slash - text) : strlen(text));
    unsigned bits = v4 ? V4_BITS : V6_BITS;
    if (slash && parse_bits(slash + 1, bits, &bits) < 0)
        return -EINVAL;
    bits += v4 ? V6_BITS - V4_BITS : 0;
    for (unsigned i = 0; i < bits / 8; i++)
        first.bytes[i] = ip.bytes[i];
    if (bits % 8)
        first.bytes[bits / 8] = ip.bytes[bits / 8] & (uint8_t)(0xff << (8 - bits % 8));
    if (!ouro__ip_same(&first, &ip))
        return -EINVAL;
    *ret_network = (struct ouro__network){ip, (uint8_t)bits};
    return 0;
}

bool ouro__network_has(const struct ouro__network *network, const struct ouro__ip *ip)
{
    return same_prefix(&network->ip, ip, network->bits);
}

bool ouro__networks_have(const struct ouro__network *networks, size_t count,
                         const struct ouro__ip *ip)
{
    for (size_t i = 0; i < count; i++)
        if (ouro__network_has(&networks[i], ip))
            return true;
    return false;
}
