/* SPDX-License-Identifier: MIT */
/**
 * load: many WebSocket clients in one thread, as cheap as they can be, over conns.h.
 * It uses nothing of libouro, so that it measures the library instead of itself.
 *
 *     load_new -> load_watch ... -> load_connect -> load_run ... -> load_free
 *
 * Every call returns 0 or more for success and a negative errno for failure. One thread; callbacks
 * come from within load_connect and load_run, and may call load_send.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One whole frame with data, as it came in. */
struct load_frame {
    size_t client;
    uint64_t ordinal; /* 0 for the first of this client since load_mark */
    int64_t arrived_ns;
    size_t wire_bytes; /* header included */
    uint8_t opcode;    /* FRAME_TEXT or FRAME_BINARY, see frames.h */
    /* Of a watched client all of it, ended by a NUL; of others the first peek_bytes, without one;
     * NULL if these are 0. Until the callback returns. */
    const char *payload;
    size_t payload_bytes;
};

struct load_options {
    uint16_t port;        /* on 127.0.0.1 */
    const char *path;     /* of the handshake; borrowed */
    const char *protocol; /* the subprotocol that is asked for, or NULL; borrowed */
    size_t clients;
    size_t peek_bytes; /* of each frame's payload, see load_frame */
    bool spin;         /* poll without sleeping: a send to us never includes waking us */
    void (*on_open)(size_t client, void *ud); /* the handshake is done */
    void (*on_frame)(const struct load_frame *frame, void *ud);
    void *ud;
};

/** Handshakes under way at one time: below any listener's backlog. */
#define LOAD_HANDSHAKES_MAX 64
/** A watched frame is cut off here. */
#define LOAD_WATCHED_BYTES_MAX 262144

struct load;

/** A set of clients, none connected; the caller frees it. */
int load_new(const struct load_options *options, struct load **ret);
/** Close all and free; NULL is fine. Returns NULL. */
struct load *load_free(struct load *load);

/** Hand this client's payloads to on_frame. Costs a copy: for the few whose content matters. */
int load_watch(struct load *load, size_t client);

/** Connect and shake hands with all. Blocks until then or the deadline; frames that come are read.
 *  -ECONNREFUSED also when an answer is not the 101 of RFC 6455 section 4.2.2. */
int load_connect(struct load *load, int64_t deadline_ns);
/** Read what comes, until that time. -EINTR when a signal came. */
int load_run(struct load *load, int64_t until_ns);
/** Read until nothing has come for `quiet_ns`; -ETIMEDOUT when that is not before the deadline. */
int load_settle(struct load *load, int64_t quiet_ns, int64_t deadline_ns);
/** Send a text message; at most 1,000 bytes. -EAGAIN when the server does not read. */
int load_send(struct load *load, size_t client, const char *text);
/** The same with a binary one. */
int load_send_bytes(struct load *load, size_t client, const void *data, size_t len);

/** Number the frames of every client from 0 again. */
void load_mark(struct load *load);
/** Frames of this client since load_mark. */
uint64_t load_frames(const struct load *load, size_t client);
/** Clients that the server, or an error, has cut off. */
size_t load_lost(const struct load *load);

#endif
