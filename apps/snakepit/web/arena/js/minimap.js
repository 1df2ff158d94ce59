// SPDX-License-Identifier: MIT
//
// The world in small: where the crowd is, what is on the screen, where one is.

const SIDE = 32; // letters of the map, docs/arena.md

/** How crowded each place is, 0 to 9, row by row; what is no map is an empty one. */
export function crowdOf(map) {
    const text = typeof map === "string" && map.length === SIDE * SIDE ? map : "";
    return Array.from({ length: SIDE * SIDE }, (_, i) => (/[0-9]/.test(text[i]) ? Number(text[i]) : 0));
}

export class Minimap {
    #canvas;
    #context;
    #crowd = document.createElement("canvas");
    #map = crowdOf("");

    constructor(canvas) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d");
        this.#crowd.width = this.#crowd.height = SIDE;
    }

    show(map, palette) {
        this.#map = crowdOf(map);
        this.restyle(palette);
    }

    restyle(palette) {
        const context = this.#crowd.getContext("2d");
        context.clearRect(0, 0, SIDE, SIDE);
        this.#map.forEach((crowd, i) => {
            context.fillStyle = palette.heat[crowd];
            context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
        });
    }

    /** `at`: {x, y} of who is followed, or null. */
    paint(camera, size, at, palette, density) {
        const context = this.#context, side = Math.round(this.#canvas.clientWidth * density);
        if (this.#canvas.width !== side)
            this.#canvas.width = this.#canvas.height = side;
        const kx = side / size.width, ky = side / size.height;
        context.clearRect(0, 0, side, side);
        context.drawImage(this.#crowd, 0, 0, side, side);
        context.strokeStyle = palette["map-view"];
        context.lineWidth = density;
        context.strokeRect(camera.left * kx, camera.top * ky, Math.max(4, camera.columns * kx), Math.max(4, camera.rows * ky));
        if (at) {
            context.beginPath();
            context.arc(at.x * kx, at.y * ky, 2.5 * density, 0, 2 * Math.PI);
            context.fillStyle = palette.accent;
            context.fill();
        }
    }
}
