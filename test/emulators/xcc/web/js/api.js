// There is no cookie: the token is kept for this tab and those that it opens, and sent with every request.
const KEY = "access_token";

export const token = () => sessionStorage.getItem(KEY);

export async function ask(method, path, value = null) {
  const headers = { "Content-Type": "application/json" };
  if (token() !== null) headers.Authorization = `Bearer ${token()}`;
  const answer = await fetch(path, { method, headers, body: value === null ? null : JSON.stringify(value) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export async function logIn(username, password) {
  sessionStorage.setItem(KEY, (await ask("POST", "/api/login", { username, password })).access_token);
}

export async function logOut() {
  await ask("POST", "/api/logout", {});
  sessionStorage.removeItem(KEY);
}
