// SPDX-License-Identifier: MIT
//
// Schemas of states that servers have sent this page. Who says in a hello that it has one is not sent it again.

const KNOWN_MAX = 16;
const known = new Map(); // by server and room type; the newest last

const key = (url, type) => `${new URL(url).host} ${type}`;

/** The schema that rooms of a type had last; or undefined. */
export const schemaOf = (url, type) => known.get(key(url, type));

/** The schema of that hash; or undefined. */
export const schemaBy = (hash) => [...known.values()].find((schema) => schema.hash === hash);

export function keepSchema(url, type, schema) {
    known.delete(key(url, type));
    known.set(key(url, type), schema);
    if (known.size > KNOWN_MAX)
        known.delete(known.keys().next().value);
}
