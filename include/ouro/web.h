/* SPDX-License-Identifier: MIT */
/**
 * web: HTTP/1.1 and WebSocket on one port, over any stream.
 *
 * An HTTP connection is a task that reads requests and calls a handler for each. A handler answers,
 * or turns the connection into a WebSocket. A WebSocket is used by a task that waits for messages,
 * or, without a task and its stack, by callbacks (ouro_ws_consume()).
 *
 * What the network sends is checked before anybody sees it, by the parsers of this room: requests
 * by RFC 9112, frames by RFC 6455. Whoever breaks the rules gets the right status or close code.
 */
#ifndef OURO_WEB_H
#define OURO_WEB_H

#include "ouro/net.h"

struct json_t; /* of jansson, for those who use it */

#ifdef __cplusplus
extern "C" {
#endif

struct ouro_http;
struct ouro_ws;

/* --- HTTP ------------------------------------------------------------------------------------- */

struct ouro_http_access;
typedef void ouro_http_access_hook(const struct ouro_http_access *access, void *ud);

/** Zero means the default in parentheses. */
struct ouro_http_options {
    int64_t head_ns_max;     /**< for a request's head to arrive, from its first byte (10 s) */
    int64_t idle_ns_max;     /**< between two requests (60 s) */
    int64_t body_ns_max;     /**< for a request's body to arrive (30 s) */
    int64_t send_ns_max;     /**< for the client to take an answer, or a piece of it (30 s) */
    uint32_t body_bytes_max; /**< of a request (1 MiB); more is answered 413 */
    uint32_t requests_max;   /**< on one connection (1,000) */
    ouro_http_access_hook *on_access; /**< told of each request, see below (nobody) */
    void *access_ud;
};

/**
 * Answers one request, in the connection's task; may wait. Calls ouro_http_respond() or
 * ouro_ws_accept() once. Returns 0, or a failure: if nothing was answered, the client gets 500.
 */
typedef int ouro_http_handler(struct ouro_http *http, void *ud);

/**
 * Serve requests on a stream until either side ends it. Owns the stream and closes it, unless a
 * handler made it a WebSocket. 0, or -ECANCELED.
 */
OURO_API int ouro_http_serve(struct ouro_stream *stream, ouro_http_handler *handler, void *ud,
                             const struct ouro_http_options *options);

/* The request. Strings are valid until the handler returns, or has made it a WebSocket: then nobody
 * asks any more (assert). */

/** "GET", "POST" and so on. */
OURO_API const char *ouro_http_method(const struct ouro_http *http);
/** Begins with '/', still percent-encoded, without the query. */
OURO_API const char *ouro_http_path(const struct ouro_http *http);
/** What stands behind the '?', or "". */
OURO_API const char *ouro_http_query(const struct ouro_http *http);
/** The first header field of that name (any case), or NULL. */
OURO_API const char *ouro_http_header(struct ouro_http *http, const char *name);
/** Read the whole body. 0; -OURO_ELIMIT, -OURO_EMALFORMED, -OURO_ECLOSED (it ends too early),
 *  -ETIMEDOUT: return it. */
OURO_API int ouro_http_body(struct ouro_http *http, const char **ret_body, size_t *ret_len);
OURO_API struct ouro_stream *ouro_http_stream(struct ouro_http *http);

/** Add a field to the answer. The value has no control characters. Before the answer. */
OURO_API void ouro_http_set_header(struct ouro_http *http, const char *name, const char *value);
/** Answer. To HEAD the body is left out. 0, or why the client could not be reached. */
OURO_API int ouro_http_respond(struct ouro_http *http, int status, const char *content_type,
                               const void *body, size_t len);
/** Answer with a line of text. */
OURO_API int ouro_http_respond_text(struct ouro_http *http, int status, const char *text);

/**
 * Answer in pieces, when the length shows only at the end: begin, write as often as there is
 * something, end. Goes out in chunks; to HTTP/1.0, until the connection closes. If the handler
 * returns without an end, the connection is cut, so that the client knows that something is missing
 * (one of HTTP/1.0 can't know). Each may wait for the client. 0, or why it could not be reached.
 */
OURO_API int ouro_http_begin(struct ouro_http *http, int status, const char *content_type);
OURO_API int ouro_http_write(struct ouro_http *http, const void *data, size_t len);
OURO_API int ouro_http_end(struct ouro_http *http);

/* --- a client of HTTP --------------------------------------------------------------------------
 */

/** How a client comes to its server. All zero: as the URL says. */
struct ouro_http_via {
    /** Connect there, as ouro_connect() does, and not to the URL's host and port: for a host that
     *  is a name and was looked up, for a UNIX socket, for a proxy in front of it. */
    const char *address;
    struct ouro_stream *stream;  /**< connected already; the client's, also on failure */
    struct ouro_tls_config *tls; /**< a client's, for https and wss; without it those are -EINVAL */
};

/** A connection to a server, for one request after the other. */
struct ouro_http_client;

/**
 * Connect: "http://host:port" or "https://...", what stands behind is left out. Hosts are numeric,
 * or "localhost", unless `via` (may be NULL) says where to go. 0; -EINVAL: not such a URL; as
 * ouro_connect() and ouro_tls_connect(); -ENOMEM.
 */
OURO_API int ouro_http_client_open(const char *url, const struct ouro_http_via *via,
                                   int64_t deadline, struct ouro_http_client **ret_client);
/** Close and free. NULL is fine. Returns NULL. */
OURO_API struct ouro_http_client *ouro_http_client_close(struct ouro_http_client *client);

/** Zero means the default in parentheses. */
struct ouro_http_ask {
    const char *method; /**< in capitals; one of those that the server knows, but CONNECT (GET) */
    const char *target; /**< path and query, encoded ("/") */
    const char
        *fields; /**< more fields, each a line with its CRLF, values without controls (none) */
    const void *body;
    size_t len;
};

/**
 * Send a request and wait for the head of the answer; redirects are not followed. The status, 200
 * to 599. -EINVAL: not a method or a target; -EBUSY: there is an answer that has not been read to
 * its end; -OURO_ECLOSED: the server has ended, before or amid the answer, or had said that it
 * would; -OURO_EMALFORMED: the answer breaks the rules; -ENOMEM; -ETIMEDOUT and the like. After any
 * failure but the first two the connection is of no use any more.
 */
OURO_API int ouro_http_client_ask(struct ouro_http_client *client, const struct ouro_http_ask *ask,
                                  int64_t deadline);
/** The answer's first field of that name (any case), or NULL. Valid until the next request. */
OURO_API const char *ouro_http_client_header(struct ouro_http_client *client, const char *name);
/** Read of the answer's body: the count; 0: that was all. Failures as above. */
OURO_API int ouro_http_client_read(struct ouro_http_client *client, void *buf, size_t len,
                                   int64_t deadline);
/**
 * Read all of it that is left, valid until the next request. 0; as above; -OURO_ELIMIT: it is
 * longer than that.
 */
OURO_API int ouro_http_client_body(struct ouro_http_client *client, size_t bytes_max,
                                   int64_t deadline, const char **ret_body, size_t *ret_len);

/* --- telling requests apart ------------------------------------------------------------------- */

#define OURO_HTTP_ID_BYTES 65 /* of a request's id, with its NUL */

/**
 * The id of the request: the client's X-Request-Id, if that is 1 to 64 letters, digits, '.', '_',
 * '-'; else a random one. Whoever asks before the answer has it sent there too.
 */
OURO_API const char *ouro_http_id(struct ouro_http *http);

/** What became of a request. Texts are valid during the call. */
struct ouro_http_access {
    const char *id, *peer;     /**< peer: as ouro_stream_peer(), or "" */
    const char *method, *path; /**< "" if what came was no request; the query is left out */
    int status;                /**< 101: it became a WebSocket, just now */
    uint64_t sent_bytes;       /**< of the body; a piece that could not be sent whole is left out */
    int64_t duration_ns;       /**< from the request's head to the end of the answer */
};

/**
 * The access as one line of JSON, without its end: whatever a client sends, it stays one line.
 * {"time":"2026-01-01T00:00:00.000Z","id":"...","peer":"10.0.0.7:49152","method":"GET","path":"/",
 * "status":200,"sent_bytes":5120,"duration_us":84}
 */
OURO_API void ouro_http_access_json(const struct ouro_http_access *access,
                                    struct ouro_buf *ret_line);
/** For ouro_http_options: that line to the log, at level INFO. */
OURO_API void ouro_http_access_log(const struct ouro_http_access *access, void *unused);

/* --- JSON ------------------------------------------------------------------------------------- */

/** How deep arrays and objects of a request may nest: reading them takes of the task's stack. */
#define OURO_HTTP_JSON_DEPTH_MAX 32

/**
 * Read the body as JSON (jansson's; the caller's to json_decref()). Any negative: the client has
 * been answered with the reason, return it: -EINVAL: it is not announced as JSON (415);
 * -OURO_EMALFORMED: it is none, nests too deeply or names a member twice (400); -OURO_ELIMIT: it is
 * too long (413); as ouro_http_body().
 */
OURO_API int ouro_http_json_body(struct ouro_http *http, struct json_t **ret_json);
/** Answer with JSON; not to be kept by caches. The caller keeps its reference. Also -ENOMEM. */
OURO_API int ouro_http_respond_json(struct ouro_http *http, int status, const struct json_t *json);
/** Answer with {"error": text}; the text is valid UTF-8. */
OURO_API int ouro_http_respond_error(struct ouro_http *http, int status, const char *text);

/* --- routes ----------------------------------------------------------------------------------- */

/** In a table, a route with a NULL method is the end. */
struct ouro_route {
    const char *method;  /**< "GET" also answers HEAD, unless a route for HEAD stands before it */
    const char *pattern; /**< "/rooms/:room/players": ":room" is any segment but the empty one */
    ouro_http_handler *handler;
};

/** Lives as long as requests are routed by it. */
struct ouro_router {
    const struct ouro_route *routes; /**< the first that fits gets the request */
    ouro_http_handler *otherwise;    /**< for paths that no route has, such as files (NULL: 404) */
    /** Origins whose pages may use the routes (CORS), ended by NULL; "*" is any. NULL: none. */
    const char *const *origins;
    const char *request_headers; /**< that those pages may send (NULL: "Content-Type") */
};

#define OURO_ROUTE_PARAMS_BYTES_MAX 4096 /* names and values of one request, each with its NUL */

/**
 * Have the request handled by its route. Answers itself, with JSON: 404; 405 with Allow; 400 for a
 * path that can't be decoded; 204 to OPTIONS. All answers carry the request's id. For a handler to
 * call, or to be: what it returns is the handler's result.
 */
OURO_API int ouro_http_route(struct ouro_http *http, const struct ouro_router *router, void *ud);
/** What stood in the place of ":name" in the path, decoded: UTF-8 without control characters, at
 *  least a byte. NULL: the pattern has no such name. Until the handler returns. */
OURO_API const char *ouro_http_param(const struct ouro_http *http, const char *name);

/* --- files ------------------------------------------------------------------------------------ */

/** A file of a page, embedded in the program. An array of them ends with a NULL path. */
struct ouro_asset {
    const char *path; /**< "index.html", "js/main.js" */
    const uint8_t *data;
    size_t len;
};

/** Files to be served. Used on one loop. */
struct ouro_files;

/** Zero means the default in parentheses. Texts live as long as the files. */
struct ouro_files_options {
    /** What paths begin with, such as "assets/", whose content changes only together with their
     *  name: clients keep these for a year. All others are asked for each time (none). */
    const char *immutable;
    /** Content-Security-Policy (what lies beside the page, and WebSockets). */
    const char *policy;
};

/**
 * Serve what is embedded. Each file is hashed and compressed here, once; costs as much as that, and
 * the compressed copies. `options` may be NULL. 0; -ENOMEM.
 */
OURO_API int ouro_files_of_assets(const struct ouro_asset *assets,
                                  const struct ouro_files_options *options,
                                  struct ouro_files **ret_files);
/**
 * Serve a folder, as it is at each request: for work on a page, and for files too large to embed.
 * What is asked for again and has not changed comes from memory: files up to
 * OURO_FILES_KEPT_BYTES_MAX, OURO_FILES_KEPT_MAX of them at the most. Larger ones are sent piece by
 * piece, as they are. Files are read on the loop, 64 KiB at a step: fine where they are in the
 * system's memory, but a disk that is slow is slow for everyone.
 *
 * Nothing outside of the folder is ever opened, nor is a link in it followed; what begins with a
 * dot, except .well-known, is not served. -ENOENT, -ENOTDIR, -EACCES: the folder; -ENOMEM, -EMFILE.
 */
OURO_API int ouro_files_of_folder(const char *folder, const struct ouro_files_options *options,
                                  struct ouro_files **ret_files);
/** Free; no request is being answered from it. NULL is fine. Returns NULL. */
OURO_API struct ouro_files *ouro_files_free(struct ouro_files *files);

#define OURO_FILES_KEPT_BYTES_MAX (1024 * 1024)
#define OURO_FILES_KEPT_MAX       128

/**
 * Answer with the file that the path names; a name that ends with a slash means the index.html
 * there. 200; 206 and 416 for ranges; 304 and 412 for conditions, by a strong entity tag made of
 * the content; 301 to a folder without its slash; 404; 405; 400 for a path that can't be decoded.
 * Compressed with gzip where the client takes it and it helps. May wait.
 */
OURO_API int ouro_http_respond_file(struct ouro_http *http, struct ouro_files *files);

/* --- WebSocket -------------------------------------------------------------------------------- */

/**
 * Compression of messages: permessage-deflate (RFC 7692). Zero means the default in parentheses.
 *
 * What is sent refers to nothing that was sent before: so a frame is compressed once for all who
 * get it, and a connection costs no memory for compression while nothing comes in. It does cost
 * time: see docs/websocket.md for when it is worth it.
 */
struct ouro_ws_deflate {
    bool on;             /**< speak it with a peer that does (no) */
    bool context;        /**< the peer's messages may refer to those before them: small ones become
                          * smaller, and the connection holds 40 KiB and the last message (no) */
    uint8_t level;       /**< from 1, fast, to 9, small (1) */
    uint8_t window_bits; /**< 8 to 15: references go back 2^that bytes at the most (15) */
    uint32_t bytes_min;  /**< what is shorter is sent as it is (128) */
};

/** Zero means the default in parentheses. One struct serves many connections and outlives them. */
struct ouro_ws_options {
    /** Origins whose pages may connect, ended by NULL; "*" allows any. NULL: the own host's. */
    const char *const *origins;
    const char *const *protocols; /**< subprotocols spoken, ended by NULL; the most wanted first */
    uint32_t message_bytes_max;   /**< a longer message closes with 1009 (64 KiB); inflated */
    uint32_t fragments_max;       /**< frames of one message (1,024) */
    uint32_t queue_bytes_max;     /**< sent, and not yet taken by the client; in frames of 32 bytes
                                   * on average, or longer ones (256 KiB) */
    int64_t close_ns_max;         /**< for the client to answer a close (2 s) */
    struct ouro_ws_deflate deflate; /**< compression (none) */
};

/**
 * Make the connection of this request a WebSocket; the answer has the fields that were set. 0; else
 * the client has been refused with the right status: return the code from the handler.
 */
OURO_API int ouro_ws_accept(struct ouro_http *http, const struct ouro_ws_options *options,
                            struct ouro_ws **ret_ws);

/** The client's side. Zero means the default in parentheses. */
struct ouro_ws_call {
    struct ouro_http_via via; /**< how to come there (as the URL says) */
    const char *origin;       /**< as a browser would say it (none) */
    const char *fields;       /**< more fields of the request, each a line with its CRLF (none) */
};

/**
 * Connect to "ws://host:port/path" or "wss://...". Hosts are as for ouro_http_client_open(). The
 * options mean what they do for a server, but that their protocols are what is offered, and origins
 * nothing. `call` may be NULL; what it points to is needed for this call only.
 *
 * 0; -EINVAL: not such a URL; -ECONNREFUSED: also if the server's answer is another than 101;
 * -OURO_EMALFORMED: it breaks RFC 6455, or agrees to what was not offered; -OURO_ECLOSED: it ended
 * amid its answer; -ENOMEM; as ouro_connect() and ouro_tls_connect().
 */
OURO_API int ouro_ws_connect(const char *url, const struct ouro_ws_options *options,
                             const struct ouro_ws_call *call, int64_t deadline,
                             struct ouro_ws **ret_ws);
/** The subprotocol that was agreed on, as it stands in the options; NULL: none. */
OURO_API const char *ouro_ws_protocol(const struct ouro_ws *ws);

struct ouro_ws_message {
    enum ouro_frame_kind kind;
    const char *data; /**< text is valid UTF-8; no NUL at the end; valid until the next call */
    size_t len;
};

/**
 * Wait for a message. 0; -ETIMEDOUT, -ECANCELED; -OURO_ECLOSED: the connection has ended, see
 * ouro_ws_close_code(); -ENOMEM; -EBUSY: another task waits there. Pings are answered on the way.
 */
OURO_API int ouro_ws_recv(struct ouro_ws *ws, int64_t deadline,
                          struct ouro_ws_message *ret_message);
struct ouro_case;
/** As ouro_ws_recv(), as a case of ouro_select() (ouro/sync.h). */
OURO_API struct ouro_case ouro_on_message(struct ouro_ws *ws, struct ouro_ws_message *ret_message);

/**
 * Send frames, in order, in one go. Never waits: what the client can't take now is queued, and
 * goes out later. 0; -OURO_ELIMIT: the queue would exceed its bound, and nothing of the frames
 * was sent; -OURO_ECLOSED. References are taken as needed; the caller keeps its own.
 */
OURO_API int ouro_ws_send(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count);
/**
 * The same for whole frames whose bytes lie in several places: the parts, one after the other, are
 * what ouro_frame_wire() would give for them. They are not compressed. Not for a client's side,
 * which has to mask.
 */
OURO_API int ouro_ws_send_parts(struct ouro_ws *ws, const struct ouro_part *parts, size_t count);
/** The same for one message that is for one client only. Also -ENOMEM. */
OURO_API int ouro_ws_send_text(struct ouro_ws *ws, const char *text, size_t len);
/** Send a ping; the pong is noted as a sign of life. As ouro_ws_send(). */
OURO_API int ouro_ws_ping(struct ouro_ws *ws);
/**
 * It is sent something soon, after others: have memory bring what sending looks at, while the
 * kernel is busy with these. Call it with 2 when one other comes before it, then with 1 when it is
 * next: each time a pointer further. At any time; changes nothing.
 */
OURO_API void ouro_ws_prefetch(const struct ouro_ws *ws, unsigned turns);
/** How much is queued. */
OURO_API size_t ouro_ws_backlog_bytes(const struct ouro_ws *ws);
/** When the client was last heard of. */
OURO_API int64_t ouro_ws_heard_at(const struct ouro_ws *ws);

/**
 * Begin to close: what is queued goes out, then a close frame with the code and the reason (up to
 * 123 bytes), then the client's answer is waited for, up to close_ns_max. Never waits itself.
 * A second call is ignored. `code`: 1000 to 1003, 1007 to 1014 or 3000 to 4999.
 */
OURO_API void ouro_ws_close(struct ouro_ws *ws, uint16_t code, const char *reason);
/** The code that the connection ended with: the client's, or ours; 1006: without a close frame. */
OURO_API uint16_t ouro_ws_close_code(const struct ouro_ws *ws);
/**
 * Free; a connection that is still open is cut, one that is closing still ends well. No task waits
 * in ouro_ws_recv(). Also from a callback of the consumer, which then gets no other. NULL is fine.
 * Returns NULL.
 */
OURO_API struct ouro_ws *ouro_ws_free(struct ouro_ws *ws);
/** What it runs over, for the peer's address; NULL once the connection has ended. */
OURO_API struct ouro_stream *ouro_ws_stream(struct ouro_ws *ws);

/** A consumer without a task. Called on the loop; must not wait. */
struct ouro_ws_consumer {
    void (*message)(struct ouro_ws *ws, const struct ouro_ws_message *message, void *ud);
    /** The connection has ended; the last call. It frees the ws, now or later. */
    void (*closed)(struct ouro_ws *ws, void *ud);
    /** A ping or a pong has come; a ping is answered in any case. For who counts what a client
     * says: may close the connection. NULL: nobody does. */
    void (*control)(struct ouro_ws *ws, void *ud);
};

/**
 * Have messages fed to the consumer, from the loop's next turn on: none in this call. No task waits
 * in ouro_ws_recv(). The WebSocket then costs no stack.
 */
OURO_API void ouro_ws_consume(struct ouro_ws *ws, const struct ouro_ws_consumer *consumer,
                              void *ud);

#ifdef __cplusplus
}
#endif
#endif
