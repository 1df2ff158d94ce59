/* SPDX-License-Identifier: MIT */
/**
 * net: addresses, and streams of bytes over TCP, UNIX sockets and memory.
 *
 * A stream is used by one reader and one writer at a time (-EBUSY for a second), on the loop that
 * it was made on. Calls that wait follow the conventions of ouro/runtime.h.
 */
#ifndef OURO_NET_H
#define OURO_NET_H

#include "ouro/runtime.h"

struct iovec;

#ifdef __cplusplus
extern "C" {
#endif

/* --- addresses -------------------------------------------------------------------------------- */

/** Long enough for any address in text: "[v6]:port" or "unix:" and a path. */
#define OURO_ADDRESS_BYTES 128

/* --- listeners -------------------------------------------------------------------------------- */

struct ouro_listener;
struct ouro_stream;

struct ouro_listen_options {
    int backlog;     /**< connections that wait to be accepted; 0: 4096 */
    bool reuse_port; /**< let several processes listen on one port */
};

/**
 * Listen on "HOST:PORT" (a numeric address, "localhost", or "*" for all; IPv6 in brackets; port 0
 * picks a free one) or "unix:PATH" (a socket's file there that no server answers at is replaced).
 * -EINVAL: not an address; -EADDRINUSE, -EACCES, -EADDRNOTAVAIL: as the system says.
 */
OURO_API int ouro_listen(const char *address, const struct ouro_listen_options *options,
                         struct ouro_listener **ret_listener);
/**
 * Listen on a socket that somebody else has opened: a parent process, a service manager. On success
 * the descriptor is the listener's; the file of a UNIX socket stays when it is closed. -EINVAL,
 * -ENOTSOCK, -EBADF: no listening socket; -EEXIST: this loop has it already; -ENOMEM.
 */
OURO_API int ouro_listen_fd(int fd, struct ouro_listener **ret_listener);
/** Free a listener that nobody waits on, and give its socket to the caller: it still listens.
 *  Returns the descriptor. */
OURO_API int ouro_listener_release(struct ouro_listener *listener);
/** Where it listens, with the port that was picked. Belongs to the listener. */
OURO_API const char *ouro_listener_address(const struct ouro_listener *listener);
/**
 * Wait for a connection. 0; -ETIMEDOUT, -ECANCELED; -OURO_ECLOSED: the listener was closed; -EBUSY:
 * another task waits already;
 * -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM: no means for another one now; the connection stays in the
 * system's queue, so pause before trying again.
 */
OURO_API int ouro_accept(struct ouro_listener *listener, int64_t deadline,
                         struct ouro_stream **ret_stream);
/** Stop listening and free. Who waits in ouro_accept() gets -OURO_ECLOSED. NULL is fine. */
OURO_API struct ouro_listener *ouro_listener_close(struct ouro_listener *listener);

/* --- streams ---------------------------------------------------------------------------------- */

/** Connect to an address as ouro_listen() takes it. 0; -EINVAL; -ECONNREFUSED and the like. */
OURO_API int ouro_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream);

/** How much a stream in memory holds in each direction before its writer has to wait. */
#define OURO_STREAM_PAIR_BYTES 65536
/** Two streams in memory; what is written to one is read from the other. 0 or -ENOMEM. */
OURO_API int ouro_stream_pair(struct ouro_stream *ret_streams[2]);

/** Read at least one byte. The count; 0: the other side has ended; -ECONNRESET and the like. */
OURO_API int ouro_read(struct ouro_stream *stream, void *buf, size_t len, int64_t deadline);
/**
 * Write everything. 0; or a failure. If it came when some of it had been written, the stream takes
 * no more (-EPIPE); else nothing has happened.
 */
OURO_API int ouro_write(struct ouro_stream *stream, const void *data, size_t len, int64_t deadline);
struct ouro_case;
/**
 * As ouro_read(), as a case of ouro_select() (ouro/sync.h): the result is the count, 0 at the end.
 * The stream has no watcher.
 */
OURO_API struct ouro_case ouro_on_read(struct ouro_stream *stream, void *buf, size_t len);
/** Tell the other side that no more will come; reading goes on. */
OURO_API int ouro_stream_shutdown(struct ouro_stream *stream);
/** Close and free. Who waits on it gets -OURO_ECLOSED. NULL is fine. Returns NULL. */
OURO_API struct ouro_stream *ouro_stream_close(struct ouro_stream *stream);
/** The other side's address, as text, without the port if `host_only`. 0, or -ENOTCONN. */
OURO_API int ouro_stream_peer(struct ouro_stream *stream, bool host_only,
                              char ret_address[OURO_ADDRESS_BYTES]);

