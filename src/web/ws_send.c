/* SPDX-License-Identifier: MIT */
/* Sending on a WebSocket: at once what the stream takes, the rest from a queue.
 *
 * A server sends frames as they are, unless compression was agreed on: then what hangs on the frame
 * for all who take it. A client masks, so each of its frames is a copy. */
#include "base/frame.h"
#include "web/ws.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_BYTES_DEFAULT   (256 * 1024)
#define DEFLATE_BYTES_DEFAULT 128
#define DEFLATE_LEVEL_DEFAULT 1
#define REASON_BYTES_MAX      123
#define MASK_BYTES            4
/* Frames in one system call. Few, because they are gathered on the stack of the task that sends:
 * with 64, most tasks would have a second page. */
#define PARTS_PER_WRITE 16
/* With more frames than this before it, a pong is left out (RFC 6455 5.5.3 allows it). Else a
 * client that pings and does not read would be kept 20 bytes for each one it sends. */
#define FRAMES_BEFORE_PONG_MAX 64

/* Frames, and parts of some, that the peer has not taken yet. A ring; grows by doubling up to what
 * the bound on its bytes lets in. */
struct ouro__ws_queue {
    size_t first, count, cap;
    size_t offset; /* of the first part: this much of it has gone */
    size_t bytes;  /* that are still to go */
    struct ouro_part parts[];
};

static size_t queue_bytes_max(const struct ouro_ws *ws)
{
    return ws->options->queue_bytes_max ? ws->options->queue_bytes_max : QUEUE_BYTES_DEFAULT;
}

/* What is kept for a frame besides its bytes; the shortest of a game are as long. A peer that has
 * others of two bytes sent to it, and does not read, would else be kept many times its bound. */
#define QUEUED_FRAME_BYTES_LEAST 32

/* Within the bound, in bytes and in frames? */
static bool is_room_for(const struct ouro_ws *ws, size_t bytes, size_t count)
{
    const struct ouro__ws_queue *queue = ws->queue;
    size_t most = queue_bytes_max(ws), queued = queue ? queue->count : 0;
    return ouro_ws_backlog_bytes(ws) + bytes <= most &&
           (queued == 0 || queued + count <= most / QUEUED_FRAME_BYTES_LEAST);
}

/* --- the queue -------------------------------------------------------------------------------- */

void ouro__ws_drop_queue(struct ouro_ws *ws)
{
    struct ouro__ws_queue *queue = ws->queue;
    for (size_t i = 0; queue && i < queue->count; i++)
        ouro_frame_unref(queue->parts[(queue->first + i) % queue->cap].frame);
    free(queue);
    ws->queue = NULL;
}

static struct iovec iovec_of(const struct ouro_part *part, size_t skip)
{
    return (struct iovec){(void *)(uintptr_t)(ouro_part_bytes(part) + skip), part->len - skip};
}

/* Gather what is queued, the rest of a half-sent part first. */
static int gather(const struct ouro__ws_queue *queue, struct iovec parts[PARTS_PER_WRITE])
{
    int count = 0;
    size_t skip = queue->offset;
    for (size_t i = 0; i < queue->count && count < PARTS_PER_WRITE; i++, skip = 0)
        parts[count++] = iovec_of(&queue->parts[(queue->first + i) % queue->cap], skip);
    return count;
}

static void forget_sent(struct ouro__ws_queue *queue, size_t sent)
{
    queue->bytes -= sent;
    queue->offset += sent;
    while (queue->count) {
        struct ouro_part part = queue->parts[queue->first];
        if (queue->offset < part.len)
            break;
        queue->offset -= part.len;
        queue->first = (queue->first + 1) % queue->cap;
        queue->count--;
        ouro_frame_unref(part.frame);
    }
}

/* Shutting down our side tells the peer that nothing follows the close frame. */
void ouro__ws_finish_if_drained(struct ouro_ws *ws)
{
    if (ws->queue || ws->state != OURO__WS_DRAINING || ws->finished)
        return;
    ws->finished = true;
    ouro_stream_shutdown(ws->stream);
}

