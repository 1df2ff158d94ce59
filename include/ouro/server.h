/* SPDX-License-Identifier: MIT */
/**
 * server: what stands around a game: what it can be told from outside, who may come in.
 */
#ifndef OURO_SERVER_H
#define OURO_SERVER_H

#include "ouro/game.h"
#include "ouro/web.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- settings -------------------------------------------------------------------------------- */

/*
 * What a program can be told from outside, as tables of rows. A row names a member of a struct of
 * the program's own; three sources fill it, each over the one before:
 *
 *      the row's default    "2.3"
 *      the environment      SNAKEPIT_TICK_HZ=10      (empty counts as not set)
 *      a flag               --tick-hz 30             or --tick-hz=30; the last one of a name wins
 *
 * Defaults, and the bounds of numbers, are texts as a user would write them, read by the same
 * function: what --help prints is what holds. Nothing here waits, allocates or is kept; any thread.
 */

/** How the text of a setting is read: one of these below, or one of the program's own. */
struct ouro_setting_type {
    const char *takes; /**< what is allowed, to follow "is not": "a size such as 4096, 64k or 2m" */
    /** Reads a number that has bounds; goes to an integer of 4 or 8 bytes. 0, or -EINVAL. */
    int (*number)(const char *text, int64_t *ret_number);
    /**
     * Where that is NULL: reads anything else into the member. The text lives as long as argv and
     * the environment, so it may be kept. 0, or -EINVAL: not one, and the member is in pieces.
     */
    int (*parse)(const char *text, void *ret_member);
};

/** A whole number, 0 or more. */
OURO_API extern const struct ouro_setting_type ouro_setting_integer;
/** A share, "6%" or "0.06"; read as parts in a million. Finer ones are refused, not rounded. */
OURO_API extern const struct ouro_setting_type ouro_setting_share;
/** A frequency in Hz, "2.3"; read as its period, rounded to whole nanoseconds. */
OURO_API extern const struct ouro_setting_type ouro_setting_hertz;
/** A duration with its unit, "1.5s", of ns, us, ms, s, m, h; read as nanoseconds. */
OURO_API extern const struct ouro_setting_type ouro_setting_duration;
/** A number of bytes, "64k", of k, m, g for 1024 each; read as bytes. */
OURO_API extern const struct ouro_setting_type ouro_setting_size;
/** Any text but the empty one, into a `const char *`. */
OURO_API extern const struct ouro_setting_type ouro_setting_text;
/** What ouro_listen() takes as an address, kept as text in a `const char *`. */
OURO_API extern const struct ouro_setting_type ouro_setting_address;
/** What ouro_server_options takes to listen at, a list, kept as text in a `const char *`. */
OURO_API extern const struct ouro_setting_type ouro_setting_addresses;
/** "off" or "on", into a bool. */
OURO_API extern const struct ouro_setting_type ouro_setting_switch;
/** The mode of a file in octal, "0660", into an `unsigned`. */
OURO_API extern const struct ouro_setting_type ouro_setting_mode;
/** Texts with commas between them, into a struct ouro_setting_items. */
OURO_API extern const struct ouro_setting_type ouro_setting_list;
/** Such a list of what ouro_server_options takes as `trusted_proxies`, or as `hosts`. */
OURO_API extern const struct ouro_setting_type ouro_setting_networks;
OURO_API extern const struct ouro_setting_type ouro_setting_hosts;

#define OURO_SETTING_ITEMS_MAX       32
#define OURO_SETTING_ITEMS_BYTES_MAX 2048 /* all texts of a list, with a byte between them */

/** The texts of a list, without the spaces around them. Points into itself: don't move it. */
struct ouro_setting_items {
    const char *items[OURO_SETTING_ITEMS_MAX + 1]; /**< ended by NULL; at least one */
    char text[OURO_SETTING_ITEMS_BYTES_MAX];
};

