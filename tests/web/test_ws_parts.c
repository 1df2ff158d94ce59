/* SPDX-License-Identifier: MIT */
/* Messages whose bytes lie in several places: they arrive as one, whatever the client takes at
 * once, and nothing is copied to get them there. */
#include "talk.h"

#define HANDSHAKE                                                                  \
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void on_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ws, (void)message, (void)ud;
}

static void on_closed(struct ouro_ws *ws, void *ud)
{
    struct ouro_ws **place = ud;
    *place = ouro_ws_free(ws);
}

static int accept_it(struct ouro_http *http, void *ud)
{
    static const struct ouro_ws_consumer consumer = {on_message, on_closed};
    struct ouro_ws **place = ud;
    int rc = ouro_ws_accept(http, NULL, place);
    if (rc == 0)
        ouro_ws_consume(*place, &consumer, ud);
    return rc;
}

/* A slab of numbered bytes, and a message of every second piece of it. */
struct message {
    struct ouro_frame *slab, *head;
    struct ouro_part parts[400];
    size_t count;
    struct ouro_buf whole;
};

static void compose(struct message *message, size_t pieces, uint32_t piece_bytes)
{
    uint8_t *bytes, prefix[OURO_FRAME_PREFIX_MAX], *head;
    size_t prefix_bytes = ouro_frame_prefix(prefix, OURO_FRAME_BINARY, pieces * piece_bytes);
    *message = (struct message){.count = pieces + 1};
    message->slab = ouro_frame_blank(OURO_FRAME_BINARY, 2 * pieces * piece_bytes, &bytes);
    message->head = ouro_frame_blank(OURO_FRAME_BINARY, prefix_bytes, &head);
    memcpy(head, prefix, prefix_bytes);
    for (size_t i = 0; i < 2 * pieces * piece_bytes; i++)
        bytes[i] = (uint8_t)(i * 7 / 5);
    struct ouro_part slab = ouro_part_of(message->slab), whole = ouro_part_of(message->head);
    message->parts[0] = (struct ouro_part){message->head, whole.len - (uint32_t)prefix_bytes,
                                           (uint32_t)prefix_bytes};
    for (uint32_t i = 0; i < pieces; i++)
        message->parts[1 + i] = (struct ouro_part){
            message->slab, slab.len - (uint32_t)(2 * (pieces - i)) * piece_bytes, piece_bytes};
    for (size_t i = 0; i < message->count; i++)
        ouro_buf_append(&message->whole, ouro_part_bytes(&message->parts[i]),
                        message->parts[i].len);
}

static void decompose(struct message *message)
{
    ck_assert(!ouro_frame_shared(message->slab)); /* whoever held it has given it back */
    ck_assert(!ouro_frame_shared(message->head));
    ouro_frame_unref(message->slab);
    ouro_frame_unref(message->head);
    ouro_buf_done(&message->whole);
}

/* So many times that message, to a client that reads only afterwards. */
static int send_times(size_t pieces, uint32_t piece_bytes, size_t times)
{
    struct ouro_ws *ws = NULL;
    struct message message;
    struct talk talk;
    struct ouro_buf heard = {0};
    talk_open(&talk, accept_it, &ws, NULL);
    say(&talk, HANDSHAKE);
    settle();
    compose(&message, pieces, piece_bytes);
    for (size_t i = 0; i < times; i++)
        ck_assert_int_eq(ouro_ws_send_parts(ws, message.parts, message.count), 0);
    bool queued = ouro_ws_backlog_bytes(ws) > 0;
    ck_assert(ouro_frame_shared(message.slab) == queued);
    ck_assert_int_eq(hear(&talk, OURO_MS(10), &heard), -ETIMEDOUT);
    const char *end = memmem(heard.data, heard.len, "\r\n\r\n", 4);
    ck_assert_ptr_nonnull(end);
    size_t head = (size_t)(end + 4 - heard.data);
    ck_assert_uint_eq(heard.len - head, times * message.whole.len);
    for (size_t i = 0; i < times; i++)
        ck_assert_mem_eq(end + 4 + i * message.whole.len, message.whole.data, message.whole.len);
    ck_assert_uint_eq(ouro_ws_backlog_bytes(ws), 0);
    ouro_buf_done(&heard);
    ck_assert_int_eq(talk_close(&talk), 0);
    settle();
    ck_assert_ptr_null(ws);
    decompose(&message);
    return queued;
}

SIM_TEST(what_fits_leaves_at_once)
{
    ck_assert_int_eq(send_times(1, 10, 1), 0);
    ck_assert_int_eq(send_times(10, 100, 3), 0);
    return 0;
}

SIM_TEST(what_does_not_fit_waits_by_reference)
{
    ck_assert_int_eq(send_times(50, 1000, 4), 1);
    ck_assert_int_eq(send_times(1, 60000, 3), 1);
    return 0;
}

SIM_TEST(more_parts_than_one_write_takes)
{
    ck_assert_int_eq(send_times(399, 20, 1), 0);
    ck_assert_int_eq(send_times(399, 200, 2), 1);
    return 0;
}

SIM_TEST(what_is_beyond_the_bound_is_refused_whole)
{
    struct ouro_ws *ws = NULL;
    struct message message;
    struct talk talk;
    int rc = 0;
    talk_open(&talk, accept_it, &ws, NULL);
    say(&talk, HANDSHAKE);
    settle();
    compose(&message, 10, 5000);
    for (int i = 0; rc == 0 && i < 100; i++)
        rc = ouro_ws_send_parts(ws, message.parts, message.count);
    ck_assert_int_eq(rc, -OURO_ELIMIT);
    ck_assert_uint_le(ouro_ws_backlog_bytes(ws), 256 * 1024);
    ouro_ws_close(ws, 1000, NULL);
    ck_assert_int_eq(ouro_ws_send_parts(ws, message.parts, message.count), -OURO_ECLOSED);
    ck_assert_int_eq(talk_close(&talk), 0);
    ouro_sleep(OURO_SEC(3));
    decompose(&message);
    return 0;
}
