/* SPDX-License-Identifier: MIT */
/* The stream of TLS: OpenSSL between its user and the plain stream.
 *
 *      user <- try_read  <- SSL <- bio_read  <- plain
 *      user -> try_writev -> SSL -> bio_write -> plain, and what it does not take: held -> plain
 *
 * OpenSSL would have a write repeated with the same bytes once it has encrypted them, and one that
 * times out here "has not happened": its user may come with others. So bio_write takes all that it
 * is given, holds what the plain stream does not take, and nothing new is encrypted until that is
 * gone. So OpenSSL never waits to write, and reading never has to wait for writing or the other way
 * round.
 *
 * The plain stream is always watched: held bytes must go whether or not anybody waits here. */
#include "net/tls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* One record (RFC 8446 section 5.1): what is encrypted at a time. */
#define RECORD_BYTES_MAX 16384
/* One record, and what OpenSSL says by itself meanwhile (alerts, answers to key updates): a peer
 * that asks for these and does not read is cut off. */
#define HELD_BYTES_MAX (256 * 1024)
/* Records that give the user nothing, one after the other: new keys, which cost far more than they
 * are long, greetings that are refused. OpenSSL reads on until there is something or nothing left,
 * so that a peer that sends them without end would keep the loop. Nobody needs more than a few; a
 * handshake may come in small pieces. */
#define SILENT_RECORDS_MAX    32
#define HANDSHAKE_RECORDS_MAX 256
/* Read before the others get their turn. */
#define RECORDS_PER_READ 64

struct ouro__tls_held {
    size_t start, end, cap;
    uint8_t bytes[];
};

static struct ouro__tls *self(struct ouro_stream *stream)
{
    return ouro_container(stream, struct ouro__tls, base);
}

/* --- held bytes ------------------------------------------------------------------------------- */

static void drop_held(struct ouro__tls *tls)
{
    free(tls->held);
    tls->held = NULL;
    tls->base.holds = false;
}

static int hold(struct ouro__tls *tls, const void *data, size_t len)
{
    struct ouro__tls_held *held = tls->held;
    size_t end = held ? held->end : 0;
    if (end + len > HELD_BYTES_MAX)
        return -OURO_ELIMIT;
    if (!held || end + len > held->cap) {
        held = realloc(held, sizeof *held + end + len);
        if (!held)
            return -ENOMEM;
        held->cap = end + len;
        if (!tls->held)
            held->start = 0;
    }
    memcpy(held->bytes + end, data, len);
    held->end = end + len;
    tls->held = held;
    tls->base.holds = true;
    return 0;
}

/* Until the plain stream says -EAGAIN, for only after that does it tell of room. The count; a
 * failure is noted. */
static size_t write_plain(struct ouro__tls *tls, const uint8_t *data, size_t len)
{
    size_t sent = 0;
    int rc = 0;
    while (rc >= 0 && sent < len) {
        rc = ouro_stream_try_write(tls->plain, data + sent, len - sent);
        sent += rc > 0 ? (size_t)rc : 0;
    }
    if (rc < 0 && rc != -EAGAIN)
        tls->write_end = rc;
    return sent;
}

static void flush(struct ouro__tls *tls)
{
    struct ouro__tls_held *held = tls->held;
    if (!held)
        return;
    held->start += write_plain(tls, held->bytes + held->start, held->end - held->start);
    if (held->start < held->end && !tls->write_end)
        return;
    drop_held(tls);
    if (tls->ending)
        ouro_stream_shutdown(tls->plain);
}

/* --- what OpenSSL reads from and writes to ---------------------------------------------------- */

static int bio_write(BIO *bio, const char *data, int len)
{
    struct ouro__tls *tls = BIO_get_data(bio);
    size_t sent = 0;
    BIO_clear_retry_flags(bio);
    if (!tls->held && !tls->write_end)
        sent = write_plain(tls, (const uint8_t *)data, (size_t)len);
    if (!tls->write_end && sent < (size_t)len)
        tls->write_end = hold(tls, data + sent, (size_t)len - sent);
    return tls->write_end ? -1 : len;
}

static int read_plain(struct ouro__tls *tls, char *buf, size_t len)
{
    if (tls->has_first) {
        tls->has_first = false;
        *buf = (char)tls->first;
        return 1;
    }
    int got = ouro_stream_try_read(tls->plain, buf, len);
    tls->drained = got == -EAGAIN;
    return got;
}

