/* SPDX-License-Identifier: MIT */
/* What a client says, read and checked: bytes in, a struct out. No session, no clock. */
#ifndef OURO_PLAY_SAID_H
#define OURO_PLAY_SAID_H

#include "ouro/lobby.h"

enum ouro__said_kind {
    OURO__SAID_HELLO_TOKEN,     /* token */
    OURO__SAID_HELLO_RECONNECT, /* token, seen */
    OURO__SAID_HELLO_JOIN,      /* join, auth, name */
    OURO__SAID_MESSAGE,         /* name, data */
    OURO__SAID_REQUEST,         /* id, name, data */
    OURO__SAID_PING,            /* t0, seen */
    OURO__SAID_SEEN,            /* seen */
    OURO__SAID_VIEW,            /* width, height */
    OURO__SAID_RATE,            /* hz */
    OURO__SAID_LEAVE,
};

/* What is not there is NULL; texts and JSON are borrowed from `root`. */
struct ouro__said {
    enum ouro__said_kind kind;
    struct json_t *root;
    const char *name, *token, *auth, *schema;
    struct json_t *data, *join, *t0;
    uint32_t id, width, height, hz;
    uint64_t seen;
    bool has_seen;
};

#define OURO__VIEW_MAX 65535
#define OURO__RATE_MAX 1000

/* Why it can't be: a code of docs/protocol.md and a text. */
struct ouro__fault {
    const char *code, *text;
};

/* 0, to be given back with ouro__said_done(); -OURO_EMALFORMED, with the fault; -ENOMEM. */
int ouro__said_read(const char *text, size_t len, struct ouro__said *ret_said,
                    struct ouro__fault *ret_fault);
void ouro__said_done(struct ouro__said *said);

/* A binary message: 0x01, two varints, up to OURO_INPUT_BYTES_MAX bytes. */
struct ouro__input {
    uint32_t sequence, tick;
    const uint8_t *bytes; /* in the message */
    size_t len;
};
/* 0, -OURO_EMALFORMED. */
int ouro__input_read(const uint8_t *data, size_t len, struct ouro__input *ret_input);

/* What somebody wants to join, from a JSON object and, over HTTP, the path: `type` or `room` may be
 * set before. The strings are borrowed. NULL, or what is wrong. `user` is left alone. */
const char *ouro__join_read(struct json_t *object, struct ouro_join *join);

#endif
