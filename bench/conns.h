/* SPDX-License-Identifier: MIT */
/**
 * conns: many TCP connections to one server in one thread, as cheap as they can be, on an epoll
 * loop of their own: what the load generators for WebSocket (load.h) and HTTP (requests.h) stand
 * on.
 *
 * Every call returns 0 or more for success and a negative errno for failure. Callbacks come from
 * within conns_turn, and may send.
 */
#ifndef BENCH_CONNS_H
#define BENCH_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Up to so many share a source address (127.1.x.y): no shortage of ports, and a server's limit per
 *  address is not what is measured. */
#define CONNS_PER_ADDRESS 16

struct conns_options {
    uint16_t port; /* on 127.0.0.1 */
    size_t count;
    bool spin; /* poll without sleeping: a send to us never includes waking us */
    /** What came. A negative return cuts the connection off. */
    int (*on_bytes)(size_t index, const uint8_t *data, size_t len, void *ud);
    void *ud;
};

struct conns;

/** None is open yet; the caller frees them. */
int conns_new(const struct conns_options *options, struct conns **ret);
/** Close all, with a reset, and free; NULL is fine. Returns NULL. */
struct conns *conns_free(struct conns *conns);

/** Connect this one. Blocks as long as the listener's backlog is full. */
int conns_open(struct conns *conns, size_t index);
/** All of it; -EAGAIN when the server does not read, -ENOTCONN when it has cut us off. */
int conns_send(struct conns *conns, size_t index, const void *data, size_t len);
/** Wait for something to read, until that time at most, and read it. -EINTR when a signal came. */
int conns_turn(struct conns *conns, int64_t until_ns);
/** Turn after turn until then. */
int conns_run(struct conns *conns, int64_t until_ns);
/** How many the server, or an error, has cut off. */
size_t conns_lost(const struct conns *conns);

#endif
