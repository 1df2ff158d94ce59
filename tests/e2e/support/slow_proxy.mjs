// SPDX-License-Identifier: MIT
// A far and bad network: TCP to a server, where everything takes its time, some of it much longer, and nothing
// overtakes anything.

import { once } from "node:events";
import net from "node:net";

/** Numbers that look random and are always the same (mulberry32): 0 <= n < 1. */
export function randomOf(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
}

export class SlowProxy {
    /** How many pieces were held up, of how many. */
    stalls = 0;
    pieces = 0;
    #server;
    #sockets = new Set();
    #network;

    /** Ends with the test. `network`: {latency_ms (one way), stall (share of what is sent), stall_ms: [least, most], seed} */
    static async to(t, address, network) {
        const proxy = new SlowProxy();
        proxy.#network = { ...network, random: randomOf(network.seed) };
        proxy.#server = net.createServer((near) => proxy.#pass(near, address)).listen(0, "127.0.0.1");
        t.after(() => proxy.#close());
        await once(proxy.#server, "listening");
        return proxy;
    }

    get url() { return `http://127.0.0.1:${this.#server.address().port}`; }

    #pass(near, address) {
        const far = net.connect(address);
        this.#pipe(near, far);
        this.#pipe(far, near);
    }

    // What came first is there first.
    #pipe(from, to) {
        let due = 0;
        this.#sockets.add(from);
        from.setNoDelay();
        from.on("data", (bytes) => {
            due = Math.max(due, performance.now() + this.#latency());
            setTimeout(() => to.writable && to.write(bytes), due - performance.now());
        });
        from.on("error", () => {}); // a "close" follows
        from.on("close", () => {
            this.#sockets.delete(from);
            to.destroy();
        });
    }

    #latency() {
        const { latency_ms, stall, stall_ms: [least, most], random } = this.#network;
        const isHeldUp = random() < stall;
        this.pieces++;
        this.stalls += isHeldUp;
        return latency_ms + (isHeldUp ? least + (most - least) * random() : 0);
    }

    #close() {
        this.#sockets.forEach((socket) => socket.destroy());
        this.#server.close();
    }
}