void ouro__ws_flush(struct ouro_ws *ws)
{
    while (ws->queue) {
        struct iovec parts[PARTS_PER_WRITE];
        int sent = ouro_stream_try_writev(ws->stream, parts, gather(ws->queue, parts));
        if (sent < 0)
            return;
        forget_sent(ws->queue, (size_t)sent);
        if (ws->queue->count == 0)
            ouro__ws_drop_queue(ws);
    }
    ouro__ws_finish_if_drained(ws);
}

static struct ouro__ws_queue *queue_with_room(struct ouro_ws *ws, size_t more)
{
    struct ouro__ws_queue *old = ws->queue;
    size_t count = old ? old->count : 0, cap = old ? old->cap : 4;
    if (old && count + more <= cap)
        return old;
    while (cap < count + more)
        cap *= 2;
    struct ouro__ws_queue *queue = malloc(sizeof *queue + cap * sizeof(struct ouro_part));
    if (!queue)
        return NULL;
    *queue = (struct ouro__ws_queue){.count = count, .cap = cap};
    for (size_t i = 0; i < count; i++)
        queue->parts[i] = old->parts[(old->first + i) % old->cap];
    if (old) {
        queue->offset = old->offset;
        queue->bytes = old->bytes;
    }
    free(old);
    return ws->queue = queue;
}

static void push(struct ouro__ws_queue *queue, struct ouro_part part)
{
    ouro_frame_ref(part.frame);
    queue->bytes += part.len;
    queue->parts[(queue->first + queue->count++) % queue->cap] = part;
}

static void queue_was_sent(struct ouro_ws *ws, size_t sent)
{
    forget_sent(ws->queue, sent);
    if (ws->queue->count == 0)
        ouro__ws_drop_queue(ws);
}

/* Queue frames, of which `sent` bytes have gone already. */
static int enqueue(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count, size_t sent)
{
    struct ouro__ws_queue *queue = queue_with_room(ws, count);
    if (!queue)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        push(queue, ouro_part_of(frames[i]));
    queue_was_sent(ws, sent);
    return 0;
}

size_t ouro_ws_backlog_bytes(const struct ouro_ws *ws)
{
    return ws->queue ? ws->queue->bytes : 0;
}

/* --- as they are ------------------------------------------------------------------------------ */

static size_t wire_bytes(struct ouro_frame *const *frames, size_t count)
{
    size_t total = 0, len;
    for (size_t i = 0; i < count; i++) {
        ouro_frame_wire(frames[i], &len);
        total += len;
    }
    return total;
}

/* How much the stream takes at once. The common case is one frame, all of it. */
static int write_now(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    struct iovec vectors[PARTS_PER_WRITE];
    for (size_t i = 0; i < count; i++) {
        struct ouro_part part = ouro_part_of(frames[i]);
        vectors[i] = iovec_of(&part, 0);
    }
    int rc = ouro_stream_try_writev(ws->stream, vectors, (int)count);
    return rc == -EAGAIN ? 0 : rc;
}

/* More than one write takes: through the queue. */
static int put_many(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    int rc = enqueue(ws, frames, count, 0);
    if (rc == 0)
        ouro__ws_flush(ws);
    return rc;
}

/* Send or queue, whatever the bound of the queue. */
static int put_frames(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (ws->queue)
        return enqueue(ws, frames, count, 0);
    if (count > PARTS_PER_WRITE)
        return put_many(ws, frames, count);
    int sent = write_now(ws, frames, count);
    if (sent < 0)
        return -OURO_ECLOSED;
    if ((size_t)sent == wire_bytes(frames, count))
        return 0;
    int rc = enqueue(ws, frames, count, (size_t)sent);
    /* Half a frame went out and the rest can't be remembered: nothing that follows makes sense. */
    if (rc < 0 && sent > 0)
        ouro_stream_shutdown(ws->stream);
    return rc;
}

/* Send or queue, within the bound of the queue. */
static int send_frames(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (!is_room_for(ws, wire_bytes(frames, count), count))
        return -OURO_ELIMIT;
    return put_frames(ws, frames, count);
}

/* --- dressed: compressed, masked ---------------------------------------------------------------
 */

