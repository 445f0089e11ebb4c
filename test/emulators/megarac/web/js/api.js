// The log-in's answer is kept for all windows of this tab; its token goes with every request.
const KEY = "garc";

export const session = () => JSON.parse(sessionStorage.getItem(KEY));

export async function logIn(username, password) {
  const body = new URLSearchParams({ username, password, certlogin: 0 });
  const answer = await fetch("/api/session", { method: "POST", body });
  const result = await answer.json();
  if (answer.ok) sessionStorage.setItem(KEY, JSON.stringify(result));
  return result;
}

export async function ask(method, path, value = null) {
  const headers = { "X-CSRFTOKEN": session().CSRFToken, "Content-Type": "application/json" };
  const body = value === null ? null : JSON.stringify(value);
  const answer = await fetch(path, { method, headers, body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export async function logOut() {
  await ask("DELETE", "/api/session");
  sessionStorage.removeItem(KEY);
}
