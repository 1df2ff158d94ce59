/* SPDX-License-Identifier: MIT */
/* Streams that are looked at together: what kinds of streams need to know of it. */
#ifndef OURO_NET_SET_H
#define OURO_NET_SET_H

#include "net/stream.h"

struct ouro_stream_set {
    struct ouro__io_set ios;
    bool has_ios;            /* else this is a simulation: no stream has a descriptor */
    struct ouro_link memory; /* streams in memory, see memory.c */
    struct ouro_link mark;   /* among them during a look: where it ends */
    int64_t wait_ns_max;
    struct ouro_timer timer; /* for when nobody looks */
};

/* memory.c: tell of what has come to those; and have them tell at once again. */
void ouro__memory_look(struct ouro_stream_set *set);
void ouro__memory_set_done(struct ouro_stream_set *set);

#endif
