// SPDX-License-Identifier: MIT
// The arena's page in a browser, against the real server. Pictures of it are left in build/screenshots.
// ALONE: a page moves, and a snake lives as long as somebody steers it.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import WebSocket from "ws";

import { Client } from "../../clients/js/src/index.js";
import { ArenaPlayer, DOWN, LEFT, RIGHT, UP } from "./support/arena.mjs";
import { DESKTOP, PHONE, inState, openPage, play, playOn, reaches, screenshotPath, textOf } from "./support/browser.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { Proxy } from "./support/proxy.mjs";
import { scratchFolder, startServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const CALM = { arena_bots: 0, arena_seed: 4, arena_tick_hz: 5 }; // a seed that begins far from the walls
const NARROW = { ...CALM, arena_size: 64, arena_tick_hz: 20 };

async function start(t, settings = CALM) {
    const [server, browser] = await Promise.all([startServer(t, settings), startBrowser(t)]);
    return { server, open: (options, query = "", url = server.url) => openPage(browser, `${url}/arena/${query}`, options) };
}

const assertFits = async (page) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= page.viewportSize().width, `${width} px of ${page.viewportSize().width}`);
};

/** What the server says of the snake of that name. */
const wayOf = (watcher, name) => watcher.named(name)?.way;

/** Waits for that, and says if it came: false, the snake of a page that was kept waiting has died before. */
async function comes(watcher, name, is, what) {
    let snake;
    await watcher.until(() => !(snake = watcher.named(name)) || is(snake), what);
    return snake !== undefined;
}

/** Another snake, if it has died: the page may be told of that later than the watcher. */
async function live(page, watcher, name) {
    await until(async () => {
        await playOn(page);
        return watcher.named(name);
    }, `snake of ${name}`);
}

/** To its right, on as before, to its left: by what `press(way)` does, until the server has it. */
async function assertSteers(page, watcher, name, press) {
    await until(async () => {
        await live(page, watcher, name);
        const first = wayOf(watcher, name);
        for (const way of [(first + 1) % 4, first, (first + 3) % 4]) {
            await press(way);
            if (!await comes(watcher, name, (snake) => snake.way === way, `turn to ${way}`))
                return false;
        }
        return true;
    }, "three turns");
}

/** Waits for that of a page that plays, again and again. */
const untilPlays = (page, probe, what) => until(async () => {
    await playOn(page);
    return probe();
}, what);

const headOf = ({ x, y, way, since, boost }, tick) => {
    const gone = ((tick - since) & 63) * (boost ? 2 : 1);
    return [x + [-1, 0, 1, 0][way] * gone, y + [0, -1, 0, 1][way] * gone];
};

/** Round the middle, a turn each ten cells, until it has eaten enough to boost for a while. */
async function feed(page, watcher, name, press) {
    const side = watcher.room.welcome.arena.width, tick = () => watcher.room.state.tick;
    for (let next = 0; !(watcher.named(name)?.length >= 16); next = tick() + 10) {
        await comes(watcher, name, () => tick() >= next, "tick");
        await live(page, watcher, name);
        const { way } = watcher.named(name), [x, y] = headOf(watcher.named(name), tick());
        await press(way % 2 ? (x < side / 2 ? RIGHT : LEFT) : y < side / 2 ? DOWN : UP);
    }
}

/** As long as `hold` holds something the snake is fast, and no longer. */
async function assertBoosts(page, watcher, name, press, { hold, release }) {
    await until(async () => {
        await feed(page, watcher, name, press);
        await hold();
        const isFast = await comes(watcher, name, ({ boost }) => boost, "boost");
        await release();
        return isFast && comes(watcher, name, ({ boost }) => !boost, "end of the boost");
    }, "boost of one that lives");
}

/** A world that is full of food, and somebody who sees that. */
async function startFat(t) {
    const begun = await start(t, { ...CALM, arena_size: 100, arena_food: "20%", arena_tick_hz: 4 });
    const watcher = await ArenaPlayer.enter(t, begun.server, "Wanda");
    await watcher.until(() => watcher.room.state.size > 800, "food");
    return { ...begun, watcher };
}

