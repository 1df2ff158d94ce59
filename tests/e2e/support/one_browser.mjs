// SPDX-License-Identifier: MIT
// One browser for all tests of a file: to start it takes a second, and each page is a stranger to the others anyway.

import { after } from "node:test";

import { launchBrowser } from "./browser.mjs";

let launched;

after(async () => (await launched)?.close());

/** The browser, as one test has it: what it opens ends with the test. */
export async function startBrowser(t) {
    const browser = await (launched ??= launchBrowser()), contexts = [];
    t.after(() => Promise.all(contexts.map((context) => context.close())));
    return {
        async newContext(options) {
            contexts.push(await browser.newContext(options));
            return contexts.at(-1);
        },
    };
}
