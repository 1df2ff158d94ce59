/* SPDX-License-Identifier: MIT */
/* A connection in memory: two ends, and between them a ring of bytes for each direction.
 *
 * What is written at one end is at the other at once or, if there is a road between them, when the
 * road says so. Until then it has its place in the ring:
 *
 *     start
 *       | arrived: may be read | on its way |    room    |
 *       |<------------- held -------------->|
 */
#ifndef OURO_NET_MEMORY_H
#define OURO_NET_MEMORY_H

#include "net/stream.h"

struct ouro__end;

/* What one end lets the other know: that many more bytes; then, that it writes no more; that it
 * reads no more either. */
struct ouro__news {
    size_t bytes;
    bool ended, gone;
};

/* What lies between the ends and takes time. One per connection, for both directions. */
struct ouro__road {
    const struct ouro__road_ops *ops;
};
struct ouro__road_ops {
    /* How many bytes of those that are written at that end it has room for. */
    size_t (*room)(struct ouro__road *road, const struct ouro__end *from);
    /* Take the news, and bring them to the other end with ouro__arrive(). */
    void (*send)(struct ouro__road *road, struct ouro__end *from, const struct ouro__news *news);
    /* Who is at the end that is not `at`. */
    void (*peer)(struct ouro__road *road, const struct ouro__end *at,
                 struct ouro__address *ret_address);
    void (*free)(struct ouro__road *road);
};

struct ouro__ring {
    size_t start, arrived, held;
    bool ended; /* the reader knows that no more will come */
    bool gone;  /* ... and that the writer will read no more */
    char bytes[OURO_STREAM_PAIR_BYTES];
};

struct ouro__end {
    struct ouro_stream base;
    struct ouro__connection *connection;
    struct ouro__end *other;
    struct ouro__ring *in, *out;
    struct ouro_link waiters[2];
    struct ouro_timer edge_timer; /* tells the watcher, outside any task */
    unsigned edges;               /* to be told, by the timer or at the set's next look */
    struct ouro_link in_set;      /* unlinked: in none */
    bool shut;                    /* writes no more */
};

struct ouro__connection {
    struct ouro__ring rings[2];
    struct ouro__end ends[2];
    struct ouro__road *road; /* NULL: none, everything arrives at once. Freed with the connection */
    bool reset;
    int open;
};

/* 0 or -ENOMEM. Ends with the closing of its second end. */
int ouro__connection_new(struct ouro__connection **ret_connection);
/* Which a stream in memory (assert) is an end of. */
struct ouro__connection *ouro__connection_of(struct ouro_stream *stream);
/* Cut it: from now on both ends get -ECONNRESET, and what was on its way is lost. */
void ouro__connection_reset(struct ouro__connection *connection);
/* News have come to that end. Its tasks are woken; its watcher is told in the next turn. */
void ouro__arrive(struct ouro__end *at, const struct ouro__news *news);
/* From outside any task: the watcher is told here and now, and may close the stream, so that the
 * connection is gone afterwards. */
void ouro__arrive_now(struct ouro__end *at, const struct ouro__news *news);
/* It is worth trying to write again. */
void ouro__room_at(struct ouro__end *end);

#endif
