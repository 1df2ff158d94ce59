/* SPDX-License-Identifier: MIT */
/**
 * clients: who asks a server again and again: each sends, waits for the answer, and sends the next
 * at once. One exchange is what was sent and the answer to it.
 *
 * Or who plays (play_clients_new): each sends in a rhythm of its own, and every frame that comes is
 * an exchange.
 *
 *     clients_connect -> clients_start -> clients_run ... -> clients_free
 *
 * Kinds: WebSockets to /echo that send a text of so many bytes (echo_clients_new), and HTTP
 * connections that ask for a path, `depth` requests in one piece (http_clients_new).
 */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clients_options {
    uint16_t port; /* on 127.0.0.1 */
    size_t count;
    bool spin;            /* as in conns_options */
    bool once;            /* one exchange each, and then silence */
    size_t payload_bytes; /* of the echo's text, up to CLIENTS_PAYLOAD_BYTES_MAX */
    const char *path;     /* of the HTTP request; borrowed */
    size_t depth;         /* HTTP: requests in one piece, up to CLIENTS_DEPTH_MAX */
    int64_t period_ns;    /* who plays: from one message to the next; 0: after the first, none */
    const char
        *room_type; /* who plays: joins a room over ouro.v1 and sends binary inputs; or NULL */
};

#define CLIENTS_PAYLOAD_BYTES_MAX 1000
#define CLIENTS_DEPTH_MAX         64

struct clients;

/** How the two kinds differ. */
typedef int clients_new(const struct clients_options *options, struct clients **ret);
clients_new echo_clients_new, http_clients_new, play_clients_new;
/** Close all and free; NULL is fine. Returns NULL. */
struct clients *clients_free(struct clients *clients);

/** Connect, and shake hands where that is done, with all; wait until nothing comes any more.
 *  -ECONNREFUSED: the server cut one off. */
int clients_connect(struct clients *clients, int64_t deadline_ns);
/** Send the first of each. */
int clients_start(struct clients *clients);
/** Take answers and send on, until then. -EINTR when a signal came. */
int clients_run(struct clients *clients, int64_t until_ns);
/** Exchanges that were completed, of all. */
uint64_t clients_exchanges(const struct clients *clients);
/** Cut off by the server, or because an answer was not the right one. */
size_t clients_lost(const struct clients *clients);
/** Bytes of one HTTP answer, head included; 0 before the first, and for an echo. */
size_t clients_answer_bytes(const struct clients *clients);

#endif
