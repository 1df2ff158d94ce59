/* SPDX-License-Identifier: MIT */
/* What each household of clients has and does: a hash table of those that have a connection, and of
 * the last ones that had one and have used up some of what they may do per second.
 *
 * Bounded, however many come: those with a connection are as many as there are connections, of the
 * others the one that was looked at longest ago goes. Nobody outside can choose addresses that
 * share a bucket: the hash has a secret. */
#ifndef OURO_SERVER_ADDRESSES_H
#define OURO_SERVER_ADDRESSES_H

#include "ouro/runtime.h"
#include "server/ip.h"

/* Households without a connection that are remembered. 72 bytes each. */
#define OURO__ADDRESSES_IDLE_MAX 16384

/* A bucket of tokens for so many things per second, a second's worth of them at once, as one
 * number: when it will be full again. 0: it is. */
typedef int64_t ouro__rate;

/* Take one. False: there is none left. */
static inline bool ouro__rate_take(ouro__rate *rate, uint32_t per_second, int64_t now)
{
    if (per_second == 0) /* no limit */
        return true;
    int64_t full_at = (*rate > now ? *rate : now) + OURO_SEC(1) / per_second;
    if (full_at > now + OURO_SEC(1))
        return false;
    *rate = full_at;
    return true;
}

struct ouro__address_entry {
    struct ouro__address_entry *next; /* in its bucket */
    struct ouro_link idle;            /* while it has no connection */
    struct ouro__ip household;
    ouro__rate arrivals, messages, calls;
    uint32_t connections;
    uint32_t handshakes; /* in progress */
};

struct ouro__addresses {
    struct ouro__address_entry **buckets;
    size_t bucket_count; /* a power of two */
    struct ouro_link idle;
    size_t count, idle_count;
    uint64_t secret[2];
};

/* For about that many connections. 0, -ENOMEM. */
int ouro__addresses_init(struct ouro__addresses *addresses, uint32_t connections);
/* None has a connection. */
void ouro__addresses_done(struct ouro__addresses *addresses);
/* The entry of that address's household, made if there is none. Valid until the next call, unless a
 * connection is added. NULL: out of memory. */
struct ouro__address_entry *ouro__addresses_get(struct ouro__addresses *addresses,
                                                const struct ouro__ip *ip);
/* A number for its household, not 0. */
uint64_t ouro__address_number(const struct ouro__addresses *addresses,
                              const struct ouro__address_entry *entry);
/* One connection more. */
void ouro__address_add(struct ouro__addresses *addresses, struct ouro__address_entry *entry);
/* One connection less. */
void ouro__address_remove(struct ouro__addresses *addresses, struct ouro__address_entry *entry);

#endif