const ARROWS = { [LEFT]: "ArrowLeft", [UP]: "ArrowUp", [RIGHT]: "ArrowRight", [DOWN]: "ArrowDown" };
const LETTERS = { [LEFT]: "a", [UP]: "w", [RIGHT]: "d", [DOWN]: "s" };

test("join, and steer by keys", async (t) => {
    const { server, open } = await start(t), page = await open();
    await play(page, "Ada");
    const watcher = await ArenaPlayer.enter(t, server, "Wanda");
    await assertSteers(page, watcher, "Ada", (way) => page.keyboard.press(ARROWS[way]));
    await assertSteers(page, watcher, "Ada", (way) => page.keyboard.press(LETTERS[way]));
    await untilPlays(page, async () => /Ada/.test(await textOf(page, "#leaders")) && Number(await textOf(page, "#length")) >= 6,
        "row among the leaders, and length");
    await page.screenshot({ path: screenshotPath("arena-play") });
    assert.deepEqual(page.faults, []);
});

test("a boost lasts as long as something is held: Space, the mouse", async (t) => {
    const { open, watcher } = await startFat(t), page = await open();
    await play(page, "Ada");
    const press = (way) => page.keyboard.press(ARROWS[way]);
    await page.mouse.move(500, 500);
    await assertBoosts(page, watcher, "Ada", press, { hold: () => page.keyboard.down("Space"), release: () => page.keyboard.up("Space") });
    await assertBoosts(page, watcher, "Ada", press, { hold: () => page.mouse.down(), release: () => page.mouse.up() });
    assert.deepEqual(page.faults, []);
});

test("death, what it was of, and again by Enter", async (t) => {
    const { open } = await start(t, NARROW), page = await open({ ...DESKTOP, colorScheme: "dark" });
    await play(page, "Ada");
    await inState(page, "dead"); // by itself: a wall is near
    assert.match(await textOf(page, "#death-title"), /wall/);
    assert.match((await textOf(page, "#death-figures")).replaceAll(/\s+/g, " "), /Score \d+ Length \d+ Kills 0 Rank \d+/i);
    assert.equal(await textOf(page, "#play"), "Play again");
    await page.screenshot({ path: screenshotPath("arena-dead") });
    await page.waitForFunction(() => document.activeElement.id === "play");
    await reaches(page, "playing", () => page.keyboard.press("Enter"));
    assert.deepEqual(page.faults, []);
});

test("a key that is held over a death plays not again", async (t) => {
    const { open } = await start(t, NARROW), page = await open();
    await play(page, "Ada");
    for (const key of ["Space", "Enter"]) {
        await page.keyboard.down(key);
        await inState(page, "dead");
        await page.waitForFunction(() => document.activeElement.id === "play");
        await page.keyboard.down(key); // as a keyboard repeats it
        await page.keyboard.up(key);
        assert.equal(await textOf(page, "#play"), "Play again");
        await reaches(page, "playing", () => page.keyboard.press(key));
    }
    assert.deepEqual(page.faults, []);
});

test("who watches follows a leader, and another one by a click or a key", async (t) => {
    const { server, open } = await start(t);
    const players = await Promise.all(["Grace", "Linus"].map((name) => ArenaPlayer.enter(t, server, name)));
    await Promise.all(players.map((player) => player.play()));
    const circle = setInterval(() => players.forEach((player) => player.steer(((player.snake()?.way ?? 0) + 1) % 4)), 700);
    t.after(() => clearInterval(circle));
    const page = await open();
    await inState(page, "watching");
    await page.waitForFunction(() => document.querySelectorAll("#leaders .row").length === 2);
    const isWatched = (name) => page.waitForFunction((wanted) => document.getElementById("watched").textContent === wanted, name);
    for (const name of ["Grace", "Linus"]) {
        await page.click(`#leaders .row:has-text("${name}")`);
        await isWatched(name);
        await players[0].until(() => page.evaluate((who) => document.querySelector("#leaders .is-watched")?.textContent.includes(who), name), "mark");
    }
    await page.keyboard.press("ArrowRight");
    await isWatched("Grace");
    await page.keyboard.press("ArrowLeft");
    await isWatched("Linus");
    await page.click("#next");
    await isWatched("Grace");
    assert.deepEqual(page.faults, []);
});

