// SPDX-License-Identifier: MIT
const LINES_MAX = 200;
const element = id => document.getElementById(id);
let socket = null;

function show(text) {
  const line = document.createElement('li');
  line.textContent = text;
  element('lines').append(line);
  while (element('lines').children.length > LINES_MAX) element('lines').firstChild.remove();
}

function setInside(inside) {
  element('enter').hidden = inside;
  element('say').hidden = !inside;
  element('status').textContent = inside ? `in ${element('room').value}` : 'outside';
}

element('enter').onsubmit = event => {
  event.preventDefault();
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  socket = new WebSocket(`${scheme}//${location.host}/connect`);
  socket.onopen = () => { socket.send(element('room').value); setInside(true); };
  socket.onclose = () => setInside(false);
  socket.onmessage = event => show(event.data);
};
element('say').onsubmit = event => {
  event.preventDefault();
  socket.send(`${element('name').value}: ${element('line').value}`);
  element('line').value = '';
};
setInside(false);