static struct ouro_frame *compressed(const struct ouro_ws *ws, struct ouro_frame *frame)
{
    const struct ouro_ws_deflate *wish = &ws->options->deflate;
    struct ouro__deflate_how how = {
        .send_bits = ws->send_bits,
        .level = wish->level ? wish->level : DEFLATE_LEVEL_DEFAULT,
        .bytes_min = wish->bytes_min ? wish->bytes_min : DEFLATE_BYTES_DEFAULT,
    };
    return ouro__deflate_frame(frame, &how);
}

/* A copy, masked with a key that the server's side can't foresee (RFC 6455 10.3). */
static struct ouro_frame *masked(const struct ouro_frame *frame)
{
    uint8_t prefix[OURO__FRAME_PREFIX_MAX];
    size_t len, wire_len;
    const uint8_t *payload = ouro_frame_payload(frame, &len);
    const uint8_t *wire = ouro_frame_wire(frame, &wire_len);
    uint8_t *mask = prefix + (wire_len - len);
    uint64_t random = ouro_random();
    memcpy(prefix, wire, wire_len - len);
    prefix[1] |= 0x80;
    memcpy(mask, &random, MASK_BYTES);
    struct ouro_frame *copy = ouro__frame_with_prefix(ouro_frame_kind(frame), prefix,
                                                      wire_len - len + MASK_BYTES, payload, len);
    if (copy)
        ouro__ws_mask((uint8_t *)(uintptr_t)ouro_frame_payload(copy, &len), len, mask);
    return copy;
}

/* What goes out in place of the frame, with a reference. NULL: out of memory. */
static struct ouro_frame *dress(const struct ouro_ws *ws, struct ouro_frame *frame)
{
    if (ws->send_bits && (int)ouro_frame_kind(frame) <= OURO__WS_BINARY)
        frame = compressed(ws, frame);
    return ws->client ? masked(frame) : ouro_frame_ref(frame);
}

/* Up to PARTS_PER_WRITE of them; `put` is how they are sent. */
static int send_batch(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count,
                      int (*put)(struct ouro_ws *, struct ouro_frame *const *, size_t))
{
    struct ouro_frame *dressed[PARTS_PER_WRITE];
    size_t made = 0;
    int rc = 0;
    for (; rc == 0 && made < count; made++)
        if (!(dressed[made] = dress(ws, frames[made])))
            rc = -ENOMEM;
    if (rc == 0 && made > 0)
        rc = put(ws, dressed, made);
    while (made > 0)
        ouro_frame_unref(dressed[--made]);
    return rc;
}

/* All or nothing: whether many fit is seen before the first has gone, as if none were compressed.
 */
static int send_dressed(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (count <= PARTS_PER_WRITE)
        return send_batch(ws, frames, count, send_frames);
    size_t bytes = wire_bytes(frames, count) + count * MASK_BYTES;
    int rc = is_room_for(ws, bytes, count) ? 0 : -OURO_ELIMIT;
    for (size_t at = 0; rc == 0 && at < count; at += PARTS_PER_WRITE) {
        size_t left = count - at;
        rc = send_batch(ws, frames + at, left < PARTS_PER_WRITE ? left : PARTS_PER_WRITE,
                        put_frames);
    }
    return rc;
}

/* --- in parts --------------------------------------------------------------------------------- */

static int enqueue_parts(struct ouro_ws *ws, const struct ouro_part *parts, size_t count,
                         size_t sent)
{
    struct ouro__ws_queue *queue = queue_with_room(ws, count);
    if (!queue)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        push(queue, parts[i]);
    queue_was_sent(ws, sent);
    return 0;
}

static int write_parts_now(struct ouro_ws *ws, const struct ouro_part *parts, size_t count)
{
    struct iovec vectors[PARTS_PER_WRITE];
    for (size_t i = 0; i < count; i++)
        vectors[i] = iovec_of(&parts[i], 0);
    int rc = ouro_stream_try_writev(ws->stream, vectors, (int)count);
    return rc == -EAGAIN ? 0 : rc;
}

/* More than one write takes: through the queue. */
static int put_many_parts(struct ouro_ws *ws, const struct ouro_part *parts, size_t count)
{
    int rc = enqueue_parts(ws, parts, count, 0);
    if (rc == 0)
        ouro__ws_flush(ws);
    return rc;
}

