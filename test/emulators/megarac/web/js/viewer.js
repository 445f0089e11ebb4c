import { ask } from "/js/api.js";
import { onKeys } from "/shared/picture.js";

const HEAD_BYTES = 8;
const KEEP_ALIVE_MS = 10_000;
const COMMAND = { input: 1, resumeVideo: 6, validate: 0x12, validated: 0x13, connectionAllowed: 0x17, video: 0x19 };
const KEEP_ALIVE = 0x39;
const BEGIN = 0x3a;

const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const state = document.getElementById("state");

const grant = await ask("GET", "/api/kvm/token");
const decoder = new Worker("/libs/kvm/ast/decode_worker.js", { type: "module" });
decoder.onmessage = ({ data: { x, y, image } }) => context.putImageData(image, x, y);

const socket = new WebSocket(`wss://${location.host}/kvm`, ["binary", "base64"]);
socket.binaryType = "arraybuffer";
let rest = new Uint8Array(0);

function send(command, status = 0, body = new Uint8Array(0)) {
  const packet = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(packet.buffer);
  view.setUint16(0, command, true);
  view.setUint32(2, body.length, true);
  view.setUint16(6, status, true);
  packet.set(body, HEAD_BYTES);
  socket.send(packet);
}

/** The token, and the address that the controller saw, each in its field. */
function validate() {
  const body = new Uint8Array(1 + 129 + 65 + 129 + 49);
  const encoder = new TextEncoder();
  body.set(encoder.encode(grant.token), 1);
  body.set(encoder.encode(grant.client_ip), 1 + 129);
  send(BEGIN, 1);
  send(COMMAND.validate, 0, body);
}

function press(down, keysym) {
  const body = new Uint8Array(5);
  const view = new DataView(body.buffer);
  view.setUint8(0, down ? 1 : 0);
  view.setUint32(1, keysym, true);
  send(COMMAND.input, 0, body);
}

function take(command, status, body) {
  if (command === COMMAND.connectionAllowed) validate();
  else if (command === COMMAND.video) decoder.postMessage(body);
  else if (command === COMMAND.validated && status === 1) start();
  else if (command === COMMAND.validated) state.textContent = "refused";
}

function start() {
  send(COMMAND.resumeVideo);
  state.textContent = "connected";
  onKeys(canvas, press);
  const heartbeat = setInterval(() => send(KEEP_ALIVE), KEEP_ALIVE_MS);
  socket.addEventListener("close", () => clearInterval(heartbeat));
}

/** A message may hold several packets, and a packet may span messages. */
socket.onmessage = ({ data }) => {
  const joined = new Uint8Array(rest.length + data.byteLength);
  joined.set(rest);
  joined.set(new Uint8Array(data), rest.length);
  rest = joined;
  while (rest.length >= HEAD_BYTES) {
    const view = new DataView(rest.buffer, rest.byteOffset);
    const end = HEAD_BYTES + view.getUint32(2, true);
    if (rest.length < end) return;
    take(view.getUint16(0, true), view.getUint16(6, true), rest.slice(HEAD_BYTES, end));
    rest = rest.slice(end);
  }
};
socket.onclose = ({ code, reason }) => {
  state.textContent = reason === "" ? `closed (${code})` : `closed: ${reason}`;
};
document.getElementById("stop").onclick = () => socket.close(1000);
