/* SPDX-License-Identifier: MIT */
/* The task of a connection, and what comes before its first request: the word of a proxy on whose
 * it is, the handshake of TLS. */
#include "server/door.h"

#include "net/tls.h"
#include "server/proxy_parse.h"

#include <stdlib.h>

/* What a connection is, until its task has taken it up. */
struct arrival {
    struct ouro__door *door;
    struct ouro_stream *stream;
    struct ouro_guest *guest;
};

/* --- the word of a proxy ---------------------------------------------------------------------- */

/* No byte more is read than belongs to it: what follows is TLS's, or HTTP's. */
static int read_proxy_header(struct ouro_stream *stream, int64_t deadline,
                             struct ouro__proxy *ret_proxy)
{
    uint8_t header[OURO__PROXY_BYTES_MAX];
    size_t len = 0;
    int rc;
    while ((rc = ouro__proxy_parse(header, len, ret_proxy)) == 0) {
        rc = ouro_read(stream, header + len, ret_proxy->need_bytes, deadline);
        if (rc <= 0)
            return rc < 0 ? rc : -OURO_ECLOSED;
        len += (size_t)rc;
    }
    return rc;
}

/* The client may have no other connection, or came too soon. Where TLS is spoken there is nothing
 * to be said so early. */
static int refuse(struct arrival *arrival, const struct ouro__farewell *farewell)
{
    if (arrival->door->tls)
        return -OURO_ELIMIT;
    ouro__turn_away(arrival->door->server, arrival->stream, farewell);
    arrival->stream = NULL;
    return -OURO_ELIMIT;
}

/* 0; or a failure: nobody knows whose connection it is, or that client is refused. */
static int be_introduced(struct arrival *arrival, int64_t deadline)
{
    struct ouro_guest *guest = arrival->guest;
    struct ouro__proxy proxy;
    if (!guest->is_proxy || guest->server->options.proxy_header != OURO_PROXY_PROTOCOL)
        return 0;
    int rc = read_proxy_header(arrival->stream, deadline, &proxy);
    guest->server->stats.failed_hellos += rc < 0;
    if (rc < 0)
        return rc;
    if (!proxy.has_source) /* it speaks for itself, as when it looks whether we are there */
        return 0;
    if (ouro__guest_move(guest, &proxy.source, proxy.source_port) < 0)
        return refuse(arrival, &ouro__farewell_full);
    return ouro__guest_arrive(guest) < 0 ? refuse(arrival, &ouro__farewell_too_fast) : 0;
}

/* --- TLS -------------------------------------------------------------------------------------- */

/* So that nobody can hold all places of a config's handshakes by beginning and not going on. */
static int shake_hands_in_turn(struct arrival *arrival, uint8_t first, int64_t deadline)
{
    struct ouro__address_entry *address = arrival->guest->address;
    const struct ouro_server_options *options = &arrival->door->server->options;
    struct ouro_stream *plain = arrival->stream;
    if (address && address->handshakes >= options->handshakes_per_address_max)
        return -OURO_ELIMIT;
    if (address)
        address->handshakes++;
    arrival->stream = NULL; /* its own, also on failure */
    int rc = ouro__tls_accept_begun(plain, options->tls, first, deadline, &arrival->stream);
    if (address)
        address->handshakes--;
    return rc;
}

/* Until the client says something it costs nothing of TLS; and if that is no TLS, it is most likely
 * plain HTTP, of somebody who can read. */
static int shake_hands(struct arrival *arrival, int64_t deadline)
{
    struct ouro_server *server = arrival->door->server;
    uint8_t first;
    int rc = ouro_read(arrival->stream, &first, 1, deadline);
    if (rc == 0)
        return -OURO_ECLOSED; /* it has come and gone */
    if (rc == 1 && first == OURO__TLS_FIRST_BYTE) {
        rc = shake_hands_in_turn(arrival, first, deadline);
    } else if (rc == 1) {
        ouro__turn_away(server, arrival->stream, &ouro__farewell_plain);
        arrival->stream = NULL;
        rc = -OURO_EMALFORMED;
    }
    server->stats.failed_hellos += rc < 0;
    return rc;
}

/* --- the task --------------------------------------------------------------------------------- */

static int say_hello(struct arrival *arrival)
{
    int64_t deadline = ouro_after(arrival->door->server->options.hello_ns_max);
    int rc = be_introduced(arrival, deadline);
    return rc == 0 && arrival->door->tls ? shake_hands(arrival, deadline) : rc;
}

/* How a connection ends is between it and the handler: nothing that concerns the others. */
static int connection_main(void *arg)
{
    struct arrival *arrival = arg;
    if (say_hello(arrival) == 0) {
        struct ouro_stream *stream = arrival->stream;
        arrival->stream = NULL;
        ouro__serve_requests(arrival->guest, stream);
    }
    return 0;
}

static void connection_done(void *arg)
{
    struct arrival *arrival = arg;
    ouro_stream_close(arrival->stream);
    ouro_guest_unref(arrival->guest);
    free(arrival);
}

int ouro__welcome(struct ouro__door *door, struct ouro_stream *stream, struct ouro_guest *guest)
{
    static const struct ouro_spawn_options options = {.name = "http", .arg_done = connection_done};
    struct arrival *arrival = malloc(sizeof *arrival);
    int rc = arrival ? 0 : -ENOMEM;
    if (rc == 0) {
        *arrival = (struct arrival){door, stream, guest};
        rc = ouro_group_spawn(&door->server->group, connection_main, arrival, &options, NULL);
    }
    if (rc < 0) {
        free(arrival);
        ouro_stream_close(stream);
        ouro_guest_unref(guest);
    }
    return rc;
}
