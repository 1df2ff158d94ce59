/* SPDX-License-Identifier: MIT */
/**
 * lobby: rooms that players find, and the seats in them that outlive a connection.
 *
 *     client -> connection -> SEAT -> the room's inbox                 -> the room's body
 *     client <- connection <- SEAT <- messages, events, answers, moves <- the room's body
 *
 * A program registers room types: a name, a body (ouro/game.h), bounds. The lobby makes rooms of
 * them, lists them, and reserves seats: a seat is what a room sees as a player. It is reserved with
 * a token that works once and not for long, taken by a connection, held for a while when that is
 * lost, and taken again by the next one, without a gap in what is numbered (events).
 *
 *     RESERVED --take--> TAKEN --drop--> DROPPED --return--> TAKEN --leave--> gone
 *         |                                 |
 *         +--- the token expires            +--- hold_ns is over, or an event was lost
 *
 * There is no socket here: a connection is three functions, behind which there is a WebSocket
 * (ouro/server.h), a bot or a test. What is sent are frames as docs/protocol.md draws them.
 *
 * Data is JSON, jansson's. Where a call takes `data`, it takes over the caller's reference, also
 * when it fails; NULL is taken to be a json_pack() that ran out of memory: -ENOMEM. Nothing to say
 * is json_null().
 *
 * A lobby and all that is in it belong to the loop it was started on. Only hooks that say so, and
 * calls that say so, may wait.
 */
#ifndef OURO_LOBBY_H
#define OURO_LOBBY_H

#include "ouro/game.h"
#include "ouro/match.h"
#include "ouro/state.h"

struct json_t; /* of jansson */

