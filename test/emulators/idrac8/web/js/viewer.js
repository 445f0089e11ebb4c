import { drawPacket, onKeys } from "/shared/picture.js";

const HEAD_BYTES = 10;
const TYPE = { hello: 1, login: 2, result: 3, picture: 4, key: 5 };

const launch = JSON.parse(document.getElementById("console").textContent);
const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const state = document.getElementById("state");

// The console is on a port of its own, which only this page names.
const socket = new WebSocket(`wss://${location.hostname}:${launch.port}/vkvm/`, ["lws-dvc-protocol"]);
socket.binaryType = "arraybuffer";

function send(type, body) {
  const packet = new Uint8Array(HEAD_BYTES + body.length);
  packet.set(new TextEncoder().encode("APCP"));
  const view = new DataView(packet.buffer);
  view.setUint16(4, type);
  view.setUint32(6, body.length);
  packet.set(body, HEAD_BYTES);
  socket.send(packet);
}

function logIn() {
  const body = new Uint8Array(64);
  body.set(new TextEncoder().encode(launch.user));
  body.set(new TextEncoder().encode(launch.password), 32);
  send(TYPE.login, body);
}

function press(down, keysym) {
  const body = new Uint8Array(5);
  const view = new DataView(body.buffer);
  view.setUint8(0, down ? 1 : 0);
  view.setUint32(1, keysym);
  send(TYPE.key, body);
}

socket.onmessage = ({ data }) => {
  const bytes = new Uint8Array(data);
  const type = new DataView(data).getUint16(4);
  const body = bytes.subarray(HEAD_BYTES);
  if (type === TYPE.hello) logIn();
  else if (type === TYPE.picture) drawPacket(context, body);
  else if (type === TYPE.result && body[0] === 0) {
    state.textContent = "connected";
    onKeys(canvas, press);
  } else state.textContent = "refused";
};
socket.onclose = ({ code, reason }) => {
  state.textContent = reason === "" ? `closed (${code})` : `closed: ${reason}`;
};
document.getElementById("exit").onclick = () => socket.close(1000);
