// SPDX-License-Identifier: MIT
//
// Where the player wants to go: by keys that are held, or by a finger that is dragged.

const FULL = 127, DRAG = 40; // so many pixels are a whole step
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    KeyA: [-1, 0], KeyD: [1, 0], KeyW: [0, -1], KeyS: [0, 1] };
const held = new Set(), ground = document.querySelector("main");
let from = null, drag = [0, 0];

addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.ctrlKey || event.altKey || event.metaKey || !(event.code in KEYS))
        return;
    held.add(event.code);
    event.preventDefault();
});
addEventListener("keyup", (event) => held.delete(event.code));
addEventListener("blur", () => held.clear());

ground.onpointerdown = (event) => {
    if (event.target.closest("form"))
        return;
    from = event;
    ground.setPointerCapture(event.pointerId);
};
ground.onpointermove = (event) => {
    if (from?.pointerId === event.pointerId)
        drag = [event.clientX - from.clientX, event.clientY - from.clientY];
};
ground.onpointerup = ground.onpointercancel = () => {
    from = null;
    drag = [0, 0];
};

/** `[right, down]`, -127 to 127 each; together no longer than that. */
export function direction() {
    const [x, y] = [0, 1].map((axis) => drag[axis] / DRAG + [...held].reduce((sum, code) => sum + KEYS[code][axis], 0));
    const length = Math.max(1, Math.hypot(x, y));
    return [x, y].map((way) => Math.round(way / length * FULL));
}