static int put_parts(struct ouro_ws *ws, const struct ouro_part *parts, size_t count, size_t bytes)
{
    if (ws->queue)
        return enqueue_parts(ws, parts, count, 0);
    if (count > PARTS_PER_WRITE)
        return put_many_parts(ws, parts, count);
    int sent = write_parts_now(ws, parts, count);
    if (sent < 0)
        return -OURO_ECLOSED;
    if ((size_t)sent == bytes)
        return 0;
    int rc = enqueue_parts(ws, parts, count, (size_t)sent);
    if (rc < 0 && sent > 0) /* as in put_frames() */
        ouro_stream_shutdown(ws->stream);
    return rc;
}

int ouro_ws_send_parts(struct ouro_ws *ws, const struct ouro_part *parts, size_t count)
{
    size_t bytes = 0;
    ouro_assert(!ws->client);
    for (size_t i = 0; i < count; i++)
        bytes += parts[i].len;
    if (ws->state != OURO__WS_OPEN)
        return -OURO_ECLOSED;
    if (!is_room_for(ws, bytes, count))
        return -OURO_ELIMIT;
    return put_parts(ws, parts, count, bytes);
}

/* --- messages --------------------------------------------------------------------------------- */

int ouro_ws_send(struct ouro_ws *ws, struct ouro_frame *const *frames, size_t count)
{
    if (ws->state != OURO__WS_OPEN)
        return -OURO_ECLOSED;
    return ws->dressed ? send_dressed(ws, frames, count) : send_frames(ws, frames, count);
}

/* The stream's head, and what each kind has right behind it. */
void ouro_ws_prefetch(const struct ouro_ws *ws, unsigned turns)
{
    if (turns > 1) {
        __builtin_prefetch(&ws->stream);
        __builtin_prefetch(&ws->dressed); /* it may begin at the end of a cache line */
    } else if (ws->stream) {
        __builtin_prefetch(ws->stream);
        __builtin_prefetch(ws->stream + 1);
    }
}

static int send_payload(struct ouro_ws *ws, int opcode, const void *payload, size_t len)
{
    if (ws->state != OURO__WS_OPEN)
        return -OURO_ECLOSED;
    struct ouro_frame *frame = ouro_frame_new((enum ouro_frame_kind)opcode, payload, len);
    if (!frame)
        return -ENOMEM;
    int rc = ouro_ws_send(ws, &frame, 1);
    ouro_frame_unref(frame);
    return rc;
}

int ouro_ws_send_text(struct ouro_ws *ws, const char *text, size_t len)
{
    return send_payload(ws, OURO__WS_TEXT, text, len);
}

int ouro_ws_ping(struct ouro_ws *ws)
{
    return send_payload(ws, OURO__WS_PING, "", 0);
}

void ouro__ws_send_pong(struct ouro_ws *ws, const void *payload, size_t len)
{
    if (!ws->queue || ws->queue->count <= FRAMES_BEFORE_PONG_MAX)
        send_payload(ws, OURO__WS_PONG, payload, len);
}

/* --- the last words --------------------------------------------------------------------------- */

/* As much of it as fits, and no half character at its end: that would be a protocol error of ours.
 */
static size_t reason_bytes(const char *reason)
{
    size_t len = strnlen(reason, REASON_BYTES_MAX + 1);
    if (len <= REASON_BYTES_MAX)
        return len;
    for (len = REASON_BYTES_MAX; len > 0 && (reason[len] & 0xc0) == 0x80; len--)
        ;
    return len;
}

/* A close finds room however full the queue is: else a peer that does not read would never get to
 * know why. */
void ouro__ws_send_close(struct ouro_ws *ws, uint16_t code, const char *reason)
{
    uint8_t payload[2 + REASON_BYTES_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t len = reason ? reason_bytes(reason) : 0;
    memcpy(payload + 2, reason ? reason : "", len);
    /* 1005 stands for "no code was given" and is answered in kind. */
    len = code == 1005 ? 0 : 2 + len;
    struct ouro_frame *frame = ouro_frame_new((enum ouro_frame_kind)OURO__WS_CLOSE, payload, len);
    if (frame && ws->dressed)
        send_batch(ws, &frame, 1, put_frames);
    else if (frame)
        put_frames(ws, &frame, 1);
    ouro_frame_unref(frame);
}
