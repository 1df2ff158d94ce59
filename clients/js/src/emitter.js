// SPDX-License-Identifier: MIT

/** Listeners by name. What one of them throws is reported, and the others are called all the same. */
export class Emitter {
    #listeners = new Map();

    /** Returns a function that takes the listener away again. */
    on(name, listener) {
        const all = this.#listeners.get(name) ?? new Set();
        this.#listeners.set(name, all.add(listener));
        return () => all.delete(listener);
    }

    /** Is there anybody who listens to that? */
    has(name) {
        return (this.#listeners.get(name)?.size ?? 0) > 0;
    }

    emit(name, ...args) {
        for (const listener of [...(this.#listeners.get(name) ?? [])]) {
            try {
                listener(...args);
            } catch (error) {
                reportError_(error);
            }
        }
    }
}

// As an uncaught exception, where the platform shows those, without being one.
const reportError_ = (error) =>
    typeof reportError === "function" ? reportError(error) : queueMicrotask(() => { throw error; });
