/* SPDX-License-Identifier: MIT */
/* Cells and rectangles, at the borders and far beyond them. */
#include "test.h"

#include "state/grid.h"

#include <math.h>

static void expect_cell(double x, double y, int32_t cell_x, int32_t cell_y)
{
    struct ouro__cell cell = ouro__grid_cell(10, x, y);
    ck_assert_int_eq(cell.x, cell_x);
    ck_assert_int_eq(cell.y, cell_y);
}

static void expect_cells(struct ouro_rect rect, double margin, struct ouro__cells expected)
{
    struct ouro__cells cells = ouro__grid_cells(10, &rect, margin);
    ck_assert_int_eq(cells.first.x, expected.first.x);
    ck_assert_int_eq(cells.first.y, expected.first.y);
    ck_assert_int_eq(cells.last.x, expected.last.x);
    ck_assert_int_eq(cells.last.y, expected.last.y);
    ck_assert(ouro__cells_equal(&cells, &expected));
}

TEST(a_border_belongs_to_the_cell_behind_it)
{
    expect_cell(0, 9.99, 0, 0);
    expect_cell(10, 20, 1, 2);
    expect_cell(-0.01, -10, -1, -1);
    expect_cell(-10.01, 0, -2, 0);
}

TEST(what_is_no_place_is_some_place)
{
    expect_cell((double)NAN, 0, 0, 0);
    expect_cell((double)INFINITY, -(double)INFINITY, 1 << 29, -(1 << 29));
    expect_cell(1e300, -1e300, 1 << 29, -(1 << 29));
}

TEST(a_rectangle_touches_cells)
{
    expect_cells((struct ouro_rect){15, 25, 4, 4}, 0, (struct ouro__cells){{1, 2}, {1, 2}});
    expect_cells((struct ouro_rect){15, 25, 10, 30}, 0, (struct ouro__cells){{1, 1}, {2, 4}});
    expect_cells((struct ouro_rect){15, 25, 4, 4}, 5, (struct ouro__cells){{0, 1}, {2, 3}});
    expect_cells((struct ouro_rect){5, 5, 0, 0}, 0, (struct ouro__cells){{0, 0}, {0, 0}});
}

TEST(a_rectangle_that_is_too_large_is_cut_around_its_middle)
{
    expect_cells((struct ouro_rect){5, 5, 1e12, 4}, 0, (struct ouro__cells){{-8, 0}, {7, 0}});
    expect_cells((struct ouro_rect){5, 5, (double)INFINITY, (double)INFINITY}, 0,
                 (struct ouro__cells){{-8, -8}, {7, 7}});
}

TEST(distances_are_those_of_a_king)
{
    ck_assert_uint_eq(ouro__cell_distance((struct ouro__cell){1, 1}, (struct ouro__cell){1, 1}), 0);
    ck_assert_uint_eq(ouro__cell_distance((struct ouro__cell){-2, 1}, (struct ouro__cell){1, 3}),
                      3);
    ck_assert_uint_eq(
        ouro__cell_distance((struct ouro__cell){-(1 << 29), 0}, (struct ouro__cell){1 << 29, 0}),
        1u << 30);
}
