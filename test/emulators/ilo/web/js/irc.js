import { logIn, sessionKey } from "/js/session.js";
import { drawPacket, onKeys } from "/shared/picture.js";

const KEY = 2;
const canvas = document.querySelector("canvas");
const context = canvas.getContext("2d");
const state = document.getElementById("state");
const form = document.querySelector("form");

/** The socket lives in a worker, so that drawing never holds it up. */
function connect() {
  const worker = new Worker("/js/socket.js");
  worker.onmessage = ({ data }) => {
    if (data.picture !== undefined) drawPacket(context, data.picture);
    else if (data.state === "authenticated") {
      state.textContent = "connected";
      onKeys(canvas, (down, keysym) => worker.postMessage({ send: key(down, keysym) }));
    } else state.textContent = data.state;
  };
  worker.postMessage({ open: window.location.host, sessionKey: sessionKey() });
  document.getElementById("disconnect").onclick = () => worker.postMessage({ close: true });
}

function key(down, keysym) {
  const message = new Uint8Array(6);
  message.set([KEY, down ? 1 : 0]);
  new DataView(message.buffer).setUint32(2, keysym);
  return message;
}

form.onsubmit = async (event) => {
  event.preventDefault();
  form.hidden = await logIn(form.user.value, form.password.value);
  if (form.hidden) connect();
};
form.hidden = sessionKey() !== undefined;
if (form.hidden) connect();
