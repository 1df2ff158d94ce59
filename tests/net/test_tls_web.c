/* SPDX-License-Identifier: MIT */
/* What runs over TLS on real sockets: HTTP, met by the programs that everybody has, and WebSocket
 * with a consumer that has no task. */
#include "tls_scene.h"

#include <ouro/web.h>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

/* --- a server --------------------------------------------------------------------------------- */

struct server {
    struct tls_world world;
    struct ouro_listener *listener;
    struct ouro_group group;
    ouro_http_handler *handler;
    int connections;
};

struct visit {
    struct server *server;
    struct ouro_stream *plain;
};

static int serve(void *arg)
{
    struct visit visit = *(struct visit *)arg;
    struct ouro_stream *stream;
    free(arg);
    /* Who is refused is no failure of the server's. */
    if (ouro_tls_accept(visit.plain, visit.server->world.server, SOON, &stream) < 0)
        return 0;
    visit.server->connections++;
    return ouro_http_serve(stream, visit.server->handler, visit.server, NULL);
}

static int accept_all(void *arg)
{
    struct server *server = arg;
    struct ouro_stream *plain;
    while (ouro_accept(server->listener, OURO_FOREVER, &plain) == 0) {
        struct visit *visit = malloc(sizeof *visit);
        *visit = (struct visit){server, plain};
        ck_assert_int_eq(ouro_group_spawn(&server->group, serve, visit, NULL, NULL), 0);
    }
    return 0;
}

static void open_server(struct server *server, ouro_http_handler *handler)
{
    static const char *const alpn[] = {"http/1.1", NULL};
    *server = (struct server){.handler = handler};
    world_open(&server->world);
    server->world.server = ouro_tls_config_unref(server->world.server);
    server->world.server =
        server_config(&server->world, "a", (struct ouro_tls_options){.alpn = alpn});
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &server->listener), 0);
    ouro_group_open(&server->group, OURO_FOREVER);
    ck_assert_int_eq(ouro_group_spawn(&server->group, accept_all, server, NULL, NULL), 0);
}

static void close_server(struct server *server)
{
    ouro_listener_close(server->listener);
    ouro_group_cancel(&server->group);
    ouro_group_close(&server->group);
    world_close(&server->world);
}

static const char *port_of(const struct server *server)
{
    return strrchr(ouro_listener_address(server->listener), ':') + 1;
}

/* --- programs from outside -------------------------------------------------------------------- */

/* Run a command of the shell; its exit status, and the start of what it wrote. The loop goes on
 * meanwhile. */
