/* SPDX-License-Identifier: MIT */
/* What listeners have in common, in the real world (socket_listen.c) and in a simulation (sim.c).
 */
#ifndef OURO_NET_LISTENER_H
#define OURO_NET_LISTENER_H

#include "net/stream.h"

struct ouro__listener_ops {
    /* In a task that has passed its checkpoint. Once `closed` is set: -OURO_ECLOSED. */
    int (*accept)(struct ouro_listener *listener, int64_t deadline, struct ouro__address *ret_peer,
                  struct ouro_stream **ret_stream);
    void (*close)(struct ouro_listener *listener); /* wakes who waits */
    void (*free)(struct ouro_listener *listener);  /* when the last of them has left */
};

/* The head of each kind's own struct. */
struct ouro_listener {
    const struct ouro__listener_ops *ops;
    char text[OURO_ADDRESS_BYTES];
    int users; /* tasks inside ouro_accept() */
    bool closed;
};

/* ouro_accept(), and who it is: the system says so in the same breath. `ret_peer` may be NULL. */
int ouro__accept(struct ouro_listener *listener, int64_t deadline, struct ouro__address *ret_peer,
                 struct ouro_stream **ret_stream);

int ouro__socket_listen(const char *address, const struct ouro_listen_options *options,
                        struct ouro_listener **ret_listener);
int ouro__socket_listen_fd(int fd, const struct ouro_listen_options *options,
                           struct ouro_listener **ret_listener);
/* Small messages must not wait for the acknowledgement of the one before. */
void ouro__socket_set_no_delay(int fd);
int ouro__socket_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream);
int ouro__sim_listen(const char *address, const struct ouro_listen_options *options,
                     struct ouro_listener **ret_listener);
int ouro__sim_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream);

#endif
