/* SPDX-License-Identifier: MIT */
/* The cases of the Autobahn test suite, as far as they are about what is said and what must be
 * answered. A peer made by hand talks to our echo: to a server by a task and by a consumer, and to
 * a client, for the rules are the same in both directions, but for the masks. */
#ifndef OURO_TESTS_WEB_CASES_H
#define OURO_TESTS_WEB_CASES_H

#include "frames.h"

enum who { SERVER_TASK, SERVER_CONSUMER, CLIENT_TASK, WHOS };

struct peer {
    enum who who;
    const struct ouro_ws_options *options;
    struct talk talk;
    uint16_t code; /* that our side ended with */
};

/* --- our side: an echo ------------------------------------------------------------------------ */

static inline void send_back(struct ouro_ws *ws, const struct ouro_ws_message *message)
{
    struct ouro_frame *frame = ouro_frame_new(message->kind, message->data, message->len);
    int rc = ouro_ws_send(ws, &frame, 1);
    ck_assert(rc == 0 || rc == -OURO_ECLOSED);
    ouro_frame_unref(frame);
}

static inline void echo_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ud;
    send_back(ws, message);
}

static inline void echo_closed(struct ouro_ws *ws, void *ud)
{
    struct peer *peer = ud;
    peer->code = ouro_ws_close_code(ws);
    ouro_ws_free(ws);
}

static inline int echo_all(struct peer *peer, struct ouro_ws *ws)
{
    static const struct ouro_ws_consumer consumer = {echo_message, echo_closed};
    struct ouro_ws_message message;
    if (peer->who == SERVER_CONSUMER) {
        ouro_ws_consume(ws, &consumer, peer);
        return 0;
    }
    while (ouro_ws_recv(ws, OURO_FOREVER, &message) == 0)
        send_back(ws, &message);
    echo_closed(ws, peer);
    return 0;
}

static inline int serve_case(struct ouro_http *http, void *ud)
{
    struct peer *peer = ud;
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, peer->options, &ws);
    return rc < 0 ? rc : echo_all(peer, ws);
}

static inline int client_case(void *arg)
{
    struct peer *peer = arg;
    struct ouro_ws *ws;
    struct ouro_ws_call call = {.via = {.stream = peer->talk.stream}};
    ck_assert_int_eq(ouro_ws_connect("ws://h/ws", peer->options, &call, SOON, &ws), 0);
    return echo_all(peer, ws);
}

/* --- the peer --------------------------------------------------------------------------------- */

/* A client of ours has asked: accept it, with these fields besides. */
static inline void accept_client(struct talk *talk, const char *fields)
{
    char head[2048] = "", accept[OURO__WS_ACCEPT_BYTES + 1];
    int got = ouro_read(talk->client, head, sizeof head - 1, SOON);
    char *key = strstr(head, "Sec-WebSocket-Key: ");
    ck_assert(got > 0 && key);
    ouro__ws_accept_key(key + 19, accept);
    say(talk, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    say(talk, fields);
    say(talk, "Sec-WebSocket-Accept: ");
    say(talk, accept);
    say(talk, "\r\n\r\n");
}

/* `offer`: field lines for our server; `answer`: for our client. */
static inline void peer_open(struct peer *peer, const char *offer, const char *answer)
{
    struct ouro_stream *ends[2];
    if (peer->who != CLIENT_TASK) {
        talk_open(&peer->talk, serve_case, peer, NULL);
        say_bytes(&peer->talk, HANDSHAKE, strlen(HANDSHAKE) - 2);
        say(&peer->talk, offer);
        say(&peer->talk, "\r\n");
        return;
    }
    ck_assert_int_eq(ouro_stream_pair(ends), 0);
    peer->talk = (struct talk){.client = ends[0], .stream = ends[1]};
    peer->talk.server = started(client_case, peer);
    accept_client(&peer->talk, answer);
}

/* Masked for a server, plain for a client. */
static inline void put_for(const struct peer *peer, struct ouro_buf *out, int first,
                           const void *payload, size_t len)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    if (peer->who != CLIENT_TASK) {
        put_frame(out, first, payload, len);
        return;
    }
    size_t prefix_bytes = ouro_frame_prefix(prefix, first & 15, len);
    prefix[0] = (uint8_t)first;
    ouro_buf_append(out, prefix, prefix_bytes);
    ouro_buf_append(out, payload, len);
}

/* Everything up to the end of our side, understood by `how`; the caller frees it. */
static inline struct ouro_buf peer_hear(struct peer *peer, bool compression)
{
    struct ouro_buf heard = {0}, said = {0};
    struct drive_ws how = {
        peer->who == CLIENT_TASK ? OURO__WS_SERVER : OURO__WS_CLIENT, compression, {1 << 24, 1000}};
    ck_assert_int_eq(hear(&peer->talk, OURO_SEC(1000), &heard), 0);
    size_t head = 0;
    if (peer->who != CLIENT_TASK)
        head = (size_t)((char *)memmem(heard.data, heard.len, "\r\n\r\n", 4) + 4 - heard.data);
    drive_ws(&how, (uint8_t *)heard.data + head, heard.len - head, split_number(0), &said);
    ouro_buf_done(&heard);
    return said;
}

static inline void peer_close(struct peer *peer)
{
    ck_assert_int_eq(talk_close(&peer->talk), 0);
    settle();
}

#endif
