// SPDX-License-Identifier: MIT
// Snapshots made by hand, as docs/state.md draws them.

export class BitWriter {
    #bits = [];

    bits(value, count) {
        for (let i = 0; i < count; i++)
            this.#bits.push(Math.floor(value / 2 ** i) % 2);
        return this;
    }

    varint(value) {
        for (; value >= 128; value = Math.floor(value / 128))
            this.bits((value % 128) + 128, 8);
        return this.bits(value, 8);
    }

    bytes() {
        const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
        this.#bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (i & 7)));
        return bytes;
    }
}

export const MORE = 1, FRESH = 2;
export const FORGET = 0, DELTA = 1, KEYFRAME = 2;

// Records: functions that write themselves. `fields`: functions, or null for one that is not there.

const writeFields = (writer, fields) => {
    fields.forEach((field) => writer.bits(field ? 1 : 0, 1));
    fields.forEach((field) => field?.(writer));
};
export const update = (index, ...fields) => (writer) => writeFields(writer.bits(1, 2).varint(index), fields);
export const enter = (index, generation, type, ...fields) => (writer) =>
    writeFields(writer.bits(2, 2).varint(index).bits(generation, 12).bits(type, 8), fields);
export const leave = (index, to = null) => (writer) => writer.bits(3, 2).varint(index).varint(to === null ? 0 : to + 1);
export const u8 = (value) => (writer) => writer.bits(value, 8);

/** `{kind, channel, audience, records}` */
function section({ kind, channel, audience = 0, records = [] }) {
    const inside = new BitWriter();
    records.forEach((record) => record(inside));
    const bytes = kind === FORGET ? [] : [...inside.bits(0, 2).bytes()];
    return [...new BitWriter().varint(channel * 16 + audience * 4 + kind).varint(bytes.length).bytes(), ...bytes];
}

export function snapshot({ flags = 0, tick, step = 1, input = 0, interval = 1 }, ...sections) {
    const head = new BitWriter().bits(1, 8).bits(flags, 8).varint(tick).varint(step).varint(input).varint(interval);
    return Uint8Array.from([...head.bytes(), ...sections.flatMap(section)]);
}
