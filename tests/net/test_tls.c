/* SPDX-License-Identifier: MIT */
/* Streams of TLS: order, back-pressure, ends that were meant and ends that were not, edges. */
#include "tls_scene.h"

#include <malloc.h>
#include <sys/uio.h>

static struct hands open_hands(struct tls_world *world)
{
    world_open(world);
    return join_hands(world, "a.test");
}

static void close_hands(struct tls_world *world, struct hands *hands)
{
    part(hands);
    world_close(world);
}

/* --- a transport in crumbs -------------------------------------------------------------------- */

/* Over a stream in memory: gives and takes one byte at a time, says -EAGAIN before each, and then
 * tells its watcher: as hard as the contract of a stream allows. */
struct crumbs {
    struct ouro_stream base;
    struct ouro_stream *under;
    struct ouro_timer timer;
    unsigned owed; /* edges, after an -EAGAIN */
    bool willing[2];
};

static struct crumbs *crumbs_of(struct ouro_stream *stream)
{
    return ouro_container(stream, struct crumbs, base);
}

/* At every second call it wants to be asked again. */
static bool unwilling(struct crumbs *crumbs, enum ouro__direction direction)
{
    crumbs->willing[direction] = !crumbs->willing[direction];
    if (crumbs->willing[direction])
        return false;
    crumbs->owed |= direction == OURO__READ ? OURO_EDGE_READ : OURO_EDGE_WRITE;
    ouro_timer_start(&crumbs->timer, ouro_now() + 1);
    return true;
}

static void pay_edges(struct ouro_timer *timer)
{
    struct crumbs *crumbs = ouro_container(timer, struct crumbs, timer);
    unsigned edges = crumbs->owed;
    crumbs->owed = 0;
    if (crumbs->base.on_edge)
        crumbs->base.on_edge(&crumbs->base, edges, crumbs->base.ud);
}

static void pass_edges_on(struct ouro_stream *under, unsigned edges, void *ud)
{
    struct crumbs *crumbs = ud;
    (void)under;
    if (crumbs->base.on_edge)
        crumbs->base.on_edge(&crumbs->base, edges, crumbs->base.ud);
}

static int crumbs_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    struct crumbs *crumbs = crumbs_of(stream);
    if (unwilling(crumbs, OURO__READ))
        return -EAGAIN;
    return ouro_stream_try_read(crumbs->under, buf, len ? 1 : 0);
}

static int crumbs_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    struct crumbs *crumbs = crumbs_of(stream);
    (void)count;
    if (unwilling(crumbs, OURO__WRITE))
        return -EAGAIN;
    return ouro_stream_try_write(crumbs->under, parts->iov_base, parts->iov_len ? 1 : 0);
}

static int crumbs_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    (void)stream, (void)direction, (void)deadline;
    return ouro_yield(); /* only for the first byte: TLS watches from then on */
}

static int crumbs_shutdown(struct ouro_stream *stream)
{
    return ouro_stream_shutdown(crumbs_of(stream)->under);
}

static void crumbs_close(struct ouro_stream *stream)
{
    struct crumbs *crumbs = crumbs_of(stream);
    ouro_timer_stop(&crumbs->timer);
    crumbs->under = ouro_stream_close(crumbs->under);
}

static void crumbs_free(struct ouro_stream *stream)
{
    free(crumbs_of(stream));
}

static int crumbs_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    return ouro__stream_peer(crumbs_of(stream)->under, ret_address);
}

static struct ouro_stream *crumbs_new(struct ouro_stream *under)
{
    static const struct ouro__stream_ops ops = {
        .try_read = crumbs_try_read,
        .try_writev = crumbs_try_writev,
        .wait = crumbs_wait,
        .shutdown = crumbs_shutdown,
        .close = crumbs_close,
        .free = crumbs_free,
        .peer = crumbs_peer,
    };
    struct crumbs *crumbs = calloc(1, sizeof *crumbs);
    crumbs->base.ops = &ops;
    crumbs->under = under;
    crumbs->timer.fn = pay_edges;
    ouro_stream_watch(under, pass_edges_on, crumbs);
    return &crumbs->base;
}

