// SPDX-License-Identifier: MIT
// A network that can break: TCP to a server, over this.

import { once } from "node:events";
import net from "node:net";

export class Proxy {
    #server;
    #sockets = new Set();
    #isDown = false;

    /** Ends with the test. `address`: of the server, for net.connect(). */
    static async to(t, address) {
        const proxy = new Proxy();
        proxy.#server = net.createServer((near) => proxy.#pass(near, address)).listen(0, "127.0.0.1");
        t.after(() => proxy.#close());
        await once(proxy.#server, "listening");
        return proxy;
    }

    get url() { return `http://127.0.0.1:${this.#server.address().port}`; }

    /** Breaks all connections; while it is down, new ones break, too. */
    cut() { this.#sockets.forEach((socket) => socket.destroy()); }
    down() {
        this.#isDown = true;
        this.cut();
    }
    up() { this.#isDown = false; }

    #pass(near, address) {
        if (this.#isDown) {
            near.destroy();
            return;
        }
        const far = net.connect(address);
        for (const [socket, other] of [[near, far], [far, near]]) {
            this.#sockets.add(socket);
            socket.pipe(other);
            socket.on("error", () => {}); // a "close" follows
            socket.on("close", () => {
                this.#sockets.delete(socket);
                other.destroy();
            });
        }
    }

    #close() {
        this.cut();
        this.#server.close();
    }
}
