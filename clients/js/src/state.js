// SPDX-License-Identifier: MIT
//
// The picture of the world that the server's snapshots make. docs/state.md has the bytes, and, under
// "What a client does with it", the rules that are followed here.
//
// This runs between two frames, with hundreds of entities: what is per entity and snapshot makes no
// garbage but what is handed to listeners.

import { BitReader } from "./bits.js";
import { Emitter } from "./emitter.js";
import { compileSchema } from "./schema.js";

const SNAPSHOT = 1;
const MORE = 1, FRESH = 2;
const FORGET = 0, DELTA = 1, KEYFRAME = 2;
const END = 0, UPDATE = 1, ENTER = 2;
const AUDIENCES = 3;
const ENTITIES_MAX = 2 ** 20, CHANNELS_MAX = 2 ** 20;
const PARTS_MAX = 256; // of one snapshot
const NOWHERE = -1;

const fault = (what) => new Error(`a snapshot that can't be read: ${what}`);

/** Something in the world. */
export class Entity {
    /** No other's, until 4,095 have come and gone in its place. */
    id;
    /** The name of its type. */
    type;
    /** Which fields say where it is: `{x: "x", y: "y"}`. */
    axes;
    /** What is known of it, by name; what is not is undefined. */
    fields = {};

    constructor(id, type) {
        this.id = id;
        this.type = type.name;
        this.axes = type.axes;
        for (const { name } of type.fields) // all of a type have the same shape
            this.fields[name] = undefined;
    }
}

// What goes with an entity. Sets of fields are masks, the first field's bit is the lowest.
class Thing {
    known = 0;
    isNew = true; // nobody has been told of it
    before = null; // fields as they were before this snapshot
    // Its place, per audience: a channel, and the fields that came from there.
    channels = [NOWHERE, NOWHERE, NOWHERE];
    masks = [0, 0, 0];

    constructor(id, type) {
        this.type = type;
        this.entity = new Entity(id, type);
    }
}

export class State {
    /** Of the last whole snapshot: its tick, by how much that is more than the one before, the last input that it
        includes, in how many ticks the next one is due. */
    tick = 0;
    step = 0;
    input = 0;
    interval = 1;
    /** How long a tick is. 0: the room has no rhythm. */
    tick_ms = 0;
    schema = null;

    #things = new Map(); // by index
    #held = new Set(); // channels
    #parts = []; // of a snapshot that is not whole yet
    #mustSweep = false;
    #came = new Set(); // these three until listeners have been told
    #went = [];
    #changed = [];
    #added = new Emitter(); // by type, null for any; so are the next two
    #removed = new Emitter();
    #updated = new Emitter();
    #snapshots = new Emitter();

    /** Takes a schema as the server sends it; null: there is none. Everything known before is forgotten. */
    setSchema(schema) {
        const compiled = schema && compileSchema(schema);
        this.clear();
        this.schema = compiled;
    }

    /** Forgets all entities, and tells so. */
    clear() {
        this.#parts = [];
        this.#forgetAll();
        Object.assign(this, { tick: 0, step: 0, input: 0, interval: 1 });
        this.#tell();
    }

    // --- looking