static int run(const struct tls_world *world, const char *command, char *said, size_t size)
{
    char line[1024];
    const char *output = path_in(world, "output");
    snprintf(line, sizeof line, "(%s) >%s 2>&1", command, output);
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, line, NULL};
    pid_t child;
    int status;
    ck_assert_int_eq(posix_spawnp(&child, "sh", NULL, NULL, argv, environ), 0);
    for (int64_t until = SOON; waitpid(child, &status, WNOHANG) == 0;) {
        if (ouro_now() > until)
            kill(child, SIGKILL);
        ouro_sleep(OURO_MS(5));
    }
    FILE *file = fopen(output, "r");
    size_t len = fread(said, 1, size - 1, file);
    fclose(file);
    said[len] = '\0';
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool have(const char *program)
{
    char line[64];
    snprintf(line, sizeof line, "command -v %s >/dev/null", program);
    return system(line) == 0;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

enum { BODY_BYTES = 1 << 20 };

static int answer(struct ouro_http *http, void *ud)
{
    struct ouro_tls_info info = info_of(ouro_http_stream(http));
    char text[256];
    (void)ud;
    if (strcmp(ouro_http_path(http), "/large") == 0) {
        char *body = pattern_new(BODY_BYTES);
        int rc = ouro_http_respond(http, 200, "application/octet-stream", body, BODY_BYTES);
        free(body);
        return rc;
    }
    snprintf(text, sizeof text, "%s %s %s", info.version, info.alpn ? info.alpn : "-",
             info.server_name ? info.server_name : "-");
    return ouro_http_respond_text(http, 200, text);
}

REAL_TEST(curl_is_served)
{
    struct server server;
    char command[768], said[256];
    open_server(&server, answer);
    if (have("curl")) {
        static const char *const versions[][2] = {{"--tlsv1.2 --tls-max 1.2", "TLSv1.2"},
                                                  {"--tlsv1.3", "TLSv1.3"}};
        for (int i = 0; i < 2; i++) {
            snprintf(
                command, sizeof command,
                "curl -sS --noproxy '*' --http1.1 %s --cacert %s --resolve a.test:%s:127.0.0.1 "
                "https://a.test:%s/ https://a.test:%s/",
                versions[i][0], path_in(&server.world, "ca.pem"), port_of(&server),
                port_of(&server), port_of(&server));
            int connections = server.connections;
            ck_assert_msg(run(&server.world, command, said, sizeof said) == 0, "%s", said);
            char expected[128];
            snprintf(expected, sizeof expected, "%s http/1.1 a.test%s http/1.1 a.test",
                     versions[i][1], versions[i][1]);
            ck_assert_str_eq(said, expected);
            ck_assert_int_eq(server.connections, connections + 1); /* it was kept alive */
        }
        snprintf(command, sizeof command,
                 "curl -sS --noproxy '*' --cacert %s https://127.0.0.1:%s/large | wc -c",
                 path_in(&server.world, "ca.pem"), port_of(&server));
        ck_assert_int_eq(run(&server.world, command, said, sizeof said), 0);
        ck_assert_int_eq(atoi(said), BODY_BYTES);
        snprintf(command, sizeof command, "curl -sS --noproxy '*' https://127.0.0.1:%s/",
                 port_of(&server));
        ck_assert_int_eq(run(&server.world, command, said, sizeof said), 60); /* not trusted */
        snprintf(command, sizeof command, "curl -sS --noproxy '*' http://127.0.0.1:%s/",
                 port_of(&server));
        ck_assert_int_ne(run(&server.world, command, said, sizeof said), 0); /* not TLS */
    }
    close_server(&server);
    return 0;
}

REAL_TEST(s_client_is_served_and_resumes)
{
    struct server server;
    char command[768], said[16384];
    open_server(&server, answer);
    if (have("openssl")) {
        for (int round = 0; round < 2; round++) {
            snprintf(
                command, sizeof command,
                "printf 'GET / HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: close\\r\\n\\r\\n' | "
                "openssl s_client -quiet -verify_return_error -verify_hostname a.test "
                "-servername a.test -CAfile %s -connect 127.0.0.1:%s %s %s/session",
                path_in(&server.world, "ca.pem"), port_of(&server),
                round ? "-sess_in" : "-sess_out", server.world.dir);
            ck_assert_msg(run(&server.world, command, said, sizeof said) == 0, "%s", said);
            ck_assert_msg(strstr(said, "TLSv1.3 - a.test") != NULL, "%s", said);
        }
        ck_assert_uint_eq(ouro_tls_stats(server.world.server).resumed, 1);
    }
    close_server(&server);
    return 0;
}

/* --- WebSocket -------------------------------------------------------------------------------- */

static void echo_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ud;
    ck_assert_int_eq(ouro_ws_send_text(ws, message->data, message->len), 0);
}

static void echo_closed(struct ouro_ws *ws, void *ud)
{
    struct server *server = ud;
    server->connections--;
    ouro_ws_free(ws);
}

static int echo(struct ouro_http *http, void *ud)
{
    static const struct ouro_ws_consumer consumer = {echo_message, echo_closed};
    struct ouro_ws *ws;
    int rc = ouro_ws_accept(http, NULL, &ws);
    if (rc == 0)
        ouro_ws_consume(ws, &consumer, ud);
    return rc;
}

/* A message as a client masks it (RFC 6455 section 5.3), by zeros: the bytes stay what they are. Of
 * a length that takes two bytes (section 5.2). */
static size_t put_message(char *to, const char *data, size_t len)
{
    ck_assert(len >= 126 && len < 65536);
    char head[] = {(char)0x81, (char)(0x80 | 126), (char)(len >> 8), (char)len, 0, 0, 0, 0};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, data, len);
    return sizeof head + len;
}

static void expect_message(struct ouro_stream *stream, const char *data, size_t len)
{
    char head[] = {(char)0x81, 126, (char)(len >> 8), (char)len};
    expect_bytes(stream, head, sizeof head, sizeof head);
    expect_bytes(stream, data, len, 8192);
}

static struct ouro_stream *open_websocket(const struct server *server)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct ouro_stream *plain, *stream;
    char answered[1024] = "";
    size_t len = 0;
    ck_assert_int_eq(ouro_connect(ouro_listener_address(server->listener), SOON, &plain), 0);
    ck_assert_int_eq(ouro_tls_connect(plain, server->world.client, "a.test", SOON, &stream), 0);
    ck_assert_int_eq(ouro_write(stream, request, sizeof request - 1, SOON), 0);
    while (!strstr(answered, "\r\n\r\n")) {
        int rc = ouro_read(stream, answered + len, sizeof answered - 1 - len, SOON);
        ck_assert_int_gt(rc, 0);
        len += (size_t)rc;
    }
    ck_assert_int_eq(strncmp(answered, "HTTP/1.1 101", 12), 0);
    return stream;
}

