/* SPDX-License-Identifier: MIT */
/* Groups 9, 10, 12 and 13 of the Autobahn test suite: long messages in frames and pieces of all
 * sizes, and compression with all parameters. What is sent is compressed by zlib itself. */
#include "cases.h"

#include <zlib.h>

#define OFFER(parameters)  "Sec-WebSocket-Extensions: permessage-deflate" parameters "\r\n"
#define ANSWER(parameters) OFFER("; server_no_context_takeover" parameters)

/* --- payloads --------------------------------------------------------------------------------- */

/* Of the kinds of group 12: JSON, text in several scripts, repetition, and what can't be
 * compressed. */
enum kind { JSON, LETTERS, ZEROS, RANDOM, KINDS };

static char *payload_of(enum kind kind, size_t len, uint64_t seed)
{
    static const char *const parts[] = {"{\"id\":", ",\"name\":\"", "Ada", "Grace", "\"},[", "]"};
    struct ouro_rng rng;
    char *data = malloc(len + 32);
    ouro_rng_seed(&rng, seed);
    for (size_t at = 0; at < len;) {
        if (kind == JSON)
            at += (size_t)sprintf(data + at, "%s%u", parts[ouro_rng_below(&rng, 6)],
                                  ouro_rng_below(&rng, 1000));
        else
            data[at++] =
                kind == ZEROS ? '0' : (char)ouro_rng_below(&rng, kind == RANDOM ? 256 : 64);
    }
    return data;
}

/* --- the peer's compression --------------------------------------------------------------------
 */

struct zip {
    z_stream zip;
    bool context;
};

