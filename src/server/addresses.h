/* SPDX-License-Identifier: MIT */
/* How many connections each address has: a hash table of those that have any. */
#ifndef OURO_SERVER_ADDRESSES_H
#define OURO_SERVER_ADDRESSES_H

#include "ouro/net.h"

#define OURO__ADDRESS_BUCKETS 4096

struct ouro__address_count {
    struct ouro__address_count *next;
    uint32_t count;
    char address[];
};

struct ouro__addresses {
    struct ouro__address_count *buckets[OURO__ADDRESS_BUCKETS];
    uint64_t secret; /* nobody outside can choose addresses that share a bucket */
};

/* One more from that address. 0; -OURO_ELIMIT: it has `max` already; -ENOMEM. */
int ouro__addresses_add(struct ouro__addresses *addresses, const char *address, uint32_t max,
                        struct ouro__address_count **ret_entry);
/* One less. */
void ouro__addresses_remove(struct ouro__addresses *addresses, struct ouro__address_count *entry);

#endif