/* --- streams without a task --------------------------------------------------------------------
 */

/**
 * Have fn called, outside any task, when reading or writing may get further than before: after
 * -EAGAIN; before that, it may or may not be told. `edges` is of enum ouro_edge. It may close the
 * stream. NULL: nobody. What
 * came before the call is not told: try first.
 */
OURO_API void ouro_stream_watch(struct ouro_stream *stream,
                                void (*fn)(struct ouro_stream *stream, unsigned edges, void *ud),
                                void *ud);
/** Read what is there. The count; 0: the other side has ended; -EAGAIN: nothing now. */
OURO_API int ouro_stream_try_read(struct ouro_stream *stream, void *buf, size_t len);
/** Write what can be taken now. The count; -EAGAIN: nothing now. */
OURO_API int ouro_stream_try_write(struct ouro_stream *stream, const void *data, size_t len);
/** As above, gathered (IOV_MAX at the most). */
OURO_API int ouro_stream_try_writev(struct ouro_stream *stream, const struct iovec *parts,
                                    int count);

/* --- the simulated network ---------------------------------------------------------------------
 */

/*
 * In a simulation (ouro_sim_run()) ouro_listen() and ouro_connect() work without the kernel: what
 * the simulation's tasks listen on, its tasks can connect to, and there is nothing else. Addresses
 * are as in reality, but they are names and no more: "127.0.0.1" is a host like any other, "*" is
 * reached under every name, a "unix:" path is a host of its own, and every port from 1 is free.
 * The first port that is picked is 32768, then they count up.
 *
 * A connection takes one round trip; the listener has it after half of it. To where nobody listens:
 * -ECONNREFUSED, after a round trip. If the listener's queue is full, it is tried again each second
 * until the deadline. Streams are as ouro_stream_pair() makes them, with a link between: they hold
 * up to OURO_STREAM_PAIR_BYTES in each direction, of which some are on their way; room that a
 * reader makes is the writer's at once. Bytes keep their order, whatever happens to them.
 *
 * All of it follows from the seed. The calls below belong to tasks and callbacks of a simulation
 * (assert). A host is given as text, without port, as in an address: "10.0.0.7", "::1". -EINVAL:
 * not a host; -ENOMEM.
 */

/** Live on that host from now on: the current task, and those that it spawns later. What it
 *  connects comes from there (see ouro_stream_peer()). Without it: "127.0.0.1". */
OURO_API int ouro_sim_host(const char *host);

/** What a link is like, the same in both directions; what is lost is sent again, as by TCP, and so
 *  is late. All zero: everything arrives at once. */
struct ouro_sim_link {
    int64_t latency_ns;        /**< one way */
    int64_t jitter_ns;         /**< up to that much more, evenly */
    uint64_t bytes_per_second; /**< of each stream in each direction; 0: no limit */
    uint32_t window_bytes;     /**< sent and not yet read, at the most; 0: what a stream holds */
    uint32_t stall_ppm;        /**< chance that a piece (up to 1,460 bytes) is held up ... */
    int64_t stall_ns;          /**< ... for that long, and all behind it */
    uint32_t reset_ppm;        /**< chance, per write, that the stream is reset */
};

/**
 * Set what the link between two hosts is like, for what is sent from now on, on old connections
 * too. `b` NULL: between `a` and every other host; both NULL: between any. What is set for a pair
 * counts before what is set for a host, the newer before the older, and that before the rest.
 */
OURO_API int ouro_sim_set_link(const char *a, const char *b, const struct ouro_sim_link *link);

/**
 * Cut the link between two hosts, or between `a` and every other (`b` NULL): nothing arrives, not
 * even the end of a stream; connecting waits. Nobody is told. What was on its way waits.
 */
OURO_API int ouro_sim_partition(const char *a, const char *b);
/** Undo exactly that partition: what has waited arrives now. 0, also if there was none. */
OURO_API int ouro_sim_heal(const char *a, const char *b);

/* The rest is about one connection; `stream` is one of its ends, no matter which. */

/** Let nothing arrive, in both directions, until ouro_sim_unstall(). */
OURO_API void ouro_sim_stall(struct ouro_stream *stream);
/** What has waited arrives now. */
OURO_API void ouro_sim_unstall(struct ouro_stream *stream);
/** Both ends get -ECONNRESET from now on, and what was not read is lost. Also for the streams of
 *  ouro_stream_pair(). */
OURO_API void ouro_sim_reset(struct ouro_stream *stream);
/** As ouro_stream_close(), without a word: the other end is never told, and what it writes goes
 *  nowhere, so that the stream fills up. As a machine does whose plug is pulled. Returns NULL. */
OURO_API struct ouro_stream *ouro_sim_vanish(struct ouro_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