/** Does anything stand out on that canvas? */
const isPainted = (page, id) => page.evaluate((name) => {
    const canvas = document.getElementById(name), { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 8;
}, id);

/** Waits for that, while that player has a snake again and again: one that nobody steers lives for some seconds. */
const untilPlaying = (player, probe, what) => until(async () => {
    if (!player.snake())
        await player.play().catch(({ code }) => assert.equal(code, "alive"));
    return probe();
}, what);

test("who is not among the leaders sees where one stands", async (t) => {
    const { open } = await start(t, { ...CALM, arena_bots: 25, arena_size: 200 }), page = await open();
    await page.waitForFunction(() => document.querySelectorAll("#leaders .row").length === 10);
    await page.waitForFunction(() => Number(document.querySelector("#leaders li:last-child .row-score").textContent) > 0); // ten who have eaten
    await play(page, "Ada");
    const mine = () => document.querySelector("#leaders .is-mine")?.innerText.replaceAll(/\s+/g, " ");
    await untilPlays(page, async () => Number(await textOf(page, "#rank")) > 10 && /^\d+ Ada \d+$/.test(await page.evaluate(mine)), "rank and row");
    await page.screenshot({ path: screenshotPath("arena-rank") });
    assert.deepEqual(page.faults, []);
});

test("the news: the map, who killed whom; names are never markup", async (t) => {
    const { server, open } = await start(t, NARROW);
    const evil = await ArenaPlayer.enter(t, server, "<img src=x>"), page = await open();
    await inState(page, "watching");
    const shows = (selector, text) => untilPlaying(evil, () => page.evaluate(([wanted, start]) =>
        document.querySelector(wanted)?.textContent.startsWith(start), [selector, text]), `${text} in ${selector}`);
    await shows("#leaders .row-name", "<img src=x>");
    await shows("#feed li", "<img src=x> crashed with");
    await untilPlaying(evil, async () => await isPainted(page, "map") && await isPainted(page, "world"), "pictures");
    assert.equal(await page.locator("#leaders img, #feed img, #watching img").count(), 0);
    assert.deepEqual(page.faults, []);
});

/** With a finger, across the world: what only the browser's own protocol can do. `held`: fingers that are on the screen
    before it comes and when it has gone; `passing`: one that comes after it, and goes before it moves. */
async function swipe(page, way, { held = [], passing = [] } = {}) {
    const from = { x: 200, y: 400, id: 1 }, [dx, dy] = [[-1, 0], [0, -1], [1, 0], [0, 1]][way];
    const touch = (type, ...touchPoints) => page.finger.send("Input.dispatchTouchEvent", { type, touchPoints });
    page.finger ??= await page.context().newCDPSession(page);
    if (held.length > 0)
        await touch("touchStart", ...held);
    await touch("touchStart", ...held, from);
    await touch("touchStart", ...held, from, ...passing);
    for (const px of [15, 30, 45])
        await touch("touchMove", ...held, { x: from.x + px * dx, y: from.y + px * dy, id: 1 });
    await touch("touchEnd");
}

test("on a phone: swipes steer, the button and a second finger boost", async (t) => {
    const { open, watcher } = await startFat(t), page = await open(PHONE);
    await inState(page, "watching");
    await assertFits(page);
    await play(page, "Ada");
    await assertSteers(page, watcher, "Ada", (way) => swipe(page, way));
    const touch = (type, ...points) => page.finger.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    const one = { x: 100, y: 500, id: 1 }, two = { x: 250, y: 600, id: 2 }, release = () => touch("touchEnd");
    await assertBoosts(page, watcher, "Ada", (way) => swipe(page, way), { hold: async () => {
        const box = await page.locator("#boost").boundingBox();
        if (box)
            await touch("touchStart", { x: box.x + box.width / 2, y: box.y + box.height / 2, id: 1 });
    }, release });
    await assertBoosts(page, watcher, "Ada", (way) => swipe(page, way), { hold: async () => {
        await touch("touchStart", one);
        await touch("touchStart", one, two);
    }, release });
    await page.screenshot({ path: screenshotPath("arena-phone") });
    await assertFits(page);
    assert.deepEqual(page.faults, []);
});

test("two fingers: one steers while the other is on the button, and goes on when the other has gone", async (t) => {
    const { server, open } = await start(t), page = await open(PHONE);
    await play(page, "Ada");
    const watcher = await ArenaPlayer.enter(t, server, "Wanda"), { x, y, width, height } = await page.locator("#boost").boundingBox();
    const button = { x: x + width / 2, y: y + height / 2, id: 2 }, elsewhere = { x: 250, y: 600, id: 2 };
    await assertSteers(page, watcher, "Ada", (way) => swipe(page, way, { held: [button] }));
    await assertSteers(page, watcher, "Ada", (way) => swipe(page, way, { passing: [elsewhere] }));
    assert.deepEqual(page.faults, []);
});

test("a connection that breaks: the snake is still there", async (t) => {
    const { server, open } = await start(t), proxy = await Proxy.to(t, server.address), page = await open(DESKTOP, "", proxy.url);
    await play(page, "Ada");
    proxy.down();
    await inState(page, "reconnecting");
    assert.match(await textOf(page, "#banner"), /Connection lost/);
    await reaches(page, "playing", () => proxy.up());
    assert.equal(await page.isHidden("#banner"), true);
});

test("the server is restarted: the page comes back, and says what was lost", async (t) => {
    const data = path.join(scratchFolder(t), "data"), { server, open } = await start(t, { ...CALM, data }), page = await open();
    await play(page, "Ada");
    await server.stop();
    await inState(page, "reconnecting");
    await page.screenshot({ path: screenshotPath("arena-reconnecting") });
    await startServer(t, { ...CALM, data, listen: `127.0.0.1:${server.port}` });
    await inState(page, "watching");
    assert.match(await textOf(page, "#message"), /connection was lost/);
    assert.equal(await page.inputValue("#name"), "Ada");
    await reaches(page, "playing", () => page.click("#play"));
});

test("the theme, the sound and the name are remembered; the two games lead to each other", async (t) => {
    const { open } = await start(t), page = await open({ ...DESKTOP, colorScheme: "light" });
    await inState(page, "watching");
    assert.equal(await page.getAttribute("html", "data-theme"), "light");
    assert.equal(await page.getAttribute("#sound", "aria-pressed"), "false", "off by itself");
    await page.click("#theme");
    await page.click("#sound");
    await play(page, "Ada");
    await page.reload();
    await inState(page, "watching");
    assert.deepEqual([await page.getAttribute("html", "data-theme"), await page.getAttribute("#sound", "aria-pressed"), await page.inputValue("#name")],
        ["dark", "true", "Ada"]);
    await page.waitForSelector("#ping:not([hidden])");
    await page.click(".games a >> text=classic");
    await page.waitForSelector("#board");
    await page.click(".games a >> text=arena");
    await page.waitForSelector("#world");
    await inState(page, "watching");
    assert.deepEqual(page.faults, []);
});

/** Of each, where it lies, or null: there is none. */
const edgesOf = (page, ...selectors) => page.evaluate((all) => all.map((selector) => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return box ? { left: box.left, top: box.top, right: box.right, bottom: box.bottom } : null;
}), selectors);

