/* SPDX-License-Identifier: MIT */
/* HTTPS and wss on one port: a page at /, an echo at wss://.../echo.
 *
 *     17_tls --listen 127.0.0.1:8443 --certificate chain.pem --key key.pem
 *     17_tls --listen 127.0.0.1:8443          with a certificate for localhost, made at the start
 *
 * Nobody knows the one that is made, so browsers warn, and curl wants -k. */
#include "demo/self_signed.h"

#include <ouro/offload.h>
#include <ouro/server.h>
#include <ouro/sync.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *unused)
{
    (void)guest, (void)unused;
    if (strcmp(ouro_http_path(http), "/echo") == 0)
        return echo(http);
    struct ouro_tls_info info = {0};
    char text[200];
    ouro_tls_info(ouro_http_stream(http), &info);
    snprintf(text, sizeof text, "Nobody between us can read this: %s, %s.\n", info.version,
             info.cipher);
    return ouro_http_respond_text(http, 200, text);
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

static int serve_at(const char *address)
{
    struct ouro_server_options options = {.listen = address, .handler = on_request, .tls = config};
    struct ouro_server *server;
    int rc = ouro_server_start(&options, &server);
    if (rc < 0)
        return rc;
    printf("open https://%s/\n", ouro_server_address(server));
    rc = with_signals();
    ouro_server_stop(server);
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
        rc = serve_at(flags.listen);
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