#ifdef __cplusplus
extern "C" {
#endif

struct ouro_lobby;
struct ouro_seat;

/* --- bounds ----------------------------------------------------------------------------------- */

#define OURO_ROOM_ID_BYTES        10 /* 9 letters and digits, and NUL */
#define OURO_ROOM_CODE_BYTES      7 /* 6 letters and digits that can't be taken for another, and NUL */
#define OURO_ROOM_TYPE_MAX        32 /* letters of a type's name */
#define OURO_USER_ID_BYTES        65
#define OURO_USER_NAME_BYTES      65 /* UTF-8 */
#define OURO_TOKEN_BYTES          34 /* 11 characters that name the seat, 22 that nobody can guess, NUL */
#define OURO_NAME_MAX             64 /* bytes of the name of a message, a request or an event */
#define OURO_DATA_DEPTH_MAX       16 /* how deep data nests */
#define OURO_DATA_BYTES_MAX       (60 * 1024) /* of one message, so that it stays below 64 KiB */
#define OURO_INPUT_BYTES_MAX      64          /* of a binary input */
#define OURO_METADATA_BYTES       2048        /* of a room's metadata as text */
#define OURO_JOINS_PER_SECOND_MAX 1000000
#define OURO_REQUESTS_MAX         16  /* of one seat that have no answer yet */
#define OURO_EVENT_EXCEPT_MAX     4   /* players that an event leaves out */
#define OURO_LIST_MAX             100 /* rooms in one list */
/** A room whose ticks are further apart than this reads its clients as they speak. */
#define OURO_READ_TICK_NS_MAX OURO_MS(100)
/** Nor does a client that is read with others wait for longer than this: for a question or a chat,
 * that would be felt. */
#define OURO_READ_WAIT_NS_MAX OURO_MS(50)

/** Close codes of ouro.v1. */
enum ouro_close {
    OURO_CLOSE_CONSENTED = 4000, /**< left, was sent away, or the room has ended */
    OURO_CLOSE_GOING_DOWN = 4001,
    OURO_CLOSE_FAILED = 4002,  /**< the room's body failed */
    OURO_CLOSE_REFUSED = 4003, /**< the token is not, or no longer, good for a seat */
    OURO_CLOSE_TRY_AGAIN = 4010,
    OURO_CLOSE_TOO_SLOW = 4101,
    OURO_CLOSE_IDLE = 4102,
    OURO_CLOSE_REPLACED = 4103, /**< the same user came by another connection */
};

/* --- users ------------------------------------------------------------------------------------ */

/** Who somebody is, as far as it was found out before (a guest's token, a JWT, a hook). */
struct ouro_user {
    char id[OURO_USER_ID_BYTES];     /**< 1 to 64 of letters, digits and "-_.:@|" */
    char name[OURO_USER_NAME_BYTES]; /**< to be shown; valid UTF-8 without control characters */
    bool guest;
    /** From where it comes, as ouro_guest_household() says (ouro/server.h); 0: that is not known.
     *  Many users may come from one. */
    uint64_t household;
    struct json_t *claims; /**< what else the token says; NULL: nothing. A seat keeps a reference */
};

/** Is that what an id may look like? Pure. */
OURO_API bool ouro_user_id_valid(const char *id);
/** A name as it is shown: trimmed and checked. 0, or -EINVAL. Pure. */
OURO_API int ouro_user_name_clean(const char *text, size_t len,
                                  char ret_name[OURO_USER_NAME_BYTES]);

/** What becomes of the seat that a user has in rooms of a type when it takes a second one. */
enum ouro_many {
    OURO_MANY_ALLOW,   /**< both stay */
    OURO_MANY_REPLACE, /**< the older one is closed with 4103 and leaves; also in a full room */
    OURO_MANY_REFUSE,  /**< the second is not given, -EBUSY */
};

/* --- room types ------------------------------------------------------------------------------- */

/** Where a straight line is not wanted. All may be NULL. None waits, except auth. */
struct ouro_room_hooks {
    /** May this user have a seat in a room of this type? Before a room is looked for; may wait.
     *  0, or a failure: the join fails with it. `options` are what the client sent, or NULL. Who
     *  travels there, or asks for a match from another room, is let in by the hook `join` alone. */
    int (*auth)(const struct ouro_user *user, struct json_t *options, void *ud);
    /** And in this very room? When its seat is reserved, so it may come to nothing. */
    int (*join)(struct ouro_room *room, const struct ouro_user *user, struct json_t *options);
    /** A seat has been given back; its player is valid during the call. Also for those that the
     *  body never saw, whose reservation has expired. */
    void (*leave)(struct ouro_room *room, struct ouro_player *player);
    /** How much its client wants to see, in units of the room's, and how often. Without `rate`, a
     *  view gets that rate, as far as publishes each state_ticks make it. */
    void (*view)(struct ouro_room *room, struct ouro_player *player, uint32_t width,
                 uint32_t height);
    void (*rate)(struct ouro_room *room, struct ouro_player *player, uint32_t hz);
    /** Add to the welcome, which is an object. `schema` is what the client knows, or NULL. */
    void (*welcome)(struct ouro_room *room, struct ouro_player *player, const char *schema,
                    struct json_t *welcome);
    /** A message, before the inbox. True, or the player was sent away for it: that was all, the
     *  body does not see it. */
    bool (*message)(struct ouro_room *room, struct ouro_player *player, const char *name,
                    struct json_t *data);
};

/** Zero means the default in parentheses. Copied; texts live as long as the lobby. */
struct ouro_room_type {
    const char *name; /**< 1 to 32 small letters, digits, '-' and '_' */
    /** Its second argument is the room's data. Returns 0: the room has ended; a failure: it is
     *  logged, the players are told (4002), and the room ends. */
    ouro_room_body *body;
    size_t data_bytes;   /**< of the room's own struct, zeroed when the room is made (0) */
    size_t player_bytes; /**< of a struct for each player, zeroed, see ouro_player_data() (0) */
    uint32_t seats_max;  /**< of a room, reserved and held ones included (16) */
    uint32_t rooms_max;  /**< of this type at a time (the lobby's) */
    uint32_t inputs_max; /**< waiting in a room's inbox (32 per seat, 64 to 4,096, but 4 per seat at
                            least) */
    uint32_t player_inputs_max; /**< of them from one player (64); more are lost and counted */
    int64_t hold_ns;          /**< a seat is held after its connection was lost (20 s); -1: never */
    int64_t empty_ns;         /**< a room without seats ends after (5 s); OURO_FOREVER: never */
    int64_t request_ns_max;   /**< for the answer to a request (10 s) */
    uint32_t events_max;      /**< kept for those who come back (256) */
    size_t events_bytes_max;  /**< of them together (64 KiB) */
    size_t backlog_bytes_max; /**< as in ouro_room_options; a message beyond is left out (64 KiB) */
    int64_t behind_ns_max;    /**< as in ouro_room_options (10 s) */
    /** Told to clients, for their clocks (0: it has no tick). With a tick of up to
     *  OURO_READ_TICK_NS_MAX, clients are read together, right before ouro_room_next() is over for
     *  its deadline, and at least every OURO_READ_WAIT_NS_MAX: half of what inputs cost is to be
     *  woken for each. */
    int64_t tick_ns;
    bool reads_at_once;  /**< they are read as they speak all the same */
    enum ouro_many many; /**< (OURO_MANY_ALLOW) */
    /** Each room has a state, and each of its players a view of it, which are made and freed here.
     *  Lives as long as the lobby. (none) */
    const struct ouro_state_options *state;
    uint32_t state_ticks; /**< ticks from one publish of the state to the next, for rates (1) */
    double view_width, view_height; /**< what a client sees of it, unless it asks for less (0) */
    bool unlisted;                  /**< rooms are found by id or code alone */
    int (*resync)(struct ouro_room *room, struct ouro_player *player, void *data);
    struct ouro_room_hooks hooks;
    void *ud; /**< for hooks, see ouro_room_ud() */
};

/* --- the lobby -------------------------------------------------------------------------------- */

/** A text of a chat before anybody sees it. `text` may be changed to a shorter one. 0: let it pass;
 *  -EACCES: refused; -OURO_ECLOSED: refused, and the user is muted for mute_ns. */
typedef int ouro_chat_moderate(const struct ouro_user *user, char *text, void *ud);

/** Zero means the default in parentheses. */
struct ouro_chat_options {
    uint32_t text_bytes_max; /**< (500) */
    uint32_t history_max;    /**< texts kept per channel (50) */
    uint32_t directs_max;    /**< pairs of users whose texts are kept; the oldest goes (1,024) */
    uint32_t blocks_max;     /**< users that one user may block (100) */
    uint32_t per_minute_max; /**< texts of one user (30) */
    uint32_t burst;          /**< of them at once (5) */
    /** Texts to everybody, of all users together (20): each of them is sent to all */
    uint32_t global_per_second_max;
    int64_t mute_ns; /**< see ouro_chat_moderate (5 min) */
    ouro_chat_moderate *moderate;
    void *ud;
};

/** Zero means the default in parentheses. */
struct ouro_lobby_options {
    uint32_t rooms_max; /**< of all types (4,096) */
    uint32_t seats_max; /**< of all rooms, reserved and held ones included (65,536) */
    int64_t reserve_ns; /**< how long a reserved seat waits for its connection (15 s) */
    /** Admission control (200; OURO_JOINS_PER_SECOND_MAX at the most); more wait in a queue */
    uint32_t joins_per_second_max;
    uint32_t joins_burst;       /**< joins at once, after quiet (joins_per_second_max) */
    uint32_t joins_waiting_max; /**< in that queue (10,000) */
    const char *url;            /**< where connections are taken ("/ouro/connect") */
    struct ouro_chat_options chat;
};

/**
 * A lobby on this loop. It has one room type from the beginning, "lobby": a place to chat and to
 * wait for a match, 4,096 seats each, that does nothing by itself. 0, -ENOMEM.
 */
OURO_API int ouro_lobby_start(const struct ouro_lobby_options *options,
                              struct ouro_lobby **ret_lobby);
/**
 * Close all connections with 4001, cancel all rooms, wait for them, free. Connections are told and
 * forgotten here; whoever owns them may free them before or after. NULL is fine. From a task.
 */
OURO_API struct ouro_lobby *ouro_lobby_stop(struct ouro_lobby *lobby);
/** Add a type. 0; -EINVAL: its name; -EEXIST; -ENOMEM. */
OURO_API int ouro_lobby_add_type(struct ouro_lobby *lobby, const struct ouro_room_type *type);

/** Counters, always on. The first five are of now. */
struct ouro_lobby_stats {
    size_t rooms;
    size_t seats; /**< all that count: reserved, taken, held, and leaving */
    size_t reserved, held;
    size_t waiting; /**< for admission */
    uint64_t joins, refused, expired;
    uint64_t drops, returns; /**< connections lost, and come back */
    uint64_t lost;           /**< held seats that were given up: time, or an event was lost */
    uint64_t too_slow;       /**< connections closed with 4101 */
    uint64_t events, messages, messages_left_out;
    uint64_t inputs_lost;
    uint64_t requests, requests_late;
    uint64_t rooms_failed;
};
OURO_API struct ouro_lobby_stats ouro_lobby_stats(const struct ouro_lobby *lobby);

/* --- joining ---------------------------------------------------------------------------------- */

enum ouro_join_how {
    OURO_JOIN_OR_CREATE, /**< the fullest room that fits and has a seat; else a new one */
    OURO_JOIN,           /**< the same, but no new one: -ENOENT */
    OURO_CREATE,
    OURO_JOIN_ROOM, /**< the one that `room` names, by id or code; also a private one */
};

struct ouro_join {
    enum ouro_join_how how;
    const char *type;             /**< not with OURO_JOIN_ROOM */
    const char *room;             /**< an id or a code, for OURO_JOIN_ROOM */
    const struct ouro_user *user; /**< copied */
    struct json_t *options;       /**< for hooks and a new room's body; a reference is kept */
    /** Which rooms fit: {"map": "forest", "level": {"min": 2, "max": 5}}, all of them. A member is
     *  compared with that of the room's metadata, or is a range of numbers. NULL: any. */
    struct json_t *filter;
    bool is_private; /**< of a new room: not listed, has a code */
    /** A place in the queue that was given before, or NULL. */
    const char *queued;
};

/** A reserved seat, or a place in the queue. */
struct ouro_place {
    char room[OURO_ROOM_ID_BYTES];
    char code[OURO_ROOM_CODE_BYTES]; /**< "": the room is not private */
    char type[OURO_ROOM_TYPE_MAX + 1];
    uint32_t player; /**< its id in the room */
    char token[OURO_TOKEN_BYTES];
    int64_t expires_at; /**< of the token */
    const char *url;
    size_t position;  /**< in the queue, from 1; then all above is empty, except ... */
    int64_t retry_ns; /**< ... token, to be given as `queued` after this time */
};

/**
 * Reserve a seat. 0; or 1: too many join at the moment, ret_place is a place in the queue, which is
 * kept as long as somebody asks for it in time. -ENOENT: no such type or room, or none that fits;
 * -OURO_ELIMIT: full, as the room, or the lobby; -EACCES: locked, or a hook's refusal (or another
 * failure of a hook); -EBUSY: see ouro_many; -EINVAL: the filter; -OURO_ECLOSED: going down;
 * -ENOMEM. May wait, if the type has an auth hook.
 */
OURO_API int ouro_lobby_join(struct ouro_lobby *lobby, const struct ouro_join *join,
                             struct ouro_place *ret_place);
/**
 * Listed rooms of a type that fit, the fullest first: [{"room", "type", "seats", "seats_max",
 * "metadata"}]. A new reference. NULL: no such type, the filter is wrong, or out of memory.
 */
OURO_API struct json_t *ouro_lobby_list(struct ouro_lobby *lobby, const char *type,
                                        struct json_t *filter, size_t limit);

/* --- connections ------------------------------------------------------------------------------ */

struct ouro_connection;

/** Connections of one room that are read together. The head of a struct of whoever reads them. */
struct ouro_readers {
    /** Read now who has said something; not from within. */
    void (*look)(struct ouro_readers *readers);
    /** The room has gone. */
    void (*free)(struct ouro_readers *readers);
};

/** How a seat reaches its client. Called on the loop, never wait. */
struct ouro_connection_ops {
    /** As in struct ouro_player_ops. */
    int (*send)(struct ouro_connection *connection, struct ouro_frame *const *frames, size_t count);
    size_t (*backlog_bytes)(const struct ouro_connection *connection);
    /** Say goodbye with this code. The seat may already be gone, then connection->seat is NULL. */
    void (*close)(struct ouro_connection *connection, uint16_t code, const char *reason);
    /** As in struct ouro_player_ops. Only for rooms that have a state. */
    int (*send_parts)(struct ouro_connection *connection, const struct ouro_part *parts,
                      size_t count);
    /** As in struct ouro_player_ops, with 2 and then 1. NULL: nothing to do. */
    void (*prefetch)(const struct ouro_connection *connection, unsigned turns);
    /** From now on what its client says is read when *readers is looked at, which may take
     *  wait_ns_max; for the first of a room it is NULL and made here. If that can't be, it is read
     *  as before. `readers` NULL: as it comes again. The op NULL: always as it comes. */
    void (*read_with)(struct ouro_connection *connection, struct ouro_readers **readers,
                      int64_t wait_ns_max);
};

/** The head of a session's own struct. */
struct ouro_connection {
    const struct ouro_connection_ops *ops;
    struct ouro_seat *seat; /**< the lobby's: what it has taken; NULL: nothing, or no longer */
};

/**
 * Take the seat that was reserved with this token. The room's body gets OURO_INPUT_ENTER. 0; the
 * connection's seat is set. -OURO_ECLOSED: no such token, it has expired, or has been used;
 * -ENOMEM: it is still good.
 */
OURO_API int ouro_seat_take(struct ouro_lobby *lobby, const char *token,
                            struct ouro_connection *connection);
/**
 * Take a seat again, by the token of its last welcome; `seen` is the number of the last event that
 * the client got. If the former connection still has it, that is closed with 4103 and its end will
 * mean nothing. The body gets OURO_INPUT_DROP, if it has not, and OURO_INPUT_RETURN. 0;
 * -OURO_ECLOSED as above, or an event is no longer there.
 *
 * After this call comes the welcome (the session's), then ouro_seat_begin().
 */
OURO_API int ouro_seat_return(struct ouro_lobby *lobby, const char *token, uint64_t seen,
                              struct ouro_connection *connection);
/** The welcome is out: send the events that it has missed, and from now on whatever comes. */
OURO_API void ouro_seat_begin(struct ouro_seat *seat);
/** The connection has ended without a farewell. If it still has a seat, that is held or given back.
 */
OURO_API void ouro_connection_lost(struct ouro_connection *connection);
/** The client wants to go. The seat is given back, and the connection is closed with 4000. */
OURO_API void ouro_seat_leave(struct ouro_seat *seat);

/** What a welcome tells. */
struct ouro_seat_info {
    const char *room, *code, *type;
    const struct ouro_user *user;
    uint32_t player;
    char reconnect[OURO_TOKEN_BYTES]; /**< a new one, made by ouro_seat_take/return */
    int64_t hold_ns, tick_ns;
    uint64_t events; /**< the number of the last event so far; a new client has seen that many */
};
OURO_API void ouro_seat_info(const struct ouro_seat *seat, struct ouro_seat_info *ret_info);

/* What the client says. The names are checked here: 1 to OURO_NAME_MAX bytes. */

/** A message. `data` is taken over. 0; -OURO_ELIMIT: lost, the room or the player has too many. */
OURO_API int ouro_seat_message(struct ouro_seat *seat, const char *name, struct json_t *data);
/** A request, to be answered once, with that number. If it can't be asked, it is answered here. */
OURO_API int ouro_seat_request(struct ouro_seat *seat, uint32_t id, const char *name,
                               struct json_t *data);
/** A binary input: its number, the tick that the client saw, up to OURO_INPUT_BYTES_MAX bytes. */
OURO_API int ouro_seat_input(struct ouro_seat *seat, uint32_t sequence, uint32_t tick,
                             const void *bytes, size_t len);
/** It has got all events up to this one (0: it says nothing of that, but it is there). -EINVAL:
 *  there is no such event yet. */
OURO_API int ouro_seat_seen(struct ouro_seat *seat, uint64_t seen);
/** What it wants to see of the room's state, see struct ouro_room_type, and for the hooks of those
 *  names. */
OURO_API void ouro_seat_view(struct ouro_seat *seat, uint32_t width, uint32_t height);
OURO_API void ouro_seat_rate(struct ouro_seat *seat, uint32_t hz);
/** Add to the welcome: the schema, or its hash alone if `schema` is that; then the hook. 0,
 * -ENOMEM.
 */
OURO_API int ouro_seat_welcome(struct ouro_seat *seat, const char *schema, struct json_t *welcome);
/** Send to the client itself: a welcome, a pong. As in struct ouro_player_ops. */
OURO_API int ouro_seat_send(struct ouro_seat *seat, struct ouro_frame *frame);

/* --- for the body of a room --------------------------------------------------------------------
 */

/*
 * Inputs of rooms of a lobby (ouro/game.h has the kinds):
 *
 *     OURO_INPUT_ENTER    a seat is taken for the first time
 *     OURO_INPUT_DROP     its connection is lost; the player stays, and what is sent to it is lost
 *                         (events are kept)
 *     OURO_INPUT_RETURN   it has come back: events have been replayed, the rest is to be told again
 *     OURO_INPUT_LEAVE    it has left, was sent away, or did not come back in time
 *     OURO_INPUT_MESSAGE  payload: name, data
 *     OURO_INPUT_REQUEST  payload: name, data, request
 *     OURO_INPUT_BYTES    payload: bytes, sequence, tick
 *
 * In all calls below a name with a dot is the server's own: -EINVAL.
 */

/** A message to one player; not sent while it is away or slow. 0; -OURO_ECLOSED, -OURO_ELIMIT. */
OURO_API int ouro_room_send(struct ouro_room *room, struct ouro_player *player, const char *name,
                            struct json_t *data);
/** To all but `except`, an array that ends with NULL (or NULL: nobody). Encoded once. */
OURO_API int ouro_room_send_all(struct ouro_room *room, struct ouro_player *const *except,
                                const char *name, struct json_t *data);
/** To the first `count` of `players`, who are all in the room. Encoded once. */
OURO_API int ouro_room_send_some(struct ouro_room *room, struct ouro_player *const *players,
                                 size_t count, const char *name, struct json_t *data);
/**
 * An event for one player: reliable, numbered, in order; if it is away, it gets it when it comes
 * back in time. 0; -ENOMEM: nobody got it, and no number is missing.
 */
OURO_API int ouro_room_event(struct ouro_room *room, struct ouro_player *player, const char *name,
                             struct json_t *data);
/** For all that are in the room now, but up to OURO_EVENT_EXCEPT_MAX. Encoded once. */
OURO_API int ouro_room_event_all(struct ouro_room *room, struct ouro_player *const *except,
                                 const char *name, struct json_t *data);
/** Answer a request (input.payload->request), now or later. 0; -ETIMEDOUT: it has been answered
 *  already, for you, or its player has left. */
OURO_API int ouro_room_answer(struct ouro_room *room, uint64_t request, struct json_t *data);
/** Answer that it failed: a short code for programs, and a text for people. */
OURO_API int ouro_room_refuse(struct ouro_room *room, uint64_t request, const char *code,
                              const char *text);

/** Where a player is sent: as in struct ouro_join, without the user. */
struct ouro_travel {
    const char *room; /**< an id; or NULL, and a type */
    const char *type;
    struct json_t *options; /**< a reference is taken for as long as needed */
};
/**
 * Send a player to another room: a seat is reserved there for the same user, the client is told,
 * and follows without a new login. Its seat here is left when it has taken the other one; if it
 * does not follow in time, it stays. By type, it is never sent to the room that it is in. As
 * ouro_lobby_join(), without the queue and the auth hook; its seat here is none that enum ouro_many
 * counts.
 */
OURO_API int ouro_room_travel(struct ouro_room *room, struct ouro_player *player,
                              const struct ouro_travel *travel);
/** Send it away: its connection is closed with the code, its seat given back. OURO_INPUT_LEAVE
 *  follows. Also ends the holding of a seat. */
OURO_API void ouro_room_kick(struct ouro_room *room, struct ouro_player *player, uint16_t code,
                             const char *reason);

/** Texts are valid as long as the room. */
OURO_API const char *ouro_room_id(const struct ouro_room *room);
OURO_API const char *ouro_room_code(const struct ouro_room *room); /* "": it is not private */
OURO_API struct ouro_lobby *ouro_room_lobby(const struct ouro_room *room);
/** What its maker asked for; NULL: nothing. The room's reference. */
OURO_API struct json_t *ouro_room_options(const struct ouro_room *room);
OURO_API void *ouro_room_data(const struct ouro_room *room);
OURO_API void *ouro_room_ud(const struct ouro_room *room);
/** Random numbers of the room's own, from one seed; see ouro_room_seed(). */
OURO_API struct ouro_rng *ouro_room_rng(struct ouro_room *room);
OURO_API uint64_t ouro_room_seed(const struct ouro_room *room);
/** What lists show and filters look at: an object. `data` is taken over. -EINVAL: no object;
 *  -OURO_ELIMIT: longer than OURO_METADATA_BYTES; what was there stays. */
OURO_API int ouro_room_set_metadata(struct ouro_room *room, struct json_t *data);
/** A locked room takes no new seats, and is not listed. */
OURO_API void ouro_room_lock(struct ouro_room *room, bool locked);
/** A private room is not listed and has a code. */
OURO_API void ouro_room_set_private(struct ouro_room *room, bool is_private);
/** How many seats it has, at most the type's. Those beyond that are taken stay. */
OURO_API void ouro_room_set_seats(struct ouro_room *room, uint32_t seats_max);
/** Does it end by itself when it is empty? (yes, after empty_ns) */
OURO_API void ouro_room_set_ends_empty(struct ouro_room *room, bool ends);

/** Who it is. Valid as long as the player. */
OURO_API const struct ouro_user *ouro_player_user(const struct ouro_player *player);
/** The player's own struct of player_bytes. */
OURO_API void *ouro_player_data(const struct ouro_player *player);
/** Is its connection lost, and its seat held? */
OURO_API bool ouro_player_away(const struct ouro_player *player);
OURO_API struct ouro_seat *ouro_player_seat(struct ouro_player *player);

/**
 * The room's state, if its type has one: for the body to put entities into, and to publish once per
 * tick. Entities of an owner are those of that player's id. What was sent before a publish leaves
 * together with the snapshot, so that comes last.
 */
OURO_API struct ouro_state *ouro_room_state(const struct ouro_room *room);
/** Look there, with the size that its client has asked for, at most the type's. */
OURO_API void ouro_player_look(struct ouro_player *player, double x, double y);
/** Its view of the state, for everything else: its team, its rate. NULL: there is no state. */
OURO_API struct ouro_view *ouro_player_view(const struct ouro_player *player);

/* --- services --------------------------------------------------------------------------------- */

/**
 * Requests whose names begin with the prefix ("match.") are answered by a service, on every
 * connection, whatever room it is in. Called on the loop; doesn't wait, but may answer later.
 */
struct ouro_service {
    struct ouro_link link; /* the lobby's */
    const char *prefix;    /**< ends with a dot */
    void (*handle)(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                   struct json_t *data, uint64_t request, void *ud);
    /** A seat goes; what is kept about it must go, too. NULL: nothing is. */
    void (*gone)(struct ouro_lobby *lobby, struct ouro_seat *seat, void *ud);
    void *ud;
};
/** Memory is the caller's, as long as the lobby, or until it is removed. "chat.", "presence.",
 * "match." and "rooms." are there. */
OURO_API void ouro_lobby_add_service(struct ouro_lobby *lobby, struct ouro_service *service);
/** It is asked no more, and its memory is the caller's again. */
OURO_API void ouro_lobby_remove_service(struct ouro_lobby *lobby, struct ouro_service *service);
/** As ouro_room_answer() and ouro_room_refuse(). */
OURO_API int ouro_lobby_answer(struct ouro_lobby *lobby, uint64_t request, struct json_t *data);
OURO_API int ouro_lobby_refuse(struct ouro_lobby *lobby, uint64_t request, const char *code,
                               const char *text);
/** A number that no other seat of this lobby ever has; and back: NULL, it has gone. */
OURO_API uint32_t ouro_seat_id(const struct ouro_seat *seat);
OURO_API struct ouro_seat *ouro_lobby_seat(struct ouro_lobby *lobby, uint32_t id);
OURO_API const struct ouro_user *ouro_seat_user(const struct ouro_seat *seat);
OURO_API struct ouro_room *ouro_seat_room(const struct ouro_seat *seat);
/** Push to a client: a message, or an event, that is the server's own: the name has a dot. */
OURO_API int ouro_seat_push(struct ouro_seat *seat, const char *name, struct json_t *data);
OURO_API int ouro_seat_push_event(struct ouro_seat *seat, const char *name, struct json_t *data);
/** Have a seat's client go to a place that was reserved for it, as ouro_room_travel() does. */
OURO_API int ouro_seat_travel(struct ouro_seat *seat, const struct ouro_place *place);
/** A room of that type for whoever a match has put together: made, and with seats reserved by
 *  ouro_lobby_join() with OURO_JOIN_ROOM and the id. 0; as ouro_lobby_join(). */
OURO_API int ouro_lobby_make_room(struct ouro_lobby *lobby, const char *type,
                                  struct json_t *options, bool is_private,
                                  char ret_room[OURO_ROOM_ID_BYTES]);

/* --- matchmaking ------------------------------------------------------------------------------ */

/**
 * Have clients wait for matches of a room type: they ask "match.ticket", on any connection. A pass
 * is run each pass_ns (250 ms) while somebody waits. For a match a private room is made, whose
 * options say who has a seat by that and on which team: {"match": {USER: TEAM}}; seats are
 * reserved, and the clients are sent there. Those of a party have each asked for it, by its name.
 * `options` without its hooks, `ud` and `seed`. 0; -ENOENT: no such type; -EEXIST; as
 * ouro_match_new().
 */
OURO_API int ouro_lobby_match(struct ouro_lobby *lobby, const char *type,
                              const struct ouro_match_options *options, int64_t pass_ns);
/** The room has places (`wanted->places`, by team) for who waits, before any new room is made. The
 *  last call counts; a room that ends has none. On which team somebody who comes is, its options
 * say then, too: ouro_room_options(), to be asked for anew after the first such call. 0; -ENOENT:
 * no matches of its type; as ouro_match_add(). */
OURO_API int ouro_room_backfill(struct ouro_room *room, const struct ouro_match_ticket *wanted);

/* --- chat and presence -------------------------------------------------------------------------
 */

/** May not write for that long; 0: may again. -EINVAL: that is no id; -ENOMEM. Of users that are
 * not there, too. */
OURO_API int ouro_chat_mute(struct ouro_lobby *lobby, const char *user, int64_t ns);
/** Say something to everybody, as the server. `text` is valid UTF-8. */
OURO_API int ouro_chat_announce(struct ouro_lobby *lobby, const char *text);
/** Has this user a connection anywhere in the lobby? */
OURO_API bool ouro_lobby_online(struct ouro_lobby *lobby, const char *user);

#ifdef __cplusplus
}
#endif
#endif