static int bio_read(BIO *bio, char *buf, int len)
{
    struct ouro__tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    int got = read_plain(tls, buf, (size_t)len);
    if (got == -EAGAIN)
        BIO_set_retry_read(bio);
    else if (got <= 0)
        tls->plain_end = got < 0 ? got : -ECONNABORTED;
    return got > 0 ? got : -1;
}

static long bio_ctrl(BIO *bio, int what, long number, void *data)
{
    (void)bio, (void)number, (void)data;
    return what == BIO_CTRL_FLUSH; /* there is nothing else that we can do */
}

static BIO_METHOD *make_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ouro_stream");
    if (!method)
        return NULL;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
}

/* The one of the process. If memory is out at the first attempt, a later one may succeed. */
static const BIO_METHOD *bio_method(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static BIO_METHOD *method;
    pthread_mutex_lock(&lock);
    if (!method)
        method = make_bio_method();
    const BIO_METHOD *found = method;
    pthread_mutex_unlock(&lock);
    return found;
}

static BIO *bio_new(struct ouro__tls *tls)
{
    const BIO_METHOD *method = bio_method();
    BIO *bio = method ? BIO_new(method) : NULL;
    if (!bio)
        return NULL;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    return bio;
}

/* The errors of the plain stream are clearer than what OpenSSL makes of them. */
int ouro__tls_outcome(struct ouro__tls *tls, int ret)
{
    int rc, error = SSL_get_error(tls->ssl, ret);
    if (error == SSL_ERROR_WANT_READ) {
        rc = -EAGAIN;
    } else if (error == SSL_ERROR_ZERO_RETURN && !tls->plain_end) { /* else we have said so */
        rc = OURO__TLS_END;
    } else if (tls->plain_end || tls->write_end) {
        rc = tls->plain_end ? tls->plain_end : tls->write_end;
    } else {
        rc = ouro__tls_error_code();
        ouro_log(OURO_LOG_DEBUG, "tls: %s", ouro__tls_error_text());
    }
    ouro__tls_forget_errors();
    return rc;
}

/* --- counting records ------------------------------------------------------------------------- */

/* OpenSSL has read the head of a record, and looks at once whether its user has said that the peer
 * has ended. */
static void on_message(int is_ours, int version, int type, const void *data, size_t len, SSL *ssl,
                       void *arg)
{
    struct ouro__tls *tls = arg;
    (void)version, (void)data, (void)len;
    uint32_t most = tls->established ? SILENT_RECORDS_MAX : HANDSHAKE_RECORDS_MAX;
    if (is_ours || type != SSL3_RT_HEADER || ++tls->records <= most)
        return;
    tls->plain_end = -OURO_EMALFORMED;
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* --- waiting, and being told ------------------------------------------------------------------ */

/* An edge may have come since the -EAGAIN. */
int ouro__tls_wait(struct ouro__tls *tls, enum ouro__direction direction, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (!ouro_list_empty(&tls->waiters[direction]))
        return -EBUSY;
    if (direction == OURO__READ ? !tls->drained : !tls->held)
        return 0;
    return ouro__wait(&tls->waiters[direction], NULL, deadline, "tls");
}

static int tls_wait(struct ouro_stream *stream, enum ouro__direction direction, int64_t deadline)
{
    return ouro__tls_wait(self(stream), direction, deadline);
}

/* The watcher may close the stream: it comes last. */
static void tell(struct ouro__tls *tls, unsigned edges)
{
    if (edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP))
        ouro__wake_all(&tls->waiters[OURO__READ], 0);
    if (edges & (OURO_EDGE_WRITE | OURO_EDGE_HANGUP))
        ouro__wake_all(&tls->waiters[OURO__WRITE], 0);
    if (tls->base.on_edge)
        tls->base.on_edge(&tls->base, edges, tls->base.ud);
}

static void on_plain_edge(struct ouro_stream *plain, unsigned edges, void *ud)
{
    struct ouro__tls *tls = ud;
    (void)plain;
    if (edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP))
        tls->drained = false;
    if (edges & (OURO_EDGE_WRITE | OURO_EDGE_HANGUP))
        flush(tls);
    tell(tls, edges);
}

static void on_edge_timer(struct ouro_timer *timer)
{
    tell(ouro_container(timer, struct ouro__tls, edge_timer), OURO_EDGE_READ | OURO_EDGE_HANGUP);
}

/* The end came right behind bytes that are given out first, or more of them wait for another turn.
 * A watcher that takes fewer bytes than it had room for to be all there is waits for an edge, and
 * the plain stream has no more to tell. */
static void tell_soon(struct ouro__tls *tls)
{
    if (tls->base.on_edge && ouro_timer_start(&tls->edge_timer, ouro_now()) < 0)
        ouro_log(OURO_LOG_ERROR, "no memory to tell of the rest of a stream");
}