static struct hands join_hands_in_crumbs(const struct tls_world *world)
{
    struct ouro_stream *plain[2];
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    for (int i = 0; i < 2; i++)
        plain[i] = crumbs_new(plain[i]);
    struct hands hands = shake_over(world, plain, "a.test");
    ck_assert_int_eq(hands.server_rc, 0);
    ck_assert_int_eq(hands.client_rc, 0);
    return hands;
}

/* --- bytes, all of them, in order ------------------------------------------------------------- */

/* Both ways at the same time. */
static void exchange(const struct hands *hands, size_t len, size_t piece)
{
    char *data = pattern_new(len);
    struct io_call calls[] = {{hands->client, data, len, OURO_FOREVER},
                              {hands->server, data, len, OURO_FOREVER}};
    struct ouro_task *writers[] = {started(write_whole, &calls[0]),
                                   started(write_whole, &calls[1])};
    expect_bytes(hands->server, data, len, piece);
    expect_bytes(hands->client, data, len, piece);
    ck_assert_int_eq(status_of(writers[0]), 0);
    ck_assert_int_eq(status_of(writers[1]), 0);
    free(data);
}

SIM_TEST(bytes_of_any_number_go_both_ways)
{
    static const size_t sizes[] = {1, 2, 100, 16383, 16384, 16385, 65536, 65537, 300001, 1 << 20};
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int v = 0; v < 2; v++) {
        struct tls_world world;
        world_open(&world);
        client_at_most(&world, versions[v]);
        struct hands hands = join_hands(&world, "a.test");
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            exchange(&hands, sizes[i], 8191);
        close_hands(&world, &hands);
    }
    return 0;
}

SIM_TEST(a_transport_in_crumbs_is_no_different)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int v = 0; v < 2; v++) {
        struct tls_world world;
        world_open(&world);
        client_at_most(&world, versions[v]);
        for (int round = 0; round < 2; round++) {
            struct hands hands = join_hands_in_crumbs(&world);
            ck_assert_int_eq(info_of(hands.server).resumed, round);
            exchange(&hands, 1, 1);
            exchange(&hands, 40000, 777);
            ck_assert_int_eq(ouro_stream_shutdown(hands.client), 0);
            expect_end(hands.server);
            part(&hands);
        }
        world_close(&world);
    }
    return 0;
}

SIM_TEST(gathered_parts_arrive_as_one)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char *data = pattern_new(50000);
    struct iovec parts[] = {{data, 2},        {data + 2, 0},        {data + 2, 998},
                            {NULL, 0},        {data + 1000, 40000}, {data + 41000, 8999},
                            {data + 49999, 1}};
    ck_assert_int_eq(ouro_stream_try_writev(hands.server, parts, 7), 50000);
    expect_bytes(hands.client, data, 50000, 8192);
    ck_assert_int_eq(ouro_stream_try_writev(hands.server, parts + 3, 1), 0);
    ck_assert_int_eq(ouro_stream_try_writev(hands.server, parts, 0), 0);

    /* Small ones share a record: one that is read is there as a whole. */
    char got[1000];
    ck_assert_int_eq(ouro_stream_try_writev(hands.server, parts, 3), 1000);
    ck_assert_int_eq(ouro_stream_try_read(hands.client, got, sizeof got), 1000);
    ck_assert_mem_eq(got, data, 1000);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* Less than was asked for means that there was no more: as with a socket, and watchers count on it.
 */
SIM_TEST(a_read_takes_all_the_records_that_are_there)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char *data = pattern_new(40000), *got = malloc(60000);
    for (size_t at = 0; at < 40000; at += 1000)
        ck_assert_int_eq(ouro_stream_try_write(hands.client, data + at, 1000), 1000);
    ck_assert_int_eq(ouro_stream_try_read(hands.server, got, 60000), 40000);
    ck_assert_mem_eq(got, data, 40000);
    ck_assert_int_eq(ouro_stream_try_read(hands.server, got, 60000), -EAGAIN);
    free(got);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* Each costs as much as a long one: others have their turn before all of them are read. */
