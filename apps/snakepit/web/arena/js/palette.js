// SPDX-License-Identifier: MIT
//
// The colours, read from the style sheets, which are their only home.

export const COLOURS = 12;
/** From here on colours are those of before, with a broken line along the back. */
export const STRIPED_FROM = 8;
export const FOOD_HUES = 6;

/** A `share` of the second colour in the first, both as #rrggbb. The browser's color-mix() is read anew each time it is used. */
export function mixed(colour, other, share) {
    const channel = (text, at) => parseInt(text.slice(at, at + 2), 16);
    return `#${[1, 3, 5].map((at) => Math.round(channel(colour, at) * (1 - share) + channel(other, at) * share))
        .map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

export const isStriped = (colour) => colour >= STRIPED_FROM;

const NAMES = ["ground", "ground-alt", "grid", "wall", "wall-line", "rim", "me-edge", "me-halo", "stripe", "eye", "name", "name-edge",
    "glow", "map-ground", "map-view", "accent"];

export class Palette {
    constructor(style = getComputedStyle(document.documentElement)) {
        const read = (name) => style.getPropertyValue(`--${name}`).trim();
        this.snakes = Array.from({ length: COLOURS }, (_, i) => read(`s${i}`));
        this.food = Array.from({ length: FOOD_HUES }, (_, i) => read(`f${i}`));
        this.heat = Array.from({ length: 10 }, (_, i) => `color-mix(in srgb, ${read("map-crowd")} ${i * 11}%, transparent)`);
        for (const name of NAMES)
            this[name] = read(name);
        this.font = style.fontFamily || "sans-serif";
    }
}
