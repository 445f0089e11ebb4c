const SESSION = "/sysmgmt/2015/bmc/session";
const $ = (selector) => document.querySelector(selector);

/** The token of the log-in, which every request after it carries. */
const token = () => sessionStorage.getItem("XSRF-TOKEN");

async function ask(method, path) {
  const answer = await fetch(path, { method, headers: { "XSRF-TOKEN": token() } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** User and password go as headers, in quotes, with no body at all. */
async function logIn(event) {
  event.preventDefault();
  const form = event.target;
  const headers = { user: `"${form.user.value}"`, password: `"${form.password.value}"` };
  const answer = await fetch(SESSION, { method: "POST", headers });
  const { authResult } = answer.status === 503 ? { authResult: 5 } : await answer.json();
  if (authResult === 0) {
    sessionStorage.setItem("XSRF-TOKEN", answer.headers.get("XSRF-TOKEN"));
    await show();
  } else {
    $("[role=alert]").textContent = answer.status === 503 ? "Too many sessions." : "The log-in was refused.";
  }
}

async function show() {
  const loggedIn = token() !== null;
  $("form").hidden = loggedIn;
  $("section").hidden = !loggedIn;
  $("#logout").hidden = !loggedIn;
  if (loggedIn) await showPower("GET", "");
}

async function showPower(method, query) {
  $("#power").textContent = (await ask(method, `/sysmgmt/2012/server/power${query}`)).power;
}

async function logOut() {
  await ask("DELETE", SESSION);
  sessionStorage.clear();
  await show();
}

$("form").addEventListener("submit", logIn);
$("#logout").onclick = logOut;
$("#off").onclick = () => showPower("POST", "?action=off");
$("#on").onclick = () => showPower("POST", "?action=on");
// Where the console is comes as a whole URL in the answer's body.
$("#console").onclick = async () => open((await ask("GET", "/sysmgmt/2015/server/vconsole")).Location);
await show();
