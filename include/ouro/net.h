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

/** Zero means the default in parentheses. In a simulation only the backlog counts. */
struct ouro_listen_options {
    int backlog;            /**< connections that wait to be accepted (4096) */
    bool reuse_port;        /**< let several processes listen on one port */
    unsigned mode;          /**< of the file of a UNIX socket, such as 0660 (as the umask has it) */
    int64_t unacked_ns_max; /**< of TCP: a peer whose machine does not even acknowledge what was
                            sent is given up after that (as the system has it: 15 minutes or so) */
    int64_t keepalive_ns;   /**< of TCP: after that much silence the peer's machine is asked whether
                              it   is there, three times within the same time again (never) */
};

/**
 * Listen on an address:
 *
 *     "HOST:PORT"     a numeric address, "localhost", or "*" for all, of IPv4 and, where the system
 *                     has it, of IPv6; port 0 picks a free one
 *     "[IPV6]:PORT"   IPv6 alone, so that "0.0.0.0:80" and "[::]:80" go together
 *     "unix:PATH"     a socket's file there that no server answers at is replaced
 *     "fd:N"          a descriptor that listens already, as ouro_listen_fd()
 *
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
 * -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM, -ENOSPC: no means for another one now; the connection is not
 * lost, the next call gets it, so pause before trying again.
 */
OURO_API int ouro_accept(struct ouro_listener *listener, int64_t deadline,
                         struct ouro_stream **ret_stream);
/** Stop listening and free. Who waits in ouro_accept() gets -OURO_ECLOSED. NULL is fine. */
OURO_API struct ouro_listener *ouro_listener_close(struct ouro_listener *listener);

/* --- streams ---------------------------------------------------------------------------------- */

/** Connect to an address as ouro_listen() takes it. 0; -EINVAL; -ECONNREFUSED and the like. */
OURO_API int ouro_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream);

/**
 * A stream over a descriptor that somebody else has opened: a connected socket, the end of a pipe,
 * a terminal, what the kernel tells its events by (inotify, timerfd). On success it is the
 * stream's, and has been made non-blocking, for whoever shares it as well. The direction that it
 * does not have gives -EBADF; without a socket, shutting down closes it. -EPERM: a regular file,
 * which is never waited for (see ouro_file_read()); -EBADF; -EEXIST: this loop has it already;
 * -ENOTSUP: in a simulation; -ENOMEM.
 */
OURO_API int ouro_stream_open_fd(int fd, struct ouro_stream **ret_stream);

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

/* --- streams without a task ------------------------------------------------------------------- */

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

/* --- streams that are looked at together ------------------------------------------------------ */

/**
 * Streams whose edges are told when somebody looks, and not when they come. A room that ticks needs
 * what its players send just before the tick; to be woken for each of their packets costs twice as
 * much as the reading itself. With a set the loop sleeps on to the tick, and one look tells all.
 *
 *     packets . .  .   . ..  .          ouro_stream_set_look(): who has something is told,
 *     tick                     |        reads it, and the tick begins
 *
 * What is told late is late: also that a stream can be written to again, or has ended.
 */
struct ouro_stream_set;

#define OURO_STREAM_SET_WAIT_NS OURO_MS(50)

/** A set of this loop, the caller's. When nobody has looked for `wait_ns_max` (0:
 *  OURO_STREAM_SET_WAIT_NS), it looks by itself. 0; -EMFILE, -ENFILE, -ENOMEM. */
OURO_API int ouro_stream_set_new(int64_t wait_ns_max, struct ouro_stream_set **ret_set);
/**
 * Put a stream into the set; it leaves by being closed, or into another set (NULL: none). What it
 * is ready for now is told at the next look. Pipes are in no set: they tell at once.
 * 0; -ENOMEM, -ENOSPC: it stays where it was.
 */
