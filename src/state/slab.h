/* SPDX-License-Identifier: MIT */
/* Shared bytes of one tick: sections, and heads of messages, one after the other in a large frame,
 * which lives as long as somebody has not taken all of his. When nobody holds on to it, the next
 * tick writes over it, and nothing is allocated. */
#ifndef OURO_STATE_SLAB_H
#define OURO_STATE_SLAB_H

#include "ouro/base.h"

/* Each is twice as large as the one before it. */
#define OURO__SLAB_FRAMES_MAX 20

struct ouro__slab {
    struct ouro_frame *frame; /* NULL: none yet */
    uint8_t *bytes;           /* its payload */
    uint32_t used, cap;
    uint32_t offset; /* of the payload in the frame */
    uint64_t taken;  /* bytes, since the last ouro__slab_next() */
    struct ouro_frame *full[OURO__SLAB_FRAMES_MAX];
    unsigned full_count;
};

/* A new tick: what was taken before stays valid only for who holds a reference. */
void ouro__slab_next(struct ouro__slab *slab);
/* Put a copy of the bytes there. The part is valid until the next tick; its frame may be referenced
 * for longer. 0; -ENOMEM. */
int ouro__slab_put(struct ouro__slab *slab, const void *data, uint32_t len,
                   struct ouro_part *ret_part);
void ouro__slab_done(struct ouro__slab *slab);

#endif
