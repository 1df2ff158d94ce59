/* SPDX-License-Identifier: MIT */
/* The program around the game: what it can be told, who comes in, when it stops. It is the same in
 * all steps of docs/tutorial.md, and knows nothing of lanterns.
 *
 *     step7 --listen 127.0.0.1:8080
 *     step7 --listen '*:443' --tls-cert chain.pem --tls-key key.pem */
#include "tutorial/game.h"

#include <ouro/offload.h>
#include <ouro/sync.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

/* --- what it can be told ---------------------------------------------------------------------- */

struct told {
    const char *listen, *certificate, *key;
};

static const struct ouro_setting rows[] = {
    {"listen", "LIST", &ouro_setting_addresses, "127.0.0.1:8080",
     OURO_SETTING_MEMBER(struct told, listen), .help = "where players connect; *:8080 is for all"},
    {"tls-cert", "FILE", &ouro_setting_text, .unset = "none: no TLS",
     OURO_SETTING_MEMBER(struct told, certificate), .help = "the certificate and its chain, PEM"},
    {"tls-key", "FILE", &ouro_setting_text, .unset = "none", OURO_SETTING_MEMBER(struct told, key),
     .help = "the key of that, PEM"},
    {0},
};
static const struct ouro_setting_table tables[] = {{"Settings", rows, 0}, {0}};
static const struct ouro_settings settings = {
    .program = "lantern",
    .version = "1",
    .summary = "Keep the light: a game for all who open its page.",
    .environment = "LANTERN_",
    .tables = tables,
};

/* --- from the bottom up ----------------------------------------------------------------------- */

struct parts {
    const struct told *told;
    struct ouro_signal *interrupt, *terminate;
    struct ouro_tls_config *tls;
    struct ouro_files *page;
    struct ouro_auth *auth;
    struct ouro_lobby *lobby;
    struct ouro_play *play;
    struct ouro_server *server;
};

static int open_signals(struct parts *parts)
{
    int rc = ouro_signal_open(SIGINT, &parts->interrupt);
    return rc < 0 ? rc : ouro_signal_open(SIGTERM, &parts->terminate);
}

static int open_tls(struct parts *parts)
{
    const struct ouro_tls_certificate files = {parts->told->certificate, parts->told->key};
    const struct ouro_tls_options options = {.certificates = &files, .certificate_count = 1};
    char fault[OURO_TLS_FAULT_BYTES];
    if (!files.chain_file && !files.key_file)
        return 0;
    int rc = ouro_tls_server_new(&options, fault, &parts->tls);
    if (rc < 0)
        fprintf(stderr, "%s\n", fault);
    return rc;
}

/* The rooms, who may enter them, and how browsers get there. */
static int start_play(struct parts *parts)
{
    int rc = ouro_lobby_start(&(struct ouro_lobby_options){0}, &parts->lobby);
    if (rc == 0)
        rc = ouro_lobby_add_type(parts->lobby, &game_type);
    if (rc == 0)
        rc = ouro_auth_new(&(struct ouro_auth_options){0}, &parts->auth);
    if (rc < 0)
        return rc;
    struct ouro_play_options options = {.lobby = parts->lobby, .auth = parts->auth};
    return ouro_play_start(&options, &parts->play);
}

/* One port for all: what begins with /ouro/ is the lobby's, the rest is the page. */
static int on_http(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct parts *parts = ud;
    int rc = ouro_play_handle(parts->play, http, guest);
    return rc == -ENOENT ? ouro_http_respond_file(http, parts->page) : rc;
}

static int start_server(struct parts *parts)
{
    struct ouro_server_options options = {
        .listen = parts->told->listen, .handler = on_http, .ud = parts, .tls = parts->tls};
    return ouro_server_start(&options, &parts->server);
}

static int wait_for_stop(const struct parts *parts)
{
    struct ouro_case cases[] = {ouro_on_signal(parts->interrupt), ouro_on_signal(parts->terminate)};
    printf("open http%s://%s/\n", parts->tls ? "s" : "", ouro_server_address(parts->server));
    return ouro_select(cases, 2, OURO_FOREVER);
}

/* In the order in which the headers want it; what was never there is fine. */
static void stop(struct parts *parts)
{
    ouro_server_stop(parts->server);
    ouro_play_stop(parts->play, ouro_after(OURO_SEC(1)));
    ouro_lobby_stop(parts->lobby);
    ouro_auth_free(parts->auth);
    ouro_files_free(parts->page);
    ouro_tls_config_unref(parts->tls);
    ouro_signal_close(parts->terminate);
    ouro_signal_close(parts->interrupt);
}

static int run(void *told)
{
    struct parts parts = {.told = told};
    int rc = open_signals(&parts);
    if (rc == 0)
        rc = open_tls(&parts);
    if (rc == 0)
        rc = ouro_files_of_assets(game_page, NULL, &parts.page);
    if (rc == 0)
        rc = start_play(&parts);
    if (rc == 0)
        rc = start_server(&parts);
    if (rc == 0)
        rc = wait_for_stop(&parts);
    stop(&parts);
    return rc;
}

int main(int argc, char **argv)
{
    struct told told = {0};
    char fault[OURO_SETTINGS_FAULT_BYTES];
    (void)argc;
    int rc = ouro_settings_load(&settings, argv, environ, &told, fault);
    if (rc != 0)
        return ouro_settings_tell(&settings, rc, fault);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* each line at once, into a pipe, too */
    rc = ouro_run(run, &told);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], ouro_error_text(rc));
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
