// SPDX-License-Identifier: MIT
//
// A place in the arena for as long as the page is open: the SDK comes back to a seat by itself while that is held;
// when it is not, a new one is taken here.

import { Client } from "../../sdk/index.js";
import { backoffMs, wait } from "../../sdk/wait.js";

const ENDED = 4000; // the room has, or has sent us away

/** After these, asking again is in vain. */
const FINAL = new Set(["not_found", "refused", "bad_request", "already_there", "unauthorized", ENDED]);

export class Session {
    room = null;
    /** Was there a connection before the one that is missing now? */
    wasLost = false;
    #on;

    /** `on.enter(room)`: a seat that is new; `on.change()`: the connection is another; `on.failed(error, isFinal)`. */
    constructor(on) {
        this.#on = on;
    }

    get isOnline() { return this.room?.isConnected ?? false; }

    /** Nobody looks any more. A seat that is not given back is held for a while, and a recording with it. */
    end() {
        this.room?.leave();
    }

    /** `how`: "create", a room of one's own, or "joinOrCreate"; as who has that name. */
    async run(how, type, options, name) {
        const client = new Client(location.origin, { name });
        for (let attempt = 0; ; attempt++) {
            await wait(backoffMs(attempt));
            try {
                this.room = await client[how](type, options);
                attempt = 0;
            } catch (error) {
                this.#on.failed(error, FINAL.has(error.code));
                if (FINAL.has(error.code))
                    return;
                continue;
            }
            if (await this.#stay(this.room) === ENDED) {
                this.#on.failed({ code: ENDED }, true);
                return;
            }
        }
    }

    // Becomes the code of its end.
    async #stay(room) {
        const over = new Promise((resolve) => room.onLeave(resolve));
        room.onDrop(() => this.#lose());
        room.onReconnect(() => this.#on.change());
        this.#on.enter(room);
        const code = await over;
        this.#lose();
        return code;
    }

    #lose() {
        this.wasLost = true;
        this.#on.change();
    }
}