/* --- reading and writing ---------------------------------------------------------------------- */

static int end_of_reading(const struct ouro__tls *tls)
{
    return tls->read_end == OURO__TLS_END ? 0 : tls->read_end;
}

/* What has been read so far in one call. */
struct harvest {
    size_t bytes;
    uint32_t records;
};

/* The next bytes, of one record. 0: there were some; -EAGAIN. */
static int read_record(struct ouro__tls *tls, char *buf, size_t len, struct harvest *harvest)
{
    size_t got = 0;
    int rc = 0, ret = SSL_read_ex(tls->ssl, buf, len, &got);
    if (ret <= 0)
        rc = ouro__tls_outcome(tls, ret);
    if (rc != 0 && rc != -EAGAIN)
        tls->read_end = rc;
    if (got > 0) {
        harvest->bytes += got;
        harvest->records += tls->records;
        tls->records = 0;
    }
    return rc;
}

/* As much as there is, in up to so many records: who gets less than there was room for may take it
 * that the plain stream is drained, or is told of the rest. */
static int tls_try_read(struct ouro_stream *stream, void *buf, size_t len)
{
    struct ouro__tls *tls = self(stream);
    struct harvest harvest = {0};
    int rc = tls->read_end;
    ouro__tls_forget_errors();
    while (rc == 0 && harvest.bytes < len && harvest.records < RECORDS_PER_READ)
        rc = read_record(tls, (char *)buf + harvest.bytes, len - harvest.bytes, &harvest);
    if (harvest.bytes == 0 && len > 0)
        return tls->read_end ? end_of_reading(tls) : -EAGAIN;
    if (tls->read_end || harvest.records >= RECORDS_PER_READ)
        tell_soon(tls);
    return (int)harvest.bytes;
}

/* Where a gathered write has come to. */
struct cursor {
    const struct iovec *parts;
    int count;
    size_t offset; /* in the first of them */
};

static size_t take(struct cursor *cursor, uint8_t *to, size_t room)
{
    size_t left = cursor->parts->iov_len - cursor->offset, len = left < room ? left : room;
    if (to && len)
        memcpy(to, (const char *)cursor->parts->iov_base + cursor->offset, len);
    cursor->offset += len;
    if (len == left) {
        cursor->parts++;
        cursor->count--;
        cursor->offset = 0;
    }
    return len;
}

/* The next record's bytes. Small parts are put together: a record of its own for each would cost 22
 * bytes on the wire, a key schedule's worth of time, and a system call. */
static size_t next_record(struct cursor *cursor, const uint8_t **ret_data)
{
    /* Shared by all connections of the thread: between calls there is nothing in it. */
    static _Thread_local uint8_t scratch[RECORD_BYTES_MAX];
    size_t left = cursor->parts->iov_len - cursor->offset, len = 0;
    if (cursor->count == 1 || left >= RECORD_BYTES_MAX) {
        *ret_data = (const uint8_t *)cursor->parts->iov_base + cursor->offset;
        return take(cursor, NULL, RECORD_BYTES_MAX);
    }
    while (cursor->count && len < sizeof scratch)
        len += take(cursor, scratch + len, sizeof scratch - len);
    *ret_data = scratch;
    return len;
}

static int write_record(struct ouro__tls *tls, const uint8_t *data, size_t len)
{
    size_t written;
    int ret = SSL_write_ex(tls->ssl, data, len, &written);
    if (ret <= 0) {
        int rc = ouro__tls_outcome(tls, ret);
        tls->write_end = rc < 0 && rc != -EAGAIN ? rc : -EPIPE;
    }
    return tls->write_end;
}

/* Why nothing can be written, or 0. What was no TLS, or the peer's refusal, has ended both
 * directions; a plain stream that just ended only the one. */
static int end_of_writing(const struct ouro__tls *tls)
{
    if (tls->ending || tls->write_end)
        return tls->ending ? -EPIPE : tls->write_end;
    return tls->read_end == -OURO_EMALFORMED || tls->read_end == -EPROTO ? tls->read_end : 0;
}

