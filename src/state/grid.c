/* SPDX-License-Identifier: MIT */
#include "state/grid.h"

/* Beyond this all is one cell: numbers of cells, and differences of them, stay within 32 bits. */
#define COORDINATE_MAX (1 << 29)

/* A square of that many cells is the most that is looked at. */
#define SIDE_MAX 16
_Static_assert(SIDE_MAX *SIDE_MAX == OURO_VIEW_CELLS_MAX, "a view is a square at the most");

/* What is no number is in cell 0. */
static int32_t coordinate(double cell_side, double value)
{
    double cell = value / cell_side;
    if (!(cell > -COORDINATE_MAX))
        return cell <= -COORDINATE_MAX ? -COORDINATE_MAX : 0;
    if (cell >= COORDINATE_MAX)
        return COORDINATE_MAX;
    int32_t whole = (int32_t)cell;
    return whole - (cell < whole);
}

struct ouro__cell ouro__grid_cell(double cell_side, double x, double y)
{
    return (struct ouro__cell){coordinate(cell_side, x), coordinate(cell_side, y)};
}

/* Cells from `from` to `to`, not more than SIDE_MAX of them, around the middle. */
static void cut(int32_t *from, int32_t *to, int32_t middle)
{
    if (*to - *from < SIDE_MAX)
        return;
    *from = middle - SIDE_MAX / 2;
    *to = *from + SIDE_MAX - 1;
}

struct ouro__cells ouro__grid_cells(double cell_side, const struct ouro_rect *rect, double margin)
{
    double half_width = rect->width / 2 + margin, half_height = rect->height / 2 + margin;
    struct ouro__cell middle = ouro__grid_cell(cell_side, rect->x, rect->y);
    struct ouro__cells cells = {
        ouro__grid_cell(cell_side, rect->x - half_width, rect->y - half_height),
        ouro__grid_cell(cell_side, rect->x + half_width, rect->y + half_height),
    };
    cut(&cells.first.x, &cells.last.x, middle.x);
    cut(&cells.first.y, &cells.last.y, middle.y);
    return cells;
}

bool ouro__cells_have(const struct ouro__cells *cells, struct ouro__cell cell)
{
    return cell.x >= cells->first.x && cell.x <= cells->last.x && cell.y >= cells->first.y &&
           cell.y <= cells->last.y;
}

bool ouro__cells_equal(const struct ouro__cells *a, const struct ouro__cells *b)
{
    return a->first.x == b->first.x && a->first.y == b->first.y && a->last.x == b->last.x &&
           a->last.y == b->last.y;
}

static uint32_t apart(int32_t a, int32_t b)
{
    return a > b ? (uint32_t)(a - b) : (uint32_t)(b - a);
}

uint32_t ouro__cell_distance(struct ouro__cell a, struct ouro__cell b)
{
    uint32_t x = apart(a.x, b.x), y = apart(a.y, b.y);
    return x > y ? x : y;
}
