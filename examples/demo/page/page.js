// SPDX-License-Identifier: MIT
const LINES_MAX = 20;
const element = id => document.getElementById(id);
let socket = null;

function show(text) {
  const line = document.createElement('li');
  line.textContent = text;
  element('lines').prepend(line);
  while (element('lines').children.length > LINES_MAX) element('lines').lastChild.remove();
}

function setConnected(connected) {
  element('status').textContent = connected ? 'connected' : 'disconnected';
  element('connect').disabled = connected;
  element('disconnect').disabled = !connected;
}

element('connect').onclick = () => {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  socket = new WebSocket(`${scheme}//${location.host}/connect`);
  socket.onopen = () => setConnected(true);
  socket.onclose = () => setConnected(false);
  socket.onmessage = event => show(event.data);
};
element('disconnect').onclick = () => socket.close();
document.onkeydown = event => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(String(event.keyCode));
};
