/* SPDX-License-Identifier: MIT */
#include "web/ws_deflate.h"

#include "base/frame.h"
#include "web/ws_extension.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ZLIB_BITS_MIN   9 /* deflate knows no smaller window for raw data */
#define RSV1            0x40
#define SHARE_MAX       90 /* per cent: with less to gain the peer's work is not worth it */
#define OUT_BYTES_FIRST 4096
#define OUT_BYTES_IDLE  (64 * 1024) /* as much of an inflater's buffer stays with the thread */
#define WINDOWS         (OURO__WS_WINDOW_BITS_MAX + 1)

static const uint8_t tail[4] = {0x00, 0x00, 0xff, 0xff};

struct compressor {
    z_stream zip;
    int level; /* 0: not there */
};

struct ouro__inflater {
    z_stream zip;
    uint8_t *out;
    size_t len, cap;
    struct ouro__utf8 utf8;
    bool begun;    /* a byte of the message has come */
    bool complete; /* ... and the last was the end of a final block */
};

/* What a thread's connections share. */
struct stock {
    unsigned users;
    struct compressor compressors[WINDOWS]; /* by the bits of their window */
    struct ouro__inflater *idle;            /* one: the next message's */
};

static _Thread_local struct stock stock;

/* --- out -------------------------------------------------------------------------------------- */

/* zlib's memory for matches and literals is in proportion to the window: 256 KiB for the largest,
 * and for the small messages of a game 8 KiB that need no time to be cleared. */
static int begin_compressor(struct compressor *compressor, int bits, int level)
{
    if (compressor->level == level)
        return deflateReset(&compressor->zip);
    if (compressor->level)
        deflateEnd(&compressor->zip);
    compressor->zip = (z_stream){0};
    int rc = deflateInit2(&compressor->zip, level, Z_DEFLATED, -bits, bits - 7, Z_DEFAULT_STRATEGY);
    compressor->level = rc == Z_OK ? level : 0;
    return rc;
}

/* The smallest window that a message can't refer beyond. */
static uint8_t covering_bits(size_t len)
{
    uint8_t bits = OURO__WS_WINDOW_BITS_MIN;
    while (bits < OURO__WS_WINDOW_BITS_MAX && len > (size_t)1 << bits)
        bits++;
    return bits;
}

/* All of it, up to the tail, which is left out. 0: `room` was too small. */
static size_t compress_into(z_stream *zip, const uint8_t *data, size_t len, uint8_t *out,
                            size_t room)
{
    zip->next_in = (Bytef *)(uintptr_t)data;
    zip->avail_in = (uInt)len;
    zip->next_out = out;
    zip->avail_out = (uInt)room;
    if (deflate(zip, Z_SYNC_FLUSH) != Z_OK || zip->avail_in > 0 || zip->avail_out == 0)
        return 0;
    size_t made = room - zip->avail_out;
    return made > sizeof tail ? made - sizeof tail : 0;
}

static struct ouro_frame *compressed_frame(const struct ouro_frame *frame, const uint8_t *data,
                                           size_t len)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    size_t prefix_bytes = ouro_frame_prefix(prefix, RSV1 | (int)ouro_frame_kind(frame), len);
    return ouro__frame_with_prefix(ouro_frame_kind(frame), prefix, prefix_bytes, data, len);
}

/* An empty form says that there is no good one, so that it is not looked for again. NULL: out of
 * memory. */
static struct ouro_frame *make_form(const struct ouro_frame *frame, uint8_t bits, int level)
{
    size_t len, room;
    const uint8_t *payload = ouro_frame_payload(frame, &len);
    int zlib_bits = bits < ZLIB_BITS_MIN ? ZLIB_BITS_MIN : bits;
    struct compressor *compressor = &stock.compressors[zlib_bits];
    if (begin_compressor(compressor, zlib_bits, level) != Z_OK)
        return NULL;
    room = len / 100 * SHARE_MAX + len % 100 * SHARE_MAX / 100 + sizeof tail;
    uint8_t *out = malloc(room);
    if (!out)
        return NULL;
    size_t made = compress_into(&compressor->zip, payload, len, out, room);
    struct ouro_frame *form = compressed_frame(frame, out, made);
    free(out);
    return form;
}

struct ouro_frame *ouro__deflate_frame(struct ouro_frame *frame,
                                       const struct ouro__deflate_how *how)
{
    size_t len;
    ouro_frame_payload(frame, &len);
    uint8_t bits = covering_bits(len);
    if (len < how->bytes_min || len == 0)
        return frame;
    if (bits > how->send_bits)
        bits = how->send_bits;
    if (bits < ZLIB_BITS_MIN && len > (size_t)1 << bits)
        return frame; /* zlib can't keep to so small a window */
    struct ouro_frame *form = ouro__frame_form(frame, bits);
    if (!form && (form = make_form(frame, bits, how->level)))
        ouro__frame_add_form(frame, form, bits);
    if (form)
        ouro_frame_payload(form, &len);
    return form && len > 0 ? form : frame;
}

/* --- in --------------------------------------------------------------------------------------- */

static struct ouro__inflater *inflater_free(struct ouro__inflater *inflater)
{
    if (!inflater)
        return NULL;
    inflateEnd(&inflater->zip);
    free(inflater->out);
    free(inflater);
    return NULL;
}

int ouro__inflater_borrow(struct ouro__inflater **ret_inflater)
{
    struct ouro__inflater *inflater = stock.idle;
    stock.idle = NULL;
    if (!inflater) {
        inflater = calloc(1, sizeof *inflater);
        /* The largest window takes whatever was compressed with a smaller one. */
        if (!inflater || inflateInit2(&inflater->zip, -OURO__WS_WINDOW_BITS_MAX) != Z_OK) {
            free(inflater);
            return -ENOMEM;
        }
    }
    *ret_inflater = inflater;
    return 0;
}

