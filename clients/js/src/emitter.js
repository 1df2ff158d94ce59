// SPDX-License-Identifier: MIT

/** Listeners by key. What one of them throws is reported, and the others are called all the same. */
export class Emitter {
    #listeners = new Map(); // key -> array, which is replaced and never changed: emit() may be going over it

    /** Returns a function that takes the listener away again. */
    on(key, listener) {
        this.#listeners.set(key, [...this.#of(key), listener]);
        return () => this.#take(key, listener);
    }

    /** Is there anybody who listens to that? */
    has(key) { return this.#of(key).length > 0; }

    emit(key, ...args) {
        for (const listener of this.#of(key))
            call(listener, ...args);
    }

    /** Those of the key and those of null, as they are at the beginning. */
    emitToAll(key, ...args) {
        const some = this.#of(key), all = this.#of(null);
        for (const listener of some)
            call(listener, ...args);
        for (const listener of all)
            call(listener, ...args);
    }

    #of(key) { return this.#listeners.get(key) ?? NOBODY; }

    #take(key, listener) {
        const all = this.#of(key), at = all.indexOf(listener);
        if (at >= 0)
            this.#listeners.set(key, all.filter((_, i) => i !== at));
    }
}

const NOBODY = [];

// What is the user's own: its failure is not ours.
function call(listener, ...args) {
    try {
        listener(...args);
    } catch (error) {
        report(error);
    }
}

// As an uncaught exception, where the platform shows those, without being one.
const report = (error) =>
    typeof reportError === "function" ? reportError(error) : queueMicrotask(() => { throw error; });
