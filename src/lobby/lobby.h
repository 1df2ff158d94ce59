/* SPDX-License-Identifier: MIT */
/* What the files of this room share. From the outside in:
 *
 *      lobby -- type -- instance (a living room) -- seat -- account (a user, by id)
 *                          |                          |
 *                       events                     requests
 *
 * An instance owns its seats, a seat refers to its account, a lobby owns all. A seat whose player
 * is in the game room is freed when that lets go of it (ops->released); any other at once. */
#ifndef OURO_LOBBY_LOBBY_H
#define OURO_LOBBY_LOBBY_H

#include "lobby/map.h"
#include "lobby/token.h"

/* Frames that wait for the end of the current turn, to leave in one send. */
#define OURO__DUE_MAX           16
#define OURO__SCHEMA_HASH_BYTES 17 /* 16 hexadecimal digits, and NUL */

struct ouro__account;
struct ouro__chat;
struct ouro__instance;

/* --- types ------------------------------------------------------------------------------------ */

struct ouro__type {
    struct ouro_link link; /* in lobby->types */
    struct ouro_room_type is;
    struct ouro_link instances; /* those that live */
    size_t count;
    struct json_t *schema; /* NULL: it has no state */
    char schema_hash[OURO__SCHEMA_HASH_BYTES];
};

/* --- events ----------------------------------------------------------------------------------- */

/* An event, kept until all have seen it, or there is no more room. */
struct ouro__event {
    uint64_t number;
    struct ouro_frame *frame;
    int64_t expires_at; /* of a travel; 0: it is none */
    uint32_t only;      /* the seat that it is for; 0: all */
    uint32_t except[OURO_EVENT_EXCEPT_MAX];
};

/* Who gets a new one. */
struct ouro__audience {
    struct ouro_seat *only; /* NULL: all */
    struct ouro_player *const *except;
};

struct ouro__events {
    struct ouro__event *ring; /* NULL: there was none yet */
    size_t first, count, bytes;
    uint64_t last;    /* the number of the newest; 0: none */
    uint64_t lost;    /* the newest for all that is no longer there, though somebody may want it */
    uint64_t dropped; /* the newest that is no longer there */
    uint32_t needs;   /* a seat: those before it have seen the first event; 0: look at all */
};

/* --- chat ------------------------------------------------------------------------------------- */

/* The last texts of a channel. */
struct ouro__channel {
    struct ouro_link texts;
    uint32_t count, last;
};

/* --- instances -------------------------------------------------------------------------------- */

struct ouro__instance {
    struct ouro_link link; /* in type->instances, or in lobby->ended */
    struct ouro__map_node by_id, by_code;
    struct ouro_lobby *lobby;
    struct ouro__type *type;
    struct ouro_room *room;
    struct ouro_state *state;     /* NULL: its type has none */
    struct ouro_readers *readers; /* NULL: there were none yet */
    char id[OURO_ROOM_ID_BYTES], code[OURO_ROOM_CODE_BYTES];
    char name[OURO_ROOM_TYPE_MAX + OURO_ROOM_ID_BYTES + 1]; /* for people */
    struct json_t *options, *metadata;
    bool notes_teams; /* of matches, in its options, which are its own */
    uint64_t seed;
    struct ouro_rng rng;
    struct ouro_link seats;
    size_t seat_count; /* reserved, taken, held and going */
    size_t held;
    uint32_t seats_max, last_player;
    bool locked, is_private, ends_empty, ended;
    uint16_t end_code;
    const char *end_text;
    struct ouro_timer empty, flush, late;
    struct ouro_link due;  /* seats with frames for the end of the turn */
    struct ouro_link open; /* requests without an answer, the oldest first */
    struct ouro__events events;
    struct ouro__channel channel; /* of its chat */
    _Alignas(max_align_t) unsigned char data[];
};

/* --- seats ------------------------------------------------------------------------------------ */

enum ouro__seat_state {
    OURO__RESERVED,
    OURO__TAKEN,
    OURO__HELD,  /* without a connection */
    OURO__GOING, /* the game room still has it */
};

