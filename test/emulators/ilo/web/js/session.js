/** The session key from the cookie, or undefined. */
export function sessionKey() {
  return /(?:^|; )sessionKey=(\w+)/.exec(document.cookie)?.[1];
}

/** @returns whether the controller took the credentials */
export async function logIn(user, password) {
  // The controller does not look at Content-Type, and its page sends none of JSON's.
  const body = JSON.stringify({ method: "login", user_login: user, password });
  const answer = await fetch("/json/login_session", { method: "POST", body });
  return answer.ok;
}

export function logOut() {
  const body = JSON.stringify({ method: "logout", session_key: sessionKey() });
  return fetch("/json/login_session", { method: "POST", body });
}
