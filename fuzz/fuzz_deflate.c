/* SPDX-License-Identifier: MIT */
/* Compressed messages: what comes in as it is, and what we would have sent. The first byte chooses
 * the limit, text or not, and the random split; the second the window and the level. */
#include "../tests/web/drive.h"

#include "base/frame.h"

static struct ouro__inflater *inflater;

static void inflate_split(const uint8_t *data, size_t len, uint8_t how, int split,
                          struct ouro_buf *said)
{
    ouro__inflater_begin(inflater, false);
    drive_inflate(inflater, data, len, how & 1, how & 2 ? 300 : 100000, split_number(split), said);
}

/* Whole, byte by byte, in random pieces: it inflates to the same, or fails in the same way. */
static void check_in(const uint8_t *data, size_t len, uint8_t how)
{
    struct ouro_buf whole = {0}, split = {0};
    inflate_split(data, len, how, 0, &whole);
    for (int way = 1; way <= 2; way++) {
        ouro_buf_clear(&split);
        inflate_split(data, len, how, way == 1 ? 1 : 2 + how, &split);
        if (!same_transcript(&whole, &split))
            abort();
    }
    ouro_buf_done(&whole);
    ouro_buf_done(&split);
}

/* What is sent inflates to what was meant. */
static void check_out(const uint8_t *data, size_t len, uint8_t how)
{
    struct ouro__deflate_how deflate = {.send_bits = 8 + how % 8, .level = 1 + how / 8 % 9};
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_BINARY, data, len);
    struct ouro_frame *form = frame ? ouro__deflate_frame(frame, &deflate) : NULL;
    if (!form)
        abort();
    if (form != frame) {
        struct ouro_buf said = {0};
        size_t form_len;
        const uint8_t *bytes = ouro_frame_payload(form, &form_len);
        ouro__inflater_begin(inflater, false);
        drive_inflate(inflater, bytes, form_len, false, (uint32_t)len, split_number(0), &said);
        if (form_len >= len || said.len != len || memcmp(said.data, data, len) != 0)
            abort();
        ouro_buf_done(&said);
    }
    ouro_frame_unref(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2 || len > 20000)
        return 0;
    if (!inflater) {
        ouro__deflate_enter();
        if (ouro__inflater_borrow(&inflater) < 0)
            abort();
    }
    check_in(data + 2, len - 2, data[0]);
    check_out(data + 2, len - 2, data[1]);
    return 0;
}