OURO_API int ouro_stream_set_add(struct ouro_stream_set *set, struct ouro_stream *stream);
/** Tell now what has come since the last look: watchers are called in this call, tasks that wait
 *  become ready. Not from a watcher. */
OURO_API void ouro_stream_set_look(struct ouro_stream_set *set);
/** Free. Streams that are still in it tell at once again. NULL is fine. Returns NULL. */
OURO_API struct ouro_stream_set *ouro_stream_set_free(struct ouro_stream_set *set);

/* --- TLS -----------------------------------------------------------------------------------------
 *
 * TLS 1.2 and 1.3 (RFC 5246, RFC 8446) by OpenSSL, over any stream: what comes out is a stream like
 * any other, for tasks and for watchers. What differs:
 *  - The other side's end is 0 only if it has said so (close_notify). A connection that just stops
 *    gives -ECONNABORTED: what was read may have been cut off by anybody on the way.
 *  - Shutting down says close_notify, then shuts down the stream below. Closing says it too, unless
 *    a write has ended half-way: then the other side is to notice.
 *  - What the stream below does not take at once of a record (16 KiB at the most) is kept here and
 *    counts as taken; it goes as soon as there is room. ouro_write() waits for that, and closing
 *    after ouro_stream_try_write() may lose it: shut down, and read to the end, before.
 *  - What breaks the rules of TLS is -OURO_EMALFORMED, an alert of the other side -EPROTO; from
 *    then on the stream fails that way for good.
 *
 * An idle connection of a server holds 14 KB of memory more than the stream below it (OpenSSL 3.0:
 * 8 of them its SSL, no buffers), a client's some 35 KB (the server's certificates), a handshake in
 * progress 45 KB and the stack of its task. A handshake computes on the loop, for a server in two
 * steps, together 0.4 ms with a key of P-256, 0.7 ms with RSA 2048, 0.25 ms if a session is
 * resumed. Between steps other tasks run, and of all handshakes of a config only OURO_TLS_STEPS_MAX
 * take one in the same turn of the loop.
 *
 * In a simulation TLS works over streams in memory, but is not repeatable to the byte: OpenSSL's
 * random numbers are not from the seed, and certificates expire by the real clock.
 */

/** Certificates, keys, and how handshakes are made; many connections share one. Counted references.
 *  Belongs to one loop, but for what says "any thread". */
struct ouro_tls_config;

/** PEM files. The key must not be encrypted. */
struct ouro_tls_certificate {
    const char *chain_file; /**< the certificate, then those between it and the root */
    const char *key_file;
};

enum ouro_tls_version { OURO_TLS_1_2, OURO_TLS_1_3 };

/** How many names ALPN may have, and how many certificates a server. */
#define OURO_TLS_ALPN_MAX         16
#define OURO_TLS_CERTIFICATES_MAX 256
/** Handshakes in progress at a time, unless the options say otherwise. */
#define OURO_TLS_HANDSHAKES_MAX 256
/** Handshakes that compute in one turn of the loop: 1 to 2 ms, until others get theirs. */
#define OURO_TLS_STEPS_MAX 2

/** Zero means the default in parentheses. Everything is copied. */
struct ouro_tls_options {
    /** A server's; a client has none. A client gets the first whose names (subjectAltName) include
     *  the one that it asks for (SNI, RFC 6066 section 3), or the very first. */
    const struct ouro_tls_certificate *certificates;
    size_t certificate_count;
    const char *ca_file; /**< a client's: PEM file of roots to trust (the system's) */
    /** Protocols spoken above (RFC 7301), ended by NULL, the most wanted first (none). A client
     *  that offers some, none of which are here, is refused. */
    const char *const *alpn;
    enum ouro_tls_version version_min; /**< (TLS 1.2) */
    uint32_t handshakes_max;           /**< more wait for their turn (OURO_TLS_HANDSHAKES_MAX) */
};

/** Long enough for what a person must know about why a config could not be loaded. */
#define OURO_TLS_FAULT_BYTES 512

