// SPDX-License-Identifier: MIT
// An empty page from an origin of its own, that can import the JavaScript SDK as /index.js.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

import { openPage } from "./browser.mjs";
import { startBrowser } from "./one_browser.mjs";

const SDK = new URL("../../../clients/js/src/", import.meta.url).pathname;
const EMPTY = "<!doctype html><link rel=icon href=data:,><title>SDK</title>";

/** Ends with the test. What goes wrong in it is in `faults`. */
export async function openSdkPage(t) {
    const server = http.createServer(async (request, response) => {
        const name = path.basename(request.url), isScript = name.endsWith(".js");
        response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
        response.end(isScript ? await readFile(path.join(SDK, name)) : EMPTY);
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    return openPage(await startBrowser(t), `http://127.0.0.1:${server.address().port}/`);
}
