/* SPDX-License-Identifier: MIT */
/**
 * forwarded_parse: through which hands a request has come, as the proxies among them have written
 * it into its head, and who of them is to be believed.
 *
 *      X-Forwarded-For: 203.0.113.9, 198.51.100.7          a list; each proxy adds whom it heard
 *      Forwarded: for=203.0.113.9, for="[2001:db8::1]:4711";proto=https       RFC 7239
 *
 * Anybody can write such fields. So the list is read from its end: the last hop is what our peer
 * says, which counts if we trust our peer; the one before it is what that hop says, which counts if
 * we trust that; and so on. The first one that is not trusted is the client.
 *
 * Pure: no clock, socket, task or allocation.
 */
#ifndef OURO_SERVER_FORWARDED_PARSE_H
#define OURO_SERVER_FORWARDED_PARSE_H

#include "server/ip.h"

#define OURO__HOPS_MAX 16 /* the last ones; nobody has that many proxies */

struct ouro__hop {
    struct ouro__ip ip;
    bool known; /* else it said "unknown", a name of its own, or nothing that we understand */
};

/* All zero: none yet. */
struct ouro__hops {
    struct ouro__hop ring[OURO__HOPS_MAX];
    size_t count; /* of all that there were */
};

/* Append those of one field's value, in order; call it for each field of that name. */
void ouro__hops_add_x_forwarded_for(struct ouro__hops *hops, const char *value, size_t len);
/* The same. -OURO_EMALFORMED: it can't be said where one hop ends and the next begins. */
int ouro__hops_add_forwarded(struct ouro__hops *hops, const char *value, size_t len);

/* The client, of a request that a peer has brought which is trusted. False: that is not known. */
bool ouro__hops_client(const struct ouro__hops *hops, const struct ouro__network *trusted,
                       size_t trusted_count, struct ouro__ip *ret_client);

#endif
