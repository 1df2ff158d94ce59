/* SPDX-License-Identifier: MIT */
/* The simulated network: who lives where, who listens, what lies between. */
#include "net/sim.h"
#include "net/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_DEFAULT    "127.0.0.1"
#define BACKLOG_DEFAULT 4096
/* How long TCP waits for an answer before it knocks again. */
#define KNOCK_AGAIN_NS OURO_SEC(1)
/* Ports that are picked: for listeners and for clients, each counted up and round. */
#define LISTEN_PORT_FIRST 32768
#define LISTEN_PORTS      16384
#define CLIENT_PORT_FIRST 49152
#define CLIENT_PORTS      16384

/* What was said about a pair of hosts, in either order; b NULL: a and any other. */
struct rule {
    struct ouro_link link;
    const struct ouro__sim_host *a, *b;
    bool has_link, cut;
    struct ouro_sim_link conditions;
};

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

/* --- the network of a world ---------------------------------------------------------------------
 */

static void free_all(struct ouro_link *list, size_t offset)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(list)))
        free((char *)link - offset);
}

/* The streams and listeners are the program's to have closed. */
static void net_free(struct ouro__sim_part *part)
{
    struct ouro__sim_net *net = ouro_container(part, struct ouro__sim_net, part);
    free_all(&net->hosts, offsetof(struct ouro__sim_host, link));
    free_all(&net->rules, offsetof(struct rule, link));
    free(net);
}

/* Made when it is first asked for. 0 or -ENOMEM. */
static int get_net(struct ouro__sim_net **ret_net)
{
    struct ouro__sim_part **place = ouro__sim_network();
    if (!*place) {
        struct ouro__sim_net *net = calloc(1, sizeof *net);
        if (!net)
            return -ENOMEM;
        net->part.free = net_free;
        net->version = 1;
        ouro_list_init(&net->hosts);
        ouro_list_init(&net->listeners);
        ouro_list_init(&net->roads);
        ouro_list_init(&net->rules);
        ouro_list_init(&net->held);
        ouro_rng_seed(&net->rng, ouro_random());
        *place = &net->part;
    }
    *ret_net = ouro_container(*place, struct ouro__sim_net, part);
    return 0;
}

/* --- hosts --------------------------------------------------------------------------------------
 */

static int host_of(struct ouro__sim_net *net, const struct ouro__address *address,
                   struct ouro__sim_host **ret_host)
{
    char name[OURO_ADDRESS_BYTES];
    ouro__address_print(address, true, name);
    ouro_list_each (link, &net->hosts) {
        struct ouro__sim_host *host = ouro_container(link, struct ouro__sim_host, link);
        if (strcmp(host->name, name) == 0) {
            *ret_host = host;
            return 0;
        }
    }
    struct ouro__sim_host *host = calloc(1, sizeof *host);
    if (!host)
        return -ENOMEM;
    host->address = *address;
    strcpy(host->name, name);
    ouro_list_push(&net->hosts, &host->link);
    *ret_host = host;
    return 0;
}

/* A host as the calls of the public header name it. */
static int parse_host(struct ouro__sim_net *net, const char *text, struct ouro__sim_host **ret_host)
{
    char with_port[OURO_ADDRESS_BYTES];
    struct ouro__address address;
    bool is_path = strncmp(text, "unix:", 5) == 0, is_v6 = strchr(text, ':') != NULL;
    const char *format = is_path ? "%s" : is_v6 ? "[%s]:0" : "%s:0";
    int len = snprintf(with_port, sizeof with_port, format, text);
    if (len >= (int)sizeof with_port)
        return -EINVAL;
    int rc = ouro__address_parse(with_port, &address);
    return rc < 0 ? rc : host_of(net, &address, ret_host);
}

static const struct ouro_local own_host_local = {.name = "simulated host"};

