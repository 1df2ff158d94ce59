// SPDX-License-Identifier: MIT

import { OuroError } from "./error.js";

/** Questions that wait for their answers. */
export class Requests {
    #open = new Map(); // id -> {resolve, reject, timer}
    #lastId = 0;

    /** `send(id)` says whether it could be sent. */
    add(send, timeout_ms) {
        const id = this.#lastId = (this.#lastId + 1) >>> 0;
        return new Promise((resolve, reject) => {
            if (!send(id)) {
                reject(new OuroError("disconnected", "there is no connection now"));
                return;
            }
            const timer = setTimeout(() => this.#fail(id, "timeout", "no answer came in time"), timeout_ms);
            this.#open.set(id, { resolve, reject, timer });
        });
    }

    answer({ id, data, error }) {
        if (error)
            this.#fail(id, error.code, error.text);
        else
            this.#settle(id, "resolve", data);
    }

    /** Their connection is gone, and nobody knows what became of them. */
    failAll() {
        for (const id of [...this.#open.keys()])
            this.#fail(id, "disconnected", "the connection was lost before an answer came");
    }

    #fail(id, code, text) { this.#settle(id, "reject", new OuroError(code, text)); }

    #settle(id, how, value) {
        const request = this.#open.get(id);
        this.#open.delete(id);
        clearTimeout(request?.timer);
        request?.[how](value);
    }
}
