/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "frames.h"
#include "measure.h"

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
    bool open;      /* the handshake is done */
    char *response; /* the answer to the handshake while it comes in, else NULL */
    size_t response_bytes;
    struct frame_reader reader;
    uint64_t frames;
    struct assembly *watched; /* NULL: not watched */
    uint32_t peeked_bytes;    /* of the frame that is coming in, if its bytes come in pieces */
    uint8_t ping[CONTROL_MAX];
    uint8_t ping_bytes;
};

struct load {
    struct load_options options;
    struct conns *conns;
    size_t started, opened;
    int64_t last_arrival_ns;
    uint8_t *peeked; /* options.peek_bytes for each client */
    struct client clients[];
};

/* --- life ------------------------------------------------------------------------------------ */

static int take(size_t index, const uint8_t *data, size_t len, void *ud);

int load_new(const struct load_options *options, struct load **ret)
{
    struct load *load = calloc(1, sizeof *load + options->clients * sizeof *load->clients);
    if (!load)
        return -ENOMEM;
    load->options = *options;
    load->peeked = malloc(options->clients * options->peek_bytes + 1);
    if (!load->peeked) {
        free(load);
        return -ENOMEM;
    }
    const struct conns_options conns = {.port = options->port,
                                        .count = options->clients,
                                        .spin = options->spin,
                                        .on_bytes = take,
                                        .ud = load};
    int r = conns_new(&conns, &load->conns);
    if (r < 0)
        load_free(load);
    else
        *ret = load;
    return r;
}

struct load *load_free(struct load *load)
{
    if (!load)
        return NULL;
    conns_free(load->conns);
    for (size_t i = 0; i < load->options.clients; i++) {
        free(load->clients[i].response);
        free(load->clients[i].watched);
    }
    free(load->peeked);
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

/* --- frames ---------------------------------------------------------------------------------- */

static int send_frame(struct load *load, size_t client, int opcode, const void *payload, size_t len)
{
    uint8_t wire[MESSAGE_MAX + FRAME_HEAD_BYTES_MAX];
    int bytes = frame_write(wire, sizeof wire, opcode, payload, len);
    return bytes < 0 ? bytes : conns_send(load->conns, client, wire, (size_t)bytes);
}

int load_send(struct load *load, size_t client, const char *text)
{
    return send_frame(load, client, FRAME_TEXT, text, strlen(text));
}

int load_send_bytes(struct load *load, size_t client, const void *data, size_t len)
{
    return send_frame(load, client, FRAME_BINARY, data, len);
}

static uint8_t *peeked(const struct load *load, const struct client *client)
{
    return load->peeked + (size_t)(client - load->clients) * load->options.peek_bytes;
}

/* What is shown of it. A frame that came in one piece, as nearly all do, is shown where it lies. */
static void show(const struct load *load, struct client *client, const struct frame_piece *piece,
                 struct load_frame *frame)
{
    size_t most = load->options.peek_bytes;
    if (client->watched) {
        client->watched->text[client->watched->bytes] = 0;
        frame->payload = client->watched->text;
        frame->payload_bytes = client->watched->bytes;
        client->watched->bytes = 0;
    } else if (client->peeked_bytes > 0) {
        frame->payload = (const char *)peeked(load, client);
        frame->payload_bytes = client->peeked_bytes;
        client->peeked_bytes = 0;
    } else if (most > 0) {
        frame->payload = (const char *)piece->payload;
        frame->payload_bytes = piece->payload_bytes < most ? piece->payload_bytes : most;
    }
}

static void deliver(struct load *load, struct client *client, const struct frame_piece *piece,
                    int64_t now)
{
    struct load_frame frame = {.client = (size_t)(client - load->clients),
                               .ordinal = client->frames++,
                               .arrived_ns = now,
                               .wire_bytes = piece->wire_bytes,
                               .opcode = piece->opcode};
    load->last_arrival_ns = now;
    show(load, client, piece, &frame);
    load->options.on_frame(&frame, load->options.ud);
}

/* Control frames may come between the fragments of a message, so they have a place of their own. */
static void take_control(struct load *load, struct client *client, const struct frame_piece *piece)
{
    if (piece->opcode != FRAME_PING)
        return;
    for (size_t i = 0; i < piece->payload_bytes && client->ping_bytes < CONTROL_MAX; i++)
        client->ping[client->ping_bytes++] = piece->payload[i];
    if (piece->end) {
        send_frame(load, (size_t)(client - load->clients), FRAME_PONG, client->ping,
                   client->ping_bytes);
        client->ping_bytes = 0;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void collect(const struct load *load, struct client *client, const struct frame_piece *piece)
{
    struct assembly *watched = client->watched;
    if (watched) {
        size_t len = least(piece->payload_bytes, LOAD_WATCHED_BYTES_MAX - watched->bytes);
        memcpy(watched->text + watched->bytes, piece->payload, len);
        watched->bytes += len;
    } else if (client->peeked_bytes > 0 || !piece->end) {
        size_t len = least(piece->payload_bytes, load->options.peek_bytes - client->peeked_bytes);
        memcpy(peeked(load, client) + client->peeked_bytes, piece->payload, len);
        client->peeked_bytes += (uint32_t)len;
    }
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
            take_control(load, client, &piece);
            continue;
        }
        if (piece.payload)
            collect(load, client, &piece);
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

static int take(size_t index, const uint8_t *data, size_t len, void *ud)
{
    struct load *load = ud;
    struct client *client = &load->clients[index];
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

static int send_request(struct load *load, size_t index)
{
    char request[512];
    const char *protocol = load->options.protocol;
    int len =
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
                 "Sec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                 load->options.path, load->options.port, protocol ? "Sec-WebSocket-Protocol: " : "",
                 protocol ? protocol : "", protocol ? "\r\n" : "");
    if (len >= (int)sizeof request)
        return -EMSGSIZE;
    load->clients[index].response = malloc(RESPONSE_MAX + 1);
    if (!load->clients[index].response)
        return -ENOMEM;
    return conns_send(load->conns, index, request, (size_t)len);
}

static int start_one(struct load *load)
{
    size_t index = load->started++;
    int r = conns_open(load->conns, index);
    return r < 0 ? r : send_request(load, index);
}

/* --- loop ------------------------------------------------------------------------------------ */

int load_run(struct load *load, int64_t until_ns)
{
    return conns_run(load->conns, until_ns);
}

int load_connect(struct load *load, int64_t deadline_ns)
{
    while (load->opened < load->options.clients) {
        int r = 0;
        int64_t now = bench_now();
        while (r == 0 && load->started < load->options.clients &&
               load->started - load->opened < LOAD_HANDSHAKES_MAX)
            r = start_one(load);
        if (r == 0)
            r = conns_turn(load->conns, now + CONNECT_SLICE_NS);
        if (r < 0)
            return r;
        if (load_lost(load) > 0)
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
        int r = conns_turn(load->conns, quiet_at);
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
    return conns_lost(load->conns);
}