static int own_host(struct ouro__sim_net *net, struct ouro__sim_host **ret_host)
{
    struct ouro__sim_host *host = ouro_local_get(&own_host_local);
    if (!host)
        return parse_host(net, HOST_DEFAULT, ret_host);
    *ret_host = host;
    return 0;
}

int ouro_sim_host(const char *host)
{
    struct ouro__sim_net *net;
    struct ouro__sim_host *own;
    int rc = get_net(&net);
    if (rc < 0 || (rc = parse_host(net, host, &own)) < 0)
        return rc;
    return ouro_local_set(&own_host_local, own);
}

/* --- what lies between --------------------------------------------------------------------------
 */

/* How precisely a rule speaks of the two: 2 of the pair, 1 of one of them, 0 not at all. */
static int precision(const struct rule *rule, const struct ouro__sim_host *a,
                     const struct ouro__sim_host *b)
{
    if ((rule->a == a && rule->b == b) || (rule->a == b && rule->b == a))
        return 2;
    return !rule->b && a != b && (rule->a == a || rule->a == b) ? 1 : 0;
}

void ouro__sim_way(const struct ouro__sim_net *net, const struct ouro__sim_host *a,
                   const struct ouro__sim_host *b, struct ouro__sim_way *ret_way)
{
    int best = 0;
    *ret_way = (struct ouro__sim_way){.link = net->link};
    ouro_list_each (link, &net->rules) {
        const struct rule *rule = ouro_container(link, struct rule, link);
        int fits = precision(rule, a, b);
        ret_way->cut |= fits && rule->cut;
        if (rule->has_link && fits > best) {
            best = fits;
            ret_way->link = rule->conditions;
        }
    }
}

int64_t ouro__sim_delay(struct ouro__sim_net *net, const struct ouro_sim_link *link)
{
    int64_t delay = link->latency_ns;
    if (link->jitter_ns)
        delay += (int64_t)(ouro_rng_next(&net->rng) % ((uint64_t)link->jitter_ns + 1));
    if (link->stall_ppm && ouro_rng_chance(&net->rng, link->stall_ppm))
        delay += link->stall_ns;
    return delay;
}

static struct rule *find_rule(struct ouro__sim_net *net, const struct ouro__sim_host *a,
                              const struct ouro__sim_host *b)
{
    ouro_list_each (link, &net->rules) {
        struct rule *rule = ouro_container(link, struct rule, link);
        if ((rule->a == a && rule->b == b) || (b && rule->a == b && rule->b == a))
            return rule;
    }
    return NULL;
}

/* The rule for the two, made or found, as the newest. */
static int get_rule(struct ouro__sim_net *net, const char *a, const char *b, struct rule **ret_rule)
{
    struct ouro__sim_host *host_a, *host_b = NULL;
    int rc = parse_host(net, a, &host_a);
    if (rc == 0 && b)
        rc = parse_host(net, b, &host_b);
    if (rc < 0)
        return rc;
    struct rule *rule = find_rule(net, host_a, host_b);
    if (!rule && !(rule = calloc(1, sizeof *rule)))
        return -ENOMEM;
    rule->a = host_a;
    rule->b = host_b;
    ouro_unlink(&rule->link);
    ouro_list_insert_before(net->rules.next, &rule->link);
    *ret_rule = rule;
    return 0;
}

static void rules_changed(struct ouro__sim_net *net)
{
    net->version++;
    ouro__sim_roads_changed(net);
    ouro__wake_all(&net->held, 0);
}

int ouro_sim_set_link(const char *a, const char *b, const struct ouro_sim_link *link)
{
    struct ouro__sim_net *net;
    struct rule *rule;
    int rc = get_net(&net);
    if (rc < 0 || (a && (rc = get_rule(net, a, b, &rule)) < 0))
        return rc;
    if (!a) {
        net->link = *link;
    } else {
        rule->has_link = true;
        rule->conditions = *link;
    }
    rules_changed(net);
    return 0;
}

