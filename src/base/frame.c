/* SPDX-License-Identifier: MIT */
#include "base/frame.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ouro_frame {
    _Atomic uint32_t refs;
    uint32_t payload_bytes;
    _Atomic(struct ouro_frame *) forms; /* the first of them; of a form: the one behind it */
    uint8_t kind;
    uint8_t prefix_bytes;
    uint8_t form_key;
    uint8_t bytes[]; /* the prefix, then the payload */
};

size_t ouro_frame_prefix(uint8_t out[OURO_FRAME_PREFIX_MAX], int opcode, size_t payload_bytes)
{
    out[0] = (uint8_t)(0x80 | opcode); /* FIN: a whole message in one frame */
    if (payload_bytes < 126) {
        out[1] = (uint8_t)payload_bytes;
        return 2;
    }
    size_t width = payload_bytes <= UINT16_MAX ? 2 : 8;
    out[1] = width == 2 ? 126 : 127;
    for (size_t i = 0; i < width; i++)
        out[2 + i] = (uint8_t)((uint64_t)payload_bytes >> (8 * (width - 1 - i)));
    return 2 + width;
}

struct ouro_frame *ouro__frame_with_prefix(enum ouro_frame_kind kind, const uint8_t *prefix,
                                           size_t prefix_bytes, const void *payload, size_t len)
{
    if (len > UINT32_MAX - sizeof(struct ouro_frame) - prefix_bytes)
        return NULL;
    struct ouro_frame *frame = malloc(sizeof *frame + prefix_bytes + len);
    if (!frame)
        return NULL;
    atomic_init(&frame->refs, 1);
    atomic_init(&frame->forms, NULL);
    frame->payload_bytes = (uint32_t)len;
    frame->kind = (uint8_t)kind;
    frame->prefix_bytes = (uint8_t)prefix_bytes;
    memcpy(frame->bytes, prefix, prefix_bytes);
    if (payload && len)
        memcpy(frame->bytes + prefix_bytes, payload, len);
    return frame;
}

struct ouro_frame *ouro_frame_new(enum ouro_frame_kind kind, const void *payload, size_t len)
{
    uint8_t prefix[OURO_FRAME_PREFIX_MAX];
    size_t prefix_bytes = ouro_frame_prefix(prefix, (int)kind, len);
    return ouro__frame_with_prefix(kind, prefix, prefix_bytes, payload, len);
}

struct ouro_frame *ouro_frame_blank(enum ouro_frame_kind kind, size_t len, uint8_t **ret_payload)
{
    struct ouro_frame *frame = ouro_frame_new(kind, NULL, len);
    if (frame)
        *ret_payload = frame->bytes + frame->prefix_bytes;
    return frame;
}

struct ouro_frame *ouro_frame_ref(struct ouro_frame *frame)
{
    atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
    return frame;
}

struct ouro_frame *ouro_frame_unref(struct ouro_frame *frame)
{
    while (frame && atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) == 1) {
        struct ouro_frame *form = atomic_load_explicit(&frame->forms, memory_order_relaxed);
        free(frame);
        frame = form; /* whose reference was the frame's */
    }
    return NULL;
}

struct ouro_frame *ouro__frame_form(const struct ouro_frame *frame, uint8_t key)
{
    struct ouro_frame *form = atomic_load_explicit(&frame->forms, memory_order_acquire);
    while (form && form->form_key != key)
        form = atomic_load_explicit(&form->forms, memory_order_acquire);
    return form;
}

/* Forms are only ever added, at the front, so that nobody who walks along them needs a lock. */
void ouro__frame_add_form(struct ouro_frame *frame, struct ouro_frame *form, uint8_t key)
{
    struct ouro_frame *first = atomic_load_explicit(&frame->forms, memory_order_acquire);
    form->form_key = key;
    do
        atomic_store_explicit(&form->forms, first, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&frame->forms, &first, form, memory_order_acq_rel,
                                                  memory_order_acquire));
}

bool ouro_frame_shared(const struct ouro_frame *frame)
{
    return atomic_load_explicit(&frame->refs, memory_order_acquire) > 1;
}

enum ouro_frame_kind ouro_frame_kind(const struct ouro_frame *frame)
{
    return (enum ouro_frame_kind)frame->kind;
}

const uint8_t *ouro_frame_wire(const struct ouro_frame *frame, size_t *ret_len)
{
    *ret_len = (size_t)frame->prefix_bytes + frame->payload_bytes;
    return frame->bytes;
}

const uint8_t *ouro_frame_payload(const struct ouro_frame *frame, size_t *ret_len)
{
    *ret_len = frame->payload_bytes;
    return frame->bytes + frame->prefix_bytes;
}

struct ouro_part ouro_part_of(struct ouro_frame *frame)
{
    return (struct ouro_part){frame, 0, frame->prefix_bytes + frame->payload_bytes};
}

const uint8_t *ouro_part_bytes(const struct ouro_part *part)
{
    return part->frame->bytes + part->offset;
}
