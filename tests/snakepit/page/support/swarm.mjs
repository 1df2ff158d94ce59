// SPDX-License-Identifier: MIT
// An arena that never was: snakes that go about at random, told as docs/arena.md says. What a test, a benchmark or a page
// without a server sees of it is a State such as the SDK's.

const DX = [-1, 0, 1, 0], DY = [0, -1, 0, 1];
const KNOT_CELLS = 16, TRAIL_PIECES = 3, TRAIL_CELLS = 24;

/** Numbers that look random and are always the same (mulberry32): 0 <= n < 1. */
export function randomOf(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** What World listens to. Entities are {id, type, fields}; what a tick brought is told by snapshot(). */
export class FakeState {
    tick = 0;
    interval = 1;
    input = 0;
    entities = new Set();
    #lastId = 0;
    #listeners = { add: [], change: [], remove: [], snapshot: [] };
    #news = [];

    onAdd(type, call) { this.#listeners.add.push([type, call]); }
    onChange(type, call) { this.#listeners.change.push([type, call]); }
    onRemove(type, call) { this.#listeners.remove.push([type, call]); }
    onSnapshot(call) { this.#listeners.snapshot.push([null, call]); }

    add(type, fields) {
        const entity = { id: ++this.#lastId, type, fields };
        this.entities.add(entity);
        this.#news.push(["add", entity]);
        return entity;
    }

    change(entity, fields) {
        const before = Object.fromEntries(Object.keys(fields).filter((name) => fields[name] !== entity.fields[name])
            .map((name) => [name, entity.fields[name]]));
        Object.assign(entity.fields, fields);
        if (Object.keys(before).length > 0)
            this.#news.push(["change", entity, before]);
    }

    remove(entity) {
        const isNew = this.#news.some(([kind, other]) => kind === "add" && other === entity);
        this.entities.delete(entity);
        this.#news = this.#news.filter(([, other]) => other !== entity);
        if (!isNew) // what comes and goes in one snapshot was never there
            this.#news.push(["remove", entity]);
    }

    /** In the order of the SDK: what went, what came, what changed. */
    snapshot(tick) {
        const news = this.#news, heard = (kind) => news.filter(([what]) => what === kind);
        this.#news = [];
        this.tick = tick;
        for (const [kind, entity, before] of [...heard("remove"), ...heard("add"), ...heard("change")])
            for (const [type, call] of this.#listeners[kind])
                if (type === entity.type)
                    call(entity, before);
        for (const [, call] of this.#listeners.snapshot)
            call(this);
    }
}

/** One snake: where it is, tick by tick, and what is told of it. */
export class FakeSnake {
    gone = 0; // cells

    constructor(state, { player, name = "", x, y, way, length = 6, colour = player % 12, boost = false, tick }) {
        this.state = state;
        this.knots = []; // {entity, at}
        this.trail = []; // {way, cells}, from the anchor back
        this.number = 0;
        this.cells = [[x, y]]; // the latest first
        Object.assign(this, { x, y, way, length, boost, player, anchorAt: 0 });
        this.entity = state.add("snake", { x, y, since: tick & 63, way, boost, trail: 0, length, colour, player, name });
    }

    /** A tick of the world: it goes that way. */
    step(tick, way = this.way, boost = this.boost, length = this.length) {
        if (way !== this.way || boost !== this.boost)
            this.#anchor(tick - 1, way, boost);
        for (let i = boost ? 2 : 1; i > 0; i--) {
            this.x += DX[way];
            this.y += DY[way];
            this.gone++;
            this.cells.unshift([this.x, this.y]);
        }
        if (this.gone - this.anchorAt >= KNOT_CELLS)
            this.#anchor(tick, way, boost);
        this.length = length;
        this.cells.length = Math.min(this.cells.length, 600);
        this.state.change(this.entity, { length });
        while (this.knots.length > 0 && !this.#reachesBehind((this.knots[1] ?? this.knots[0]).at))
            this.state.remove(this.knots.shift().entity);
    }

    die() {
        for (const { entity } of this.knots)
            this.state.remove(entity);
        this.state.remove(this.entity);
    }

    // Where it is now. The pieces before stay in mind.
    #anchor(tick, way, boost) {
        const cells = this.gone - this.anchorAt;
        this.anchorAt = this.gone;
        if (cells > 0)
            this.trail.unshift({ way: this.way, cells });
        while (this.trail.length > TRAIL_PIECES || this.#trailCells > TRAIL_CELLS)
            this.#dropPiece();
        Object.assign(this, { way, boost });
        const trail = this.trail.reduceRight((packed, piece) => packed << 7 | piece.way << 5 | piece.cells, 0);
        this.state.change(this.entity, { x: this.x, y: this.y, since: tick & 63, way, boost, trail });
    }

    get #trailCells() { return this.trail.reduce((sum, { cells }) => sum + cells, 0); }
    #reachesBehind(at) { return at + this.length > this.gone + 1; }

    // While the body lies on it, its ends become knots.
    #dropPiece() {
        const begins = this.anchorAt - this.#trailCells, { way, cells } = this.trail.pop();
        if (!this.#reachesBehind(begins + cells))
            return;
        const [x, y] = this.cells[this.gone - begins - cells];
        if (this.knots.length === 0)
            this.#knot(x - DX[way] * cells, y - DY[way] * cells, begins);
        this.#knot(x, y, begins + cells);
    }

    #knot(x, y, at) {
        this.knots.push({ at, entity: this.state.add("knot", { x, y, player: this.player, number: this.number++ }) });
    }
}

const NAMES = ["Grace", "Linus", "Margaret", "Dennis", "Barbara", "Hedy", "Radia", "Alan", "Edsger", "Frances", "Tim", "Katherine"];

/** Many of them, in a rectangle that they don't leave, and food. */
export class Swarm {
    tick = 100;
    snakes = [];

    constructor(state, { count, width, height, length = 14, food = 0, seed = 1 }) {
        Object.assign(this, { state, width, height, random: randomOf(seed) });
        for (let i = 1; i <= count; i++)
            this.snakes.push(new FakeSnake(state, { player: i, name: `${NAMES[i % NAMES.length]} ${i}`, x: this.#any(width), y: this.#any(height),
                way: this.#any(4), length: Math.ceil(length * (0.5 + this.random())), tick: this.tick }));
        for (let i = 0; i < food; i++)
            state.add("food", { x: this.#any(width), y: this.#any(height), value: 1 + this.#any(4) });
        state.snapshot(this.tick);
    }

    step() {
        this.tick++;
        for (const snake of this.snakes)
            snake.step(this.tick, this.#wayOf(snake), this.random() < 0.02 ? !snake.boost : snake.boost);
        this.state.snapshot(this.tick);
    }

    #any(n) { return Math.floor(this.random() * n); }

    #wayOf(snake) {
        const isOut = (way) => {
            const x = snake.x + 3 * DX[way], y = snake.y + 3 * DY[way];
            return x < 0 || y < 0 || x >= this.width || y >= this.height;
        };
        const turns = this.random() < 0.5 ? [(snake.way + 1) % 4, (snake.way + 3) % 4] : [(snake.way + 3) % 4, (snake.way + 1) % 4];
        if (isOut(snake.way) || this.random() < 0.12)
            return turns.find((way) => !isOut(way)) ?? snake.way;
        return snake.way;
    }
}
