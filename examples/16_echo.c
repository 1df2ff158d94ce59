/* SPDX-License-Identifier: MIT */
/* The two ways to use a WebSocket, side by side: what is said at /echo comes back, messages of up
 * to 16 MiB in any number of fragments.
 *
 *     16_echo --listen 127.0.0.1:8080            a callback gets each message
 *     16_echo --listen 127.0.0.1:8080 --tasks    a task waits for each message
 *
 * The callback must not wait, and who is silent costs some 400 bytes. The task may wait for
 * anything and keeps what it knows in local variables; silent, it costs its stack, 5 KB in all. */
#include <ouro/offload.h>
#include <ouro/server.h>
#include <ouro/sync.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_MAX (16 * 1024 * 1024)
#define CONNECTIONS_MAX   65536

static const struct ouro_ws_options echo_options = {
    .message_bytes_max = MESSAGE_BYTES_MAX,
    .fragments_max = UINT32_MAX,
    .queue_bytes_max = 4 * MESSAGE_BYTES_MAX, /* for clients that send on before they read */
    .close_ns_max = OURO_MS(500),
    .deflate = {.on = true}, /* with clients that speak it */
};

/* --- who is there ---------------------------------------------------------------------------- */

struct visitor {
    struct ouro_link link;
    struct ouro_ws *ws;
    struct ouro_guest *guest;
};

static struct ouro_link visitors = {&visitors, &visitors};
static struct ouro_condition one_left;

static void enter(struct visitor *visitor, struct ouro_ws *ws, struct ouro_guest *guest)
{
    visitor->ws = ws;
    visitor->guest = ouro_guest_ref(guest); /* counts as a connection until it is given back */
    ouro_list_push(&visitors, &visitor->link);
}

static void leave(struct visitor *visitor)
{
    ouro_unlink(&visitor->link);
    ouro_ws_free(visitor->ws);
    ouro_guest_unref(visitor->guest);
    ouro_condition_notify_all(&one_left);
}

/* Each hears why, and has half a second to answer. */
static void say_goodbye(void)
{
    ouro_list_each (link, &visitors)
        ouro_ws_close(ouro_container(link, struct visitor, link)->ws, 1001, "going down");
    while (!ouro_list_empty(&visitors) && ouro_condition_wait(&one_left, NULL, OURO_FOREVER) == 0)
        ;
}

/* --- what is said back ------------------------------------------------------------------------ */

static int send_back(struct ouro_ws *ws, const struct ouro_ws_message *message)
{
    struct ouro_frame *frame = ouro_frame_new(message->kind, message->data, message->len);
    int rc = frame ? ouro_ws_send(ws, &frame, 1) : -ENOMEM;
    ouro_frame_unref(frame);
    if (rc == -OURO_ELIMIT)
        ouro_ws_close(ws, 1008, "you send, and do not read");
    return rc;
}

/* --- with callbacks -------------------------------------------------------------------------- */

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ud;
    if (send_back(ws, message) == -ENOMEM)
        ouro_ws_close(ws, 1011, "out of memory");
}

static void on_closed(struct ouro_ws *ws, void *visitor)
{
    (void)ws;
    leave(visitor);
    free(visitor);
}

/* The task of the request ends with this; the loop feeds the callbacks. */
static int echo_by_callbacks(struct ouro_ws *ws, struct ouro_guest *guest)
{
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    struct visitor *visitor = malloc(sizeof *visitor);
    if (!visitor) {
        ouro_ws_free(ws);
        return -ENOMEM;
    }
    enter(visitor, ws, guest);
    ouro_ws_consume(ws, &consumer, visitor);
    return 0;
}

/* --- with a task ------------------------------------------------------------------------------ */

static int echo_by_task(struct ouro_ws *ws, struct ouro_guest *guest)
{
    struct visitor visitor;
    struct ouro_ws_message message;
    enter(&visitor, ws, guest);
    int rc = 0;
    while (rc == 0 && (rc = ouro_ws_recv(ws, OURO_FOREVER, &message)) == 0)
        rc = send_back(ws, &message);
    leave(&visitor);
    return 0;
}

/* --- the server ------------------------------------------------------------------------------- */

static int (*echo)(struct ouro_ws *ws, struct ouro_guest *guest) = echo_by_callbacks;

static int on_request(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    struct ouro_ws *ws;
    (void)ud;
    if (strcmp(ouro_http_path(http), "/echo") != 0)
        return ouro_http_respond_text(http, 404, "the WebSocket is at /echo");
    int rc = ouro_ws_accept(http, &echo_options, &ws);
    return rc == 0 ? echo(ws, guest) : rc;
}

static int run(void *listen)
{
    struct ouro_server_options options = {
        .listen = listen, .handler = on_request, .connections_max = CONNECTIONS_MAX};
    struct ouro_server *server;
    struct ouro_signal *stop;
    ouro_condition_init(&one_left);
    int rc = ouro_signal_open(SIGTERM, &stop);
    if (rc < 0)
        return rc;
    rc = ouro_server_start(&options, &server);
    if (rc == 0) {
        printf("open http://%s/echo\n", ouro_server_address(server));
        rc = ouro_signal_wait(stop, OURO_FOREVER);
        ouro_server_drain(server);
        say_goodbye();
        ouro_server_stop(server);
    }
    ouro_signal_close(stop);
    return rc;
}

int main(int argc, char **argv)
{
    char by_default[] = "127.0.0.1:8080", *listen = by_default;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--tasks") == 0)
            echo = echo_by_task;
        else if (strcmp(argv[i], "--listen") == 0 && i + 1 < argc)
            listen = argv[++i];
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    ouro_server_allow_connections(CONNECTIONS_MAX);
    return ouro_run(run, listen) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
