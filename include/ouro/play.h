/* SPDX-License-Identifier: MIT */
/**
 * play: how clients come to a lobby: the HTTP calls and the WebSocket sessions of `ouro.v1`
 * (docs/protocol.md), and who they are.
 *
 *     HTTP  /ouro/guest, /ouro/rooms/...  -> play -> ouro_lobby_join()
 *     WS    /ouro/connect                 -> play -> ouro_seat_take(), then whatever is said
 *
 * What comes from clients is checked here: sizes, depths, rates, tokens. All on one loop, that of
 * the lobby.
 */
#ifndef OURO_PLAY_H
#define OURO_PLAY_H

#include "ouro/lobby.h"
#include "ouro/server.h"
#include "ouro/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- who somebody is ----------------------------------------------------------------------------
 */

/** How a token is signed (RFC 7518). A key is for one way only, whatever a token says of itself. */
enum ouro_auth_alg {
    OURO_AUTH_END, /* of a list of keys */
    OURO_AUTH_HS256,
    OURO_AUTH_RS256,
    OURO_AUTH_ES256,
};

#define OURO_AUTH_SECRET_BYTES_MIN 32   /* of an HS256 key, RFC 7518 section 3.2 */
#define OURO_AUTH_TOKEN_BYTES_MAX  8192 /* a longer one is refused unread */
#define OURO_AUTH_KEYS_MAX         16
#define OURO_AUTH_GUEST_BYTES      512 /* of a guest's token, with its NUL */

struct ouro_auth_key {
    enum ouro_auth_alg alg;
    const char *id;  /**< matches a token's "kid"; NULL: for tokens with any or none */
    const void *key; /**< the secret, or a public key as PEM */
    size_t len;
};

/** Zero means the default in parentheses. */
struct ouro_auth_options {
    const struct ouro_auth_key *keys; /**< for JWTs, ended by OURO_AUTH_END (NULL: none) */
    const char *issuer, *audience;    /**< that a JWT must name (NULL: any) */
    int64_t leeway_ns;                /**< for clocks that differ (30 s) */
    const void *guest_secret;         /**< of guests' tokens (random: they end with the process) */
    size_t guest_secret_len;          /**< OURO_AUTH_SECRET_BYTES_MIN at least */
    int64_t guest_ns;                 /**< how long they are good (7 days) */
    bool no_guests;
    /** A way of one's own: asked first. 0: ret_user, which was all zero, is filled: its id at
     * least; -ENOENT: not one of mine, go on with the others; another failure: refused. May wait.
     */
    int (*verify)(const char *token, struct ouro_user *ret_user, void *ud);
    void *ud;
};

struct ouro_auth;
/** Keys are read and copied. 0; -OURO_ECONFIG: a key is not what it says, or too short, or there
 * are too many; -ENOMEM. */
OURO_API int ouro_auth_new(const struct ouro_auth_options *options, struct ouro_auth **ret_auth);
/** NULL is fine. Returns NULL. */
OURO_API struct ouro_auth *ouro_auth_free(struct ouro_auth *auth);
/**
 * Who brings this token? The user's claims are the caller's reference. 0; -EACCES: no token of
 * ours, or not any more; -ENOMEM. May wait, if there is a `verify`. Of a JWT, "sub" is the user's
 * id and "name" its name (the id, if there is none that may be shown); "exp" is a must.
 */
OURO_API int ouro_auth_verify(struct ouro_auth *auth, const char *token,
                              struct ouro_user *ret_user);
/** A guest of that name (NULL: "Guest"), a new one unless ret_user->id is set. -EINVAL: the name;
 *  -EACCES: there are no guests. */
OURO_API int ouro_auth_guest(struct ouro_auth *auth, const char *name, struct ouro_user *ret_user);
/** A token for a guest. 0, -EACCES, -ENOMEM. */
OURO_API int ouro_auth_guest_token(struct ouro_auth *auth, const struct ouro_user *guest,
                                   char ret_token[OURO_AUTH_GUEST_BYTES]);

/** How long such a token is good. */
OURO_API int64_t ouro_auth_guest_ns(const struct ouro_auth *auth);

/* --- the way in ---------------------------------------------------------------------------------
 */

struct ouro_play;

/** Zero means the default in parentheses. */
struct ouro_play_options {
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    const char *const *origins;       /**< as in struct ouro_ws_options, for HTTP, too */
    uint32_t messages_per_second_max; /**< of a connection, over two seconds, pings included (60);
                                         then 1008 */
    uint32_t bad_messages_max;        /**< (16); then 1008 */
    /** Joins, guests' tokens and lists that an address may ask for (50); then 429, or 4010 */
    uint32_t calls_per_second_max;
    uint32_t queue_bytes_max; /**< sent and not taken by the client (256 KiB) */
    int64_t hello_ns_max;     /**< for the first message (10 s) */
    int64_t ping_ns;          /**< silence after which a client is asked (20 s) */
    int64_t idle_ns_max;      /**< silence after which it is closed with 4102 (60 s) */
};

/** Counters, always on. */
struct ouro_play_stats {
    size_t sessions; /**< now */
    uint64_t opened, hellos, reconnects, refused;
    uint64_t messages, bad_messages, too_fast, idle;
};

/** 0, -ENOMEM. The lobby and the auth outlive it. */
OURO_API int ouro_play_start(const struct ouro_play_options *options, struct ouro_play **ret_play);
/**
 * Answer a request whose path begins with "/ouro/": for a handler to call. Its result is the
 * handler's. -ENOENT: the path is another; nothing was answered.
 */
OURO_API int ouro_play_handle(struct ouro_play *play, struct ouro_http *http,
                              struct ouro_guest *guest);
OURO_API struct ouro_play_stats ouro_play_stats(const struct ouro_play *play);
/**
 * Close all sessions with 4001, wait until they have gone, up to a deadline; then cut them, and
 * free. No request is being handled any more: after ouro_server_stop(), before ouro_lobby_stop().
 * NULL is fine. Returns NULL. From a task.
 */
OURO_API struct ouro_play *ouro_play_stop(struct ouro_play *play, int64_t deadline);

/** Append all counters of one to what an admin's `metrics` tells (ouro/server.h). */
OURO_API void ouro_metrics_put_play(struct ouro_buf *out, const struct ouro_play *play);
OURO_API void ouro_metrics_put_lobby(struct ouro_buf *out, const struct ouro_lobby *lobby);

/* --- leaderboards ----------------------------------------------------------------------------- */

#define OURO_BOARDS_QUESTIONS_MAX 256 /**< to the store that wait; more are refused as too_busy */

struct ouro_boards;

/**
 * Have clients see leaderboards: "board.top" and "board.around" (docs/leaderboards.md), on every
 * connection of the lobby. Owners of scores are ids of users. `names` ends with NULL: these boards,
 * and no others (NULL: all); it outlives the boards. 0, -ENOMEM.
 */
OURO_API int ouro_boards_start(struct ouro_lobby *lobby, struct ouro_store *store,
                               const char *const *names, struct ouro_boards **ret_boards);
/** No more of that; what is being asked is refused. Before ouro_lobby_stop() and
 *  ouro_store_close(). NULL is fine. Returns NULL. From a task. */
OURO_API struct ouro_boards *ouro_boards_stop(struct ouro_boards *boards);

#ifdef __cplusplus
}
#endif
#endif
