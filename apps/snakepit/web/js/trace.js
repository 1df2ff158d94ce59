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

/** Indices of the snake's cells from `head` to its tail; only `[head]` when no way to a tail was found. */
export function trace(grid, head) {
    const reachable = flood(grid, head).size;
    const path = [head], seen = new Set(path), untried = [ordered(grid, head, seen)];
    let best = [head];
    for (let steps = 0; path.length > 0 && steps < STEPS_MAX; steps++) {
        const next = untried[untried.length - 1].pop();
        if (next === undefined) {
            untried.pop();
            seen.delete(path.pop());
            continue;
        }
        path.push(next);
        seen.add(next);
        const isEnd = isTail(grid.cells[next]);
        if (isEnd && path.length > best.length)
            best = [...path];
        if (best.length === reachable)
            break;
        untried.push(isEnd ? [] : ordered(grid, next, seen));
    }
    return best;
}

/** Last the neighbour with the fewest ways on: it is tried first, else it would be left out (Warnsdorff). */
function ordered(grid, at, seen) {
    const ways = (other) => options(grid, other, seen).length;
    return options(grid, at, seen).sort((a, b) => ways(b) - ways(a));
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
