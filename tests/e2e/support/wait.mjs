// SPDX-License-Identifier: MIT
// Waiting by condition. The limit is for a test that would hang, not a measure of speed: the machine
// may be busy, and the server slowed down by its sanitizers.

export const LIMIT_MS = 30_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the promise becomes, or an error that names what did not happen. */
export function within(promise, what, limit_ms = LIMIT_MS) {
    let timer;
    const limit = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`in ${limit_ms / 1000} s: no ${what}`)), limit_ms);
    });
    return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** The first true value of `probe`, which is called every few milliseconds. */
export async function until(probe, what, limit_ms = LIMIT_MS) {
    for (const end = Date.now() + limit_ms; ;) {
        const value = await probe();
        if (value)
            return value;
        if (Date.now() > end)
            throw new Error(`in ${limit_ms / 1000} s: no ${what}`);
        await sleep(5);
    }
}
