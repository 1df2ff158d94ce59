// SPDX-License-Identifier: MIT
// A page as it was written in 2016, on a server of its own, which passes /connect on to ours: what was
// made for the original plays here unchanged.
// ALONE: a snake lives as long as somebody steers it.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";

import { openPage, reaches, screenshotPath } from "./support/browser.mjs";
import { startBrowser } from "./support/one_browser.mjs";
import { Player } from "./support/player.mjs";
import { startServer } from "./support/server.mjs";

const PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Snakepit</title>
<style>
body { background: black; color: white; font-family: monospace; }
pre { line-height: 1; font-size: 14px; }
</style>
</head>
<body>
<pre id="world"></pre>
<ul id="players"></ul>
<ol id="scores"></ol>
<p id="state">connecting</p>
<input id="name" value="Old Timer"><button id="join" onclick="join()">Join</button>
<script>
var COLORS = ['white', 'red', 'yellow', 'lime', 'aqua', '#4444FF', 'fuchsia'];
var cells = [], players = {}, myId = null, errors = [], unknown = [];
var ws = new WebSocket('ws://' + window.location.host + '/connect');

function drawCell(x, y, ch, color) {
    cells[y][x].textContent = ch;
    cells[y][x].style.color = COLORS[color];
}

function makeWorld(rows) {
    var world = document.getElementById('world');
    world.innerHTML = '';
    cells = [];
    for (var y = 0; y < rows.length; y++) {
        cells.push([]);
        for (var x = 0; x < rows[y].length; x++) {
            var span = document.createElement('span');
            cells[y].push(span);
            world.appendChild(span);
            drawCell(x, y, rows[y][x][0], rows[y][x][1]);
        }
        world.appendChild(document.createTextNode('\\n'));
    }
}

function resetWorld() {
    for (var y = 0; y < cells.length; y++)
        for (var x = 0; x < cells[y].length; x++)
            drawCell(x, y, ' ', 0);
}

function showPlayers() {
    var list = document.getElementById('players');
    list.innerHTML = '';
    for (var id in players) {
        var li = document.createElement('li');
        li.textContent = players[id].name + ' ' + players[id].score;
        li.style.color = COLORS[players[id].color];
        list.appendChild(li);
    }
}

function showScores(scores) {
    var list = document.getElementById('scores');
    list.innerHTML = '';
    for (var i = 0; i < scores.length; i++) {
        var li = document.createElement('li');
        li.textContent = scores[i][0] + ' ' + scores[i][1];
        li.style.color = COLORS[scores[i][2]];
        list.appendChild(li);
    }
}

function setState(state) {
    document.getElementById('state').textContent = state;
}

function join() {
    document.getElementById('join').blur();
    ws.send(JSON.stringify(['join']));
}

ws.onopen = function () {
    ws.send(JSON.stringify(['new_player', document.getElementById('name').value]));
};

ws.onmessage = function (event) {
    var json = JSON.parse(event.data);
    if (!(json[0] instanceof Array))
        json = [json];
    for (var i = 0; i < json.length; i++) {
        var cmd = json[i][0], args = json[i].slice(1);
        switch (cmd) {
        case 'handshake': myId = args[1]; setState('ready'); break;
        case 'world': makeWorld(args[0]); break;
        case 'reset_world': resetWorld(); break;
        case 'top_scores': showScores(args[0]); break;
        case 'p_joined':
            players[args[0]] = {name: args[1], color: args[2], score: args[3]};
            if (args[0] == myId) setState('playing');
            break;
        case 'p_gameover':
            delete players[args[0]];
            if (args[0] == myId) setState('game over');
            break;
        case 'p_score': players[args[0]].score = args[1]; break;
        case 'render': drawCell.apply(null, args); break;
        case 'error': errors.push(args[0]); break;
        default: unknown.push(cmd);
        }
    }
    showPlayers();
};

ws.onclose = function () { setState('closed'); };
document.onkeydown = function (event) { ws.send(event.keyCode); };
</script>
</body>
</html>
`;

/** Serves the old page, and passes /connect on as it comes: with the Origin and Host of this server. */
async function startOldSite(t, server) {
    const site = http.createServer((request, response) => response.end(PAGE));
    const sockets = new Set();
    site.on("upgrade", (request, socket, head) => {
        const behind = net.connect(server.port, "127.0.0.1");
        const fields = request.rawHeaders.map((text, i) => (i % 2 ? `${text}\r\n` : `${text}: `)).join("");
        behind.write(`GET ${request.url} HTTP/1.1\r\n${fields}\r\n`);
        behind.write(head);
        socket.pipe(behind).pipe(socket);
        for (const end of [socket, behind]) {
            sockets.add(end);
            end.on("error", () => {});
        }
    });
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    t.after(() => {
        sockets.forEach((socket) => socket.destroy());
        site.closeAllConnections();
        site.close();
    });
    return `http://127.0.0.1:${site.address().port}/`;
}

/** In the page: its states, where ours has them. */
function rememberOldStates() {
    const state = document.getElementById("state");
    new MutationObserver(() => window.states.push(state.textContent)).observe(state, { childList: true });
}

test("the page of 2016 plays", async (t) => {
    const [server, browser] = await Promise.all([startServer(t, { tick_hz: 1, length: 9, stone_rate: "0%" }), startBrowser(t)]);
    const watcher = await Player.enter(server, "Wanda");
    const page = await openPage(browser, await startOldSite(t, server));
    const inOldState = (state) => page.waitForFunction((text) => document.getElementById("state").textContent === text, state);

    await inOldState("ready");
    await page.evaluate(rememberOldStates);
    await reaches(page, "playing", () => page.click("#join"));
    assert.match(await page.innerText("#players"), /Old Timer 0/);
    for (const key of ["q", "Escape", "Shift", "F2", "ArrowUp", "ArrowLeft", " ", "7"])
        await page.keyboard.press(key);
    await page.screenshot({ path: screenshotPath("page-of-2016") });

    // In a circle, into its own body.
    for (let i = 0; !watcher.has("p_gameover"); i++) {
        const { frames } = watcher;
        await page.keyboard.press(["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"][i % 4]);
        await watcher.until(() => watcher.frames > frames, "move");
    }
    await inOldState("game over");
    assert.match(await page.innerText("#world"), />>> GAME OVER <<</);
    const field = await page.evaluate(() => cells.map((row) => row.map((cell) => cell.textContent).join("")));
    assert.deepEqual(field, watcher.model.picture, "it shows what we know");
    assert.deepEqual(await page.evaluate(() => [errors, unknown]), [[], []]);

    await reaches(page, "playing", () => page.click("#join"));
    await watcher.until(() => watcher.all("p_joined").length === 2, "second snake");
    assert.equal(watcher.all("p_joined")[1][2], "Old Timer");
    assert.deepEqual(page.faults, []);
});
