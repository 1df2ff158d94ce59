/* SPDX-License-Identifier: MIT */
/* Listening and connecting in the simulated network. */
#include "net/listener.h"
#include "net/sim.h"

#include <stdlib.h>
#include <string.h>

#define BACKLOG_DEFAULT 4096
/* How long TCP waits for an answer before it knocks again. */
#define KNOCK_AGAIN_NS OURO_SEC(1)
/* Ports that are picked: for listeners and for clients, each counted up and round. */
#define LISTEN_PORT_FIRST 32768
#define LISTEN_PORTS      16384
#define CLIENT_PORT_FIRST 49152
#define CLIENT_PORTS      16384

struct sim_listener {
    struct ouro_listener base;
    struct ouro_link link; /* in net->listeners, until it is closed */
    struct ouro__sim_net *net;
    struct ouro__address address;
    bool reuse_port;
    size_t queued, backlog;
    struct ouro_link queue; /* connections that nobody has accepted, by what follows */
    struct ouro_link waiters;
};

/* A connection in a listener's queue. */
struct caller {
    struct ouro_link link;
    struct ouro_stream *stream;
};

/* --- listening -------------------------------------------------------------------------------- */

static struct sim_listener *self(struct ouro_listener *listener)
{
    return ouro_container(listener, struct sim_listener, base);
}

static in_port_t *port_of(struct ouro__address *address)
{
    switch (address->u.any.sa_family) {
    case AF_INET:
        return &address->u.v4.sin_port;
    case AF_INET6:
        return &address->u.v6.sin6_port;
    default:
        return NULL;
    }
}

static bool is_any(const struct ouro__address *address)
{
    static const struct in6_addr any6 = IN6ADDR_ANY_INIT;
    if (address->u.any.sa_family == AF_INET)
        return address->u.v4.sin_addr.s_addr == htonl(INADDR_ANY);
    return address->u.any.sa_family == AF_INET6 &&
           memcmp(&address->u.v6.sin6_addr, &any6, sizeof any6) == 0;
}

/* Does who calls this address reach who listens on that one, whichever is which? "*" is no UNIX
 * path, and what is no path has a port. */
static bool meets(struct ouro__address *a, struct ouro__address *b)
{
    char a_text[OURO_ADDRESS_BYTES], b_text[OURO_ADDRESS_BYTES];
    ouro__address_print(a, false, a_text);
    ouro__address_print(b, false, b_text);
    if (strcmp(a_text, b_text) == 0)
        return true;
    return port_of(a) && port_of(b) && *port_of(a) == *port_of(b) && (is_any(a) || is_any(b));
}

/* Of several (reuse_port), the seed picks one. */
static struct sim_listener *find_listener(struct ouro__sim_net *net, struct ouro__address *to)
{
    struct sim_listener *found = NULL;
    uint32_t seen = 0;
    ouro_list_each (link, &net->listeners) {
        struct sim_listener *listener = ouro_container(link, struct sim_listener, link);
        if (meets(&listener->address, to) && (++seen == 1 || !ouro_rng_below(&net->rng, seen)))
            found = listener;
    }
    return found;
}

static bool is_taken(struct sim_listener *listener)
{
    const struct sim_listener *other = find_listener(listener->net, &listener->address);
    return other && !(other->reuse_port && listener->reuse_port);
}

static int pick_port(struct sim_listener *listener)
{
    in_port_t *port = port_of(&listener->address);
    if (!port || *port != 0)
        return is_taken(listener) ? -EADDRINUSE : 0;
    for (int tries = 0; tries < LISTEN_PORTS; tries++) {
        uint32_t number = listener->net->listeners_ever++ % LISTEN_PORTS;
        *port = htons((uint16_t)(LISTEN_PORT_FIRST + number));
        if (!is_taken(listener))
            return 0;
    }
    return -EADDRINUSE;
}

