// A classic worker: the console's WebSocket, away from the page that draws.
const CMD_AUTHENTICATE = 80;
const CMD_AUTHENTICATED = 82;
const PICTURE = 1;

let socket = null;

function open(host, sessionKey) {
  socket = new WebSocket(`wss://${host}/wss/ircport`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => take(new Uint8Array(data), sessionKey);
  socket.onclose = ({ code, reason }) =>
    postMessage({ state: reason === "" ? `closed (${code})` : `closed: ${reason}` });
}

function take(bytes, sessionKey) {
  if (bytes[0] === PICTURE) postMessage({ picture: bytes.slice(1) });
  else if (bytes[0] === CMD_AUTHENTICATE) socket.send(hello(sessionKey));
  else if (bytes[0] === CMD_AUTHENTICATED) postMessage({ state: "authenticated" });
}

/** 34 bytes, the session key behind the first two. */
function hello(sessionKey) {
  const message = new Uint8Array(34);
  message.set(new TextEncoder().encode(sessionKey), 2);
  return message;
}

self.onmessage = ({ data }) => {
  if (data.open !== undefined) open(data.open, data.sessionKey);
  else if (data.send !== undefined) socket.send(data.send);
  else if (data.close) socket.close(1000);
};
