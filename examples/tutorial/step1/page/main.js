// SPDX-License-Identifier: MIT
//
// Keep the light, step 1: into the room.

import { Client } from "./sdk/index.js";
import { onJoin, say } from "./ui.js";

onJoin(async (name) => {
    const room = await new Client(undefined, { name }).joinOrCreate("lantern");
    say(`${room.name} is in room ${room.id}, as player ${room.player}`);
    room.onLeave((code, text) => say(`It is over: ${text}`));
});