enum { MESSAGES = 10, MESSAGE_BYTES = 20000 };

/* Many messages in one go: they come in more records than a turn reads, and go back against a
 * client that begins to read late. */
REAL_TEST(a_websocket_without_a_task_echoes)
{
    struct server server;
    open_server(&server, echo);
    struct ouro_stream *stream = open_websocket(&server);
    ck_assert_int_eq(server.connections, 1);
    char *text = malloc(MESSAGE_BYTES), *all = malloc(MESSAGES * (MESSAGE_BYTES + 8));
    memset(text, 'o', MESSAGE_BYTES);
    for (size_t len = 126; len < 200; len++) {
        size_t put = put_message(all, text, len);
        ck_assert_int_eq(ouro_write(stream, all, put, SOON), 0);
        expect_message(stream, text, len);
    }
    for (int burst = 0; burst < 10; burst++) {
        size_t put = 0;
        for (int i = 0; i < MESSAGES; i++)
            put += put_message(all + put, text, MESSAGE_BYTES);
        ck_assert_int_eq(ouro_write(stream, all, put, SOON), 0);
        ouro_sleep(OURO_MS(2));
        for (int i = 0; i < MESSAGES; i++)
            expect_message(stream, text, MESSAGE_BYTES);
    }
    ck_assert_int_eq(ouro_stream_shutdown(stream), 0);
    int rc;
    while ((rc = ouro_read(stream, all, MESSAGE_BYTES, SOON)) > 0)
        ;
    ck_assert_int_eq(rc, 0); /* with a goodbye */
    ck_assert_int_eq(server.connections, 0);
    ouro_stream_close(stream);
    free(all);
    free(text);
    close_server(&server);
    return 0;
}

/* The end is found out however the client goes. */
REAL_TEST(a_websocket_whose_client_goes_is_closed)
{
    struct server server;
    open_server(&server, echo);
    for (int way = 0; way < 3; way++) {
        struct ouro_stream *stream = open_websocket(&server);
        char text[126] = "and goes", message[256];
        ck_assert_int_eq(server.connections, 1);
        size_t len = put_message(message, text, sizeof text);
        ck_assert_int_eq(ouro_stream_try_write(stream, message, len), (int)len);
        if (way == 0)
            ouro_stream_shutdown(stream); /* a goodbye right behind a message */
        else if (way == 1)
            SSL_shutdown(tls_of(stream)->ssl); /* and that alone */
        else
            ouro_stream_shutdown(tls_of(stream)->plain); /* no goodbye */
        for (int64_t until = SOON; server.connections && ouro_now() < until;)
            ouro_sleep(OURO_MS(1));
        ck_assert_int_eq(server.connections, 0);
        ouro_stream_close(stream);
    }
    close_server(&server);
    return 0;
}

/* Our own clients: the URL's name is what the certificate must say, wherever it is reached. */
REAL_TEST(clients_of_https_and_wss)
{
    struct server server;
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    struct ouro_http_client *client;
    open_server(&server, echo);
    struct ouro_http_via via = {.address = ouro_listener_address(server.listener),
                                .tls = server.world.client};
    ck_assert_int_eq(ouro_http_client_open("https://a.test", &via, SOON, &client), 0);
    ck_assert_int_eq(ouro_http_client_ask(client, &(struct ouro_http_ask){0}, SOON), 426);
    ouro_http_client_close(client);
    ck_assert_int_eq(ouro_http_client_open("https://b.test", &via, SOON, &client), -EKEYREJECTED);

    struct ouro_ws_call call = {.via = via};
    ck_assert_int_eq(ouro_ws_connect("wss://b.test", NULL, &call, SOON, &ws), -EKEYREJECTED);
    ck_assert_int_eq(ouro_ws_connect("wss://a.test/ws", NULL, &call, SOON, &ws), 0);
    ck_assert_int_eq(ouro_ws_send_text(ws, "secret", 6), 0);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), 0);
    ck_assert_mem_eq(message.data, "secret", 6);
    ouro_ws_close(ws, 1000, NULL);
    ck_assert_int_eq(ouro_ws_recv(ws, SOON, &message), -OURO_ECLOSED);
    ck_assert_uint_eq(ouro_ws_close_code(ws), 1000);
    ouro_ws_free(ws);
    for (int64_t until = SOON; server.connections > 1 && ouro_now() < until;)
        ouro_sleep(OURO_MS(1)); /* the WebSocket's other end; that of HTTP was counted only once */
    close_server(&server);
    return 0;
}
