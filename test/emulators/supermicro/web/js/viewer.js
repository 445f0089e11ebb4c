import { ByteQueue } from "/js/byte-queue.js";
import { drawPacket, onKeys } from "/shared/picture.js";

const SECURITY = 16;
const LOGIN_BYTES = 48;
const KEY = 4;
const KEEP_ALIVE = 0x15;
const KEEP_ALIVE_MS = 3000;

const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const state = document.getElementById("state");

// The console is at the root of the same host.
const socket = new WebSocket(`wss://${location.host}/`, ["binary", "base64"]);
socket.binaryType = "arraybuffer";
const bytes = new ByteQueue(socket);

/** RFB's handshake with the version that the controller names, and the page's token. */
async function logIn() {
  socket.send(await bytes.take(12));
  const [count] = await bytes.take(1);
  if (!(await bytes.take(count)).includes(SECURITY)) throw new Error("no security type that is known");
  socket.send(new Uint8Array([SECURITY]));
  const login = new Uint8Array(LOGIN_BYTES);
  login.set(new TextEncoder().encode(document.getElementById("entry_value").value));
  socket.send(login);
  const result = await bytes.take(4);
  if (result[3] !== 0) throw new Error("refused");
  socket.send(new Uint8Array([1]));
  const init = await bytes.take(24);
  await bytes.take(init[23]);
}

function press(down, keysym) {
  const message = new Uint8Array(8);
  message.set([KEY, down ? 1 : 0]);
  new DataView(message.buffer).setUint32(4, keysym);
  socket.send(message);
}

async function run() {
  await logIn();
  state.textContent = "connected";
  onKeys(canvas, press);
  const heartbeat = setInterval(() => socket.send(new Uint8Array([KEEP_ALIVE])), KEEP_ALIVE_MS);
  socket.addEventListener("close", () => clearInterval(heartbeat));
  for (;;) {
    const head = await bytes.take(20);
    drawPacket(context, await bytes.take(new DataView(head.buffer, head.byteOffset).getUint32(16)));
  }
}

socket.onclose = ({ code, reason }) => {
  state.textContent = reason === "" ? `closed (${code})` : `closed: ${reason}`;
};
document.getElementById("exit").onclick = () => socket.close(1000);
run().catch((error) => {
  if (socket.readyState === WebSocket.OPEN) state.textContent = error.message;
});
