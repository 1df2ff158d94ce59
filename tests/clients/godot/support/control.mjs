// SPDX-License-Identifier: MIT
// What the cases can ask of the test, over HTTP: GET /NAME/... is `answers.NAME(...)`, as {"data": ...}. Vectors are always there.

import { once } from "node:events";
import http from "node:http";

import { vectors } from "../../js/support/vectors.mjs";

/** Its address. It ends with the test. */
export async function startControl(t, answers = {}) {
    const all = { vectors, ...answers };
    const server = http.createServer(async (request, response) => {
        const [name, ...args] = request.url.split("/").slice(1).map(decodeURIComponent);
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({ data: await all[name](...args) ?? null }));
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    return `http://127.0.0.1:${server.address().port}`;
}
