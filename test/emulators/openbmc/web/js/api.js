// Everything that the page asks of the controller over HTTP.

/** Says to the controller that a script asks, so that a refusal brings no password box of the browser's own. */
const ASKED_BY_SCRIPT = { "X-Requested-With": "XMLHttpRequest" };

/** The CSRF token, which the controller leaves in a readable cookie at log-in; null when not logged in. */
export function csrfToken() {
  return /(?:^|;\s*)XSRF-TOKEN=([^;]+)/.exec(document.cookie)?.[1] ?? null;
}

export function isLoggedIn() {
  return csrfToken() !== null;
}

/** @returns the HTTP status: 200, or 401 for a wrong name or password */
export async function logIn(username, password) {
  const answer = await send("POST", "/login", JSON.stringify({ username, password }), "application/json");
  return answer.status;
}

export async function logOut() {
  await send("POST", "/logout");
  forget();
}

/** Reads a resource. A session that has ended leads back to the log-in. */
export async function get(path) {
  const answer = await fetch(path, { headers: ASKED_BY_SCRIPT });
  if (answer.status === 401) {
    forget();
    location.hash = "#/login";
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** Any request that changes something: it carries the CSRF token. */
export function send(method, path, body = null, type = null) {
  const headers = { ...ASKED_BY_SCRIPT, "X-XSRF-TOKEN": csrfToken() ?? "" };
  if (type !== null) headers["Content-Type"] = type;
  return fetch(path, { method, headers, body });
}

/** A WebSocket to this controller; the CSRF token travels as its sub-protocol. */
export function openSocket(path) {
  const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${path}`, [csrfToken()]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** The controller leaves the readable cookie behind at log-out. */
function forget() {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in some browsers.
  document.cookie = "XSRF-TOKEN=; Path=/; Max-Age=0; SameSite=Strict; Secure";
}
