// SPDX-License-Identifier: MIT
//
// Keep the light, step 2: everybody is seen.

import { Client } from "./sdk/index.js";
import { clear, drawWalker } from "./field.js";
import { onJoin, say } from "./ui.js";

function draw(room) {
    clear();
    for (const { fields } of room.state.of("walker"))
        drawWalker(fields, fields, { isMe: fields.player === room.player });
    say(`${[...room.state.of("walker")].length} on the meadow`);
}

onJoin(async (name) => {
    const room = await new Client(undefined, { name }).joinOrCreate("lantern");
    room.onStateChange(() => draw(room));
    room.onLeave((code, text) => say(`It is over: ${text}`));
});