struct ouro__inflater *ouro__inflater_give_back(struct ouro__inflater *inflater)
{
    if (!inflater)
        return NULL;
    if (stock.idle || stock.users == 0)
        return inflater_free(inflater);
    if (inflater->cap > OUT_BYTES_IDLE) {
        free(inflater->out);
        inflater->out = NULL;
        inflater->cap = 0;
    }
    stock.idle = inflater;
    return NULL;
}

void ouro__inflater_begin(struct ouro__inflater *inflater, bool context)
{
    if (!context)
        inflateReset(&inflater->zip);
    inflater->len = 0;
    inflater->utf8 = (struct ouro__utf8){0};
    inflater->begun = inflater->complete = false;
}

/* Room for a byte at least, and never for more than one beyond what may come out: with that one it
 * shows that the message is too long. */
static int make_room(struct ouro__inflater *inflater, uint32_t bytes_max)
{
    size_t most = (size_t)bytes_max + 1;
    if (inflater->len < inflater->cap)
        return 0;
    size_t cap = inflater->cap ? inflater->cap * 2 : OUT_BYTES_FIRST;
    if (cap > most)
        cap = most > inflater->cap ? most : inflater->cap + 1;
    uint8_t *out = realloc(inflater->out, cap);
    if (!out)
        return -ENOMEM;
    inflater->out = out;
    inflater->cap = cap;
    return 0;
}

/* What came out, in the order in which it would be seen byte by byte. More than 0: an error. */
static int check_output(struct ouro__inflater *inflater, size_t made, bool text, uint32_t bytes_max)
{
    const uint8_t *from = inflater->out + inflater->len;
    inflater->len += made;
    if (text && !ouro__utf8_feed(&inflater->utf8, from, made))
        return OURO__WS_BAD_UTF8;
    return inflater->len > bytes_max ? OURO__WS_MESSAGE_TOO_LONG : 0;
}

/* One call of zlib's, into the room there is, with one byte too many at the most. */
static int inflate_step(struct ouro__inflater *inflater, bool text, uint32_t bytes_max)
{
    z_stream *zip = &inflater->zip;
    size_t room = inflater->cap - inflater->len, most = (size_t)bytes_max + 1 - inflater->len;
    room = room < most ? room : most;
    uInt offered = room < UINT32_MAX ? (uInt)room : UINT32_MAX, left = zip->avail_in;
    zip->next_out = inflater->out + inflater->len;
    zip->avail_out = offered;
    int answer = inflate(zip, Z_SYNC_FLUSH);
    if (zip->avail_in < left)
        inflater->complete = answer == Z_STREAM_END;
    int rc = check_output(inflater, offered - zip->avail_out, text, bytes_max);
    if (rc != 0)
        return rc;
    if (answer == Z_STREAM_END)
        inflateReset(zip); /* there may be other blocks behind, which refer to nothing before */
    else if (answer != Z_OK && answer != Z_BUF_ERROR)
        return answer == Z_MEM_ERROR ? -ENOMEM : OURO__WS_BAD_DEFLATE;
    return 0;
}

static int inflate_all(struct ouro__inflater *inflater, const uint8_t *data, size_t len, bool text,
                       uint32_t bytes_max)
{
    z_stream *zip = &inflater->zip;
    zip->next_in = (Bytef *)(uintptr_t)data;
    zip->avail_in = (uInt)len;
    do { /* as long as there is something to put in, or something may be stuck inside */
        int rc = make_room(inflater, bytes_max);
        if (rc == 0)
            rc = inflate_step(inflater, text, bytes_max);
        if (rc != 0)
            return rc;
    } while (zip->avail_in > 0 || zip->avail_out == 0);
    return 0;
}

/* Is zlib between two blocks, with no bit left over? (inflate() of zlib.h on data_type.) */
static bool between_blocks(const z_stream *zip)
{
    return (zip->data_type & 128) && (zip->data_type & 63) == 0;
}

static int end_message(struct ouro__inflater *inflater, bool text, uint32_t bytes_max)
{
    /* Of no bytes there is no block to end; a final block has ended itself. */
    if (inflater->begun && !inflater->complete) {
        int rc = inflate_all(inflater, tail, sizeof tail, text, bytes_max);
        if (rc != 0)
            return rc;
        if (!inflater->complete && !between_blocks(&inflater->zip))
            return OURO__WS_BAD_DEFLATE;
    }
    return text && !ouro__utf8_complete(&inflater->utf8) ? OURO__WS_BAD_UTF8 : 0;
}

int ouro__inflater_feed(struct ouro__inflater *inflater, const uint8_t *data, size_t len, bool last,
                        bool text, uint32_t bytes_max)
{
    int rc = len ? inflate_all(inflater, data, len, text, bytes_max) : 0;
    inflater->begun |= len > 0;
    return rc == 0 && last ? end_message(inflater, text, bytes_max) : rc;
}

const uint8_t *ouro__inflater_message(const struct ouro__inflater *inflater, size_t *ret_len)
{
    *ret_len = inflater->len;
    return inflater->out;
}

/* --- the stock -------------------------------------------------------------------------------- */

void ouro__deflate_enter(void)
{
    stock.users++;
}

void ouro__deflate_leave(void)
{
    if (--stock.users > 0)
        return;
    for (int bits = 0; bits < WINDOWS; bits++)
        if (stock.compressors[bits].level)
            deflateEnd(&stock.compressors[bits].zip);
    inflater_free(stock.idle);
    stock = (struct stock){0};
}
