/* SPDX-License-Identifier: MIT */
/* net, TLS: configs, handshakes, resumption, reload. Of OpenSSL what it makes for us fails as a
 * whole; what it does with memory inside is its own affair. */
#include "torture.h"

#include <ouro/server.h>

#include <stdio.h>

/* Its own authority, for a.test, valid until 2126; of use for nothing else. */
static const char certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBjzCCATSgAwIBAgIUVoFURsyZQ56x0BUBZSWF4P/KbT0wCgYIKoZIzj0EAwIw\n"
    "EjEQMA4GA1UEAwwHdG9ydHVyZTAgFw0yNjExMjAxMzI1MjZaGA8yMTI2MTAyNzEz\n"
    "MjUyNlowEjEQMA4GA1UEAwwHdG9ydHVyZTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABL/9TE/Ay7lUtHtZp0kJnDUzqiXPRxTM/7rS5ZWoTtizBrpAN4hRKOWrBPKC\n"
    "czflJZ6pQhsSsFZ2MUKFc+tQDwGjZjBkMB0GA1UdDgQWBBRmAaXYkDoBgCKpvaq2\n"
    "w7kidyvj7jAfBgNVHSMEGDAWgBRmAaXYkDoBgCKpvaq2w7kidyvj7jAPBgNVHRMB\n"
    "Af8EBTADAQH/MBEGA1UdEQQKMAiCBmEudGVzdDAKBggqhkjOPQQDAgNJADBGAiEA\n"
    "5/o9v7Z3ls7YyOTR91eBWw/EB0IEc4nFesiYMY4kD/sCIQDkhNqkUqGmyfsyDsFa\n"
    "MtKDddXQ3sj3Fxz/t3QWWYtVZQ==\n"
    "-----END CERTIFICATE-----\n";
static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgePXpLp/xIhoq7fTo\n"
                              "9ke/R94/m7uXDQ7nrRHkwfyPzOuhRANCAAS//UxPwMu5VLR7WadJCZw1M6olz0cU\n"
                              "zP+60uWVqE7Yswa6QDeIUSjlqwTygnM35SWeqUIbErBWdjFChXPrUA8B\n"
                              "-----END PRIVATE KEY-----\n";

#define BROKEN                                                                    \
    -ENOMEM, -ETIMEDOUT, -ECANCELED, -ECONNABORTED, -ECONNRESET, -EPIPE, -EPROTO, \
        -OURO_EMALFORMED, -EKEYREJECTED, AS_THE_SYSTEM_SAYS

/* Both sides of one connection, and what they are made with. */
struct hands {
    struct ouro_tls_config *server, *client;
    struct ouro_stream *plain[2];
};

static void write_file(const char *name, const char *text)
{
    fail_pause();
    FILE *file = fopen(scratch_path(name), "w");
    expect(file && fputs(text, file) >= 0 && fclose(file) == 0);
    fail_resume();
}

static int serve(void *arg)
{
    struct hands *hands = arg;
    struct ouro_stream *stream = NULL;
    struct ouro_tls_info info;
    char buf[16];
    if (!went(ouro_tls_accept(hands->plain[1], hands->server, SOON, &stream), BROKEN)) {
        expect(!stream);
        return 0;
    }
    expect(ouro_tls_info(stream, &info) == 0 && info.alpn &&
           strcmp(info.server_name, "a.test") == 0);
    int got = ouro_read(stream, buf, sizeof buf, SOON);
    if (went(got, BROKEN) && got > 0)
        went(ouro_write(stream, buf, (size_t)got, SOON), BROKEN);
    went(ouro_stream_shutdown(stream), BROKEN);
    ouro_stream_close(stream);
    return 0;
}

static void say_hello(struct ouro_stream *stream)
{
    char buf[16];
    int got = -1;
    if (went(ouro_write(stream, "hello", 5, SOON), BROKEN))
        went(got = ouro_read(stream, buf, sizeof buf, SOON), BROKEN);
    expect(got == 5 || fail_hit());
    ouro_stream_shutdown(stream);
    ouro_stream_close(stream);
}

/* The plain stream is taken over, whatever comes of it. */
static void connect_once(struct hands *hands)
{
    struct ouro_stream *stream = NULL;
    if (!went(ouro_stream_pair(hands->plain), -ENOMEM))
        return;
    struct ouro_task *server = started(serve, hands);
    if (!server)
        ouro_stream_close(hands->plain[1]);
    if (went(ouro_tls_connect(hands->plain[0], hands->client, "a.test", SOON, &stream), BROKEN))
        say_hello(stream);
    else
        expect(!stream);
    status_of(server);
}

static bool make_configs(struct hands *hands, char *fault)
{
    char key[128];
    static const char *const alpn[] = {"ouro.v1", NULL};
    snprintf(key, sizeof key, "%s", scratch_path("key.pem"));
    struct ouro_tls_certificate certificate = {scratch_path("certificate.pem"), key};
    struct ouro_tls_options server = {
        .certificates = &certificate, .certificate_count = 1, .alpn = alpn};
    struct ouro_tls_options client = {.ca_file = certificate.chain_file, .alpn = alpn};
    return went(ouro_tls_server_new(&server, fault, &hands->server), -ENOMEM, -OURO_ECONFIG) &&
           went(ouro_tls_client_new(&client, fault, &hands->client), -ENOMEM, -OURO_ECONFIG);
}

/* The second connection resumes the first one's session, after the reload there is none. */
static int shake_hands(void *arg)
{
    (void)arg;
    char fault[OURO_TLS_FAULT_BYTES] = "";
    struct hands hands = {0};
    write_file("certificate.pem", certificate_pem);
    write_file("key.pem", key_pem);
    if (make_configs(&hands, fault)) {
        connect_once(&hands);
        connect_once(&hands);
        went(ouro_tls_reload(hands.server, fault), -ENOMEM, -OURO_ECONFIG);
        ouro_tls_config_unref(ouro_tls_config_ref(hands.server));
        connect_once(&hands);
        struct ouro_tls_stats stats = ouro_tls_stats(hands.server);
        expect((stats.completed == 3 && stats.resumed >= 1) || fail_hit());
        expect(stats.in_progress == 0 && stats.waiting == 0);
        struct ouro_buf metrics = {0};
        ouro_metrics_put_tls(&metrics, hands.server);
        expect(ouro_buf_failed(&metrics) ? fail_hit() : metrics.len > 100);
        ouro_buf_done(&metrics);
    } else {
        expect(fault[0]);
    }
    ouro_tls_config_unref(hands.client);
    ouro_tls_config_unref(hands.server);
    return 0;
}

SCENARIO(tls, handshake)
{
    in_loop(shake_hands);
}
