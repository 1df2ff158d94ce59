/* SPDX-License-Identifier: MIT */
/* The inside of the simulated network: hosts, rules between them, and the roads of connections. */
#ifndef OURO_NET_SIM_H
#define OURO_NET_SIM_H

#include "net/address.h"
#include "net/memory.h"
#include "runtime/sim.h"

struct ouro__sim_host {
    struct ouro_link link;
    struct ouro__address address; /* its port means nothing */
    char name[OURO_ADDRESS_BYTES];
};

struct ouro__sim_net {
    struct ouro__sim_part part;
    struct ouro_link hosts, listeners, roads;
    struct ouro_link rules;    /* the newest first */
    struct ouro_link held;     /* tasks that connect, and can't get through for now */
    struct ouro_sim_link link; /* where no rule says otherwise */
    uint64_t version;          /* of the rules */
    struct ouro_rng rng;
    uint32_t clients, listeners_ever; /* for their ports */
};

/* The network of the current world, made when it is first asked for. 0 or -ENOMEM. */
int ouro__sim_net(struct ouro__sim_net **ret_net);
/* The host that an address is on, made when it is first named. 0 or -ENOMEM. */
int ouro__sim_host_of(struct ouro__sim_net *net, const struct ouro__address *address,
                      struct ouro__sim_host **ret_host);
/* Where the current task lives. 0 or -ENOMEM. */
int ouro__sim_own_host(struct ouro__sim_net *net, struct ouro__sim_host **ret_host);

/* What holds between two hosts. */
struct ouro__sim_way {
    struct ouro_sim_link link;
    bool cut;
};
void ouro__sim_way(const struct ouro__sim_net *net, const struct ouro__sim_host *a,
                   const struct ouro__sim_host *b, struct ouro__sim_way *ret_way);
/* OURO_FOREVER is the latest. */
static inline int64_t ouro__sim_later(int64_t when, int64_t ns)
{
    return ns >= OURO_FOREVER - when ? OURO_FOREVER : when + ns;
}
/* How long something takes that is sent now, but for the width of the line. */
int64_t ouro__sim_delay(struct ouro__sim_net *net, const struct ouro_sim_link *link);

/* --- roads ------------------------------------------------------------------------------------ */

/* Give a new connection a road; its end 0 is the client's. The addresses are what each end is told
 * of the other, the texts what the trace calls them. 0, or -ENOMEM: the connection has none. */
struct ouro__sim_ends {
    struct ouro__sim_host *hosts[2];
    struct ouro__address addresses[2];
    char texts[2][OURO_ADDRESS_BYTES];
};
int ouro__sim_road_new(struct ouro__sim_net *net, struct ouro__connection *connection,
                       const struct ouro__sim_ends *ends);
/* For each road of the network: what it does has been told anew. */
void ouro__sim_roads_changed(struct ouro__sim_net *net);
void ouro__sim_road_stall(struct ouro__connection *connection, bool stalled);
/* Nothing gets through any more, and nobody is told. */
void ouro__sim_road_cut(struct ouro__connection *connection);

#endif
