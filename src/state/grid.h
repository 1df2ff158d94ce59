/* SPDX-License-Identifier: MIT */
/* A uniform grid without bounds: which cell a point is in, which cells a rectangle touches. Pure.
 */
#ifndef OURO_STATE_GRID_H
#define OURO_STATE_GRID_H

#include "ouro/state.h"

struct ouro__cell {
    int32_t x, y;
};

/* All cells with first.x <= x <= last.x and first.y <= y <= last.y. */
struct ouro__cells {
    struct ouro__cell first, last;
};

struct ouro__cell ouro__grid_cell(double cell_side, double x, double y);
/* Those that the rectangle touches when it is larger by `margin` on each side; cut around its
 * middle if there are more than 16 in a direction. */
struct ouro__cells ouro__grid_cells(double cell_side, const struct ouro_rect *rect, double margin);
bool ouro__cells_have(const struct ouro__cells *cells, struct ouro__cell cell);
bool ouro__cells_equal(const struct ouro__cells *a, const struct ouro__cells *b);
/* How many steps of a king lie between. */
uint32_t ouro__cell_distance(struct ouro__cell a, struct ouro__cell b);

#endif