static int sim_accept(struct ouro_listener *base, int64_t deadline, struct ouro__address *ret_peer,
                      struct ouro_stream **ret_stream)
{
    struct sim_listener *listener = self(base);
    int rc = 0;
    while (rc == 0 && !base->closed && ouro_list_empty(&listener->queue)) {
        if (!ouro_list_empty(&listener->waiters))
            return -EBUSY;
        rc = ouro__wait_to_look(&listener->waiters, deadline, "accept");
    }
    if (rc < 0 || base->closed)
        return base->closed ? -OURO_ECLOSED : rc;
    struct ouro_link *link = ouro_list_pop(&listener->queue);
    struct caller *caller = ouro_container(link, struct caller, link);
    listener->queued--;
    *ret_stream = caller->stream;
    free(caller);
    return ret_peer ? ouro__stream_peer(*ret_stream, ret_peer) : 0;
}

/* Who waits in the queue is turned away, as the kernel does it. */
static void sim_listener_close(struct ouro_listener *base)
{
    struct sim_listener *listener = self(base);
    struct ouro_link *link;
    ouro_unlink(&listener->link);
    ouro__wake_all(&listener->waiters, -OURO_ECLOSED);
    while ((link = ouro_list_pop(&listener->queue))) {
        struct caller *caller = ouro_container(link, struct caller, link);
        ouro_sim_reset(caller->stream);
        ouro_stream_close(caller->stream);
        free(caller);
    }
}

static void sim_listener_free(struct ouro_listener *base)
{
    free(self(base));
}

static const struct ouro__listener_ops sim_listener_ops = {
    .accept = sim_accept,
    .close = sim_listener_close,
    .free = sim_listener_free,
};

static struct sim_listener *listener_new(struct ouro__sim_net *net,
                                         const struct ouro_listen_options *options)
{
    struct sim_listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return NULL;
    listener->base.ops = &sim_listener_ops;
    listener->net = net;
    listener->reuse_port = options->reuse_port;
    listener->backlog = options->backlog > 0 ? (size_t)options->backlog : BACKLOG_DEFAULT;
    ouro_list_init(&listener->queue);
    ouro_list_init(&listener->waiters);
    return listener;
}

int ouro__sim_listen(const char *address, const struct ouro_listen_options *options,
                     struct ouro_listener **ret_listener)
{
    struct ouro__sim_net *net;
    int rc = ouro__sim_net(&net);
    if (rc < 0)
        return rc;
    struct sim_listener *listener = listener_new(net, options);
    if (!listener)
        return -ENOMEM;
    rc = ouro__address_parse(address, &listener->address);
    if (rc < 0 || (rc = pick_port(listener)) < 0) {
        free(listener);
        return rc;
    }
    ouro__address_print(&listener->address, false, listener->base.text);
    ouro_list_push(&net->listeners, &listener->link);
    *ret_listener = &listener->base;
    return 0;
}

/* --- connecting ------------------------------------------------------------------------------- */

static int sleep_until(int64_t when, int64_t deadline)
{
    if (when <= ouro_now())
        return 0;
    if (deadline < when) {
        int rc = ouro__past(deadline) ? 0 : ouro_sleep_until(deadline);
        return rc < 0 ? rc : -ETIMEDOUT;
    }
    return ouro_sleep_until(when);
}

/* What it takes to be heard at the other end. */
static int travel(struct ouro__sim_net *net, const struct ouro__sim_ends *ends, int64_t deadline)
{
    struct ouro__sim_way way;
    ouro__sim_way(net, ends->hosts[0], ends->hosts[1], &way);
    int rc = sleep_until(ouro_after(ouro__sim_delay(net, &way.link)), deadline);
    for (;;) {
        ouro__sim_way(net, ends->hosts[0], ends->hosts[1], &way);
        if (rc < 0 || !way.cut)
            return rc;
        rc = ouro__wait_to_look(&net->held, deadline, "network");
    }
}

static struct ouro__address client_address(struct ouro__sim_net *net,
                                           const struct ouro__sim_host *host,
                                           const struct ouro__address *to)
{
    if (to->u.any.sa_family == AF_UNIX) /* clients have no path */
        return (struct ouro__address){.len = offsetof(struct sockaddr_un, sun_path),
                                      .u.any.sa_family = AF_UNIX};
    struct ouro__address address = host->address;
    in_port_t *port = port_of(&address);
    if (port)
        *port = htons((uint16_t)(CLIENT_PORT_FIRST + net->clients++ % CLIENT_PORTS));
    return address;
}

