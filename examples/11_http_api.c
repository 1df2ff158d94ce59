/* SPDX-License-Identifier: MIT */
/* A tiny API over HTTP: notes, kept as long as the program runs.
 *
 *     11_http_api --listen 127.0.0.1:8080
 *     curl -i http://127.0.0.1:8080/notes -H 'Content-Type: application/json' -d '{"text": "milk"}'
 *     curl -i http://127.0.0.1:8080/notes/1
 */
#include <ouro/offload.h>
#include <ouro/server.h>

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX  100
#define NOTE_BYTES 1001

static char notes[NOTES_MAX][NOTE_BYTES]; /* number n stands at n - 1; "": it is not there */

static int respond_note(struct ouro_http *http, int status, int number)
{
    json_t *json = json_pack("{s:i, s:s}", "number", number, "text", notes[number - 1]);
    int rc = json ? ouro_http_respond_json(http, status, json) : -ENOMEM;
    json_decref(json);
    return rc;
}

static int keep_note(struct ouro_http *http, const char *text)
{
    int number = 1;
    if (!text || !*text || strlen(text) >= NOTE_BYTES)
        return ouro_http_respond_error(http, 422, "wanted: {\"text\": 1 to 1000 bytes}");
    while (number <= NOTES_MAX && notes[number - 1][0])
        number++;
    if (number > NOTES_MAX)
        return ouro_http_respond_error(http, 409, "there is no room for more notes");
    snprintf(notes[number - 1], NOTE_BYTES, "%s", text);
    char place[32];
    snprintf(place, sizeof place, "/notes/%d", number);
    ouro_http_set_header(http, "Location", place);
    return respond_note(http, 201, number);
}

static int add_note(struct ouro_http *http, void *unused)
{
    (void)unused;
    json_t *json;
    int rc = ouro_http_json_body(http, &json);
    if (rc < 0)
        return rc; /* the client knows why */
    rc = keep_note(http, json_string_value(json_object_get(json, "text")));
    json_decref(json);
    return rc;
}

/* The number that the path names, of a note that is there; else 0. */
static int number_of_note(const struct ouro_http *http)
{
    const char *text = ouro_http_param(http, "number");
    int number = strspn(text, "0123456789") == strlen(text) && strlen(text) < 4 ? atoi(text) : 0;
    return number >= 1 && number <= NOTES_MAX && notes[number - 1][0] ? number : 0;
}

static int show_note(struct ouro_http *http, void *unused)
{
    (void)unused;
    int number = number_of_note(http);
    return number ? respond_note(http, 200, number)
                  : ouro_http_respond_error(http, 404, "there is no such note");
}

static int drop_note(struct ouro_http *http, void *unused)
{
    (void)unused;
    int number = number_of_note(http);
    if (!number)
        return ouro_http_respond_error(http, 404, "there is no such note");
    notes[number - 1][0] = '\0';
    return ouro_http_respond(http, 204, NULL, NULL, 0);
}

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *unused)
{
    static const struct ouro_route routes[] = {{"POST", "/notes", add_note},
                                               {"GET", "/notes/:number", show_note},
                                               {"DELETE", "/notes/:number", drop_note},
                                               {0}};
    static const struct ouro_router router = {.routes = routes};
    (void)guest;
    return ouro_http_route(http, &router, unused);
}

static int run(void *listen)
{
    struct ouro_server_options options = {
        .listen = listen, .handler = on_request, .http = {.on_access = ouro_http_access_log}};
    struct ouro_server *server;
    struct ouro_signal *stop;
    int rc = ouro_signal_open(SIGTERM, &stop);
    if (rc < 0)
        return rc;
    rc = ouro_server_start(&options, &server);
    if (rc == 0) {
        ouro_log(OURO_LOG_INFO, "listening on http://%s/notes", ouro_server_address(server));
        rc = ouro_signal_wait(stop, OURO_FOREVER);
        ouro_server_stop(server);
    }
    ouro_signal_close(stop);
    return rc;
}

int main(int argc, char **argv)
{
    char by_default[] = "127.0.0.1:8080";
    int rc = ouro_run(run, argc == 3 && strcmp(argv[1], "--listen") == 0 ? argv[2] : by_default);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
