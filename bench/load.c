/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frames.h"
#include "measure.h"

#define EVENTS_MAX       256
#define READ_BYTES       65536
#define RESPONSE_MAX     1024
#define MESSAGE_MAX      1000
#define CONTROL_MAX      125 /* RFC 6455 section 5.5 */
#define CONNECT_SLICE_NS (20 * BENCH_MS)

/* The key and its answer are those of the example in RFC 6455 section 1.3: one pair serves all,
 * and the answer is still checked. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* A payload that is being put together. */
struct assembly {
    size_t bytes;
    char text[LOAD_WATCHED_BYTES_MAX + 1];
};

struct client {
    int fd;
    bool open;      /* the handshake is done */
    char *response; /* the answer to the handshake while it comes in, else NULL */
    size_t response_bytes;
    struct frame_reader reader;
    uint64_t frames;
    struct assembly *watched; /* NULL: not watched */
    uint8_t ping[CONTROL_MAX];
    uint8_t ping_bytes;
};

struct load {
    struct load_options options;
    int epoll;
    size_t started, opened, lost;
    int64_t last_arrival_ns;
    uint8_t input[READ_BYTES];
    struct client clients[];
};

/* --- life ------------------------------------------------------------------------------------ */

int load_new(const struct load_options *options, struct load **ret)
{
    struct load *load = calloc(1, sizeof *load + options->clients * sizeof *load->clients);
    if (!load)
        return -ENOMEM;
    load->options = *options;
    for (size_t i = 0; i < options->clients; i++)
        load->clients[i].fd = -1;
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll < 0) {
        int r = -errno;
        free(load);
        return r;
    }
    *ret = load;
    return 0;
}

/* With a reset: thousands of sockets in TIME-WAIT would be memory and work in the next run. */
static void cut(int fd)
{
    const struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

struct load *load_free(struct load *load)
{
    if (!load)
        return NULL;
    for (size_t i = 0; i < load->options.clients; i++) {
        if (load->clients[i].fd >= 0)
            cut(load->clients[i].fd);
        free(load->clients[i].response);
        free(load->clients[i].watched);
    }
    close(load->epoll);
    free(load);
    return NULL;
}

int load_watch(struct load *load, size_t client)
{
    struct client *watched = &load->clients[client];
    if (!watched->watched)
        watched->watched = calloc(1, sizeof *watched->watched);
    return watched->watched ? 0 : -ENOMEM;
}

static void lose(struct load *load, struct client *client)
{
    close(client->fd); /* which also takes it out of the epoll set */
    client->fd = -1;
    load->lost++;
}

/* --- frames ---------------------------------------------------------------------------------- */

static int send_frame(struct client *client, int opcode, const void *payload, size_t len)
{
    uint8_t wire[MESSAGE_MAX + FRAME_HEAD_BYTES_MAX];
    int bytes = frame_write(wire, sizeof wire, opcode, payload, len);
    if (bytes < 0)
        return bytes;
    if (client->fd < 0)
        return -ENOTCONN;
    ssize_t sent = send(client->fd, wire, (size_t)bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return -errno;
    return sent == bytes ? 0 : -EAGAIN;
}

int load_send(struct load *load, size_t client, const char *text)
{
    return send_frame(&load->clients[client], FRAME_TEXT, text, strlen(text));
}

static void deliver(struct load *load, struct client *client, const struct frame_piece *piece,
                    int64_t now)
{
    struct load_frame frame = {.client = (size_t)(client - load->clients),
                               .ordinal = client->frames++,
                               .arrived_ns = now,
                               .wire_bytes = piece->wire_bytes};
    load->last_arrival_ns = now;
    if (client->watched) {
        client->watched->text[client->watched->bytes] = 0;
        client->watched->bytes = 0;
        frame.payload = client->watched->text;
    }
    load->options.on_frame(&frame, load->options.ud);
}

/* Control frames may come between the fragments of a message, so they have a place of their own. */
static void take_control(struct client *client, const struct frame_piece *piece)
{
    if (piece->opcode != FRAME_PING)
        return;
    for (size_t i = 0; i < piece->payload_bytes && client->ping_bytes < CONTROL_MAX; i++)
        client->ping[client->ping_bytes++] = piece->payload[i];
    if (piece->end) {
        send_frame(client, FRAME_PONG, client->ping, client->ping_bytes);
        client->ping_bytes = 0;
    }
}

static void collect(struct assembly *watched, const struct frame_piece *piece)
{
    size_t room = LOAD_WATCHED_BYTES_MAX - watched->bytes;
    size_t len = piece->payload_bytes < room ? piece->payload_bytes : room;
    memcpy(watched->text + watched->bytes, piece->payload, len);
    watched->bytes += len;
}

static int take_frames(struct load *load, struct client *client, const uint8_t *data, size_t len,
                       int64_t now)
{
    while (len > 0) {
        struct frame_piece piece;
        int used = frame_read(&client->reader, data, len, &piece);
        if (used < 0)
            return used;
        data += used;
        len -= (size_t)used;
        if (piece.opcode >= FRAME_CLOSE) {
            take_control(client, &piece);
            continue;
        }
        if (client->watched && piece.payload)
            collect(client->watched, &piece);
        if (piece.end && piece.final)
            deliver(load, client, &piece, now);
    }
    return 0;
}

/* --- handshake ------------------------------------------------------------------------------- */

static bool accepted(const char *response)
{
    return strncmp(response, "HTTP/1.1 101 ", 13) == 0 && strstr(response, ACCEPT);
}

/* Returns how many bytes belonged to the response, or -ECONNREFUSED. */
static int take_response(struct load *load, struct client *client, const uint8_t *data, size_t len)
{
    size_t before = client->response_bytes;
    size_t room = RESPONSE_MAX - before;
    size_t taken = len < room ? len : room;
    memcpy(client->response + before, data, taken);
    client->response[before + taken] = 0;
    client->response_bytes += taken;
    const char *end = strstr(client->response, "\r\n\r\n");
    if (!end)
        return taken < len ? -ECONNREFUSED : (int)taken;
    if (!accepted(client->response))
        return -ECONNREFUSED;
    size_t used = (size_t)(end + 4 - client->response) - before;
    free(client->response);
    client->response = NULL;
    client->open = true;
    load->opened++;
    load->options.on_open((size_t)(client - load->clients), load->options.ud);
    return (int)used;
}

static int take(struct load *load, struct client *client, const uint8_t *data, size_t len)
{
    int64_t now = bench_now();
    if (!client->open) {
        int used = take_response(load, client, data, len);
        if (used < 0)
            return used;
        data += used;
        len -= (size_t)used;
    }
    return take_frames(load, client, data, len, now);
}

static int send_request(struct load *load, struct client *client)
{
    char request[512];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
                       "Sec-WebSocket-Version: 13\r\n\r\n",
                       load->options.path, load->options.port);
    if (len >= (int)sizeof request)
        return -EMSGSIZE;
    client->response = malloc(RESPONSE_MAX + 1);
    if (!client->response)
        return -ENOMEM;
    return send(client->fd, request, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -ECONNRESET;
}

/* Its own source address for each LOAD_CLIENTS_PER_ADDRESS clients: 127.1.0.1, 127.1.0.2, ... */
static int bind_source(int fd, size_t index)
{
    int on = 1;
    struct sockaddr_in source = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)(index / LOAD_CLIENTS_PER_ADDRESS))};
    /* The port is chosen at connect: only the pair of both ends must be unique then. */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
        return -errno;
    return 0;
}

