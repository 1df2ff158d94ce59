/* SPDX-License-Identifier: MIT */
/**
 * game: rooms, and the players in them.
 *
 *      session -> ouro_room_input() -> INBOX -> ouro_room_next() -> the room's body
 *      player  <- ops->send()       <- ouro_room_broadcast()     <- the room's body
 *
 * A room is a task whose life is one function, its body. It touches no socket: a player is a small
 * vtable, behind which there is a WebSocket, a bot, a recording or a test. Sessions touch no world:
 * what they have to say lies in the room's inbox until the room takes it.
 */
#ifndef OURO_GAME_H
#define OURO_GAME_H

#include "ouro/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ouro_room;
struct ouro_player;
struct json_t; /* of jansson, for those who use it */

/* --- players ---------------------------------------------------------------------------------- */

/** How long beforehand a player is told that it is sent something, in players before it. */
#define OURO_PREFETCH_TURNS 3

/** How a room reaches a player. All are called on the room's loop and never wait. */
struct ouro_player_ops {
    /** Send frames in one go. 0; -OURO_ELIMIT: too much is waiting already, nothing was sent;
     *  -ENOMEM: nor was it, for want of memory; other failures: the player is going, its session
     *  will call ouro_room_leave(). */
    int (*send)(struct ouro_player *player, struct ouro_frame *const *frames, size_t count);
    /** How much of what was sent has not left yet. */
    size_t (*backlog_bytes)(const struct ouro_player *player);
    /** Ask it to go, with a close code and a reason. Its session will call ouro_room_leave(). */
    void (*close)(struct ouro_player *player, uint16_t code, const char *reason);
    /** The room holds it no more. It may be freed now. */
    void (*released)(struct ouro_player *player);
    /** As send(), for messages whose bytes lie in several places: the parts, one after the other,
     *  are whole frames as ouro_frame_wire() gives them. NULL: it can't (see ouro/state.h). */
    int (*send_parts)(struct ouro_player *player, const struct ouro_part *parts, size_t count);
    /** It is sent something in so many turns, OURO_PREFETCH_TURNS and down to 1: have memory bring
     *  what sending looks at, each time a pointer further (ouro_ws_prefetch()). Changes nothing.
     *  NULL: nothing to do. */
    void (*prefetch)(const struct ouro_player *player, unsigned turns);
};

/** The head of a session's own struct. Zero all but `ops` and `id`; the rest is the room's. */
struct ouro_player {
    const struct ouro_player_ops *ops;
    uint32_t id;
    uint32_t seat; /**< its place in the room's list */
    bool behind;   /**< frames were left out: it needs a whole picture next */
    bool away;     /**< its connection is lost, it may come back; it is sent nothing */
    bool away_told, change_noted;
    int64_t behind_since;
};

/* --- inputs ----------------------------------------------------------------------------------- */

/** What a room is told of. A room's own kinds begin at OURO_INPUT_OWN. */
enum ouro_input_kind {
    OURO_INPUT_ENTER, /**< the player is in from now on */
    OURO_INPUT_LEAVE, /**< it has gone; it is valid until the next ouro_room_next() */
    OURO_INPUT_DROP,  /**< its connection is lost; it stays for now */
    /** It has come back: it needs a whole picture. Without a DROP before, if the body was slower.
     */
    OURO_INPUT_RETURN,
    OURO_INPUT_MESSAGE, /**< something with a name, see `payload`, as the others below */
    OURO_INPUT_REQUEST, /**< the same, and it wants an answer */
    OURO_INPUT_BYTES,   /**< a few bytes, whose meaning is the room's */
    OURO_INPUT_OWN,
};

/** What an input carries beside its number. The room's as soon as it is in the inbox. */
struct ouro_payload {
    const char *name;    /**< of a message or a request */
    struct json_t *data; /**< of those; kept longer with a reference of one's own */
    uint64_t request;    /**< of a request: what its answer is given with */
    const uint8_t *bytes;
    size_t len;
    uint32_t sequence, tick;                    /**< that came with the bytes */
    void (*done)(struct ouro_payload *payload); /**< nobody looks at it any more */
};