/** Nothing that can be pressed lies under something else, or off the screen. */
async function assertReaches(page, ...selectors) {
    for (const selector of selectors) {
        const [edges] = await edgesOf(page, selector), { width, height } = page.viewportSize();
        assert.ok(edges.left >= 0 && edges.right <= width && edges.top >= 0 && edges.bottom <= height, `${selector}: ${JSON.stringify(edges)}`);
        assert.ok(await page.evaluate(([wanted, { left, right, bottom }]) => document.elementFromPoint((left + right) / 2, bottom - 2)?.closest(wanted),
            [selector, edges]), `${selector} is not covered`);
    }
}

test("on the smallest phone, one on its side, and with letters four times as large", async (t) => {
    const { open } = await start(t, NARROW);
    for (const viewport of [{ width: 320, height: 568 }, { width: 360, height: 640 }, { width: 740, height: 360 }, { width: 320, height: 256 }]) {
        const page = await open({ ...PHONE, viewport });
        await inState(page, "watching");
        await assertFits(page);
        await assertReaches(page, ".games a", "#sound", "#theme");
        await play(page, "W".repeat(15));
        await inState(page, "dead");
        await assertFits(page);
        await assertReaches(page, "#name", "#play", "#theme");
        await page.screenshot({ path: screenshotPath(`arena-dead-${viewport.width}-${viewport.height}`) });
        let item, feed, board; // an item is there for some seconds
        await untilPlays(page, async () => {
            [item, feed, board] = await edgesOf(page, "#feed li", "#feed", ".board");
            return item;
        }, "item of the feed");
        const isBeside = board.right === 0 || item.right <= board.left || item.top >= board.bottom;
        assert.ok(item.right <= feed.right + 1 && isBeside, "a long name stays off the board");
    }
});