/* On loopback connect() needs nothing but a place in the listener's backlog, so it may block. */
static int open_socket(struct load *load, struct client *client)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons(load->options.port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t index = (size_t)(client - load->clients);
    struct epoll_event readable = {.events = EPOLLIN, .data.u64 = index};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return -errno;
    int r = bind_source(client->fd, index);
    if (r < 0)
        return r;
    if (connect(client->fd, (struct sockaddr *)&server, sizeof server) < 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &readable) < 0)
        return -errno;
    return send_request(load, client);
}

/* --- loop ------------------------------------------------------------------------------------ */

static void read_client(struct load *load, struct client *client)
{
    ssize_t got = recv(client->fd, load->input, sizeof load->input, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || take(load, client, load->input, (size_t)got) < 0)
        lose(load, client);
}

static int turn(struct load *load, int64_t until_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t left = load->options.spin ? 0 : until_ns - bench_now();
    struct timespec wait = {.tv_sec = left > 0 ? left / BENCH_SEC : 0,
                            .tv_nsec = left > 0 ? left % BENCH_SEC : 0};
    int count = epoll_pwait2(load->epoll, events, EVENTS_MAX, &wait, NULL);
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++)
        read_client(load, &load->clients[events[i].data.u64]);
    return 0;
}

int load_run(struct load *load, int64_t until_ns)
{
    int r = 0;
    while (r == 0 && bench_now() < until_ns)
        r = turn(load, until_ns);
    return r;
}

int load_connect(struct load *load, int64_t deadline_ns)
{
    while (load->opened < load->options.clients) {
        int r = 0;
        int64_t now = bench_now();
        while (r == 0 && load->started < load->options.clients &&
               load->started - load->opened < LOAD_HANDSHAKES_MAX)
            r = open_socket(load, &load->clients[load->started++]);
        if (r == 0)
            r = turn(load, now + CONNECT_SLICE_NS);
        if (r < 0)
            return r;
        if (load->lost > 0)
            return -ECONNREFUSED;
        if (now >= deadline_ns)
            return -ETIMEDOUT;
    }
    return 0;
}

int load_settle(struct load *load, int64_t quiet_ns, int64_t deadline_ns)
{
    load->last_arrival_ns = bench_now();
    for (;;) {
        int64_t quiet_at = load->last_arrival_ns + quiet_ns;
        if (bench_now() >= quiet_at)
            return 0;
        if (bench_now() >= deadline_ns)
            return -ETIMEDOUT;
        int r = turn(load, quiet_at);
        if (r < 0)
            return r;
    }
}

void load_mark(struct load *load)
{
    for (size_t i = 0; i < load->options.clients; i++)
        load->clients[i].frames = 0;
}

uint64_t load_frames(const struct load *load, size_t client)
{
    return load->clients[client].frames;
}

size_t load_lost(const struct load *load)
{
    return load->lost;
}
