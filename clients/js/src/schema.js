// SPDX-License-Identifier: MIT
//
// What the server says of the entities' fields, made into functions that read them. docs/state.md.

const READERS = {
    bool: () => (reader) => reader.bits(1) === 1,
    uint: ({ bits }) => (reader) => reader.bits(bits),
    int: ({ bits }) => (reader) => {
        const value = reader.bits(bits);
        return value < 2 ** (bits - 1) ? value : value - 2 ** bits;
    },
    varuint: () => (reader) => reader.varint(),
    varint: () => (reader) => reader.zigzag(),
    float: ({ bits, min, max }) => {
        const step = (max - min) / (2 ** bits - 1);
        return (reader) => min + reader.bits(bits) * step;
    },
    float32: () => (reader) => reader.float32(),
    float64: () => (reader) => reader.float64(),
    string: () => (reader) => reader.string(),
};

function compileField(field) {
    const make = Object.hasOwn(READERS, field.type) ? READERS[field.type] : null;
    if (!make)
        throw new Error(`the server's schema has a field of a type that this client does not know: ${field.type}`);
    return { name: field.name, read: make(field) };
}

function compileType({ name, fields }) {
    const axes = Object.fromEntries(fields.filter(({ axis }) => axis).map((field) => [field.axis, field.name]));
    return { name, axes, fields: fields.map(compileField) };
}

/** `{hash, types: [{name, axes: {x: "name of a field"}, fields: [{name, read(reader)}]}]}` */
export function compileSchema({ hash, types }) {
    return { hash, types: types.map(compileType) };
}
