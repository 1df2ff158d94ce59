/* SPDX-License-Identifier: MIT */
/* Addresses between text and what the system takes. Pure. */
#ifndef OURO_NET_ADDRESS_H
#define OURO_NET_ADDRESS_H

#include "ouro/net.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

struct ouro__address {
    socklen_t len;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } u;
};

/* What "fd:3" says; -EINVAL: it is no such address. */
int ouro__address_fd(const char *text);
/* 0, or -EINVAL. Names are not looked up here: that would block. */
int ouro__address_parse(const char *text, struct ouro__address *ret_address);
/* As ouro_listener_address() gives it; "unix:" alone for a socket without a name, "memory" for
 * AF_UNSPEC, which is all that the end of a pair in memory has. */
void ouro__address_print(const struct ouro__address *address, bool host_only,
                         char ret_text[OURO_ADDRESS_BYTES]);

#endif