static void zip_open(struct zip *zip, int bits, bool context)
{
    *zip = (struct zip){.context = context};
    ck_assert_int_eq(deflateInit2(&zip->zip, 6, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
}

static struct ouro_buf zipped(struct zip *zip, const void *data, size_t len)
{
    struct ouro_buf out = {0};
    z_stream *z = &zip->zip;
    if (!zip->context)
        deflateReset(z);
    if (len == 0) { /* zlib sees no reason to say that twice: RFC 7692 7.2.3.6 */
        ouro_buf_putc(&out, '\0');
        return out;
    }
    size_t room = deflateBound(z, len) + 64;
    z->next_in = (Bytef *)(uintptr_t)data;
    z->avail_in = (uInt)len;
    z->next_out = (Bytef *)ouro_buf_reserve(&out, room);
    z->avail_out = (uInt)room;
    ck_assert_int_eq(deflate(z, Z_SYNC_FLUSH), Z_OK);
    out.len = room - z->avail_out - 4;
    return out;
}

/* A message in frames of that size (0: one), with a ping after each but the last. */
static void put_message(struct peer *peer, struct ouro_buf *out, int first, const char *data,
                        size_t len, size_t frame_bytes)
{
    size_t at = 0;
    while (frame_bytes && len - at > frame_bytes) {
        put_for(peer, out, first, data + at, frame_bytes);
        put_for(peer, out, FIN | PING, "amid", 4);
        at += frame_bytes;
        first = CONTINUATION;
    }
    put_for(peer, out, FIN | first, data + at, len - at);
}

/* --- what comes back ----------------------------------------------------------------------------
 */

/* What is heard, taken apart as it comes: the next message, inflated. */
struct ear {
    struct ouro__ws parser;
    struct ouro__inflater *inflater;
    struct ouro_buf bytes, message;
    struct ouro__ws_input in; /* in the bytes */
    int compressed, close_code;
};

static void ear_open(struct ear *ear, const struct peer *peer)
{
    *ear = (struct ear){0};
    ouro__ws_init(&ear->parser, peer->who == CLIENT_TASK ? OURO__WS_SERVER : OURO__WS_CLIENT, true);
    ouro__deflate_enter();
    ck_assert_int_eq(ouro__inflater_borrow(&ear->inflater), 0);
    ouro__inflater_begin(ear->inflater, false);
}

static void ear_close(struct ear *ear)
{
    ouro__inflater_give_back(ear->inflater);
    ouro__deflate_leave();
    ouro_buf_done(&ear->bytes);
    ouro_buf_done(&ear->message);
}

/* True: a message, or a close, has ended. */
static bool take_event(struct ear *ear, int kind, const struct ouro__ws_event *event)
{
    if (kind == OURO__WS_CLOSE)
        ear->close_code = event->close_code;
    if (kind == OURO__WS_TEXT || kind == OURO__WS_BINARY)
        ouro_buf_append(&ear->message, event->data, event->len);
    if (kind == OURO__WS_PIECE) {
        ck_assert_int_eq(ouro__inflater_feed(ear->inflater, event->data, event->len, event->last,
                                             false, 1 << 24),
                         0);
        if (!event->last)
            return false;
        size_t len;
        const uint8_t *data = ouro__inflater_message(ear->inflater, &len);
        ouro_buf_append(&ear->message, data, len);
        ouro__inflater_begin(ear->inflater, false); /* our side never refers to what was before */
        ear->compressed++;
    }
    return kind != OURO__WS_PING && kind != OURO__WS_PONG;
}

/* Read behind what must be kept; that is moved once a message, for there may be much of it. */
static void hear_more(struct peer *peer, struct ear *ear)
{
    size_t kept = (size_t)(ear->in.end - ear->in.head);
    struct ouro_buf *bytes = &ear->bytes;
    if (kept && (char *)ear->in.head != bytes->data)
        memmove(bytes->data, ear->in.head, kept);
    bytes->len = kept;
    char *room = ouro_buf_reserve(bytes, 1 << 17);
    int got = ouro_read(peer->talk.client, room, 1 << 17, SOON);
    ck_assert_int_gt(got, 0);
    bytes->len += (size_t)got;
    ear->in = ouro__ws_input(&ear->parser, (uint8_t *)bytes->data, bytes->len);
}

static void hear_next(struct peer *peer, struct ear *ear)
{
    static const struct ouro__ws_limits limits = {1 << 24, 1000};
    struct ouro__ws_event event;
    ouro_buf_clear(&ear->message);
    for (;;) {
        int kind = ouro__ws_next(&ear->parser, &limits, &ear->in, &event);
        ck_assert_int_ge(kind, 0);
        if (kind == 0)
            hear_more(peer, ear);
        else if (take_event(ear, kind, &event))
            return;
    }
}

/* The answer to the handshake is heard first, if it comes to a client. */
static void skip_handshake(struct peer *peer, struct ear *ear, const char *expected)
{
    char head[1024];
    size_t len = 0;
    for (; len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0; len++)
        ck_assert_int_eq(ouro_read(peer->talk.client, head + len, 1, SOON), 1);
    head[len] = '\0';
    ck_assert_msg(strstr(head, expected), "'%s' without '%s'", head, expected);
    (void)ear;
}

/* What is said, in pieces of that size (0: as it comes). */
struct saying {
    struct peer *peer;
    struct ouro_buf out;
    size_t chop_bytes;
};

static int put_bytes(void *arg)
{
    struct saying *saying = arg;
    const struct ouro_buf *out = &saying->out;
    size_t step = saying->chop_bytes ? saying->chop_bytes : out->len;
    int rc = 0;
    for (size_t at = 0; at < out->len && rc == 0; at += step) {
        size_t len = out->len - at < step ? out->len - at : step;
        rc = ouro_write(saying->peer->talk.client, out->data + at, len, OURO_FOREVER);
        if (rc == 0)
            rc = ouro_yield(); /* and so it is read */
    }
    return rc;
}

/* Said and heard at the same time, for it may be more than a stream holds. */
static void expect_echo(struct saying *saying, struct ear *ear, const char *data, size_t len)
{
    struct ouro_task *sender = started(put_bytes, saying);
    hear_next(saying->peer, ear);
    ck_assert_int_eq(status_of(sender), 0);
    ck_assert_uint_eq(ear->message.len, len);
    ck_assert(len == 0 || memcmp(ear->message.data, data, len) == 0);
    ouro_buf_done(&saying->out);
}

static void say_goodbye(struct peer *peer, struct ear *ear)
{
    struct ouro_buf out = {0};
    put_for(peer, &out, FIN | CLOSE, "\x03\xe8", 2);
    say_bytes(&peer->talk, out.data, out.len);
    hear_next(peer, ear);
    ck_assert_int_eq(ear->close_code, 1000);
    ouro_buf_done(&out);
    ear_close(ear);
    peer_close(peer);
    ck_assert_uint_eq(peer->code, 1000);
}

/* --- 9 and 10: long messages --------------------------------------------------------------------
 */

/* The lengths and counts of the suite; without it some of them, as many as take a second. */
static bool in_full(void)
{
    return getenv("OURO_TEST_FULL") != NULL;
}

struct length {
    size_t bytes, frame_bytes, chop_bytes;
};

static const struct length some_lengths[] = {{1 << 16},
                                             {1 << 18},
                                             {1 << 20},
                                             {4 << 20},
                                             {1 << 20, 4096},
                                             {1 << 16, 1300},
                                             {1 << 20, 65536},
                                             {1 << 20, 8192},
                                             {1 << 17, 256},
                                             {1 << 17, 0, 256},
                                             {0}};

/* 9.1 to 9.6, and 10.1.1. */
static const struct length all_lengths[] = {{1 << 16},
                                            {1 << 18},
                                            {1 << 20},
                                            {4 << 20},
                                            {8 << 20},
                                            {16 << 20},
                                            {4 << 20, 64},
                                            {4 << 20, 256},
                                            {4 << 20, 1 << 10},
                                            {4 << 20, 4 << 10},
                                            {4 << 20, 16 << 10},
                                            {4 << 20, 64 << 10},
                                            {4 << 20, 256 << 10},
                                            {4 << 20, 1 << 20},
                                            {4 << 20, 4 << 20},
                                            {1 << 20, 0, 64},
                                            {1 << 20, 0, 128},
                                            {1 << 20, 0, 256},
                                            {1 << 20, 0, 512},
                                            {1 << 20, 0, 1024},
                                            {1 << 20, 0, 2048},
                                            {1 << 16, 1300},
                                            {0}};

static void try_length(const struct length *length, int opcode, enum who who)
{
    static const struct ouro_ws_options options = {
        .message_bytes_max = 16 << 20, .queue_bytes_max = 17 << 20, .fragments_max = 65536};
    struct peer peer = {.who = who, .options = &options};
    struct saying saying = {.peer = &peer, .chop_bytes = length->chop_bytes};
    struct ear ear;
    char *data = payload_of(LETTERS, length->bytes, length->bytes + length->frame_bytes);
    ear_open(&ear, &peer);
    peer_open(&peer, "", "");
    if (who != CLIENT_TASK)
        skip_handshake(&peer, &ear, "101");
    put_message(&peer, &saying.out, opcode, data, length->bytes, length->frame_bytes);
    expect_echo(&saying, &ear, data, length->bytes);
    say_goodbye(&peer, &ear);
    free(data);
}

static int try_lengths(enum who who)
{
    const struct length *length = in_full() ? all_lengths : some_lengths;
    for (int opcode = TEXT; length->bytes; length++, opcode = opcode == TEXT ? BINARY : TEXT) {
        try_length(length, opcode, who);
        if (in_full())
            try_length(length, opcode == TEXT ? BINARY : TEXT, who);
    }
    return 0;
}

SIM_TEST(cases_of_groups_9_and_10_to_a_task)
{
    return try_lengths(SERVER_TASK);
}

SIM_TEST(cases_of_groups_9_and_10_to_a_consumer)
{
    return try_lengths(SERVER_CONSUMER);
}

SIM_TEST(cases_of_groups_9_and_10_to_a_client)
{
    return try_lengths(CLIENT_TASK);
}

/* --- 12 and 13: compression ---------------------------------------------------------------------
 */

static const struct agreement {
    struct ouro_ws_deflate wish;
    const char *offer;    /* of a client to our server */
    const char *accepted; /* in its answer; "" none of it */
    const char *answer;   /* of a server to our client */
    int bits;             /* that the peer may compress with */
    bool context;         /* that it may refer to */
} agreements[] = {
    {{.on = true}, OFFER(""), "client_no_context_takeover\r\n", ANSWER(""), 15, false}, /* 13.1 */
    {{.on = true}, OFFER("; server_no_context_takeover"), "no_context", ANSWER(""), 15, false},
    {{.on = true},
     OFFER("; server_max_window_bits=9"),
     "server_max_window_bits=9",
     ANSWER("; client_max_window_bits=9"),
     15,
     false}, /* 13.3 */
    {{.on = true},
     OFFER("; server_max_window_bits=8"),
     "server_max_window_bits=8",
     ANSWER("; client_max_window_bits=8"),
     15,
     false},
    {{.on = true},
     OFFER("; client_no_context_takeover; server_max_window_bits=15"),
     "server_max_window_bits=15",
     ANSWER("; client_max_window_bits=15"),
     15,
     false}, /* 13.4 */
    {{.on = true},
     OFFER("; server_no_context_takeover; server_max_window_bits=9"),
     "server_max_window_bits=9",
     ANSWER("; server_max_window_bits=10"),
     10,
     false}, /* 13.5 */
    {{.on = true},
     OFFER("; x, permessage-deflate; client_max_window_bits=9"),
     "client_max_window_bits=9",
     ANSWER("; server_max_window_bits=9"),
     9,
     false}, /* 13.7 */
    {{.on = true, .context = true},
     OFFER("; client_max_window_bits"),
     "permessage-deflate; server_no_context_takeover\r\n",
     OFFER(""),
     15,
     true},
    {{.on = true, .context = true, .window_bits = 10},
     OFFER("; client_max_window_bits"),
     "client_max_window_bits=10",
     OFFER("; server_max_window_bits=9"),
     9,
     true},
};

/* A connection with compression. */
struct zipping {
    struct peer peer;
    struct ear ear;
    struct zip zip;
};

static void echo_zipped(struct zipping *zipping, enum kind kind, const char *data, size_t len,
                        size_t frame_bytes)
{
    struct saying saying = {.peer = &zipping->peer};
    struct ouro_buf bytes = zipped(&zipping->zip, data, len);
    put_message(&zipping->peer, &saying.out, 0x40 | (kind == RANDOM ? BINARY : TEXT), bytes.data,
                bytes.len, frame_bytes);
    expect_echo(&saying, &zipping->ear, data, len);
    ouro_buf_done(&bytes);
}

static void echo_some(struct zipping *zipping)
{
    static const size_t sizes[] = {0, 16, 64, 256, 1024, 4096, 8192, 32768, 65536, 131072};
    for (unsigned n = 0; n < 10 * KINDS; n++) {
        size_t len = sizes[n / KINDS];
        char *data = payload_of((enum kind)(n % KINDS), len, n / 2);
        echo_zipped(zipping, (enum kind)(n % KINDS), data, len, n % 3 ? 0 : 1 + len / 7);
        free(data);
    }
}

#define PLACES 4096 /* of a long payload where a message may begin, so that they differ */

/* 12.x.1 to 12.x.18, and as many of 13. */
static void echo_all_sizes(struct zipping *zipping)
{
    static const struct length lengths[] = {
        {16},           {64},           {256},           {1024},       {4096},
        {8192},         {16384},        {32768},         {65536},      {131072},
        {8192, 256},    {16384, 256},   {32768, 256},    {65536, 256}, {131072, 256},
        {131072, 1024}, {131072, 4096}, {131072, 32768}, {0}};
    char *payloads[KINDS];
    for (enum kind kind = 0; kind < KINDS; kind++)
        payloads[kind] = payload_of(kind, 131072 + PLACES, kind);
    for (const struct length *length = lengths; length->bytes; length++)
        for (unsigned n = 0; n < 1000; n++) {
            enum kind kind = n % KINDS;
            const char *data = payloads[kind] + 97 * n % PLACES;
            echo_zipped(zipping, kind, data, length->bytes, length->frame_bytes);
        }
    for (enum kind kind = 0; kind < KINDS; kind++)
        free(payloads[kind]);
}

static void try_agreement(const struct agreement *agreement, enum who who)
{
    struct ouro_ws_options options = {
        .message_bytes_max = 1 << 17, .queue_bytes_max = 1 << 19, .deflate = agreement->wish};
    struct zipping zipping = {.peer = {.who = who, .options = &options}};
    ear_open(&zipping.ear, &zipping.peer);
    zip_open(&zipping.zip, agreement->bits, agreement->context);
    peer_open(&zipping.peer, agreement->offer, agreement->answer);
    if (who != CLIENT_TASK)
        skip_handshake(&zipping.peer, &zipping.ear, agreement->accepted);
    (in_full() ? echo_all_sizes : echo_some)(&zipping);
    ck_assert_int_gt(zipping.ear.compressed, 2); /* or this would prove little */
    say_goodbye(&zipping.peer, &zipping.ear);
    deflateEnd(&zipping.zip.zip);
}

/* In full, which takes minutes, each is tried with one of the three. */
static int try_agreements(enum who who)
{
    size_t first = in_full() ? who : 0, step = in_full() ? WHOS : 1;
    for (size_t i = first; i < sizeof agreements / sizeof *agreements; i += step)
        try_agreement(&agreements[i], who);
    return 0;
}

SIM_TEST(cases_of_groups_12_and_13_to_a_task)
{
    return try_agreements(SERVER_TASK);
}

SIM_TEST(cases_of_groups_12_and_13_to_a_consumer)
{
    return try_agreements(SERVER_CONSUMER);
}

SIM_TEST(cases_of_groups_12_and_13_to_a_client)
{
    return try_agreements(CLIENT_TASK);
}

/* --- what is wrong in compressed messages
 * --------------------------------------------------------- */

#define ZIPPED_HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"
#define LIMIT        1000
#define WIRE_MAX     (2 * LIMIT + 1024) /* of a compressed message on its way, at the most */

static const struct {
    const char *what;
    struct {
        int first;
        const char *payload;
        size_t len;
    } frames[4];
    const char *heard;
} wrongs[] = {
#define F(first, text)                    \
    {                                     \
        (first), (text), sizeof(text) - 1 \
    }
    {"nothing", {F(0xc1, ZIPPED_HELLO), F(FIN | CLOSE, "\x03\xe8")}, "text:Hello\nclose:1000:\n"},
    {"not compressed, though it could be",
     {F(0x81, "Hello"), F(FIN | CLOSE, "\x03\xe8")},
     "text:Hello\nclose:1000:\n"},
    {"a ping amid",
     {F(0x41, "\xf2\x48"), F(0x89, "p"), F(0x80, "\xcd\xc9\xc9\x07\x00"),
      F(FIN | CLOSE, "\x03\xe8")},
     "pong:p\ntext:Hello\nclose:1000:\n"},
    {"RSV1 in a continuation",
     {F(0x41, "\xf2\x48"), F(0xc0, "\xcd\xc9\xc9\x07\x00")},
     "close:1002:reserved bit set without an extension\n"},
    {"RSV1 in a ping", {F(0xc9, "")}, "close:1002:reserved bit set without an extension\n"},
    {"RSV2", {F(0xa1, "")}, "close:1002:reserved bit set without an extension\n"},
    {"corrupt", {F(0xc1, "\xff\xff")}, "close:1007:compressed data is corrupt\n"},
    {"cut off", {F(0xc1, "\xf2\x48\xcd")}, "close:1007:compressed data is corrupt\n"},
    {"corrupt, before its end",
     {F(0x41, "\xff\xff"), F(0x00, "x")},
     "close:1007:compressed data is corrupt\n"},
    {"no UTF-8, before its end",
     {F(0x41, "\x00\x01\x00\xfe\xff\xff"), F(0x00, "x")},
     "close:1007:text is not UTF-8\n"},
    {"refers to the message before",
     {F(0xc1, ZIPPED_HELLO), F(0xc1, "\xf2\x00\x11\x00\x00")},
     "text:Hello\nclose:1007:compressed data is corrupt\n"},
    {"longer than it may be on its way",
     {F(0x41, ZIPPED_HELLO), {0x80, NULL, WIRE_MAX}},
     "close:1009:message too long\n"},
    {"longer than it may be inflated", {{0xc1, "", LIMIT + 1}}, "close:1009:message too long\n"},
#undef F
};

static void put_wrong(struct peer *peer, struct ouro_buf *out, size_t row)
{
    char zeros[WIRE_MAX] = "";
    for (int i = 0; i < 4 && wrongs[row].frames[i].first; i++) {
        int first = wrongs[row].frames[i].first;
        size_t len = wrongs[row].frames[i].len;
        const char *payload = wrongs[row].frames[i].payload;
        if (payload && (len == 0 || *payload || len <= 6)) {
            put_for(peer, out, first, payload, len);
        } else if (!payload) {
            put_for(peer, out, first, zeros, len);
        } else { /* that much, compressed */
            struct zip zip;
            zip_open(&zip, 15, false);
            struct ouro_buf bytes = zipped(&zip, zeros, len);
            put_for(peer, out, first, bytes.data, bytes.len);
            ouro_buf_done(&bytes);
            deflateEnd(&zip.zip);
        }
    }
}

SIM_TEST(compressed_messages_that_are_wrong)
{
    static const struct ouro_ws_options options = {.message_bytes_max = LIMIT,
                                                   .deflate = {.on = true}};
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        for (int n = 0; n < WHOS * 6; n++) {
            struct peer peer = {.who = (enum who)(n % WHOS), .options = &options};
            struct ouro_buf out = {0};
            put_wrong(&peer, &out, i);
            peer_open(&peer, OFFER(""), ANSWER(""));
            say_split(&peer.talk, out.data, out.len, split_number(n / WHOS));
            struct ouro_buf said = peer_hear(&peer, true);
            ouro_buf_putc(&said, '\0');
            ck_assert_msg(strcmp(said.data, wrongs[i].heard) == 0, "%s, who %d: '%s', not '%s'",
                          wrongs[i].what, peer.who, said.data, wrongs[i].heard);
            peer_close(&peer);
            ouro_buf_done(&said);
            ouro_buf_done(&out);
        }
    }
    return 0;
}

/* --- bombs ---------------------------------------------------------------------------------------
 */

/* Hundreds of small messages that inflate to the most that is allowed, again and again: no turn of
 * the loop does more than its share, and others are heard in between. */
static int heard_messages;

static void count_message(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud)
{
    (void)ws, (void)ud;
    heard_messages += message->len == 65536;
}

static void free_it(struct ouro_ws *ws, void *ud)
{
    (void)ud;
    ouro_ws_free(ws);
}

static int serve_counting(struct ouro_http *http, void *options)
{
    static const struct ouro_ws_consumer consumer = {count_message, free_it};
    struct ouro_ws *ws;
    struct ouro_ws_message message;
    bool without_task = ouro_http_path(http)[1] == 'w';
    int rc = ouro_ws_accept(http, options, &ws);
    if (rc < 0)
        return rc;
    if (without_task) {
        ouro_ws_consume(ws, &consumer, NULL);
        return 0;
    }
    while (ouro_ws_recv(ws, OURO_FOREVER, &message) == 0)
        count_message(ws, &message, NULL);
    ouro_ws_free(ws);
    return 0;
}

SIM_TEST(a_turn_inflates_no_more_than_its_share)
{
    static struct ouro_ws_options options = {.deflate = {.on = true}};
    for (int way = 0; way < 2; way++) {
        enum { BOMBS = 400, SHARE = 1024 / 64 + 2 };
        struct talk talk;
        struct ouro_buf out = {0};
        struct zip zip;
        char *zeros = calloc(1, 65536), handshake[] = HANDSHAKE;
        struct peer client = {.who = SERVER_TASK};
        zip_open(&zip, 15, false);
        struct ouro_buf bomb = zipped(&zip, zeros, 65536);
        for (int i = 0; i < BOMBS; i++)
            put_for(&client, &out, 0xc2, bomb.data, bomb.len);
        ck_assert_uint_lt(out.len, OURO_STREAM_PAIR_BYTES);
        handshake[5] = way ? 'w' : 't';
        talk_open(&talk, serve_counting, &options, NULL);
        say_bytes(&talk, handshake, strlen(handshake) - 2);
        say(&talk, OFFER("") "\r\n");
        settle();
        heard_messages = 0;
        ck_assert_int_eq(ouro_stream_try_write(talk.client, out.data, out.len), (int)out.len);
        for (int turn = 0, before = 0; turn < 100000 && heard_messages < BOMBS;
             turn++, before = heard_messages) {
            ck_assert_int_eq(ouro_yield(), 0);
            ck_assert_int_le(heard_messages - before, SHARE);
        }
        ck_assert_int_eq(heard_messages, BOMBS);
        ck_assert_int_eq(talk_close(&talk), 0);
        settle();
        deflateEnd(&zip.zip);
        ouro_buf_done(&bomb);
        ouro_buf_done(&out);
        free(zeros);
    }
    return 0;
}
