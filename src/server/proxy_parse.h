/* SPDX-License-Identifier: MIT */
/**
 * proxy_parse: what a proxy says first of a connection that it passes on: whose it is (the PROXY
 * protocol of HAProxy, proxy-protocol.txt, versions 1 and 2).
 *
 *      PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n            version 1, up to 107 bytes
 *
 *      0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a                    version 2: signature
 *      21 11 00 0c                                            version and command, family, length
 *      c0 00 02 07  0a 00 00 01  dc 04  01 bb                 source, destination, their ports
 *      ...                                                    what else the length counts, ignored
 *
 * Pure: no clock, socket, task or allocation.
 */
#ifndef OURO_SERVER_PROXY_PARSE_H
#define OURO_SERVER_PROXY_PARSE_H

#include "server/ip.h"

/* Of a whole header. Version 2 could say more, with certificates of clients and the like in it;
 * the specification wants 536 to be taken at least. */
#define OURO__PROXY_BYTES_MAX 2048

struct ouro__proxy {
    bool has_source; /* else the proxy speaks for itself, or does not know */
    struct ouro__ip source;
    uint16_t source_port;
    size_t need_bytes; /* after 0: at least that many more belong to it, and may be read */
};

/**
 * Look for a header in `data`, everything that has come so far. More than 0: it is whole, and that
 * many bytes long. 0: more must come. -OURO_EMALFORMED: it is none, and will not become one.
 * The same bytes give the same result however they were split: a malformed beginning may be found
 * out before its end is there, but is malformed with any end.
 */
int ouro__proxy_parse(const uint8_t *data, size_t len, struct ouro__proxy *ret_proxy);

#endif