SIM_TEST(of_tiny_records_a_read_takes_no_more_than_its_share)
{
    enum { RECORDS = 1000 };
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char *data = pattern_new(RECORDS), got[RECORDS];
    for (size_t at = 0; at < RECORDS; at++)
        ck_assert_int_eq(ouro_stream_try_write(hands.client, data + at, 1), 1);
    int first = ouro_stream_try_read(hands.server, got, RECORDS);
    ck_assert_int_gt(first, 0);
    ck_assert_int_lt(first, RECORDS / 10);
    ck_assert_mem_eq(got, data, (size_t)first);
    expect_bytes(hands.server, data + first, (size_t)(RECORDS - first), RECORDS);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* --- back-pressure ---------------------------------------------------------------------------- */

/* Write until nothing more is taken; the count. */
static size_t fill(struct ouro_stream *stream, const char *data, size_t len)
{
    size_t at = 0;
    int rc;
    while ((rc = ouro_stream_try_write(stream, data + at, len - at)) > 0)
        at += (size_t)rc;
    ck_assert_int_eq(rc, -EAGAIN);
    return at;
}

SIM_TEST(after_eagain_other_bytes_may_follow)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    size_t len = 1 << 20;
    char *data = pattern_new(len);
    size_t taken = fill(hands.client, data, len);
    ck_assert_uint_ge(taken, OURO_STREAM_PAIR_BYTES - 4096);
    ck_assert_uint_lt(taken, OURO_STREAM_PAIR_BYTES + 16384);
    ck_assert_int_eq(ouro_stream_try_write(hands.client, "not these", 9), -EAGAIN);
    ck_assert_int_eq(ouro_write(hands.client, "nor these", 9, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    struct io_call call = {hands.client, data + taken, len - taken, SOON};
    struct ouro_task *writer = started(write_whole, &call);
    expect_bytes(hands.server, data, len, 8192);
    ck_assert_int_eq(status_of(writer), 0);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(what_is_held_goes_by_itself)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char *data = pattern_new(1 << 20);
    size_t taken = fill(hands.client, data, 1 << 20);
    expect_bytes(hands.server, data, taken, 8192); /* nobody calls anything at the client's side */
    ck_assert(!tls_of(hands.client)->held);
    taken = fill(hands.client, data, 1 << 20);
    ck_assert_int_eq(ouro_stream_shutdown(hands.client), 0); /* behind what is held */
    ck_assert_int_eq(ouro_stream_try_write(hands.client, "x", 1), -EPIPE);
    expect_bytes(hands.server, data, taken, 8192);
    expect_end(hands.server);
    char byte;
    ck_assert_int_eq(ouro_stream_try_read(tls_of(hands.server)->plain, &byte, 1), 0);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(a_write_that_has_returned_has_left_nothing_behind)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    size_t len = OURO_STREAM_PAIR_BYTES;
    char *data = pattern_new(len);
    struct io_call call = {hands.client, data, len, SOON};
    struct ouro_task *writer = started(write_whole, &call);
    settle();
    ck_assert(!ouro_task_done(writer)); /* the last record is a bit too long for what is left */
    expect_bytes(hands.server, data, len / 2, 8192);
    ck_assert_int_eq(status_of(writer), 0);
    hands.client = ouro_stream_close(hands.client);
    char *rest = malloc(len), *at = rest;
    for (int got; (got = ouro_read(hands.server, at, len, SOON)) != 0; at += got)
        ck_assert_int_gt(got, 0);
    ck_assert_uint_eq((size_t)(at - rest), len / 2);
    ck_assert_mem_eq(rest, data + len / 2, len / 2);
    free(rest);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* The other side must not take the half for the whole: not even if all that was taken gets there.
 */
SIM_TEST(a_write_cut_in_the_middle_is_no_goodbye)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    size_t len = 2 * OURO_STREAM_PAIR_BYTES;
    char *data = pattern_new(len), byte;
    ck_assert_int_eq(ouro_write(hands.client, data, len, ouro_after(OURO_MS(1))), -ETIMEDOUT);
    ck_assert_int_eq(ouro_write(hands.client, "x", 1, SOON), -EPIPE);
    expect_bytes(hands.server, data, OURO_STREAM_PAIR_BYTES, 8192);
    ck_assert(!tls_of(hands.client)->held);
    hands.client = ouro_stream_close(hands.client);
    int rc;
    while ((rc = ouro_read(hands.server, &byte, 1, SOON)) > 0)
        ;
    ck_assert_int_eq(rc, -ECONNABORTED);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(a_second_reader_and_a_second_writer_are_busy)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char byte, *data = pattern_new(1 << 20);
    struct io_call reading = {hands.client, &byte, 1, OURO_FOREVER};
    struct io_call writing = {hands.client, data, 1 << 20, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    struct ouro_task *writer = started(write_whole, &writing);
    settle();
    ck_assert_int_eq(ouro_read(hands.client, &byte, 1, SOON), -EBUSY);
    ck_assert_int_eq(ouro_write(hands.client, "!", 1, SOON), -EBUSY);
    hands.client = ouro_stream_close(hands.client);
    ck_assert_int_eq(status_of(reader), -OURO_ECLOSED);
    ck_assert_int_eq(status_of(writer), -OURO_ECLOSED);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(waiting_ends_by_deadline_and_by_cancellation)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char byte;
    int64_t began = ouro_now();
    ck_assert_int_eq(ouro_read(hands.client, &byte, 1, ouro_after(OURO_SEC(3))), -ETIMEDOUT);
    ck_assert_int_ge(ouro_now() - began, OURO_SEC(3));
    struct io_call reading = {hands.client, &byte, 1, OURO_FOREVER};
    struct ouro_task *reader = started(read_once, &reading);
    settle();
    ouro_cancel(reader);
    ck_assert_int_eq(status_of(reader), -ECANCELED);
    expect_alive(&hands);
    close_hands(&world, &hands);
    return 0;
}

/* --- ends ------------------------------------------------------------------------------------- */

SIM_TEST(a_goodbye_is_an_end_and_the_other_direction_goes_on)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int v = 0; v < 2; v++) {
        struct tls_world world;
        world_open(&world);
        client_at_most(&world, versions[v]);
        struct hands hands = join_hands(&world, "a.test");
        ck_assert_int_eq(ouro_write(hands.client, "p", 1, SOON), 0);
        ck_assert_int_eq(ouro_stream_shutdown(hands.client), 0);
        ck_assert_int_eq(ouro_stream_shutdown(hands.client), 0);
        ck_assert_int_eq(ouro_write(hands.client, "x", 1, SOON), -EPIPE);
        char got[4];
        ck_assert_int_eq(ouro_read(hands.server, got, sizeof got, SOON), 1);
        expect_end(hands.server);
        expect_end(hands.server);
        ck_assert_int_eq(ouro_write(hands.server, "late", 4, SOON), 0);
        ck_assert_int_eq(ouro_read(hands.client, got, sizeof got, SOON), 4);
        hands.server = ouro_stream_close(hands.server);
        expect_end(hands.client);
        close_hands(&world, &hands);
    }
    return 0;
}

SIM_TEST(an_end_without_a_goodbye_is_told_apart)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char got[4];
    ck_assert_int_eq(ouro_write(hands.client, "half", 4, SOON), 0);
    ck_assert_int_eq(ouro_stream_shutdown(tls_of(hands.client)->plain), 0);
    ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), 4);
    ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), -ECONNABORTED);
    ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), -ECONNABORTED);
    ck_assert_int_eq(ouro_write(hands.server, "back", 4, SOON), 0); /* that way is open */
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(a_damaged_record_ends_both_sides)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char record[] = "\x17\x03\x03\0\x20 these are not 32 good bytes ...", got[4];
    ck_assert_int_eq(ouro_write(hands.client, "good", 4, SOON), 0);
    ck_assert_int_eq(ouro_write(tls_of(hands.client)->plain, record, 5 + 32, SOON), 0);
    ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), 4);
    ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), -OURO_EMALFORMED);
    ck_assert_int_eq(ouro_read(hands.client, got, 4, SOON), -EPROTO); /* told by an alert */
    /* That way for good. */
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(ouro_write(hands.server, "x", 1, SOON), -OURO_EMALFORMED);
        ck_assert_int_eq(ouro_read(hands.server, got, 4, SOON), -OURO_EMALFORMED);
        ck_assert_int_eq(ouro_write(hands.client, "x", 1, SOON), -EPROTO);
        ck_assert_int_eq(ouro_read(hands.client, got, 4, SOON), -EPROTO);
    }
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(errors_of_others_are_not_ours)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    char byte;
    ERR_raise(ERR_LIB_USER, 1);
    ck_assert_int_eq(ouro_stream_try_read(hands.server, &byte, 1), -EAGAIN);
    ERR_raise(ERR_LIB_USER, 1);
    ck_assert_int_eq(ouro_stream_try_write(hands.server, "x", 1), 1);
    ERR_raise(ERR_LIB_USER, 1);
    struct hands more = join_hands(&world, "a.test");
    part(&more);
    ck_assert_int_eq(ouro_stream_try_read(hands.client, &byte, 1), 1);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(keys_are_updated_on_the_way)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(SSL_key_update(tls_of(hands.client)->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        exchange(&hands, 100000, 5000);
    }
    close_hands(&world, &hands);
    return 0;
}