/** A server that has recorded a while, and the name of that. */
async function startRecorded(t, settings = {}) {
    const begun = await start(t, { ...CALM, arena_tick_hz: 20, arena_record: scratchFolder(t), ...settings });
    const player = await ArenaPlayer.enter(t, begun.server, "<b>Grace</b>");
    await player.livesOn();
    await player.until(() => player.room.state.tick > 60, "recording");
    const { files: [{ name }] } = await player.room.request("recordings");
    return { ...begun, name, player };
}

/** Leaves a bar where it was. */
async function dragAndBack(page, selector) {
    const { x, y, width, height } = await page.locator(selector).boundingBox(), at = (share) => [x + 8 + (width - 16) * share, y + height / 2];
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (const share of [0.3, 0.6, 0.3, 0])
        await page.mouse.move(...at(share));
    await page.mouse.up();
}

test("a recording: it runs, stands, goes to any moment, at any speed", async (t) => {
    const { open, name } = await startRecorded(t), page = await open(DESKTOP, `?replay=${encodeURIComponent(name)}`);
    await page.waitForSelector('html[data-state="watching"][data-mode="replay"]');
    await page.waitForSelector("#replay:not([hidden])");
    await page.waitForFunction(() => document.getElementById("watched").textContent === "<b>Grace</b>");
    assert.equal(await page.isHidden("#join"), true);
    const time = () => page.inputValue("#seek").then(Number), isStanding = (wanted) => page.waitForFunction((is) =>
        document.getElementById("replay").classList.contains("is-standing") === is, wanted);
    await page.click("#pause");
    await isStanding(true);
    await page.focus("#seek");
    await page.keyboard.press("End");
    await until(async () => await time() >= 50, "the end of it");
    await page.keyboard.press("Home");
    await until(async () => await time() < 5, "its beginning");
    await dragAndBack(page, "#seek");
    await page.selectOption("#speed", "400");
    await isStanding(false);
    await until(async () => await time() > 20, "way through it");
    await page.click("#pause");
    await isStanding(true);
    await page.click("#pause");
    await isStanding(false);
    await page.click("#recordings summary");
    await page.waitForFunction((wanted) => document.querySelector("#files [aria-current] bdi")?.textContent === wanted, name);
    await page.screenshot({ path: screenshotPath("arena-replay") });
    assert.deepEqual(page.faults, []);
});

test("a recording's clock is its own, whatever pace the arena has now", async (t) => {
    const folder = scratchFolder(t), { server, name } = await startRecorded(t, { arena_record: folder });
    await server.stop();
    const { open } = await start(t, { ...CALM, arena_record: folder }), page = await open(DESKTOP, `?replay=${encodeURIComponent(name)}`);
    await page.waitForSelector("#replay:not([hidden])");
    const ticks = Number(await page.getAttribute("#seek", "max")), clock = `0:${String(Math.floor(ticks / 20)).padStart(2, "0")}`;
    await page.waitForFunction((wanted) => document.getElementById("duration").textContent === wanted, clock);
    await page.click("#recordings summary");
    await page.waitForFunction((wanted) => document.querySelector("#files small")?.textContent === wanted, clock);
    assert.deepEqual(page.faults, []);
});