struct ouro__request {
    struct ouro_link link; /* in instance->open; unlinked: free */
    struct ouro_seat *seat;
    uint32_t id;     /* the client's */
    uint32_t number; /* ours */
    int64_t deadline;
};

struct ouro_seat {
    /* What each message looks at comes first, so that it shares cache lines. */
    struct ouro_player player;
    struct ouro_connection *connection;
    enum ouro__seat_state state;
    bool begun;          /* the welcome is out: frames may follow */
    bool due_reliable;   /* there is an event among those that are due */
    bool former_is_good; /* no word from the client since the last welcome */
    uint8_t due_count;
    struct ouro_view *view;  /* NULL: its room has no state */
    double width, height;    /* of what the view looks at */
    struct ouro_link in_due; /* in instance->due */
    uint32_t number;         /* of the lobby's seats */
    uint64_t id;             /* what its token is looked up by */
    struct ouro__secret secret, former;
    struct ouro__instance *instance;
    struct ouro_user user;
    struct ouro__account *account;
    struct ouro_link link;    /* in instance->seats */
    struct ouro_link by_user; /* in account->seats */
    struct ouro__map_node by_id, by_number;
    struct ouro_timer timer;         /* of the reservation, or of the hold */
    uint64_t from, seen, sent, lost; /* numbers of events, see event.c */
    struct ouro_frame *due[OURO__DUE_MAX];
    uint32_t inputs;                /* of its, in the inbox */
    uint32_t came_from;             /* the number of a seat to be left when this one is taken */
    struct ouro__request *requests; /* OURO_REQUESTS_MAX; NULL: it never asked */
    uint32_t last_request;
    struct ouro_link watches; /* users whose presence it wants to know of */
    struct ouro_link tickets; /* with which it waits for matches */
    _Alignas(max_align_t) unsigned char data[];
};

/* --- accounts --------------------------------------------------------------------------------- */

/* What is known of a user as long as there is a seat, or something worth keeping. */
struct ouro__account {
    struct ouro__map_node by_id;
    struct ouro_link kept;    /* in lobby->kept: nobody is here */
    struct ouro_link changed; /* in lobby->changed: whoever watches is to be told; a reference */
    struct ouro_link seats;
    size_t refs;
    char id[OURO_USER_ID_BYTES];
    char *status;
    size_t online; /* seats with a connection */
    int64_t muted_until;
    struct ouro_allowance allowance; /* for texts; `at` 0: has not written yet */
    struct json_t *blocks;           /* an object of ids; NULL: nobody */
};

/* --- admission -------------------------------------------------------------------------------- */

struct ouro__admission {
    struct ouro_allowance allowance; /* each join takes its share of a second */
    struct ouro_link queue;          /* the first is the next */
    struct ouro__map by_id;
    size_t waiting;
    uint64_t last_serial;
};

/* --- the lobby -------------------------------------------------------------------------------- */

struct ouro_lobby {
    struct ouro_lobby_options options;
    struct ouro_link types;
    size_t instance_count;
    struct ouro__map instances, codes, seats, numbers, accounts;
    struct ouro_link ended; /* to be stopped by the janitor */
    struct ouro_link janitor_waits;
    struct ouro_task *janitor;
    uint64_t secret; /* of the hashes of what clients choose */
    uint32_t last_number;
    bool going_down;
    struct ouro__admission admission;
    struct ouro_link services;
    struct ouro_service builtin[4];
    struct ouro_link matchers, parties; /* pools; parties that have a name */
    size_t party_count;
    uint64_t last_ticket;
    struct ouro_link kept; /* accounts of users that are not here, the oldest first */
    size_t kept_count;
    struct ouro__map watches; /* by the hash of the watched */
    struct ouro_link changed;
    struct ouro_timer tell_changes;
    struct ouro__chat *chat;
    struct ouro__payload_block *spare; /* payloads, to be used again */
    size_t spare_count;
    struct ouro_part *parts; /* of one send, see outbox.c */
    size_t part_cap;
    struct ouro_lobby_stats stats;
};

/* instance.c */
struct ouro__instance *ouro__instance_of(const struct ouro_room *room);
/* A room with nobody in it. 0, -OURO_ELIMIT, -ENOMEM. Takes a reference to the options. */
int ouro__instance_new(struct ouro_lobby *lobby, struct ouro__type *type, struct json_t *options,
                       bool is_private, struct ouro__instance **ret_instance);
