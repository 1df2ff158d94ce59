/* SPDX-License-Identifier: MIT */
/**
 * frame: what the rooms that put frames on a wire add to them.
 *
 * A frame's other forms say the same in other bytes (compressed, say) and are made at most once for
 * all who take them. They belong to the frame and go with it:
 *
 *      frame ---> form 12 ---> form 9 ---> NULL
 *
 * A form is a frame itself, immutable and counted. Any thread may look for one and add one.
 */
#ifndef OURO_BASE_FRAME_H
#define OURO_BASE_FRAME_H

#include "ouro/base.h"

#define OURO__FRAME_PREFIX_MAX (OURO_FRAME_PREFIX_MAX + 4) /* with a mask behind it */

/**
 * As ouro_frame_new(), with any bytes for a prefix (up to OURO__FRAME_PREFIX_MAX). The payload may
 * be written to until somebody else sees the frame; NULL: all of it is yet to be.
 */
struct ouro_frame *ouro__frame_with_prefix(enum ouro_frame_kind kind, const uint8_t *prefix,
                                           size_t prefix_bytes, const void *payload, size_t len);

/** The form of that key, without a reference of its own: the frame has one. NULL: none yet. */
struct ouro_frame *ouro__frame_form(const struct ouro_frame *frame, uint8_t key);
/** Add a form, whose reference becomes the frame's. Two threads may add the same; one is found. */
void ouro__frame_add_form(struct ouro_frame *frame, struct ouro_frame *form, uint8_t key);

#endif