test("who goes from one recording to the next leaves none behind", async (t) => {
    const { server, open, name } = await startRecorded(t, { admin: "127.0.0.1:0" });
    const [, admin] = /health and metrics at (http:\S+)/.exec(server.stdout);
    const metrics = async () => (await fetch(new URL("/metrics", admin))).text();
    const isThere = (line) => async () => (await metrics()).split("\n").includes(line);
    const page = await open(DESKTOP, `?replay=${encodeURIComponent(name)}`);
    for (let visits = 0; visits < 3; visits++) {
        await page.waitForSelector('html[data-state="watching"][data-mode="replay"]');
        await page.reload();
    }
    await page.waitForSelector('html[data-state="watching"][data-mode="replay"]');
    await until(isThere("snakepit_arena_replays 1"), "end of the rooms that were left");
    await page.goto("about:blank");
    await until(isThere("snakepit_arena_replays 0"), "end of the last");
    assert.ok(await isThere("ouro_lobby_drops_total 0")(), "each seat was given back, none was held until its time was over");
    assert.deepEqual(page.faults, []);
});

test("each sees a recording in a room of his own, also while others watch live", async (t) => {
    const folder = scratchFolder(t), { server: before, name } = await startRecorded(t, { arena_record: folder });
    await before.stop();
    const { server, open } = await start(t, { ...CALM, arena_record: folder, arena_delay: "1s" });
    await ArenaPlayer.enter(t, server, "Grace");
    const live = await open(DESKTOP, "?watch=live");
    await live.waitForSelector('html[data-state="watching"][data-mode="live"]');
    const pages = await Promise.all([1, 2].map(() => open(DESKTOP, `?replay=${encodeURIComponent(name)}`)));
    for (const page of pages)
        await page.waitForSelector("#replay:not([hidden])");
    await pages[0].click("#pause");
    await pages[0].waitForSelector("#replay.is-standing");
    await pages[1].waitForFunction(() => document.getElementById("seek").value === document.getElementById("seek").max);
    assert.equal(await pages[1].locator("#replay.is-standing").count(), 0);
    assert.deepEqual(pages.flatMap(({ faults }) => faults), []);
});

test("where all rooms for recordings are taken, that is said until one is free", async (t) => {
    const { server, open, name } = await startRecorded(t), rooms = [];
    while (rooms.length < 8)
        rooms.push(await new Client(server.url, { WebSocket }).create("arena-replay", { file: name }));
    t.after(() => rooms.forEach((room) => room.leave()));
    const page = await open(DESKTOP, `?replay=${encodeURIComponent(name)}`);
    await page.waitForFunction(() => /All places are taken/.test(document.getElementById("banner").textContent));
    rooms[0].leave();
    await page.waitForSelector('html[data-state="watching"][data-mode="replay"]');
    assert.equal(await page.isHidden("#banner"), true);
});

test("a recording that is not there, and the arena some time ago", async (t) => {
    const { open } = await startRecorded(t, { arena_delay: "1s" });
    const none = await open(DESKTOP, "?replay=arena-20200101-000000.tape");
    await none.waitForFunction(() => /no such recording|nothing to be seen/i.test(document.getElementById("banner").textContent));
    const live = await open(DESKTOP, "?watch=live");
    await live.waitForSelector('html[data-state="watching"][data-mode="live"]');
    const first = () => document.querySelector("#leaders .row-name")?.textContent;
    await until(async () => await live.evaluate(first) === "<b>Grace</b>", "who played a second ago");
    assert.deepEqual([await live.isHidden("#replay"), await live.isHidden("#join")], [true, true]);
    assert.deepEqual(live.faults, []);
});