struct ouro__instance *ouro__instance_find(struct ouro_lobby *lobby, const char *id_or_code);
/* No more can join; its seats are told and end, at once; the janitor does the rest. */
void ouro__instance_end(struct ouro__instance *instance, uint16_t code, const char *text);
/* Its last seat has gone. */
void ouro__instance_is_empty(struct ouro__instance *instance);
/* Stop and free those that have ended. Waits. */
void ouro__instances_clear(struct ouro_lobby *lobby);

/* seat.c */
static inline struct ouro_seat *ouro__seat_of(const struct ouro_player *player)
{
    return ouro_container(player, struct ouro_seat, player);
}
/* 0; -OURO_ELIMIT, -EACCES, -EBUSY, a hook's refusal, -ENOMEM. */
int ouro__seat_reserve(struct ouro__instance *instance, const struct ouro_user *user,
                       struct json_t *options, struct ouro_seat **ret_seat);
/* The same for the user of a seat that is left for the new one, and so does not count. */
int ouro__seat_reserve_for(struct ouro__instance *instance, const struct ouro_seat *from,
                           struct json_t *options, struct ouro_seat **ret_seat);
/* Say goodbye, if there is a connection, and give the seat back. */
void ouro__seat_end(struct ouro_seat *seat, uint16_t code, const char *text);
/* Lose the connection, and hold the seat or give it back. */
void ouro__seat_drop(struct ouro_seat *seat);
/* Nobody knows it any more. */
void ouro__seat_free(struct ouro_seat *seat);
/* NULL: no such token. Constant time in the secret. */
struct ouro_seat *ouro__seat_by_token(struct ouro_lobby *lobby, const char *token);
void ouro__seat_place(const struct ouro_seat *seat, struct ouro_place *ret_place);

/* outbox.c */
extern const struct ouro_player_ops ouro__seat_ops;
/* Have it leave with what else is due in this turn. 0; -OURO_ECLOSED; -OURO_ELIMIT: too slow. */
int ouro__seat_post(struct ouro_seat *seat, struct ouro_frame *frame);
/* The same for an event: a seat that can't take it loses its connection. */
void ouro__seat_post_event(struct ouro_seat *seat, struct ouro_frame *frame);
void ouro__seat_flush(struct ouro_seat *seat);
void ouro__seat_forget_due(struct ouro_seat *seat);
/* The timer of an instance. */
void ouro__instance_flush(struct ouro_timer *timer);

/* frame.c: NULL: out of memory, or longer than may be. `data` stays the caller's. */
struct ouro_frame *ouro__frame_message(const char *name, const struct json_t *data);
struct ouro_frame *ouro__frame_event(uint64_t number, const char *name, const struct json_t *data);
struct ouro_frame *ouro__frame_response(uint32_t id, const struct json_t *data);
struct ouro_frame *ouro__frame_failure(uint32_t id, const char *code, const char *text);
struct ouro_frame *ouro__frame_rate(double hz);
struct ouro_frame *ouro__frame_travel(uint64_t number, const struct ouro_place *place);
/* The same as it is to be told now. */
struct ouro_frame *ouro__frame_travel_later(const struct ouro_frame *travel, int64_t expires_at);
/* 1 to OURO_NAME_MAX bytes, of a room (without a dot) or the server's (with one). */
bool ouro__name_is_plain(const char *name);
bool ouro__name_is_dotted(const char *name);

/* event.c */
int ouro__event_send(struct ouro__instance *instance, const struct ouro__audience *audience,
                     const char *name, const struct json_t *data);
int ouro__event_travel(struct ouro_seat *seat, const struct ouro_place *place);
/* Events that the seat has not been sent. */
void ouro__events_replay(struct ouro_seat *seat);
/* Has the seat got, or can it still get, everything behind that number? */
bool ouro__events_complete(const struct ouro_seat *seat, uint64_t seen);
void ouro__events_seen(struct ouro_seat *seat, uint64_t seen);
/* Of a room that ends. */
void ouro__events_done(struct ouro__instance *instance);

