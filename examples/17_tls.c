/* SPDX-License-Identifier: MIT */
/* HTTPS and wss from their parts: accept, shake hands, serve. A page at /, an echo at
 * wss://.../echo.
 *
 *     17_tls --listen 127.0.0.1:8443 --certificate chain.pem --key key.pem
 *     17_tls --listen 127.0.0.1:8443          with a certificate for localhost, made at the start
 *
 * Nobody knows the one that is made, so browsers warn, and curl wants -k. */
#include "demo/self_signed.h"

#include <ouro/offload.h>
#include <ouro/sync.h>
#include <ouro/web.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDSHAKE_NS_MAX OURO_SEC(10)

static struct ouro_tls_config *config;

/* --- what is served -------------------------------------------------------------------------- */

static int echo(struct ouro_http *http)
{
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    int rc = ouro_ws_accept(http, NULL, &ws);
    if (rc < 0)
        return rc;
    while (ouro_ws_recv(ws, OURO_FOREVER, &message) == 0)
        ouro_ws_send_text(ws, message.data, message.len);
    ouro_ws_free(ws);
    return 0;
}

static int on_request(struct ouro_http *http, void *unused)
{
    (void)unused;
    if (strcmp(ouro_http_path(http), "/echo") == 0)
        return echo(http);
    struct ouro_tls_info info = {0};
    char text[200];
    ouro_tls_info(ouro_http_stream(http), &info);
    snprintf(text, sizeof text, "Nobody between us can read this: %s, %s.\n", info.version,
             info.cipher);
    return ouro_http_respond_text(http, 200, text);
}

/* --- connections ------------------------------------------------------------------------------ */

struct caller {
    struct ouro_stream *plain; /* until its task takes it */
};

/* Who can't shake hands is gone, and that is all. */
static int serve(void *arg)
{
    struct caller *caller = arg;
    struct ouro_stream *stream, *plain = caller->plain;
    caller->plain = NULL;
    if (ouro_tls_accept(plain, config, ouro_after(HANDSHAKE_NS_MAX), &stream) == 0)
        ouro_http_serve(stream, on_request, NULL, NULL);
    return 0;
}

static void caller_done(void *arg)
{
    struct caller *caller = arg;
    ouro_stream_close(caller->plain); /* the task was cancelled before its first step */
    free(caller);
}

static void welcome(struct ouro_group *group, struct ouro_stream *plain)
{
    static const struct ouro_spawn_options options = {.name = "caller", .arg_done = caller_done};
    struct caller *caller = malloc(sizeof *caller);
    if (caller) {
        caller->plain = plain;
        if (ouro_group_spawn(group, serve, caller, &options, NULL) < 0)
            caller_done(caller);
    } else {
        ouro_stream_close(plain);
    }
}

static int accept_all(void *listener)
{
    struct ouro_group group;
    struct ouro_stream *plain;
    ouro_group_open(&group, OURO_FOREVER);
    for (;;) {
        int rc = ouro_accept(listener, OURO_FOREVER, &plain);
        if (rc == 0)
            welcome(&group, plain);
        else if (rc == -ECANCELED || ouro_sleep(OURO_MS(100)) < 0) /* out of descriptors: later */
            break;
    }
    ouro_group_cancel(&group);
    return ouro_group_close(&group);
}

/* --- start and stop --------------------------------------------------------------------------- */

/* At SIGHUP the files are read again: so a certificate is replaced before it expires, and
 * connections stay as they are. */
static int until_stopped(struct ouro_signal *stop, struct ouro_signal *hangup)
{
    char fault[OURO_TLS_FAULT_BYTES];
    struct ouro_case cases[] = {ouro_on_signal(stop), ouro_on_signal(hangup)};
    int which;
    while ((which = ouro_select(cases, 2, OURO_FOREVER)) == 1) {
        if (ouro_tls_reload(config, fault) < 0)
            fprintf(stderr, "the old certificate stays: %s\n", fault);
        else
            printf("certificate read again\n");
    }
    return which < 0 ? which : 0;
}

static int with_signals(void)
{
    struct ouro_signal *stop, *hangup;
    int rc = ouro_signal_open(SIGTERM, &stop);
    if (rc < 0)
        return rc;
    rc = ouro_signal_open(SIGHUP, &hangup);
    if (rc == 0) {
        rc = until_stopped(stop, hangup);
        ouro_signal_close(hangup);
    }
    ouro_signal_close(stop);
    return rc;
}

static int listen_at(const char *address)
{
    struct ouro_listener *listener;
    struct ouro_task *task;
    int rc = ouro_listen(address, NULL, &listener);
    if (rc < 0)
        return rc;
    rc = ouro_spawn(accept_all, listener, NULL, &task);
    if (rc == 0) {
        printf("open https://%s/\n", ouro_listener_address(listener));
        rc = with_signals();
        ouro_cancel(task);
        ouro_await(task, OURO_FOREVER, NULL);
        ouro_task_unref(task);
    }
    ouro_listener_close(listener);
    return rc;
}

static struct flags {
    const char *listen, *certificate, *key;
} flags = {.listen = "127.0.0.1:8443"};

static int run(void *unused)
{
    (void)unused;
    struct ouro_tls_certificate files = {flags.certificate, flags.key};
    struct ouro_tls_options options = {.certificates = &files, .certificate_count = 1};
    char fault[OURO_TLS_FAULT_BYTES];
    int rc = ouro_tls_server_new(&options, fault, &config);
    if (rc < 0)
        fprintf(stderr, "%s\n", fault);
    else
        rc = listen_at(flags.listen);
    config = ouro_tls_config_unref(config);
    return rc;
}

static int run_self_signed(void *unused)
{
    struct self_signed made;
    int rc = self_signed_make(&made);
    if (rc < 0)
        return rc;
    flags.certificate = made.chain_file;
    flags.key = made.key_file;
    printf("certificate for localhost: %s\n", made.chain_file);
    rc = run(unused);
    self_signed_remove(&made);
    return rc;
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--listen") == 0)
            flags.listen = argv[i + 1];
        else if (strcmp(argv[i], "--certificate") == 0)
            flags.certificate = argv[i + 1];
        else if (strcmp(argv[i], "--key") == 0)
            flags.key = argv[i + 1];
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    bool given = flags.certificate && flags.key;
    return ouro_run(given ? run : run_self_signed, NULL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
