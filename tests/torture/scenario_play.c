/* SPDX-License-Identifier: MIT */
/* play: who somebody is, and a client that comes over HTTP and a WebSocket. */
#include "torture.h"

#include <ouro/play.h>

#include <jansson.h>

/* --- who -------------------------------------------------------------------------------------- */

static int use_auth(void *arg)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEiFfLqOPG+Jv8Hu8j/bvcpXMXqsxD\n"
                              "7DXuxs28h5+i/0zD2rGrwq5sFbhh881scfR6JOVC2Q2J3jVknblXXFUHag==\n"
                              "-----END PUBLIC KEY-----\n";
    /* Signed by nobody; looked at all the same. */
    static const char forged[] =
        "eyJhbGciOiJFUzI1NiJ9.e30."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct ouro_auth_key keys[] = {
        {.alg = OURO_AUTH_HS256, .key = secret, .len = sizeof secret - 1},
        {.alg = OURO_AUTH_ES256, .key = pem, .len = sizeof pem - 1},
        {0}};
    struct ouro_auth *auth;
    struct ouro_user guest = {0}, back = {0};
    char token[OURO_AUTH_GUEST_BYTES];
    (void)arg;
    if (!went(ouro_auth_new(&(struct ouro_auth_options){.keys = keys}, &auth), -ENOMEM,
              -OURO_ECONFIG))
        return 0;
    expect(ouro_auth_verify(auth, forged, &back) < 0);
    expect(ouro_auth_guest_ns(auth) > 0);
    expect(ouro_auth_guest(auth, "Ada", &guest) == 0);
    if (went(ouro_auth_guest_token(auth, &guest, token), -ENOMEM) &&
        went(ouro_auth_verify(auth, token, &back), -ENOMEM, -EACCES))
        json_decref(back.claims);
    expect(ouro_auth_free(auth) == NULL);
    return 0;
}

SCENARIO(play, auth)
{
    in_sim(use_auth);
}

/* --- the way in ------------------------------------------------------------------------------- */

static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *play)
{
    return ouro_play_handle(play, http, guest);
}

/* Until something comes, or not. */
static void hear(struct ouro_stream *stream)
{
    char data[2048];
    (void)ouro_read(stream, data, sizeof data, ouro_after(OURO_MS(50)));
}

static void say_over_http(struct ouro_stream *stream)
{
    static const char guest[] = "POST /ouro/guest HTTP/1.1\r\nHost: a\r\nContent-Type: "
                                "application/json\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ada\"}",
                      list[] = "GET /ouro/rooms/lobby?limit=5&x=1..2 HTTP/1.1\r\nHost: a\r\n\r\n",
                      join[] = "POST /ouro/rooms/lobby/join HTTP/1.1\r\nHost: a\r\n"
                               "Content-Length: 0\r\n\r\n";
    (void)ouro_write(stream, guest, sizeof guest - 1, BRIEFLY);
    hear(stream);
    (void)ouro_write(stream, list, sizeof list - 1, BRIEFLY);
    hear(stream);
    (void)ouro_write(stream, join, sizeof join - 1, BRIEFLY);
    hear(stream);
}

static void say(struct ouro_stream *stream, const char *text)
{
    unsigned char frame[6 + 125] = {0x81, (unsigned char)(0x80 | strlen(text))};
    memcpy(frame + 6, text, strlen(text)); /* masked with zeros */
    (void)ouro_write(stream, frame, 6 + strlen(text), BRIEFLY);
    hear(stream);
}

static void say_over_websocket(struct ouro_stream *stream)
{
    static const char upgrade[] =
        "GET /ouro/connect HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    (void)ouro_write(stream, upgrade, sizeof upgrade - 1, BRIEFLY);
    hear(stream);
    say(stream, "{\"type\":\"hello\",\"join\":{\"room_type\":\"lobby\"}}");
    say(stream, "{\"type\":\"ping\",\"t0\":1,\"seen\":0}");
    say(stream, "{\"type\":\"message\",\"name\":\"x\"}");
    say(stream, "{");
}

static void come_in(const char *address)
{
    struct ouro_stream *stream;
    if (ouro_connect(address, SOON, &stream) == 0) {
        say_over_http(stream);
        ouro_stream_close(stream);
    }
    if (ouro_connect(address, SOON, &stream) == 0) {
        say_over_websocket(stream);
        ouro_stream_close(stream);
    }
}

static void put_metrics(const struct ouro_lobby *lobby, const struct ouro_play *play)
{
    struct ouro_buf out = {0};
    ouro_metrics_put_lobby(&out, lobby);
    ouro_metrics_put_play(&out, play);
    ouro_metrics_put_state(&out, &(struct ouro_state_stats){0});
    expect(ouro_buf_failed(&out) ? fail_hit() : out.len > 1000);
    ouro_buf_done(&out);
}

static void serve(struct ouro_lobby *lobby, struct ouro_auth *auth)
{
    struct ouro_play *play;
    struct ouro_server *server;
    if (!went(ouro_play_start(&(struct ouro_play_options){.lobby = lobby, .auth = auth}, &play),
              -ENOMEM))
        return;
    struct ouro_server_options options = {.listen = "10.0.0.1:80", .handler = on_http, .ud = play};
    if (went(ouro_server_start(&options, &server), -ENOMEM)) {
        come_in("10.0.0.1:80");
        ouro_server_stop(server);
    }
    (void)ouro_play_stats(play);
    put_metrics(lobby, play);
    expect(ouro_play_stop(play, ouro_after(OURO_SEC(1))) == NULL);
}

static int use_play(void *arg)
{
    struct ouro_lobby *lobby;
    struct ouro_auth *auth;
    (void)arg;
    if (!went(ouro_auth_new(&(struct ouro_auth_options){0}, &auth), -ENOMEM))
        return 0;
    if (went(ouro_lobby_start(&(struct ouro_lobby_options){0}, &lobby), -ENOMEM)) {
        serve(lobby, auth);
        ouro_lobby_stop(lobby);
    }
    ouro_auth_free(auth);
    return 0;
}

SCENARIO(play, session)
{
    in_sim(use_play);
}
