// SPDX-License-Identifier: MIT
// Chromium, and the page in it.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

import { LIMIT_MS } from "./wait.mjs";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

const BUILD = new URL("../../../build/", import.meta.url).pathname;

/** Where pictures for people to look at go. */
export function screenshotPath(name) {
    const folder = path.join(BUILD, "screenshots");
    mkdirSync(folder, { recursive: true });
    return path.join(folder, `${name}.png`);
}

export function launchBrowser() {
    const executablePath = PATHS.find((file) => existsSync(file));
    return chromium.launch({ executablePath, args: ARGS, timeout: LIMIT_MS });
}

export const DESKTOP = { viewport: { width: 1440, height: 860 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** A page of its own: no memory is shared with others. What goes wrong in it is in `faults`. */
export async function openPage(browser, url, options = DESKTOP) {
    const context = await browser.newContext(options);
    await context.addInitScript(rememberStates);
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(String(error)));
    page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
    await page.goto(url);
    return page;
}

// What the page shows and does; its states and ids are in index.html.

export const inState = (page, state) => page.waitForSelector(`html[data-state="${state}"]`);
export const textOf = (page, selector) => page.locator(selector).innerText();

/** In the page: all the states that it comes into. One may pass while a busy machine lets nobody look. */
function rememberStates() {
    window.states = [];
    new MutationObserver(() => {
        const { state } = document.documentElement.dataset;
        if (state !== window.states.at(-1))
            window.states.push(state);
    }).observe(document, { subtree: true, attributeFilter: ["data-state"] });
}

/** Does that, and waits until the page has come into that state since, if only for a moment. */
export async function reaches(page, state, act) {
    const before = await page.evaluate(() => window.states.length);
    await act();
    await page.waitForFunction(([wanted, from]) => window.states.indexOf(wanted, from) >= 0, [state, before]);
}

export async function play(page, name) {
    await inState(page, "watching");
    await page.fill("#name", name);
    await reaches(page, "playing", () => page.click("#play"));
}

/** Again, if the snake has died: most live for some seconds only when nobody steers. */
export async function playOn(page) {
    if (await page.getAttribute("html", "data-state") === "dead")
        await reaches(page, "playing", () => page.click("#play"));
}