/* New keys are dear for whoever has to make them, and OpenSSL goes on for as long as there are more
 * of them. */
SIM_TEST(who_sends_new_keys_and_nothing_else_is_cut_off)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    SSL *client = tls_of(hands.client)->ssl;
    char byte;
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        ck_assert_int_eq(SSL_do_handshake(client), 1);
    }
    ck_assert_int_eq(ouro_stream_try_read(hands.server, &byte, 1), -EAGAIN);
    expect_alive(&hands); /* as many as that are nobody's harm */
    for (int i = 0; i < 2000; i++) {
        ck_assert_int_eq(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        ck_assert_int_eq(SSL_do_handshake(client), 1);
    }
    ck_assert_int_eq(ouro_stream_try_read(hands.server, &byte, 1), -OURO_EMALFORMED);
    ck_assert_int_eq(ouro_stream_try_read(hands.server, &byte, 1), -OURO_EMALFORMED);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(renegotiation_is_refused)
{
    struct tls_world world;
    world_open(&world);
    client_at_most(&world, TLS1_2_VERSION);
    SSL_CTX_clear_options(world.client->material->contexts[0], SSL_OP_NO_RENEGOTIATION);
    struct hands hands = join_hands(&world, "a.test");
    uint64_t before = ouro_tls_stats(world.server).completed;
    ck_assert_int_eq(SSL_renegotiate(tls_of(hands.client)->ssl), 1);
    SSL_do_handshake(tls_of(hands.client)->ssl);
    ERR_clear_error();
    char byte;
    ck_assert_int_eq(ouro_stream_try_read(hands.server, &byte, 1), -EAGAIN);
    ck_assert_int_eq(ouro_read(hands.client, &byte, 1, SOON), -OURO_EMALFORMED);
    ck_assert_uint_eq(ouro_tls_stats(world.server).completed, before);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(the_peer_is_the_plain_stream_s)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    struct ouro_tls_info info;
    char peer[OURO_ADDRESS_BYTES];
    ck_assert_int_eq(ouro_stream_peer(hands.server, true, peer), 0);
    ck_assert_str_eq(peer, "memory");
    ck_assert_int_eq(ouro_tls_info(tls_of(hands.server)->plain, &info), -ENOTSUP);
    close_hands(&world, &hands);
    return 0;
}

/* --- without a task --------------------------------------------------------------------------- */

/* Reads at each edge until there is less than it had room for, and then relies on the next one, as
 * a socket's user may. */
struct watcher {
    size_t bytes, room;
    int end; /* 1: not yet */
    int writable;
    bool closes, wrong;
};

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct watcher *watcher = ud;
    char data[8192];
    int got = 0;
    watcher->writable += (edges & OURO_EDGE_WRITE) != 0;
    if (!(edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP)))
        return;
    do {
        got = ouro_stream_try_read(stream, data, watcher->room);
        for (int i = 0; i < got; i++)
            watcher->wrong |= data[i] != byte_at(watcher->bytes++);
    } while (got == (int)watcher->room);
    if (got <= 0 && got != -EAGAIN)
        watcher->end = got;
    if (watcher->closes && watcher->end != 1)
        ouro_stream_close(stream);
}

