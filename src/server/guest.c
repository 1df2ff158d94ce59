/* SPDX-License-Identifier: MIT */
/* Guests: who they are, and what their addresses may have. */
#include "server/door.h"

#include "net/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- who -------------------------------------------------------------------------------------- */

static void take_v4(struct ouro_guest *guest, const struct sockaddr_in *v4)
{
    guest->ip = ouro__ip_of_v4((const uint8_t *)&v4->sin_addr);
    guest->port = ntohs(v4->sin_port);
    guest->has_ip = true;
}

static void take_v6(struct ouro_guest *guest, const struct sockaddr_in6 *v6)
{
    memcpy(guest->ip.bytes, &v6->sin6_addr, sizeof guest->ip.bytes);
    guest->port = ntohs(v6->sin6_port);
    guest->has_ip = true;
}

static bool is_trusted(const struct ouro_server *server, const struct ouro__ip *ip)
{
    return ouro__networks_have(server->trusted, server->trusted_count, ip);
}

/* By what the system says of its connection. */
static void identify(struct ouro_guest *guest, const struct ouro__address *peer)
{
    int family = peer->u.any.sa_family;
    if (family == AF_INET)
        take_v4(guest, &peer->u.v4);
    else if (family == AF_INET6)
        take_v6(guest, &peer->u.v6);
    guest->is_proxy = guest->has_ip ? is_trusted(guest->server, &guest->ip)
                                    : guest->server->trusts_unix && family == AF_UNIX;
}

/* --- counting --------------------------------------------------------------------------------- */

/* Those without an address, and proxies, which are many clients at once, are not counted. */
static int count(struct ouro_guest *guest)
{
    struct ouro_server *server = guest->server;
    if (!guest->has_ip || is_trusted(server, &guest->ip))
        return 0;
    struct ouro__address_entry *entry = ouro__addresses_get(&server->addresses, &guest->ip);
    if (!entry)
        return -ENOMEM;
    if (entry->connections >= server->options.connections_per_address_max) {
        server->stats.refused_address++;
        return -OURO_ELIMIT;
    }
    guest->address = entry;
    ouro__address_add(&server->addresses, entry);
    return 0;
}

static void uncount(struct ouro_guest *guest)
{
    if (guest->address)
        ouro__address_remove(&guest->server->addresses, guest->address);
    guest->address = NULL;
}

int ouro__guest_arrive(struct ouro_guest *guest)
{
    struct ouro_server *server = guest->server;
    uint32_t most = server->options.arrivals_per_second_max;
    if (most == 0 || !guest->address ||
        ouro__rate_take(&guest->address->arrivals, most, ouro_now()))
        return 0;
    server->stats.refused_rate++;
    return -EAGAIN;
}

int ouro__guest_move(struct ouro_guest *guest, const struct ouro__ip *ip, uint16_t port)
{
    uncount(guest);
    guest->ip = *ip;
    guest->port = port;
    guest->has_ip = true;
    return count(guest);
}

void ouro__guest_move_back(struct ouro_guest *guest, struct ouro_stream *stream)
{
    struct ouro__address peer;
    uncount(guest);
    guest->has_ip = false;
    if (ouro__stream_peer(stream, &peer) == 0) /* else it has gone already */
        identify(guest, &peer);
}

int ouro_guest_count_message(struct ouro_guest *guest)
{
    struct ouro_server *server = guest->server;
    if (!guest->address || ouro__rate_take(&guest->address->messages,
                                           server->options.messages_per_second_max, ouro_now()))
        return 0;
    server->stats.messages_refused++;
    return -OURO_ELIMIT;
}

int ouro_guest_count_call(struct ouro_guest *guest, uint32_t per_second_max)
{
    struct ouro_server *server = guest->server;
    if (!guest->address || ouro__rate_take(&guest->address->calls, per_second_max, ouro_now()))
        return 0;
    server->stats.calls_refused++;
    return -OURO_ELIMIT;
}

/* --- telling ---------------------------------------------------------------------------------- */

int ouro_guest_address(const struct ouro_guest *guest, char ret_address[OURO_ADDRESS_BYTES])
{
    if (!guest->has_ip)
        return -ENOTCONN;
    ouro__ip_print(&guest->ip, ret_address);
    return 0;
}

uint64_t ouro_guest_household(const struct ouro_guest *guest)
{
    return guest->address ? ouro__address_number(&guest->server->addresses, guest->address) : 0;
}

int ouro__guest_print(const struct ouro_guest *guest, char ret_address[OURO_ADDRESS_BYTES])
{
    char host[OURO__IP_TEXT_BYTES];
    if (!guest->has_ip)
        return -ENOTCONN;
    ouro__ip_print(&guest->ip, host);
    if (guest->port == 0)
        snprintf(ret_address, OURO_ADDRESS_BYTES, "%s", host);
    else
        snprintf(ret_address, OURO_ADDRESS_BYTES, ouro__ip_is_v4(&guest->ip) ? "%s:%u" : "[%s]:%u",
                 host, guest->port);
    return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

int ouro__guest_new(struct ouro_server *server, const struct ouro__address *peer,
                    struct ouro_guest **ret_guest)
{
    if (server->stats.connections >= server->options.connections_max) {
        server->stats.refused_full++;
        return -OURO_ELIMIT;
    }
    struct ouro_guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return -ENOMEM;
    *guest = (struct ouro_guest){.server = server, .refs = 1};
    identify(guest, peer);
    int rc = count(guest);
    if (rc == 0)
        rc = ouro__guest_arrive(guest);
    if (rc < 0) {
        uncount(guest);
        free(guest);
        return rc;
    }
    server->stats.accepted++;
    server->stats.connections++;
    *ret_guest = guest;
    return 0;
}

struct ouro_guest *ouro_guest_ref(struct ouro_guest *guest)
{
    guest->refs++;
    return guest;
}

struct ouro_guest *ouro_guest_unref(struct ouro_guest *guest)
{
    if (!guest || --guest->refs > 0)
        return NULL;
    struct ouro_server *server = guest->server;
    uncount(guest);
    server->stats.connections--;
    free(guest);
    ouro__server_free_if_over(server);
    return NULL;
}
