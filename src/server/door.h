/* SPDX-License-Identifier: MIT */
/* What the files of the front door share.
 *
 *      doors.c    which sockets, and the task of each that accepts
 *        |            full, or too fast? farewell.c, leavers.c: away with a word
 *      guest.c    who it is, and what its address may have
 *        |
 *      hello.c    the task of a connection: the word of a proxy, the handshake of TLS
 *        |
 *      request.c  each request: are we open, is it for us, on whose behalf? then the handler
 *
 *      server.c   the whole: options, start, drain, stop
 */
#ifndef OURO_SERVER_DOOR_H
#define OURO_SERVER_DOOR_H

#include "ouro/server.h"
#include "ouro/sync.h"
#include "server/addresses.h"
#include "server/leavers.h"

/* What a client that is turned away may do: try again after so many seconds. */
#define OURO__RETRY_AFTER "Retry-After: 5\r\n"

/* One socket that it listens at. */
struct ouro__door {
    struct ouro_server *server;
    struct ouro_listener *listener;
    struct ouro_task *task;
    bool tls;
};

struct ouro__address;

struct ouro_server {
    struct ouro_server_options options; /* complete */
    struct ouro__door doors[OURO_SERVER_LISTENERS_MAX];
    size_t door_count;
    struct ouro__network trusted[OURO_SETTING_ITEMS_MAX];
    size_t trusted_count;
    bool trusts_unix;

    struct ouro_task *task; /* holds the group open */
    struct ouro_group group;
    struct ouro_event opened; /* the group is */
    struct ouro_event idle;   /* nothing is being answered */
    size_t answering;
    struct ouro__addresses addresses;
    struct ouro__leavers leavers;
    struct ouro_server_stats stats;
    int64_t reported_at; /* that accepting failed */
    bool draining, stopped;
};

/* Small: a WebSocket keeps one as long as it lives. */
struct ouro_guest {
    struct ouro_server *server;
    struct ouro__address_entry *address; /* NULL: not counted */
    struct ouro__ip ip;
    uint32_t refs;
    uint16_t port; /* 0: not known */
    bool has_ip;
    bool is_proxy; /* who is at the other end is believed on whom it speaks for */
};

/* --- doors.c ---------------------------------------------------------------------------------- */

/* Listen wherever the options say. 0, or as ouro_server_start(); ouro__doors_close() in any case.
 */
int ouro__doors_open(struct ouro_server *server);
/* A task for each that accepts. 0, -ENOMEM. */
int ouro__doors_start(struct ouro_server *server);
void ouro__doors_close(struct ouro_server *server);

/* --- guest.c ---------------------------------------------------------------------------------- */

/* Who comes from there; counted if it is not a proxy's. 0; counted as refused: -OURO_ELIMIT, or
 * -EAGAIN, too soon; -ENOMEM. */
int ouro__guest_new(struct ouro_server *server, const struct ouro__address *peer,
                    struct ouro_guest **ret_guest);
/* It turns out to be that address's: count it there, and nowhere else. 0; -OURO_ELIMIT, -ENOMEM:
 * it is counted nowhere. Port 0: not known. */
int ouro__guest_move(struct ouro_guest *guest, const struct ouro__ip *ip, uint16_t port);
/* A proxy's connection is the proxy's own again, and not counted. */
void ouro__guest_move_back(struct ouro_guest *guest, struct ouro_stream *stream);
/* Its address arrives once more: a connection, an upgrade. 0, -EAGAIN. */
int ouro__guest_arrive(struct ouro_guest *guest);
/* With its port, where that is known. -ENOTCONN: it has none. */
int ouro__guest_print(const struct ouro_guest *guest, char ret_address[OURO_ADDRESS_BYTES]);
/* No guest and nobody who holds the server any more? Then it goes. */
void ouro__server_free_if_over(struct ouro_server *server);

/* --- hello.c ---------------------------------------------------------------------------------- */

/* Serve a connection in a task of its own. Takes the stream and the guest over, also on failure:
 * -ENOMEM, -ECANCELED. */
int ouro__welcome(struct ouro__door *door, struct ouro_stream *stream, struct ouro_guest *guest);

/* --- farewell.c ------------------------------------------------------------------------------- */

struct ouro__farewell {
    const char *status, *fields, *text;
};

extern const struct ouro__farewell ouro__farewell_full, ouro__farewell_too_fast,
    ouro__farewell_plain; /* HTTP, where TLS is spoken */

/* Say so, without having been asked, and let it leave. Takes the stream. */
void ouro__turn_away(struct ouro_server *server, struct ouro_stream *stream,
                     const struct ouro__farewell *farewell);

/* --- request.c -------------------------------------------------------------------------------- */

/* Serve HTTP until the connection ends or becomes something else. Owns the stream. */
void ouro__serve_requests(struct ouro_guest *guest, struct ouro_stream *stream);

#endif