/** A row. In a table, a row with a NULL flag is the end. */
struct ouro_setting {
    const char *flag;        /**< "tick-hz": small letters, digits and '-' */
    const char *placeholder; /**< what --help shows as the value: "HZ" */
    const struct ouro_setting_type *type;
    const char *initial;       /**< the default; NULL: leaves the member as it was, and ... */
    const char *unset;         /**< ... this is what --help says of it: "random" */
    const char *least, *most;  /**< bounds, both included, of a number; else NULL */
    const char *help;          /**< one line, with the unit */
    size_t offset, size_bytes; /**< the member: OURO_SETTING_MEMBER() */
};

/** For a row's initialiser: `{"tick-hz", ..., OURO_SETTING_MEMBER(struct settings, tick_ns)}`. */
#define OURO_SETTING_MEMBER(type, member) \
    .offset = offsetof(type, member), .size_bytes = sizeof(((type *)0)->member)

/** A table, and where in the program's struct the one lies that its rows speak of. */
struct ouro_setting_table {
    const char *title; /**< above its rows in --help */
    const struct ouro_setting *rows;
    size_t offset;
};

/** All that a program can be told. */
struct ouro_settings {
    const char *program;     /**< "snakepit" */
    const char *version;     /**< "0.1.0" */
    const char *summary;     /**< one line on what it is */
    const char *environment; /**< what the names of variables begin with: "SNAKEPIT_" */
    const char *also;        /**< more ways to call it, for --help, each a line; may be NULL */
    const struct ouro_setting_table *tables; /**< ended by one whose rows are NULL */
};

#define OURO_SETTINGS_FAULT_BYTES 512

/** What a command line asks for, when it is not a start. */
enum ouro_settings_answer { OURO_SETTINGS_HELP = 1, OURO_SETTINGS_VERSION = 2 };

/**
 * Fill `ret_values`, the program's struct, from the three sources. `argv` and `env` are as main()
 * has them, NULL at the end; argv[0] is skipped. 0, or
 *  -OURO_ECONFIG    a setting is wrong, wherever it comes from and whether or not another source
 *                   overrides it: `ret_fault` has one sentence that names the flag or variable,
 *                   the value, and what is allowed
 *  an answer        --help (-h) or --version is among the arguments; then nothing else is looked at
 * Unless it is 0, `ret_values` may be half filled. Variables that no setting has are not looked at:
 * container platforms put names of their own there, with the same beginning.
 */
OURO_API int ouro_settings_load(const struct ouro_settings *settings, char *const *argv,
                                char *const *env, void *ret_values,
                                char ret_fault[OURO_SETTINGS_FAULT_BYTES]);

/** A variable of the environment, which `env` is; NULL: not set, or empty. The text belongs to it.
 */
OURO_API const char *ouro_settings_variable(char *const *env, const char *name);

/** What --help prints: each flag with its variable, default, bounds and help. */
OURO_API void ouro_settings_help(const struct ouro_settings *settings, struct ouro_buf *ret_text);

/**
 * For main(): say what a load that did not return 0 asks to be said, the fault on stderr, help and
 * version on stdout. Returns the exit status: 2 for a fault, 0 for an answer that was printed, 1
 * for one that could not be.
 */
OURO_API int ouro_settings_tell(const struct ouro_settings *settings, int loaded,
                                const char *fault);

/* --- the front door --------------------------------------------------------------------------- */

struct ouro_server;
/** A connection, as the server counts it. Counted references: as long as one is held, it counts
 *  against the limits. */
struct ouro_guest;

/** As ouro_http_handler(). What the handler keeps beyond its return (a WebSocket) keeps the guest.
 */
typedef int ouro_guest_handler(struct ouro_http *http, struct ouro_guest *guest, void *ud);

/** How trusted proxies tell whose connection or request it is that they pass on. */
enum ouro_proxy_header {
    OURO_PROXY_X_FORWARDED_FOR, /**< in this field of each request */
    OURO_PROXY_FORWARDED,       /**< in this one, of RFC 7239 */
    OURO_PROXY_PROTOCOL,        /**< before anything else, by the PROXY protocol, version 1 or 2 */
};

