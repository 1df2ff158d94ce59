/* SPDX-License-Identifier: MIT */
/* Who waits for a match, between the requests (tickets.c) and the pool (ouro/match.h).
 *
 *      match.ticket -> ticket -\
 *      match.ticket -> ticket --> PARTY --all are here--> the pool --found--> a room, for all
 *
 * All that waits in the pool is a party. Whoever comes alone is one of one player, without a name;
 * a room with places is one without members. */
#ifndef OURO_LOBBY_TICKETS_H
#define OURO_LOBBY_TICKETS_H

#include "lobby/lobby.h"

#define OURO__PARTY_NAME_MAX  32
#define OURO__PARTIES_MAX     1024 /* with a name, at a time, of a lobby */
#define OURO__TICKET_ID_BYTES 24

/* The pool of a room type. */
struct ouro__matcher {
    struct ouro_link link; /* in lobby->matchers */
    struct ouro_lobby *lobby;
    struct ouro__type *type;
    struct ouro_match *match;
    struct ouro_link waiting; /* parties in the pool */
    struct ouro_link broken;  /* whose members will be told so, with the next pass */
    struct ouro_timer pass;
    int64_t pass_ns, give_up_ns;
};

enum ouro__party_state {
    OURO__GATHERING, /* some of its members have yet to come */
    OURO__WAITING,   /* in the pool */
    OURO__OVER,      /* its members are told, or about to be */
};

struct ouro__party {
    struct ouro_link link;    /* in matcher->waiting, or broken */
    struct ouro_link by_name; /* in lobby->parties */
    struct ouro__matcher *matcher;
    enum ouro__party_state state;
    struct ouro_match_id id;             /* in the pool */
    char name[OURO__PARTY_NAME_MAX + 1]; /* "": nobody else can come */
    uint32_t size;                       /* members, when all are here */
    struct ouro_link members;            /* tickets */
    struct json_t *wish;                 /* what the first has asked for */
    int64_t gather_until;                /* the pool's time for that */
    struct ouro_timer give_up;           /* while it is gathering */
    struct ouro__instance *room;         /* that has places; NULL: it is of players */
};

/* A member's. */
struct ouro__ticket {
    struct ouro_link link;    /* in party->members */
    struct ouro_link by_seat; /* in seat->tickets */
    struct ouro__party *party;
    uint32_t seat, there; /* where it is, and what is reserved for it */
    int64_t until;        /* it waits; OURO_FOREVER: as long as the pool lets it */
    int32_t skill;
    bool has_skill;
    char id[OURO__TICKET_ID_BYTES];
};

/* tickets.c */
/* Have a pass, soon. 0, -ENOMEM. */
int ouro__matcher_wake(struct ouro__matcher *matcher);
/* Let it wait in the pool, with a pass to come. As ouro_match_add(); -ENOMEM. */
int ouro__matcher_add(struct ouro__matcher *matcher, struct ouro__party *party,
                      struct ouro_match_ticket *wanted);
/* What a client has asked for, with pointers into `data`. There is room for
 * OURO_MATCH_PROPERTIES_MAX. 0, -EINVAL. */
int ouro__ticket_read(const struct json_t *data, struct ouro_match_property *properties,
                      struct ouro_match_ticket *ret_ticket);

/* party.c */
/* NULL: there is none of that name. */
struct ouro__party *ouro__party_find(struct ouro_lobby *lobby, const char *name);
/* Of a plain name, or "". 0; -OURO_ELIMIT: too many have one; -ENOMEM. */
int ouro__party_new(struct ouro__matcher *matcher, const char *name, uint32_t size,
                    struct ouro__party **ret_party);
/* Of a room or without members; nobody is told. */
void ouro__party_free(struct ouro__party *party);
/* One more. With the last one it waits in the pool. 0; -EBUSY: all are here; -EEXIST: that user
 * is; -EINVAL; as ouro__matcher_add(). */
int ouro__party_join(struct ouro__party *party, struct ouro_seat *seat, struct json_t *data,
                     struct ouro__ticket **ret_ticket);
/* It is free, and all its members know why. */
void ouro__party_end(struct ouro__party *party, const char *why);
/* One takes its ticket back, or has gone: the others will be told. Nothing is sent now, as a seat
 * may go while an event is on its way. */
void ouro__ticket_cancel(struct ouro__ticket *ticket);
/* hooks of the pool */
ouro_match_together_hook ouro__party_together;
ouro_match_found_hook ouro__party_found;
ouro_match_gave_up_hook ouro__party_gave_up;

#endif