static int ends_of(struct ouro__sim_net *net, const struct ouro__address *to,
                   struct ouro__sim_ends *ret_ends)
{
    int rc = ouro__sim_own_host(net, &ret_ends->hosts[0]);
    if (rc < 0 || (rc = ouro__sim_host_of(net, to, &ret_ends->hosts[1])) < 0)
        return rc;
    ret_ends->addresses[0] = client_address(net, ret_ends->hosts[0], to);
    ret_ends->addresses[1] = *to;
    for (int i = 0; i < 2; i++)
        ouro__address_print(&ret_ends->addresses[i], false, ret_ends->texts[i]);
    return 0;
}

static int connection_with_road(struct ouro__sim_net *net, const struct ouro__sim_ends *ends,
                                struct ouro__connection **ret_connection)
{
    int rc = ouro__connection_new(ret_connection);
    if (rc < 0)
        return rc;
    rc = ouro__sim_road_new(net, *ret_connection, ends);
    if (rc < 0) {
        ouro_stream_close(&(*ret_connection)->ends[0].base);
        ouro_stream_close(&(*ret_connection)->ends[1].base);
    }
    return rc;
}

/* Put a new connection into the listener's queue. 0; -ECONNREFUSED; -EAGAIN: the queue is full. */
static int knock(struct ouro__sim_net *net, struct ouro__address *to,
                 const struct ouro__sim_ends *ends, struct ouro_stream **ret_stream)
{
    struct sim_listener *listener = find_listener(net, to);
    if (!listener)
        return -ECONNREFUSED;
    if (listener->queued == listener->backlog)
        return -EAGAIN;
    struct caller *caller = calloc(1, sizeof *caller);
    struct ouro__connection *connection;
    int rc = caller ? connection_with_road(net, ends, &connection) : -ENOMEM;
    if (rc < 0) {
        free(caller);
        return rc;
    }
    caller->stream = &connection->ends[1].base;
    ouro_list_push(&listener->queue, &caller->link);
    listener->queued++;
    ouro__wake_all(&listener->waiters, 0);
    *ret_stream = &connection->ends[0].base;
    return 0;
}

static int knock_until_heard(struct ouro__sim_net *net, struct ouro__address *to,
                             const struct ouro__sim_ends *ends, int64_t deadline,
                             struct ouro_stream **ret_stream)
{
    for (;;) {
        int rc = travel(net, ends, deadline);
        if (rc < 0)
            return rc;
        rc = knock(net, to, ends, ret_stream);
        if (rc != -EAGAIN)
            return rc;
        rc = sleep_until(ouro_after(KNOCK_AGAIN_NS), deadline);
        if (rc < 0)
            return rc;
    }
}

/* There and back. */
static int call(struct ouro__sim_net *net, struct ouro__address *to,
                const struct ouro__sim_ends *ends, int64_t deadline,
                struct ouro_stream **ret_stream)
{
    struct ouro_stream *stream = NULL;
    int rc = knock_until_heard(net, to, ends, deadline, &stream);
    if (rc < 0 && rc != -ECONNREFUSED)
        return rc;
    int way_back = travel(net, ends, deadline);
    if (way_back < 0) {
        ouro_stream_close(stream);
        return way_back;
    }
    if (rc == 0)
        *ret_stream = stream;
    return rc;
}

int ouro__sim_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream)
{
    struct ouro__sim_net *net;
    struct ouro__sim_ends ends;
    struct ouro__address to;
    int rc = ouro__address_parse(address, &to);
    if (rc < 0 || (rc = ouro__sim_net(&net)) < 0 || (rc = ends_of(net, &to, &ends)) < 0)
        return rc;
    ouro__sim_tell("%s > %s: connects", ends.texts[0], ends.texts[1]);
    rc = call(net, &to, &ends, deadline, ret_stream);
    ouro__sim_tell("%s > %s: %s", ends.texts[0], ends.texts[1],
                   rc == 0 ? "connected" : ouro_error_name(rc));
    return rc;
}
