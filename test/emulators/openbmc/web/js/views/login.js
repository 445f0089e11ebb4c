import { logIn } from "../api.js";
import { element } from "../dom.js";

/** The log-in page. It names the account, because this controller only exists to be tried. */
export function showLogin() {
  const username = element("input", { name: "username", autocomplete: "username", required: true, autofocus: true });
  const password = element("input", {
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const failure = element("p", { className: "failure", role: "alert" });
  const enter = async (event) => {
    event.preventDefault();
    const status = await logIn(username.value, password.value);
    if (status === 200) location.hash = "#/";
    else failure.textContent = status === 401 ? "Wrong user name or password." : `The controller answered ${status}.`;
  };
  const form = element(
    "form",
    { onsubmit: enter },
    element("img", { src: "/favicon.svg", alt: "" }),
    element("h1", {}, "k7f3"),
    element("p", { className: "subtitle" }, "Management controller"),
    element("label", {}, "User name", username),
    element("label", {}, "Password", password),
    failure,
    element("button", { type: "submit" }, "Log in"),
  );
  return element("div", { className: "login" }, form, hint());
}

function hint() {
  return element(
    "p",
    { className: "hint" },
    "A demonstration controller. Log in as ",
    element("code", {}, "root"),
    " with password ",
    element("code", {}, "0penBmc"),
    " (the first character is a zero).",
  );
}
