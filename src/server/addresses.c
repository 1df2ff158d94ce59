/* SPDX-License-Identifier: MIT */
#include "server/addresses.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64

/* --- the hash: SipHash-2-4 of 16 bytes (Aumasson and Bernstein, 2012) --------------------------
 */

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t rotated(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(struct sip *sip, int rounds)
{
    while (rounds-- > 0) {
        sip->a += sip->b;
        sip->c += sip->d;
        sip->b = rotated(sip->b, 13) ^ sip->a;
        sip->d = rotated(sip->d, 16) ^ sip->c;
        sip->a = rotated(sip->a, 32);
        sip->c += sip->b;
        sip->a += sip->d;
        sip->b = rotated(sip->b, 17) ^ sip->c;
        sip->d = rotated(sip->d, 21) ^ sip->a;
        sip->c = rotated(sip->c, 32);
    }
}

static void absorb(struct sip *sip, uint64_t word)
{
    sip->d ^= word;
    mix(sip, 2);
    sip->a ^= word;
}

static uint64_t hash(const struct ouro__ip *ip, const uint64_t secret[2])
{
    uint64_t words[2];
    struct sip sip = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
                      secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
    memcpy(words, ip->bytes, sizeof words);
    absorb(&sip, words[0]);
    absorb(&sip, words[1]);
    absorb(&sip, (uint64_t)sizeof words << 56);
    sip.c ^= 0xff;
    mix(&sip, 4);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

/* --- the table -------------------------------------------------------------------------------- */

int ouro__addresses_init(struct ouro__addresses *addresses, uint32_t connections)
{
    size_t buckets = BUCKETS_MIN;
    while (buckets < connections)
        buckets *= 2;
    *addresses = (struct ouro__addresses){.bucket_count = buckets};
    ouro_list_init(&addresses->idle);
    addresses->secret[0] = ouro_random();
    addresses->secret[1] = ouro_random();
    addresses->buckets = calloc(buckets, sizeof(struct ouro__address_entry *));
    return addresses->buckets ? 0 : -ENOMEM;
}

static struct ouro__address_entry **bucket_of(struct ouro__addresses *addresses,
                                              const struct ouro__ip *household)
{
    return &addresses->buckets[hash(household, addresses->secret) & (addresses->bucket_count - 1)];
}

uint64_t ouro__address_number(const struct ouro__addresses *addresses,
                              const struct ouro__address_entry *entry)
{
    return hash(&entry->household, addresses->secret) | 1;
}

static void make_idle(struct ouro__addresses *addresses, struct ouro__address_entry *entry)
{
    ouro_list_push(&addresses->idle, &entry->idle);
    addresses->idle_count++;
}

static void make_busy(struct ouro__addresses *addresses, struct ouro__address_entry *entry)
{
    ouro_unlink(&entry->idle);
    addresses->idle_count--;
}

static void forget(struct ouro__addresses *addresses, struct ouro__address_entry *entry)
{
    struct ouro__address_entry **at = bucket_of(addresses, &entry->household);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    make_busy(addresses, entry);
    addresses->count--;
    free(entry);
}

static void forget_oldest(struct ouro__addresses *addresses)
{
    forget(addresses, ouro_container(addresses->idle.next, struct ouro__address_entry, idle));
}

static struct ouro__address_entry *entry_new(struct ouro__addresses *addresses,
                                             const struct ouro__ip *household)
{
    struct ouro__address_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    if (addresses->idle_count == OURO__ADDRESSES_IDLE_MAX)
        forget_oldest(addresses);
    struct ouro__address_entry **bucket = bucket_of(addresses, household);
    entry->household = *household;
    entry->next = *bucket;
    addresses->count++;
    make_idle(addresses, entry);
    return *bucket = entry;
}

struct ouro__address_entry *ouro__addresses_get(struct ouro__addresses *addresses,
                                                const struct ouro__ip *ip)
{
    struct ouro__ip household = ouro__ip_household(ip);
    struct ouro__address_entry *entry = *bucket_of(addresses, &household);
    while (entry && !ouro__ip_same(&entry->household, &household))
        entry = entry->next;
    if (!entry)
        return entry_new(addresses, &household);
    if (entry->connections == 0) { /* the newest again */
        make_busy(addresses, entry);
        make_idle(addresses, entry);
    }
    return entry;
}

void ouro__address_add(struct ouro__addresses *addresses, struct ouro__address_entry *entry)
{
    if (entry->connections++ == 0)
        make_busy(addresses, entry);
}

/* What has nothing to be remembered is forgotten at once: in good times nobody is idle. */
void ouro__address_remove(struct ouro__addresses *addresses, struct ouro__address_entry *entry)
{
    if (--entry->connections > 0)
        return;
    int64_t now = ouro_now();
    make_idle(addresses, entry);
    if (entry->arrivals <= now && entry->messages <= now && entry->calls <= now)
        forget(addresses, entry);
}

void ouro__addresses_done(struct ouro__addresses *addresses)
{
    while (addresses->idle_count > 0)
        forget_oldest(addresses);
    ouro_assert(addresses->count == 0);
    free(addresses->buckets);
}
