/* SPDX-License-Identifier: MIT */
/* What a server answers to our HTTP client, body included. The first byte chooses the method and
 * the random split; what the client makes of the rest must not depend on how it comes. */
#include "sim.h"

struct talk {
    const uint8_t *data;
    size_t len;
    int split;
    struct ouro_buf said;
};

enum { BODY_BYTES_MAX = 5000 };

/* The body in pieces of all sizes, or what it fails with. */
static int read_body(struct ouro_http_client *client, struct talk *talk)
{
    char piece[300];
    size_t total = 0;
    int rc = 1;
    for (size_t want = 1; rc > 0 && total < BODY_BYTES_MAX; want = want % sizeof piece + 1) {
        rc = ouro_http_client_read(client, piece, want, OURO_FOREVER);
        if (rc > (int)want)
            abort();
        total += rc > 0 ? (size_t)rc : 0;
        ouro_buf_append(&talk->said, piece, rc > 0 ? (size_t)rc : 0);
    }
    return rc;
}

static void ask(struct ouro_http_client *client, const char *method, struct talk *talk)
{
    int rc = ouro_http_client_ask(client, &(struct ouro_http_ask){.method = method}, OURO_FOREVER);
    if (rc > 599 || (rc >= 0 && rc < 200))
        abort();
    ouro_buf_printf(&talk->said, "%d:", rc);
    if (rc > 0) {
        const char *length = ouro_http_client_header(client, "content-length");
        ouro_buf_printf(&talk->said, "%s:", length ? length : "-");
        rc = read_body(client, talk);
    }
    ouro_buf_printf(&talk->said, ":%d\n", rc);
}

static int play(void *arg)
{
    struct talk *talk = arg;
    struct ouro_stream *ends[2];
    struct ouro_http_client *client;
    connected(ends);
    struct ouro_http_via via = {.stream = ends[0]};
    struct sender sender = {ends[1], talk->data + 1, talk->len - 1, split_number(talk->split)};
    if (ouro_http_client_open("http://h", &via, OURO_FOREVER, &client) < 0)
        abort();
    struct ouro_task *task = spawned(send_split, &sender);
    ask(client, talk->data[0] & 1 ? "HEAD" : "GET", talk);
    ouro_http_client_close(client);
    ended(task);
    ouro_stream_close(ends[1]);
    return 0;
}

static struct ouro_buf said_of(const uint8_t *data, size_t len, int split)
{
    struct talk talk = {.data = data, .len = len, .split = split};
    if (ouro_sim_run(1, NULL, play, &talk) < 0)
        abort();
    return talk.said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 8000)
        return 0;
    struct ouro_buf whole = said_of(data, len, 0);
    for (int way = len > 600 ? 2 : 1; way <= 2; way++) {
        struct ouro_buf split = said_of(data, len, way == 1 ? 1 : 2 + data[0]);
        if (!same_transcript(&whole, &split))
            abort();
        ouro_buf_done(&split);
    }
    ouro_buf_done(&whole);
    return 0;
}
