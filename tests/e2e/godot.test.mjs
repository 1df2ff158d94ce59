// SPDX-License-Identifier: MIT
// The Godot client, clients/godot, in both engines: against real servers, and, in Godot 4, what tests/clients/godot does in 3.
import { test } from "node:test";

import { SERVER_CASES, UNIT_CASES } from "../clients/godot/support/project.mjs";
import { runInGodot3 } from "../clients/godot/support/godot3.mjs";
import { Example } from "./support/example.mjs";
import { runInGodot4 } from "./support/godot4.mjs";
import { Proxy } from "./support/proxy.mjs";
import { startServer } from "./support/server.mjs";

const CALM = { arena_bots: 0, arena_size: 64, arena_tick_hz: 20, arena_seed: 4 }; // a seed that begins far from the walls

/** What cases may ask for: a server, a way to it that can break, its end. */
function world(t) {
    let example, proxy;
    return {
        async serve(name) {
            await this.stop();
            example = await Example.serve(t, name);
            return example.url;
        },
        async stop() {
            if (example?.isRunning)
                await example.stop();
        },
        async proxy() {
            proxy = await Proxy.to(t, example.address);
            return proxy.url;
        },
        async arena() { return (await startServer(t, CALM)).url; },
        cut: () => proxy.cut(),
        down: () => proxy.down(),
        up: () => proxy.up(),
    };
}

test("Godot 3 against servers", (t) => runInGodot3(t, SERVER_CASES, world(t)));
test("Godot 4, without servers and against them", (t) => runInGodot4(t, [...UNIT_CASES, ...SERVER_CASES], world(t)));