/* reading.c */
/* Are clients of this type read once per tick? */
bool ouro__type_reads_together(const struct ouro__type *type);
/* Read its connection together with the room's others, if they are; and no longer. */
void ouro__reading_join(struct ouro_seat *seat);
void ouro__reading_leave(struct ouro_connection *connection);
/* The tick of `arg`, an instance, is due. */
void ouro__reading_look(void *arg);

/* request.c */
/* Note a request of that client's number. NULL: too many are open. -ENOMEM as NULL. */
struct ouro__request *ouro__request_open(struct ouro_seat *seat, uint32_t id);
uint64_t ouro__request_handle(const struct ouro__request *request);
/* The connection that asked is gone. */
void ouro__requests_forget(struct ouro_seat *seat);
/* The timer of an instance. */
void ouro__requests_late(struct ouro_timer *timer);

/* view.c */
/* The schema of its states, if it has any. 0; -EINVAL, -OURO_ELIMIT: the types; -ENOMEM. */
int ouro__type_describe(struct ouro__type *type);
/* As its room has one, or not. 0, -ENOMEM. */
int ouro__view_open(struct ouro_seat *seat);
/* The body has had that input, and is done with it. */
void ouro__view_dealt_with(struct ouro_seat *seat, uint32_t sequence);

/* input.c */
void ouro__payloads_done(struct ouro_lobby *lobby);

/* join.c */
struct ouro__type *ouro__type_find(struct ouro_lobby *lobby, const char *name);
/* A filter: is it one, and does it fit? Pure. */
bool ouro__filter_valid(const struct json_t *filter);
bool ouro__filter_fits(const struct json_t *filter, const struct json_t *metadata);

/* admission.c */
int ouro__admission_init(struct ouro__admission *admission);
void ouro__admission_done(struct ouro__admission *admission);
/* 0: go on. 1: ret_place is one in the queue. -OURO_ELIMIT: that is full, too; -ENOMEM. */
int ouro__admit(struct ouro_lobby *lobby, const char *queued, struct ouro_place *ret_place);

/* account.c */
/* The account of that user, made if need be, with a reference. NULL: out of memory. */
struct ouro__account *ouro__account_get(struct ouro_lobby *lobby, const char *id);
/* The one that is there, or NULL. Borrowed. */
struct ouro__account *ouro__account_find(const struct ouro_lobby *lobby, const char *id);
/* Without references it is kept for a while if there is something to remember. */
void ouro__account_unref(struct ouro_lobby *lobby, struct ouro__account *account);
void ouro__accounts_done(struct ouro_lobby *lobby);

/* service.c */
void ouro__service_ask(struct ouro_seat *seat, const char *name, struct json_t *data,
                       uint64_t request);
void ouro__services_seat_gone(struct ouro_seat *seat);
void ouro__services_init(struct ouro_lobby *lobby);

/* chat.c */
int ouro__chat_init(struct ouro_lobby *lobby);
void ouro__chat_done(struct ouro_lobby *lobby);
void ouro__channel_done(struct ouro__channel *channel);
void ouro__chat_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                       struct json_t *data, uint64_t request, void *ud);

/* tickets.c */
void ouro__tickets_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                          struct json_t *data, uint64_t request, void *ud);
void ouro__tickets_seat_gone(struct ouro_lobby *lobby, struct ouro_seat *seat, void *ud);
/* It has no places any more. */
void ouro__tickets_room_gone(struct ouro__instance *instance);
void ouro__tickets_seat_given_back(struct ouro_seat *seat); /* in the room that it is in */
void ouro__tickets_done(struct ouro_lobby *lobby);

/* presence.c */
int ouro__presence_init(struct ouro_lobby *lobby);
void ouro__presence_done(struct ouro_lobby *lobby);
void ouro__presence_handle(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                           struct json_t *data, uint64_t request, void *ud);
/* Who is online, where, or with what status has changed. */
void ouro__presence_changed(struct ouro_lobby *lobby, struct ouro__account *account);
/* It is being freed. Not before: telling a watcher may be what ends its seat. */
void ouro__presence_seat_gone(struct ouro_seat *seat);

#endif
