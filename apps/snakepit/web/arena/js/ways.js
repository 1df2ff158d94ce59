// SPDX-License-Identifier: MIT
//
// The four ways, as the wire counts them: left, up, right, down. They are the codes of the arrow keys, less 37.

export const LEFT = 0, UP = 1, RIGHT = 2, DOWN = 3;
export const DX = [-1, 0, 1, 0];
export const DY = [0, -1, 0, 1];

export const opposite = (way) => way ^ 2;
export const wayOfKey = (key) => key - 37;

/** One byte of input, docs/arena.md. */
export const inputByte = (way, isBoosting) => way | (isBoosting ? 4 : 0);
