/* SPDX-License-Identifier: MIT */
#include "server/addresses.h"

#include "../net/scene.h"

static struct ouro__ip ip(const char *text)
{
    struct ouro__ip ip;
    ck_assert_int_eq(ouro__ip_parse(text, strlen(text), &ip), 0);
    return ip;
}

static struct ouro__address_entry *get(struct ouro__addresses *addresses, const char *text)
{
    struct ouro__ip address = ip(text);
    return ouro__addresses_get(addresses, &address);
}

SIM_TEST(ipv6_is_counted_by_households)
{
    struct ouro__addresses addresses;
    ck_assert_int_eq(ouro__addresses_init(&addresses, 10), 0);
    ck_assert_ptr_eq(get(&addresses, "2001:db8:0:1::1"), get(&addresses, "2001:db8:0:1:f::2"));
    ck_assert_ptr_ne(get(&addresses, "2001:db8:0:1::1"), get(&addresses, "2001:db8:0:2::1"));
    ck_assert_ptr_eq(get(&addresses, "10.0.0.7"), get(&addresses, "::ffff:10.0.0.7"));
    ck_assert_ptr_ne(get(&addresses, "10.0.0.7"), get(&addresses, "10.0.0.8"));
    ouro__addresses_done(&addresses);
    return 0;
}

SIM_TEST(who_has_nothing_to_be_remembered_is_forgotten)
{
    struct ouro__addresses addresses;
    ck_assert_int_eq(ouro__addresses_init(&addresses, 10), 0);
    struct ouro__address_entry *entry = get(&addresses, "10.0.0.7");
    ouro__address_add(&addresses, entry);
    ouro__address_add(&addresses, entry);
    ouro__address_remove(&addresses, entry);
    ck_assert_uint_eq(get(&addresses, "10.0.0.7")->connections, 1);
    ouro__address_remove(&addresses, entry);
    ck_assert_uint_eq(addresses.count, 0);
    ouro__addresses_done(&addresses);
    return 0;
}

/* Who leaves and comes back has not got a full bucket by that. */
SIM_TEST(what_was_used_up_stays_so_without_a_connection)
{
    struct ouro__addresses addresses;
    ck_assert_int_eq(ouro__addresses_init(&addresses, 10), 0);
    struct ouro__address_entry *entry = get(&addresses, "10.0.0.7");
    ouro__address_add(&addresses, entry);
    ck_assert(ouro__rate_take(&entry->arrivals, 1, ouro_now()));
    ouro__address_remove(&addresses, entry);
    ck_assert(!ouro__rate_take(&get(&addresses, "10.0.0.7")->arrivals, 1, ouro_now()));
    ck_assert_uint_eq(addresses.idle_count, 1);
    ouro__addresses_done(&addresses);
    return 0;
}

/* An attack from very many addresses: memory stays what it is, and who is connected stays known. */
SIM_TEST(many_addresses_take_no_more_memory)
{
    struct ouro__addresses addresses;
    ck_assert_int_eq(ouro__addresses_init(&addresses, 1000), 0);
    struct ouro__address_entry *guest = get(&addresses, "10.0.0.7");
    ouro__address_add(&addresses, guest);
    for (uint32_t i = 0; i < 100000; i++) {
        struct ouro__ip from =
            ouro__ip_of_v4((uint8_t[]){11, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
        ck_assert_ptr_nonnull(ouro__addresses_get(&addresses, &from));
        ck_assert_uint_le(addresses.count, OURO__ADDRESSES_IDLE_MAX + 1);
    }
    ck_assert_ptr_eq(get(&addresses, "10.0.0.7"), guest);
    ck_assert_uint_eq(guest->connections, 1);
    ouro__address_remove(&addresses, guest);
    ouro__addresses_done(&addresses);
    return 0;
}

/* What neighbours in a network would be to a hash without a key: spread over the buckets. */
SIM_TEST(neighbours_do_not_share_buckets)
{
    struct ouro__addresses addresses;
    size_t used = 0;
    ck_assert_int_eq(ouro__addresses_init(&addresses, 1024), 0);
    for (uint32_t i = 0; i < 1024; i++) {
        struct ouro__ip from = ouro__ip_of_v4((uint8_t[]){10, 0, (uint8_t)(i >> 8), (uint8_t)i});
        ouro__addresses_get(&addresses, &from);
    }
    for (size_t i = 0; i < addresses.bucket_count; i++)
        used += addresses.buckets[i] != NULL;
    ck_assert_uint_gt(used, 580); /* 1 - 1/e of them, about 647 */
    ck_assert_uint_lt(used, 720);
    ouro__addresses_done(&addresses);
    return 0;
}

TEST(a_rate_lets_a_second_s_worth_through_and_then_one_at_a_time)
{
    ouro__rate rate = 0;
    int64_t now = OURO_SEC(100);
    for (int i = 0; i < 10; i++)
        ck_assert(ouro__rate_take(&rate, 10, now));
    ck_assert(!ouro__rate_take(&rate, 10, now));
    ck_assert(!ouro__rate_take(&rate, 10, now + OURO_MS(99)));
    ck_assert(ouro__rate_take(&rate, 10, now + OURO_MS(100)));
    ck_assert(!ouro__rate_take(&rate, 10, now + OURO_MS(100)));
    now += OURO_SEC(3600); /* saved up is never more than a second's worth */
    for (int i = 0; i < 10; i++)
        ck_assert(ouro__rate_take(&rate, 10, now));
    ck_assert(!ouro__rate_take(&rate, 10, now));
    for (int i = 0; i < 100; i++)
        ck_assert(ouro__rate_take(&rate, 0, now));
}
