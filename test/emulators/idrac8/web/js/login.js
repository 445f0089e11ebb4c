const form = document.querySelector("form");

/** An old session is given back before a new one is asked for. */
async function logIn(event) {
  event.preventDefault();
  await fetch("/data/logout", { method: "POST", redirect: "manual" });
  // The firmware reads the form by position: the user comes first.
  const body = `user=${encodeURIComponent(form.user.value)}&password=${encodeURIComponent(form.password.value)}`;
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await fetch("/data/login", { method: "POST", headers, body });
  const xml = new DOMParser().parseFromString(await answer.text(), "text/xml");
  const read = (name) => xml.querySelector(name)?.textContent;
  if (read("authResult") === "0") location.assign(`/${read("forwardUrl")}`);
  else form.querySelector("[role=alert]").textContent = read("errorMsg") ?? `The controller answered ${answer.status}.`;
}

form.addEventListener("submit", logIn);
form.hidden = false;