struct ouro_input {
    struct ouro_player *player;
    uint32_t kind;
    int32_t value;
    struct ouro_payload *payload; /**< or NULL; valid until the next ouro_room_next() */
};

/** Enter a room. 0; -OURO_ELIMIT: it is full. Any thread, while the room is there. */
OURO_API int ouro_room_enter(struct ouro_room *room, struct ouro_player *player);
/**
 * Put something into the inbox. 0; -OURO_ELIMIT: the room is that far behind; the input is lost.
 * Any thread. The inputs of one player stay in order.
 */
OURO_API int ouro_room_input(struct ouro_room *room, struct ouro_player *player, uint32_t kind,
                             int32_t value);
/** The same with a payload, which is the room's then; if it is refused, it stays the caller's. */
OURO_API int ouro_room_input_with(struct ouro_room *room, struct ouro_player *player, uint32_t kind,
                                  struct ouro_payload *payload);
/** The player has lost its connection, or has one again: for a player that stays meanwhile. However
 *  often, the body is told at its next look, once. On the room's loop; not after leaving. */
OURO_API void ouro_room_drop(struct ouro_room *room, struct ouro_player *player);
OURO_API void ouro_room_return(struct ouro_room *room, struct ouro_player *player);
/** Leave. Once per player that has entered; always succeeds. The player must stay valid until
 *  ops->released(). Any thread. */
OURO_API void ouro_room_leave(struct ouro_room *room, struct ouro_player *player);

/* --- rooms ------------------------------------------------------------------------------------ */

/** Zero means the default in parentheses. */
struct ouro_room_options {
    const char *name;     /**< for people; outlives the room */
    uint32_t players_max; /**< in it at a time, spectators included (1,024) */
    uint32_t inputs_max;  /**< waiting in the inbox (4,096) */
    size_t
        backlog_bytes_max; /**< a player with more gets no more frames until it is gone (16 KiB) */
    int64_t behind_ns_max; /**< a player behind for longer is asked to go (10 s) */
    /** Send the whole picture, as it is now, to a player that has just caught up. -OURO_ELIMIT,
     *  -ENOMEM: it could not be; it is tried again. */
    int (*resync)(struct ouro_room *room, struct ouro_player *player, void *ud);
    /**
     * Called when ouro_room_next() has reached its deadline, which is a tick's: have everybody's
     * inputs put into the inbox that are there by now, such as by ouro_stream_set_look() (net.h).
     * What it brings is handed out before the -ETIMEDOUT. (nobody)
     */
    void (*before_deadline)(void *ud);
};

/**
 * The life of a room. May wait. Returns 0 when the room is to end; a failure is reported, and the
 * body begins anew after a pause, with the players that are in it.
 */
typedef int ouro_room_body(struct ouro_room *room, void *ud);

/** Make a room on this loop and start its body as a task. 0, -ENOMEM. */
OURO_API int ouro_room_start(const struct ouro_room_options *options, ouro_room_body *body,
                             void *ud, struct ouro_room **ret_room);
/**
 * Cancel the body and wait until it has ended; then no more can enter. The players that are still
 * in it are released. Frees the room. NULL is fine. From a task.
 */
OURO_API struct ouro_room *ouro_room_stop(struct ouro_room *room);

/** What the room was started with. */
OURO_API void *ouro_room_owner(const struct ouro_room *room);

/* For the body. */