/* Bytes whose record could not even be held in part are not counted; those before them are. */
static int tls_try_writev(struct ouro_stream *stream, const struct iovec *parts, int count)
{
    struct ouro__tls *tls = self(stream);
    struct cursor cursor = {parts, count, 0};
    size_t written = 0;
    int rc = end_of_writing(tls);
    flush(tls);
    ouro__tls_forget_errors();
    while (rc == 0 && !tls->held && cursor.count && written < INT_MAX - RECORD_BYTES_MAX) {
        const uint8_t *data;
        size_t len = next_record(&cursor, &data);
        rc = len ? write_record(tls, data, len) : 0;
        written += rc == 0 ? len : 0;
    }
    if (written > 0)
        return (int)written;
    if (rc < 0 || tls->write_end)
        return rc < 0 ? rc : tls->write_end;
    return tls->held ? -EAGAIN : 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Not if a write ended half-way: the other side must not take what it has for the whole. */
static void say_close_notify(struct ouro__tls *tls)
{
    bool is_due = tls->established && !tls->ending && !tls->base.broken && !tls->write_end;
    tls->ending = true;
    if (!is_due)
        return;
    ouro__tls_forget_errors();
    SSL_shutdown(tls->ssl);
    ouro__tls_forget_errors();
}

static int tls_shutdown(struct ouro_stream *stream)
{
    struct ouro__tls *tls = self(stream);
    say_close_notify(tls);
    return tls->held ? 0 : ouro_stream_shutdown(tls->plain);
}

static void tls_close(struct ouro_stream *stream)
{
    struct ouro__tls *tls = self(stream);
    say_close_notify(tls);
    ouro_timer_stop(&tls->edge_timer);
    tls->plain = ouro_stream_close(tls->plain);
    for (int i = 0; i < 2; i++)
        ouro__wake_all(&tls->waiters[i], -OURO_ECLOSED);
}

static void tls_free(struct ouro_stream *stream)
{
    struct ouro__tls *tls = self(stream);
    SSL_free(tls->ssl);
    drop_held(tls);
    ouro__tls_material_unref(tls->material);
    ouro_tls_config_unref(tls->config);
    free(tls->host);
    free(tls);
}

static int tls_join(struct ouro_stream *stream, struct ouro_stream_set *set)
{
    struct ouro_stream *plain = self(stream)->plain;
    return plain->ops->join ? plain->ops->join(plain, set) : 0;
}

static int tls_peer(struct ouro_stream *stream, struct ouro__address *ret_address)
{
    return ouro__stream_peer(self(stream)->plain, ret_address);
}

static const struct ouro__stream_ops tls_ops = {
    .try_read = tls_try_read,
    .try_writev = tls_try_writev,
    .wait = tls_wait,
    .shutdown = tls_shutdown,
    .close = tls_close,
    .free = tls_free,
    .join = tls_join,
    .peer = tls_peer,
};

/* --- life ------------------------------------------------------------------------------------- */

struct ouro__tls *ouro__tls_new(struct ouro_stream *plain, struct ouro_tls_config *config)
{
    struct ouro__tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        return NULL;
    tls->base.ops = &tls_ops;
    tls->plain = plain;
    tls->config = ouro_tls_config_ref(config);
    ouro_list_init(&tls->waiters[OURO__READ]);
    ouro_list_init(&tls->waiters[OURO__WRITE]);
    tls->edge_timer.fn = on_edge_timer;
    return tls;
}

int ouro__tls_begin(struct ouro__tls *tls)
{
    tls->material = ouro__tls_material_of(tls->config);
    tls->ssl = SSL_new(tls->material->contexts[0]);
    BIO *bio = tls->ssl ? bio_new(tls) : NULL;
    if (!bio) {
        ouro__tls_forget_errors();
        return -ENOMEM;
    }
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_msg_callback(tls->ssl, on_message);
    SSL_set_msg_callback_arg(tls->ssl, tls);
    ouro_stream_watch(tls->plain, on_plain_edge, tls);
    return 0;
}

/* Of a server, what was chosen is a slice of what it offers; of a client, bytes of the server's. */
static const char *alpn_of(const struct ouro__tls *tls)
{
    const struct ouro__tls_settings *settings = &tls->config->settings;
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(tls->ssl, &chosen, &len);
    for (size_t i = 0; len && i < settings->alpn_count; i++) {
        if (strlen(settings->alpn[i]) == len && memcmp(settings->alpn[i], chosen, len) == 0)
            return settings->alpn[i];
    }
    return NULL;
}

int ouro_tls_info(struct ouro_stream *stream, struct ouro_tls_info *ret_info)
{
    if (stream->ops != &tls_ops)
        return -ENOTSUP;
    const struct ouro__tls *tls = self(stream);
    *ret_info = (struct ouro_tls_info){
        .version = SSL_get_version(tls->ssl),
        .cipher = SSL_get_cipher_name(tls->ssl),
        .server_name = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name),
        .alpn = alpn_of(tls),
        .resumed = SSL_session_reused(tls->ssl),
    };
    return 0;
}
