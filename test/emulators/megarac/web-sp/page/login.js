import { rpc } from "/page/rpc.js";

const form = document.querySelector("form");

const say = (text) => {
  document.querySelector("[role=alert]").textContent = text;
};

async function logIn() {
  const credentials = { WEBVAR_USERNAME: form.username.value, WEBVAR_PASSWORD: form.password.value };
  const { SESSION_COOKIE, CSRFTOKEN } = await rpc("POST", "/rpc/WEBSES/create.asp", credentials);
  if (CSRFTOKEN === undefined) {
    say("The log-in was refused.");
    return;
  }
  sessionStorage.setItem("CSRFTOKEN", CSRFTOKEN);
  const cookies = { SessionCookie: SESSION_COOKIE, Username: form.username.value, PNO: "4", Extendedpriv: "259" };
  for (const [name, value] of Object.entries(cookies)) {
    // biome-ignore lint/suspicious/noDocumentCookie: this firmware's page is older than the Cookie Store API.
    document.cookie = `${name}=${value}; path=/`;
  }
  location.assign("/page/main.html");
}

form.onsubmit = (event) => {
  event.preventDefault();
  // Browsers of today take an answer that ends too early for none.
  logIn().catch((error) => say(`The controller's answer could not be read: ${error.message}`));
};
form.hidden = false;