static void watch(struct ouro_stream *stream, struct watcher *watcher)
{
    ouro_stream_watch(stream, on_edge, watcher);
    on_edge(stream, OURO_EDGE_READ, watcher);
}

SIM_TEST(a_watcher_is_told_of_all_there_is_and_of_the_end)
{
    static const size_t rooms[] = {1, 100, 8192};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        struct tls_world world;
        struct hands hands = open_hands(&world);
        struct watcher watcher = {.room = rooms[i], .end = 1, .closes = true};
        watch(hands.server, &watcher);
        size_t len = 200000;
        char *data = pattern_new(len);
        ck_assert_int_eq(ouro_write(hands.client, data, len, SOON), 0);
        hands.client = ouro_stream_close(hands.client); /* with the last bytes, its goodbye */
        ouro_sleep(OURO_SEC(1));
        ck_assert_uint_eq(watcher.bytes, len);
        ck_assert(!watcher.wrong);
        ck_assert_int_eq(watcher.end, 0);
        hands.server = NULL; /* closed by the watcher */
        free(data);
        close_hands(&world, &hands);
    }
    return 0;
}

/* More records than a read takes are here, and nothing else comes. */
SIM_TEST(a_watcher_is_told_of_the_rest_of_many_tiny_records)
{
    enum { RECORDS = 1000 };
    struct tls_world world;
    struct hands hands = open_hands(&world);
    struct watcher watcher = {.room = 8192, .end = 1};
    watch(hands.server, &watcher);
    char *data = pattern_new(RECORDS);
    for (size_t at = 0; at < RECORDS; at++)
        ck_assert_int_eq(ouro_stream_try_write(hands.client, data + at, 1), 1);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(watcher.bytes, RECORDS);
    ck_assert(!watcher.wrong);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* The goodbye alone: the plain stream does not end, so it has no edge of its own. */
SIM_TEST(a_watcher_is_told_of_a_goodbye_right_behind_bytes)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    struct watcher watcher = {.room = 8192, .end = 1};
    watch(hands.server, &watcher);
    char *data = pattern_new(5);
    ck_assert_int_eq(ouro_stream_try_write(hands.client, data, 5), 5);
    SSL_shutdown(tls_of(hands.client)->ssl);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(watcher.bytes, 5);
    ck_assert(!watcher.wrong);
    ck_assert_int_eq(watcher.end, 0);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

SIM_TEST(a_watcher_is_told_of_room)
{
    struct tls_world world;
    struct hands hands = open_hands(&world);
    struct watcher watcher = {.room = 8192, .end = 1};
    char *data = pattern_new(1 << 20);
    watch(hands.client, &watcher);
    size_t taken = fill(hands.client, data, 1 << 20);
    ouro_sleep(OURO_MS(1));
    int before = watcher.writable;
    expect_bytes(hands.server, data, taken, 8192);
    ouro_sleep(OURO_MS(1));
    ck_assert_int_gt(watcher.writable, before);
    ck_assert_int_gt(ouro_stream_try_write(hands.client, data, 1), 0);
    free(data);
    close_hands(&world, &hands);
    return 0;
}

/* --- memory ----------------------------------------------------------------------------------- */

enum { IDLE = 100 };

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* What the header says, and a little for other versions of OpenSSL. Sanitizers keep books of their
 * own, so that there is nothing to be seen then. */
SIM_TEST(an_idle_stream_is_small)
{
    static struct hands hands[IDLE];
    struct tls_world world;
    struct ouro_stream *plain[2];
    world_open(&world);
    hands[0] = join_hands(&world, "a.test"); /* what is made once, is made */
    part(&hands[0]);
    size_t before = heap_bytes();
    ck_assert_int_eq(ouro_stream_pair(plain), 0);
    size_t pair = heap_bytes() - before;
    ouro_stream_close(plain[0]);
    ouro_stream_close(plain[1]);
    before = heap_bytes();
    for (int i = 0; i < IDLE; i++) {
        hands[i] = join_hands(&world, "a.test");
        exchange(&hands[i], 50000, 8192);
        hands[i].client = ouro_stream_close(hands[i].client);
    }
    size_t each = (heap_bytes() - before) / IDLE;
    ck_assert_msg(each <= pair + 16 * 1024, "%zu bytes each", each - pair);
    for (int i = 0; i < IDLE; i++)
        part(&hands[i]);
    world_close(&world);
    return 0;
}