static int set_cut(const char *a, const char *b, bool cut)
{
    struct ouro__sim_net *net;
    struct rule *rule;
    int rc = get_net(&net);
    if (rc < 0 || (rc = get_rule(net, a, b, &rule)) < 0)
        return rc;
    rule->cut = cut;
    ouro__sim_tell("%s | %s: %s", rule->a->name, rule->b ? rule->b->name : "*",
                   cut ? "partition" : "heals");
    rules_changed(net);
    return 0;
}

int ouro_sim_partition(const char *a, const char *b)
{
    return set_cut(a, b, true);
}

int ouro_sim_heal(const char *a, const char *b)
{
    return set_cut(a, b, false);
}

/* --- one connection -----------------------------------------------------------------------------
 */

void ouro_sim_stall(struct ouro_stream *stream)
{
    ouro__sim_road_stall(ouro__connection_of(stream), true);
}

void ouro_sim_unstall(struct ouro_stream *stream)
{
    ouro__sim_road_stall(ouro__connection_of(stream), false);
}

void ouro_sim_reset(struct ouro_stream *stream)
{
    ouro__connection_reset(ouro__connection_of(stream));
}

struct ouro_stream *ouro_sim_vanish(struct ouro_stream *stream)
{
    ouro__sim_road_cut(ouro__connection_of(stream));
    return ouro_stream_close(stream);
}

/* --- listening ----------------------------------------------------------------------------------
 */

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

static int sim_accept(struct ouro_listener *base, int64_t deadline, struct ouro_stream **ret_stream)
{
    struct sim_listener *listener = self(base);
    int rc = 0;
    while (rc == 0 && !base->closed && ouro_list_empty(&listener->queue)) {
        if (!ouro_list_empty(&listener->waiters))
            return -EBUSY;
        rc = ouro__wait(&listener->waiters, NULL, deadline, "accept");
    }
    if (rc < 0 || base->closed)
        return base->closed ? -OURO_ECLOSED : rc;
    struct ouro_link *link = ouro_list_pop(&listener->queue);
    struct caller *caller = ouro_container(link, struct caller, link);
    listener->queued--;
    *ret_stream = caller->stream;
    free(caller);
    return 0;
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
    int rc = get_net(&net);
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

/* --- connecting ---------------------------------------------------------------------------------
 */

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
        rc = ouro__wait(&net->held, NULL, deadline, "network");
        if (rc == 0)
            rc = ouro__checkpoint();
    }
}

static void name_client(struct ouro__sim_net *net, const struct ouro__address *to,
                        struct ouro__sim_ends *ends)
{
    if (to->u.any.sa_family == AF_UNIX) {
        strcpy(ends->addresses[0], "unix:"); /* clients have no path */
        return;
    }
    struct ouro__address address = ends->hosts[0]->address;
    in_port_t *port = port_of(&address);
    if (port)
        *port = htons((uint16_t)(CLIENT_PORT_FIRST + net->clients++ % CLIENT_PORTS));
    ouro__address_print(&address, false, ends->addresses[0]);
}

static int ends_of(struct ouro__sim_net *net, const struct ouro__address *to,
                   struct ouro__sim_ends *ret_ends)
{
    int rc = own_host(net, &ret_ends->hosts[0]);
    if (rc < 0 || (rc = host_of(net, to, &ret_ends->hosts[1])) < 0)
        return rc;
    name_client(net, to, ret_ends);
    ouro__address_print(to, false, ret_ends->addresses[1]);
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
    if (rc < 0 || (rc = get_net(&net)) < 0 || (rc = ends_of(net, &to, &ends)) < 0)
        return rc;
    ouro__sim_tell("%s > %s: connects", ends.addresses[0], ends.addresses[1]);
    rc = call(net, &to, &ends, deadline, ret_stream);
    ouro__sim_tell("%s > %s: %s", ends.addresses[0], ends.addresses[1],
                   rc == 0 ? "connected" : ouro_error_name(rc));
    return rc;
}
