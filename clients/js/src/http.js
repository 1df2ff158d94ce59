// SPDX-License-Identifier: MIT
//
// The calls over HTTP, docs/protocol.md, "HTTP".

import { OuroError } from "./error.js";
import { wait } from "./wait.js";

/** JSON in, JSON out; what is no success is an OuroError. `{status, json}` */
export async function call(fetch, url, { body, token, signal }) {
    const headers = {};
    if (body !== undefined)
        headers["Content-Type"] = "application/json";
    if (token)
        headers.Authorization = `Bearer ${token}`;
    const response = await fetch(url, { method: body === undefined ? "GET" : "POST", headers, signal,
        body: body === undefined ? undefined : JSON.stringify(body) }).catch((error) => failed(error, signal));
    const json = await response.json().catch((error) => (signal?.aborted ? failed(error, signal) : null));
    if (!response.ok)
        throw new OuroError(json?.code ?? `http_${response.status}`, json?.error ?? response.statusText);
    if (typeof json !== "object" || json === null)
        throw notOurs(url);
    return { status: response.status, json };
}

function failed(cause, signal) {
    throw signal?.aborted ? new OuroError("aborted", "it is no longer wanted", { cause })
        : new OuroError("unreachable", `the server can't be reached: ${cause.message}`, { cause });
}

// A page for whatever is asked, for example: it says 200 to all.
const notOurs = (url) => new OuroError("bad_answer", `what answers at ${url} is no server of Ouro`);

/** Asks for a seat until there is one: too many may be joining at this moment, then there is a queue. */
export async function reserve(fetch, url, { body, token, signal, onQueue }) {
    for (let queue; ;) {
        const { status, json } = await call(fetch, url, { body: { ...body, queue }, token, signal });
        if (!(status === 202 ? json.queue?.retry_ms > 0 : typeof json.token === "string" && json.expires_ms > 0))
            throw notOurs(url);
        if (status !== 202)
            return json;
        onQueue?.(json.queue.position);
        queue = json.queue.token;
        await wait(json.queue.retry_ms, signal);
    }
}

/** A filter of rooms as parameters of a list: 3, "forest", true, `{min: 2, max: 5}`. */
export function listQuery(filter, limit) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter))
        query.set(name, paramOf(value));
    if (limit !== undefined)
        query.set("limit", String(limit));
    return query;
}

// A text that a server would take for something else goes in quotes.
const PLAIN = /^(?!(?:true|false|null)$)\p{L}/u;

function paramOf(value) {
    if (typeof value === "string")
        return PLAIN.test(value) ? value : JSON.stringify(value);
    return typeof value === "object" && value !== null ? `${value.min ?? ""}..${value.max ?? ""}` : String(value);
}
