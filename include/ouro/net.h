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

#ifdef __cplusplus
}
#endif
#endif
