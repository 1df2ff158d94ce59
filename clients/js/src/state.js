// SPDX-License-Identifier: MIT
//
// The picture of the world that the server's snapshots make. docs/state.md has the bytes, and, under
// "What a client does with it", the rules that are followed here.

import { BitReader } from "./bits.js";
import { Emitter } from "./emitter.js";
import { compileSchema } from "./schema.js";

const SNAPSHOT = 1;
const MORE = 1, FRESH = 2;
const FORGET = 0, DELTA = 1, KEYFRAME = 2;
const END = 0, UPDATE = 1, ENTER = 2;
const AUDIENCES = 3;
const ENTITIES_MAX = 2 ** 20, CHANNELS_MAX = 2 ** 20;

const fault = (what) => new Error(`a snapshot that can't be read: ${what}`);

/** Something in the world. `fields` has what is known of it, by name; `id` is never another's. */
export class Entity {
    id;
    type;
    fields = {};

    constructor(id, type) {
        this.id = id;
        this.type = type.name;
        hidden.set(this, { type, places: Array.from({ length: AUDIENCES }, () => ({ channel: null, fields: new Set() })) });
    }
}

const hidden = new WeakMap(); // of an entity: its compiled type, and where it is for each audience

export class State {
    /** Of the last whole snapshot: its tick, the last input it includes, when the next one is due. */
    tick = 0;
    input = 0;
    interval = 1;
    schema = null;

    #entities = new Map(); // by index
    #held = new Set(); // channels
    #mustSweep = false;
    #before = new Map(); // entities that this snapshot has changed -> fields as they were before
    #came = new Set();
    #went = new Set();
    #emitter = new Emitter();

    /** Takes a schema as the server sends it. Everything known before is forgotten. */
    setSchema(schema) {
        this.#forgetAll();
        this.schema = compileSchema(schema);
        this.#tell();
    }

    // --- looking