/** Wait for the next input. 0; -ETIMEDOUT; -ECANCELED. */
OURO_API int ouro_room_next(struct ouro_room *room, int64_t deadline, struct ouro_input *ret_input);
struct ouro_ticker;
/** What ouro_room_turn() brought. */
enum ouro_turn { OURO_TURN_INPUT, OURO_TURN_TICK };
/**
 * Wait for the next input or the next tick. OURO_TURN_INPUT: ret_input is one. OURO_TURN_TICK: the
 * tick has begun; it lasts until the next call, and one that outlasts its period is told of.
 * Inputs go first, but as many as an inbox holds don't put a tick off any longer. Behind a tick
 * that makes the next one late, the other tasks run until the kernel had nothing more for them, for
 * a period at the most: what players said meanwhile is heard. -ECANCELED.
 *
 *     while ((rc = ouro_room_turn(room, &ticker, &input)) >= 0) {
 *         if (rc == OURO_TURN_TICK)
 *             step(game);
 *         else
 *             handle(game, &input);
 *     }
 */
OURO_API int ouro_room_turn(struct ouro_room *room, struct ouro_ticker *ticker,
                            struct ouro_input *ret_input);
OURO_API size_t ouro_room_player_count(const struct ouro_room *room);
/** One of the players in the room, in no particular order. */
OURO_API struct ouro_player *ouro_room_player(const struct ouro_room *room, size_t number);
/**
 * Send one frame to everyone, from a different player on each time. Who has too much waiting is
 * left out before anything is spent on it, and gets a resync when it has caught up.
 */
OURO_API void ouro_room_broadcast(struct ouro_room *room, struct ouro_frame *frame);

/** Counters of a room, always on. */
struct ouro_room_stats {
    uint64_t inputs, inputs_refused;
    uint64_t frames_sent;    /**< to all players together */
    uint64_t frames_skipped; /**< not sent to players that were behind */
    uint64_t resyncs;
    uint64_t kicked;   /**< for having been behind for too long */
    uint64_t failures; /**< of the body */
};
OURO_API struct ouro_room_stats ouro_room_stats(const struct ouro_room *room);

/* --- the tick --------------------------------------------------------------------------------- */

/** How many ticks are made up for at once after a stall, between the one that was late and the one
 *  that is due; the rest is skipped. More would be a leap for everybody, and more to do for a room
 *  that is late because it has too much to do. */
#define OURO_TICKS_CAUGHT_UP_MAX 1

/**
 * A fixed rhythm. Each tick has its time, counted from the first: what one takes, or how late it
 * was, does not move the next.
 *
 *     ouro_ticker_start(&ticker, "classic", period_ns);
 *     for (;;) {
 *         ... wait until ticker.next ...
 *         ouro_ticker_begin(&ticker);
 *         ... the step ...
 *     }
 */
struct ouro_ticker {
    const char *name;
    int64_t period_ns;
    int64_t next;      /**< when the next tick is due */
    uint64_t ticks;    /**< begun so far */
    uint64_t late;     /**< begun late by more than OURO_TICK_LATE_NS */
    uint64_t skipped;  /**< left out after a stall */
    uint64_t too_long; /**< lasted longer than the period, see ouro_ticker_end() */
    int64_t late_ns_max;
    int64_t late_ns_sum;
    int64_t took_ns_max;
    int64_t reported_at, too_long_at;
    int64_t begun_at; /**< 0: no tick is going on */
};

/** A tick that begins later than this is counted as late, and told of (at most every 10 s). */
#define OURO_TICK_LATE_NS OURO_MS(20)

/** The first tick is due now, and nothing is counted yet. The name must outlive the ticker. */
OURO_API void ouro_ticker_start(struct ouro_ticker *ticker, const char *name, int64_t period_ns);
/** After a pause that was meant: the next tick is due now, and what was counted stays. */
OURO_API void ouro_ticker_resume(struct ouro_ticker *ticker);
/** The tick that was due begins now; the next one gets its time. Returns how late this one is. */
OURO_API int64_t ouro_ticker_begin(struct ouro_ticker *ticker);
/** The tick is done. Returns how long it took; one that took longer than the period is counted, and
 *  told of by name, number and duration (at most every 10 s). */
OURO_API int64_t ouro_ticker_end(struct ouro_ticker *ticker);

#ifdef __cplusplus
}
#endif
#endif
