// SPDX-License-Identifier: MIT
//
// Which cells form one snake, and in which order, seen from a still picture only.
//
//   % @ @        A coil has many readings. The right one visits all cells that hang together, so
//   * @ @        search for the longest way from the head to a tail. The search is exponential in the
//                worst case and therefore has a budget; then the longest way so far is good enough:
// it only decides how a coil is drawn, and only for who came in the middle of a game.

import { BODY, SIDES, isTail } from "./grid.js";

const STEPS_MAX = 4000;

/** Indices of the snake's cells from `head` to its tail; only `[head]` when there is no way to a tail. */
export function trace(grid, head) {
    const reachable = flood(grid, head).size;
    const search = { grid, path: [head], seen: new Set([head]), best: [head], steps: 0, reachable };
    extend(search);
    return search.best;
}

/** Unused segments of the snake's colour next to `at`. */
function options(grid, at, seen) {
    const { colour } = grid.cells[at];
    return SIDES.map((side) => grid.neighbour(at, side)).filter((other) => {
        const cell = grid.cells[other];
        return cell && !seen.has(other) && cell.colour === colour && cell.links === 0 &&
            (cell.char === BODY || isTail(cell));
    });
}

function flood(grid, head) {
    const seen = new Set([head]);
    for (const at of seen) // a Set yields what is added while it is walked
        options(grid, at, seen).forEach((other) => seen.add(other));
    return seen;
}

/** Depth first; true when nothing better can be found any more. */
function extend(search) {
    const { grid, path, seen } = search;
    const at = path[path.length - 1];
    if (++search.steps > STEPS_MAX)
        return true;
    if (isTail(grid.cells[at])) {
        if (path.length > search.best.length)
            search.best = [...path];
        return path.length === search.reachable;
    }
    // The neighbour with the fewest ways on first: it is the one that would be left out (Warnsdorff).
    const next = options(grid, at, seen)
        .map((other) => ({ other, ways: options(grid, other, seen).length }))
        .sort((a, b) => a.ways - b.ways);
    return next.some(({ other }) => {
        path.push(other);
        seen.add(other);
        const done = extend(search);
        path.pop();
        seen.delete(other);
        return done;
    });
}
