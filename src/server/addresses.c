/* SPDX-License-Identifier: MIT */
#include "server/addresses.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, begun with the secret. */
static struct ouro__address_count **bucket_of(struct ouro__addresses *addresses,
                                              const char *address)
{
    uint64_t hash = addresses->secret ^ 0xcbf29ce484222325u;
    for (; *address; address++)
        hash = (hash ^ (unsigned char)*address) * 0x100000001b3u;
    return &addresses->buckets[(hash >> 32) % OURO__ADDRESS_BUCKETS];
}

static struct ouro__address_count *entry_new(struct ouro__address_count **bucket,
                                             const char *address)
{
    size_t bytes = strlen(address) + 1;
    struct ouro__address_count *entry = malloc(sizeof *entry + bytes);
    if (!entry)
        return NULL;
    entry->next = *bucket;
    entry->count = 0;
    memcpy(entry->address, address, bytes);
    return *bucket = entry;
}

int ouro__addresses_add(struct ouro__addresses *addresses, const char *address, uint32_t max,
                        struct ouro__address_count **ret_entry)
{
    struct ouro__address_count **bucket = bucket_of(addresses, address), *entry = *bucket;
    while (entry && strcmp(entry->address, address) != 0)
        entry = entry->next;
    if (!entry && !(entry = entry_new(bucket, address)))
        return -ENOMEM;
    if (entry->count >= max)
        return -OURO_ELIMIT;
    entry->count++;
    *ret_entry = entry;
    return 0;
}

void ouro__addresses_remove(struct ouro__addresses *addresses, struct ouro__address_count *entry)
{
    if (--entry->count > 0)
        return;
    struct ouro__address_count **at = bucket_of(addresses, entry->address);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    free(entry);
}
