/* SPDX-License-Identifier: MIT */
/* The body of a request as JSON, and JSON as an answer. What is accepted and sent back means the
 * same; what isn't gets 400. The first byte chooses the random split. */
#include "sim.h"

#include <jansson.h>

struct talk {
    const uint8_t *body;
    size_t len;
    int split;
    struct ouro_stream *stream;
    struct ouro_buf said;
};

static int echo(struct ouro_http *http, void *unused)
{
    json_t *json;
    (void)unused;
    int rc = ouro_http_json_body(http, &json);
    if (rc < 0)
        return rc;
    rc = ouro_http_respond_json(http, 200, json);
    json_decref(json);
    return rc;
}

static int serve(void *arg)
{
    struct talk *talk = arg;
    return ouro_http_serve(talk->stream, echo, NULL, NULL);
}

static void hear(struct ouro_stream *stream, struct ouro_buf *said)
{
    int rc = 1;
    while (rc > 0) {
        char *room = ouro_buf_reserve(said, 4096);
        rc = room ? ouro_read(stream, room, 4096, OURO_FOREVER) : -ENOMEM;
        said->len += rc > 0 ? (size_t)rc : 0;
    }
}

static int play(void *arg)
{
    struct talk *talk = arg;
    struct ouro_stream *ends[2];
    struct ouro_buf request = {0};
    connected(ends);
    talk->stream = ends[1];
    ouro_buf_printf(&request,
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nX-Request-Id: same\r\nContent-Length: %zu\r\n\r\n",
                    talk->len);
    ouro_buf_append(&request, talk->body, talk->len);
    struct sender sender = {ends[0], (uint8_t *)request.data, request.len,
                            split_number(talk->split)};
    struct ouro_task *server = spawned(serve, talk), *client = spawned(send_split, &sender);
    hear(ends[0], &talk->said);
    ended(client);
    ouro_stream_close(ends[0]);
    ended(server);
    ouro_buf_done(&request);
    return 0;
}

/* A second opinion on what was sent back: our own answer, read again. */
static void check(const struct talk *talk)
{
    const char *end = memmem(talk->said.data, talk->said.len, "\r\n\r\n", 4);
    if (!end || strncmp(talk->said.data, "HTTP/1.1 ", 9) != 0)
        abort();
    end += 4;
    size_t len = (size_t)(talk->said.data + talk->said.len - end);
    json_t *sent = json_loadb((const char *)talk->body, talk->len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    json_t *back = json_loadb(end, len, JSON_DECODE_ANY, NULL);
    bool accepted = strncmp(talk->said.data + 9, "200", 3) == 0;
    if (!back || (accepted && (!sent || !json_equal(sent, back))))
        abort();
    if (!accepted && strncmp(talk->said.data + 9, "400", 3) != 0)
        abort();
    json_decref(sent);
    json_decref(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0 || len > 4000)
        return 0;
    struct ouro_buf whole = {0};
    for (int way = 0; way < 2; way++) {
        struct talk talk = {.body = data + 1, .len = len - 1, .split = way ? 1 + data[0] : 0};
        if (ouro_sim_run(1, NULL, play, &talk) < 0)
            abort();
        check(&talk);
        if (way == 0)
            whole = talk.said;
        else if (!same_transcript(&whole, &talk.said))
            abort();
        if (way > 0)
            ouro_buf_done(&talk.said);
    }
    ouro_buf_done(&whole);
    return 0;
}
