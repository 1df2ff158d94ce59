/* SPDX-License-Identifier: MIT */
#include "state/slab.h"

#include <string.h>

#define SLAB_BYTES_MIN 4096
#define SLAB_BYTES_MAX (1u << 30)

static void drop_full(struct ouro__slab *slab)
{
    while (slab->full_count > 0)
        ouro_frame_unref(slab->full[--slab->full_count]);
}

/* One frame that takes a tick like the last one, with some to spare. */
static uint32_t good_size(uint64_t taken)
{
    uint32_t size = SLAB_BYTES_MIN;
    while (size < taken + taken / 4 && size < SLAB_BYTES_MAX)
        size *= 2;
    return size;
}

static int open_frame(struct ouro__slab *slab, uint32_t size)
{
    uint8_t *bytes;
    size_t wire_bytes;
    struct ouro_frame *frame = ouro_frame_blank(OURO_FRAME_BINARY, size, &bytes);
    if (!frame)
        return -ENOMEM;
    slab->frame = frame;
    slab->bytes = bytes;
    slab->offset = (uint32_t)(bytes - ouro_frame_wire(frame, &wire_bytes));
    slab->cap = size;
    slab->used = 0;
    return 0;
}

void ouro__slab_next(struct ouro__slab *slab)
{
    uint32_t size = good_size(slab->taken);
    drop_full(slab);
    if (slab->frame && (slab->cap < size || ouro_frame_shared(slab->frame))) {
        slab->frame = ouro_frame_unref(slab->frame);
        slab->cap = size;
    }
    slab->used = 0;
    slab->taken = 0;
}

/* A frame with room for so much more. */
static int make_room(struct ouro__slab *slab, uint32_t len)
{
    uint32_t size = slab->cap ? slab->cap : SLAB_BYTES_MIN;
    if (slab->frame && slab->cap - slab->used >= len)
        return 0;
    if (slab->frame) {
        if (slab->full_count == OURO__SLAB_FRAMES_MAX)
            return -ENOMEM;
        size = size < SLAB_BYTES_MAX ? 2 * size : size;
    }
    struct ouro_frame *full = slab->frame;
    int rc = open_frame(slab, size > len ? size : len);
    if (rc == 0 && full)
        slab->full[slab->full_count++] = full;
    return rc;
}

int ouro__slab_put(struct ouro__slab *slab, const void *data, uint32_t len,
                   struct ouro_part *ret_part)
{
    int rc = make_room(slab, len);
    if (rc < 0)
        return rc;
    memcpy(slab->bytes + slab->used, data, len);
    *ret_part = (struct ouro_part){slab->frame, slab->offset + slab->used, len};
    slab->used += len;
    slab->taken += len;
    return 0;
}

void ouro__slab_done(struct ouro__slab *slab)
{
    drop_full(slab);
    slab->frame = ouro_frame_unref(slab->frame);
}
