import { ask } from "/js/api.js";
import { drawPacket, onKeys } from "/shared/picture.js";

const ACCEPTED = 0;
const PICTURE = 1;
const KEY = 2;

const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const state = document.getElementById("state");

// The remote presence is on a port of its own, which the controller names.
const { rp_port: port } = await ask("GET", "/api/providers/rp_port");
const { session_key: key } = await ask("POST", "/api/providers/rp_session", {});
const socket = new WebSocket(`wss://${location.hostname}:${port}/`);
socket.binaryType = "arraybuffer";

function press(down, keysym) {
  const message = new Uint8Array(6);
  message.set([KEY, down ? 1 : 0]);
  new DataView(message.buffer).setUint32(2, keysym);
  socket.send(message);
}

socket.onopen = () => socket.send(new TextEncoder().encode(key));
socket.onmessage = ({ data }) => {
  const bytes = new Uint8Array(data);
  if (bytes[0] === PICTURE) drawPacket(context, bytes.slice(1));
  else if (bytes[0] === ACCEPTED) {
    state.textContent = "connected";
    onKeys(canvas, press);
  }
};
socket.onclose = ({ code, reason }) => {
  state.textContent = reason === "" ? `closed (${code})` : `closed: ${reason}`;
};
document.getElementById("close").onclick = () => socket.close(1000);
