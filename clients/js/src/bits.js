// SPDX-License-Identifier: MIT

/**
 * Reads bits, the lowest of a byte first. Beyond the end it gives zeros and notes that in `failed`:
 * who reads looks once, at the end.
 */
export class BitReader {
    failed = false;
    #bytes;
    #bit;
    #end;

    constructor(bytes, from = 0, to = bytes.length) {
        this.#bytes = bytes;
        this.#bit = from * 8;
        this.#end = to * 8;
    }

    /** In bytes, of what has been begun. */
    get position() { return Math.ceil(this.#bit / 8); }
    /** Whole bytes that are left. */
    get left() { return Math.max(0, Math.floor((this.#end - this.#bit) / 8)); }

    /** Whole bytes, from the next one on. */
    skip(bytes) {
        this.#bit = (this.position + bytes) * 8;
    }

    /** 0 to 32 bits, as an unsigned number. */
    bits(count) {
        if (count > this.#end - this.#bit)
            return this.#fail();
        let value = 0;
        for (let got = 0; got < count;) {
            const offset = this.#bit & 7, take = Math.min(8 - offset, count - got);
            value |= ((this.#bytes[this.#bit >> 3] >> offset) & ((1 << take) - 1)) << got;
            got += take;
            this.#bit += take;
        }
        return value >>> 0;
    }

    /** LEB128, up to 64 bits. Exact up to 2^53. */
    varint() {
        let value = 0;
        for (let scale = 1; scale < 2 ** 64; scale *= 128) {
            const group = this.bits(8);
            value += (group & 0x7f) * scale;
            if (group < 0x80)
                return value < 2 ** 64 ? value : this.#fail();
        }
        return this.#fail();
    }

    zigzag() {
        const value = this.varint();
        return value % 2 ? -(value + 1) / 2 : value / 2;
    }

    float32() {
        scratch.setUint32(0, this.bits(32));
        return scratch.getFloat32(0);
    }

    /** Its lower half comes first. */
    float64() {
        scratch.setUint32(4, this.bits(32));
        scratch.setUint32(0, this.bits(32));
        return scratch.getFloat64(0);
    }

    string() {
        const length = this.varint();
        if (length > this.left) {
            this.#fail();
            return "";
        }
        const bytes = new Uint8Array(length);
        for (let i = 0; i < length; i++)
            bytes[i] = this.bits(8);
        return decoder.decode(bytes);
    }

    #fail() {
        this.failed = true;
        this.#bit = this.#end;
        return 0;
    }
}

const scratch = new DataView(new ArrayBuffer(8));
const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // a BOM is text like other text

/** Append a number, 0 to 2^53, to an array of bytes as a varint. */
export function putVarint(bytes, value) {
    for (; value >= 0x80; value = Math.floor(value / 128))
        bytes.push((value % 128) | 0x80);
    bytes.push(value);
}
