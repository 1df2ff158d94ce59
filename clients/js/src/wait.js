// SPDX-License-Identifier: MIT

import { OuroError } from "./error.js";

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;

/** How long to wait before try number `attempt`: at once, then doubling, half of it random so that a thousand pages
    don't come back in the same instant. */
export function backoffMs(attempt, random = Math.random) {
    if (attempt === 0)
        return 0;
    const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (attempt - 1));
    return full / 2 + (full / 2) * random();
}

/** Throws when the signal is aborted, now or while it waits. It ends early when the network is back. */
export async function wait(ms, signal) {
    throwIfAborted(signal);
    if (ms <= 0)
        return;
    let timer, done;
    await new Promise((resolve) => {
        done = resolve;
        timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", resolve);
        globalThis.addEventListener?.("online", resolve);
    });
    clearTimeout(timer);
    signal?.removeEventListener("abort", done);
    globalThis.removeEventListener?.("online", done);
    throwIfAborted(signal);
}

export function throwIfAborted(signal) {
    if (signal?.aborted)
        throw new OuroError("aborted", "it is no longer wanted");
}