#define OURO_SERVER_LISTENERS_MAX 32

/** Zero means the default in parentheses. Texts and lists are read before the start returns, but
 *  for `hosts`, which must stay; lists end with NULL. */
struct ouro_server_options {
    /**
     * Addresses as for ouro_listen(), with commas between them. "systemd" is all sockets that the
     * service manager has opened for this process (sd_listen_fds(3)), "systemd:NAME" are those with
     * that FileDescriptorName.
     */
    const char *listen;
    const char *listen_plain;          /**< more of them, where no TLS is spoken (none) */
    struct ouro_listen_options socket; /**< for all of them */
    ouro_guest_handler *handler;       /**< for each request */
    void *ud;

    uint32_t connections_max; /**< at a time (16,384) */
    /* Of one address, where an IPv6 address is its /64: */
    uint32_t connections_per_address_max; /**< at a time (connections_max) */
    uint32_t handshakes_per_address_max;  /**< of TLS, in progress at a time (64) */
    uint32_t arrivals_per_second_max;     /**< connections and upgrades to WebSocket (any number) */
    uint32_t messages_per_second_max;     /**< see ouro_guest_count_message() (any number) */

    struct ouro_tls_config *tls; /**< spoken at `listen`; takes a reference (none) */
    int64_t hello_ns_max;        /**< for a client to shake hands, a proxy to introduce it (10 s) */

    /** Networks such as "10.0.0.0/8" or "::1", or "unix" for UNIX sockets, whose word is believed
     *  on whom they speak for (none). They are not counted themselves. */
    const char *const *trusted_proxies;
    enum ouro_proxy_header proxy_header;
    /** Names that this server goes by, without port, as against DNS rebinding; requests for others
     *  are answered 421 (any). */
    const char *const *hosts;

    int64_t stop_ns_max; /**< for answers that have begun, when the server stops (100 ms) */
    struct ouro_http_options http;
};

/** Counters of a server, always on. */
struct ouro_server_stats {
    uint64_t accepted;
    uint64_t refused_full;     /**< connections turned away: connections_max */
    uint64_t refused_address;  /**< connections turned away: connections_per_address_max */
    uint64_t refused_rate;     /**< connections and upgrades: arrivals_per_second_max */
    uint64_t refused_draining; /**< requests, since ouro_server_drain() */
    uint64_t refused_host;     /**< requests for a host that is not ours */
    uint64_t failed_hellos;    /**< no TLS, or no word of the proxy, or not in time */
    uint64_t requests;         /**< that the handler got */
    uint64_t messages_refused; /**< by ouro_guest_count_message() */
    uint64_t calls_refused;    /**< by ouro_guest_count_call() */
    size_t connections;        /**< now */
    size_t addresses;          /**< that something is known of, now */
};

/**
 * Listen, and serve each connection in a task of its own. 0; as ouro_listen(), and the log says
 * where; -ENOENT: no socket of that name from the service manager; -EINVAL: not an address, not a
 * network; -ENOMEM.
 */
OURO_API int ouro_server_start(const struct ouro_server_options *options,
                               struct ouro_server **ret_server);
/**
 * Ask the system for as many open files as that many connections need: the soft limit of this
 * process is raised, up to the hard one. For main(). Returns for how many it is enough.
 */
OURO_API int ouro_server_allow_connections(uint32_t connections);
/** Where it listens, first of all. Belongs to the server. */
OURO_API const char *ouro_server_address(const struct ouro_server *server);
/** Where it listens, from 0, in the order of the options; NULL: no more. Belongs to the server. */
OURO_API const char *ouro_server_address_at(const struct ouro_server *server, size_t number);
OURO_API struct ouro_server_stats ouro_server_stats(const struct ouro_server *server);
/**
 * From now on answer every request with 503, and a hint to try again. What is being answered goes
 * on, and so do WebSockets. To be followed by ouro_server_stop(), when those have gone.
 */
