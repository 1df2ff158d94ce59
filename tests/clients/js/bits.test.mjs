// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { BitReader, putVarint } from "../../../clients/js/src/bits.js";
import { BitWriter } from "./support/writer.mjs";
import { vectors } from "./support/vectors.mjs";

const read = (bytes, ...args) => new BitReader(Uint8Array.from(bytes), ...args);

test("bits come lowest first, over bytes", () => {
    const reader = read([0b11100101, 0b10010110]);
    assert.deepEqual([reader.bits(5), reader.bits(6), reader.bits(1), reader.bits(4)], [0b00101, 0b110111, 0, 0b1001]);
    assert.equal(reader.failed, false);
    assert.equal(reader.left, 0);
});

test("32 bits are unsigned, at any place", () => {
    assert.equal(read([255, 255, 255, 255]).bits(32), 2 ** 32 - 1);
    const reader = read([0xf8, 255, 255, 255, 7]);
    reader.bits(3);
    assert.equal(reader.bits(32), 2 ** 32 - 1);
    assert.equal(reader.bits(0), 0);
});

test("beyond the end is nothing, for good", () => {
    const reader = read([1, 2]);
    assert.equal(reader.bits(17), 0);
    assert.equal(reader.failed, true);
    assert.equal(reader.bits(1), 0);
    assert.equal(reader.left, 0);
});

test("a varint of ten groups is the longest", () => {
    assert.equal(read([...Array(9).fill(0x80), 1]).varint(), 2 ** 63);
    for (const bytes of [[...Array(9).fill(0x80), 2], Array(10).fill(0x80), [0x80]]) {
        const reader = read(bytes);
        assert.equal(reader.varint(), 0);
        assert.equal(reader.failed, true, String(bytes));
    }
});

test("varints are exact up to 2^53", () => {
    for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53]) {
        const bytes = [];
        putVarint(bytes, value);
        assert.equal(read(bytes).varint(), value);
    }
});

test("text is UTF-8, from any bit on, a BOM included", () => {
    const text = "\ufeffé 🐍", bytes = [...new TextEncoder().encode(text)];
    assert.equal(read([bytes.length, ...bytes]).string(), text);
    const writer = new BitWriter().bits(1, 1).varint(bytes.length);
    bytes.forEach((byte) => writer.bits(byte, 8));
    const reader = new BitReader(writer.bytes());
    reader.bits(1);
    assert.equal(reader.string(), text);
});

test("a text that is longer than what is there is none", () => {
    const reader = read([5, 65, 66]);
    assert.equal(reader.string(), "");
    assert.equal(reader.failed, true);
});

test("a part is read as if it were all", () => {
    const reader = read([1, 2, 3, 4], 1, 3);
    assert.deepEqual([reader.bits(8), reader.left, reader.position], [2, 1, 2]);
    reader.bits(1);
    assert.equal(reader.position, 3);
    assert.equal(reader.bits(8), 0);
    assert.equal(reader.failed, true);
});

const KINDS = {
    bits: (reader, bits) => reader.bits(bits),
    varint: (reader) => reader.varint(),
    zigzag: (reader) => reader.zigzag(),
};

for (const { name, hex, reads } of vectors("bits").cases) {
    test(`as the server writes it: ${name}`, () => {
        const reader = new BitReader(Uint8Array.from(Buffer.from(hex, "hex")));
        for (const { kind, bits, value } of reads)
            assert.equal(KINDS[kind](reader, bits), value, `${kind} ${bits ?? ""}`);
        assert.equal(reader.failed, false);
        assert.equal(reader.left, 0);
    });
}
