/* SPDX-License-Identifier: MIT */
/* The simulated network: who lives where, and what lies between. */
#include "net/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_DEFAULT "127.0.0.1"

/* What was said about a pair of hosts, in either order; b NULL: a and any other. */
struct rule {
    struct ouro_link link;
    const struct ouro__sim_host *a, *b;
    bool has_link, cut;
    struct ouro_sim_link conditions;
};

/* --- the network of a world ------------------------------------------------------------------- */

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

int ouro__sim_net(struct ouro__sim_net **ret_net)
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

/* --- hosts ------------------------------------------------------------------------------------ */

int ouro__sim_host_of(struct ouro__sim_net *net, const struct ouro__address *address,
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
    return rc < 0 ? rc : ouro__sim_host_of(net, &address, ret_host);
}

static const struct ouro_local own_host_local = {.name = "simulated host"};

int ouro__sim_own_host(struct ouro__sim_net *net, struct ouro__sim_host **ret_host)
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
    int rc = ouro__sim_net(&net);
    if (rc < 0 || (rc = parse_host(net, host, &own)) < 0)
        return rc;
    return ouro_local_set(&own_host_local, own);
}

/* --- what lies between ------------------------------------------------------------------------ */

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
        delay = ouro__sim_later(
            delay, (int64_t)(ouro_rng_next(&net->rng) % ((uint64_t)link->jitter_ns + 1)));
    if (link->stall_ppm && ouro_rng_chance(&net->rng, link->stall_ppm))
        delay = ouro__sim_later(delay, link->stall_ns);
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
    int rc = ouro__sim_net(&net);
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
    int rc = ouro__sim_net(&net);
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

/* --- one connection --------------------------------------------------------------------------- */

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