    get size() { return this.#entities.size; }
    [Symbol.iterator]() { return this.#entities.values(); }
    /** All of a type. */
    *of(type) {
        for (const entity of this.#entities.values())
            if (entity.type === type)
                yield entity;
    }
    /** By its id; undefined when it is not in view. */
    get(id) {
        const entity = this.#entities.get(id & (ENTITIES_MAX - 1));
        return entity?.id === id ? entity : undefined;
    }

    /** `listener(entity)` for each that comes into view, and for those that are there already. `type` null: of any. */
    onAdd(type, listener) {
        for (const entity of this.#entities.values())
            if (type === null || entity.type === type)
                listener(entity);
        return this.#emitter.on(`add ${type ?? "*"}`, listener);
    }
    /** `listener(entity)` for each that has gone out of view, or ended. */
    onRemove(type, listener) { return this.#emitter.on(`remove ${type ?? "*"}`, listener); }
    /** `listener(entity, previous)`: some fields have changed; `previous` has what these were before. */
    onChange(type, listener) { return this.#emitter.on(`change ${type ?? "*"}`, listener); }
    /** `listener(state)` after each whole snapshot, and after what it has added, changed and removed was told. */
    onSnapshot(listener) { return this.#emitter.on("snapshot", listener); }

    // --- messages

    /** Takes a binary message. True: a whole snapshot is there now. Throws when it can't be read. */
    apply(bytes) {
        if (!this.schema)
            throw fault("there is no schema yet");
        const reader = new BitReader(bytes, 1);
        const flags = reader.bits(8), tick = reader.varint(), step = reader.varint();
        const input = reader.varint(), interval = reader.varint();
        if (flags & FRESH)
            this.#forgetAll();
        while (!reader.failed && reader.left > 0)
            this.#takeSection(bytes, reader);
        if (reader.failed)
            throw fault("it ends too early");
        if (flags & MORE)
            return false;
        Object.assign(this, { tick, step, input, interval });
        if (this.#mustSweep)
            this.#sweep();
        this.#tell();
        return true;
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
            this.#emptyChannel(channel, audience, kind === KEYFRAME);
        if (kind === DELTA || kind === KEYFRAME)
            this.#takeRecords(new BitReader(bytes, from, to), channel, audience);
    }

    #emptyChannel(channel, audience, isHeld) {
        if (isHeld)
            this.#held.add(channel);
        else
            this.#held.delete(channel);
        for (const entity of this.#entities.values()) {
            const place = hidden.get(entity).places[audience];
            if (place.channel === channel)
                place.channel = null;
        }
        this.#mustSweep = true;
    }

    #takeRecords(reader, channel, audience) {
        for (;;) {
            const kind = reader.bits(2);
            if (reader.failed)
                throw fault("a section ends too early");
            if (kind === END)
                break;
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
        if (reader.left > 0)
            throw fault("a section is longer than what is in it");
    }

    #takeUpdate(reader, index) {
        const entity = this.#entities.get(index);
        if (!entity)
            throw fault("something has changed that was never there");
        this.#readFields(reader, entity);
    }

    #takeEnter(reader, index, channel, audience) {
        const generation = reader.bits(12), type = this.schema.types[reader.bits(8)];
        if (reader.failed || !type)
            throw fault("an entity has a type that the schema does not have");
        const entity = this.#come(index, generation * ENTITIES_MAX + index, type);
        const place = hidden.get(entity).places[audience], read = this.#readFields(reader, entity);
        for (const name of place.fields)
            this.#mustSweep ||= !read.has(name);
        place.channel = channel;
        place.fields = read;
    }

    #come(index, id, type) {
        const known = this.#entities.get(index);
        if (known?.id === id && known.type === type.name)
            return known;
        if (known)
            this.#go(known, index);
        const entity = new Entity(id, type);
        this.#entities.set(index, entity);
        this.#came.add(entity);
        return entity;
    }

    #takeLeave(index, to, channel, audience) {
        const entity = this.#entities.get(index), place = entity && hidden.get(entity).places[audience];
        if (place?.channel === channel)
            place.channel = to === 0 ? null : to - 1;
        this.#mustSweep = true;
    }

    /** The names of the fields that were there. */
    #readFields(reader, entity) {
        const { fields } = hidden.get(entity).type, names = new Set();
        const mask = fields.map(() => reader.bits(1));
        fields.forEach((field, i) => {
            if (!mask[i])
                return;
            const value = field.read(reader);
            names.add(field.name);
            if (entity.fields[field.name] !== value)
                this.#setField(entity, field.name, value);
        });
        return names;
    }

    #setField(entity, name, value) {
        if (!this.#came.has(entity)) {
            const before = this.#before.get(entity) ?? {};
            if (!(name in before))
                before[name] = entity.fields[name];
            this.#before.set(entity, before);
        }
        if (value === undefined)
            delete entity.fields[name];
        else
            entity.fields[name] = value;
    }

    // --- what is no longer known

    #go(entity, index) {
        this.#entities.delete(index);
        this.#before.delete(entity);
        if (!this.#came.delete(entity)) // else nobody was told that it had come
            this.#went.add(entity);
    }

    #forgetAll() {
        for (const [index, entity] of this.#entities)
            this.#go(entity, index);
        this.#held.clear();
    }

    #sweep() {
        for (const [index, entity] of this.#entities) {
            const { places } = hidden.get(entity), known = new Set();
            for (const place of places) {
                if (!this.#held.has(place.channel)) {
                    place.channel = null;
                    place.fields = new Set();
                }
                place.fields.forEach((name) => known.add(name));
            }
            if (places.every((place) => place.channel === null))
                this.#go(entity, index);
            else
                Object.keys(entity.fields).filter((name) => !known.has(name))
                    .forEach((name) => this.#setField(entity, name, undefined));
        }
        this.#mustSweep = false;
    }

    // --- telling

    #tell() {
        const [came, went, changed] = [this.#came, this.#went, this.#before];
        this.#came = new Set();
        this.#went = new Set();
        this.#before = new Map();
        for (const entity of went)
            this.#emit("remove", entity);
        for (const entity of came)
            this.#emit("add", entity);
        for (const [entity, before] of changed)
            this.#emit("change", entity, before);
        this.#emitter.emit("snapshot", this);
    }

    #emit(what, entity, ...more) {
        this.#emitter.emit(`${what} ${entity.type}`, entity, ...more);
        this.#emitter.emit(`${what} *`, entity, ...more);
    }
}

/** Is it a binary message for a State? */
export const isSnapshot = (bytes) => bytes[0] === SNAPSHOT;

/** The fields that say where an entity is: `[["x", "x"], ["y", "y"]]`, axis and name. */
export const axesOf = (entity) =>
    hidden.get(entity).type.fields.filter((field) => field.axis).map((field) => [field.axis, field.name]);
