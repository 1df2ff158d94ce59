/* SPDX-License-Identifier: MIT */
/**
 * ip: addresses of hosts as numbers, and networks of them. Pure.
 *
 * IPv4 is kept in its mapped form, ::ffff:10.0.0.7, so that a client is one number however it came
 * in: over IPv4, over a socket for both families, or in a proxy's words.
 */
#ifndef OURO_SERVER_IP_H
#define OURO_SERVER_IP_H

#include "ouro/base.h"

struct ouro__ip {
    uint8_t bytes[16];
};

#define OURO__IP_TEXT_BYTES 46 /* of any of them in text, with its NUL */

/* Four bytes in the order of the network. */
struct ouro__ip ouro__ip_of_v4(const uint8_t bytes[4]);
bool ouro__ip_is_v4(const struct ouro__ip *ip);
bool ouro__ip_same(const struct ouro__ip *a, const struct ouro__ip *b);
/* "10.0.0.7" or "2001:db8::1", nothing around it. 0, or -EINVAL. */
int ouro__ip_parse(const char *text, size_t len, struct ouro__ip *ret_ip);
void ouro__ip_print(const struct ouro__ip *ip, char ret_text[OURO__IP_TEXT_BYTES]);
/* Who is likely one household: the address itself of IPv4, the /64 of IPv6, which whoever has any
 * of has all of. */
struct ouro__ip ouro__ip_household(const struct ouro__ip *ip);

struct ouro__network {
    struct ouro__ip ip;
    uint8_t bits; /* of the 128 that count */
};

/* "10.0.0.0/8", "2001:db8::/32", or one address. Bits behind the prefix must be 0: else one of the
 * two is not what was meant. 0, or -EINVAL. */
int ouro__network_parse(const char *text, struct ouro__network *ret_network);
/* Any of them. */
bool ouro__networks_have(const struct ouro__network *networks, size_t count,
                         const struct ouro__ip *ip);
bool ouro__network_has(const struct ouro__network *network, const struct ouro__ip *ip);

#endif
