// SPDX-License-Identifier: MIT
//
// Keep the light, step 3: everybody walks.

import { Client } from "./sdk/index.js";
import { clear, drawWalker } from "./field.js";
import { direction } from "./steer.js";
import { onJoin, say } from "./ui.js";

function draw(room) {
    clear();
    for (const { fields } of room.state.of("walker"))
        drawWalker(fields, fields, { isMe: fields.player === room.player });
    say(`${[...room.state.of("walker")].length} on the meadow`);
}

function walk(room) {
    const way = direction();
    if (way[0] || way[1])
        room.sendInput(way.map((part) => part & 255));
}

onJoin(async (name) => {
    const room = await new Client(undefined, { name }).joinOrCreate("lantern");
    const walking = setInterval(() => walk(room), room.tick_ms);
    room.onStateChange(() => draw(room));
    room.onLeave((code, text) => {
        clearInterval(walking);
        say(`It is over: ${text}`);
    });
});
