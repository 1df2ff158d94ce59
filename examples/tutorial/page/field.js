// SPDX-License-Identifier: MIT
//
// The meadow on its canvas, whose side is 100 long, as the server has it.

const SIDE = 100, RIM = 3, BLADES = 300, SIZE = 2.2, GLOW = 26; // the rim: who is at the border is seen whole
const canvas = document.getElementById("field"), pen = canvas.getContext("2d");
const dark = matchMedia("(prefers-color-scheme: dark)");
let css = {};

function readColors() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "blade", "glow", "flame"])
        css[name] = style.getPropertyValue(`--${name}`).trim();
}
readColors();
dark.addEventListener("change", readColors);
pen.scale(canvas.width / (SIDE + 2 * RIM), canvas.height / (SIDE + 2 * RIM));
pen.translate(RIM, RIM);
pen.textAlign = "center";

/** Of a player: neighbours in number are far apart in colour. */
export const colorOf = (player) => `hsl(${(player * 137) % 360} 62% ${dark.matches ? 64 : 42}%)`;

function disc(x, y, radius, fill) {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
}

/** The grass, and nobody on it. */
export function clear() {
    pen.clearRect(-RIM, -RIM, SIDE + 2 * RIM, SIDE + 2 * RIM);
    pen.strokeStyle = css.blade;
    pen.lineWidth = 0.35;
    pen.beginPath();
    for (let i = 0; i < BLADES; i++) { // spread evenly, and each time the same
        const x = (i * 61.803) % SIDE, y = (i * 38.197 + i * i * 0.07) % SIDE;
        pen.moveTo(x, y);
        pen.quadraticCurveTo(x, y - 1.5, x + (i % 3) - 1, y - 2.4);
    }
    pen.stroke();
}

/** `place`: {x, y}; `who`: {player, name}. */
export function drawWalker(place, who, { isMe = false, isAway = false } = {}) {
    pen.globalAlpha = isAway ? 0.35 : 1;
    disc(place.x, place.y, SIZE, colorOf(who.player));
    if (isMe) {
        pen.strokeStyle = css.ink;
        pen.lineWidth = 0.5;
        pen.stroke();
    }
    pen.fillStyle = css.ink;
    pen.font = `${isMe ? 700 : 400} 3.3px system-ui, sans-serif`;
    const half = pen.measureText(who.name).width / 2;
    pen.fillText(who.name, Math.min(Math.max(place.x, half), SIDE - half), place.y < 5 ? place.y + 6.4 : place.y - 3.6);
    pen.globalAlpha = 1;
}

export function drawLight({ x, y }) {
    const glow = pen.createRadialGradient(x, y, 1, x, y, GLOW);
    glow.addColorStop(0, css.glow);
    glow.addColorStop(1, `${css.glow}00`);
    pen.globalAlpha = 0.5;
    disc(x, y, GLOW, glow);
    pen.globalAlpha = 1;
    disc(x, y, SIZE * 1.5, css.glow);
    disc(x, y, SIZE * 1.15, css.flame);
}