    get size() { return this.#things.size; }
    *[Symbol.iterator]() {
        for (const { entity } of this.#things.values())
            yield entity;
    }
    /** All of a type. */
    *of(type) {
        for (const { entity } of this.#things.values())
            if (entity.type === type)
                yield entity;
    }
    /** By its id; undefined when it is not in view. */
    get(id) {
        const entity = this.#things.get(id & (ENTITIES_MAX - 1))?.entity;
        return entity?.id === id ? entity : undefined;
    }

    /** `listener(entity)` for each that comes into view, and for those that are there already. `type` null: of any. */
    onAdd(type, listener) {
        for (const thing of this.#things.values())
            if (!this.#came.has(thing) && (type === null || thing.entity.type === type))
                listener(thing.entity);
        return this.#added.on(type, listener);
    }
    /** `listener(entity)` for each that has gone out of view, or ended. */
    onRemove(type, listener) { return this.#removed.on(type, listener); }
    /** `listener(entity, previous)`: some fields have changed; `previous` has what these were before. */
    onChange(type, listener) { return this.#updated.on(type, listener); }
    /** `listener(state)` after each whole snapshot, and after what it has added, changed and removed was told. */
    onSnapshot(listener) { return this.#snapshots.on(null, listener); }

    // --- messages

    /**
     * Takes a binary message. True: a whole snapshot is there now, and was told; until then nothing is changed.
     * Throws when it can't be read: then only a fresh snapshot, or clear(), mends it.
     */
    apply(bytes) {
        if (!this.schema)
            throw fault("there is no schema yet");
        if (bytes[1] & FRESH)
            this.#parts = []; // of a snapshot that never became whole
        if (bytes.length < 2 || this.#parts.length === PARTS_MAX)
            throw fault("its parts are too short, or too many");
        this.#parts.push(bytes);
        if (bytes[1] & MORE)
            return false;
        const parts = this.#parts;
        this.#parts = [];
        for (const part of parts)
            this.#takePart(part);
        if (this.#mustSweep)
            this.#sweep();
        this.#tell();
        return true;
    }

    #takePart(bytes) {
        const reader = new BitReader(bytes, 1);
        const flags = reader.bits(8);
        this.tick = reader.varint();
        this.step = reader.varint();
        this.input = reader.varint();
        this.interval = reader.varint();
        if (flags & FRESH)
            this.#forgetAll();
        while (!reader.failed && reader.left > 0)
            this.#takeSection(bytes, reader);
        if (reader.failed)
            throw fault("it ends too early");
    }

    #takeSection(bytes, reader) {
        const head = reader.varint(), length = reader.varint();
        const kind = head % 4, audience = Math.floor(head / 4) % 4, channel = Math.floor(head / 16);
        const from = reader.position, to = from + length;
        if (reader.failed || length > reader.left)
            throw fault("a section is longer than the message");
        reader.skip(length);
        if (audience >= AUDIENCES)
            return;
        if (channel >= CHANNELS_MAX)
            throw fault("a channel's number is too large");
        if (kind === FORGET || kind === KEYFRAME)
            this.#emptyChannel(channel, kind === KEYFRAME);
        if (kind === DELTA || kind === KEYFRAME)
            this.#takeRecords(new BitReader(bytes, from, to), channel, audience);
    }

    #emptyChannel(channel, isHeld) {
        if (isHeld)
            this.#held.add(channel);
        else
            this.#held.delete(channel);
        for (const { channels } of this.#things.values())
            for (let i = 0; i < AUDIENCES; i++)
                if (channels[i] === channel)
                    channels[i] = NOWHERE;
        this.#mustSweep = true;
    }

    #takeRecords(reader, channel, audience) {
        for (let kind; (kind = reader.bits(2)) !== END;) {
            const index = reader.varint();
            if (index >= ENTITIES_MAX)
                throw fault("an index is too large");
            if (kind === UPDATE)
                this.#takeUpdate(reader, index);
            else if (kind === ENTER)
                this.#takeEnter(reader, index, channel, audience);
            else
                this.#takeLeave(index, reader.varint(), channel, audience);
        }
        if (reader.failed || reader.left > 0)
            throw fault("a section does not end where its length says");
    }

    #takeUpdate(reader, index) {
        const thing = this.#things.get(index);
        if (!thing)
            throw fault("something has changed that was never there");
        this.#readFields(reader, thing);
    }

    #takeEnter(reader, index, channel, audience) {
        const generation = reader.bits(12), type = this.schema.types[reader.bits(8)];
        if (reader.failed || !type)
            throw fault("an entity has a type that the schema does not have");
        const thing = this.#come(index, generation * ENTITIES_MAX + index, type);
        const mask = this.#readFields(reader, thing);
        this.#mustSweep ||= (thing.masks[audience] & ~mask) !== 0;
        thing.channels[audience] = channel;
        thing.masks[audience] = mask;
    }

    #come(index, id, type) {
        const known = this.#things.get(index);
        if (known?.entity.id === id && known.type === type)
            return known;
        if (known)
            this.#go(known, index);
        const thing = new Thing(id, type);
        this.#things.set(index, thing);
        this.#came.add(thing);
        return thing;
    }

    #takeLeave(index, to, channel, audience) {
        const thing = this.#things.get(index);
        if (to > CHANNELS_MAX)
            throw fault("a channel's number is too large");
        if (thing?.channels[audience] === channel)
            thing.channels[audience] = to === 0 ? NOWHERE : to - 1;
        this.#mustSweep = true;
    }

    // The mask of those that were there.
    #readFields(reader, thing) {
        const { fields } = thing.type, mask = reader.bits(fields.length);
        for (let i = 0; i < fields.length; i++)
            if (mask >>> i & 1)
                this.#setField(thing, fields[i].name, fields[i].read(reader));
        thing.known |= mask;
        return mask;
    }

    #setField(thing, name, value) {
        const { fields } = thing.entity;
        if (Object.is(fields[name], value))
            return;
        if (!thing.isNew) {
            if (!thing.before) {
                thing.before = {};
                this.#changed.push(thing);
            }
            if (!Object.hasOwn(thing.before, name))
                thing.before[name] = fields[name];
        }
        fields[name] = value;
    }

    // --- what is no longer known

    #go(thing, index) {
        this.#things.delete(index);
        thing.before = null; // of its last changes nobody is told
        if (!this.#came.delete(thing)) // else nobody was told that it had come
            this.#went.push(thing);
    }

    #forgetAll() {
        for (const [index, thing] of this.#things)
            this.#go(thing, index);
        this.#held.clear();
    }

    // Takes away what is in no channel that is held.
    #sweep() {
        for (const [index, thing] of this.#things) {
            const { channels, masks } = thing;
            let known = 0, isHere = false;
            for (let i = 0; i < AUDIENCES; i++) {
                if (channels[i] !== NOWHERE && this.#held.has(channels[i])) {
                    known |= masks[i];
                    isHere = true;
                } else {
                    channels[i] = NOWHERE;
                    masks[i] = 0;
                }
            }
            if (!isHere)
                this.#go(thing, index);
            else if (thing.known !== known)
                this.#forgetFields(thing, known);
        }
        this.#mustSweep = false;
    }

    #forgetFields(thing, known) {
        const { fields } = thing.type;
        for (let i = 0; i < fields.length; i++)
            if ((thing.known & ~known) >>> i & 1)
                this.#setField(thing, fields[i].name, undefined);
        thing.known = known;
    }

    // --- telling

    // What a listener adds hears of what was not told yet, and of nothing twice.
    #tell() {
        const went = this.#went, changed = this.#changed;
        this.#went = [];
        this.#changed = [];
        for (const { entity } of went)
            this.#removed.emitToAll(entity.type, entity);
        for (const thing of this.#came) {
            this.#came.delete(thing);
            thing.isNew = false;
            this.#added.emitToAll(thing.entity.type, thing.entity);
        }
        for (const thing of changed) {
            const { before } = thing;
            thing.before = null;
            if (before)
                this.#updated.emitToAll(thing.entity.type, thing.entity, before);
        }
        this.#snapshots.emit(null, this);
    }
}

/** Is it a binary message for a State? */
export const isSnapshot = (bytes) => bytes[0] === SNAPSHOT;
