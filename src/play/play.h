/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#ifndef OURO_PLAY_PLAY_H
#define OURO_PLAY_PLAY_H

#include "ouro/play.h"
#include "play/said.h"

struct ouro_play {
    struct ouro_play_options options;
    struct ouro_ws_options ws_options;
    struct ouro_router router;
    struct ouro_link sessions;
    struct ouro_play_stats stats;
    struct ouro_task *sweeper;
    bool closing;
};

/* One connection, from its WebSocket to its seat. It has no task: what comes is fed to it. */
struct ouro__session {
    struct ouro_connection connection;
    struct ouro_ws *ws; /* NULL: ended */
    struct ouro_play *play;
    struct ouro_guest *guest;
    struct ouro_link link;
    struct ouro_task *joining; /* a hello that joins: may wait */
    struct ouro__said hello;   /* of that task */
    int64_t opened_at;
    struct ouro_allowance allowance; /* for messages */
    uint32_t bad_messages;
    bool greeted; /* there was a hello */
    bool pinged;
    bool closed; /* has been told so; it may take its time */
};

/* readers.c */
void ouro__session_read_with(struct ouro_connection *connection, struct ouro_readers **readers,
                             int64_t wait_ns_max);

/* session.c: take a WebSocket in. 0; else the caller still has both. */
int ouro__session_add(struct ouro_play *play, struct ouro_ws *ws, struct ouro_guest *guest);
void ouro__session_look_after(struct ouro__session *session, int64_t now);
/* A bye, then the close. */
void ouro__session_close(struct ouro__session *session, uint16_t code, const char *text);
void ouro__session_send(struct ouro__session *session, struct ouro_buf *text);
/* An error message; after too many the connection is closed. */
void ouro__session_bad(struct ouro__session *session, const char *code, const char *text);

/* The end of the task of a hello that joins. */
void ouro__session_joined(void *session);

/* hello.c: the first message. Takes over what is said. */
void ouro__hello(struct ouro__session *session, struct ouro__said *said);

/* A request over HTTP. */
struct ouro__call {
    struct ouro_play *play;
    struct ouro_guest *guest;
};
/* Has its address asked for too much in this second? */
bool ouro__asks_too_fast(const struct ouro_play *play, struct ouro_guest *guest);

/* http.c */
extern const struct ouro_route ouro__play_routes[];
/* Who brings this token; without one, a guest of that name. As ouro_auth_verify(), _guest(). */
int ouro__who(struct ouro_play *play, const char *token, const char *name,
              struct ouro_user *ret_user);
/* A code of docs/protocol.md for a join that failed. */
struct ouro__failure {
    int rc, status;
    const char *code, *text;
};
const struct ouro__failure *ouro__join_failure(int rc);

#endif
