import RFB from "/restgui/novnc/core/rfb.js";

const HEARTBEAT = new Uint8Array([0xf7, 0x00, 0xf6]);
const WINDOW_CLOSE = new Uint8Array([0xf7, 0x00, 0xf9]);
const HEARTBEAT_MS = 20_000;

const query = new URLSearchParams(location.search);
const state = document.getElementById("state");

// Address and port are the ones that the controller wrote into this page's own URL.
const place = `wss://${query.get("ip")}:${query.get("kvmport")}/vnc/vconsole?vck=${query.get("VCSID")}`;
const socket = new WebSocket(place, "binary");
socket.binaryType = "arraybuffer";

/** 247, 179, the second key, eight zeros. */
function answerGreeting() {
  const answer = new Uint8Array(34);
  answer.set([0xf7, 0xb3]);
  answer.set(new TextEncoder().encode(query.get("VCSID2")), 2);
  socket.send(answer);
}

function showScreen() {
  const viewer = new RFB(document.getElementById("screen"), socket);
  viewer.addEventListener("connect", () => {
    state.textContent = "connected";
    viewer.focus();
  });
  viewer.addEventListener("disconnect", () => {
    state.textContent = "closed";
  });
  const heartbeat = setInterval(() => socket.send(HEARTBEAT), HEARTBEAT_MS);
  /** The slot stays taken for good unless the controller is told. */
  const leave = () => {
    clearInterval(heartbeat);
    if (socket.readyState === WebSocket.OPEN) socket.send(WINDOW_CLOSE);
    viewer.disconnect();
  };
  document.getElementById("close").onclick = leave;
  addEventListener("pagehide", leave, { once: true });
}

socket.onmessage = () => {
  answerGreeting();
  showScreen();
};
socket.onclose = () => {
  state.textContent = "closed";
};