/**
 * For a server, or for a client. One reference, the caller's. Reads the files, which blocks: some
 * ms. Any thread, which then owns it. -OURO_ECONFIG: a setting or a file is wrong, and `ret_fault`
 * (may be NULL; written on every failure) says which and why; -ENOMEM.
 */
OURO_API int ouro_tls_server_new(const struct ouro_tls_options *options,
                                 char ret_fault[OURO_TLS_FAULT_BYTES],
                                 struct ouro_tls_config **ret_config);
OURO_API int ouro_tls_client_new(const struct ouro_tls_options *options,
                                 char ret_fault[OURO_TLS_FAULT_BYTES],
                                 struct ouro_tls_config **ret_config);
/** Take a reference. Any thread that has one. Returns the config. */
OURO_API struct ouro_tls_config *ouro_tls_config_ref(struct ouro_tls_config *config);
/** Give a reference back; connections have their own. NULL is fine. Returns NULL. */
OURO_API struct ouro_tls_config *ouro_tls_config_unref(struct ouro_tls_config *config);

/**
 * Load the same files again, for handshakes that begin from now on; connections keep what they have
 * begun with. What can be resumed begins anew: the new keys for tickets are a server's rotation.
 * All or nothing: on failure (as ouro_tls_server_new()) what worked goes on working. Blocks as that
 * does, so from a busy loop use a thread (ouro_offload()). Any thread that has a reference.
 */
OURO_API int ouro_tls_reload(struct ouro_tls_config *config, char ret_fault[OURO_TLS_FAULT_BYTES]);

/**
 * Shake hands with a client. The plain stream, which nobody else uses, becomes its own, also on
 * failure: then it has been closed. A client that has sent nothing yet costs no place among the
 * handshakes_max and nearly no memory.
 *
 * 0; -ETIMEDOUT, -ECANCELED; -OURO_EMALFORMED: not TLS; -EPROTO: the client refused, or nothing
 * that both know; -ECONNABORTED, -ECONNRESET and the like: it left; -ENOMEM. Why is logged at level
 * DEBUG.
 */
OURO_API int ouro_tls_accept(struct ouro_stream *plain, struct ouro_tls_config *config,
                             int64_t deadline, struct ouro_stream **ret_stream);
/**
 * The client's side. `host`, a name or a numeric address without port, must stand in the server's
 * certificate. A session of before with that host is resumed if the server likes. As
 * ouro_tls_accept(), and -EKEYEXPIRED, -EKEYREJECTED: the certificate has expired; is not trusted,
 * or is another host's. -EINVAL: not a host.
 */
OURO_API int ouro_tls_connect(struct ouro_stream *plain, struct ouro_tls_config *config,
                              const char *host, int64_t deadline, struct ouro_stream **ret_stream);

/** What was agreed on. The strings are valid until the stream is closed. */
struct ouro_tls_info {
    const char *version;     /**< "TLSv1.2" or "TLSv1.3" */
    const char *cipher;      /**< OpenSSL's name of the cipher suite */
    const char *server_name; /**< what the client asked for; NULL: nothing */
    const char *alpn;        /**< the protocol chosen; NULL: none */
    bool resumed;            /**< a session of before went on: no certificate was sent */
};
/** 0, or -ENOTSUP: not a stream of TLS. */
OURO_API int ouro_tls_info(struct ouro_stream *stream, struct ouro_tls_info *ret_info);

/** Of a config's handshakes. */
struct ouro_tls_stats {
    uint64_t completed, resumed; /**< resumed ones are completed ones */
    uint64_t failed;             /**< for whatever reason, but for clients that sent nothing */
    uint32_t in_progress;        /**< at most handshakes_max */
    uint32_t waiting;            /**< for one of those to end */
};
OURO_API struct ouro_tls_stats ouro_tls_stats(const struct ouro_tls_config *config);

/* --- the simulated network -------------------------------------------------------------------- */

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