OURO_API void ouro_server_drain(struct ouro_server *server);
OURO_API bool ouro_server_is_draining(const struct ouro_server *server);
/**
 * Listen no more, let answers that have begun end, up to stop_ns_max, and end the connections that
 * are still at HTTP. WebSockets are their owners'. Freed when the last guest has gone. NULL is
 * fine. Returns NULL. From a task.
 */
OURO_API struct ouro_server *ouro_server_stop(struct ouro_server *server);

/** The client's address, without port: the peer's, or what a trusted proxy says. 0; -ENOTCONN: it
 *  has none, such as one of a UNIX socket. */
OURO_API int ouro_guest_address(const struct ouro_guest *guest,
                                char ret_address[OURO_ADDRESS_BYTES]);
/** A number that stands for its household, as limits per address count it: the same for all of one
 *  address of IPv4, of one /64 of IPv6; another one in each server. Nobody outside can choose it.
 * 0: it is not counted, for it has no address, or a trusted proxy's. */
OURO_API uint64_t ouro_guest_household(const struct ouro_guest *guest);
/** A message has come from it. 0; -OURO_ELIMIT: more than messages_per_second_max of its address.
 */
OURO_API int ouro_guest_count_message(struct ouro_guest *guest);
/** It asks for something that costs more than a message: an account, a seat. 0; -OURO_ELIMIT: its
 *  address has asked for more than that many in a second (0: any number). */
OURO_API int ouro_guest_count_call(struct ouro_guest *guest, uint32_t per_second_max);
/** Take a reference. Returns the guest. */
OURO_API struct ouro_guest *ouro_guest_ref(struct ouro_guest *guest);
/** Give a reference back; NULL is fine. Returns NULL. */
OURO_API struct ouro_guest *ouro_guest_unref(struct ouro_guest *guest);

/* --- the back door: how is it? -----------------------------------------------------------------
 */

/** A small server of its own, for those who look after the program. */
struct ouro_admin;

#define OURO_ADMIN_CONNECTIONS_MAX 16

struct ouro_admin_options {
    const char *listen; /**< as for ouro_server_options; who may look is decided by where it is */
    /** Is it fit to be sent players? NULL: always. */
    bool (*is_ready)(void *ud);
    /** Append what is to be seen, by the calls below. NULL: nothing but the loop's counters. */
    void (*metrics)(struct ouro_buf *out, void *ud);
    void *ud;
};

/**
 * Serve GET /healthz (200 "ok", 503 "draining") and GET /metrics (Prometheus' text format, 0.0.4).
 * Has connections and limits of its own, so that it can be reached when the front door is full. As
 * ouro_server_start().
 */
OURO_API int ouro_admin_start(const struct ouro_admin_options *options,
                              struct ouro_admin **ret_admin);
OURO_API const char *ouro_admin_address(const struct ouro_admin *admin);
/** NULL is fine. Returns NULL. From a task. */
OURO_API struct ouro_admin *ouro_admin_stop(struct ouro_admin *admin);

/** Append one value: `type` is "counter" or "gauge", `help` one line. */
OURO_API void ouro_metrics_put(struct ouro_buf *out, const char *name, const char *type,
                               const char *help, double value);
OURO_API void ouro_metrics_put_loop(struct ouro_buf *out, const struct ouro_loop *loop);
OURO_API void ouro_metrics_put_server(struct ouro_buf *out, const struct ouro_server *server);
OURO_API void ouro_metrics_put_tls(struct ouro_buf *out, const struct ouro_tls_config *tls);
OURO_API void ouro_metrics_put_room(struct ouro_buf *out, const struct ouro_room *room);
struct ouro_state_stats;
/** Of a state (ouro/state.h), or of several, added up. Those of a lobby are in ouro/play.h. */
OURO_API void ouro_metrics_put_state(struct ouro_buf *out, const struct ouro_state_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
